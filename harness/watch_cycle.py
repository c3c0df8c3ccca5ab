"""One cycle of a watch: the very steps, gates and guards of `run`, and what is told of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.config import Settings, iso, utc_now
from harness.errors import LockedError, PlanwiseError
from harness.progress import Progress
from harness.report import Outcome, exit_status
from harness.run import GateWorker, Request, Run, Step, execute
from harness.watch_source import WatchedSource

Told = dict[str, Any]


@dataclass
class Moments:
    """When things happened in a cycle (UNIX time)."""

    began: float
    delivered: float | None = None


def cycle(
    settings: Settings,
    request: Request,
    steps: tuple[Step, ...],
    source: WatchedSource,
    lend: Callable[[], GateWorker],
    why: list[str],
) -> tuple[Outcome, Told]:
    """Run the steps on what the source is now; the outcome, and what is told of it.

    LockedError `source_changed` is the outcome where the source became another one while it was read.
    """
    moments = Moments(time.time())
    expected = source.checksum

    def extracting(function: Callable[[Run], str]) -> Callable[[Run], str]:
        def extracted(run: Run) -> str:
            said = function(run)
            if not source.is_still(expected):
                raise LockedError(
                    "source_changed",
                    f"{source.path.name} was written while it was read",
                    "nothing was delivered; it is read again when it stands still",
                )
            return said

        return extracted

    def delivering(function: Callable[[Run], str]) -> Callable[[Run], str]:
        def delivered(run: Run) -> str:
            said = function(run)
            moments.delivered = time.time()
            return said

        return delivered

    around = {"extract": extracting, "deliver": delivering}
    watched = tuple((name, around[name](step) if name in around else step) for name, step in steps)
    outcome = execute(settings, request, watched, Progress(), lend)
    return outcome, _told(outcome, moments, source, why)


def _told(outcome: Outcome, moments: Moments, source: WatchedSource, why: list[str]) -> Told:
    more = outcome.more
    since = source.changed_at if "source" in why else moments.began
    changes = (more.get("changes") or {}).get("counts")
    return {
        "event": "cycle",
        "at": iso(utc_now()),
        "run_id": outcome.run_id,
        "why": why,
        "status": outcome.status,
        "exit_status": exit_status(outcome),
        "changes": changes,
        "documents": {
            name: {kind: number for kind, number in plan["documents"].items() if number}
            for name, plan in more.get("plan", {}).items()
        },
        "nothing_written": bool(more.get("nothing_written")),
        "counts": outcome.counts,
        "sent": [
            {"endpoint": one["endpoint"], "target": one["target"], "outcome": one["outcome"]}
            for one in more.get("sent", ())
        ],
        "reconciled": [found.told() for found in outcome.reconciled],
        "alerts": [alert["text"] for alert in outcome.alerts],
        "change_to_delivered": round(moments.delivered - since, 3) if moments.delivered else None,
        "cycle_seconds": round(time.time() - moments.began, 3),
        "seconds": outcome.seconds,
        "error": _error(outcome.error),
    }


def _error(error: PlanwiseError | None) -> Told | None:
    if error is None:
        return None
    return {"code": error.code, "kind": error.kind, "message": error.message, "hint": error.hint}
