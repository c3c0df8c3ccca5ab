"""What is asked of the ledger."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.ledger.database import Database
from harness.ledger.deliveries import COLUMNS, Delivery
from harness.ledger.events import COLUMNS as EVENT_COLUMNS
from harness.ledger.events import Event
from harness.ledger.recording import RUN

_JSON = ("versions", "seconds", "counts", "detail")


def _where(wanted: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """A where clause of equalities; a list is any of them, null is not asked."""
    parts, values = ["1 = 1"], []
    for column, value in wanted.items():
        if isinstance(value, list):
            parts.append(f"{column} in ({', '.join('?' * len(value)) or 'null'})")
            values += value
        elif value is not None:
            parts.append(f"{column} = ?")
            values.append(value)
    return " and ".join(parts), values


def deliveries(
    database: Database,
    target: str | None,
    endpoint: str | None,
    client_ref: str | None,
    states: Iterable[str] | None,
) -> list[Delivery]:
    """Deliveries with all of these."""
    wanted = {
        "target": target,
        "endpoint": endpoint,
        "client_ref": client_ref,
        "state": None if states is None else sorted(states),
    }
    where, values = _where(wanted)
    rows = database.rows(
        f"select {', '.join(COLUMNS)} from delivery where {where} order by target, endpoint, delivery_key",
        values,
    )
    return [Delivery(*row) for row in rows]


def due(database: Database, now: str) -> list[Delivery]:
    """Deliveries of the retry queue whose moment has come."""
    columns = ", ".join(f"d.{name}" for name in COLUMNS)
    rows = database.rows(
        f"select {columns} from retry_queue as q join delivery as d on d.target = q.target"
        " and d.endpoint = q.endpoint and d.delivery_key = q.delivery_key where q.next_attempt_at <= ?"
        " order by q.next_attempt_at, d.target, d.endpoint, d.delivery_key",
        (now,),
    )
    return [Delivery(*row) for row in rows]


def runs(database: Database, since: str | None) -> list[dict[str, Any]]:
    """Runs, oldest first."""
    rows = database.rows(
        f"select {', '.join(RUN)} from run where started_at >= ? order by started_at, run_id", (since or "",)
    )
    found = [dict(zip(RUN, row, strict=True)) for row in rows]
    return [row | {name: json.loads(row[name]) for name in _JSON} for row in found]


def events(
    database: Database,
    wanted: Mapping[str, str | None],
    kinds: Sequence[str] | None,
    since: str | None,
    limit: int | None,
) -> list[Event]:
    """Events in the order of the chain."""
    where, values = _where({**wanted, "kind": None if kinds is None else list(kinds)})
    if since:
        where, values = f"{where} and at >= ?", [*values, since]
    last = " desc limit ?" if limit is not None else ""
    rows = database.rows(
        f"select {', '.join(EVENT_COLUMNS)} from event where {where} order by seq{last}",
        [*values, limit] if limit is not None else values,
    )
    return sorted(Event(*row) for row in rows)
