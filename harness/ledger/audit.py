"""The audit report: what was done, by whom, why, what came of it; and whether the trail itself is whole."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from harness.errors import SourceError
from harness.ledger.ledger import Ledger
from harness.ledger.stamps import stamp
from harness.ledger.status import Found

AUDIT_VERSION = "planwise-audit/1.0"
_IMAGES = ("rows", "prints", "left", "sum")
"""Parts of an event's detail that are for the machine that verifies."""


def since_stamp(text: str | None) -> str | None:
    """`--since` as a stamp: a date, or a date with a time (UTC where it names no zone)."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError as error:
        raise SourceError(
            "bad_since", f"--since {text!r} is no date", "write 2026-11-22 or 2026-11-22T18:00:00Z"
        ) from error
    return stamp(found if found.tzinfo else found.replace(tzinfo=UTC))


def report(ledger: Ledger, since: str | None = None, client_ref: str | None = None) -> Found:
    """The report as JSON values: runs and events from `since` on; of one client, its documents' events only.

    A run is told of when it began since then or when anything was recorded for it since then.
    """
    events = ledger.events(since=since)
    keys = None
    if client_ref is not None:
        keys = {row.delivery_key for row in ledger.deliveries(client_ref=client_ref)}
        events = [event for event in events if event.delivery_key in keys]
    about = {event.run_id for event in events}
    runs = [
        run for run in ledger.runs()
        if run["run_id"] in about or (keys is None and run["started_at"] >= (since or ""))
    ]  # fmt: skip
    faults = ledger.verify_chain()
    seq, hashed = ledger.head()
    return {
        "schema_version": AUDIT_VERSION,
        "generated_at": stamp(ledger.clock()),
        # its path or address would tell the machine or the user to whoever gets the report
        "ledger": f"the {ledger.database.dialect} ledger",
        "since": since,
        "client_ref": client_ref,
        "chain": {
            "events": seq,
            "head": hashed,
            "is_whole": not faults,
            "faults": [str(one) for one in faults],
        },
        "runs": [_run(ledger, run) for run in runs],
        "rejects": _of(ledger, "reject", "rejected_at", since, client_ref),
        "alerts": _of(ledger, "alert", "raised_at", since, client_ref),
        "events": [_event(event) for event in events],
    }


def _of(ledger: Ledger, table: str, at: str, since: str | None, client_ref: str | None) -> list[Found]:
    rows = ledger.query(f"select * from {table} where {at} >= ? order by {at}", (since or "",))
    return [row for row in rows if client_ref in (None, row["client_ref"])]


def _run(ledger: Ledger, run: Found) -> Found:
    values = (run["run_id"],)
    gates = ledger.query(
        "select severity, is_passed, count(*) as number from gate_result where run_id = ?"
        " group by severity, is_passed", values,
    )  # fmt: skip
    counted: Counter[str] = Counter()
    for row in gates:
        counted["passed" if row["is_passed"] else f"failed ({row['severity']})"] += row["number"]
    return run | {
        "gates": dict(sorted(counted.items())),
        "gates_passed": bool(ledger.query("select 1 as x from gate_pass where run_id = ?", values)),
        "targets": ledger.query(
            "select target, endpoint, outcome, error_code, consecutive_failures, ended_at from target_run"
            " where run_id = ? order by target, endpoint", values,
        ),
        "artifacts": ledger.query(
            "select target, endpoint, kind, path, sha256, bytes from artifact where run_id = ?"
            " order by kind, target, path", values,
        ),
    }  # fmt: skip


def _event(event: Any) -> Found:
    facts = event.facts
    row = facts.get("rows", {}).get("delivery", {})
    told = {name: row[name] for name in ("action", "code", "message", "document_checksum") if name in row}
    kept = {name: value for name, value in facts.items() if name not in _IMAGES}
    return {
        "seq": event.seq,
        "at": event.at,
        "run_id": event.run_id,
        "kind": event.kind,
        "target": event.target,
        "endpoint": event.endpoint,
        "delivery_key": event.delivery_key,
        "detail": told | kept,
        "hash": event.hash,
    }
