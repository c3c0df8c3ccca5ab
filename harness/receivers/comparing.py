"""What an endpoint has to get: our current release against what the ledger says that it holds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from harness.ledger import Delivery, Move
from harness.ledger.moves import CONFIRMED, IN_FLIGHT
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


@dataclass(frozen=True)
class Since:
    """The event after which the endpoint's settings make of a document what they make of it now."""

    seq: int = 0
    at: str = ""

    def holds(self, row: Delivery) -> bool:
        """Whether what the receiver confirmed last was made by these settings."""
        if row.state in CONFIRMED:
            return row.event_seq > self.seq
        return not self.seq or (row.confirmed_at or "") > self.at


ALWAYS = Since()
"""The endpoint has no such settings."""


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


def compared(
    out: Outgoing, rows: Mapping[str, Delivery], now: datetime, asked: Asked, since: Since = ALWAYS
) -> Compared:
    """Sort the release's documents, given the ledger's rows of this target and endpoint.

    What was sent before `since` was another record, though it is the same document.
    """
    found = Compared()
    for entry in out.entries:
        _into(found, entry, rows.get(entry.delivery_key), stamp(now), asked, since).append(entry)
    kept = {entry.delivery_key for entry in out.entries}
    found.withdrawn = [row for key, row in rows.items() if key not in kept and row.state != "superseded"]
    return found


def moves(out: Outgoing, entries: Collection[Entry]) -> list[Move]:
    """The documents as the ledger names them."""
    return [
        Move(one.delivery_key, one.client_ref, one.document_checksum, one.sha256, one.bytes, out.run_id)
        for one in entries
    ]


def is_held(entry: Entry, row: Delivery | None, since: Since = ALWAYS) -> bool:
    """Whether the receiver has just this document, in just these bytes, by the present settings."""
    if row is None or row.state in IN_FLIGHT or not since.holds(row):
        return False
    return (row.confirmed_checksum, row.confirmed_sha256) == (entry.document_checksum, entry.sha256)


def _into(
    found: Compared, entry: Entry, row: Delivery | None, now: str, asked: Asked, since: Since
) -> list[Entry]:
    if is_held(entry, row, since):
        return found.unchanged
    if asked.keys and not {entry.delivery_key, entry.client_ref} & set(asked.keys):
        return found.left
    if row is None or not _was_tried(entry, row, since):
        return found.left if asked.only_due and not asked.keys else found.fresh
    if asked.again or asked.keys:
        return found.due
    if row.state == "retry_wait":
        return found.due if (row.next_attempt_at or "") <= now else found.waiting
    return found.given_up


def _was_tried(entry: Entry, row: Delivery, since: Since) -> bool:
    """Whether it failed before with just this content: another content is another document."""
    if row.state not in ("retry_wait", "dead", "rejected") or row.event_seq <= since.seq:
        return False
    return (row.document_checksum, row.sha256) == (entry.document_checksum, entry.sha256)
