"""Every delivered scenario over every base configuration, against the design of its source row."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.e2e.designs import Design, differences
from tests.navigator_engine import ADVERSARIAL_BASES, effective_variables

PLAIN_BASE: dict[str, Any] = {
    "simulation": {"start_year": 2025, "end_year": 2027, "random_seed": 7, "target_growth_rate": 0.02},
    "compensation": {},
    "enrollment": {"auto_enrollment": {"enabled": True, "default_deferral_rate": 0.02}},
    "employer_match": {"active_formula": "simple_match", "employer_match_status": "deferral_based"},
    "employer_core_contribution": {"enabled": True, "status": "flat", "contribution_rate": 0.01},
    "eligibility": {"waiting_period_days": 30},
}
BASES = ADVERSARIAL_BASES | {"plain": PLAIN_BASE}


def engine_differences(documents: Mapping[str, Any], wanted: Mapping[str, Design]) -> list[str]:
    """'client over base: what' wherever the engine would not do what the plan says."""
    found = []
    for client_id, document in documents.items():
        for name, base in BASES.items():
            variables = effective_variables(document, base)
            found += [
                f"{client_id} over {name}: {what}" for what in differences(variables, wanted[client_id])
            ]
            if variables.match_template != document["dc_plan"]["match_template"]:
                found.append(f"{client_id} over {name}: the echo is {variables.match_template}")
            if variables.scenario_id != document["scenario_id"]:
                found.append(f"{client_id} over {name}: the scenario is {variables.scenario_id}")
    return found


def mapped_differences(documents: Mapping[str, Any], wanted: Mapping[str, Design]) -> list[str]:
    """Where the block that Navigator keeps says something else than the source row."""
    found = []
    for client_id, document in documents.items():
        plan, block = wanted[client_id], document["design_matrix"]
        spec = block["employer_match_spec"]
        bands = spec["bands"] or (
            [{"min_years": 0, "max_years": None, "tiers": spec["tiers"]}] if spec["tiers"] else []
        )
        said = {
            "match": tuple(
                (
                    band["min_years"],
                    band["max_years"],
                    tuple(
                        tuple(
                            Decimal(str(tier[key])) for key in ("employee_min", "employee_max", "match_rate")
                        )
                        for tier in band["tiers"]
                    ),
                )
                for band in bands
            ),
            "default_deferral_rate": _decimal(block["default_deferral_rate"]),
            "current_participation": _decimal(block["current_participation"]),
            "average_contribution_rate": _decimal(block["average_contribution_rate"]),
            "vesting_schedule_array": _fractions(block["vesting_schedule_array"]),
        }
        right = {
            "match": plan.match,
            "default_deferral_rate": plan.auto_enrolment[0] if plan.auto_enrolment else None,
            "current_participation": plan.participation,
            "average_contribution_rate": plan.deferral,
            "vesting_schedule_array": plan.vesting,
        }
        found += [
            f"{client_id} {key}: document {said[key]}, row {right[key]}"
            for key in said
            if said[key] != right[key]
        ]
    return found


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _fractions(values: Any) -> tuple[Fraction, ...] | None:
    """Vested shares; a third is written with ten places."""
    if values is None:
        return None
    return tuple(Fraction(str(value)).limit_denominator(1000) for value in values)
