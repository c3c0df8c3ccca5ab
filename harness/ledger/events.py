"""The chain of events: each row's hash covers the hash of the row before it, so none can change unseen."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from harness.ledger.database import HEAD, Database

COLUMNS = ("seq", "at", "run_id", "kind", "target", "endpoint", "delivery_key", "detail", "prev_hash", "hash")
MODULUS: int = 1 << 256
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


class Event(NamedTuple):
    """One row of the chain; `detail` is canonical JSON text."""

    seq: int
    at: str
    run_id: str
    kind: str
    target: str | None
    endpoint: str
    delivery_key: str | None
    detail: str
    prev_hash: str
    hash: str

    @property
    def facts(self) -> dict[str, Any]:
        """The detail, read."""
        found = json.loads(self.detail)
        return found if isinstance(found, dict) else {}


def canonical(value: Any) -> str:
    """JSON with sorted keys, without blanks, in ASCII: one text for one value."""
    return _ENCODER.encode(value)


def canonical_bytes(values: Sequence[str | int | None]) -> bytes:
    """The same of texts and whole numbers, encoded: what every row and event is hashed by.

    orjson writes most of them the same, and many times faster; it escapes neither what is not ASCII nor DEL.
    """
    try:
        quickly = orjson.dumps(tuple(values))
    except TypeError:
        return canonical(values).encode()
    return quickly if quickly.isascii() and b"\x7f" not in quickly else canonical(values).encode()


def event_hash(event: Event) -> str:
    """SHA-256 over everything in the row but its own hash."""
    return hashlib.sha256(canonical_bytes(event[:-1])).hexdigest()


class Chain:
    """Appends events within one transaction, which holds the head of the chain."""

    def __init__(self, database: Database) -> None:
        """Read the head; the transaction has locked it already."""
        self._database = database
        self.seq: int
        self._hash: str
        ((self.seq, self._hash),) = database.rows(HEAD)
        self._pending: list[Event] = []

    def append(
        self,
        at: str,
        run_id: str,
        kind: str,
        detail: Mapping[str, Any],
        target: str | None = None,
        endpoint: str = "",
        delivery_key: str | None = None,
    ) -> int:
        """Add an event; return its seq. It is written by `flush`."""
        self.seq += 1
        event = Event(
            self.seq, at, run_id, kind, target, endpoint, delivery_key, canonical(detail), self._hash, ""
        )
        self._hash = event_hash(event)
        self._pending.append(event._replace(hash=self._hash))
        return self.seq

    def flush(self) -> None:
        """Write what was appended, and the new head."""
        if self._pending:
            self._database.insert("event", COLUMNS, self._pending)
            self._database.execute(
                "update event_head set seq = ?, hash = ? where id = 1", (self.seq, self._hash)
            )
            self._pending = []


def line(delivery_key: str, checksum: str | None) -> str:
    """A delivery's line in the digest of a batch."""
    return f"{delivery_key} {checksum or ''}"


def digest(lines: Iterable[str]) -> str:
    """SHA-256 over the sorted lines: what `sort | sha256sum` says of them."""
    return hashlib.sha256("".join(f"{text}\n" for text in sorted(lines)).encode()).hexdigest()


def total(lines: Iterable[bytes]) -> int:
    """A sum over the lines' hashes: unlike a digest, rows that left a batch can be taken out of it again."""
    found = 0
    for text in lines:
        found += int.from_bytes(hashlib.sha256(text).digest(), "big")
    return found % MODULUS
