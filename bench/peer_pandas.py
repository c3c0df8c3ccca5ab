"""The peer by hand, as an analyst would write it: `python -m bench.peer_pandas matrix.csv refs.csv OUT`.

pandas reads, a regular expression a common wording understands (bench/peer_words.py), `yaml.safe_dump` writes
one scenario a client, of the plan as it is. It checks nothing, explains nothing and knows no recommendations;
what it does not understand becomes what most plans have. bench/compare.py counts how many of its scenarios
are right. With `--c-yaml` the dump is libyaml's, which few know of.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import Any

import yaml

from bench.peer_words import core, rate, tiers, vesting, wait, yes

pd: Any = importlib.import_module("pandas")
"""Untyped, and only where the bench is installed."""
NO_MATCH = [{"employee_min": 0, "employee_max": 0, "match_rate": 0}]


def percent(fraction: float | None) -> float | None:
    """A share as a percent number."""
    return None if fraction is None else round(fraction * 100, 8)


def money(rule: dict[str, Any], last_day: bool, prefix: str = "", short: bool = False) -> dict[str, Any]:
    """Who gets the employer's money."""
    names = (
        ("min_tenure_years", "min_hours_annual", "require_year_end_active")
        if short
        else ("minimum_tenure_years", "minimum_hours_annual", "require_active_at_year_end")
    )
    return {
        prefix + names[0]: rule["years"],
        prefix + names[1]: rule["hours"],
        prefix + names[2]: last_day,
        prefix + "allow_new_hires": rule["years"] == 0,
        prefix + "allow_terminated_new_hires": not last_day,
        prefix + "allow_experienced_terminations": not last_day,
    }


def scenario(row: Any) -> dict[str, Any]:
    """The whole document of a client; for words not known what most plans have."""
    match = tiers(row["match_formula"]) or []
    rule = wait(row["eligibility"]) or wait("immediate") or {}
    paid = core(row["nonelective_formula"]) or 0
    enrols, escalates = bool(yes(row["auto_enrollment_enabled"])), bool(yes(row["auto_escalation_enabled"]))
    day = pd.to_datetime(row["last_updated"], errors="coerce")
    start, year = rate(row["auto_enrollment_rate"]), row["auto_enrollment_effective_year"]
    step, cap = rate(row["auto_escalation_rate"]), rate(row["auto_escalation_cap"])
    stem = f"{row['ref']}_baseline"
    slug, shown = f"dmx_{stem}", match or NO_MATCH
    most = round(sum((t["employee_max"] - t["employee_min"]) * t["match_rate"] for t in match), 10)
    matched_last, core_last = (
        bool(yes(row["match_last_day_work_rule"])),
        bool(yes(row["nonelective_last_day_work_rule"])),
    )
    scope = "all_eligible_employees" if year == "1900" else "new_hires_only"
    auto: dict[str, Any] = {"enabled": False}
    rising: dict[str, Any] = {"enabled": False}
    plan: dict[str, Any] = {
        "match_enabled": bool(match),
        "match_template": slug,
        "match_status": "deferral_based",
        "match_tiers": shown,
        "match_cap_percent": most,
        "tenure_graded_bands": [],
        "match_graded_schedule": [],
        "tenure_match_tiers": [],
        "points_match_tiers": [],
        **money(rule, matched_last, "match_", True),
        "auto_enroll": enrols,
        "auto_escalation": escalates,
        "eligibility_months": rule["months"],
        "core_enabled": paid > 0,
        "core_status": "flat" if paid else "none",
        "core_contribution_rate_percent": percent(paid),
        "core_graded_schedule": [],
        "core_points_schedule": [],
        "core_age_schedule": [],
        "core_integration_enabled": False,
        "core_integration_level_mode": "ss_wage_base",
        "core_integration_level_value": None,
        "core_integration_disparity_rate": 0,
        "core_integration_disparity_rate_percent": 0,
        **money(rule, core_last, "core_", True),
    }
    if enrols:
        since = f"{year}-01-01"
        auto = {"enabled": True, "scope": scope, "hire_date_cutoff": since, "default_deferral_rate": start}
        plan |= {
            "auto_enroll_scope": scope.removesuffix("_employees"),
            "auto_enroll_hire_date_cutoff": since,
            "default_deferral_percent": percent(start),
        }
    if escalates:
        rising = {"enabled": True, "increment_amount": step, "maximum_rate": cap, "hire_date_cutoff": None}
        plan |= {
            "escalation_rate_percent": percent(step),
            "escalation_cap_percent": percent(cap),
            "escalation_hire_date_cutoff": "",
        }
    label = {
        "name": slug,
        "type": "simple" if len(shown) == 1 else "tiered",
        "match_rate": shown[0]["match_rate"],
        "tiers": shown,
        "max_match_percentage": shown[0]["employee_max"] if len(shown) == 1 else most,
    }
    return {
        "scenario_id": stem,
        "plan_design_id": stem,
        "compensation": {},
        "simulation": {"start_year": 2026, "end_year": 2028, "random_seed": 42, "target_growth_rate": 0.03},
        "enrollment": {"auto_enrollment": auto},
        "deferral_auto_escalation": rising,
        "employer_match": {
            "active_formula": slug,
            "formulas": {slug: label},
            "employer_match_status": "deferral_based",
            "tenure_graded_bands": [],
            "tenure_match_tiers": [],
            "points_match_tiers": [],
            "apply_eligibility": True,
            "eligibility": money(rule, matched_last),
        },
        "employer_core_contribution": {
            "enabled": paid > 0,
            "status": "flat" if paid else "none",
            "contribution_rate": paid,
            "graded_schedule": [],
            "points_schedule": [],
            "age_schedule": [],
            "integration": {
                "enabled": False,
                "level_mode": "ss_wage_base",
                "level_value": None,
                "disparity_rate": 0,
            },
            "eligibility": money(rule, core_last),
        },
        "eligibility": {"waiting_period_days": rule["days"]},
        "plan_eligibility": {"minimum_age": rule["age"]},
        "dc_plan": plan,
        "design_matrix": {
            "schema_version": "navigator-scenario/1.0",
            "client_ref": row["ref"],
            "data_as_of": None if pd.isna(day) else str(day.date()),
            "formula_text": row["match_formula"],
            "vesting_text": row["vesting_schedule"],
            "vesting_schedule_array": vesting(row["vesting_schedule"]),
            "eligibility_text": row["eligibility"],
            "current_participation": rate(row["participation_rate"]),
            "average_contribution_rate": rate(row["avg_deferral_rate"]),
            "core_text": row["nonelective_formula"],
        },
    }


def main() -> None:
    """Read, understand, write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("source", type=Path)
    arguments.add_argument("refs", type=Path, help="client_id,ref: the references that planwise gave")
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--c-yaml", action="store_true")
    asked = arguments.parse_args()
    frame = pd.read_csv(asked.source, dtype=str, keep_default_na=False)
    refs = pd.read_csv(asked.refs, dtype=str).drop_duplicates("client_id").set_index("client_id")["ref"]
    frame = frame.drop_duplicates("client_id", keep=False)
    frame["ref"] = frame["client_id"].map(refs).fillna("")
    frame = frame[frame["ref"] != ""]
    dumper: Any = yaml.CSafeDumper if asked.c_yaml else yaml.SafeDumper
    # PyYAML writes a list that stands twice as an alias
    dumper.ignore_aliases = lambda self, data: True
    asked.out.mkdir(parents=True, exist_ok=True)
    documents = frame.apply(scenario, axis=1)
    for document in documents:
        text = yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True)
        (asked.out / f"{document['scenario_id']}.yaml").write_text(text, encoding="utf-8")
    print(f"{len(documents)} scenarios")


if __name__ == "__main__":
    main()
