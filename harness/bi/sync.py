"""What the ledger knows of deliveries, as rows of a mart: how each went, for charts of sync health.

The run that publishes is not over yet, so it is not in it: `planwise-export status` tells of it.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.ledger import Ledger

TABLE = "fct_sync_operation"
_DAYS = 400
"""Older operations are in the ledger only."""
_ASKED = """
select
    a.run_id, a.target, a.endpoint, a.delivery_key, d.client_ref, a.number, a.action, a.outcome, a.code,
    a.started_at, a.ended_at, d.state, d.next_attempt_at, d.confirmed_at, d.run_id as last_run_id
from attempt as a
join delivery as d on d.target = a.target and d.endpoint = a.endpoint and d.delivery_key = a.delivery_key
where a.run_id <> ? and a.started_at >= ?
order by a.run_id, a.target, a.endpoint, a.delivery_key
"""


def sync_rows(ledger: "Ledger", run_id: str) -> list[dict[str, Any]]:
    """Rows of fct_sync_operation: every attempt of the last 400 days, but those of this run."""
    since = (ledger.clock() - timedelta(days=_DAYS)).isoformat()
    return [_row(found, run_id) for found in ledger.query(_ASKED, (run_id, since))]


def _row(found: dict[str, Any], run_id: str) -> dict[str, Any]:
    latest = found["run_id"] == found["last_run_id"]
    return {
        "run_id": found["run_id"],
        "target": found["target"],
        "endpoint": found["endpoint"],
        "delivery_key": found["delivery_key"],
        "client_ref": found["client_ref"] or None,
        "attempt_number": found["number"],
        "action": found["action"],
        "outcome": found["outcome"] or "open",
        "code": found["code"],
        "started_at": _moment(found["started_at"]),
        "ended_at": _moment(found["ended_at"]),
        "is_confirmed": found["outcome"] in ("confirmed", "unchanged"),
        "next_attempt_at": _moment(found["next_attempt_at"]) if latest else None,
    }


def _moment(text: str | None) -> str | None:
    """The ledger's UTC text as DuckDB reads a timestamp, which has no zone."""
    return datetime.fromisoformat(text).replace(tzinfo=None).isoformat(" ") if text else None
