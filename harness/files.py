"""Files that survive a crash: whole or not at all, on disk before they are named, private where they are
state.

Nothing here reads plan data. A name that came from data passes `safe_name` before it meets a path.
"""

import errno
import hashlib
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.errors import DeliveryError, SourceError

PRIVATE_FILE = 0o600
PRIVATE_DIR = 0o700
PUBLIC_FILE = 0o644
PUBLIC_DIR = 0o755
READ_ONLY = 0o444

_MANY = 64
"""From so many files on they are flushed together."""
_SYNCED = frozenset({"ext4", "xfs", "tmpfs"})
_PIECE = 1 << 20
_NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO})

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


def safe_relative(path: str) -> str:
    """Return `path`, names with `/` between them, each checked."""
    for name in path.split("/"):
        safe_name(name)
    return path


def safe_join(root: Path, *names: str) -> Path:
    """Return root/name/..., each name checked, so that nothing from data can leave `root`."""
    return root.joinpath(*(safe_name(name) for name in names))


def safe_path(root: Path, path: str) -> Path:
    """Return root/path, where `path` is names with `/` between them, each checked like in `safe_join`."""
    return safe_join(root, *path.split("/"))


def pieces(path: str) -> Iterator[bytes]:
    """Read a file piece by piece; nothing where there is none, or a link, a folder, whatever is no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _NO_FILE:
            return
        raise
    try:
        found = os.fstat(descriptor)
        # a large buffer for each of a million small files costs more than reading them
        wanted = min(found.st_size + 1, _PIECE) if stat.S_ISREG(found.st_mode) else 0
        while wanted and (content := os.read(descriptor, wanted)):
            yield content
            if len(content) < wanted:
                return
    finally:
        os.close(descriptor)


def read_regular(path: str) -> bytes:
    """The bytes of a file; none where there is no file, or something else."""
    return b"".join(pieces(path))


def digest_of(path: str) -> tuple[int, str]:
    """Size and SHA-256 of a file; of nothing where there is none, or something else."""
    size, digest = 0, hashlib.sha256()
    for content in pieces(path):
        size += len(content)
        digest.update(content)
    return size, digest.hexdigest()


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file that must be there. Raises SourceError `unreadable`."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as fault:
        raise unreadable(path, fault) from fault


def unreadable(path: Path, fault: OSError) -> SourceError:
    """The error of a file that can't be read."""
    return SourceError(
        "unreadable", f"{path}: cannot be read ({fault.strerror or fault})", "Check its permissions."
    )


def files_below(root: Path) -> set[str]:
    """Name everything below `root` that is no folder, relative to it; links are named and not followed."""
    found: set[str] = set()
    start = len(str(root)) + 1
    for folder, folders, files in os.walk(root):
        below = f"{folder}/"[start:]
        found.update(below + name for name in files)
        found.update(below + name for name in folders if Path(folder, name).is_symlink())
    return found


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

    Written first and flushed together: far faster. Many files are flushed by one call, where the file system
    is one of which that is known to wait for the disk and to tell of errors.
    """
    folders = [(folder, files) for folder, _, files in os.walk(root)]
    if sum(len(files) for _, files in folders) >= _MANY and _synced_as_a_whole(root):
        fsync_dir(root)
        return
    for folder, files in folders:
        for name in files:
            fsync_file(Path(folder, name))
        fsync_dir(Path(folder))


def _synced_as_a_whole(root: Path) -> bool:
    """Flush the file system that `root` is on: all its files, or False where that is not to be relied on."""
    import ctypes

    if not sys.platform.startswith("linux") or _file_system(root) not in _SYNCED:
        return False
    # an older kernel doesn't tell of what it could not write
    if tuple(map(int, re.findall(r"[0-9]+", os.uname().release)[:2])) < (5, 8):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if libc.syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(root))
    finally:
        os.close(descriptor)
    return True


def _file_system(path: Path) -> str:
    """The type of the file system that a path is on; empty where the system doesn't say."""
    device = path.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    for fields in map(str.split, lines):
        if fields[2] == wanted:
            return fields[fields.index("-") + 1]
    return ""


def write_new(path: Path | str, content: bytes, mode: int = PUBLIC_FILE) -> None:
    """Write a file that must not exist yet (staging); flushing is left to `fsync_tree`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    finally:
        os.close(descriptor)


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
        fsync_file(temporary)  # a copy is not on the disk yet
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
