"""Each write of a run fails once: what is left is whole, it is told, and the next run ends it."""

import errno
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.errors import TransientDeliveryError
from harness.ledger import Ledger
from harness.report import exit_status
from tests.delivery.place import clean, edit, make_place, run, sent_twice, sums
from tests.harness.world import World


class _Failing:
    """Fails at the call number `at`, in the ledger or where bytes are flushed to the disk."""

    def __init__(self, at: int) -> None:
        self.at, self.calls, self.depth = at, 0, 0

    def counted(self) -> bool:
        self.calls += 1
        return self.calls == self.at

    def ledger(self, patch: pytest.MonkeyPatch) -> None:
        real = Ledger._writing

        @contextmanager
        def writing(ledger: Ledger) -> Iterator[Any]:
            if self.depth == 0 and self.counted():
                raise TransientDeliveryError("ledger_busy", "the disk of the ledger is full")
            self.depth += 1
            try:
                with real(ledger) as chain:
                    yield chain
            finally:
                self.depth -= 1

        patch.setattr(Ledger, "_writing", writing)

    def disk(self, patch: pytest.MonkeyPatch) -> None:
        real = os.fsync

        def fsync(descriptor: int) -> None:
            if self.counted():
                raise OSError(errno.ENOSPC, "No space left on device")
            real(descriptor)

        patch.setattr(os, "fsync", fsync)


def _world(folder: Path, patch: pytest.MonkeyPatch) -> World:
    world = make_place(folder, patch, range(1, 5))
    assert run(world).error is None
    edit(world)
    return world


def test_the_run_says_it_failed_when_its_end_could_not_be_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report would say that all is well, and the exit status that nothing is."""
    world = _world(tmp_path, monkeypatch)

    def full(*_: Any, **__: Any) -> None:
        raise TransientDeliveryError("ledger_busy", "the disk of the ledger is full")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "end_run", full)
        outcome = run(world)
    assert (exit_status(outcome), outcome.error and outcome.error.code) == (5, "ledger_busy")
    assert outcome.report and '"ledger_busy"' in outcome.report.read_text()
    clean(world)
    assert exit_status(run(world)) == 0


@pytest.mark.slow
@pytest.mark.parametrize("where", ["ledger", "disk"])
def test_the_next_run_ends_it_when_any_one_write_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """The write that nobody thought of is the one that fails."""
    silent, at, lies = [], 0, []
    while True:
        at += 1
        with monkeypatch.context() as patch:
            world = _world(tmp_path / str(at), patch)
            before = sums(world)
            failing = _Failing(at)
            with patch.context() as injected:
                getattr(failing, where)(injected)
                raised = None
                try:
                    outcome = run(world)
                except Exception as error:  # noqa: BLE001 - what gets out of a run is what this is about
                    raised = error
            if failing.calls < at:
                break
            now = [sums(world, name) for name in ("navigator", "second")]
            assert now[0] == now[1], f"write {at}: the targets differ"
            if raised is None and outcome.error is None and now[0] == before:
                lies.append(at)
            if raised is not None and "write_report" not in [
                frame.name for frame in traceback.extract_tb(raised.__traceback__)
            ]:  # of a report that can't be written the command tells by itself, and ends with 5
                silent.append((at, type(raised).__name__, str(raised)))
            again = run(world)
            assert again.error is None and exit_status(again) == 0, f"write {at}: {again.error}"
            assert sums(world) == sums(world, "second") != before
            clean(world)
            assert sent_twice(world) == [], f"write {at}"
    assert at > 10
    assert not silent, "an error that is in no report"
    assert not lies, "a run that says it succeeded"
