"""The states of a delivery, and which may follow which: rows of legal_move, kept by a trigger, too."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from harness.errors import Kind, PlanwiseError

NEW = "new"
"""What a delivery is in before it has a row."""
IN_FLIGHT = frozenset({"pending", "rendered", "promoting"})
CONFIRMED = frozenset({"confirmed", "unchanged"})
"""The receiver holds what it should."""
BATCHED = frozenset({"pending", "rendered", "promoting", "unchanged"})
"""Moves of which one event tells for all rows; every other gets an event of its own a row."""
FINAL = frozenset({"confirmed", "rejected", "retry_wait", "dead", "rolled_back", "superseded", "held"})
STATES = BATCHED | FINAL

_SETTLED_TO = ("pending", "unchanged", "held", "rejected", "superseded", "rolled_back")
_LEGAL = {
    NEW: ("pending", "unchanged", "held", "rejected"),
    "pending": ("pending", "rendered", "retry_wait", "dead", "rejected", "held", "superseded"),
    "rendered": ("pending", "promoting", "retry_wait", "dead", "rejected", "held", "superseded"),
    "promoting": ("pending", "confirmed", "retry_wait", "dead", "rejected"),
    "confirmed": _SETTLED_TO,
    "unchanged": _SETTLED_TO,
    "held": _SETTLED_TO,
    "rejected": _SETTLED_TO,
    "retry_wait": (*_SETTLED_TO, "promoting", "dead"),
    "dead": _SETTLED_TO,
    "superseded": _SETTLED_TO,
    "rolled_back": _SETTLED_TO,
}
LEGAL_MOVES = frozenset((before, after) for before, several in _LEGAL.items() for after in several)


class IllegalMove(PlanwiseError):
    """A delivery was to go where it can't go from its present state: a fault of planwise, nothing is kept."""

    kind: ClassVar[Kind] = "terminal"
    default_exit_status = 5


@dataclass(frozen=True)
class Move:
    """What a delivery becomes; fields that are null leave what the row has.

    document_checksum, sha256, bytes and release describe the document that is under way; for `rolled_back`
    the one that the receiver holds again (all null: it holds none).
    """

    delivery_key: str
    client_ref: str = ""
    document_checksum: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    release: str | None = None
    code: str | None = None
    message: str | None = None
    withdrawn: bool = False
    """The receiver has nothing of it any more: what was confirmed is cleared (always so for `superseded`)."""


def check(target: str, endpoint: str, state: str, before: Iterable[tuple[str, str]]) -> None:
    """Raise IllegalMove when one of the (delivery_key, state before) can't go to `state`."""
    if state not in STATES:
        raise IllegalMove(
            "unknown_state", f"there is no state {state!r}", f"one of {', '.join(sorted(STATES))}"
        )
    wrong = [(key, old) for key, old in before if (old, state) not in LEGAL_MOVES]
    if wrong:
        key, old = wrong[0]
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        place = f"{target}{f' at {endpoint}' if endpoint else ''}"
        raise IllegalMove(
            "illegal_move",
            f"{place}: {key} is {old} and can't become {state}{more}; nothing was written",
            f"from {old} it goes to {', '.join(_LEGAL.get(old, ()))}",
        )
