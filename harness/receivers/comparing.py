"""What an endpoint has to get: our current release against what the ledger says that it holds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from harness.ledger import Delivery, Move
from harness.ledger.moves import IN_FLIGHT
from harness.ledger.stamps import stamp
from harness.manifest import Entry
from harness.receivers.outgoing import Outgoing


@dataclass(frozen=True)
class Asked:
    """Which documents: all that differ or are due, unless one of these is set."""

    keys: Collection[str] = ()
    """Only these delivery keys or client references, whatever their time is."""
    only_due: bool = False
    """Only what failed before and is due now."""
    again: bool = False
    """What failed before, too, whatever its time is, and what was given up."""


@dataclass
class Compared:
    """The documents of a release by what becomes of them; each is in one list."""

    fresh: list[Entry] = field(default_factory=list)
    """New, changed, or left half-way by a run that was killed."""
    due: list[Entry] = field(default_factory=list)
    """Failed before; another attempt is due, or asked for."""
    waiting: list[Entry] = field(default_factory=list)
    """Failed before; the next attempt is in the future."""
    given_up: list[Entry] = field(default_factory=list)
    """Rejected or dead, and the same as then."""
    left: list[Entry] = field(default_factory=list)
    """Differ, but were not asked for."""
    unchanged: list[Entry] = field(default_factory=list)
    """There as they are."""
    withdrawn: list[Delivery] = field(default_factory=list)
    """There, or on their way there, and no longer in the release."""

    @property
    def differing(self) -> list[Entry]:
        """Everything that is not there as it is."""
        several = (self.fresh, self.due, self.waiting, self.given_up, self.left)
        return sorted((one for some in several for one in some), key=lambda one: one.delivery_key)

    @property
    def is_asked(self) -> bool:
        """Whether there is anything to do now."""
        return bool(self.fresh or self.due)


def compared(out: Outgoing, rows: Mapping[str, Delivery], now: datetime, asked: Asked) -> Compared:
    """Sort the release's documents, given the ledger's rows of this target and endpoint."""
    found = Compared()
    for entry in out.entries:
        _into(found, entry, rows.get(entry.delivery_key), stamp(now), asked).append(entry)
    kept = {entry.delivery_key for entry in out.entries}
    found.withdrawn = [row for key, row in rows.items() if key not in kept and row.state != "superseded"]
    return found


def moves(out: Outgoing, entries: Collection[Entry]) -> list[Move]:
    """The documents as the ledger names them."""
    return [
        Move(one.delivery_key, one.client_ref, one.document_checksum, one.sha256, one.bytes, out.run_id)
        for one in entries
    ]


def is_held(entry: Entry, row: Delivery | None) -> bool:
    """Whether the receiver has just this document, in just these bytes."""
    if row is None or row.state in IN_FLIGHT:
        return False
    return (row.confirmed_checksum, row.confirmed_sha256) == (entry.document_checksum, entry.sha256)


def _into(found: Compared, entry: Entry, row: Delivery | None, now: str, asked: Asked) -> list[Entry]:
    if is_held(entry, row):
        return found.unchanged
    if asked.keys and not {entry.delivery_key, entry.client_ref} & set(asked.keys):
        return found.left
    if row is None or not _was_tried(entry, row):
        return found.left if asked.only_due and not asked.keys else found.fresh
    if asked.again or asked.keys:
        return found.due
    if row.state == "retry_wait":
        return found.due if (row.next_attempt_at or "") <= now else found.waiting
    return found.given_up


def _was_tried(entry: Entry, row: Delivery) -> bool:
    """Whether it failed before with just this content: another content is another document."""
    return row.state in ("retry_wait", "dead", "rejected") and (row.document_checksum, row.sha256) == (
        entry.document_checksum,
        entry.sha256,
    )
