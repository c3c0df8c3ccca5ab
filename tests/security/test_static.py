"""What our code may not call at all, found in its syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
FOLDERS = ("harness", "exporters", "docs", "bench")
_NEVER = {
    "eval": "runs what a text says", "exec": "runs what a text says", "compile": "makes code of a text",
    "os.system": "a shell", "os.popen": "a shell", "subprocess.getoutput": "a shell",
    "subprocess.getstatusoutput": "a shell", "pickle.load": "runs what a file says",
    "pickle.loads": "runs what a file says", "marshal.loads": "runs what a file says",
    "shelve.open": "is pickle", "yaml.unsafe_load": "makes any object", "yaml.full_load": "makes too many",
    "yaml.unsafe_load_all": "makes any object", "yaml.full_load_all": "makes too many",
    "yaml.load_all": "no loader was reviewed", "tempfile.mktemp": "a name that somebody else may take",
    "os.chdir": "moves every relative path of the process", "os.umask": "changes every file of the process",
}  # fmt: skip
_SAFE_LOADERS = {
    # each is a subclass of yaml's safe loader; the tests below make sure that they refuse a python tag
    "exporters/yaml_by_pyyaml.py": "_Loader",
    "bench/compare.py": "_Loader",
    "harness/navigator/merged_config.py": "_tolerant()",
}
_COMPILE_OF_RE = {"re"}


def forbidden(text: str, file: str = "") -> Iterator[str]:
    """What a module calls that it may not."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            module = getattr(node, "module", None) or ""
            if {"pickle", "marshal", "shelve", "dill"} & {*names, module}:
                yield f"line {node.lineno}: imports {', '.join(names)}"
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name in _NEVER:
            yield f"line {node.lineno}: {name}: {_NEVER[name]}"
        for word in node.keywords:
            if word.arg == "shell" and not (
                isinstance(word.value, ast.Constant) and word.value.value is False
            ):
                yield f"line {node.lineno}: {name} with shell="
            if word.arg == "verify" and isinstance(word.value, ast.Constant) and word.value.value is False:
                yield f"line {node.lineno}: {name} trusts any certificate"
        if name in ("yaml.load", "load") and "yaml" in (name.split(".")[0], _from(tree)):
            loader = [word.value for word in node.keywords if word.arg == "Loader"] or node.args[1:2]
            given = ast.unparse(loader[0]) if loader else "none"
            if given not in ("yaml.SafeLoader", "yaml.CSafeLoader", _SAFE_LOADERS.get(file)):
                yield f"line {node.lineno}: yaml.load with the loader {given}"


def _from(tree: ast.AST) -> str:
    return next(
        (
            "yaml"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "yaml"
            if any(alias.name == "load" for alias in node.names)
        ),
        "",
    )


def test_nothing_dangerous_is_called_when_our_code_runs() -> None:
    # one of these on a text from a Design Matrix, and whoever writes the matrix writes our program
    found = [
        f"{path.relative_to(PROJECT)} {fault}"
        for folder in FOLDERS
        for path in sorted((PROJECT / folder).rglob("*.py"))
        for fault in forbidden(path.read_text(encoding="utf-8"), str(path.relative_to(PROJECT)))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "eval(x)", "exec(x)", "os.system(x)", "subprocess.run(x, shell=True)", "subprocess.run(x, shell=s)",
        "import pickle", "from pickle import loads", "yaml.load(x)", "yaml.load(x, Loader=yaml.Loader)",
        "yaml.load(x, yaml.FullLoader)", "yaml.unsafe_load(x)", "from yaml import load\nload(x)",
        "requests.get(u, verify=False)", "tempfile.mktemp()",
    ],
)  # fmt: skip
def test_dangerous_call_is_found_when_it_is_there(line: str) -> None:
    assert list(forbidden(line))


@pytest.mark.parametrize(
    "line",
    [
        "re.compile(x)",
        "yaml.safe_load(x)",
        "json.load(f)",
        "yaml.load(x, Loader=yaml.CSafeLoader)",
        "f(shell=False)",
    ],
)
def test_harmless_call_passes_when_it_looks_alike(line: str) -> None:
    assert not list(forbidden(line))


@pytest.mark.parametrize("tag", ["python/object/apply:os.system", "python/name:os.system", "python/tuple"])
def test_loader_of_ours_refuses_a_python_tag_when_one_is_given(tag: str) -> None:
    import yaml

    from exporters.yaml import load
    from harness.navigator.merged_config import _tolerant

    with pytest.raises((yaml.YAMLError, ValueError)):
        load(f"a: !!{tag} ['true']".encode())
    try:
        found = yaml.load(f"a: !!{tag} ['true']", Loader=_tolerant())
    except yaml.YAMLError:
        return
    # the engine's own files hold tags: they are read as plain values, and nothing is called
    assert isinstance(found["a"], list | str | tuple | type(None))
