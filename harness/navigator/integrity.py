"""Both ways: every delivered scenario has a result or a reason, every result is of one that we delivered."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from harness.navigator.delivered import Delivered
from harness.navigator.landing import Judged
from harness.navigator.merged import missing_from, simulated
from harness.navigator.proof import NO_ECHO
from harness.navigator.pull import Unread
from harness.navigator.result import ScenarioResult

SOUND = frozenset(("result", "failed"))
"""What is accounted for: a result that is proven, or Navigator's own reason."""


@dataclass(frozen=True)
class Matched:
    """One scenario, seen from both sides.

    standing: result (of the delivered design), unverified (the same, but for the echo that the API does not
    show), failed (Navigator said why), refused, stale (a result of another version of the design), twice,
    missing (delivered, nothing came back), not_delivered (a result of no scenario of the release).
    """

    scenario: str
    standing: str
    reason: str | None = None
    years: int = 0
    document_checksum: str | None = None
    """As the manifest of the release has it."""
    result_checksum: str | None = None
    """SHA-256 over the figures of all years."""

    @property
    def is_sound(self) -> bool:
        """Whether this one is accounted for."""
        return self.standing in SOUND


@dataclass(frozen=True)
class Integrity:
    """All of them, and the sums of both sides."""

    release: str
    matched: list[Matched]
    delivered: int
    results: int
    delivered_checksum: str
    results_checksum: str
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Whether both sides agree."""
        return all(one.is_sound for one in self.matched)

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return asdict(self) | {"is_sound": self.is_sound}


def compare(
    release: str,
    delivered: Sequence[Delivered],
    judged: Sequence[Judged],
    unread: Sequence[Unread] = (),
    strangers: Iterable[str] = (),
) -> Integrity:
    """Match the two sides. `strangers`: names of results there that were not read: they are not ours."""
    by_name: dict[str, list[Judged]] = {}
    for one in judged:
        by_name.setdefault(one.result.scenario, []).append(one)
    why = {one.scenario: one.fault.message for one in unread}
    ours = {scenario.delivery_key: scenario for scenario in delivered}
    matched = [_matched(scenario, by_name.get(key, []), why.get(key)) for key, scenario in ours.items()]
    foreign = sorted({*strangers, *(name for name in (*by_name, *why) if name not in ours)})
    matched += [
        Matched(name, "not_delivered", "no scenario of the current release has this name") for name in foreign
    ]
    standings = [one.standing for one in matched]
    return Integrity(
        release=release,
        matched=matched,
        delivered=len(ours),
        results=len(judged),
        delivered_checksum=_over(f"{one.delivery_key} {one.document_checksum}" for one in delivered),
        results_checksum=_over(f"{one.result.scenario} {_figures(one.result)}" for one in judged),
        counts={name: standings.count(name) for name in sorted(set(standings))},
    )


def _matched(scenario: Delivered, judged: list[Judged], why: str | None) -> Matched:
    key, checksum = scenario.delivery_key, scenario.document_checksum
    if not judged:
        return Matched(key, "missing", why or "nothing came back", 0, checksum)
    if len(judged) > 1:
        sources = ", ".join(one.result.source for one in judged)
        return Matched(key, "twice", f"{len(judged)} results: {sources}", 0, checksum)
    result = judged[0].result
    standing, reason = _standing(scenario, judged[0])
    figures = _figures(result) if result.years else None
    return Matched(key, standing, reason, len(result.years), checksum, figures)


def _standing(scenario: Delivered, judged: Judged) -> tuple[str, str | None]:
    verdict, config = judged.verdict, judged.result.config
    differing = missing_from(config, simulated(scenario.document)) if config else []
    if verdict.standing == "failed":
        return "failed", verdict.message or "Navigator did not say why"
    if verdict.standing == "refused" and verdict.code != NO_ECHO:
        return "refused", f"{verdict.message} ({verdict.code})"
    if differing:
        return "stale", f"the run simulated another version of the design: {differing[0]}"
    if verdict.standing == "refused":
        return "unverified", verdict.message
    return "result", None


def _figures(result: ScenarioResult) -> str:
    names = [one.name for one in fields(result.years[0])] if result.years else []
    return _over("|".join(str(getattr(year, name)) for name in names) for year in result.years)


def _over(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
