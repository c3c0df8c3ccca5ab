"""What is made once for all workers: by the first that asks, and its failure is everybody's."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FIRST, TESTS
from tests.once import once

CONTEXT = multiprocessing.get_context("fork")


class Folders:
    """As much of pytest's factory as `once` asks for: the folder of one worker."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def getbasetemp(self) -> Path:
        self.base.mkdir(exist_ok=True)
        return self.base


def _ask(base: Path, told: Any, fails: bool) -> None:
    def make(folder: Path) -> Path:
        time.sleep(0.2)
        with (folder.parent / "made").open("a") as file:
            file.write("once ")
        if fails:
            raise ValueError("no such thing")
        return folder

    try:
        told.put(str(once(Folders(base), "thing", make)))  # type: ignore[arg-type]
    except (ValueError, pytest.fail.Exception) as error:
        told.put(f"{type(error).__name__}: {error}")


@pytest.mark.parametrize("fails", [False, True])
def test_both_workers_have_the_same_when_they_ask_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    """Without it each worker would make the sample's runs, or wait a second time for what can't be made."""
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    told = CONTEXT.Queue()
    workers = [CONTEXT.Process(target=_ask, args=(tmp_path / f"gw{n}", told, fails)) for n in (0, 1)]
    for worker in workers:
        worker.start()
    said = [told.get(timeout=30) for _ in workers]
    for worker in workers:
        worker.join(30)
    assert (tmp_path / "once" / "made").read_text() == "once "
    if fails:
        assert all("no such thing" in one for one in said)
    else:
        assert said == [str(tmp_path / "once" / "thing")] * 2


def test_files_that_come_first_are_there() -> None:
    """Without it a file that was renamed would come last, and one worker end minutes after the other."""
    assert [name for name in FIRST if not (TESTS / name).is_file()] == []
