"""Designs from the published marts: for texts that no person has labelled."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from typing import Any

import duckdb

from tests.e2e.command import Ran
from tests.e2e.designs import Bands, Design, Rule, Steps, with_labels


def designs_of(ran: Ran) -> dict[str, Design]:
    """Every exported client's design by client_id; a labelled text's label wins over the marts."""
    ids = {
        ran.clients[key]["client_ref"]: key for key, status in ran.statuses().items() if status == "exported"
    }
    with duckdb.connect(str(ran.place.marts), read_only=True) as marts:
        marts.execute("set timezone = 'UTC'")
        plans = _rows(marts, "select * from fct_plan_design")
        tiers = _rows(marts, "select * from fct_match_tier order by client_ref, band_number, tier")
        core = _rows(marts, "select * from fct_core_band order by client_ref, band_number")
        raw = {
            (row["client_ref"], row["field"]): row["raw"]
            for row in _rows(marts, "select * from fct_field_status")
        }
    found = {}
    for plan in plans:
        ref = plan["client_ref"]
        if ref in ids:
            known = _design(
                plan,
                [row for row in tiers if row["client_ref"] == ref],
                [r for r in core if r["client_ref"] == ref],
            )
            known = with_labels(known, raw.get((ref, "match_formula")), raw.get((ref, "vesting_schedule")))
            found[ids[ref]] = known if known.match else replace(known, match_rule=None)
    return found


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _design(plan: dict[str, Any], tiers: list[dict[str, Any]], core: list[dict[str, Any]]) -> Design:
    bands: Bands = tuple(
        (
            min_years or 0,
            max_years,
            tuple((t["employee_min"], t["employee_max"], t["match_rate"]) for t in group),
        )
        for (min_years, max_years), group in groupby(tiers, lambda t: (t["min_years"], t["max_years"]))
    )
    by_service: Steps = tuple(
        (c["min_years"], c["max_years"], c["rate"]) for c in core if c["min_years"] is not None
    )
    by_age: Steps = tuple((c["min_age"], c["max_age"], c["rate"]) for c in core if c["min_age"] is not None)
    if plan["core_kind"] in ("flat", "discretionary") and plan["core_rate"]:
        by_service = ((0, None, plan["core_rate"]),)
    is_on, rises = plan["is_auto_enrollment_on"], plan["is_auto_escalation_on"]
    vesting = plan["vesting_schedule_array"]
    return Design(
        match=bands,
        core_by_service=by_service,
        core_by_age=by_age,
        auto_enrolment=(plan["default_deferral_rate"], plan["auto_enrollment_cutoff_on"].year)
        if is_on
        else None,
        escalation=(plan["escalation_increment_rate"], plan["escalation_cap_rate"]) if rises else None,
        months=plan["waiting_period_months"],
        days=plan["waiting_period_days"],
        match_rule=_rule(plan, "match"),
        core_rule=_rule(plan, "core") if by_service or by_age else None,
        vesting=tuple(Fraction(str(step)).limit_denominator(1000) for step in vesting) if vesting else None,
        participation=plan["current_participation"],
        deferral=plan["average_contribution_rate"],
    )


def _rule(plan: dict[str, Any], money: str) -> Rule:
    """What the money type asks, else what the plan asks; whole years only."""
    months, days = plan[f"{money}_waiting_period_months"], plan[f"{money}_waiting_period_days"]
    if months is None and days is None:
        months, days = plan["waiting_period_months"], plan["waiting_period_days"]
    years = months // 12 if months is not None else (days or 0) // 365
    hours = plan[f"{money}_minimum_hours"]
    hours = plan["minimum_hours"] if hours is None else hours
    last_day = plan[f"is_{money}_last_day_rule"]
    last_day = plan["is_last_day_rule"] if last_day is None else last_day
    return years, int(hours or 0), bool(last_day)
