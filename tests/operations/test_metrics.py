"""Metrics: figures that can be recomputed by hand, text that a scraper takes, trends and suggestions."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from harness.cli import cli
from harness.config import Settings
from harness.durations import quantile
from harness.errors import TransientDeliveryError
from harness.ledger import Ledger
from harness.metrics import lines, measure
from harness.prometheus import text
from tests.ledger.world import START, Clock, document, gate, passed, through
from tests.operations.exposition import parse


def run(ledger: Ledger, clock: Clock, number: int, command: str = "run", **more: object) -> None:
    """A run that ended well, with `build` so many seconds."""
    clock.later(minutes=more.pop("minutes", 60))  # type: ignore[arg-type]
    run_id = f"{command}-{number:03}"
    seconds, error, source = more.pop("build", 2.0), more.pop("error", None), more.pop("source", 10)
    more["build"] = more.pop("work", None)
    ledger.begin_run(run_id, command)
    ledger.describe_run(run_id, **more)
    if error:
        ledger.end_run(run_id, "failed", 5, {"build": seconds}, {}, error)  # type: ignore[arg-type, dict-item]
    else:
        ledger.end_run(run_id, "succeeded", 0, {"build": seconds, "gates": 1.0}, {"source": source})  # type: ignore[dict-item]


def test_figures_are_those_of_the_ledger_when_there_were_runs(
    where: Settings, ledger: Ledger, clock: Clock
) -> None:
    for number in range(1, 5):
        run(ledger, clock, number, build=float(number), data_as_of="2026-11-20")
    passed(ledger)
    through(ledger, "r1", [document(1), document(2), document(3)])
    clock.later(hours=2)
    passed(ledger, "r2")
    through(ledger, "r2", [document(1, 2)], "pending", "rendered", "promoting")
    ledger.fail("r2", "navigator", ["k1"], TransientDeliveryError("gone", "no route"))
    ledger.target_ended("r2", "navigator", "", "failed", "gone")
    clock.later(days=1)
    found = measure(where, ledger)
    assert {"command": "run", "status": "succeeded", "count": 4} in found["runs"]
    (build,) = [row for row in found["durations"] if row["step"] == "build"]
    assert (build["count"], build["sum"], build["p50"], build["p95"], build["last"]) == (
        4,
        10.0,
        2.5,
        3.85,
        4.0,
    )
    assert {(row["state"], row["count"]) for row in found["deliveries"]} == {
        ("confirmed", 2),
        ("retry_wait", 1),
    }
    assert [(row["depth"], row["due"]) for row in found["retry_queue"]] == [(1, 1)]
    (receiver,) = found["receivers"]
    assert receiver["consecutive_failures"] == 1
    assert receiver["confirmed_age_seconds"] == timedelta(days=1, hours=2).total_seconds()
    assert found["data"] == {"data_as_of": "2026-11-20", "age_days": 3}
    assert {(row["rule"], row["runs"], row["runs_failed"]) for row in found["gates"]} == {
        ("P01", 2, 0),
        ("P02", 2, 2),
    }


def test_run_that_failed_says_nothing_about_durations_when_it_ended_early(
    where: Settings, ledger: Ledger, clock: Clock
) -> None:
    # a run that stops in its first step would make the others look slow
    run(ledger, clock, 1, build=4.0)
    run(ledger, clock, 2, build=0.1, error=TransientDeliveryError("disk", "full"))
    (build,) = [row for row in measure(where, ledger)["durations"] if row["step"] == "build"]
    assert (build["count"], build["last"]) == (1, 4.0)


def test_quantile_lies_between_neighbours_in_proportion_when_it_falls_between() -> None:
    assert quantile([3.0], 0.95) == 3.0
    assert quantile([4.0, 1.0, 2.0, 3.0], 0.5) == 2.5
    assert quantile([1.0, 2.0], 1.0) == 2.0
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_prometheus_takes_the_text_when_names_are_hostile(
    where: Settings, ledger: Ledger, clock: Clock
) -> None:
    run(ledger, clock, 1)
    passed(ledger)
    ledger.record_gates("run-001", [gate('P"1\\', "hold", passed=False)])
    through(ledger, "r1", [document(1)], endpoint='a"b\\c\nd')
    found = parse(text(measure(where, ledger)))
    kind, samples = found["planwise_step_duration_seconds"]
    assert kind == "summary"
    assert {
        value
        for name, labels, value in samples
        if ("quantile", "0.95") in labels and ("step", "build") in labels
    } == {2.0}
    labels = dict(found["planwise_deliveries"][1][0].labels)
    assert labels == {"target": "navigator", "endpoint": 'a"b\\c\nd', "state": "confirmed"}
    assert ("rule", 'P"1\\') in [
        label for sample in found["planwise_gate_failures_total"][1] for label in sample.labels
    ]


def test_no_client_is_named_when_metrics_are_shown(where: Settings, ledger: Ledger, clock: Clock) -> None:
    # metrics go to systems that many people may look at
    passed(ledger)
    through(ledger, "r1", [document(1)])
    run(ledger, clock, 1)
    found = measure(where, ledger)
    shown = text(found) + json.dumps(found) + "\n".join(lines(found))
    assert document(1).client_ref not in shown
    assert "k1" not in shown


def test_step_is_called_slower_when_it_took_half_as_long_again_as_its_own_p95(
    where: Settings, ledger: Ledger, clock: Clock
) -> None:
    for number in range(1, 11):
        run(ledger, clock, number, build=2.0)
    run(ledger, clock, 11, build=3.0)
    assert measure(where, ledger)["trends"] == []
    run(ledger, clock, 12, build=10.0)
    found = [(trend["kind"], trend["step"]) for trend in measure(where, ledger)["trends"]]
    assert found == [("slower", "build"), ("slower", "total")]


def test_step_is_not_called_slower_when_runs_before_it_had_other_work_to_do(
    where: Settings, ledger: Ledger, clock: Clock
) -> None:
    """Else a change after some weeks without one is an alarm, and one compile hides a slow build."""
    for number in range(1, 11):
        run(ledger, clock, number, build=0.1, work="nothing")
        run(ledger, clock, 20 + number, build=3.0, work="whole", source=900)
        run(ledger, clock, 40 + number, build=2.0, work="whole")
        run(ledger, clock, 60 + number, build=60.0, work="dbt")
    run(ledger, clock, 80, build=2.1, work="whole")
    assert measure(where, ledger)["trends"] == []
    run(ledger, clock, 81, build=9.0, work="whole")
    found = [(trend["kind"], trend["step"]) for trend in measure(where, ledger)["trends"]]
    assert found == [("slower", "build"), ("slower", "total")]


def test_nothing_is_called_slower_when_there_are_too_few_runs(
    where: Settings, ledger: Ledger, clock: Clock
) -> None:
    for number in range(1, 6):
        run(ledger, clock, number, build=1.0 if number < 5 else 60.0)
    assert measure(where, ledger)["trends"] == []


def test_step_is_called_rising_when_it_grows_slowly(where: Settings, ledger: Ledger, clock: Clock) -> None:
    for number in range(1, 31):
        run(ledger, clock, number, build=2.0 * 1.03**number)
    assert ("rising", "build") in [(t["kind"], t["step"]) for t in measure(where, ledger)["trends"]]


def suggested(where: Settings, ledger: Ledger) -> set[str]:
    return {one["code"] for one in measure(where, ledger)["suggestions"]}


def test_nothing_is_suggested_when_nothing_repeats(where: Settings, ledger: Ledger, clock: Clock) -> None:
    for number in range(1, 8):
        run(ledger, clock, number, input_checksum=f"{number}", clients=[])
    assert suggested(where, ledger) == set()


def test_patterns_are_named_when_they_repeat(where: Settings, ledger: Ledger, clock: Clock) -> None:
    for number in range(1, 4):
        run(ledger, clock, number, input_checksum="same")
    assert suggested(where, ledger) == {"same_input"}
    for number in range(1, 6):
        run(ledger, clock, number, "export", minutes=5, clients=["c1"])
    assert suggested(where, ledger) == {"same_input", "one_by_one"}
    for number in range(4, 7):
        run(ledger, clock, number, error=TransientDeliveryError("disk", "full"))
    assert suggested(where, ledger) == {"same_input", "one_by_one", "same_error"}
    passed(ledger)
    many = [document(number) for number in range(1, 7)]
    through(ledger, "r1", many, "pending", "rendered", "promoting")
    ledger.fail(
        "r1", "navigator", [move.delivery_key for move in many[1:]], TransientDeliveryError("gone", "x")
    )
    ledger.fail("r1", "navigator", ["k1"], RuntimeError("what"))
    assert suggested(where, ledger) >= {"retries_of_one_kind", "given_up"}
    for number in range(2, 4):
        passed(ledger, f"r{number}")
    assert "held_by_the_same_rule" in suggested(where, ledger)


def test_command_prints_each_form_when_it_is_asked(where: Settings, ledger: Ledger, clock: Clock) -> None:
    run(ledger, clock, 1)
    at = ["metrics", "--home", str(where.home)]
    assert "build" in CliRunner().invoke(cli, at).stdout
    assert parse(CliRunner().invoke(cli, [*at, "--format", "prometheus"]).stdout)
    assert json.loads(CliRunner().invoke(cli, [*at, "--format", "json"]).stdout)["schema_version"]


def test_command_says_what_to_do_when_nothing_was_recorded(where: Settings) -> None:
    done = CliRunner().invoke(cli, ["metrics", "--home", str(where.home)])
    assert done.exit_code == 2
    assert "no_ledger_yet" in done.stderr
    assert not list(where.home.iterdir())


def test_clock_is_the_ledgers_when_none_is_given(where: Settings, ledger: Ledger) -> None:
    assert measure(where, ledger)["at"] == START.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
