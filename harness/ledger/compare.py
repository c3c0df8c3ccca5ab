"""Every row of the ledger against what the chain of events says of it: one changed column is named."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.ledger.chain import TABLES, Batch, Fault, Key, Told, told
from harness.ledger.database import Database
from harness.ledger.deliveries import COLUMNS, Delivery
from harness.ledger.events import MODULUS
from harness.ledger.moves import LEGAL_MOVES
from harness.ledger.rows import Attempt, row_print, row_sum

_UNDER_WAY = ("document_checksum", "sha256", "bytes", "release")
_HELD = ("confirmed_checksum", "confirmed_sha256", "confirmed_bytes", "confirmed_release")
_CONFIRMED = (*_HELD, "confirmed_run_id", "confirmed_at")
_NAMED = 5


def faults(database: Database) -> Iterator[Fault]:
    """Every fault: the chain's own, then each table's."""
    chain = told(database)
    yield from chain.faults
    present = {row[:3]: row for row in _deliveries(database)}
    yield from _of_deliveries(chain, present)
    for table in TABLES:
        yield from _of_table(database, chain, table, present)
    legal = {tuple(row) for row in database.rows("select from_state, to_state from legal_move")}
    for move in sorted(legal ^ LEGAL_MOVES):
        said = "is no legal move" if move in legal else "is missing"
        yield Fault(None, "legal_move", " -> ".join(move), "", said)


def _deliveries(database: Database) -> Iterator[Delivery]:
    select = f"select {', '.join(COLUMNS)} from delivery order by target, endpoint, delivery_key"
    return (Delivery(*row) for row in database.stream(select))


def _words(key: Sequence[Any]) -> str:
    return "/".join(str(part) for part in key if part not in ("", None))


def _differing(
    seq: int,
    table: str,
    key: Sequence[Any],
    row: dict[str, Any],
    said: dict[str, Any],
    columns: Sequence[str],
) -> Iterator[Fault]:
    for column in columns:
        if row[column] != said.get(column):
            yield Fault(
                seq, table, _words(key), column, f"is {row[column]!r}, and was {said.get(column)!r} when told"
            )


def _of_deliveries(chain: Told, present: dict[Key, Delivery]) -> Iterator[Fault]:
    members: dict[int, list[Delivery]] = {}
    named: set[int] = set()
    images = chain.images["delivery"]
    for key, row in present.items():
        seq, image = images.get(key, (0, {}))
        batch = chain.batches.get(row.event_seq)
        if row.event_seq == seq:
            yield from _differing(seq, "delivery", key, row._asdict(), image | {"event_seq": seq}, COLUMNS)
        elif batch is None or row.event_seq < seq:
            said = f"is {row.event_seq}, and the last event about this row is {seq or 'none'}"
            yield Fault(seq or None, "delivery", _words(key), "event_seq", said)
        else:
            members.setdefault(row.event_seq, []).append(row)
            for fault in _in_batch(batch, row, image):
                named.add(row.event_seq)
                yield fault
    for key, (seq, _) in images.items():
        if key not in present:
            yield Fault(seq, "delivery", _words(key), "", "the row is missing")
    for seq, batch in chain.batches.items():
        if seq not in named:
            yield from _whole(batch, members.get(seq, []))


def _in_batch(batch: Batch, row: Delivery, image: dict[str, Any]) -> Iterator[Fault]:
    """What one row of a batch must be: as the batch's event, and for the rest as the image before it."""
    event, found = batch.event, row._asdict()
    said = {name: image.get(name) for name in _CONFIRMED} | {
        "target": event.target,
        "endpoint": event.endpoint,
        "state": event.kind,
        "run_id": event.run_id,
        "updated_at": event.at,
    }
    if image.get("client_ref"):
        said["client_ref"] = image["client_ref"]
    if event.kind == "unchanged":
        said |= {name: image.get(held) for name, held in zip(_UNDER_WAY, _HELD, strict=True)}
        said |= {"action": "none", "attempts": 0, "next_attempt_at": None}
    before = len(said)
    wrong = list(_differing(event.seq, "delivery", row[:3], found, said, list(said)))
    yield from wrong
    prints = batch.facts.get("prints", {})
    if not wrong and before and prints and prints.get(row.delivery_key) != row_print(row):
        columns = [name for name in COLUMNS if name not in said]
        yield Fault(
            event.seq, "delivery", _words(row[:3]), f"one of {', '.join(columns)}", "the row was changed"
        )


def _whole(batch: Batch, rows: list[Delivery]) -> Iterator[Fault]:
    """Whether the rows that are still in a batch are as many as they should be, and what they were."""
    event = batch.event
    key = _words((event.target, event.endpoint))
    if len(rows) != batch.count:
        said = f"{batch.count} rows should be {event.kind} since then, and {len(rows)} are"
        yield Fault(event.seq, "delivery", key, "", said)
    elif row_sum(rows) != batch.total % MODULUS:
        some = ", ".join(row.delivery_key for row in rows[:_NAMED])
        more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
        said = f"one of the {len(rows)} rows that became {event.kind} was changed: {some}{more}"
        yield Fault(event.seq, "delivery", key, "", said)


def _of_table(database: Database, chain: Told, table: str, present: dict[Key, Delivery]) -> Iterator[Fault]:
    columns, key_columns = TABLES[table]
    images, seen = chain.images[table], set()
    for row in database.stream(f"select {', '.join(columns)} from {table} order by {', '.join(key_columns)}"):
        found = dict(zip(columns, row, strict=True))
        key = tuple(found[column] for column in key_columns)
        seen.add(key)
        seq, image = images.get(key, (0, {}))
        if table == "attempt" and (open_one := _open(present.get(key[1:]), found)) is not None:
            seq, image = open_one
        if not image:
            yield Fault(None, table, _words(key), "", "no event tells of this row")
        else:
            yield from _differing(seq, table, key, found, image, columns)
    for key, (seq, _) in images.items():
        if key not in seen and (table != "retry_queue" or _waits(present.get(key))):
            yield Fault(seq, table, _words(key), "", "the row is missing")
    if table == "retry_queue":
        for key in sorted(seen):
            if not _waits(present.get(key)):
                yield Fault(None, table, _words(key), "", "it waits here, and its delivery does not")


def _waits(row: Delivery | None) -> bool:
    return row is not None and row.state == "retry_wait"


def _open(row: Delivery | None, found: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
    """What an attempt that is under way must be; null when it is not."""
    if row is None or row.state != "promoting" or row.run_id != found["run_id"]:
        return None
    said = Attempt(
        row.run_id, *row[:3], row.attempts, row.action, row.from_state, row.document_checksum,
        found["started_at"],
    )  # fmt: skip
    return row.event_seq, said._asdict()
