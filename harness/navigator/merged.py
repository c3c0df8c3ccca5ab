"""Whether a configuration that a server holds is the one that we sent. It checks nothing itself, so we do.

Numbers are compared as the server keeps them, as doubles: what it can't hold can't differ there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from harness.navigator.delivered import STAMPS

Path = tuple[str, ...]
_ABSENT = object()


@dataclass(frozen=True)
class Difference:
    """One place where what was found is not what was sent."""

    path: str
    sent: Any
    found: Any

    def __str__(self) -> str:
        found = "nothing" if self.found is _ABSENT else repr(self.found)[:60]
        return f"{self.path}: sent {str(self.sent)[:60]!r}, found {found}"


def missing_from(found: Any, sent: Any, ignored: frozenset[Path] = STAMPS) -> list[Difference]:
    """Where `found` (a merged configuration) lacks or contradicts `sent`; what it has beyond that is let be.

    An object in `sent` must be contained, a list must be the same: that is how the server merges. It also
    rewrites employer_match.active_formula to dc_plan.match_template, so that is what must be there.
    """
    return list(_missing(found, _as_rewritten(sent), (), ignored))


def same_design(left: Any, right: Any) -> bool:
    """Whether two documents say the same but for when they were rendered."""
    return not missing_from(left, right) and not missing_from(right, left)


def simulated(document: Any) -> Any:
    """The part of a document that makes another simulation, or another reading of it, when it changes.

    Of the block that Navigator only keeps that is whose plan it is and its vesting: a corrected spelling, or
    an outcome written back into the Design Matrix, makes no result stale.
    """
    block = document["design_matrix"]
    kept = {name: block[name] for name in ("client_ref", "vesting_schedule_array") if name in block}
    return document | {"design_matrix": kept}


def _as_rewritten(sent: Any) -> Any:
    template = (sent.get("dc_plan") or {}).get("match_template") if isinstance(sent, dict) else None
    if template and "active_formula" in (sent.get("employer_match") or {}):
        return sent | {"employer_match": sent["employer_match"] | {"active_formula": template}}
    return sent


def _missing(found: Any, sent: Any, path: Path, ignored: frozenset[Path]) -> Iterator[Difference]:
    if path in ignored:
        return
    if isinstance(sent, dict) and isinstance(found, dict):
        for key in sent:
            yield from _missing(found.get(key, _ABSENT), sent[key], (*path, key), ignored)
    elif not _equal(found, sent):
        yield Difference(".".join(path) or "document", sent, found)


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float | Decimal) and isinstance(right, int | float | Decimal):
        return float(left) == float(right)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    return type(left) is type(right) and bool(left == right)
