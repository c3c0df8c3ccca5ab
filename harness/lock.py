"""One run at a time for a home: an flock, which the kernel drops when its owner dies, and a note of who holds
it.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.config import iso, utc_now
from harness.errors import LockedError
from harness.files import PRIVATE_FILE, make_dir

_WITHOUT_NOTE = 1.0
"""Seconds for an owner to write its note, or to go."""


def _owner(descriptor: int) -> dict[str, Any]:
    try:
        note = json.loads(os.pread(descriptor, 4096, 0))
    except ValueError:
        return {}
    return note if isinstance(note, dict) else {}


def _locked(path: Path, owner: dict[str, Any]) -> LockedError:
    who = "process {pid} on {host}, run {run_id}, since {since}".format_map(
        {key: owner.get(key, "unknown") for key in ("pid", "host", "run_id", "since")}
    )
    return LockedError(
        "locked",
        f"another run is working in {path.parent}: {who}",
        "wait until it has finished, or give this one a home of its own with --home",
    )


def _take(descriptor: int, path: Path) -> None:
    until = time.monotonic() + _WITHOUT_NOTE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            owner = _owner(descriptor)
            if owner or time.monotonic() > until:
                raise _locked(path, owner) from error
        time.sleep(0.02)


@contextmanager
def run_lock(path: Path, run_id: str) -> Iterator[None]:
    """Hold the lock of a home for the length of the block.

    Raises LockedError (exit 75) at once, naming pid, host and run id of the owner. An owner that has just
    come or is about to go has no note: for a second that is waited out. A note left behind by a process that
    was killed holds nothing: the lock is the kernel's, the file only says whose it is. The file is never
    deleted, since a second process could then lock a file that has no name any more.
    """
    make_dir(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
    try:
        _take(descriptor, path)
        note = {"pid": os.getpid(), "host": os.uname().nodename, "run_id": run_id, "since": iso(utc_now())}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(note).encode(), 0)
        os.fsync(descriptor)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


@contextmanager
def glimpse(path: Path) -> Iterator[bool]:
    """Whether nobody holds the lock; while the block lasts nobody takes it, so let it be short.

    It leaves no note: whoever comes just then waits (`run_lock` gives one without a note a second).
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield True
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            is_free = True
        except BlockingIOError:
            is_free = False
        yield is_free
    finally:
        os.close(descriptor)
