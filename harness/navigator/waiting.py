"""Runs on the server, watched until they end or patience does."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.navigator.api import Navigator
from harness.navigator.faults import ApiError, without_paths

ENDED = frozenset(("completed", "failed", "cancelled"))
_FIRST, _LONGEST, _GROWTH = 1.0, 15.0, 1.5


@dataclass(frozen=True)
class RunState:
    """Where the last run of a scenario stands.

    status: completed, failed, cancelled; running or pending when patience ended before; never_run; unknown
    when the server could not say.
    """

    status: str
    run_id: str | None = None
    error: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it by itself."""
        return self.status in ENDED or self.status in ("never_run", "unknown")


def state_of(api: Navigator, scenario: str) -> RunState:
    """Ask once. A failed run says why: by its status, else its record, else its log."""
    found = api.run_status(scenario)
    run_id = str(found["id"])
    if run_id == "unknown":
        return RunState("never_run")
    error = found.get("error_message")
    if found["status"] == "failed" and not error:
        error = _why(api, scenario, run_id)
    return RunState(str(found["status"]), run_id, without_paths(str(error)) if error else None)


def _why(api: Navigator, scenario: str, run_id: str) -> str | None:
    """A server that was started again has forgotten the error, but not the run."""
    try:
        kept = api.run(scenario, run_id).get("error_message")
        return str(kept) if kept else " ".join(list(api.log(scenario, run_id, "ERROR"))[-3:]) or None
    except ApiError:
        return None


def watch(
    api: Navigator,
    scenarios: Mapping[str, str],
    seconds: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    seen: Callable[[str, RunState], None] = lambda key, state: None,
) -> dict[str, RunState]:
    """Ask for every scenario (key to server id) until all have ended or `seconds` are over; never longer.

    A scenario that the server can't tell of is `unknown`, with the reason, and the others go on.
    """
    states: dict[str, RunState] = {}
    until, pause = clock() + seconds, _FIRST
    while True:
        for key, scenario in scenarios.items():
            if key in states and states[key].has_ended:
                continue
            try:
                states[key] = state_of(api, scenario)
            except ApiError as error:
                if error.status == 401:
                    raise
                states[key] = RunState("unknown", None, error.message)
            if states[key].has_ended:
                seen(key, states[key])
        left = until - clock()
        if left <= 0 or all(state.has_ended for state in states.values()):
            return states
        sleep(min(pause, left))
        pause = min(_LONGEST, pause * _GROWTH)
