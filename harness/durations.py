"""What past runs took, from the ledger: the middle and the slow end, per step and in all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.ledger import Ledger

WENT_WELL = ("succeeded", "partial")
TOTAL = "total"


@dataclass(frozen=True)
class Spread:
    """Durations in seconds, the oldest first."""

    values: tuple[float, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.values)

    @property
    def p50(self) -> float:
        """The middle one."""
        return quantile(self.values, 0.5)

    @property
    def p95(self) -> float:
        """So much or less, 95 times of 100."""
        return quantile(self.values, 0.95)

    @property
    def last(self) -> float:
        """The newest."""
        return self.values[-1]


def quantile(values: Sequence[float], share: float) -> float:
    """The value at this share of the sorted values, between neighbours in proportion."""
    if not values:
        raise ValueError("no values, so nothing of them")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def by_step(runs: Iterable[Mapping[str, Any]]) -> dict[str, Spread]:
    """Spread by step, and of the whole; only of runs that went well, since others end early."""
    found: dict[str, list[float]] = {}
    for run in runs:
        seconds = run["seconds"]
        if run["status"] not in WENT_WELL or not seconds:
            continue
        for step, value in seconds.items():
            found.setdefault(step, []).append(float(value))
        found.setdefault(TOTAL, []).append(sum(map(float, seconds.values())))
    return {step: Spread(tuple(values)) for step, values in found.items()}


@dataclass(frozen=True)
class Estimate:
    """What an operation will take, judged by those before it."""

    runs: int
    seconds_p50: float
    seconds_p95: float
    rows_p50: int
    bytes_most: int
    """The most that one of them left on the disk, as far as it was recorded."""


def estimate(ledger: "Ledger | None", operation: str, last: int = 20) -> Estimate | None:
    """Judge by the last runs of the same operation that went well; null where there is none."""
    if ledger is None:
        return None
    rows = ledger.query(
        "select r.run_id, r.seconds, r.counts, r.status, (select sum(a.bytes) from artifact as a"
        " where a.run_id = r.run_id and a.kind <> 'backup') as bytes from run as r where r.command = ?"
        " and r.is_dry_run = 0 and r.status in ('succeeded', 'partial') order by r.started_at desc limit ?",
        (operation, last),
    )
    runs = [
        row | {"seconds": _read(row["seconds"]), "counts": _read(row["counts"])} for row in reversed(rows)
    ]
    spread = by_step(runs).get(TOTAL)
    if spread is None:
        return None
    sources = [float(run["counts"].get("source") or 0) for run in runs]
    most = max(int(run["bytes"] or 0) for run in runs)
    return Estimate(spread.count, spread.p50, spread.p95, round(quantile(sources, 0.5)), most)


def _read(text: str) -> dict[str, Any]:
    import json

    found = json.loads(text)
    return found if isinstance(found, dict) else {}
