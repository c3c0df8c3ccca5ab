"""What the gates say: findings, the results of rules, and who may not go out by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict


class Finding(TypedDict):
    """One failing row. `client_id` is for the operator's report only; `target` null means every target."""

    client_ref: str | None
    client_id: str | None
    field: str | None
    raw: str | None
    code: str | None
    message: str | None
    resolve: str | None
    target: str | None
    file: str | None
    sheet: str | None
    row_number: int | None


class Result(TypedDict):
    """What one expectation found. With an `exception` it could not be evaluated: it failed and blocks."""

    name: str
    rule: str
    checkpoint: str
    severity: str
    sentence: str
    relation: str
    rows_checked: int
    rows_failing: int
    passed: bool
    exception: str | None
    findings: Sequence[Finding]


class Summary(TypedDict):
    """Who may not go out. `held` counts for every target, `held_by_target` for the one named."""

    blocked: bool
    held: list[str]
    held_by_target: dict[str, list[str]]
    held_unidentified: list[Finding]
    warned: list[str]


def summary(results: Iterable[Result]) -> Summary:
    """Sum up checkpoints. A hold that names neither client nor source row can't be honoured, so it blocks."""
    blocked = False
    held: set[str] = set()
    warned: set[str] = set()
    by_target: dict[str, set[str]] = {}
    unidentified: list[Finding] = []
    for result in results:
        if result["passed"]:
            continue
        blocked = blocked or result["severity"] == "block" or result["exception"] is not None
        for found in result["findings"]:
            ref = found["client_ref"]
            if result["severity"] == "warn":
                warned |= {ref} if ref else set()
            elif result["severity"] == "hold" and ref is None:
                unidentified.append(found)
                blocked = blocked or found["row_number"] is None
            elif result["severity"] == "hold" and ref is not None:
                group = by_target.setdefault(found["target"], set()) if found["target"] else held
                group.add(ref)
    return Summary(
        blocked=blocked,
        held=sorted(held),
        held_by_target={target: sorted(refs) for target, refs in sorted(by_target.items())},
        held_unidentified=unidentified,
        warned=sorted(warned),
    )
