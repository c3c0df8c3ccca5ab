"""Three failures in a row of a target, an endpoint or a client raise an alert; recovery is told, too.

Whether an alert is open stands in the ledger, and so does which channel was told: what a channel did not take
is told again after the next run. Nothing here changes what became of a run.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from harness import diagnostics
from harness.alert_channels import Alerting, alerting, send
from harness.config import Settings
from harness.errors import PlanwiseError
from harness.ledger.stamps import stamp

if TYPE_CHECKING:
    from logging import Logger

    from harness.ledger import Ledger

SENT, NOT_SENT = "alert_sent", "alert_not_sent"
_TRIES = 20
"""How often a channel is tried for one message."""
_OLD = timedelta(days=7)
"""An alert that is over for so long is no news any more, for a channel that is new."""
_FAILING = "('retry_wait', 'dead', 'rejected')"
_CLIENTS = f"""
select d.target, d.endpoint, d.client_ref, max(f.failures) as failures, max(d.code) as error_code
from delivery as d
join (
    select w.target, w.endpoint, w.delivery_key, count(distinct w.run_id) as failures
    from (
        select run_id, target, endpoint, delivery_key, coalesce(ended_at, started_at) as at
        from attempt where outcome in {_FAILING}
        union all
        select run_id, target, endpoint, delivery_key, rejected_at as at from reject
    ) as w
    join delivery as k on k.target = w.target and k.endpoint = w.endpoint and k.delivery_key = w.delivery_key
    where k.state in {_FAILING} and w.at > coalesce(k.confirmed_at, '')
    group by w.target, w.endpoint, w.delivery_key
) as f on f.target = d.target and f.endpoint = d.endpoint and f.delivery_key = d.delivery_key
group by d.target, d.endpoint, d.client_ref
having max(f.failures) >= ?
order by d.target, d.endpoint, d.client_ref
"""
_WELL = f"""
select count(*) as known,
    sum(case when state in {_FAILING} then 1 else 0 end) as failing,
    sum(case when state in ('confirmed', 'unchanged', 'superseded', 'rolled_back') then 1 else 0 end) as well
from delivery where target = ? and endpoint = ? and client_ref = ?
"""
Told = list[dict[str, Any]]


def after_run(settings: Settings, ledger: "Ledger", run_id: str) -> Told:
    """Raise and close alerts after a run, and tell. Returns what the summary of the run says about it.

    Never raises for a channel; one that is broken costs its timeout. A settings file that is wrong is told as
    an error in the log, and alerts are kept in the ledger all the same. A ledger that can't be written is an
    error in the log, too: the run is over, and what became of it stands.
    """
    try:
        return _after_run(settings, ledger, run_id)
    except PlanwiseError as error:
        _log().error("alerts could not be looked after: %s", error.message)
        return []


def _after_run(settings: Settings, ledger: "Ledger", run_id: str) -> Told:
    try:
        how, wrong = alerting(settings), None
    except PlanwiseError as error:
        how, wrong = Alerting(), error.message
        _log().error("alerts go nowhere: %s", error.message)
    told = [*_recovered(ledger, run_id), *_raised(settings, ledger, run_id, how.failures)]
    for message in told:
        (_log().error if message["kind"] == "raised" else _log().warning)("%s", message["text"])
    waiting = _unsent(ledger, how)
    for channel, failed in _sent(ledger, run_id, how, waiting).items():
        _log().error("alerts: %s did not take it: %s", channel, failed)
    return [message | ({"channels": wrong} if wrong else {}) for message in told]


def _log() -> "Logger":
    import logging  # most runs have nothing to tell

    return logging.getLogger("planwise.alerts")


def _raised(settings: Settings, ledger: "Ledger", run_id: str, most: int) -> Told:
    found = [
        ("target", row)
        for row in ledger.query(
            "select target, endpoint, '' as client_ref, consecutive_failures as failures, error_code"
            " from target_run where run_id = ? and consecutive_failures >= ? order by target, endpoint",
            (run_id, most),
        )
    ]
    found += [("client", row) for row in ledger.query(_CLIENTS, (most,))]
    diagnosis = diagnostics.read(settings, run_id)
    detail = {"diagnostics": diagnostics.shortened(diagnosis)} if diagnosis else {}
    told = []
    for subject, row in found:
        what = {"failures": row["failures"], "error_code": row["error_code"], "detail": detail}
        alert_id = ledger.raise_alert(
            run_id, subject, row["target"], row["endpoint"], row["client_ref"], **what
        )
        if alert_id:
            told.append(_message("raised", alert_id, subject, row | {"run_id": run_id}, detail))
    return told


def _recovered(ledger: "Ledger", run_id: str) -> Told:
    told = []
    for alert in ledger.alerts(open_only=True):
        place = alert["target"], alert["endpoint"]
        if alert["subject"] == "target":
            rows = ledger.query(
                "select consecutive_failures as failing from target_run where target = ? and endpoint = ?"
                " order by ended_at desc, run_id desc limit 1",
                place,
            )
            is_well = bool(rows) and rows[0]["failing"] == 0
        else:
            (row,) = ledger.query(_WELL, (*place, alert["client_ref"]))
            is_well = bool(row["known"]) and not row["failing"] and bool(row["well"])
        if is_well and ledger.recover(run_id, alert["subject"], *place, alert["client_ref"]):
            told.append(
                _message("recovered", alert["alert_id"], alert["subject"], alert | {"run_id": run_id})
            )
    return told


def _message(
    kind: str, alert_id: str, subject: str, row: Mapping[str, Any], detail: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    place = row["target"] + (f" at {row['endpoint']}" if row["endpoint"] else "")
    who = f"client {row['client_ref']} for {place}" if subject == "client" else f"target {place}"
    if kind == "raised":
        text = f"{who} failed {row['failures']} times in a row, last with {row['error_code'] or 'no code'}"
    else:
        text = f"{who} is well again, after {row['failures']} failures in a row"
    return {
        "schema_version": "planwise-alert/1.0",
        "kind": kind,
        "alert_id": alert_id,
        "subject": subject,
        "target": row["target"],
        "endpoint": row["endpoint"],
        "client_ref": row["client_ref"] or None,
        "failures": row["failures"],
        "error_code": row["error_code"],
        "run_id": row["run_id"],
        "text": text,
        **(detail or {}),
    }


def _unsent(ledger: "Ledger", how: Alerting) -> Told:
    """What some channel has not taken yet, oldest first; by message, the channels that wait."""
    channels = list(how.channels)
    if not channels:
        return []
    since = stamp(ledger.clock() - _OLD)
    alerts = [alert for alert in ledger.alerts() if (alert["recovered_at"] or "z") >= since]
    taken: dict[tuple[str, str, str], int] = {}
    for event in ledger.events(kinds=[SENT, NOT_SENT]):
        facts = event.facts
        for channel in facts.get("channels", []):
            key = str(facts.get("alert_id")), str(facts.get("message")), str(channel)
            taken[key] = _TRIES if event.kind == SENT else taken.get(key, 0) + 1
    found = []
    for alert in alerts:
        for kind, moment in (("raised", alert["raised_at"]), ("recovered", alert["recovered_at"])):
            if moment is None:
                continue
            alert_id = str(alert["alert_id"])
            waiting = [name for name in channels if taken.get((alert_id, kind, name), 0) < _TRIES]
            if waiting:
                run_id = alert["run_id"] if kind == "raised" else alert["recovered_run_id"]
                detail = _detail(alert["detail"]) if kind == "raised" else None
                message = _message(kind, alert_id, alert["subject"], alert | {"run_id": run_id}, detail)
                found.append(message | {"at": moment, "waiting": waiting})
    return sorted(found, key=lambda message: str(message["at"]))


def _detail(text: str) -> dict[str, Any]:
    import json

    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _sent(
    ledger: "Ledger", run_id: str, how: Alerting, waiting: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Send what waits, note who took it; by channel, the first thing that went wrong."""
    if not waiting:
        return {}
    messages = [{k: v for k, v in message.items() if k != "waiting"} for message in waiting]
    only = {name: [name in message["waiting"] for message in waiting] for name in how.channels}
    answers = send(how, messages, only)
    wrong: dict[str, str] = {}
    for channel, results in answers.items():
        for message, asked, failed in zip(waiting, only[channel], results, strict=True):
            if not asked:
                continue
            if failed:
                wrong.setdefault(channel, failed)
            detail = {"alert_id": message["alert_id"], "message": message["kind"], "channels": [channel]}
            if failed:
                detail["reason"] = failed
            ledger.event(
                run_id, NOT_SENT if failed else SENT, message["target"], message["endpoint"], None, detail
            )
    return wrong
