"""Metrics in Prometheus' text format 0.0.4: HELP and TYPE once a metric, labels escaped, no client named."""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.durations import TOTAL
from harness.ledger.stamps import moment

Labels = Mapping[str, str]
Sample = tuple[str, Labels, float]
"""Suffix of the name, labels, value."""


def text(found: Mapping[str, Any]) -> str:
    """The measurements of harness.metrics as a scraper reads them."""
    lines: list[str] = []
    for name, kind, about, samples in _metrics(found):
        several = list(samples)
        if not several:
            continue
        lines.append(f"# HELP {name} {_escaped(about, quotes=False)}")
        lines.append(f"# TYPE {name} {kind}")
        for suffix, labels, value in several:
            given = ",".join(f'{key}="{_escaped(str(inner))}"' for key, inner in labels.items())
            lines.append(f"{name}{suffix}{'{' + given + '}' if given else ''} {_number(value)}")
    return "\n".join(lines) + "\n"


def _metrics(found: Mapping[str, Any]) -> Iterable[tuple[str, str, str, Iterable[Sample]]]:
    steps = [row for row in found["durations"] if row["step"] != TOTAL]
    whole = [row for row in found["durations"] if row["step"] == TOTAL]
    yield (
        "planwise_runs_total",
        "counter",
        "Runs recorded in the ledger, by command and how they ended.",
        (("", {"command": row["command"], "status": row["status"]}, row["count"]) for row in found["runs"]),
    )
    yield (
        "planwise_step_duration_seconds",
        "summary",
        "Seconds of a step in runs that went well.",
        (
            sample
            for row in steps
            for sample in _summary(row, {"command": row["command"], "step": row["step"]})
        ),
    )
    yield (
        "planwise_run_duration_seconds",
        "summary",
        "Seconds of all steps of a run that went well.",
        (sample for row in whole for sample in _summary(row, {"command": row["command"]})),
    )
    yield (
        "planwise_step_last_duration_seconds",
        "gauge",
        "Seconds of a step in the last run that went well.",
        (("", {"command": row["command"], "step": row["step"]}, row["last"]) for row in steps),
    )
    last = found["last_run"]
    if last:
        yield (
            "planwise_last_run_timestamp_seconds",
            "gauge",
            "When the last run ended.",
            [("", {"command": last["command"]}, moment(last["ended_at"]).timestamp())],
        )
        yield (
            "planwise_last_run_clients",
            "gauge",
            "Clients of the last run, by what became of them.",
            [("", {"outcome": name}, count) for name, count in sorted(last["counts"].items()) if _is(count)],
        )
    yield (
        "planwise_deliveries",
        "gauge",
        "Documents by receiver and state.",
        (("", _place(row) | {"state": row["state"]}, row["count"]) for row in found["deliveries"]),
    )
    yield (
        "planwise_retry_queue_depth",
        "gauge",
        "Documents that wait for another attempt.",
        (("", _place(row), row["depth"]) for row in found["retry_queue"]),
    )
    yield (
        "planwise_retry_queue_due",
        "gauge",
        "Documents whose next attempt is due.",
        (("", _place(row), row["due"]) for row in found["retry_queue"]),
    )
    yield (
        "planwise_consecutive_failures",
        "gauge",
        "Runs in a row that failed for a receiver.",
        (("", _place(row), row["consecutive_failures"]) for row in found["receivers"]),
    )
    yield (
        "planwise_last_confirmed_timestamp_seconds",
        "gauge",
        "When a receiver last confirmed a document.",
        (
            ("", _place(row), moment(row["last_confirmed_at"]).timestamp())
            for row in found["receivers"]
            if row["last_confirmed_at"]
        ),
    )
    yield (
        "planwise_confirmed_age_seconds",
        "gauge",
        "Seconds since a receiver last confirmed a document.",
        (
            ("", _place(row), row["confirmed_age_seconds"])
            for row in found["receivers"]
            if row["confirmed_age_seconds"] is not None
        ),
    )
    if found["data"]["age_days"] is not None:
        yield (
            "planwise_data_age_days",
            "gauge",
            "Days since the day as of which the delivered data are.",
            [("", {}, found["data"]["age_days"])],
        )
    yield (
        "planwise_gate_failures_total",
        "counter",
        "Runs in which a rule failed.",
        (("", _rule(row), row["runs_failed"]) for row in found["gates"]),
    )
    yield (
        "planwise_gate_rows_failing",
        "gauge",
        "Rows that failed a rule in the last run with gates.",
        (("", _rule(row), row["rows_failing_last"]) for row in found["gates"]),
    )
    yield "planwise_alerts_open", "gauge", "Alerts that are open.", [("", {}, found["alerts_open"])]
    yield (
        "planwise_slower_steps",
        "gauge",
        "Steps whose last run took half as long again as their p95.",
        [("", {}, sum(trend["kind"] == "slower" for trend in found["trends"]))],
    )


def _summary(row: Mapping[str, Any], labels: Labels) -> Iterable[Sample]:
    yield "", {**labels, "quantile": "0.5"}, row["p50"]
    yield "", {**labels, "quantile": "0.95"}, row["p95"]
    yield "_sum", labels, row["sum"]
    yield "_count", labels, row["count"]


def _place(row: Mapping[str, Any]) -> dict[str, str]:
    return {"target": row["target"], "endpoint": row["endpoint"]}


def _rule(row: Mapping[str, Any]) -> dict[str, str]:
    return {"rule": row["rule"], "severity": row["severity"]}


def _is(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _escaped(value: str, quotes: bool = True) -> str:
    value = value.replace("\\", "\\\\").replace("\n", "\\n")
    return value.replace('"', '\\"') if quotes else value


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
