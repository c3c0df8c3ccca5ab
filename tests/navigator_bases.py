"""Base configurations that set every plan-design key of Navigator to something no example wants.

A scenario is right only if the engine's variables come out the same over all of them. Each one loads by
itself in Navigator. None is copied from a real configuration: every value is chosen to be noticed when it
leaks.
"""

from __future__ import annotations

from typing import Any

Base = dict[str, Any]

_CLOCK: Base = {"simulation": {"start_year": 2025, "end_year": 2026}, "compensation": {}}

NOTHING_SAID: Base = _CLOCK

ALL_NULL: Base = _CLOCK | {
    "employer_match": None,
    "employer_core_contribution": None,
    "deferral_auto_escalation": None,
    "dc_plan": None,
    "setup": None,
}

TYPED_BLOCKS: Base = _CLOCK | {
    "enrollment": {
        "auto_enrollment": {
            "enabled": False,
            "scope": "all_eligible",
            "hire_date_cutoff": "1999-01-01",
            "default_deferral_rate": 0.01,
        }
    },
    "deferral_auto_escalation": {
        "enabled": True,
        "increment_amount": 0.05,
        "maximum_rate": 0.5,
        "hire_date_cutoff": "2001-01-01",
    },
    "eligibility": {"waiting_period_days": 77},
    "plan_eligibility": {"minimum_age": 18},
    "setup": {"eligibility_waiting_period_days": 45},
    "employer_match": {
        "active_formula": "own",
        "apply_eligibility": False,
        "employer_match_status": "tenure_graded",
        "formulas": {"own": {"type": "simple", "match_rate": 1, "max_match_percentage": 0.15}},
        "eligibility": {
            "minimum_tenure_years": 5,
            "minimum_hours_annual": 2000,
            "require_active_at_year_end": True,
            "allow_new_hires": False,
            "allow_terminated_new_hires": True,
            "allow_experienced_terminations": False,
        },
        "tenure_match_tiers": [{"min_years": 0, "match_rate": 66, "max_deferral_pct": 3}],
        "points_match_tiers": [{"min_points": 0, "match_rate": 77, "max_deferral_pct": 4}],
        "tenure_graded_bands": [
            {
                "min_years": 0,
                "max_years": None,
                "tiers": [{"employee_min": 0, "employee_max": 0.02, "match_rate": 2}],
            }
        ],
    },
    "employer_core_contribution": {
        "enabled": True,
        "status": "age_banded",
        "contribution_rate": 0.06,
        "age_schedule": [
            {"min_age": 0, "max_age": 33, "contribution_rate": 0.05},
            {"min_age": 33, "max_age": None, "contribution_rate": 0.2},
        ],
        "graded_schedule": [{"service_years_min": 0, "service_years_max": None, "contribution_rate": 0.11}],
        "points_schedule": [{"min_points": 0, "max_points": None, "contribution_rate": 0.12}],
        "integration": {
            "enabled": True,
            "level_mode": "fixed_dollar",
            "level_value": 100000,
            "disparity_rate": 0.04,
        },
        "eligibility": {
            "minimum_tenure_years": 2,
            "minimum_hours_annual": 500,
            "require_active_at_year_end": False,
            "allow_new_hires": False,
            "allow_terminated_new_hires": True,
            "allow_experienced_terminations": False,
        },
    },
}

POINTS_TYPED: Base = _CLOCK | {
    "employer_match": {
        "employer_match_status": "points_based",
        "apply_eligibility": True,
        "points_match_tiers": [
            {"min_points": 0, "max_points": 50, "match_rate": 10, "max_deferral_pct": 9},
            {"min_points": 50, "max_points": None, "match_rate": 190, "max_deferral_pct": 8},
        ],
    },
    "employer_core_contribution": {
        "enabled": True,
        "status": "points_based",
        "contribution_rate": 0.2,
        "points_schedule": [{"min_points": 0, "max_points": None, "contribution_rate": 0.12}],
    },
    "deferral_auto_escalation": {"enabled": False, "increment_amount": 0.07, "maximum_rate": 0.3},
}

LEGACY_TENURE: Base = _CLOCK | {
    "enrollment": {"auto_enrollment": {"enabled": True, "scope": None, "default_deferral_rate": 1}},
    "employer_match": {
        "employer_match_status": "tenure_based",
        "tenure_match_tiers": [{"min_years": 0, "match_rate": 66, "max_deferral_pct": 3}],
    },
    "employer_core_contribution": {"enabled": True, "status": "none", "contribution_rate": 0.03},
    "dc_plan": {
        "match_enabled": False,
        "match_status": "tenure_based",
        "tenure_match_tiers": [{"min_years": 0, "max_years": None, "match_rate": 2, "max_deferral_pct": 0.5}],
        "auto_enroll": False,
        "auto_escalation": False,
        "escalation_hire_date_cutoff": "",
        "core_enabled": False,
        "core_status": "age_banded",
        "core_age_schedule": [{"min_age": 0, "max_age": None, "contribution_rate": 0.3}],
        "core_allow_terminated_new_hires": True,
        "eligibility_months": 24,
    },
}

STUDIO_BLOCK: Base = _CLOCK | {
    "enrollment": {
        "auto_enrollment": {
            "enabled": True,
            "scope": "new_hires_only",
            "hire_date_cutoff": "2015-05-05",
            "default_deferral_rate": 0.09,
        }
    },
    "dc_plan": {
        "match_enabled": True,
        "match_template": "stretch",
        "match_status": "points_based",
        "match_tiers": [{"employee_min": 0.0, "employee_max": 0.12, "match_rate": 0.25}],
        "match_cap_percent": 0.02,
        "match_graded_schedule": [
            {"service_years_min": 0, "service_years_max": None, "match_rate": 0.7, "max_deferral_pct": 0.07}
        ],
        "tenure_match_tiers": [
            {"min_years": 0, "max_years": None, "match_rate": 0.8, "max_deferral_pct": 0.08}
        ],
        "points_match_tiers": [
            {"min_points": 0, "max_points": None, "match_rate": 1.5, "max_deferral_pct": 0.04}
        ],
        "tenure_graded_bands": [
            {
                "min_years": 0,
                "max_years": None,
                "tiers": [{"employee_min": 0, "employee_max": 0.1, "match_rate": 1}],
            }
        ],
        "match_min_tenure_years": 3,
        "match_min_hours_annual": 1700,
        "match_require_year_end_active": True,
        "match_allow_new_hires": False,
        "match_allow_terminated_new_hires": True,
        "match_allow_experienced_terminations": False,
        "auto_enroll": True,
        "auto_enroll_scope": "all_eligible",
        "auto_enroll_hire_date_cutoff": "2009-09-09",
        "default_deferral_percent": 11,
        "auto_escalation": True,
        "escalation_rate_percent": 4,
        "escalation_cap_percent": 18,
        "escalation_hire_date_cutoff": "2012-12-12",
        "eligibility_months": 9,
        "core_enabled": True,
        "core_status": "points_based",
        "core_contribution_rate_percent": 7.5,
        "core_graded_schedule": [
            {"service_years_min": 0, "service_years_max": None, "contribution_rate": 0.08}
        ],
        "core_points_schedule": [{"min_points": 0, "max_points": None, "contribution_rate": 0.09}],
        "core_age_schedule": [{"min_age": 0, "max_age": None, "contribution_rate": 0.1}],
        "core_integration_enabled": True,
        "core_integration_level_mode": "percent_of_ss_wage_base",
        "core_integration_level_value": 90,
        "core_integration_disparity_rate_percent": 5,
        "core_integration_disparity_rate": 0.05,
        "core_min_tenure_years": 4,
        "core_min_hours_annual": 1900,
        "core_require_year_end_active": True,
        "core_allow_new_hires": False,
        "core_allow_terminated_new_hires": False,
        "core_allow_experienced_terminations": True,
    },
}

_GRADED = {
    "match_status": "graded_by_service",
    "core_status": "graded_by_service",
    "core_enabled": True,
    "auto_enroll_scope": "somebody",
    "match_allow_terminated_new_hires": False,
}

STUDIO_OVER_TYPED: Base = TYPED_BLOCKS | {"dc_plan": STUDIO_BLOCK["dc_plan"] | _GRADED}

ADVERSARIAL_BASES: dict[str, Base] = {
    "nothing_said": NOTHING_SAID,
    "all_null": ALL_NULL,
    "typed_blocks": TYPED_BLOCKS,
    "points_typed": POINTS_TYPED,
    "legacy_tenure": LEGACY_TENURE,
    "studio_block": STUDIO_BLOCK,
    "studio_over_typed": STUDIO_OVER_TYPED,
}
