"""Moves of many deliveries in one transaction: rows, attempts, retry queue, rejects and events together."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.errors import GateError
from harness.ledger.database import Database, chunks
from harness.ledger.deliveries import COLUMNS, KEY, TRIED, Delivery, changes_nothing, first, moved
from harness.ledger.events import Chain
from harness.ledger.moves import IN_FLIGHT, NEW, IllegalMove, check
from harness.ledger.rows import ATTEMPT_KEY, QUEUE, REJECT, Attempt, Moving, Pair
from harness.ledger.telling import with_events

_WHOLE_TARGET = 2000
"""From so many moves on the target's rows are read as a whole."""


def apply(database: Database, chain: Chain, asked: Moving) -> list[Delivery]:
    """Do the moves inside the caller's transaction; return the rows that changed.

    Raises IllegalMove, GateError `no_gate_pass`; nothing is written then.
    """
    keys = [move.delivery_key for move in asked.moves]
    if len(set(keys)) != len(keys):
        twice = Counter(keys).most_common(1)[0][0]
        raise IllegalMove("named_twice", f"{asked.target}: {twice} is named twice in one move", "report this")
    old = read(database, asked.target, asked.endpoint, keys)
    gate = _gate(database, asked, old)
    wanted = [
        move
        for move in asked.moves
        if (row := old.get(move.delivery_key)) is None or not changes_nothing(row, asked.state, move)
    ]
    if not wanted:
        return []
    place = asked.target, asked.endpoint
    check(
        *place,
        asked.state,
        ((m.delivery_key, old[m.delivery_key].state if m.delivery_key in old else NEW) for m in wanted),
    )
    pairs: list[Pair] = []
    for move in wanted:
        before = old.get(move.delivery_key) or first(*place, move, asked.run_id, gate or "")
        after = moved(
            before,
            asked.state,
            move,
            asked.run_id,
            gate,
            asked.now,
            asked.next_attempts.get(move.delivery_key),
        )
        pairs.append((before, after))
    return _write(database, chain, asked, pairs)


def read(database: Database, target: str, endpoint: str, keys: Sequence[str]) -> dict[str, Delivery]:
    """The present rows of these deliveries by key."""
    select = f"select {', '.join(COLUMNS)} from delivery where target = ? and endpoint = ?"
    if len(keys) > _WHOLE_TARGET:
        wanted = set(keys)
        rows = (Delivery(*row) for row in database.rows(select, (target, endpoint)))
        return {row.delivery_key: row for row in rows if row.delivery_key in wanted}
    found = {}
    for chunk in chunks(keys):
        marks = ", ".join("?" * len(chunk))
        for row in database.rows(f"{select} and delivery_key in ({marks})", (target, endpoint, *chunk)):
            found[row[2]] = Delivery(*row)
    return found


def _gate(database: Database, asked: Moving, old: Mapping[str, Delivery]) -> str | None:
    """The run whose gates let these rows go out; null where each row keeps its own."""
    named = asked.gate_run_id or asked.run_id
    if database.rows("select 1 from gate_pass where run_id = ?", (named,)):
        return named
    if asked.gate_run_id or any(move.delivery_key not in old for move in asked.moves):
        raise GateError(
            "no_gate_pass",
            f"{asked.target}: the gates of run {named} were not passed, so nothing of it may go out",
            "run the gates first; nothing was written",
        )
    return None


def _write(database: Database, chain: Chain, asked: Moving, pairs: list[Pair]) -> list[Delivery]:
    attempts = _attempts(database, asked, pairs)
    rejects = _rejects(asked, pairs)
    queue = {row[2]: row for row in (_queued(after) for _, after in pairs if after.state == "retry_wait")}
    pairs = with_events(chain, asked, pairs, attempts, queue, rejects)
    new = [after for before, after in pairs if before.event_seq == 0]
    changed = [after for before, after in pairs if before.event_seq != 0]
    if new:
        database.insert("delivery", COLUMNS, new)
    if changed:
        # a client's reference never changes, and the index over it need not be written again
        kept = all(before.client_ref == after.client_ref for before, after in pairs)
        written = [(*after[:3], *after[4:]) for after in changed] if kept else changed
        database.update("delivery", KEY, COLUMNS[4 if kept else 3 :], written)
    for table, columns, key, rows in (
        ("attempt", Attempt._fields, ATTEMPT_KEY, list(attempts.values())),
        ("reject", REJECT, REJECT[:4], list(rejects.values())),
    ):
        _put(database, table, columns, key, rows, asked)
    left = [after[:3] for before, after in pairs if before.state == "retry_wait"]
    if left:
        database.delete("retry_queue", KEY, left)
    if queue:
        database.insert("retry_queue", QUEUE, list(queue.values()))
    return [after for _, after in pairs]


def _attempts(database: Database, asked: Moving, pairs: list[Pair]) -> dict[str, Attempt]:
    """By delivery, the attempt that this move begins, ends, or (failed before sending) is."""
    found: dict[str, Attempt] = {}
    begun = {before.run_id for before, _ in pairs if before.state == "promoting"}
    known = (
        _known_attempts(database, asked, begun | {asked.run_id})
        if begun or asked.state == "promoting"
        else {}
    )
    for before, after in pairs:
        key = after.delivery_key
        if after.state == "promoting":
            first_try = known.get((asked.run_id, key))
            started = first_try.started_at if first_try else asked.now
            found[key] = _attempt(after, started)
        elif before.state == "promoting":
            open_one = known.get((before.run_id, key)) or _attempt(before, before.updated_at)
            found[key] = _ended(open_one, after)
        elif before.state in IN_FLIGHT and after.state in TRIED:
            found[key] = _ended(_attempt(after, before.updated_at), after)
    return found


def _attempt(row: Delivery, started_at: str) -> Attempt:
    return Attempt(
        row.run_id, *row[:3], row.attempts, row.action, row.from_state, row.document_checksum, started_at
    )


def _ended(attempt: Attempt, after: Delivery) -> Attempt:
    return attempt._replace(
        ended_at=after.updated_at, outcome=after.state, code=after.code, message=after.message
    )


def _known_attempts(database: Database, asked: Moving, runs: Iterable[str]) -> dict[tuple[str, str], Attempt]:
    select = (
        f"select {', '.join(Attempt._fields)} from attempt where run_id = ? and target = ? and endpoint = ?"
    )
    return {
        (run_id, row[3]): Attempt(*row)
        for run_id in sorted(runs)
        for row in database.rows(select, (run_id, asked.target, asked.endpoint))
    }


def _queued(row: Delivery) -> tuple[Any, ...]:
    return (*row[:3], row.attempts, row.next_attempt_at, row.code, row.updated_at, row.run_id)


def _rejects(asked: Moving, pairs: list[Pair]) -> dict[str, tuple[Any, ...]]:
    if asked.state != "rejected":
        return {}
    return {
        row.delivery_key: (
            asked.run_id, *row[:3], row.client_ref, row.document_checksum, row.code, row.message, asked.now
        )
        for _, row in pairs
    }  # fmt: skip


def _put(
    database: Database,
    table: str,
    columns: Sequence[str],
    key: Sequence[str],
    rows: Sequence[Sequence[Any]],
    asked: Moving,
) -> None:
    """Insert the rows, or update those whose key is there already; keys are the first columns."""
    if not rows:
        return
    present: set[tuple[Any, ...]] = set()
    for run_id in {row[0] for row in rows}:
        found = database.rows(
            f"select {', '.join(key)} from {table} where run_id = ? and target = ? and endpoint = ?",
            (run_id, asked.target, asked.endpoint),
        )
        present.update(tuple(row) for row in found)
    width = len(key)
    new = [row for row in rows if tuple(row[:width]) not in present]
    old = [row for row in rows if tuple(row[:width]) in present]
    if new:
        database.insert(table, columns, new)
    if old:
        database.update(table, key, columns[width:], old)
