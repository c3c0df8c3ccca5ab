"""Whether the chain of events is whole, and whether every row is what the last event about it says."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.ledger.database import HEAD, Database
from harness.ledger.events import COLUMNS, Event, event_hash


@dataclass(frozen=True)
class Fault:
    """One thing that is not as the chain says."""

    seq: int | None
    table: str
    key: str
    column: str
    message: str

    def __str__(self) -> str:
        place = f"{self.table} {self.key}" + (f", {self.column}" if self.column else "")
        return f"{place}: {self.message}" + (f" (event {self.seq})" if self.seq else "")


def faults(database: Database) -> Iterator[Fault]:
    """Every fault, the chain's first."""
    last, seq = "", 0
    for row in database.stream(f"select {', '.join(COLUMNS)} from event order by seq"):
        event = Event(*row)
        seq += 1
        if event.seq != seq:
            yield Fault(event.seq, "event", str(seq), "seq", "events are missing before this one")
            seq = event.seq
        elif event.prev_hash != last:
            yield Fault(event.seq, "event", str(seq), "prev_hash", "is not the hash of the event before")
        if event_hash(event) != event.hash:
            yield Fault(event.seq, "event", str(seq), "hash", "the event is not what was hashed")
        last = event.hash
    if database.rows(HEAD) != [(seq, last)]:
        yield Fault(seq, "event_head", "1", "", "the chain does not end where its head says")
