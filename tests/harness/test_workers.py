"""Work on many documents is the same by several processes as by one."""

import errno
import multiprocessing
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.errors import GateError, TransientDeliveryError
from harness.identifiers import Scanner
from harness.render import render
from harness.verify import verify
from harness.workers import in_parts
from tests.harness.test_verify import NAVIGATOR, STAMP, row

FEW = 2
"""From so many items on the workers are asked."""


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)


def test_results_come_in_their_order_when_others_did_the_work() -> None:
    """Two documents would change places, each with the other's checksum."""
    here = os.getpid()
    found = [
        one
        for part in in_parts(lambda part: [(n, os.getpid()) for n in part], range(1001), FEW)
        for one in part
    ]
    assert [number for number, _ in found] == list(range(1001))
    assert here not in {pid for _, pid in found}, "nobody else did anything"
    assert not multiprocessing.active_children(), "somebody is left behind"


def test_the_error_is_the_same_when_a_worker_meets_it() -> None:
    """A gate that says no must not become another exit status because there were many documents."""

    def refuses(part: Sequence[int]) -> list[int]:
        if 777 in part:
            raise GateError("blocked_e02", "E02: holds an identifier", "take it out")
        return list(part)

    with pytest.raises(GateError, match="E02") as caught:
        list(in_parts(refuses, range(1001), FEW))
    assert caught.value.code == "blocked_e02"
    assert not multiprocessing.active_children()


def test_a_full_disk_is_told_as_that_when_a_worker_meets_it() -> None:
    """Done again here, it would be told as a file that is there already."""

    def full(part: Sequence[int]) -> list[int]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(os.getpid()))

    with pytest.raises(OSError, match="No space left") as caught:
        list(in_parts(full, range(1001), FEW))
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename != str(os.getpid()), "it was this process that met it"


def test_files_and_verdicts_are_the_same_when_workers_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The large book would be another one than the small one."""
    rows = [row(number, **({"current_participation": 58} if number == 5 else {})) for number in range(1, 420)]
    made = {}
    for name, many in (("one", 10**6), ("two", FEW)):
        monkeypatch.setattr("harness.workers.in_parts.__defaults__", (many,))
        done, unwritten = render(NAVIGATOR, rows, tmp_path / name, STAMP)
        entries, refused = verify(NAVIGATOR, done, STAMP, Scanner(()))
        files = {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        made[name] = (unwritten, entries, refused, files)
    assert made["one"] == made["two"]
    assert [item.field for item in made["two"][2]] == ["design_matrix.current_participation"]
    assert len(made["two"][3]) == len(rows) - 1


def test_the_run_ends_when_a_worker_is_killed() -> None:
    """The system ends what takes too much memory: a run that waits for it keeps its locks for ever."""

    def dies(part: Sequence[int]) -> list[int]:
        if 777 in part:
            os.kill(os.getpid(), signal.SIGKILL)
        return list(part)

    with pytest.raises(TransientDeliveryError, match="ended from outside"):
        list(in_parts(dies, range(1001), FEW))
    assert not multiprocessing.active_children()
