"""What a recommendation may change in the engine, written from the contract; independent of the models.

Source: ../shared/contracts/navigator.md section 1 (which key reaches which variable) and benchmarks.md
(which change each rule makes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from tests.e2e.engine_check import BASES
from tests.navigator_engine import EngineVariables, effective_variables, match_amount

IDENTITY = {"scenario_id", "plan_design_id", "match_template"}
"""They name the scenario, so that results can be told apart; the echo check reads the last."""
LEVERS: dict[str, set[str]] = {
    "auto_enrollment_missing": {"automatic", "escalating"},
    "default_rate_low": {"automatic"},
    "escalation_missing": {"escalating"},
    "match_below_peers": {"match_enabled", "match_status", "match_tiers", "match_cap"},
    "match_dollar_for_dollar_low": {"match_tiers"},
    "eligibility_long": {"wait"},
}
"""The engine's variables that each rule may set; nothing else may differ from the baseline."""
PARTS = (
    "gap",
    "change",
    "expected_impact",
    "cost",
    "complexity",
    "timeline",
    "evidence",
)


def changed(before: EngineVariables, after: EngineVariables) -> set[str]:
    """The variables that differ."""
    names = (field.name for field in fields(EngineVariables))
    return {name for name in names if getattr(before, name) != getattr(after, name)}


def lever_differences(scenarios: Mapping[str, Any]) -> list[str]:
    """'scenario over base: what' wherever another lever moves than the recommended, or that one wrongly."""
    found = []
    baseline = scenarios["baseline"]
    for scenario, document in scenarios.items():
        if scenario == "baseline":
            continue
        told = document["design_matrix"]["recommendation"]
        rules = [change["rule"] for change in told["changes"]]
        allowed = set().union(*(LEVERS[rule] for rule in rules))
        for name, base in BASES.items():
            before, after = effective_variables(baseline, base), effective_variables(document, base)
            where = f"{scenario} over {name}"
            moved = changed(before, after)
            if not moved >= IDENTITY:
                found.append(f"{where}: it has the name of the baseline")
            if moved - IDENTITY - allowed:
                found.append(f"{where}: {sorted(moved - IDENTITY - allowed)} moved, too")
            found += [f"{where}: {what}" for rule in rules for what in _not_as_said(rule, before, after)]
            keys = [change["recommendation"].split("_") for change in told["changes"]]
            months = [int(key[1]) for key in keys if key[0] == "eligibility"]
            if any(after.wait.plan_days != 30 * count for count in months):
                found.append(f"{where}: employees wait {after.wait.plan_days} days")
            if after.match_template != document["dc_plan"]["match_template"]:
                found.append(f"{where}: the echo is {after.match_template}")
    return found


def _match(variables: EngineVariables, percent: str) -> Decimal:
    return match_amount(variables, Decimal(percent) / 100, Decimal(100), 5, 40)


def _not_as_said(rule: str, before: EngineVariables, after: EngineVariables) -> list[str]:
    """Why the scenario does not do what its rule says."""
    told = {
        "auto_enrollment_missing": not before.automatic.is_on
        and (after.automatic.is_on, after.automatic.scope, after.automatic.cutoff_on, after.automatic.rate)
        == (True, "all_eligible_employees", "1900-01-01", Decimal("0.06"))
        and after.escalating.is_on,
        "default_rate_low": before.automatic.is_on
        and before.automatic.rate < Decimal("0.03") == after.automatic.rate
        and (before.automatic.scope, before.automatic.cutoff_on)
        == (after.automatic.scope, after.automatic.cutoff_on),
        "escalation_missing": not before.escalating.is_on
        and (after.escalating.is_on, after.escalating.increment, after.escalating.hired_since)
        == (True, Decimal("0.01"), None)
        and Decimal("0.10") <= after.escalating.cap <= Decimal("0.15"),
        "match_below_peers": _match(after, "50") > _match(before, "50"),
        # the same most, reached at twice the deferral
        "match_dollar_for_dollar_low": _match(after, "50") == _match(before, "50") < 4
        and before.match_cap == after.match_cap
        and [tier.employee_max * 2 for tier in before.match_tiers]
        == [tier.employee_max for tier in after.match_tiers]
        and _match(after, "2") == _match(before, "1"),
        "eligibility_long": after.wait.plan_days < before.wait.plan_days
        and after.wait.plan_days <= 180
        and after.wait.voluntary_days <= 180,
    }
    return [] if told[rule] else [f"{rule} is not what the engine would do"]
