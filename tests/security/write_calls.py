"""Every call in our code that writes, renames or removes something on a disk, found in the syntax tree.

`python -m tests.security.write_calls` prints those that reviewed_writes.yml does not know.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

PROJECT = Path(__file__).resolve().parents[2]
FOLDERS = ("harness", "exporters")
REVIEWED = Path(__file__).with_name("reviewed_writes.yml")

METHODS = frozenset({
    "write_text", "write_bytes", "unlink", "rename", "rmdir", "rmtree", "symlink_to", "hardlink_to", "touch",
    "truncate", "ftruncate", "pwrite", "pwritev", "sendfile", "copy_file_range", "copyfile", "copyfileobj",
    "copy2", "copytree", "copymode", "copystat", "chmod", "chown", "lchmod", "mkfifo",
    "mknod", "symlink", "link", "removedirs", "utime", "posix_fallocate", "put_file", "pipe_file",
    "mv_file", "rm_file", "upload_file", "put_object", "to_csv", "to_parquet", "write_table", "extractall",
    "save",
    # our own, each of which is reviewed where it is defined: who calls it is reviewed, too
    "write_new", "atomic_write", "replace_file", "switch_link", "link_or_copy", "writing",
})  # fmt: skip
# making a folder or a file of the system's own choice destroys nothing: mkdir, tempfile
_MODULES = frozenset({"os", "shutil"})
_READ_ONLY = frozenset("rbtU")


class Write(NamedTuple):
    """One kind of writing call in one function."""

    file: str
    function: str
    call: str

    @property
    def key(self) -> str:
        return f"{self.function}: {self.call}"


def writes(root: Path = PROJECT) -> set[Write]:
    """All of them below the folders of the program."""
    return {
        Write(str(path.relative_to(root)), function, call)
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*.py"))
        for function, call in in_source(path.read_text(encoding="utf-8"))
    }


def in_source(text: str) -> Iterator[tuple[str, str]]:
    """(function, call) of every writing call in a module's text."""
    yield from _below(ast.parse(text), "module")


def _below(node: ast.AST, function: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        inside = function
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = child.name if function == "module" else f"{function}.{child.name}"
        if isinstance(child, ast.Call) and (call := _writing(child)):
            yield function, call
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if isinstance(child, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in child.values)
            yield from _in_text("".join(map(str, parts)), function)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield from _in_text(child.value, function)
        yield from _below(child, inside)


def _in_text(text: str, function: str) -> Iterator[tuple[str, str]]:
    """SQL that writes a file, and programs that are kept as text for another process."""
    if _copies(text):
        yield function, "SQL copy ... to"
    if "\n" in text and "import " in text:
        try:
            yield from ((function, f"{call} (in a text)") for _, call in in_source(text))
        except SyntaxError:
            return


def _copies(text: str) -> bool:
    low = " ".join(text.lower().split())
    return low.startswith(("copy ", "copy(", "export database", "vacuum into")) and (
        " to " in low or "into" in low
    )


def _writing(call: ast.Call) -> str:
    """What a call is, if it may write; empty if it can't."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    owner = (
        function.value.id
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
        else ""
    )
    if name == "open":
        return _opening(call, owner)
    if name == "fdopen":
        return "" if _mode(call, 1) == "r" else "os.fdopen"
    if name == "replace":
        # a text's replace has two arguments, a path's one; a date's has names
        one = len(call.args) == 1 and not call.keywords
        return "os.replace" if owner == "os" else "replace" if one else ""
    if name in ("copy", "move", "write", "remove", "renames") and owner in _MODULES:
        return f"{owner}.{name}"
    if name == "connect" and owner in ("duckdb", "sqlite3"):
        return "" if any(word.arg == "read_only" for word in call.keywords) else f"{owner}.connect"
    return name if name in METHODS else ""


def _opening(call: ast.Call, owner: str) -> str:
    if owner == "os":
        flags = ast.unparse(call.args[1]) if len(call.args) > 1 else ""
        writes_ = any(word in flags for word in ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"))
        return f"os.open {' '.join(sorted(flags.replace('os.', '').split(' | ')))}" if writes_ else ""
    # a path's open has the mode first, the builtin second
    # (and a file system's, whose open has a path in front, too)
    is_path = isinstance(call.func, ast.Attribute) and len(call.args) < 2
    mode = _mode(call, 0 if is_path else 1)
    return "" if _READ_ONLY.issuperset(mode) else f"open {mode}"


def _mode(call: ast.Call, position: int) -> str:
    found: ast.expr | None = next((word.value for word in call.keywords if word.arg == "mode"), None)
    if found is None and len(call.args) > position:
        found = call.args[position]
    if found is None:
        return "r"
    return str(found.value) if isinstance(found, ast.Constant) else "?"


def reviewed() -> dict[str, dict[str, str]]:
    """By file, the calls that somebody looked at, each with the reason why it destroys nothing."""
    content = yaml.safe_load(REVIEWED.read_text(encoding="utf-8"))
    return {str(file): dict(calls) for file, calls in content.items()}


def unknown(root: Path = PROJECT) -> list[Write]:
    """Calls that nobody has reviewed."""
    known = reviewed()
    return sorted(write for write in writes(root) if write.key not in known.get(write.file, {}))


if __name__ == "__main__":
    import sys

    for write in unknown(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT):
        print(f"{write.file}:\n  {write.key!r}: ")
