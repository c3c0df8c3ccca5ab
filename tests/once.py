"""What a whole session looks at is made once, though pytest-xdist's workers are processes of their own."""

from __future__ import annotations

import fcntl
import os
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")


def once(folders: pytest.TempPathFactory, name: str, make: Callable[[Path], T]) -> T:
    """What `make(folder)` returned in the worker that came first; the others wait, and read it.

    Nobody may change what is in the folder. A failure, too, is every worker's.
    """
    base = folders.getbasetemp()
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once"
    root.mkdir(exist_ok=True)
    kept, failed = root / f"{name}.pickle", root / f"{name}.failed"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if failed.exists():
            pytest.fail(f"{name} failed in another worker:\n{failed.read_text()}", pytrace=False)
        if not kept.exists():
            folder = root / name
            folder.mkdir()
            try:
                kept.write_bytes(pickle.dumps(make(folder)))
            except BaseException:
                failed.write_text(traceback.format_exc())
                raise
        found: T = pickle.loads(kept.read_bytes())
    return found
