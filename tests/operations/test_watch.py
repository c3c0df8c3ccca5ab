"""A watch over the fake world: what is delivered, what is waited for, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from harness.config import utc_now
from harness.errors import GateError, LockedError
from harness.ledger import open_ledger
from harness.lock import run_lock
from harness.sweep import Swept
from harness.watch import How
from harness.watch_gate import KeptGate
from tests.delivery.place import clean, states, sums
from tests.harness.world import World, finding, make_world, result
from tests.operations.watched import (
    CONTEXT,
    LivingGate,
    Script,
    Seen,
    edit,
    runs,
    save,
    watching,
)  # fmt: skip

AT_ONCE = {"gone": 0.0, "writing": 10.0, "locked": 0.0}


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seen:
    monkeypatch.setattr("harness.built.code_now", lambda _: "code")  # reads 700 files
    world = make_world(tmp_path, monkeypatch, numbers=list(range(1, 7)))
    save(world)
    return Seen(world)


def day_shown(world: World, number: int) -> str:
    """What a reader of `current` finds in a client's document."""
    path = world.where.target("navigator") / "current" / f"c{number:015x}_baseline.yaml"
    return path.read_text()


def test_change_is_delivered_and_confirmed_when_one_client_changed(seen: Seen) -> None:
    seen.world.failing = [result("P10", "hold", [finding(5)])]

    def script() -> Script:
        yield seen.has(1)
        edit(seen.world, 2, "2026-02-02")
        save(seen.world)
        yield seen.has(2)

    assert seen.go(script()) == "stopped"
    first, second = seen.cycles
    assert (first["why"], second["why"]) == (["start"], ["source"])
    assert second["changes"] | {"unchanged": 5, "changed": 1} == second["changes"]
    assert second["documents"] == {"navigator": {"update": 1, "unchanged": 4}}
    assert (second["counts"]["held"], second["status"]) == (1, "partial")
    assert 0 < second["change_to_delivered"] < 60
    assert "2026-02-02" in day_shown(seen.world, 2)
    assert states(seen.world).keys() <= {"confirmed", "unchanged", "held"}
    clean(seen.world)
    # Great Expectations takes seconds to import: once is enough
    assert [gate.closed for gate in seen.gates] == [True]
    with open_ledger(seen.world.where) as ledger:
        assert [run["command"] for run in ledger.runs()] == ["watch", "watch"]


def test_no_run_is_made_and_nobody_withdrawn_when_the_source_was_touched_or_is_away(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a thousand looks a day would be a thousand reports; a share that is away is no end of all plans
    monkeypatch.setattr("harness.watch._TELL_AFTER", AT_ONCE)

    def script() -> Script:
        yield seen.has(1)
        os.utime(seen.world.source)
        save(seen.world)
        for _ in range(20):
            yield None
        seen.world.source.unlink()
        yield seen.said("waiting", "gone")
        for _ in range(5):
            yield None
        save(seen.world)
        yield seen.said("goes on", "gone")

    seen.go(script())
    assert len(runs(seen.world)) == 1
    assert [one["event"] for one in seen.told] == ["started", "cycle", "waiting", "goes on"]
    assert len(sums(seen.world)) == 6


def test_change_waits_when_the_file_is_half_written_and_when_another_command_has_the_lock(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.watch._TELL_AFTER", AT_ONCE)

    def script() -> Script:
        yield seen.has(1)
        edit(seen.world, 2, "2026-02-02")
        with run_lock(seen.world.where.lock, "another"):
            with seen.world.source.open("w") as stream:
                stream.write(seen.world.content[:10])
                stream.flush()
                for _ in range(20):
                    yield None
                assert not seen.said("waiting", "locked")(), "half of it was taken for a change"
                stream.write(seen.world.content[10:])
            yield seen.said("waiting", "locked")
            for _ in range(20):
                yield None
            assert len(runs(seen.world)) == 1
        yield seen.has(2)

    seen.go(script())
    assert seen.cycles[1]["changes"]["changed"] == 1


def test_other_commands_have_the_home_but_no_other_watch_when_one_is_at_work(seen: Seen) -> None:
    # status, export, review resolve: a watch that held the home would be alone in it
    other = Seen(seen.world)

    def script() -> Script:
        yield seen.has(1)
        with run_lock(seen.world.where.lock, "another"), run_lock(seen.world.where.out_lock, "another"):
            yield None
        assert seen.world.export("70001").error is None
        with pytest.raises(LockedError, match="another watch is at work"):
            other.go(iter([None]))

    seen.go(script())
    assert other.told == []


def test_nothing_is_delivered_when_the_source_changes_while_it_is_read(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    # between the look and the reading a writer may begin: what was read is then nobody's
    land = seen.world.land
    written: list[bool] = []

    def landing(*arguments: Any, **named: Any) -> None:
        land(*arguments, **named)
        if len(seen.cycles) == 1 and not written:
            seen.world.source.write_text("half of it")
            written.append(True)

    monkeypatch.setattr("harness.extract.land", landing)

    def script() -> Script:
        yield seen.has(1)
        edit(seen.world, 2, "2026-02-02")
        save(seen.world)
        yield seen.has(2)
        assert seen.cycles[1]["error"]["code"] == "source_changed"
        assert "2026-02-02" not in day_shown(seen.world, 2)
        save(seen.world)
        yield lambda: bool(seen.cycles[-1]["documents"].get("navigator", {}).get("update"))

    seen.go(script())
    assert "2026-02-02" in day_shown(seen.world, 2)


def test_watch_goes_on_when_a_guard_stopped_a_change(seen: Seen) -> None:
    def script() -> Script:
        yield seen.has(1)
        seen.world.numbers = [1]
        save(seen.world)
        yield seen.has(2)
        for _ in range(20):
            yield None
        assert len(seen.cycles) == 2, "the same refused source was tried again"
        seen.world.numbers = list(range(1, 7))
        edit(seen.world, 3, "2026-03-03")
        save(seen.world)
        yield seen.has(3)

    seen.go(script())
    stopped, gone_on = seen.cycles[1:]
    assert (stopped["exit_status"], stopped["error"]["kind"], stopped["next_try_in"]) == (4, "gate", None)
    assert gone_on["documents"]["navigator"]["update"] == 1
    assert len(sums(seen.world)) == 6
    clean(seen.world)


def test_three_failures_raise_an_alert_and_recovery_closes_it_when_cycles_fail(seen: Seen) -> None:
    def script() -> Script:
        yield seen.has(1)
        seen.world.build_fails = True
        for number in (2, 3, 4):
            edit(seen.world, 2, f"2026-02-0{number}")
            save(seen.world)
            yield seen.has(number)
        seen.world.build_fails = False
        edit(seen.world, 2, "2026-02-09")
        save(seen.world)
        yield seen.has(5)

    seen.go(script())
    assert [one["error"]["code"] for one in seen.cycles[1:4]] == ["build_failed"] * 3
    assert [len(one["alerts"]) for one in seen.cycles] == [0, 0, 0, 1, 1]
    assert "well again" in seen.cycles[4]["alerts"][0]
    assert "2026-02-09" in day_shown(seen.world, 2)


def test_same_source_is_tried_again_when_the_fault_may_pass(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a full disk is mended without a change of the source, and less and less often is often enough
    import harness.publish

    monkeypatch.setattr("harness.watch._FIRST_WAIT", 0.01)
    publish = harness.publish.publish
    full: list[int] = []

    def publishing(*arguments: Any, **named: Any) -> Any:
        if len(full) < 2:
            full.append(1)
            raise OSError(28, "No space left on device", "somewhere")
        return publish(*arguments, **named)

    monkeypatch.setattr(harness.publish, "publish", publishing)
    assert seen.go(iter([None] * 999), How(0.01, 0.02, cycles=3)) == "done"
    assert [one["why"] for one in seen.cycles] == [["start"], ["again"], ["again"]]
    assert [one["next_try_in"] for one in seen.cycles] == [0.01, 0.02, None]
    assert len(sums(seen.world)) == 6


def test_nothing_is_delivered_until_it_is_resolved_when_what_is_delivered_is_not_ours(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.watch._FIRST_WAIT", 0.01)
    manifest = seen.world.where.target("navigator") / "current" / "MANIFEST.json"

    def script() -> Script:
        yield seen.has(1)
        kept = manifest.read_bytes()
        manifest.chmod(0o644)
        manifest.write_bytes(kept + b" ")
        edit(seen.world, 2, "2026-02-02")
        save(seen.world)
        yield seen.has(3)
        assert "2026-02-02" not in day_shown(seen.world, 2)
        manifest.write_bytes(kept)
        yield lambda: seen.cycles[-1]["error"] is None

    seen.go(script())
    assert {one["error"]["code"] for one in seen.cycles[1:-1]} == {"unreconciled"}
    assert "2026-02-02" in day_shown(seen.world, 2)


def test_decisions_and_settings_are_taken_when_the_source_is_as_it_was(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a reviewer settles a field on the terminal: the plan goes out now, not with the next load
    import harness.review.store as store

    monkeypatch.setattr("harness.watch._LOOK_AROUND", 0.0)

    def script() -> Script:
        yield seen.has(1)
        decision = store.Decision("70002", "eligibility", None, "1 year", "Ana", "2026-01-01", "a letter")
        store.record(seen.world.where.state, [decision], "terminal", datetime.now(UTC))
        yield seen.has(2)
        (seen.world.where.home / "planwise.toml").write_text("[alerts]\nfailures = 4\n")
        yield seen.has(3)
        monkeypatch.setattr("harness.watch_reasons.as_of_day", lambda _: "2126-01-01")
        yield seen.has(4)
        for _ in range(20):
            yield None

    seen.go(script())
    expected = [["start"], ["decisions in the state"], ["settings"], ["day"]]
    assert [one["why"] for one in seen.cycles] == expected


def test_what_is_due_at_an_endpoint_is_sent_when_its_time_has_come(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a source that does not change would leave a receiver without its documents until somebody looks
    import harness.watch_sending as due
    from harness.receivers import directory

    monkeypatch.setattr("harness.watch._LOOK_FAR", 0.0)
    home = seen.world.where.home
    home.mkdir()
    (home.parent / "shelf").mkdir()
    text = '[[endpoint]]\nname = "shelf"\nkind = "directory"\ntargets = ["navigator"]\npath = "../shelf"\n'
    (home / "planwise.toml").write_text(text)
    write_new = directory.write_new

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(directory, "write_new", full)
    early = utc_now() - timedelta(days=1)
    monkeypatch.setattr("harness.watch.utc_now", lambda: early)

    def script() -> Script:
        yield seen.has(1)
        monkeypatch.setattr(directory, "write_new", write_new)
        for _ in range(5):
            yield None
        assert not any(one["event"] == "sent" for one in seen.told), "sent before its time"
        late = utc_now() + timedelta(days=1)
        monkeypatch.setattr("harness.watch.utc_now", lambda: late)
        monkeypatch.setattr(due, "send_all", partial(due.send_all, clock=lambda: late))
        yield seen.said("sent")
        for _ in range(5):
            yield None

    seen.go(script())
    assert [one["outcome"] for one in seen.cycles[0]["sent"]] == ["failed"]
    assert [one["outcome"] for one in seen.told if one["event"] == "sent"] == ["succeeded"]
    assert len(list((home.parent / "shelf").glob("**/*.yaml"))) >= 6
    assert len(seen.cycles) == 1


def test_old_releases_go_when_a_watch_keeps_so_many(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    """A watch of a year leaves a release and its marts for each change: the disk is full one day."""
    monkeypatch.setattr("harness.watch._SWEEP_EVERY", 0.0)
    place = seen.world.where

    def script() -> Script:
        for number in range(1, 5):
            edit(seen.world, 2, f"2026-02-0{number}")
            save(seen.world)
            yield seen.has(number)
        for _ in range(3):
            yield None

    assert seen.go(script(), How(interval=0.01, settle=0.02, keep=1)) == "stopped"
    assert [cycle["status"] for cycle in seen.cycles] == ["succeeded"] * 4
    releases = sorted(path.name for path in (place.target("navigator") / "releases").iterdir())
    # the one that is current, and the one to go back to
    assert len(releases) == 2
    assert (place.target("navigator") / "current").resolve().name == releases[-1]
    assert len(list(place.published.glob("*Z-*.duckdb"))) == 2
    assert "2026-02-04" in day_shown(seen.world, 2)
    swept = [one for one in seen.told if one["event"] == "swept"]
    assert swept and {one["failed"] for one in swept} == {0}
    clean(seen.world)


def test_watch_looks_for_what_is_old_seldom_and_goes_on_when_that_fails(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep at each look would keep the disk busy; one that fails would end the watch."""
    asked: list[tuple[int, float]] = []
    away = LockedError("locked", "a run is under way", "wait")
    faults: list[Exception | None] = [away, OSError(5, "I/O"), None]

    def swept(_: Any, keep: int, older_than: float) -> Any:
        fault = faults[len(asked)]
        asked.append((keep, older_than))
        if fault:
            raise fault
        return Swept([], is_dry_run=False)

    monkeypatch.setattr("harness.sweep.sweep", swept)

    def script() -> Script:
        yield seen.has(1)
        for _ in range(20):
            yield None
        assert len(asked) == 1, "ten minutes are not over"
        for number in (2, 3):
            assert seen.watch
            seen.watch._looked["sweep"] -= 700.0
            yield lambda: len(asked) >= number  # noqa: B023 - asked at once
        edit(seen.world, 2, "2026-02-02")
        save(seen.world)
        yield seen.has(2)

    assert seen.go(script(), How(interval=0.01, settle=0.02, keep=3)) == "stopped"
    assert asked == [(3, 0.0)] * 3
    assert [one["code"] for one in seen.told if one["event"] == "failed"] == ["locked", "disk"]
    assert len(seen.cycles) == 2


def test_another_worker_is_asked_when_one_died() -> None:
    # killed for its memory, say: the verdict has to come all the same, and from a whole check
    made: list[LivingGate] = []

    class Dying(LivingGate):
        def check(self, warehouse: Path, **asked: Any) -> dict[str, Any]:
            if self is made[1]:
                raise GateError("gate_died", "it is dead")
            return super().check(warehouse, **asked)

    def opened() -> LivingGate:
        made.append(Dying([result("S02")]))
        return made[-1]

    kept = KeptGate(opened, most=3)
    made[0].is_alive = False  # between two cycles
    lent = kept.lend()
    assert len(made) == 2
    assert lent.check(Path("w"))["results"] == made[0].results  # the second died of it, the third answers
    assert [gate.closed for gate in made] == [True, True, False]
    for _ in range(3):
        lent = kept.lend()
        lent.check(Path("w"))
        lent.close()
    assert len(made) == 4, "one worker serves so many runs and no more"
    kept.end()
    assert made[-1].closed


def test_gate_stops_the_cycle_when_two_workers_die_of_it() -> None:
    class Dying(LivingGate):
        def check(self, warehouse: Path, **asked: Any) -> dict[str, Any]:
            raise GateError("gate_died", "it is dead")

    with pytest.raises(GateError):
        KeptGate(lambda: Dying([])).lend().check(Path("w"))


def test_watch_ends_before_it_delivers_when_its_code_was_replaced(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    # half of the old program and half of the new one have been tested together by nobody
    code = ["old"]
    monkeypatch.setattr("harness.watch_reasons.built.code", lambda _: code[0])
    monkeypatch.setattr("harness.watch_reasons.time.sleep", lambda _: None)

    def script() -> Script:
        yield seen.has(1)
        code[0] = "new"
        edit(seen.world, 2, "2026-02-02")
        save(seen.world)
        yield seen.has(2)

    assert seen.go(script()) == "upgraded"
    assert len(seen.cycles) == 1
    assert seen.told[-1]["event"] == "upgraded"


class Child:
    """A watch in a process of its own."""

    def __init__(self, folder: Path, armed: tuple[str, str, int] | None = None) -> None:
        self.folder = folder
        self.process = CONTEXT.Process(target=watching, args=(str(folder), armed))
        self.process.start()

    def told(self) -> list[dict[str, Any]]:
        path = self.folder / "told.ndjson"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def until(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not is_so():
            assert time.monotonic() < end, self.told()
            time.sleep(0.02)

    def cycles(self, number: int) -> Callable[[], bool]:
        return lambda: sum(one["event"] == "cycle" for one in self.told()) >= number

    def ended(self) -> int:
        self.process.join(60)
        return 99 if self.process.exitcode is None else self.process.exitcode


def _edit(world: World, folder: Path, day: str) -> None:
    (folder / "day.txt").write_text(day)
    edit(world, 2, day)
    save(world)


_STORM = """
import random, signal
from harness.stop import Stop

for _ in range(20000):
    stop = Stop()
    signal.signal(signal.SIGALRM, lambda *_: stop.set())
    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 5e-4))
    while not stop.is_set():
        stop.wait(1e-6)
"""


def test_watch_hears_a_signal_at_any_moment_of_its_waiting() -> None:
    # threading.Event hangs here in its own lock after some hundred rounds, SimpleQueue after some thousand
    assert subprocess.run([sys.executable, "-c", _STORM], timeout=60, check=False).returncode == 0


def test_watch_ends_well_when_it_is_told_to_and_recovers_when_it_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(tmp_path, monkeypatch)
    save(world)
    child = Child(tmp_path)
    child.until(child.cycles(1))
    assert child.process.pid
    os.kill(child.process.pid, signal.SIGTERM)
    assert child.ended() == 0
    clean(world)
    # the next one dies between the switch and its confirmation
    _edit(world, tmp_path, "2026-02-02")
    child = Child(tmp_path, ("harness.recorded:Record.confirmed", "before", 1))
    assert child.ended() == -signal.SIGKILL
    # and the one after that finishes it, and delivers nothing twice
    child = Child(tmp_path)
    child.until(child.cycles(2))
    assert child.process.pid
    os.kill(child.process.pid, signal.SIGINT)
    assert child.ended() == 0
    last = [one for one in child.told() if one["event"] == "cycle"][-1]
    assert last["error"] is None
    assert any("recorded now" in told for told in last["reconciled"])
    assert last["nothing_written"]
    assert "2026-02-02" in day_shown(world, 2)
    clean(world)
