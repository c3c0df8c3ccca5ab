"""The evaluator itself: the facts of the Navigator contract, and seven designs over every adversarial base.

What it finds wrong in a document is only worth something if it is right itself. It was compared with the real
`to_dbt_vars` on random documents when it was written; these tests hold the facts that comparison rests on.
"""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.navigator_engine import (
    ADVERSARIAL_BASES,
    EngineVariables,
    ScenarioRefusedError,
    auto_enrolment,
    core_eligibility,
    core_rate,
    effective_variables,
    escalation,
    match_amount,
    match_eligibility,
    waiting_period,
)

HERE = Path(__file__).parent
DM_BETA = HERE.parent.parent / "shared" / "data" / "navigator" / "dm_beta.yaml"
EXAMPLES = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((HERE / "navigator_examples").glob("*.json"))
}
CLOCK: dict[str, Any] = {"simulation": {"start_year": 2025, "end_year": 2026}, "compensation": {}}
PAY = Decimal(60_000)
DEFERRALS = [Decimal(step) / 200 for step in range(31)]  # 0 to 15 %, by half percents


def engine(**blocks: Any) -> EngineVariables:
    """The variables of a scenario that says only `blocks`, over a base that says nothing."""
    return effective_variables(CLOCK | blocks, CLOCK)


def match_at(variables: EngineVariables, percent: str, years: int = 0) -> Decimal:
    """The match as percent of pay at a deferral given in percent."""
    return match_amount(variables, Decimal(percent) / 100, Decimal(100), years)


def designed_match(bands: list[dict[str, Any]], deferral: Decimal, years: int) -> Decimal:
    """The match in dollars that a design promises: slice by slice of the deferral, nothing else."""
    total = Decimal(0)
    for band in bands:
        if years < band["min_years"] or (band["max_years"] is not None and years >= band["max_years"]):
            continue
        for low, high, rate in ([Decimal(str(figure)) for figure in tier] for tier in band["tiers"]):
            total += max(Decimal(0), min(deferral, high) - low) * rate * PAY
    return total


def designed_core(bands: list[dict[str, Any]], years: int, age: int) -> Decimal:
    rate = Decimal(0)
    for band in bands:
        if {"years": years, "age": age, None: 0}[band["by"]] >= band["from"]:
            rate = Decimal(str(band["rate"]))
    return rate


@pytest.mark.parametrize("base", ADVERSARIAL_BASES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_engine_runs_the_design_when_the_example_is_laid_over_any_base(name: str, base: str) -> None:
    design, document = EXAMPLES[name]["design"], EXAMPLES[name]["document"]
    variables = effective_variables(document, ADVERSARIAL_BASES[base])
    for years in (0, 1, 2, 3, 4, 5, 9, 10, 30):
        for deferral in DEFERRALS:
            expected = designed_match(design["match"], deferral, years)
            assert abs(match_amount(variables, deferral, PAY, years) - expected) < Decimal("0.005"), (
                years,
                deferral,
            )
        for age in (18, 33, 39, 40, 49, 50, 70):
            assert core_rate(variables, years, age) == designed_core(design["core"], years, age), (years, age)
    assert not variables.core_is_integrated
    assert variables.match_template == f"dmx_{variables.scenario_id}"
    assert (waiting_period(variables).plan_days, waiting_period(variables).voluntary_days) == (
        design["plan_eligibility_days"],
        design["voluntary_days"],
    )


@pytest.mark.parametrize("base", ADVERSARIAL_BASES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_enrolment_and_escalation_are_the_designs_when_laid_over_any_base(name: str, base: str) -> None:
    design, document = EXAMPLES[name]["design"], EXAMPLES[name]["document"]
    variables = effective_variables(document, ADVERSARIAL_BASES[base])
    enrolled, rising = auto_enrolment(variables), escalation(variables)
    assert enrolled.is_on == (design["auto_enrolment"] is not None)
    if enrolled.is_on:
        found = {"scope": enrolled.scope, "cutoff_on": enrolled.cutoff_on, "rate": float(enrolled.rate)}
        assert found == design["auto_enrolment"]
    assert rising.is_on == (design["escalation"] is not None)
    if rising.is_on:
        assert {"increment": float(rising.increment), "cap": float(rising.cap)} == design["escalation"]
        assert rising.hired_since is None


@pytest.mark.parametrize("base", ADVERSARIAL_BASES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_money_reaches_whom_the_design_says_when_laid_over_any_base(name: str, base: str) -> None:
    design, document = EXAMPLES[name]["design"], EXAMPLES[name]["document"]
    variables = effective_variables(document, ADVERSARIAL_BASES[base])
    for terms, said in (
        (match_eligibility(variables), design["match_eligibility"]),
        (core_eligibility(variables), design["core_eligibility"]),
    ):
        years, hours, last_day = said.values()
        for is_new in (False, True):
            assert terms.admits(years, hours, is_active=True, is_new_hire=is_new)
            assert terms.admits(years, hours, is_active=False, is_new_hire=is_new) is not last_day
            assert years == 0 or not terms.admits(years - 1, hours, is_active=True, is_new_hire=is_new)
            assert hours == 0 or not terms.admits(years, hours - 1, is_active=True, is_new_hire=is_new)


LEAKS = {
    ("dc_plan", "match_tiers"): "nothing_said",
    ("dc_plan", "match_cap_percent"): "nothing_said",
    ("dc_plan", "match_status"): "studio_block",
    ("dc_plan", "match_enabled"): "legacy_tenure",
    ("dc_plan", "match_min_hours_annual"): "studio_block",
    ("dc_plan", "auto_enroll_scope"): "studio_over_typed",
    ("dc_plan", "escalation_hire_date_cutoff"): "studio_block",
    ("dc_plan", "eligibility_months"): "legacy_tenure",
    ("dc_plan", "core_status"): "legacy_tenure",
    ("dc_plan", "core_integration_enabled"): "studio_block",
    ("dc_plan", "core_contribution_rate_percent"): "studio_block",
}


@pytest.mark.parametrize("path", LEAKS, ids=".".join)
def test_the_bases_leak_into_the_plan_when_a_key_is_left_out(path: tuple[str, str]) -> None:
    """Without this the adversarial bases could have lost their teeth and nobody would see."""
    document = EXAMPLES["simple_match_enrol_everybody"]["document"]
    base = ADVERSARIAL_BASES[LEAKS[path]]
    silent = copy.deepcopy(document)
    del silent[path[0]][path[1]]
    try:
        leaked = effective_variables(silent, base)
    except ScenarioRefusedError:
        return
    assert leaked != effective_variables(document, base)


def test_formulas_do_nothing_when_dc_plan_has_no_tiers() -> None:
    formulas = {"mine": {"type": "simple", "match_rate": 0.5, "max_match_percentage": 0.06}}
    variables = engine(employer_match={"active_formula": "mine", "formulas": formulas})
    assert [match_at(variables, percent) for percent in ("3", "5", "6")] == [3, 4, 4]
    assert variables.match_template == "tiered"


def test_the_cap_is_four_percent_when_match_cap_percent_is_left_out() -> None:
    tiers = [{"employee_min": 0.0, "employee_max": 0.10, "match_rate": 1.0}]
    assert match_at(engine(dc_plan={"match_tiers": tiers}), "10") == 4
    assert match_at(engine(dc_plan={"match_tiers": tiers, "match_cap_percent": 0.10}), "10") == 10


def test_the_default_tiers_come_back_when_the_tiers_are_empty() -> None:
    assert match_at(engine(dc_plan={"match_tiers": [], "match_cap_percent": 0.04}), "5") == 4


def test_no_cap_applies_when_the_match_is_graded_by_tenure() -> None:
    bands = [
        {
            "min_years": 0,
            "max_years": None,
            "tiers": [{"employee_min": 0.0, "employee_max": 0.10, "match_rate": 1.0}],
        }
    ]
    block = {"employer_match_status": "tenure_graded", "tenure_graded_bands": bands}
    assert match_at(engine(employer_match=block), "10") == 10


@pytest.mark.parametrize(("rate", "limit", "expected"), [(50, 6, "3"), (0.5, 0.06, "3"), (2, 0.06, "12")])
def test_dc_plan_tiers_are_scaled_when_their_figures_are_small(
    rate: float, limit: float, expected: str
) -> None:
    row = {"min_points": 0, "max_points": None, "match_rate": rate, "max_deferral_pct": limit}
    variables = engine(dc_plan={"match_status": "points_based", "points_match_tiers": [row]})
    assert match_at(variables, "10") == Decimal(expected)


def test_typed_points_tiers_are_percent_numbers_when_they_look_like_fractions() -> None:
    row = {"min_points": 0, "match_rate": 0.5, "max_deferral_pct": 6}
    variables = engine(employer_match={"employer_match_status": "points_based", "points_match_tiers": [row]})
    assert match_at(variables, "6") == Decimal("0.03")


def test_nobody_is_enrolled_when_the_scope_is_a_word_the_engine_does_not_know() -> None:
    block = {"enabled": True, "scope": "all_eligible", "default_deferral_rate": 0.06}
    assert not auto_enrolment(engine(enrollment={"auto_enrollment": block})).is_on
    assert (
        auto_enrolment(engine(dc_plan={"auto_enroll_scope": "all_eligible"})).scope
        == "all_eligible_employees"
    )


@pytest.mark.parametrize("cutoff", [None, ""])
def test_the_cutoff_is_2020_when_the_scenario_has_none(cutoff: str | None) -> None:
    block = {"scope": "all_eligible_employees", "hire_date_cutoff": cutoff}
    assert auto_enrolment(engine(enrollment={"auto_enrollment": block})).cutoff_on == "2020-01-01"


def test_core_pays_the_flat_rate_when_status_none_stays_enabled() -> None:
    said = {"status": "none", "enabled": True, "contribution_rate": 0.03}
    assert core_rate(engine(employer_core_contribution=said), 0, 40) == Decimal("0.03")
    assert core_rate(engine(employer_core_contribution=said | {"enabled": False}), 0, 40) == 0


def test_core_and_escalation_run_when_nobody_says_anything() -> None:
    assert core_rate(engine(), 0, 40) == Decimal("0.02")
    assert escalation(engine()).is_on
    assert core_eligibility(engine()).minimum_tenure_years == 1


def test_a_key_named_rate_is_percent_when_it_stands_in_a_core_schedule() -> None:
    rows = [{"service_years_min": 0, "rate": 3}, {"service_years_min": 5, "contribution_rate": 0.06}]
    variables = engine(
        employer_core_contribution={"enabled": True, "status": "graded_by_service", "graded_schedule": rows}
    )
    assert [core_rate(variables, years, 40) for years in (0, 4, 5)] == [
        Decimal(f) for f in ("0.03", "0.03", "0.06")
    ]


def test_later_keys_are_lost_when_one_escalation_value_is_bad() -> None:
    block = {
        "enabled": False,
        "increment_amount": "two",
        "maximum_rate": 0.15,
        "hire_date_cutoff": "2022-01-01",
    }
    rising = escalation(engine(deferral_auto_escalation=block))
    assert (rising.is_on, rising.cap, rising.hired_since) == (False, Decimal("0.10"), None)


def test_the_base_cutoff_goes_when_dc_plan_says_an_empty_one() -> None:
    base = CLOCK | {"deferral_auto_escalation": {"enabled": True, "hire_date_cutoff": "2020-01-01"}}
    kept = effective_variables(CLOCK, base)
    gone = effective_variables(CLOCK | {"dc_plan": {"escalation_hire_date_cutoff": ""}}, base)
    assert (escalation(kept).hired_since, escalation(gone).hired_since) == ("2020-01-01", None)


def test_a_thousand_hours_are_needed_when_eligibility_is_not_applied() -> None:
    terms = {"minimum_hours_annual": 0, "allow_terminated_new_hires": True}
    variables = engine(employer_match={"apply_eligibility": False, "eligibility": terms})
    assert not match_eligibility(variables).admits(5, 999, is_active=True, is_new_hire=False)
    applied = engine(employer_match={"apply_eligibility": True, "eligibility": terms})
    assert match_eligibility(applied).admits(0, 0, is_active=True, is_new_hire=True)


def test_new_hires_stay_in_when_only_the_tenure_is_given_over_a_base_that_lets_them_in() -> None:
    base = CLOCK | {"employer_match": {"apply_eligibility": True, "eligibility": {"allow_new_hires": True}}}
    only_tenure = CLOCK | {"employer_match": {"eligibility": {"minimum_tenure_years": 1}}}
    assert match_eligibility(effective_variables(only_tenure, base)).allow_new_hires
    assert not match_eligibility(effective_variables(only_tenure, CLOCK)).allow_new_hires


def test_any_studio_condition_applies_eligibility_when_the_block_says_it_does_not() -> None:
    variables = engine(employer_match={"apply_eligibility": False}, dc_plan={"match_min_tenure_years": 2})
    assert match_eligibility(variables).is_applied
    assert not match_eligibility(variables).allow_new_hires


def test_only_eligibility_months_reach_plan_eligibility_when_days_are_given_too() -> None:
    waits = waiting_period(engine(eligibility={"waiting_period_days": 90}, dc_plan={"eligibility_months": 6}))
    assert (waits.plan_days, waits.voluntary_days) == (180, 90)
    assert waiting_period(engine(eligibility={"waiting_period_days": 90})).plan_days == 0


def test_unknown_keys_are_dropped_when_they_stand_in_a_typed_block() -> None:
    assert engine(employer_match={"enabled": False}).match_enabled
    assert engine(design_matrix={"anything": 1}) == engine()


def test_lists_scalars_and_nulls_replace_when_blocks_are_merged() -> None:
    base = CLOCK | {"dc_plan": {"match_cap_percent": 0.01, "match_tiers": [{"employee_max": 1}] * 3}}
    tiers = [{"employee_min": 0, "employee_max": 0.02, "match_rate": 1}]
    variables = effective_variables(
        CLOCK | {"dc_plan": {"match_cap_percent": None, "match_tiers": tiers}}, base
    )
    assert (len(variables.match_tiers), variables.match_cap) == (1, Decimal("0.04"))


REFUSED: dict[str, dict[str, Any]] = {
    "no compensation": {"compensation": None},
    "rate in percent": {"enrollment": {"auto_enrollment": {"default_deferral_rate": 6}}},
    "rate null": {"enrollment": {"auto_enrollment": {"default_deferral_rate": None}}},
    "date without quotes": {
        "enrollment": {"auto_enrollment": {"hire_date_cutoff": yaml.safe_load("2020-01-01")}}
    },
    "unknown status": {"employer_match": {"employer_match_status": "none"}},
    "bands from one year": {
        "employer_match": {
            "employer_match_status": "tenure_graded",
            "tenure_graded_bands": [
                {"min_years": 1, "tiers": [{"employee_min": 0, "employee_max": 0.05, "match_rate": 1}]}
            ],
        }
    },
    "band without tiers": {"employer_match": {"tenure_graded_bands": [{"min_years": 0, "tiers": []}]}},
    "ages that end": {
        "employer_core_contribution": {
            "status": "age_banded",
            "age_schedule": [{"min_age": 0, "max_age": 99, "contribution_rate": 0.01}],
        }
    },
    "tiers that are text": {"dc_plan": {"match_tiers": "abc"}},
    "null percent beside integration": {
        "dc_plan": {"core_integration_enabled": False, "core_contribution_rate_percent": None}
    },
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_scenario_is_refused_when_navigator_would_not_load_it(case: str) -> None:
    with pytest.raises(ScenarioRefusedError):
        engine(**REFUSED[case])


@pytest.mark.shared
@pytest.mark.skipif(not DM_BETA.exists(), reason="../shared/data/navigator/dm_beta.yaml is not here")
def test_dm_beta_matches_half_up_to_eight_percent_when_laid_over_any_base() -> None:
    """The contract ran it: $1,728,144, which is 50 % up to 8 % exactly, and no core contribution."""
    scenario = yaml.safe_load(DM_BETA.read_text("utf-8"))
    for name in ("nothing_said", "all_null", "points_typed", "typed_blocks"):
        variables = effective_variables(scenario, ADVERSARIAL_BASES[name])
        assert [match_at(variables, percent) for percent in ("4", "8", "12")] == [2, 4, 4], name
        assert core_rate(variables, 3, 40) == 0, name
        assert not escalation(variables).is_on, name
        assert auto_enrolment(variables).is_on, name
        assert auto_enrolment(variables).rate == Decimal("0.06"), name
