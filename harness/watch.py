"""A watch: one process that stays, sees a changed source, and does with it all that `run` does.

It holds no lock but while a cycle runs, so other commands work in between. What stops a cycle is told; what
was delivered stays. What a person has to change is waited for; what may pass by itself is tried again, less
and less often.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.config import Settings, iso, utc_now
from harness.errors import DeliveryError, LockedError, PlanwiseError
from harness.lock import glimpse, run_lock
from harness.report import Outcome, exit_status
from harness.run import Request, Step
from harness.stop import Stop
from harness.watch_cycle import Told, cycle
from harness.watch_gate import KeptGate
from harness.watch_reasons import Beside, Code
from harness.watch_sending import is_due, send_due
from harness.watch_source import WatchedSource

Ending = Literal["stopped", "done", "upgraded"]
_TELL_AFTER = {"gone": 1.0, "writing": 10.0, "locked": 1.0}
"""Seconds that a thing lasts before it is told: a file that is replaced is gone for a moment, too."""
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 300.0
_LOOK_AROUND = 2.0
"""Seconds between looks at what changes seldom: decisions, settings, the day."""
_SWEEP_EVERY = 600.0
_LOOK_FAR = 30.0
"""Seconds between looks at the retry queue and at the program's own files."""


@dataclass(frozen=True)
class How:
    """How often it looks, and for how long it works."""

    interval: float = 0.1
    settle: float = 0.05
    cycles: int | None = None
    """After so many it ends; null for never."""
    keep: int | None = None
    """How many releases, marts, records and backups are kept; null for all, until somebody sweeps."""


@dataclass
class Watch:
    """What a watch knows from one look to the next."""

    settings: Settings
    request: Request
    steps: tuple[Step, ...]
    gate: KeptGate
    how: How
    say: Callable[[Told], None]
    stop: Stop = field(default_factory=Stop)
    last: Outcome | None = None
    cycles: int = 0
    _due: list[str] = field(default_factory=lambda: ["start"])
    """Why there is a cycle to do; empty if there is none."""
    _failures: int = 0
    _again_at: float | None = None
    _told: dict[str, float] = field(default_factory=dict)
    """Since when something has been waited for; a negative time once it was told."""
    _looked: dict[str, float] = field(default_factory=dict)

    def run(self) -> Ending:
        """Watch until it is told to stop, has done its cycles, or finds that its own code is another one.

        LockedError (exit 75) where another watch is at work in this home.
        """
        if self.request.source is None:
            raise DeliveryError("no_source", "a watch needs a source", "planwise-export watch SOURCE")
        source = WatchedSource(self.request.source, self.how.settle)
        beside = Beside(self.settings, self.request.source, self.request.resolutions)
        code = Code(self.settings.project)
        with self._alone():
            self._tell("started", source=str(source.path), targets=list(self.request.targets))
            while not self.stop.is_set():
                if self.how.cycles is not None and self.cycles >= self.how.cycles:
                    return "done"
                if not self._step(source, beside, code):
                    return "upgraded"
        return "stopped"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One watch in a home: two would deliver each other's changes, or quarrel about the source."""
        with ExitStack() as held:
            try:
                held.enter_context(run_lock(self.settings.home / "watch.lock", "watch"))
            except LockedError as error:
                told = error.message.replace("another run is working", "another watch is at work")
                hint = "stop that one, or give this one a home of its own"
                raise LockedError("watched", told, hint) from error
            yield

    def _step(self, source: WatchedSource, beside: Beside, code: Code) -> bool:
        """Look once, and do what there is to do; false where the code is another one."""
        look = source.look()
        if look.state in ("gone", "writing"):
            self._waiting(look.state, look.why)
            self.stop.wait(self._short(look.state))
            return True
        self._is_over("gone", "writing")
        if look.state == "changed":
            self._want("source")
        if self._is_time("beside", _LOOK_AROUND):
            for name in beside.differing():
                self._want(name)
        if self._again_at is not None and time.monotonic() >= self._again_at:
            self._want("again")
        if not self._due:
            if self._is_time("far", _LOOK_FAR):
                if code.is_other():
                    return self._upgraded(code)
                self._retry()
            if self.how.keep is not None and self._is_time("sweep", _SWEEP_EVERY):
                self._sweep(self.how.keep)
            self.stop.wait(self.how.interval)
            return True
        if not self._free():
            self.stop.wait(self.how.interval)
            return True
        if code.is_other():
            return self._upgraded(code)
        beside.take()
        self._cycle(source)
        return True

    def _cycle(self, source: WatchedSource) -> None:
        why, self._due, self._again_at = self._due, [], None
        if "source" in why and "start" in why:
            why.remove("source")  # of what changed before we came nobody waits for the first second
        try:
            outcome, told = cycle(self.settings, self.request, self.steps, source, self.gate.lend, why)
        except OSError as error:  # not even the report could be written
            self._failed(why, _of_disk(error, self.settings))
            return
        if outcome.error and outcome.error.code == "locked":
            self._due = why  # somebody was faster: this was no cycle
            return
        self.last, self.cycles = outcome, self.cycles + 1
        again = self._back_off(outcome.error, why)
        self.say(told | {"cycle": self.cycles, "next_try_in": again})
        gc.collect()  # this process stays, and nobody waits for it now

    def _failed(self, why: list[str], error: PlanwiseError) -> None:
        self.cycles += 1
        again = self._back_off(error, why)
        self._tell("failed", message=error.message, code=error.code, next_try_in=again)

    def _back_off(self, error: PlanwiseError | None, why: list[str]) -> float | None:
        """When it is tried again without anything new: never where a person has to change something."""
        if error is None:
            self._failures = 0
            return None
        self._failures += 1
        if error.kind == "gate" or (error.kind == "terminal" and error.exit_status == 2):
            return None
        wait: float = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(self._failures - 1, 20))
        self._again_at = time.monotonic() + wait
        return wait

    def _want(self, reason: str) -> None:
        if reason not in self._due:
            self._due.append(reason)

    def _free(self) -> bool:
        """Whether nobody works in the home or the out folder."""
        for path in (self.settings.lock, self.settings.out_lock):
            with glimpse(path) as is_free:
                if not is_free:
                    self._waiting("locked", f"another run is working in {path.parent}")
                    return False
        self._is_over("locked")
        return True

    def _retry(self) -> None:
        """Send what is due at the endpoints; a fault of theirs is theirs."""
        try:
            if is_due(self.settings, self.request.targets, utc_now()) and self._free():
                for one in send_due(self.settings, self.request.targets):
                    if one.outcome not in ("waiting", "nothing"):
                        self._tell("sent", endpoint=one.endpoint, target=one.target, outcome=one.outcome)
        except PlanwiseError as error:
            self._tell("failed", message=error.message, code=error.code, next_try_in=_LOOK_FAR)

    def _sweep(self, keep: int) -> None:
        """Each cycle leaves a release and its marts: what is old goes, as `sweep` does it."""
        from harness.sweep import sweep

        try:
            done = sweep(self.settings, keep, 0.0)
        except (PlanwiseError, OSError) as error:
            fault = error if isinstance(error, PlanwiseError) else _of_disk(error, self.settings)
            self._tell("failed", message=fault.message, code=fault.code, next_try_in=_SWEEP_EVERY)
            return
        if done.removed:
            freed = round(sum(item.bytes for item in done.removed) / 1e6, 1)
            self._tell("swept", removed=len(done.removed), failed=len(done.failed), megabytes=freed)

    def _upgraded(self, code: Code) -> bool:
        self._tell("upgraded", message="planwise was replaced on the disk while it ran")
        while not code.settled() and not self.stop.is_set():
            pass
        return False

    def _waiting(self, what: str, why: str) -> None:
        """Tell once what is waited for, when it has lasted."""
        since = self._told.setdefault(what, time.monotonic())
        if since > 0 and time.monotonic() - since >= _TELL_AFTER[what]:
            self._told[what] = -1.0
            self._tell("waiting", what=what, message=why)

    def _is_over(self, *whats: str) -> None:
        for what in whats:
            if self._told.pop(what, 0.0) < 0:
                self._tell("goes on", what=what)

    def _short(self, state: str) -> float:
        """What is about to be complete is looked at more often than what is not there."""
        return min(self.how.interval, self.how.settle) if state == "writing" else self.how.interval

    def _is_time(self, what: str, seconds: float) -> bool:
        now = time.monotonic()
        if now - self._looked.get(what, float("-inf")) < seconds:
            return False
        self._looked[what] = now
        return True

    def _tell(self, event: str, **more: Any) -> None:
        self.say({"event": event, "at": iso(utc_now()), **more})


def _of_disk(error: OSError, settings: Settings) -> DeliveryError:
    return DeliveryError("disk", f"{error.filename or settings.home}: {error.strerror or error}")


def status(watch: Watch) -> int:
    """The exit status of a watch that did the cycles it was asked for: the last one's."""
    return exit_status(watch.last) if watch.last else 5
