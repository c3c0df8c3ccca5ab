"""The most important tests of the project: what is delivered makes the engine run the source row's plan.

The engine is tests/navigator_engine.py, written from the contract by somebody who did not write the exporter;
the designs are read by a person from the texts (sample_designs.json, matrices.py), taken from the labelled
corpora, or, for the texts of the real files that nobody labelled, from the published marts.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.e2e.command import Ran
from tests.e2e.conftest import KINDS, SHARED_FILES, History
from tests.e2e.designs import sample_designs
from tests.e2e.engine_check import BASES, engine_differences, mapped_differences
from tests.e2e.from_marts import designs_of
from tests.e2e.matrices import AUTO_ENROLLING, designs


def test_engine_runs_the_plans_of_the_sample_when_scenarios_are_laid_over_any_base(sample: History) -> None:
    assert set(sample.first.documents) == set(sample_designs())
    assert len(sample.first.documents) >= 60
    assert engine_differences(sample.first.documents, sample_designs()) == []


def test_mapped_fields_say_what_the_row_says_when_the_sample_is_exported(sample: History) -> None:
    assert mapped_differences(sample.first.documents, sample_designs()) == []


def test_engine_runs_the_plans_when_the_untouched_sample_is_exported(untouched: Ran) -> None:
    assert set(untouched.documents) == set(sample_designs())
    assert engine_differences(untouched.documents, sample_designs()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_engine_runs_the_plan_when_it_comes_from_any_kind_of_source(kinds: dict[str, Ran], kind: str) -> None:
    # v1 and plan documents don't say whom auto-enrolment is for: those clients wait (setting `hold`)
    ran = kinds[kind]
    wanted = designs(without=AUTO_ENROLLING if kind == "v1" else ())
    if kind == "v1":
        wanted = {key: _immediate(plan) for key, plan in wanted.items()}
    assert set(ran.documents) == set(wanted), ran.said()
    assert engine_differences(ran.documents, wanted) == []
    assert mapped_differences(ran.documents, wanted) == []


def _immediate(plan: Any) -> Any:
    """v1 has neither eligibility nor nonelective columns: nobody waits, and there is no core contribution."""
    rule = (0, 0, False) if plan.match else None
    return replace(
        plan, months=0, days=None, match_rule=rule, core_rule=None, core_by_service=(), core_by_age=()
    )


@pytest.mark.shared
@pytest.mark.parametrize("name", SHARED_FILES)
def test_engine_runs_the_plans_of_the_real_files_when_they_are_exported(
    shared_runs: dict[str, Ran], name: str
) -> None:
    ran = shared_runs[name]
    assert ran.documents, ran.said()
    assert engine_differences(ran.documents, designs_of(ran)) == []
    assert mapped_differences(ran.documents, designs_of(ran)) == []


def test_marts_say_what_a_person_reads_when_both_are_known(sample: History) -> None:
    # lets the marts stand in for a hand reading where there is none
    found = designs_of(sample.first)
    unlike = [
        key
        for key, plan in sample_designs().items()
        if engine_differences({key: sample.first.documents[key]}, found)
    ]
    assert unlike == []


def _at(*path: str | int, value: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        if value is _GONE:
            del document[path[-1]]
        else:
            document[path[-1]] = value

    return change


_GONE = object()
WRONG = {
    "match rate": ("DM-1004", _at("dc_plan", "match_tiers", 0, "match_rate", value=0.99)),
    "match cap": ("DM-1004", _at("dc_plan", "match_cap_percent", value=0.05)),
    "no cap": ("DM-1004", _at("dc_plan", "match_cap_percent", value=_GONE)),
    "no tiers": ("DM-1004", _at("dc_plan", "match_tiers", value=[])),
    "band bound": ("DM-1019", _at("dc_plan", "tenure_graded_bands", 1, "min_years", value=6)),
    "match left on": ("DM-1014", _at("dc_plan", "match_enabled", value=_GONE)),
    "core rate": ("DM-1001", _at("dc_plan", "core_contribution_rate_percent", value=0.025)),
    "core left on": ("DM-1004", _at("dc_plan", "core_enabled", value=_GONE)),
    "core bands": ("DM-1020", _at("dc_plan", "core_graded_schedule", 1, "contribution_rate", value=0.061)),
    "core ages": ("DM-1041", _at("dc_plan", "core_age_schedule", 1, "contribution_rate", value=5)),
    "integration": ("DM-1001", _at("dc_plan", "core_integration_enabled", value=_GONE)),
    "scope": ("DM-1001", _at("dc_plan", "auto_enroll_scope", value="everybody")),
    "cutoff": ("DM-1001", _at("dc_plan", "auto_enroll_hire_date_cutoff", value=_GONE)),
    "deferral rate": ("DM-1001", _at("dc_plan", "default_deferral_percent", value=0.03)),
    "enrolment left on": ("DM-1015", _at("dc_plan", "auto_enroll", value=_GONE)),
    "escalation left on": ("DM-1004", _at("dc_plan", "auto_escalation", value=_GONE)),
    "escalation cutoff": ("DM-1001", _at("dc_plan", "escalation_hire_date_cutoff", value=_GONE)),
    "escalation cap": ("DM-1001", _at("dc_plan", "escalation_cap_percent", value=0.1)),
    "waiting period": ("DM-1009", _at("dc_plan", "eligibility_months", value=4)),
    "hours": ("DM-1001", _at("dc_plan", "match_min_hours_annual", value=_GONE)),
    "leavers": ("DM-1004", _at("dc_plan", "match_allow_terminated_new_hires", value=_GONE)),
    "core leavers": ("DM-1001", _at("dc_plan", "core_allow_terminated_new_hires", value=_GONE)),
    "new hires": ("DM-1006", _at("dc_plan", "match_allow_new_hires", value=True)),
    "echo": ("DM-1004", _at("dc_plan", "match_template", value=_GONE)),
}


@pytest.mark.parametrize("name", WRONG)
def test_check_finds_the_difference_when_a_scenario_is_wrong_in_one_key(sample: History, name: str) -> None:
    # a check of the check: each of these would pass unseen if a base or a comparison were missing
    client_id, change = WRONG[name]
    document = copy.deepcopy(sample.first.documents[client_id])
    change(document)
    if name == "echo":
        with pytest.raises(KeyError):
            engine_differences({client_id: document}, sample_designs())
        return
    assert engine_differences({client_id: document}, sample_designs())


def test_echo_label_is_unique_and_safe_when_scenarios_are_delivered(sample: History) -> None:
    labels = [document["dc_plan"]["match_template"] for document in sample.first.documents.values()]
    assert len(set(labels)) == len(labels)
    assert all(set(label) <= set("abcdefghijklmnopqrstuvwxyz0123456789_") for label in labels)
    assert len(BASES) >= 8
    assert Decimal("0.005") * 30 == Decimal("0.15")
