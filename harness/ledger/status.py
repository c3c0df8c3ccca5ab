"""Where every receiver stands, as the ledger has it: states, last success, failures, queue, alerts."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.ledger.ledger import Ledger
from harness.ledger.stamps import stamp

Found = dict[str, Any]
Place = tuple[str, str]
_PLACE = ("target", "endpoint")
_DELIVERY = (
    "target", "endpoint", "delivery_key", "client_ref", "state", "action", "run_id", "attempts",
    "next_attempt_at", "code", "message", "document_checksum", "confirmed_checksum", "confirmed_run_id",
    "confirmed_at", "updated_at",
)  # fmt: skip


def status(ledger: Ledger, target: str | None = None, client_ref: str | None = None) -> Found:
    """Everything `status` shows, as JSON values; narrowed to a target or a client."""
    now = stamp(ledger.clock())
    wanted = {"target": target, "client_ref": client_ref}
    found: Found = {
        "ledger": ledger.name,
        "at": now,
        "last_run": next(iter(ledger.query(_LAST_RUN)), None),
        "receivers": list(_receivers(ledger, wanted, now)),
        "queue": [
            row | {"is_due": row["next_attempt_at"] <= now}
            for row in ledger.query(_QUEUE, ())
            if _is_wanted(row, wanted)
        ],
        "alerts": [row for row in ledger.alerts(open_only=True) if _is_wanted(row, wanted)],
    }
    if client_ref is not None:
        found["client_ref"] = client_ref
        rows = ledger.deliveries(target=target, client_ref=client_ref)
        found["deliveries"] = [{name: getattr(row, name) for name in _DELIVERY} for row in rows]
    return found


def _is_wanted(row: Found, wanted: Mapping[str, str | None]) -> bool:
    return all(value is None or row[name] == value for name, value in wanted.items())


def _receivers(ledger: Ledger, wanted: Mapping[str, str | None], now: str) -> Iterator[Found]:
    places: dict[Place, Found] = {}
    for row in ledger.query(_STATES):
        if _is_wanted(row, wanted):
            counts = places.setdefault(row_of(row), {})
            counts[row["state"]] = counts.get(row["state"], 0) + row["deliveries"]
    ends: dict[Place, list[Found]] = {}
    for row in ledger.query(_ENDS):
        if wanted["target"] in (None, row["target"]) and (
            wanted["client_ref"] is None or row_of(row) in places
        ):
            ends.setdefault(row_of(row), []).append(row)
    held = {row_of(row): row for row in ledger.query(_CONFIRMED)}
    for place in sorted({*places, *ends}):
        runs = ends.get(place, [])
        well = [run for run in runs if run["outcome"] in ("succeeded", "partial")]
        confirmed = held.get(place, {})
        yield {
            **dict(zip(_PLACE, place, strict=True)),
            "states": places.get(place, {}),
            "last_run": runs[-1]["run_id"] if runs else None,
            "last_outcome": runs[-1]["outcome"] if runs else None,
            "last_error": runs[-1]["error_code"] if runs else None,
            "last_confirmed_run": well[-1]["run_id"] if well else confirmed.get("run_id"),
            "last_confirmed_at": well[-1]["ended_at"] if well else confirmed.get("at"),
            "last_changed_at": confirmed.get("at"),
            "consecutive_failures": runs[-1]["consecutive_failures"] if runs else 0,
        }


def row_of(row: Found) -> Place:
    """Target and endpoint of a row."""
    return row["target"], row["endpoint"]


_LAST_RUN = (
    "select run_id, command, status, who, why, is_dry_run, started_at, ended_at, exit_status, error_code,"
    " error_message from run order by started_at desc, run_id desc limit 1"
)
_STATES = (
    "select target, endpoint, client_ref, state, count(*) as deliveries from delivery"
    " group by target, endpoint, client_ref, state"
)
_ENDS = (
    "select target, endpoint, run_id, outcome, error_code, consecutive_failures, ended_at from target_run"
    " order by ended_at, run_id"
)
_CONFIRMED = (
    "select target, endpoint, max(confirmed_at) as at, max(confirmed_run_id) as run_id from delivery"
    " where confirmed_at is not null group by target, endpoint"
)
_QUEUE = (
    "select q.target, q.endpoint, q.delivery_key, d.client_ref, q.attempts, q.next_attempt_at, q.code"
    " from retry_queue as q join delivery as d on d.target = q.target and d.endpoint = q.endpoint"
    " and d.delivery_key = q.delivery_key order by q.next_attempt_at, q.target, q.endpoint, q.delivery_key"
)
