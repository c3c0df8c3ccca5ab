"""The ledger for BI: rows of fct_sync_operation, and the view sync_status over them.

The published file becomes current only after the deliveries of its run were switched: what that run has
under way counts as confirmed in it. Nothing here names anybody but by reference.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from harness.ledger.deliveries import COLUMNS, Delivery
from harness.ledger.ledger import Ledger
from harness.ledger.moves import CONFIRMED, IN_FLIGHT

FCT_SYNC_OPERATION = (
    "One row per run, target, endpoint and document that the run delivered, withdrew, held or failed on.",
    {
        "run_id": ("varchar not null", "The run; sorts by time."),
        "command": ("varchar not null", "The command that the run was."),
        "target": ("varchar not null", "Target system."),
        "endpoint": ("varchar not null", "Where it was delivered to; empty for our own folder."),
        "delivery_key": ("varchar not null", "The document: its file name without the extension."),
        "client_ref": ("varchar", "Reference of the client; null for files that are about no client."),
        "action": (
            "varchar not null",
            "insert, update, retry, delete, withdraw, hold, reject, rollback, or adopt (delivered before"
            " there was a ledger).",
        ),
        "from_state": ("varchar not null", "State before the operation; new for the first one."),
        "state": (
            "varchar not null",
            "State after it: confirmed, held, rejected, retry_wait, dead, superseded, rolled_back, or"
            " pending, rendered, promoting where the run was cut short.",
        ),
        "is_confirmed": ("boolean not null", "Whether the receiver holds the document since then."),
        "document_checksum": ("varchar", "SHA-256 of the document."),
        "attempt": ("integer not null", "How many attempts in a row this document had had by then."),
        "started_at": ("timestamp not null", "When the attempt began, UTC."),
        "ended_at": ("timestamp", "When its outcome was known, UTC; null while it is not."),
        "next_attempt_at": ("timestamp", "When it is due again, UTC; null where it is not to be retried."),
        "error_code": ("varchar", "Why it was not delivered; null where it was."),
    },
)
SYNC_STATUS = (
    "One row per target, endpoint and document: its last operation, and when it was confirmed last.",
    {
        **FCT_SYNC_OPERATION[1],
        "last_confirmed_at": ("timestamp", "When it was confirmed last, UTC; null where it never was."),
    },
)
SYNC_STATUS_SQL = (
    f"select {', '.join(FCT_SYNC_OPERATION[1])}, last_confirmed_at from (select *,"
    " max(case when is_confirmed then ended_at end) over (partition by target, endpoint, delivery_key)"
    " as last_confirmed_at, row_number() over (partition by target, endpoint, delivery_key"
    " order by coalesce(ended_at, started_at) desc, run_id desc) as newest from fct_sync_operation)"
    " where newest = 1"
)
"""The view's select; a document that was unchanged since stays confirmed."""

_EVENTS = ("confirmed", "unchanged", "held", "rejected", "retry_wait", "dead", "superseded", "rolled_back")
_Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Synced:
    """What fct_sync_operation is to hold: rows that the ledger was asked for, and rows published before."""

    rows: Sequence[Mapping[str, Any]] = ()
    since: str = ""
    """A stamp; what was over before is left out."""
    again: Sequence[str] | None = None
    """Runs that were asked for again: of all others the rows published before stand. Null: none stand."""


def synced(ledger: Ledger, run_id: str, since: str, before: tuple[str, Sequence[str]] | None) -> Synced:
    """What the run `run_id` publishes; `before` is the run that published last, and those whose rows in it
    are open. A run's rows are made of its own events and attempts, so the rows of a run that was over then,
    and of which the ledger heard nothing since, are what they were.
    """
    again = runs_since(ledger, *before) if before else None
    return Synced(sync_operations(ledger, run_id, since, again), since, again)


def runs_since(ledger: Ledger, published: str, open_runs: Iterable[str]) -> list[str] | None:
    """Runs of which the ledger may say something else than when the run `published` published.

    Null where this ledger doesn't know that publication: it is another one, or an older one put back.
    """
    first = ledger.query(
        "select min(seq) as seq from event where run_id = ?"
        " and exists (select 1 from artifact where kind = 'published' and run_id = ?)",
        (published, published),
    )[0]["seq"]
    if first is None:
        return None
    heard = ledger.query("select distinct run_id from event where seq >= ?", (first,))
    under_way = (row.run_id for row in ledger.deliveries(states=IN_FLIGHT))
    return sorted({*(row["run_id"] for row in heard), *open_runs, *under_way})


def sync_operations(
    ledger: Ledger, run_id: str | None = None, since: str | None = None, runs: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Rows of fct_sync_operation, by run, target, endpoint and key.

    `run_id` is the run that publishes; `since` (a stamp) leaves out what was over before; `runs` are those
    asked for, null for all.
    """
    found: dict[_Key, dict[str, Any]] = {}
    of_runs = "" if runs is None else f" and run_id in ({', '.join('?' * len(runs)) or 'null'})"
    begun = {
        (row["run_id"], row["target"], row["endpoint"], row["delivery_key"]): row
        for row in ledger.query(
            f"select * from attempt where coalesce(ended_at, started_at) >= ?{of_runs}",
            (since or "", *(runs or ())),
        )
    }
    refs = {row[:3]: row.client_ref for row in ledger.deliveries()}
    for key, row in _told(ledger, since, runs):
        found[key] = _operation(key, row, begun.get(key, {}).get("started_at"))
    for key, attempt in begun.items():
        # its outcome was recorded by a later run, or it has none yet
        if key not in found:
            found[key] = _tried(key, attempt, refs.get(key[1:], ""))
    for row in ledger.deliveries(states=IN_FLIGHT):
        key = (row.run_id, *row[:3])
        if row.run_id == run_id:
            is_sent = row.state == "promoting"
            row = row._replace(state="confirmed", attempts=row.attempts + (not is_sent))
        found[key] = _operation(key, row, begun.get(key, {}).get("started_at"))
    commands = {run["run_id"]: run["command"] for run in ledger.query("select run_id, command from run")}
    return [row | {"command": commands[row["run_id"]]} for _, row in sorted(found.items())]


def _told(ledger: Ledger, since: str | None, runs: Sequence[str] | None) -> Iterator[tuple[_Key, Delivery]]:
    """The last outcome of each run and document, from the chain of events."""
    each = [None] if runs is None else runs
    for event in chain.from_iterable(ledger.events(run, kinds=_EVENTS, since=since) for run in each):
        image = event.facts.get("rows", {}).get("delivery")
        if image and event.delivery_key is not None:
            place = str(event.target), event.endpoint, event.delivery_key
            values = dict.fromkeys(COLUMNS) | dict(zip(COLUMNS, place, strict=False)) | image
            yield (event.run_id, *place), Delivery(**values)


def _operation(key: _Key, row: Delivery, started_at: str | None) -> dict[str, Any]:
    is_confirmed = row.state in CONFIRMED or (row.state == "rolled_back" and bool(row.confirmed_checksum))
    return {
        **dict(zip(("run_id", "target", "endpoint", "delivery_key"), key, strict=True)),
        "client_ref": row.client_ref or None,
        "action": "adopt" if row.action == "none" else row.action,
        "from_state": row.from_state,
        "state": "confirmed" if row.state == "unchanged" else row.state,
        "is_confirmed": is_confirmed,
        "document_checksum": row.document_checksum,
        "attempt": row.attempts,
        "started_at": started_at or row.updated_at,
        "ended_at": None if row.state in IN_FLIGHT else row.updated_at,
        "next_attempt_at": row.next_attempt_at,
        "error_code": row.code,
    }


def _tried(key: _Key, attempt: dict[str, Any], client_ref: str) -> dict[str, Any]:
    return {
        **dict(zip(("run_id", "target", "endpoint", "delivery_key"), key, strict=True)),
        "client_ref": client_ref or None,
        **{name: attempt[name] for name in ("action", "from_state", "document_checksum", "started_at")},
        "state": attempt["outcome"] or "promoting",
        "is_confirmed": attempt["outcome"] == "confirmed",
        "attempt": attempt["number"],
        "ended_at": attempt["ended_at"],
        "next_attempt_at": None,
        "error_code": attempt["code"],
    }
