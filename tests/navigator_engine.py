"""What Navigator will do with a scenario, computed from the contract and from nothing else.

`effective_variables(scenario, base)` answers which plan the engine runs once the scenario is laid over any
base configuration; the functions here answer in money and rates. Source: ../shared/contracts/navigator.md,
sections 0, 1 and 6. Independent of exporters/, harness/ and macros/: the tests compare those with this.
Rates are fractions (`Decimal`), years and ages completed whole ones, pay is below the 401(a)(17) limit.
"""

from __future__ import annotations

from decimal import Decimal

from tests.navigator_bases import ADVERSARIAL_BASES
from tests.navigator_merge import ScenarioRefusedError
from tests.navigator_types import (
    ZERO,
    AutoEnrolment,
    Eligibility,
    EngineVariables,
    Escalation,
    Step,
    Tier,
    WaitingPeriod,
)
from tests.navigator_variables import effective_variables

__all__ = [
    "ADVERSARIAL_BASES",
    "AutoEnrolment",
    "Eligibility",
    "EngineVariables",
    "Escalation",
    "ScenarioRefusedError",
    "Tier",
    "WaitingPeriod",
    "auto_enrolment",
    "core_eligibility",
    "core_rate",
    "effective_variables",
    "escalation",
    "match_amount",
    "match_eligibility",
    "waiting_period",
]


def _tiered(tiers: tuple[Tier, ...], deferral: Decimal) -> Decimal:
    return sum(
        (
            min(deferral - tier.employee_min, tier.employee_max - tier.employee_min) * tier.match_rate
            for tier in tiers
            if deferral > tier.employee_min
        ),
        ZERO,
    )


def _step(steps: tuple[Step, ...], at: int) -> Step | None:
    """By the lower bound only: the highest one that is reached."""
    reached = [step for step in steps if at >= step.low]
    return max(reached, key=lambda step: step.low) if reached else None


def match_amount(
    variables: EngineVariables, deferral: Decimal, pay: Decimal, years_of_service: int, age: int = 0
) -> Decimal:
    """The match in dollars, not rounded, of an eligible person who defers the fraction `deferral`."""
    if not variables.match_enabled:
        return ZERO
    if variables.match_status == "tenure_graded":
        band = [
            b
            for b in variables.bands
            if years_of_service >= b.low and (b.high is None or years_of_service < b.high)
        ]
        return sum((_tiered(b.tiers, deferral) for b in band), ZERO) * pay
    if variables.match_status == "graded_by_service":
        usual = Step(0, None, Decimal("0.5"), Decimal("0.06"))
        step = _step(variables.graded_match, years_of_service) or usual
        return step.rate * min(deferral, step.max_deferral) * pay
    if variables.match_status == "points_based":
        step = _step(variables.points_match, years_of_service + age) or Step(0, None, ZERO, Decimal("0.06"))
        return step.rate * min(deferral, step.max_deferral) * pay
    return min(_tiered(variables.match_tiers, deferral), variables.match_cap) * pay


def core_rate(variables: EngineVariables, years_of_service: int, age: int) -> Decimal:
    """The core contribution as a fraction of pay; without a schedule (even `none`) it is the flat rate."""
    if not variables.core_enabled:
        return ZERO
    status, flat = variables.core_status, variables.core_flat_rate
    if status == "age_banded" and variables.core_by_age:
        rows = [s for s in variables.core_by_age if age >= s.low and (s.high is None or age < s.high)]
        return rows[-1].rate if rows else flat
    schedules = {
        "graded_by_service": (variables.core_by_service, years_of_service),
        "points_based": (variables.core_by_points, years_of_service + age),
    }
    steps, at = schedules.get(status, ((), 0))
    step = _step(steps, at)
    return step.rate if step else flat


def auto_enrolment(variables: EngineVariables) -> AutoEnrolment:
    """Whom the engine enrols by itself, and at what rate."""
    return variables.automatic


def escalation(variables: EngineVariables) -> Escalation:
    """How deferral rates rise by themselves."""
    return variables.escalating


def waiting_period(variables: EngineVariables) -> WaitingPeriod:
    """The engine's three waits, in days."""
    return variables.wait


def match_eligibility(variables: EngineVariables) -> Eligibility:
    """Who gets the match."""
    return variables.match


def core_eligibility(variables: EngineVariables) -> Eligibility:
    """Who gets the core contribution."""
    return variables.core
