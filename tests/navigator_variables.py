"""The engine's own variables, from a merged configuration: typed blocks first, then `dc_plan` key by key.

Written from ../shared/contracts/navigator.md section 1. Units are mixed there: percent numbers, fractions,
and tiers that are scaled by their size.
Import the public names from `navigator_engine`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.navigator_merge import Config, ScenarioRefusedError, figure, merged, whole
from tests.navigator_types import (
    HUNDRED,
    ZERO,
    AutoEnrolment,
    Band,
    Eligibility,
    EngineVariables,
    Escalation,
    Step,
    Tier,
    WaitingPeriod,
)


def effective_variables(scenario: Mapping[str, Any], base: Mapping[str, Any]) -> EngineVariables:
    """The plan that runs when `scenario` is laid over `base`; `ScenarioRefusedError` if it would not load."""
    config = merged(scenario, base)
    plan = config.get("dc_plan") or {}
    if not isinstance(plan, Mapping):
        raise ScenarioRefusedError(f"dc_plan: a block is needed, got {plan!r}")
    studio = {key: value for key, value in plan.items() if value is not None}
    if "core_integration_enabled" in plan:
        for key in ("core_contribution_rate_percent", "core_integration_disparity_rate_percent"):
            if key in plan:
                figure(plan[key], f"dc_plan.{key}")
    return replace(
        EngineVariables(
            match=_match_terms(config.get("employer_match"), studio),
            core=_core_terms(
                (config.get("employer_core_contribution") or {}).get("eligibility") or {}, studio
            ),
            automatic=_automatic(config["enrollment"]["auto_enrollment"], studio),
            wait=_wait(config, studio),
        ),
        scenario_id=config.get("scenario_id") or "default",
        plan_design_id=config.get("plan_design_id") or "default",
        escalating=_escalating(config.get("deferral_auto_escalation"), plan),
        **_match(config.get("employer_match") or {}, studio),
        **_core(config.get("employer_core_contribution") or {}, studio),
    )


def _tiers(rows: Any) -> tuple[Tier, ...]:
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ScenarioRefusedError(f"match tiers: a list of blocks is needed, got {rows!r}")
    keys = ("employee_min", "employee_max", "match_rate")
    return tuple(Tier(*(figure(row.get(key, 0), f"tier.{key}") for key in keys)) for row in rows)


def _band_rows(rows: list[Config]) -> tuple[Band, ...]:
    return tuple(
        Band(row.get("min_years", 0), row.get("max_years"), _tiers(row.get("tiers", []))) for row in rows
    )


def _span(row: Config, low: str, high: str) -> tuple[int, int | None]:
    """The bounds of a schedule row, which Studio also spells service_years_min and service_years_max."""
    name = low.removeprefix("min_")
    first = row[f"service_{name}_min"] if f"service_{name}_min" in row else row.get(low, 0)
    return int(first), row.get(f"service_{name}_max", row.get(high))


def _percent_steps(rows: list[Config], low: str, high: str) -> tuple[Step, ...]:
    """Typed tiers: percent numbers, 0.5 means half a percent."""
    return tuple(
        Step(row[low], row[high], row["match_rate"] / HUNDRED, row["max_deferral_pct"] / HUNDRED)
        for row in rows
    )


def _scaled_steps(rows: list[Config], low: str, high: str) -> tuple[Step, ...]:
    """dc_plan tiers: a rate up to 2 and a deferral up to 1 are fractions, larger ones percent numbers."""
    steps = []
    for row in rows:
        rate = figure(row.get("match_rate", row.get("rate", 0)), "match_rate")
        limit = figure(row.get("max_deferral_pct", 6), "max_deferral_pct")
        if row.get("match_rate") is None or rate > 2:
            rate = figure(row.get("rate", rate), "rate") / HUNDRED
        steps.append(Step(*_span(row, low, high), rate, limit if limit <= 1 else limit / HUNDRED))
    return tuple(steps)


def _as_bands(steps: tuple[Step, ...]) -> tuple[Band, ...]:
    return tuple(Band(step.low, step.high, (Tier(ZERO, step.max_deferral, step.rate),)) for step in steps)


def _match(block: Config, studio: Config) -> Config:
    found: Config = {}
    years, points = ("min_years", "max_years"), ("min_points", "max_points")
    tenure_modes = ("tenure_based", "tenure_graded")
    if block:
        found["match_status"] = block["employer_match_status"]
        found["bands"] = _band_rows(block["tenure_graded_bands"])
        found["points_match"] = _percent_steps(block["points_match_tiers"], *points)
        legacy = _percent_steps(block["tenure_match_tiers"], *years)
        if found["match_status"] in tenure_modes and legacy and not found["bands"]:
            found |= {"match_status": "tenure_graded", "bands": _as_bands(legacy)}
    if "match_enabled" in studio:
        found["match_enabled"] = bool(studio["match_enabled"])
    if studio.get("match_template"):
        found["match_template"] = str(studio["match_template"])
    if studio.get("match_tiers"):
        found["match_tiers"] = _tiers(studio["match_tiers"])
    if "match_cap_percent" in studio:
        found["match_cap"] = figure(studio["match_cap_percent"], "dc_plan.match_cap_percent")
    if "match_status" in studio:
        found["match_status"] = str(studio["match_status"])
    if studio.get("match_graded_schedule"):
        found["graded_match"] = _scaled_steps(studio["match_graded_schedule"], *years)
    if studio.get("points_match_tiers"):
        found["points_match"] = _scaled_steps(studio["points_match_tiers"], *points)
    if studio.get("tenure_graded_bands"):
        found["bands"] = _band_rows(studio["tenure_graded_bands"])
    elif studio.get("tenure_match_tiers") and studio.get("match_status") in tenure_modes:
        found["bands"] = _as_bands(_scaled_steps(studio["tenure_match_tiers"], *years))
        found["match_status"] = "tenure_graded"
    return found


def _core_steps(rows: Any, low: str, high: str) -> tuple[Step, ...]:
    """Fractions under `contribution_rate`; a key named `rate` is a percent number."""
    steps = []
    for row in rows if isinstance(rows, list) else []:
        fraction = row.get("contribution_rate")
        rate = figure(row.get("rate", 0), "rate") / HUNDRED if fraction is None else figure(fraction, "rate")
        steps.append(Step(*_span(row, low, high), rate))
    return tuple(steps)


def _core(block: Config, studio: Config) -> Config:
    said = {key: value for key, value in block.items() if value is not None} | {
        key.removeprefix("core_"): value for key, value in studio.items() if key.startswith("core_")
    }
    found: Config = {}
    if "enabled" in said:
        found["core_enabled"] = bool(said["enabled"])
    if "status" in said:
        found["core_status"] = str(said["status"])
    if "contribution_rate_percent" in said:
        percent = figure(said["contribution_rate_percent"], "dc_plan.core_contribution_rate_percent")
        found["core_flat_rate"] = percent / HUNDRED
    elif block.get("contribution_rate") is not None:
        found["core_flat_rate"] = figure(
            block["contribution_rate"], "employer_core_contribution.contribution_rate"
        )
    for name, key, low, high in (
        ("core_by_service", "graded_schedule", "min_years", "max_years"),
        ("core_by_points", "points_schedule", "min_points", "max_points"),
        ("core_by_age", "age_schedule", "min_age", "max_age"),
    ):
        found[name] = _core_steps(studio.get(f"core_{key}") or block.get(key), low, high)
    integration = block.get("integration")
    found["core_is_integrated"] = (
        bool(integration.get("enabled")) if isinstance(integration, Mapping) else False
    )
    if "core_integration_enabled" in studio:
        found["core_is_integrated"] = bool(studio["core_integration_enabled"])
    return found


def _overridden(terms: Config, studio: Config, money: str) -> Config:
    keys = {
        "minimum_tenure_years": "min_tenure_years",
        "minimum_hours_annual": "min_hours_annual",
        "require_active_at_year_end": "require_year_end_active",
        "allow_new_hires": "allow_new_hires",
        "allow_terminated_new_hires": "allow_terminated_new_hires",
        "allow_experienced_terminations": "allow_experienced_terminations",
    }
    said = {key: studio[f"{money}_{short}"] for key, short in keys.items() if f"{money}_{short}" in studio}
    if "minimum_tenure_years" in said and "allow_new_hires" not in said:
        said["allow_new_hires"] = int(said["minimum_tenure_years"]) == 0
    kinds = {key: int if key.startswith("minimum") else bool for key in keys}
    return terms | {key: kinds[key](value) for key, value in said.items()}


def _match_terms(block: Config | None, studio: Config) -> Eligibility:
    terms = {
        "minimum_tenure_years": 0,
        "minimum_hours_annual": 1000,
        "require_active_at_year_end": True,
        "allow_new_hires": True,
        "allow_terminated_new_hires": False,
        "allow_experienced_terminations": False,
    }
    terms = terms if block is None else block["eligibility"]
    changed = _overridden(terms, studio, "match")
    forced = any(key.startswith(("match_min_", "match_require_", "match_allow_")) for key in studio)
    return Eligibility(is_applied=forced or (block is not None and block["apply_eligibility"]), **changed)


def _core_terms(block: Config, studio: Config) -> Eligibility:
    said = _overridden({key: value for key, value in block.items() if value is not None}, studio, "core")
    tenure = int(said.get("minimum_tenure_years", 1))
    return Eligibility(
        is_applied=True,
        minimum_tenure_years=tenure,
        minimum_hours_annual=int(said.get("minimum_hours_annual", 1000)),
        require_active_at_year_end=bool(said.get("require_active_at_year_end", True)),
        allow_new_hires=bool(said.get("allow_new_hires", tenure == 0)),
        allow_terminated_new_hires=bool(said.get("allow_terminated_new_hires", False)),
        allow_experienced_terminations=bool(said.get("allow_experienced_terminations", False)),
    )


def _automatic(block: Config, studio: Config) -> AutoEnrolment:
    scope = block["scope"] if block["scope"] is not None else "all_eligible_employees"
    if "auto_enroll_scope" in studio:
        word = str(studio["auto_enroll_scope"])
        scope = {"all_eligible": "all_eligible_employees"}.get(word, word)
    rate = block["default_deferral_rate"]
    if "default_deferral_percent" in studio:
        rate = figure(studio["default_deferral_percent"], "dc_plan.default_deferral_percent") / HUNDRED
    cutoff = studio.get("auto_enroll_hire_date_cutoff", block["hire_date_cutoff"] or "2020-01-01")
    is_on = bool(studio.get("auto_enroll", block["enabled"]))
    return AutoEnrolment(
        is_on and scope in ("all_eligible_employees", "new_hires_only"), scope, str(cutoff), rate
    )


def _escalating(block: Any, plan: Mapping[str, Any]) -> Escalation:
    """The untyped block first, whose first bad value loses itself and every later key; then dc_plan."""
    found: Config = {"is_on": True, "increment": Decimal("0.01"), "cap": Decimal("0.10"), "hired_since": None}
    given = block if isinstance(block, Mapping) else {}
    try:
        if "enabled" in given:
            found["is_on"] = bool(given["enabled"])
        for key, name in (("increment_amount", "increment"), ("maximum_rate", "cap")):
            if given.get(key) is not None:
                found[name] = figure(given[key], key)
        if given.get("hire_date_cutoff"):
            found["hired_since"] = str(given["hire_date_cutoff"])
    except ScenarioRefusedError:
        pass  # Navigator swallows it, so what was read before stands
    if plan.get("auto_escalation") is not None:
        found["is_on"] = bool(plan["auto_escalation"])
    for key, name in (("escalation_rate_percent", "increment"), ("escalation_cap_percent", "cap")):
        if plan.get(key) is not None:
            found[name] = figure(plan[key], f"dc_plan.{key}") / HUNDRED
    if "escalation_hire_date_cutoff" in plan:
        found["hired_since"] = str(plan["escalation_hire_date_cutoff"] or "").strip() or None
    return Escalation(**found)


def _wait(config: Config, studio: Config) -> WaitingPeriod:
    voluntary = config["eligibility"]["waiting_period_days"] or 0
    if "eligibility_months" in studio:
        days = 30 * int(studio["eligibility_months"])
        return WaitingPeriod(days, days, voluntary)
    census = (config.get("setup") or {}).get("eligibility_waiting_period_days")
    return WaitingPeriod(0, 30 if census is None else whole(census, "setup", None), voluntary)
