"""Recommended scenarios: one lever from the baseline, told in seven parts, within the limit of spend."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pytest

from tests.e2e.command import Place, Ran, planwise
from tests.e2e.conftest import History
from tests.e2e.matrices import many
from tests.e2e.recommended import LEVERS, PARTS, lever_differences
from tests.harness.builders import write_csv


@pytest.fixture(scope="module")
def peers(new_place: Callable[[str], Place], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """26 firms that match 100 % up to 4 % and pay 10 % besides, and one that matches half of it."""
    firms = many(27)
    for index, firm in enumerate(firms):
        firm |= {
            "match_formula": "50% up to 4%" if index == 0 else "100% up to 4%",
            "match_effective_rate": "",
            "nonelective_formula": "10%",
            "auto_enrollment_enabled": "TRUE",
            "auto_enrollment_rate": "6%",
            "auto_enrollment_effective_year": "1900",
            "auto_escalation_enabled": "TRUE",
            "auto_escalation_cap": "10%",
            "auto_escalation_rate": "1%",
            "participation_rate": "80%",
            "avg_deferral_rate": "5%",
            "annual_payroll": "$12,500,000",
        }
    source = write_csv(tmp_path_factory.mktemp("peers") / "firms.csv", firms)
    ran = planwise(new_place("peers"), "run", source)
    return {"ran": ran, "client": ran.clients["MX-0000"], "scenarios": ran.scenarios["MX-0000"]}


def test_match_goes_to_the_median_when_the_cohort_matches_more(peers: dict[str, Any]) -> None:
    scenarios = peers["scenarios"]
    assert lever_differences(scenarios) == []
    assert scenarios["match_to_median"]["dc_plan"]["match_tiers"] == [
        {"employee_min": 0, "employee_max": 0.08, "match_rate": 0.5}
    ]
    (change,) = scenarios["match_to_median"]["design_matrix"]["recommendation"]["changes"]
    # 2 points of match more: two thirds of 5 and of 11 points
    assert [round(change["expected_impact"][end], 9) for end in ("low", "high")] == [
        round(0.05 * 2 / 3, 9),
        round(0.11 * 2 / 3, 9),
    ]
    # 80 % x 2.5 % + joining x 2.5 % - 80 % x 2 %, on 12.5 million
    low = Decimal("0.8") * Decimal("0.005") + Decimal("0.05") * 2 / 3 * Decimal("0.025")
    high = Decimal("0.8") * Decimal("0.005") + Decimal("0.11") * 2 / 3 * Decimal("0.025")
    for end, cost in (("low", low), ("high", high)):
        assert abs(Decimal(str(change["cost"][f"rate_{end}"])) - cost) <= Decimal("1e-12")
        assert change["cost"][f"amount_{end}"] == round(cost * 12_500_000)
    assert "$12,500,000" in change["cost"]["note"]
    assert change["evidence"]["n"] == 26


def rows(ran: Ran, query: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(ran.place.marts), read_only=True) as marts:
        cursor = marts.execute(query)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_only_the_recommended_lever_moves_when_scenarios_are_laid_over_any_base(sample: History) -> None:
    found = {key: lever_differences(scenarios) for key, scenarios in sample.first.scenarios.items()}
    assert {key: told for key, told in found.items() if told} == {}
    seen = {
        change["rule"]
        for scenarios in sample.first.scenarios.values()
        for document in scenarios.values()
        for change in (document["design_matrix"]["recommendation"] or {"changes": []})["changes"]
    }
    assert seen >= set(LEVERS) - {"match_below_peers"}, "a rule whose scenario nobody has looked at"


WRONG = {
    "another lever": ("dc_plan", "eligibility_months", 1),
    "another match": ("dc_plan", "match_cap_percent", 0.011),
    "core": ("dc_plan", "core_contribution_rate_percent", 9),
    "enrolment": ("dc_plan", "auto_enroll", False),
    "name": ("dc_plan", "match_template", None),
}


@pytest.mark.parametrize("name", WRONG)
def test_check_finds_the_difference_when_a_recommended_scenario_is_wrong(sample: History, name: str) -> None:
    # a check of the check
    scenarios = next(found for found in sample.first.scenarios.values() if "auto_enroll_6" in found)
    scenarios = copy.deepcopy({key: scenarios[key] for key in ("baseline", "auto_enroll_6")})
    assert lever_differences(scenarios) == []
    block, key, value = WRONG[name]
    scenarios["auto_enroll_6"][block][key] = scenarios["baseline"][block][key] if value is None else value
    assert lever_differences(scenarios)


def test_scenario_tells_seven_parts_when_something_is_recommended(sample: History) -> None:
    for scenarios in sample.first.scenarios.values():
        assert scenarios["baseline"]["design_matrix"]["recommendation"] is None
        for name, document in scenarios.items():
            told = document["design_matrix"]["recommendation"]
            if name == "baseline":
                continue
            assert told["scenario"] == name
            assert document["simulation"] == scenarios["baseline"]["simulation"]
            for change in told["changes"]:
                assert all(change[part] not in (None, "", {}) for part in PARTS), change
            if name != "recommended":
                assert [change["recommendation"] for change in told["changes"]] == [name]
                assert told["left_out"] == []


def test_recommended_has_all_of_p1_and_p2_when_they_go_together(sample: History) -> None:
    exported = rows(sample.rebuilt, "select * from fct_recommendation where is_exported")
    by_client: dict[str, dict[str, str]] = {}
    for row in exported:
        by_client.setdefault(row["client_ref"], {})[row["recommendation"]] = row["priority"]
    for client_id, scenarios in sample.rebuilt.scenarios.items():
        made = by_client.get(sample.rebuilt.clients[client_id]["client_ref"], {})
        assert set(scenarios) - {"baseline", "recommended"} == set(made), client_id
        first = {key for key, priority in made.items() if priority in ("P1", "P2")}
        assert ("recommended" in scenarios) == bool(first), client_id
        if first:
            told = scenarios["recommended"]["design_matrix"]["recommendation"]
            inside = [change["recommendation"] for change in told["changes"]]
            outside = [left["recommendation"] for left in told["left_out"]]
            assert sorted(inside + outside) == sorted(first), client_id
            assert len(set(inside)) == len(inside) >= 1


def test_held_clients_have_recommendations_but_no_scenario_when_a_gate_holds_them(sample: History) -> None:
    ran = sample.rebuilt
    held = {ran.clients[key]["client_ref"] for key, status in ran.statuses().items() if status != "exported"}
    made = [row for row in rows(ran, "select * from fct_recommendation") if row["client_ref"] in held]
    assert made
    assert {(row["is_exported"], row["delivery_key"]) for row in made} == {(False, None)}
    assert not [name for name in ran.files if name.split("_")[0] in held]
    listed = {row["delivery_key"] for row in rows(ran, "select * from fct_recommendation where is_exported")}
    assert {f"{key}.yaml" for key in listed} <= set(ran.files)


def _match(tiers: list[tuple[Decimal, Decimal, Decimal]], deferral: Decimal) -> Decimal:
    paid = sum((max(min(deferral, high) - low, Decimal(0)) * rate for low, high, rate in tiers), Decimal(0))
    return _places(paid)


def _places(value: Decimal) -> Decimal:
    return value.quantize(Decimal("1e-12"), ROUND_HALF_UP)


def _tiers(document: Any) -> list[tuple[Decimal, Decimal, Decimal]]:
    keys = ("employee_min", "employee_max", "match_rate")
    return [tuple(Decimal(str(tier[key])) for key in keys) for tier in document["dc_plan"]["match_tiers"]]  # type: ignore[misc]


def test_cost_is_recomputed_exactly_when_participation_and_deferral_are_known(sample: History) -> None:
    """By hand: participation x match at the deferral, after less before, at both ends of the range."""
    ran, checked = sample.rebuilt, Counter[str]()
    plans = {row["client_ref"]: row for row in rows(ran, "select * from fct_plan_design")}
    ids = {client["client_ref"]: key for key, client in ran.clients.items()}
    for row in rows(ran, "select * from fct_recommendation where cost_rate_low is not null"):
        plan, scenarios = plans[row["client_ref"]], ran.scenarios.get(ids[row["client_ref"]])
        if scenarios is None or (row["rule"].startswith("match_") and not row["is_exported"]):
            continue  # what the match is, or would be, stands in a scenario only
        today, deferral = plan["current_participation"], plan["average_contribution_rate"]
        if row["rule"] == "eligibility_long" or plan["match_kind"] == "none":
            assert row["cost_rate_low"] == row["cost_rate_high"] == 0
            continue
        before = _tiers(scenarios["baseline"])
        after = _tiers(scenarios[row["recommendation"]]) if row["is_exported"] else before
        for side, lift, stays in (("low", "0.26", "0.80"), ("high", "0.91", "1")):
            joining, joined_at, deferred = Decimal(0), Decimal(0), deferral
            raised = Decimal(4) * Decimal(stays) * Decimal("0.01")
            if row["rule"] == "auto_enrollment_missing":
                joining = min(Decimal(lift), 1 - today)
                # the plan may raise by itself already
                raised = Decimal(0) if plan["is_auto_escalation_on"] else raised
                joined_at = min(Decimal("0.06") + raised, Decimal("0.10") if raised else Decimal(1))
                deferred = deferral + min(raised, max(Decimal("0.10") - deferral, Decimal(0)))
            elif row["rule"] == "escalation_missing":
                cap = Decimal("0.15") if row["recommendation"].endswith("_15") else Decimal("0.10")
                deferred = deferral + min(raised, max(cap - deferral, Decimal(0)))
            elif row["rule"] == "default_rate_low":
                share = Decimal("0.22") if side == "low" else Decimal("0.72")
                deferred = deferral + share * (Decimal("0.03") - plan["default_deferral_rate"])
            cost = _places(today * _match(after, deferred)) + _places(joining * _match(after, joined_at))
            cost -= _places(today * _match(before, deferral))
            assert row[f"cost_rate_{side}"] == cost, (row, side)
        checked[row["rule"]] += 1
    assert set(checked) >= {"auto_enrollment_missing", "default_rate_low", "escalation_missing"}, checked


def test_no_scenario_raises_spend_by_more_than_a_fifth_when_it_goes_out(sample: History) -> None:
    made = rows(sample.rebuilt, "select * from fct_recommendation")
    dearer = [row for row in made if row["not_exported_reason"] == "cost_above_20_percent"]
    assert dearer
    for row in made:
        worst = max(row["cost_rate_low"] or 0, row["cost_rate_high"] or 0)
        if row["is_exported"] and worst > 0:
            assert worst <= Decimal("0.2") * row["employer_rate_today"], row
        if row["not_exported_reason"] == "cost_above_20_percent":
            assert worst > Decimal("0.2") * row["employer_rate_today"], row
        if row["not_exported_reason"]:
            assert row["not_exported_message"], row
        if row["rule"] in ("vesting_slower", "true_up_missing"):
            assert not row["is_exported"], row
