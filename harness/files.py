"""Files that survive a crash: whole or not at all, on disk before they are named, private where they are
state.

Nothing here reads plan data. A name that came from data passes `safe_name` before it meets a path.
"""

import os
import shutil
from pathlib import Path

from harness.errors import DeliveryError

PRIVATE_FILE = 0o600
PRIVATE_DIR = 0o700
PUBLIC_FILE = 0o644
PUBLIC_DIR = 0o755
READ_ONLY = 0o444

_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_LONGEST_NAME = 120
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)
"""Names that mean a device on a share which Windows serves, whatever the ending."""


def safe_name(name: str) -> str:
    """Return `name` if it is one path component: [A-Za-z0-9_.-], no dot at either end, at most 120 long,
    not a device's name; else raise.
    """
    is_plain = 0 < len(name) <= _LONGEST_NAME and name.strip(".") == name and _SAFE.issuperset(name)
    if not is_plain or name.partition(".")[0].lower() in _RESERVED:
        raise DeliveryError(
            "unsafe_name",
            f"{name[:60]!r} can't be a file name: only letters, digits, '_', '-' and '.' are written",
            "delivery keys come from the exports models; look at the key of this row there",
        )
    return name


def safe_join(root: Path, *names: str) -> Path:
    """Return root/name/..., each name checked, so that nothing from data can leave `root`."""
    return root.joinpath(*(safe_name(name) for name in names))


def safe_path(root: Path, path: str) -> Path:
    """Return root/path, where `path` is names with `/` between them, each checked like in `safe_join`."""
    return safe_join(root, *path.split("/"))


def files_below(root: Path) -> set[str]:
    """Name everything below `root` that is no folder, relative to it; links are named and not followed."""
    return {
        Path(folder, name).relative_to(root).as_posix()
        for folder, folders, files in os.walk(root)
        for name in [*files, *(name for name in folders if Path(folder, name).is_symlink())]
    }


def make_dir(path: Path, mode: int = PRIVATE_DIR) -> Path:
    """Make the directory, and parents that are missing, with this mode; existing ones keep theirs."""
    if not path.is_dir():
        make_dir(path.parent, mode)
        path.mkdir(mode=mode, exist_ok=True)
    return path


def fsync_dir(path: Path) -> None:
    """Flush a directory's own entries: a rename is only lasting after this."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_file(path: Path) -> None:
    """Flush one file's bytes to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_tree(root: Path) -> None:
    """Flush every file and directory below `root`, and `root`.

    Written first and flushed together: far faster.
    """
    for folder, _, files in os.walk(root):
        for name in files:
            fsync_file(Path(folder, name))
        fsync_dir(Path(folder))


def write_new(path: Path, content: bytes, mode: int = PUBLIC_FILE) -> None:
    """Write a file that must not exist yet (staging); flushing is left to `fsync_tree`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)


def atomic_write(path: Path, content: bytes, mode: int = PRIVATE_FILE) -> None:
    """Write `content` beside `path`, flush it, rename it over: a reader sees the old bytes or the new, never
    half.
    """
    make_dir(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        write_new(temporary, content, mode)
        fsync_file(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    fsync_dir(path.parent)


def link_or_copy(source: Path, target: Path) -> None:
    """Give `source` a second name; copy it where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def replace_file(source: Path, target: Path) -> None:
    """Put `source`'s bytes at `target` in one rename; whoever has the file before open keeps reading it."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        link_or_copy(source, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    fsync_dir(target.parent)


def switch_link(link: Path, target: str) -> None:
    """Point the symbolic link at `target` (relative to its folder) in one rename.

    A real file or folder in the link's place is somebody else's: DeliveryError `not_a_link`, nothing is
    touched.
    """
    if link.exists() and not link.is_symlink():
        raise DeliveryError(
            "not_a_link",
            f"{link} is no symbolic link, so it can't be switched",
            "move it aside and run again",
        )
    temporary = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        temporary.symlink_to(target)
        temporary.replace(link)
    finally:
        temporary.unlink(missing_ok=True)
    fsync_dir(link.parent)
