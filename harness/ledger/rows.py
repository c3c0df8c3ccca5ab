"""What a move is asked with, the rows that it writes beside deliveries, and how rows stand in events."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harness.ledger.deliveries import COLUMNS, KEY, Delivery
from harness.ledger.events import canonical_bytes, total
from harness.ledger.moves import Move


class Attempt(NamedTuple):
    """One run's try to deliver one document."""

    run_id: str
    target: str
    endpoint: str
    delivery_key: str
    number: int
    action: str
    from_state: str
    document_checksum: str | None
    started_at: str
    ended_at: str | None = None
    outcome: str | None = None
    code: str | None = None
    message: str | None = None


ATTEMPT_KEY = ("run_id", *KEY)
QUEUE = (*KEY, "attempts", "next_attempt_at", "code", "queued_at", "run_id")
REJECT = ("run_id", *KEY, "client_ref", "document_checksum", "code", "message", "rejected_at")


@dataclass
class Moving:
    """What is asked for: these deliveries of one receiver go to this state."""

    run_id: str
    target: str
    endpoint: str
    state: str
    moves: Sequence[Move]
    now: str
    gate_run_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    next_attempts: Mapping[str, str] = field(default_factory=dict)


Pair = tuple[Delivery, Delivery]


def image(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A row as it stands in an event: columns that hold something."""
    return {name: value for name, value in zip(columns, row, strict=True) if value is not None}


def delivery_image(row: Delivery) -> dict[str, Any]:
    """A delivery's row without its key, which the event has."""
    return image(COLUMNS[3:], row[3:])


def row_sum(rows: Iterable[Delivery]) -> int:
    """The sum over whole rows that a batch's event keeps."""
    return total(map(canonical_bytes, rows))


def row_print(row: Delivery) -> str:
    """A short hash of a whole row."""
    return hashlib.sha256(canonical_bytes(row)).hexdigest()[:16]
