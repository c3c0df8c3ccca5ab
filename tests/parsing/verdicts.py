"""Verdict on one parsed result against what was expected, and the table and list of verdicts.

right       every key of `expect` agrees
unresolved  held although the text settles it: safe, but work for a person
detail      the same design, or unresolved as it should be, with another status, kind name, reason, low or
high
wrong       resolved to something else, or resolved where nothing settles it
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from .evaluator import same_design, same_number

ORDER = ("right", "detail", "unresolved", "wrong")
HELD = ("unresolved", "rejected")
MONEY = ("core", "match", "deferral")
LABELS = {"status", "reasons"}
CONTENT = ("tiers", "bands", "array", "rate")
CONDITIONS = (
    "waiting_period_months",
    "waiting_period_days",
    "minimum_hours",
    "minimum_age",
    "entry_dates",
    "employment_class",
    "last_day_rule",
)


class Finding(NamedTuple):
    """One judged string."""

    field: str
    name: str
    raw: str
    expect: dict[str, Any]
    got: dict[str, Any]
    verdict: str
    keys: tuple[str, ...]
    wordings: tuple[str, ...] = ()


def is_held(field: str, design: dict[str, Any] | None) -> bool:
    """True when the design says nothing: unknown, unresolved or rejected."""
    if not design:
        return True
    if design.get("status") in HELD or ("kind" in design and design["kind"] in (None, "unresolved")):
        return True
    if "value" in design:
        return design["value"] in (None, "rejected")
    if field == "eligibility":
        return all(design.get(key) is None or design.get(key) is False for key in CONDITIONS) and not any(
            design.get(money) for money in MONEY
        )
    return False


def equal(key: str, expected: Any, got: Any) -> bool:
    """Equality of one key: reasons by subset, a missing last-day rule is False, numbers at 10 places."""
    if key == "reasons":
        return set(expected or []) <= set(got or [])
    if key in ("last_day_rule", "discretionary", "approximate") and not expected:
        return not got
    if key in ("tiers", "bands"):
        return same_number(expected or [], got or [])
    return same_number(expected, got)


def judge_part(field: str, expect: dict[str, Any], got: dict[str, Any]) -> tuple[str, list[str]]:
    """Verdict on one provision (no money types inside) and the keys that differ."""
    keys = [
        k
        for k, v in expect.items()
        if not (k in MONEY and isinstance(v, dict)) and not equal(k, v, got.get(k))
    ]
    expected_held, got_held = is_held(field, expect), is_held(field, got)
    told_by_kind = "kind" in expect or "status" in expect or "value" in expect or field == "eligibility"
    if not keys:
        return ("unresolved" if told_by_kind and got_held and not expected_held else "right"), keys
    if got_held:
        return ("detail" if expected_held else "unresolved"), keys
    if expected_held:
        return "wrong", keys
    if set(keys) <= LABELS:
        return "detail", keys
    same_content = any(expect.get(k) for k in CONTENT) and all(
        equal(k, expect[k], got.get(k)) for k in CONTENT if k in expect
    )
    if set(keys) <= LABELS | {"kind"} and same_content:
        return "detail", keys
    return "wrong", keys


def judge(field: str, expect: dict[str, Any], got: dict[str, Any]) -> tuple[str, list[str]]:
    """Verdict on a whole field: the worst of its parts. A part lost while the rest resolves is wrong."""
    verdict, keys = judge_part(field, expect, got)
    whole_held = is_held(field, got) if field == "eligibility" else got.get("kind") == "unresolved"
    for money in MONEY:
        part = expect.get(money)
        if not isinstance(part, dict):
            continue
        name = "nonelective_formula" if field == "match_formula" else field
        found = got.get(money) or {}
        part_verdict, part_keys = judge_part(name, part, found)
        if not whole_held and not is_held(name, part) and (not found or found.get("kind", "") is None):
            part_verdict = "wrong"
        verdict = max(verdict, part_verdict, key=ORDER.index)
        keys = keys + [f"{money}.{k}" for k in part_keys]
    if verdict == "right" and not is_held(field, expect) and "kind" in expect and set(expect) & set(CONTENT):
        seen = {key: got.get(key) for key in {*expect, *CONTENT}}
        if not same_design(field, expect, seen):
            return "wrong", ["pays something else"]
    return verdict, keys


def share(findings: Iterable[Finding]) -> float:
    """Share of the findings that are right (1.0 of none)."""
    found = list(findings)
    return sum(f.verdict == "right" for f in found) / len(found) if found else 1.0


def table(findings: Sequence[Finding]) -> str:
    """Counts by field: right, detail, unresolved that could be resolved, wrong."""
    counts = Counter((f.field, f.verdict) for f in findings)
    lines = [f"{'field':22}" + "".join(f"{v:>12}" for v in ORDER) + f"{'all':>8}"]
    for name in [*sorted({f.field for f in findings}), "TOTAL"]:
        row = [
            sum(n for (f, v), n in counts.items() if v == verdict and name in (f, "TOTAL"))
            for verdict in ORDER
        ]
        lines.append(f"{name:22}" + "".join(f"{n:12}" for n in row) + f"{sum(row):8}")
    return "\n".join(lines)


def compact(value: Any) -> str:
    """A result on one line, numbers without quotes, empty keys left out."""
    if isinstance(value, dict):
        return (
            "{"
            + " ".join(f"{k}={compact(v)}" for k, v in value.items() if v not in (None, [], {}, False))
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(compact(v) for v in value) + "]"
    return str(value)


def listing(findings: Iterable[Finding], most: int = 20) -> str:
    """The failing ones, worst first, then shortest text first: the readable examples of a large failure."""
    bad = sorted(
        (f for f in findings if f.verdict != "right"), key=lambda f: (-ORDER.index(f.verdict), len(f.raw))
    )
    lines = [
        f"{f.verdict.upper():10} {f.field} {f.name} {f.raw!r}\n     differs  {', '.join(f.keys)}\n"
        f"     expected {compact(f.expect)}\n     got      {compact(f.got)}"
        for f in bad[:most]
    ]
    return "\n".join([*lines, f"... and {len(bad) - most} more"] if len(bad) > most else lines)


def wordings_that_fail(findings: Sequence[Finding], most: int = 15) -> str:
    """Wordings that are not right most often: where the grammar has its holes."""
    used = Counter(w for f in findings for w in set(f.wordings))
    bad = Counter(w for f in findings if f.verdict != "right" for w in set(f.wordings))
    rows = sorted(bad, key=lambda w: (-bad[w] / used[w], -bad[w]))[:most]
    return "\n".join(f"{bad[w]:5} of {used[w]:5}  {w!r}" for w in rows)
