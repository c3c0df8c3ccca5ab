"""parse(field, cases): what the project's own SQL reads in texts, in the shape of the corpus' `expect`.

The models run as dbt compiles them (compiled.py) over a stub of the staging model (bench.py), one row per
case. Set-based: one call builds every model once for all its cases (once per unit, where cases name one).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any

from .bench import Bench, Row
from .verdicts import CONDITIONS, MONEY

SCALARS = {
    "rate": ("participation_rate", "rate_value"),
    "date": ("plan_effective_on", "date_value"),
    "boolean": ("auto_enrollment_enabled", "boolean_value"),
    "count": ("employee_count", "count_value"),
    "state": ("state", "text_value"),
    "industry": ("industry", "text_value"),
}
MODELS = {
    "match_formula": "int_match_formulas__parsed",
    "nonelective_formula": "int_nonelective_formulas__parsed",
    "vesting_schedule": "int_vesting_schedules__parsed",
    "eligibility": "int_eligibilities__parsed",
    **dict.fromkeys(SCALARS, "int_scalars__parsed"),
}
FIELDS = tuple(MODELS)


@cache
def bench() -> Bench:
    """The one bench of a session."""
    return Bench(tuple(sorted(set(MODELS.values()))))


def tiers_of(tiers: list[Row] | None) -> list[list[Any]]:
    """[[from, to, rate], ...]."""
    return [[tier["employee_min"], tier["employee_max"], tier["match_rate"]] for tier in tiers or []]


def core_of(row: Row) -> Row:
    """A nonelective contribution."""
    return {
        **{key: row[key] for key in ("kind", "status", "reasons", "rate")},
        "bands": [[band["min"], band["max"], band["rate"]] for band in row["bands"] or []],
        "low": row["low_rate"],
        "high": row["high_rate"],
        "conditions": row["conditions"],
        "text": row["formula_text"],
    }


def match_of(row: Row, cores: dict[str, Row]) -> Row:
    """A match, with the nonelective part of its text where there is one."""
    same = ("kind", "status", "reasons", "max_match_percentage", "max_matched_deferral", "annual_dollar_cap")
    got = {
        **{key: row[key] for key in same},
        "tiers": tiers_of(row["tiers"]),
        "bands": [[b["min_years"], b["max_years"], tiers_of(b["tiers"])] for b in row["bands"] or []],
        "discretionary": row["is_discretionary"],
        "conditions": row["conditions"],
    }
    return got if row["core_terms"] is None else {**got, "core": core_of(cores[row["core_terms"]])}


def match_rows(found: Bench) -> dict[str, Row]:
    """Results by raw text."""
    cores = {row["text"]: row for row in found.rows(f"from {MODELS['nonelective_formula']}")}
    return {row["raw"]: match_of(row, cores) for row in found.rows(f"from {MODELS['match_formula']}")}


def core_rows(found: Bench) -> dict[str, Row]:
    """Results by raw text."""
    return {row["text"]: core_of(row) for row in found.rows(f"from {MODELS['nonelective_formula']}")}


def vesting_rows(found: Bench) -> dict[str, Row]:
    """Results by raw text."""
    return {
        row["raw"]: {
            "kind": row["vesting_kind"],
            "status": row["status"],
            "reasons": row["reasons"],
            "array": row["vesting_schedule_array"],
        }
        for row in found.rows(f"from {MODELS['vesting_schedule']}")
    }


def eligibility_rows(found: Bench) -> dict[str, Row]:
    """Results by raw text; conditions of one money type under deferral, match, core."""
    return {
        row["raw"]: {
            **{key: row[key] for key in ("status", "reasons", *CONDITIONS)},
            **{key: row[key] for key in MONEY if row[key] is not None},
        }
        for row in found.rows(f"from {MODELS['eligibility']}")
    }


def scalar_rows(found: Bench, field: str) -> dict[str, Row]:
    """Results by raw text; a rejected value is `rejected`, a blank null."""
    column, value = SCALARS[field]
    return {
        row["raw"]: {
            "value": "rejected" if row["status"] == "rejected" else text_of(row[value]),
            "status": row["status"],
            "reasons": [row["reason"]] if row["reason"] else [],
            "low": row["low_rate"],
            "high": row["high_rate"],
            "approximate": row["is_approximate"],
        }
        for row in found.rows(f"from int_scalars__parsed where field = '{column}'")
    }


def text_of(value: Any) -> Any:
    """Dates as ISO text, everything else as it is."""
    return value.isoformat() if hasattr(value, "isoformat") else value


READERS: dict[str, Callable[[Bench], dict[str, Row]]] = {
    "match_formula": match_rows,
    "nonelective_formula": core_rows,
    "vesting_schedule": vesting_rows,
    "eligibility": eligibility_rows,
}


def parse(field: str, cases: list[tuple[str, str | None]]) -> list[Row]:
    """Results for (text, unit of a bare number or None), in the order of the cases; keys as in the corpus."""
    by_unit: dict[str, list[int]] = defaultdict(list)
    for number, (_, unit) in enumerate(cases):
        by_unit[unit or "auto"].append(number)
    column = SCALARS[field][0] if field in SCALARS else field
    # the core part of a match is read by the nonelective models, which build the match models first
    model = MODELS["nonelective_formula" if field == "match_formula" else field]
    results: list[Row] = [{}] * len(cases)
    for unit, numbers in by_unit.items():
        found = bench()
        found.build(model, column, [cases[number][0] for number in numbers], unit)
        read = READERS[field](found) if field in READERS else scalar_rows(found, field)
        for number in numbers:
            results[number] = read.get(cases[number][0], {})
    return results
