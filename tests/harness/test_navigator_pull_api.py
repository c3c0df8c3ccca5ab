"""Outcomes over the API: in our units, of the right run and design - or with the reason why not."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.errors import PlanwiseError
from harness.navigator import waiting
from harness.navigator.api import Navigator
from harness.navigator.delivered import Delivered, delivered
from harness.navigator.faults import without_paths
from harness.navigator.http import Http, Patience
from harness.navigator.pull_api import Pulled, pull_api
from harness.navigator.result import ScenarioResult
from harness.navigator.server import server
from tests.navigator_outcomes import FORFEITURES, YEARS, dc_plan
from tests.navigator_release import deliver, key
from tests.navigator_server import FakeNavigator, navigator_server


@pytest.fixture
def scenarios(tmp_path: Path) -> list[Delivered]:
    return delivered(deliver(tmp_path, (1, 2))).scenarios


@pytest.fixture
def fake(scenarios: list[Delivered], monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeNavigator]:
    """Two delivered scenarios, pushed and run to the end."""
    monkeypatch.setattr(waiting, "_FIRST", 0.001)
    with navigator_server() as running:
        workspace = running.add_workspace("clients")
        running.analytics = lambda scenario, active_only: dc_plan(active_only)
        running.forfeitures = FORFEITURES
        for scenario in scenarios:
            running.add_scenario(workspace, scenario.delivery_key, _plain(scenario.document))
            running.complete(scenario.delivery_key)
        yield running


def _plain(value: Any) -> Any:
    """Decimals as the server keeps them."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def pull(fake: FakeNavigator, scenarios: list[Delivered], wait: float = 0) -> Pulled:
    http = Http(server(fake.url, environment={}), Patience(attempts=2, base=0))
    return pull_api(Navigator(http), next(iter(fake.workspaces)), scenarios, wait)


def first(pulled: Pulled) -> ScenarioResult:
    return next(result for result in pulled.results if result.scenario == key(1))


def test_figures_are_fractions_and_cents_when_the_server_mixes_its_units(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    """Without it 97.36 percent would land as a rate of 97.36, or the money of leavers be lost."""
    pulled = pull(fake, scenarios)
    result = first(pulled)
    assert (len(pulled.results), pulled.reasons, pulled.strangers) == (2, {}, [])
    assert [year.simulation_year for year in result.years] == list(YEARS)
    year = result.years[1]
    assert year.participation_rate_active == Decimal("0.973584905660")
    assert (year.employees, year.active_employees, year.participants) == (610, 530, 516)
    assert year.avg_deferral_participants == Decimal("0.066044117647")
    assert year.employee_contributions_amount == Decimal("3901320.55")
    assert year.employer_match_amount == Decimal("1728144.12")
    assert year.compensation_amount == Decimal("61251548.00")
    assert year.employer_cost_rate == Decimal("0.028213884815")
    assert result.years[0].employer_match_amount == Decimal("1535440.29")
    assert result.years[2].employer_total_amount == Decimal("1800012.35")


def test_figures_are_unknown_when_the_api_does_not_tell_them(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    """Without it /results would give a rate for all rows that is the server's default where it failed."""
    year = first(pull(fake, scenarios)).years[1]
    assert year.eligible_employees is None
    assert year.participation_rate_eligible is None
    assert year.participation_rate_all is None
    assert year.avg_deferral_all_eligible is None


def test_forfeitures_are_null_in_the_first_year_and_a_figure_after(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    years = first(pull(fake, scenarios)).years
    assert [year.forfeitures_amount for year in years] == [None, Decimal("66031.73"), Decimal("0.00")]
    assert [year.forfeitures_unknown_reason for year in years] == ["first_year", None, None]
    assert fake.count("GET", "schedule_type=graded_5_year") == 2


def test_forfeitures_are_unknown_when_the_server_has_none(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    fake.forfeitures = None
    years = first(pull(fake, scenarios)).years
    assert [year.forfeitures_amount for year in years] == [None] * 3
    assert [year.forfeitures_unknown_reason for year in years] == [
        "first_year",
        "not_reported",
        "not_reported",
    ]


def test_forfeitures_are_not_asked_for_when_navigator_has_no_such_schedule(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    for scenario in scenarios:
        scenario.document["design_matrix"]["vesting_schedule_type"] = None
        fake.named(scenario.delivery_key)["config_overrides"] = _plain(scenario.document)
        fake.complete(scenario.delivery_key)
    years = first(pull(fake, scenarios)).years
    assert [year.forfeitures_unknown_reason for year in years] == ["first_year", *["vesting_unknown"] * 2]
    assert fake.count("GET", "vesting") == 0


def test_origin_is_recorded_and_the_echo_is_never_claimed(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    """Without it a result that nobody proved would be taken like one whose database was looked into."""
    result = first(pull(fake, scenarios))
    run = fake.named(key(1))["last_run_id"]
    assert (result.source, result.navigator_run_id) == (f"api:{run}", run)
    assert (result.navigator_version, result.seed, result.scenario_id) == ("2.4.0", 42, key(1))
    assert result.config_fingerprint == 64 * "a" and len(str(result.config_hash)) == 64
    assert result.echoes == () and result.problems == ("echo_not_shown",)
    assert (result.start_year, result.end_year, result.run_at) == (2025, 2027, "2026-11-22T12:00:00Z")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"participation_rate": 0.97}, "participation_is_no_percent"),
        ({"average_deferral_rate": 6.6}, "deferral_is_no_fraction"),
        ({"participant_count": 999}, "counts_contradict"),
        ({"total_eligible_count": None}, "year_in_one_answer_only"),
        ({"year": 2031}, "year_in_one_answer_only"),
    ],
)
def test_result_is_marked_when_participation_contradicts_itself(
    fake: FakeNavigator, scenarios: list[Delivered], changes: dict[str, Any], problem: str
) -> None:
    """Without it a server that changes a unit would shift every rate a hundredfold, and nobody would see."""
    fake.analytics = lambda scenario, active_only: dc_plan(active_only, **changes if active_only else {})
    pulled = pull(fake, scenarios)
    assert problem in first(pulled).problems
    assert "contradict" in pulled.reasons[key(1)]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"employer_cost_rate": 0.0282}, "cost_rate_is_no_percent"),
        ({"total_employer_cost": 1.0}, "amounts_contradict"),
        ({"total_employer_core": None}, "amounts_contradict"),
        ({"total_compensation": -1.0}, "amounts_contradict"),
    ],
)
def test_result_is_marked_when_money_contradicts_itself(
    fake: FakeNavigator, scenarios: list[Delivered], changes: dict[str, Any], problem: str
) -> None:
    fake.analytics = lambda scenario, active_only: dc_plan(active_only, **{} if active_only else changes)
    assert problem in first(pull(fake, scenarios)).problems


def test_result_is_left_out_when_a_figure_is_none(fake: FakeNavigator, scenarios: list[Delivered]) -> None:
    fake.analytics = lambda scenario, active_only: dc_plan(active_only, total_employer_match="a lot")
    pulled = pull(fake, scenarios)
    assert pulled.results == [] and "something else than figures" in pulled.reasons[key(1)]


def test_average_over_nobody_is_unknown_and_not_zero(fake: FakeNavigator, scenarios: list[Delivered]) -> None:
    nobody = {"participant_count": 0, "participation_rate": 0.0, "average_deferral_rate": 0.0}
    fake.analytics = lambda scenario, active_only: dc_plan(active_only, **nobody if active_only else {})
    year = first(pull(fake, scenarios)).years[1]
    assert year.avg_deferral_participants is None and year.participation_rate_active == 0


def test_years_are_compared_when_the_run_had_others(fake: FakeNavigator, scenarios: list[Delivered]) -> None:
    fake.analytics = lambda scenario, active_only: dc_plan(active_only, YEARS[:2])
    pulled = pull(fake, scenarios)
    assert "other_years" in first(pulled).problems and "2025 to 2027" in pulled.reasons[key(1)]


def test_result_is_another_designs_when_the_run_had_another_match(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    fake.named(key(1))["config_overrides"]["dc_plan"]["match_template"] = "tiered"
    fake.complete(key(1))
    pulled = pull(fake, scenarios)
    assert "other_design" in first(pulled).problems
    assert "Navigator did not simulate this design: the run's match is 'tiered'" in pulled.reasons[key(1)]
    assert key(2) not in pulled.reasons


def test_result_is_stale_when_the_design_was_pushed_again_after_the_run(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    """Without it last month's figures would be read as the new design's: the scenario itself looks right."""
    newer = scenarios[0].document["dc_plan"]
    newer["match_cap_percent"] = Decimal("0.04")
    fake.named(key(1))["config_overrides"] = _plain(scenarios[0].document)
    pulled = pull(fake, scenarios)
    assert "stale_design" in first(pulled).problems
    assert "match_cap_percent" in pulled.reasons[key(1)]


def test_result_is_not_stale_when_only_the_source_was_corrected(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    """Without it an outcome written back into the Design Matrix would make its own result stale."""
    block = scenarios[0].document["design_matrix"]
    block |= {
        "source_checksum": 64 * "9",
        "data_as_of": "2026-11-23",
        "current_participation": Decimal("0.9"),
    }
    pulled = pull(fake, scenarios)
    assert (pulled.reasons, first(pulled).problems) == ({}, ("echo_not_shown",))
    block["vesting_schedule_array"] = [1]
    assert "stale_design" in first(pull(fake, scenarios)).problems


def test_result_is_marked_when_its_archive_is_missing_or_broken(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    fake.archive = lambda found: found["report"]["evidence"].pop("configuration")
    assert "no_config" in first(pull(fake, scenarios)).problems

    def conflict(found: dict[str, Any]) -> None:
        found["report"]["missing_evidence"] = [{"code": "integrity_mismatch", "reason": "bytes differ"}]

    fake.archive = conflict
    assert "archive_conflict" in first(pull(fake, scenarios)).problems


def test_result_is_marked_when_another_run_came_in_between(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    """Without it one year would be of the old run and the next of the new."""

    def analytics(scenario: dict[str, Any], active_only: bool) -> Any:
        if not active_only and scenario["name"] == key(1):
            scenario["result_run_id"] = "00000000-0000-0000-0000-000000000000"
        return dc_plan(active_only)

    fake.analytics = analytics
    pulled = pull(fake, scenarios)
    assert "mixed_runs" in first(pulled).problems and "another run" in pulled.reasons[key(1)]


def test_failed_run_is_recorded_and_the_others_go_on(fake: FakeNavigator, scenarios: list[Delivered]) -> None:
    """Without it the result before, of another design, would still be read: the API keeps showing it."""
    fake.errors[key(1)] = "planalign failed in /srv/nav/workspaces/x/config.yaml: 1 validation error"
    fake.complete(key(1), "failed")
    pulled = pull(fake, scenarios)
    assert (first(pulled).status, first(pulled).years) == ("failed", ())
    assert first(pulled).error == "planalign failed in <path>: 1 validation error"
    assert [result.status for result in pulled.results] == ["failed", "completed"]


def test_server_error_costs_one_scenario_when_it_lasts(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    fake.fail("GET", f"{fake.named(key(1))['id']}/analytics", 500, times=9)
    pulled = pull(fake, scenarios)
    assert [result.scenario for result in pulled.results] == [key(2)]
    assert "can't be read" in pulled.reasons[key(1)]


def test_running_scenario_is_waited_for_and_never_read_before(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    fake.life[key(1)] = ["pending", "running", "running", "completed"]
    fake.begin(fake.named(key(1)))
    pulled = pull(fake, scenarios)
    assert (first(pulled).status, first(pulled).years) == ("running", ())
    assert fake.count("GET", f"{fake.named(key(1))['id']}/analytics") == 0
    assert first(pull(fake, scenarios, wait=20)).status == "completed"


def test_each_scenario_has_a_reason_when_it_has_no_result(
    fake: FakeNavigator, scenarios: list[Delivered], tmp_path: Path
) -> None:
    workspace = next(iter(fake.workspaces))
    fake.add_scenario(workspace, key(3), {})
    fake.add_scenario(workspace, key(4), {})
    fake.add_scenario(workspace, key(4), {})
    more = delivered(deliver(tmp_path / "more", (1, 2, 3, 4, 5))).scenarios
    pulled = pull(fake, more)
    assert len(pulled.results) == 2
    assert "never run" in pulled.reasons[key(3)]
    assert "2 scenarios" in pulled.reasons[key(4)]
    assert "not on the server" in pulled.reasons[key(5)]


def test_foreign_results_are_named_when_there_are_any(
    fake: FakeNavigator, scenarios: list[Delivered]
) -> None:
    workspace = next(iter(fake.workspaces))
    fake.add_scenario(workspace, "somebody's", {}, status="completed")
    fake.add_scenario(workspace, "a draft", {})
    assert pull(fake, scenarios).strangers == ["somebody's"]


def test_pull_stops_when_the_token_is_refused(fake: FakeNavigator, scenarios: list[Delivered]) -> None:
    fake.token = "right"
    with pytest.raises(PlanwiseError) as caught:
        pull(fake, scenarios)
    assert caught.value.code == "token_refused"


def test_message_of_a_run_is_one_line_without_paths_when_it_is_told() -> None:
    """The first is what the real program said (planalign simulate, 2.4.0)."""
    real = "╰────╯\n❌ System health check failed\n• employer_match\n  Value error, Invalid 'x'. 50/50\n"
    real += "  For further information visit https://errors.pydantic.dev/2.7/v/value_error"
    assert (
        without_paths(real)
        == "❌ System health check failed • employer_match Value error, Invalid 'x'. 50/50"
    )
    assert without_paths("no '/srv/a/x.parquet', see C:\\nav\\run.log") == "no ' <path>', see <path>"
    assert without_paths("x" * 2000) == "x" * 500 + "..."
