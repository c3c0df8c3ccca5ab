"""Whether a source is another one than before: its content decides, once nobody writes it any more.

A look takes a stat or two and holds nothing. Only what has stood still, and what no process has open for
writing, is read at all; and only another checksum is a change. Where a file system counts time in ticks
(vfat, an old NFS), a second write within the same tick may leave size and times as they were: there the
source is read once more, when that tick is over.
"""

import fcntl
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.errors import PlanwiseError
from harness.extract.detect import fingerprint, is_document

State = Literal["gone", "writing", "same", "changed"]
File = tuple[str, int, int, int, int, int]
"""name, device, inode, size, time of change of the content, time of change of anything (a rename, too)"""
_BESIDE = (".wal", "-wal", "-journal")
"""Ends of the names of files that hold a part of a database's rows."""
_OPEN = "a program has it open for writing"
UNSURE = 1.0
"""Seconds without a change where nobody can say whether the source is still being written."""
_TICK = 2.5
"""Seconds after which every tick of a file system is over, vfat's two and some to round."""
_FINE = 10_000_000
"""Nanoseconds: of a clock that is finer than this, the times are no multiples of it."""


@dataclass(frozen=True)
class Look:
    """What one look found."""

    state: State
    why: str = ""
    """Of `gone` and `writing`: in words."""


class WatchedSource:
    """A file or a folder of documents, looked at again and again."""

    def __init__(self, path: Path, settle: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`settle`: seconds in which its files' sizes and times must not change."""
        self.path = path
        self.checksum: str | None = None
        """Of the content that was told last."""
        self._settle = settle
        self._clock = clock
        self._known: tuple[File, ...] = ()
        self._pending: tuple[File, ...] = ()
        self._since = 0.0
        self._again_at: float | None = None
        """When what is known is read once more; null where nothing can have changed unseen."""

    def look(self) -> Look:
        """`gone`, `writing` (wait), `same` as told last, or `changed`: from now on that is what was told."""
        files = _files(self.path)
        if isinstance(files, str):
            self._pending = ()
            return Look("gone", files)
        if files == self._known:
            if self._again_at is None or self._clock() < self._again_at:
                return Look("same")
            if any(map(self._is_written, files)):
                return Look("writing", _OPEN)
        elif files != self._pending:
            self._pending, self._since = files, self._clock()
            return Look("writing", "it changed just now")
        elif wait := self._unsettled(files):
            return Look("writing", wait)
        return self._read(files)

    def _read(self, files: tuple[File, ...]) -> Look:
        """Whether the content of these files is another one than before."""
        try:
            checksum = fingerprint(self.path)
        except PlanwiseError as error:
            return Look("gone", error.message)
        if _files(self.path) != files:
            self._pending = ()
            return Look("writing", "it changed while it was read")
        # by whatever clock the files were written: it went on by as much as ours since they were read first
        is_sure = files == self._known or not any(map(_is_coarse, files))
        self._again_at = None if is_sure else self._clock() + _TICK
        self._known = files
        if checksum == self.checksum:
            return Look("same")
        self.checksum = checksum
        return Look("changed")

    def is_still(self, checksum: str | None) -> bool:
        """Whether its content is this one now: read again, whatever its times say."""
        try:
            return fingerprint(self.path) == checksum
        except PlanwiseError:
            return False

    @property
    def changed_at(self) -> float:
        """When what is there now came to be so (a UNIX time): of the newest file, or of the folder."""
        newest = max((file[5] for file in self._known), default=0)
        if self.path.is_dir():
            newest = max(newest, self.path.stat().st_mtime_ns)
        return newest / 1e9

    def _unsettled(self, files: tuple[File, ...]) -> str:
        """Why it must be waited for, in words; empty if not."""
        stood = self._clock() - self._since
        if stood < self._settle:
            return "it changed just now"
        known = set(self._known)
        fresh = [file for file in files if file not in known]
        written = [self._is_written(file) for file in fresh]
        if any(written):
            return _OPEN
        lost = {file[0] for file in self._known} - {file[0] for file in files}
        if (None in written or lost) and stood < UNSURE:
            return "it changed just now, and it may not be all there yet"
        return ""

    def _is_written(self, file: File) -> bool | None:
        return is_written((self.path if self.path.is_dir() else self.path.parent) / file[0])


def _is_coarse(file: File) -> bool:
    """Whether neither of its times is finer than a tick, so that another write may leave both as they are."""
    return not any(moment % _FINE for moment in file[4:])


def _files(path: Path) -> tuple[File, ...] | str:
    """What stands there, by name; or in words why nothing does."""
    try:
        if path.is_dir():
            found = [entry for entry in path.iterdir() if is_document(entry)]
            if not found:
                return f"{path} holds no documents"
        else:
            found = [path, *(path.with_name(f"{path.name}{end}") for end in _BESIDE)]
            found = [path, *(beside for beside in found[1:] if beside.exists())]
        files = tuple(sorted(_file(entry) for entry in found))
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return files if any(file[3] for file in files) else f"{path} is empty"


def _file(path: Path) -> File:
    found = path.stat()
    return (path.name, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def is_written(path: Path) -> bool | None:
    """Whether some process has the file open for writing; null where the system does not say.

    The kernel gives a read lease only while nobody has; it is given back at once, so nobody waits for us.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        # whoever opens it in between makes the kernel send a signal: one that is ignored by default
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except (OSError, AttributeError):  # somebody else's file, a network's, another system
        return None
    else:
        return False
    finally:
        os.close(descriptor)
