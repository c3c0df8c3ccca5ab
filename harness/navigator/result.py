"""What a pull brings home, whichever way it came: a result a scenario, with its figures a simulated year.

The database pull (outcomes.py) and the REST pull (api.py) both fill this in; trust.py judges it, landing.py
lands it. Nothing here names a path or a machine: `source` is a file's name or an API's run id.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Status = Literal["completed", "failed", "running"]
"""What Navigator says of the run. `running` is never landed; trust.py says whether `completed` is used."""

Money = Decimal
"""Dollars, rounded to the cent once, after the sum."""


@dataclass(frozen=True)
class YearOutcome:
    """Aggregates over one simulated year; null where the way it came doesn't tell (`unknown` says why)."""

    simulation_year: int
    employees: int | None = None
    """All rows of the year's snapshot: the people who left during the year are among them."""
    active_employees: int | None = None
    eligible_employees: int | None = None
    participants: int | None = None
    """Active and enrolled; may include people who are not eligible yet."""
    participation_rate_active: Decimal | None = None
    """Active and enrolled of all active: Navigator's comparison, and dc-plan with active_only=true."""
    participation_rate_eligible: Decimal | None = None
    """Active, eligible and enrolled of all active and eligible."""
    participation_rate_all: Decimal | None = None
    """Participating of all rows: what /results says (participation_status, not is_enrolled_flag)."""
    avg_deferral_participants: Decimal | None = None
    avg_deferral_all_eligible: Decimal | None = None
    employee_contributions_amount: Money | None = None
    employer_match_amount: Money | None = None
    employer_core_amount: Money | None = None
    employer_total_amount: Money | None = None
    compensation_amount: Money | None = None
    employer_cost_rate: Decimal | None = None
    """A fraction of pay, never a percent number."""
    forfeitures_amount: Money | None = None
    forfeitures_unknown_reason: str | None = None
    """first_year, vesting_unknown or not_reported; null where the amount is known."""


@dataclass(frozen=True)
class ScenarioResult:
    """One run of one scenario, as Navigator left it. `scenario` is its name there: its file's stem."""

    scenario: str
    status: Status
    source: str
    """Name of the database or batch, or `api:<run id>`; for people, never a path."""
    error: str | None = None
    """What Navigator said of a failed run, first lines, without paths."""
    scenario_id: str | None = None
    """The data tag in run_metadata (or of the API's config): our delivery_key."""
    echoes: tuple[str, ...] = ()
    """Every formula_id found; ours and no other, or the result is refused."""
    seed: int | None = None
    navigator_version: str | None = None
    config_fingerprint: str | None = None
    navigator_run_id: str | None = None
    run_at: str | None = None
    """UTC, ISO 8601."""
    runs_in_database: int | None = None
    """Rows of run_metadata; more than one: years of an earlier run may stand among these."""
    start_year: int | None = None
    end_year: int | None = None
    config: dict[str, Any] | None = None
    """The merged configuration (base + scenario) that ran, decoded; null where it is not there."""
    config_hash: str | None = None
    """SHA-256 of its bytes, in hex: the base configuration, as far as it can be told."""
    years: tuple[YearOutcome, ...] = ()
    rows_read: int = 0
    """Rows of the snapshot that were aggregated; 0 over REST."""
    problems: tuple[str, ...] = field(default=())
    """Codes that trust.py turns into a refusal, e.g. no_snapshot, no_run_metadata, unreadable."""
