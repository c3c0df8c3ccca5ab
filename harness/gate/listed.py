"""Findings that are too many to be held: a sequence over a file of JSON lines. Imports nothing heavy.

The file is mapped into memory and its name can be taken away at once (`forget`): it lasts as long as somebody
looks at it, and a process that is killed leaves nothing but what it had not opened yet.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, overload

from harness.errors import GateError


class Listed(Sequence[Any]):
    """One finding a line. Made for reading from the start: the n-th one is found by counting."""

    def __init__(self, path: Path, count: int) -> None:
        self.path = path
        self._count = count
        with path.open("rb") as file:
            self._lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def forget(self) -> None:
        """Remove the file's name."""
        self.path.unlink()

    def as_message(self) -> dict[str, Any]:
        """Tell another process where it is; `taken` opens it there."""
        return {"path": str(self.path), "count": self._count}

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        start, read = 0, 0
        while (end := self._lines.find(b"\n", start)) >= 0:
            read += 1
            yield json.loads(self._lines[start:end])
            start = end + 1
        all_of(self._count, read)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return list(islice(self, *index.indices(self._count)))
        if index < 0:
            index += self._count
        if not 0 <= index < self._count:
            raise IndexError(index)
        return next(islice(self, index, None))


def all_of(counted: int, arrived: int) -> None:
    """GateError unless all that were counted arrived: a lost finding would let its client go out."""
    if arrived != counted:
        raise GateError(
            "findings_lost",
            f"the gates counted {counted} findings of a rule, but {arrived} arrived",
            "nothing was published; look for a full disk and run again",
        )


def taken(message: list[Any] | dict[str, Any]) -> Sequence[Any]:
    """Open the findings of a message, taking the name of their file away."""
    if isinstance(message, list):
        return message
    listed = Listed(Path(message["path"]), int(message["count"]))
    listed.forget()
    return listed
