"""How the house is doing, from the ledger: durations, states, queue, failures, freshness, gates, trends."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from harness.config import Settings
from harness.durations import TOTAL, WENT_WELL, Spread, by_step, quantile
from harness.ledger.stamps import moment, stamp

if TYPE_CHECKING:
    from harness.ledger import Ledger

Run = Mapping[str, Any]
LAST = 200
"""So many runs of a command are looked at."""
SLOWER = 1.5
"""A step is called slower when it took so many times its own p95."""
ENOUGH = 5
"""Runs before it that a comparison needs."""
_NOTABLE = 0.2
"""Seconds below which nobody cares."""
_RECENT, _RISING = 5, 1.25
_ALIKE = 2
"""Up to so many times as many rows is about as many."""


def measure(settings: Settings, ledger: "Ledger", now: datetime | None = None) -> dict[str, Any]:
    """Everything that is measured, as JSON values. No client is named in it."""
    today = now or ledger.clock()
    runs = ledger.runs()
    by_command = _by_command(runs)
    trends = [found for command, several in by_command.items() for found in _trends(command, several)]
    return {
        "schema_version": "planwise-metrics/1.0",
        "at": stamp(today),
        "runs": [
            {"command": command, "status": status, "count": count}
            for (command, status), count in sorted(Counter((r["command"], r["status"]) for r in runs).items())
        ],
        "durations": [
            _duration(command, step, spread)
            for command, several in by_command.items()
            for step, spread in by_step(several).items()
        ],
        "last_run": _last_run(runs, today),
        "deliveries": ledger.query(
            "select target, endpoint, state, count(*) as count from delivery"
            " group by target, endpoint, state order by target, endpoint, state"
        ),
        "retry_queue": _queue(ledger, today),
        "receivers": _receivers(ledger, today),
        "alerts_open": len(ledger.alerts(open_only=True)),
        "gates": _gates(ledger),
        "data": _data(runs, today),
        "trends": trends,
        "suggestions": _suggestions(settings, ledger, by_command, trends),
    }


def _by_command(runs: Sequence[Run]) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    for run in runs:
        if not run["is_dry_run"]:
            found.setdefault(run["command"], []).append(run)
    return {command: several[-LAST:] for command, several in sorted(found.items())}


def _duration(command: str, step: str, spread: Spread) -> dict[str, Any]:
    return {
        "command": command,
        "step": step,
        "count": spread.count,
        "sum": round(sum(spread.values), 3),
        "p50": round(spread.p50, 3),
        "p95": round(spread.p95, 3),
        "last": round(spread.last, 3),
    }


def _last_run(runs: Sequence[Run], now: datetime) -> dict[str, Any] | None:
    done = [run for run in runs if run["ended_at"]]
    if not done:
        return None
    last = done[-1]
    names = ("run_id", "command", "status", "exit_status", "started_at", "ended_at", "counts")
    return {name: last[name] for name in names} | {"age_seconds": _age(last["ended_at"], now)}


def _queue(ledger: "Ledger", now: datetime) -> list[dict[str, Any]]:
    return ledger.query(
        "select target, endpoint, count(*) as depth,"
        " sum(case when next_attempt_at <= ? then 1 else 0 end) as due,"
        " min(next_attempt_at) as next_attempt_at, max(attempts) as attempts_most"
        " from retry_queue group by target, endpoint order by target, endpoint",
        (stamp(now),),
    )


def _receivers(ledger: "Ledger", now: datetime) -> list[dict[str, Any]]:
    """By target and endpoint: failures in a row, and how old what it holds is."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in ledger.query(
        "select target, endpoint, outcome, consecutive_failures, ended_at from target_run"
        " order by ended_at, run_id"
    ):
        found[row["target"], row["endpoint"]] = {
            "consecutive_failures": row["consecutive_failures"],
            "last_outcome": row["outcome"],
            "last_ended_at": row["ended_at"],
        }
    confirmed = ledger.query(
        "select target, endpoint, max(confirmed_at) as at from delivery group by target, endpoint"
    )
    fresh = {(row["target"], row["endpoint"]): row["at"] for row in confirmed}
    return [
        {
            "target": target,
            "endpoint": endpoint,
            **found.get(
                (target, endpoint), {"consecutive_failures": 0, "last_outcome": None, "last_ended_at": None}
            ),
            "last_confirmed_at": fresh.get((target, endpoint)),
            "confirmed_age_seconds": _age(fresh.get((target, endpoint)), now),
        }
        for target, endpoint in sorted(found.keys() | fresh.keys())
    ]


def _gates(ledger: "Ledger") -> list[dict[str, Any]]:
    """By rule: in how many runs it failed, and how many rows failed in the last run with gates."""
    last = ledger.query("select max(run_id) as run_id from gate_result")[0]["run_id"]
    return ledger.query(
        "select rule, severity, count(distinct run_id) as runs,"
        " count(distinct case when is_passed = 0 then run_id end) as runs_failed,"
        " sum(case when run_id = ? then coalesce(rows_failing, 0) else 0 end) as rows_failing_last"
        " from gate_result group by rule, severity order by rule, severity",
        (last or "",),
    )


def _data(runs: Sequence[Run], now: datetime) -> dict[str, Any]:
    """As of which day the delivered data are, by the last run that said so."""
    for run in reversed(runs):
        said = run["detail"].get("data_as_of")
        if said and run["status"] in WENT_WELL:
            age = (now.date() - date.fromisoformat(str(said)[:10])).days
            return {"data_as_of": str(said), "age_days": age}
    return {"data_as_of": None, "age_days": None}


def _age(at: str | None, now: datetime) -> float | None:
    return round((now - moment(at)).total_seconds(), 3) if at else None


def _trends(command: str, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Steps whose last run was slower than their p95 by half, and those that rise slowly.

    Runs are compared with their like: one that dbt compiled is not slower than one that had nothing to build,
    nor one of a thousand clients than one of ten.
    """
    found = []
    for step, spread in by_step(_like_the_last(runs)).items():
        before = Spread(spread.values[:-1])
        if before.count < ENOUGH:
            continue
        last, usual = spread.last, before.p95
        if last > SLOWER * usual and last - usual > _NOTABLE:
            told = f"{command}: {_of(step)} took {last:.1f} s; 95 of 100 took {usual:.1f} s or less"
            found.append(_trend("slower", command, step, last, usual, told))
        recent, earlier = spread.values[-_RECENT:], spread.values[:-_RECENT]
        if len(earlier) < ENOUGH:
            continue
        new, old = quantile(recent, 0.5), quantile(earlier, 0.5)
        if new > _RISING * old and new - old > _NOTABLE:
            told = f"{command}: {_of(step)} takes {new:.1f} s of late, {old:.1f} s before"
            found.append(_trend("rising", command, step, new, old, told))
    return found


def _like_the_last(runs: Sequence[Run]) -> list[Run]:
    """Runs that went well, did the same work as the last of them, and of about as many rows."""
    well = [run for run in runs if run["status"] in WENT_WELL and run["seconds"]]
    if not well:
        return []
    work, rows = _work(well[-1])
    return [
        run
        for run, (its_work, its_rows) in zip(well, map(_work, well), strict=True)
        if its_work == work and rows <= _ALIKE * its_rows and its_rows <= _ALIKE * rows
    ]


def _work(run: Run) -> tuple[str, int]:
    return str(run["detail"].get("build") or ""), int(run["counts"].get("source") or 0)


def _of(step: str) -> str:
    return "the whole" if step == TOTAL else f"step {step}"


def _trend(kind: str, command: str, step: str, now: float, before: float, text: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "command": command,
        "step": step,
        "seconds": round(now, 3),
        "before": round(before, 3),
        "text": text,
    }


def _suggestions(
    settings: Settings,
    ledger: "Ledger",
    by_command: Mapping[str, Sequence[Run]],
    trends: Sequence[Mapping[str, Any]],
) -> list[dict[str, str]]:
    from harness.inefficiency import suggestions

    return [{"code": code, "text": text} for code, text in suggestions(settings, ledger, by_command, trends)]


def lines(found: Mapping[str, Any]) -> list[str]:
    """For a person."""
    told = [f"{row['command']:<14}{row['status']:<11}{row['count']:>6} runs" for row in found["runs"]]
    told = told or ["no run was recorded yet"]
    if found["durations"]:
        told += ["", f"{'seconds':<28}{'runs':>6}{'p50':>9}{'p95':>9}{'last':>9}"]
    for row in found["durations"]:
        name = f"{row['command']} {row['step']}"
        told.append(f"{name:<28}{row['count']:>6}{row['p50']:>9.2f}{row['p95']:>9.2f}{row['last']:>9.2f}")
    told += ["", "receivers"] if found["receivers"] else []
    for row in found["receivers"]:
        age = (
            "never"
            if row["confirmed_age_seconds"] is None
            else f"{row['confirmed_age_seconds'] / 3600:.1f} h ago"
        )
        place = row["target"] + (f" at {row['endpoint']}" if row["endpoint"] else "")
        told.append(f"  {place}: last confirmed {age}, {row['consecutive_failures']} failures in a row")
    for row in found["deliveries"]:
        place = row["target"] + (f" at {row['endpoint']}" if row["endpoint"] else "")
        told.append(f"  {place}: {row['count']} {row['state']}")
    for row in found["retry_queue"]:
        place = row["target"] + (f" at {row['endpoint']}" if row["endpoint"] else "")
        told.append(f"  {place}: {row['depth']} wait for another attempt, {row['due']} of them due")
    if found["data"]["data_as_of"]:
        told.append(f"  data as of {found['data']['data_as_of']}, {found['data']['age_days']} days old")
    failing = [row for row in found["gates"] if row["runs_failed"]]
    told += ["", "gates that failed"] if failing else []
    for row in failing:
        told.append(
            f"  {row['rule']} ({row['severity']}): in {row['runs_failed']} of {row['runs']} runs,"
            f" {row['rows_failing_last']} rows in the last"
        )
    told += ["", f"{found['alerts_open']} alerts open"] if found["alerts_open"] else []
    told += ["", "trends", *(f"  {trend['text']}" for trend in found["trends"])] if found["trends"] else []
    if found["suggestions"]:
        told += ["", "suggestions", *(f"  {one['text']}" for one in found["suggestions"])]
    return told
