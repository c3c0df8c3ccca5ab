"""The engine's variables as values: what a plan is made of once every configuration block has been read.

Rates are fractions, years and ages whole ones, ranges [low, high) with an open end as None. Import
the public names from `navigator_engine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

ZERO, HUNDRED = Decimal(0), Decimal(100)


@dataclass(frozen=True)
class Tier:
    """`match_rate` of the deferral between two fractions of pay."""

    employee_min: Decimal
    employee_max: Decimal
    match_rate: Decimal


@dataclass(frozen=True)
class Step:
    """One row of a schedule looked up by years, points or age: [low, high), rate as a fraction."""

    low: int
    high: int | None
    rate: Decimal
    max_deferral: Decimal = ZERO


@dataclass(frozen=True)
class Band:
    """The tiers of the people with [low, high) completed years of service."""

    low: int
    high: int | None
    tiers: tuple[Tier, ...]


@dataclass(frozen=True)
class Eligibility:
    """Who gets the employer's money; `is_applied` false means the simple rule: active and 1,000 hours."""

    is_applied: bool
    minimum_tenure_years: int
    minimum_hours_annual: int
    require_active_at_year_end: bool
    allow_new_hires: bool
    allow_terminated_new_hires: bool
    allow_experienced_terminations: bool

    def admits(self, years: int, hours: int, *, is_active: bool, is_new_hire: bool) -> bool:
        """Whether a person gets it. Leavers need their own permission, with or without a year-end rule."""
        if not self.is_applied:
            return is_active and hours >= 1000
        leaver = self.allow_terminated_new_hires if is_new_hire else self.allow_experienced_terminations
        served = years >= self.minimum_tenure_years or (self.allow_new_hires and is_new_hire)
        return hours >= self.minimum_hours_annual and served and (is_active or leaver)


@dataclass(frozen=True)
class AutoEnrolment:
    """`is_on` is false as well where the scope is no word that the engine knows: nobody is enrolled then."""

    is_on: bool
    scope: str
    cutoff_on: str
    rate: Decimal


@dataclass(frozen=True)
class Escalation:
    """Yearly increment up to a cap; `hired_since` None means everybody enrolled."""

    is_on: bool
    increment: Decimal
    cap: Decimal
    hired_since: str | None


@dataclass(frozen=True)
class WaitingPeriod:
    """Days until plan eligibility, for census rows, and until a voluntary enrolment."""

    plan_days: int
    census_days: int
    voluntary_days: int


@dataclass(frozen=True)
class EngineVariables:
    """The plan as the engine's variables hold it; the defaults are its own, where nobody says anything."""

    match: Eligibility
    core: Eligibility
    automatic: AutoEnrolment
    wait: WaitingPeriod
    scenario_id: str = "default"
    plan_design_id: str = "default"
    match_enabled: bool = True
    match_status: str = "deferral_based"
    match_template: str = "tiered"
    match_tiers: tuple[Tier, ...] = (
        Tier(ZERO, Decimal("0.03"), Decimal(1)),
        Tier(Decimal("0.03"), Decimal("0.05"), Decimal("0.5")),
    )
    match_cap: Decimal = Decimal("0.04")
    bands: tuple[Band, ...] = ()
    graded_match: tuple[Step, ...] = ()
    points_match: tuple[Step, ...] = ()
    core_enabled: bool = True
    core_status: str = "flat"
    core_flat_rate: Decimal = Decimal("0.02")
    core_by_service: tuple[Step, ...] = ()
    core_by_points: tuple[Step, ...] = ()
    core_by_age: tuple[Step, ...] = ()
    core_is_integrated: bool = False
    escalating: Escalation = Escalation(True, Decimal("0.01"), Decimal("0.10"), None)
