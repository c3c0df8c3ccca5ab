"""A watch over the fake world: what happens outside is a script that goes on at each look of the watch."""

import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.run import Request
from harness.steps import RUN
from harness.stop import Stop
from harness.watch import How, Watch
from harness.watch_gate import KeptGate
from tests.harness.world import RULES, FakeGate, World, document, result

CONTEXT = multiprocessing.get_context("forkserver")
QUICK = How(interval=0.01, settle=0.02)
Script = Iterator[Callable[[], bool] | None]
"""Yields what must be true before it goes on; null for the next look."""


class OneThing(Stop):
    """Stands in for the time between two looks: the script goes on in it; where it ends, the watch ends."""

    def __init__(self, script: Script, most: int = 3000) -> None:
        super().__init__()
        self._script = script
        self._until: Callable[[], bool] | None = None
        self._left = most

    def wait(self, seconds: float) -> bool:
        self._left -= 1
        if self._left < 0:
            raise AssertionError("what the script waits for does not come")
        if self._until is None or self._until():
            try:
                self._until = next(self._script)
            except StopIteration:
                self.set()
        return super().wait(seconds)


@dataclass
class LivingGate(FakeGate):
    """A fake worker that can be found dead."""

    is_alive: bool = True


@dataclass
class Seen:
    """What a watch said, and its world."""

    world: World
    told: list[dict[str, Any]] = field(default_factory=list)
    gates: list[LivingGate] = field(default_factory=list)
    watch: Watch | None = None

    @property
    def cycles(self) -> list[dict[str, Any]]:
        return [one for one in self.told if one["event"] == "cycle"]

    def has(self, number: int) -> Callable[[], bool]:
        """There were so many cycles."""
        return lambda: len(self.cycles) >= number

    def said(self, event: str, what: str = "") -> Callable[[], bool]:
        """It was told."""
        return lambda: any(t["event"] == event and what in (t.get("what"), "") for t in self.told)

    def open_gate(self) -> LivingGate:
        failed = {entry["rule"] for entry in self.world.failing}
        passed = [result(rule) for rule in RULES if rule not in failed]
        self.gates.append(LivingGate([*passed, *self.world.failing]))
        return self.gates[-1]

    def go(self, script: Script, how: How = QUICK) -> str:
        """Watch until the script is at its end."""
        gate = KeptGate(self.open_gate)
        request = Request("watch", self.world.source, targets=("navigator",))
        self.watch = Watch(self.world.where, request, RUN, gate, how, self.told.append, OneThing(script))
        try:
            return self.watch.run()
        finally:
            gate.end()


def save(world: World) -> None:
    """Write the source as it is now: its bytes are others when its rows, texts or documents are."""
    world.source.write_text(world.content, encoding="utf-8")


def edit(world: World, number: int, day: str) -> None:
    """Another document of one client, not written yet."""
    world.texts[number] = f"75% up to 4%, {day}"
    world.documents[number] = document(number, data_as_of=day)


def runs(world: World) -> list[str]:
    """Names of the folders of runs."""
    return sorted(path.name for path in (world.where.home / "runs").iterdir())


def watching(folder: str, armed: tuple[str, str, int] | None) -> None:
    """In a process of its own: a watch as the command has it, with its signals; lines of what it says."""
    import json
    import signal
    import sys

    from harness.commands.watch import ABANDONED, stopped_by_signals
    from tests.delivery.killed import Patch, arm
    from tests.harness.world import make_world

    # a shell that runs the tests in the background has them ignore it, and a watch would, too
    signal.signal(signal.SIGINT, signal.default_int_handler)
    world = make_world(Path(folder), Patch())
    day = Path(folder) / "day.txt"
    if day.exists():
        edit(world, 2, day.read_text())
    stop, seen = Stop(), Seen(world)
    build = world.build

    def building(connection: Any) -> None:
        # what this process is told through the source
        if day.exists():
            edit(world, 2, day.read_text())
        build(connection)

    world.build = building  # type: ignore[method-assign]

    def say(told: dict[str, Any]) -> None:
        with (Path(folder) / "told.ndjson").open("a") as stream:
            stream.write(json.dumps(told, default=str) + "\n")

    if armed:
        arm(*armed)
    request = Request("watch", world.source, targets=("navigator",))
    try:
        with stopped_by_signals(stop):
            Watch(world.where, request, RUN, KeptGate(seen.open_gate), QUICK, say, stop).run()
    except KeyboardInterrupt:
        sys.exit(ABANDONED)
