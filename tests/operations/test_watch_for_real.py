"""The command itself, with the SQL of dbt and Great Expectations: one changed client, and many cycles."""

import os
import signal
import time

import pytest

from bench.watch import leaks, measure, watching
from harness.config import settings
from harness.verified_home import verify_all


@pytest.mark.slow
def test_change_is_delivered_and_all_is_well_when_the_command_watches_and_is_killed_between() -> None:
    """The fake world knows neither the models nor the worker process."""
    with watching(12) as at_work:
        told = at_work.change()
        assert told["changes"]["changed"] == 1
        assert 0 < told["seconds_by_ledger"] < 120
        (worker,) = at_work.processes()[1:]
        os.kill(worker, signal.SIGKILL)
        assert at_work.change()["error"] is None, "the gates did not come back"
        at_work.write()
        time.sleep(0.3)
        at_work.process.kill()
        at_work.process.wait()
        at_work.start()
        assert at_work.cycle()["error"] is None
        places = settings(at_work.folder / "home", at_work.folder / "out")
        assert not verify_all(places).faults


@pytest.mark.slow
def test_memory_stays_when_there_are_many_cycles() -> None:
    """A watch is started once a month; `python -m bench.watch --leak 1000` measures a thousand cycles."""
    found = measure(12, 60)
    assert not found["leaks"], found["memory_mb"]


def test_leak_is_found_when_memory_grows_after_the_first_tenth() -> None:
    assert leaks([300, 400, 445])
    assert not leaks([100, 400, 435])
