"""Whether the chain of events is whole, and what it says of every row.

`told` walks the chain once. What the rows themselves say is compared in compare.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.ledger.alerts import ALERT
from harness.ledger.database import HEAD, Database
from harness.ledger.deliveries import KEY
from harness.ledger.events import COLUMNS, Event, event_hash
from harness.ledger.recording import ARTIFACT, GATE, RUN, TARGET_RUN
from harness.ledger.rows import ATTEMPT_KEY, QUEUE, REJECT, Attempt

TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "run": (RUN, ("run_id",)),
    "target_run": (TARGET_RUN, TARGET_RUN[:3]),
    "gate_result": (GATE, GATE[:2]),
    "gate_pass": (("run_id", "passed_at"), ("run_id",)),
    "attempt": (Attempt._fields, ATTEMPT_KEY),
    "reject": (REJECT, REJECT[:4]),
    "artifact": (ARTIFACT, ARTIFACT[:5]),
    "alert": (ALERT, ALERT[:1]),
    "retry_queue": (QUEUE, KEY),
}
"""Columns and key of the tables that events hold images of; delivery is compared in its own way."""
_LISTS = {"gate_results": "gate_result", "attempts": "attempt"}
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Fault:
    """One thing that is not as the chain says."""

    seq: int | None
    """The event that says otherwise; null where there is none."""
    table: str
    key: str
    column: str
    """Empty where the whole row is missing, or nobody told of it."""
    message: str

    def __str__(self) -> str:
        """The fault in words."""
        place = f"{self.table} {self.key}" + (f", {self.column}" if self.column else "")
        return f"{place}: {self.message}" + (f" (event {self.seq})" if self.seq else "")


@dataclass
class Batch:
    """A move of many rows that one event tells of, and what is still in it."""

    event: Event
    facts: dict[str, Any]
    count: int
    total: int


@dataclass
class Told:
    """What the chain says of the rows."""

    images: dict[str, dict[Key, tuple[int, dict[str, Any]]]] = field(default_factory=dict)
    """By table and key: the last event with an image of the row, and the image."""
    batches: dict[int, Batch] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def told(database: Database) -> Told:
    """Walk the chain: its own faults, and the last word on every row."""
    found = Told({table: {} for table in (*TABLES, "delivery")})
    last, seq = "", 0
    for row in database.stream(f"select {', '.join(COLUMNS)} from event order by seq"):
        event = Event(*row)
        found.faults += _linked(event, seq, last)
        last, seq = event.hash, event.seq
        try:
            _take(found, event, event.facts)
        except (ValueError, KeyError, TypeError, IndexError):
            found.faults.append(Fault(seq, "event", str(seq), "detail", "can't be read"))
    if database.rows(HEAD) != [(seq, last)]:
        found.faults.append(
            Fault(seq, "event_head", "1", "hash", "the chain does not end where its head says it does")
        )
    return found


def _linked(event: Event, seq: int, last: str) -> Iterator[Fault]:
    if event_hash(event) != event.hash:
        yield Fault(event.seq, "event", str(event.seq), "hash", "the event is not what was hashed")
    if event.seq != seq + 1:
        missing = f"events {seq + 1} to {event.seq - 1} are missing before it"
        yield Fault(event.seq, "event", str(event.seq), "seq", missing)
    elif event.prev_hash != last:
        yield Fault(event.seq, "event", str(event.seq), "prev_hash", "is not the hash of the event before it")


def _take(found: Told, event: Event, facts: dict[str, Any]) -> None:
    place = {"target": event.target, "endpoint": event.endpoint, "delivery_key": event.delivery_key}
    for name, content in facts.get("rows", {}).items():
        table = _LISTS.get(name, name)
        for image in content if name in _LISTS else [content]:
            whole = place | image if event.delivery_key is not None else image
            key = tuple(whole[column] for column in (TABLES[table][1] if table in TABLES else KEY))
            found.images[table][key] = event.seq, whole
    if "sum" in facts:
        found.batches[event.seq] = Batch(event, facts, facts["count"], int(facts["sum"], 16))
    for seq, (count, total) in facts.get("left", {}).items():
        batch = found.batches.get(int(seq))
        if batch:
            batch.count -= count
            batch.total -= int(total, 16)
