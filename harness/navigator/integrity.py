"""Both ways: every delivered scenario has a result or a reason, every result is of a scenario that we delivered."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from harness.navigator.delivered import Delivered
from harness.navigator.merged import missing_from
from harness.navigator.proof import NO_ECHO
from harness.navigator.result import ScenarioResult

SOUND = frozenset(("result", "unverified", "failed"))


@dataclass(frozen=True)
class Matched:
    """One scenario, seen from both sides.

    standing: result (of the delivered design), unverified (the same, but for the echo that the API does not
    show), failed (Navigator said why), other_design, wrong (its figures or its run contradict), twice,
    missing (delivered, nothing came back), not_delivered (a result that nobody here asked for).
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
    results: Sequence[ScenarioResult],
    reasons: Mapping[str, str] | None = None,
    strangers: Iterable[str] = (),
) -> Integrity:
    """Match the two sides. `reasons`: why a scenario has no result, or a wrong one; `strangers`: names of results
    there that were not read, since nobody here delivered them.
    """
    why = reasons or {}
    by_name: dict[str, list[ScenarioResult]] = {}
    for result in results:
        by_name.setdefault(result.scenario_id or result.scenario, []).append(result)
    ours = {scenario.delivery_key: scenario for scenario in delivered}
    matched = [_matched(one, by_name.get(key, []), why.get(key)) for key, one in ours.items()]
    foreign = sorted({*(name for name in by_name if name not in ours), *strangers})
    matched += [
        Matched(name, "not_delivered", "a result that is of no scenario of the current release")
        for name in foreign
    ]
    standings = [one.standing for one in matched]
    return Integrity(
        release=release,
        matched=matched,
        delivered=len(ours),
        results=len(results),
        delivered_checksum=_over(f"{one.delivery_key} {one.document_checksum}" for one in delivered),
        results_checksum=_over(f"{one.scenario} {_figures(one)}" for one in results),
        counts={name: standings.count(name) for name in sorted(set(standings))},
    )


def _matched(scenario: Delivered, results: list[ScenarioResult], why: str | None) -> Matched:
    key, checksum = scenario.delivery_key, scenario.document_checksum
    if len(results) > 1:
        sources = ", ".join(result.source for result in results)
        return Matched(key, "twice", f"{len(results)} results: {sources}", 0, checksum)
    if not results or results[0].status == "running":
        return Matched(key, "missing", why or "nothing came back", 0, checksum)
    result = results[0]
    standing, reason = _standing(scenario, result)
    figures = _figures(result) if result.years else None
    return Matched(key, standing, why or reason, len(result.years), checksum, figures)


def _standing(scenario: Delivered, result: ScenarioResult) -> tuple[str, str | None]:
    if result.status == "failed":
        return "failed", result.error or "Navigator did not say why"
    differing = missing_from(result.config, scenario.document) if result.config else []
    if differing:
        return "other_design", f"the run simulated another design: {differing[0]}"
    wrong = [problem for problem in result.problems if problem != NO_ECHO]
    if wrong:
        return "wrong", f"not to be used: {', '.join(wrong)}"
    if NO_ECHO in result.problems:
        return "unverified", "the API does not show the engine's echo; the archived configuration is ours"
    if scenario.echo not in result.echoes:
        return "other_design", f"the echo is {', '.join(result.echoes) or 'missing'}, not {scenario.echo}"
    return "result", None


def _figures(result: ScenarioResult) -> str:
    names = [one.name for one in fields(result.years[0])] if result.years else []
    return _over("|".join(str(getattr(year, name)) for name in names) for year in result.years)


def _over(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
