"""How Navigator reads a scenario over a base configuration: merge, typed blocks, refusals.

Written from ../shared/contracts/navigator.md section 1, without a line of the code that writes the documents,
so that a mistake made there cannot hide here. Figures become `Decimal`; nothing else is converted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

Config = dict[str, Any]

STATUSES = ("deferral_based", "graded_by_service", "tenure_based", "tenure_graded", "points_based")
_TRUE, _FALSE = {"1", "on", "t", "true", "y", "yes"}, {"0", "off", "f", "false", "n", "no"}


class ScenarioRefusedError(ValueError):
    """Navigator refuses the merged configuration, or would silently lose a value of it."""


def deep_merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> Config:
    """Dicts merge key by key; a scalar, a list or a null replaces whatever the base has."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = deep_merge(below, value) if both else value  # type: ignore[arg-type]
    return merged


def figure(value: Any, where: str, high: str | None = None) -> Decimal:
    """A number as Navigator's lax loader takes it; `high` is the upper bound, the lower one is 0."""
    if value is None or isinstance(value, (Mapping, list)):
        raise ScenarioRefusedError(f"{where}: a number is needed, got {value!r}")
    try:
        number = Decimal(str(int(value)) if isinstance(value, bool) else str(value).strip())
    except InvalidOperation:
        raise ScenarioRefusedError(f"{where}: a number is needed, got {value!r}") from None
    if high is not None and not 0 <= number <= Decimal(high):
        raise ScenarioRefusedError(f"{where}: {value!r} is not between 0 and {high}")
    return number


def whole(value: Any, where: str, low: int | None = 0) -> int:
    """A whole number; 12.0 and "12" pass, 12.5 does not."""
    number = figure(value, where)
    if number != number.to_integral_value() or (low is not None and number < low):
        raise ScenarioRefusedError(f"{where}: a whole number is needed, got {value!r}")
    return int(number)


def yes_no(value: Any, where: str) -> bool:
    """A boolean of a typed block, where "yes" is true and "no" is false (untyped blocks use truthiness)."""
    word = str(value).lower().removesuffix(".0")
    if word not in _TRUE | _FALSE:
        raise ScenarioRefusedError(f"{where}: true or false is needed, got {value!r}")
    return word in _TRUE


def _text(value: Any, where: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ScenarioRefusedError(f"{where}: text is needed, got {value!r} (an unquoted date?)")
    return value


def _block(value: Any, where: str) -> Config:
    if not isinstance(value, Mapping):
        raise ScenarioRefusedError(f"{where}: a block is needed, got {value!r}")
    return dict(value)


def contiguous(rows: Sequence[Mapping[str, Any]], low: str, high: str, where: str) -> None:
    """Rows start at 0 and follow one another without a gap or an overlap; the last may be open."""
    ordered = sorted(rows, key=lambda row: row[low])
    if ordered and ordered[0][low] != 0:
        raise ScenarioRefusedError(f"{where} must start at 0")
    for one, following in pairwise(ordered):
        if one[high] != following[low]:
            raise ScenarioRefusedError(f"{where}: gap or overlap at {following[low]}")


def _range(row: Mapping[str, Any], low: str, high: str, where: str) -> Config:
    first = whole(row.get(low), f"{where}.{low}")
    last = None if row.get(high) is None else whole(row[high], f"{where}.{high}", None)
    if last is not None and last <= first:
        raise ScenarioRefusedError(f"{where}: {high} must be greater than {low}")
    return {low: first, high: last}


def _lookup_rows(rows: Any, low: str, high: str, where: str) -> list[Config]:
    return [
        _range(row, low, high, where)
        | {"match_rate": figure(row.get("match_rate"), where, "200")}
        | {"max_deferral_pct": figure(row.get("max_deferral_pct"), where, "100")}
        for row in _rows(rows, where)
    ]


def _rows(value: Any, where: str) -> list[Config]:
    if not isinstance(value, list):
        raise ScenarioRefusedError(f"{where}: a list is needed, got {value!r}")
    return [_block(row, where) for row in value]


def _bands(rows: Any) -> list[Config]:
    bands = []
    for row in _rows(rows, "employer_match.tenure_graded_bands"):
        tiers = [
            {
                key: figure(tier.get(key), f"tenure-graded tier.{key}", high)
                for key, high in (("employee_min", "1"), ("employee_max", "1"), ("match_rate", "2"))
            }
            for tier in _rows(row.get("tiers", []), "tenure-graded tiers")
        ]
        if not tiers or any(tier["employee_max"] <= tier["employee_min"] for tier in tiers):
            raise ScenarioRefusedError("tenure-graded band: no tier, or employee_max not above employee_min")
        contiguous(tiers, "employee_min", "employee_max", "tenure-graded tiers")
        bands.append(_range(row, "min_years", "max_years", "tenure-graded band") | {"tiers": tiers})
    return bands


def _employer_match(given: Config) -> Config:
    terms = _block(given.get("eligibility", {}), "employer_match.eligibility")
    where = "employer_match.eligibility"
    tenure = terms.get("minimum_tenure_years", 0)
    if isinstance(tenure, str) and terms.get("allow_new_hires") is True:
        raise ScenarioRefusedError(f"{where}.minimum_tenure_years: a number is needed, got {tenure!r}")
    tenure = whole(tenure, f"{where}.minimum_tenure_years")
    known = {
        "minimum_tenure_years": tenure,
        "minimum_hours_annual": whole(
            terms.get("minimum_hours_annual", 1000), f"{where}.minimum_hours_annual"
        ),
    }
    defaults = {
        "require_active_at_year_end": True,
        "allow_new_hires": tenure == 0,
        "allow_terminated_new_hires": False,
        "allow_experienced_terminations": False,
    }
    known |= {key: yes_no(terms.get(key, usual), f"{where}.{key}") for key, usual in defaults.items()}
    status = given.get("employer_match_status", "deferral_based")
    if status not in STATUSES:
        raise ScenarioRefusedError(f"Invalid employer_match_status {status!r}")
    block: Config = {
        "active_formula": _text(given.get("active_formula", "simple_match"), "employer_match.active_formula"),
        "formulas": given.get("formulas"),
        "employer_match_status": status,
        "apply_eligibility": yes_no(
            given.get("apply_eligibility", False), "employer_match.apply_eligibility"
        ),
        "eligibility": known,
        "tenure_graded_bands": _bands(given.get("tenure_graded_bands", [])),
        "tenure_match_tiers": _lookup_rows(
            given.get("tenure_match_tiers", []), "min_years", "max_years", "tenure_match_tiers"
        ),
        "points_match_tiers": _lookup_rows(
            given.get("points_match_tiers", []), "min_points", "max_points", "points_match_tiers"
        ),
    }
    if block["active_formula"] is None or not isinstance(block["formulas"], (Mapping, type(None))):
        raise ScenarioRefusedError("employer_match: active_formula is text, formulas a block")
    needs = {
        "tenure_based": ("tenure_match_tiers", "min_years", "max_years"),
        "tenure_graded": ("tenure_graded_bands", "min_years", "max_years"),
        "points_based": ("points_match_tiers", "min_points", "max_points"),
    }.get(status)
    if needs:
        if not block[needs[0]]:
            raise ScenarioRefusedError(f"employer_match_status {status} needs {needs[0]}")
        contiguous(block[needs[0]], needs[1], needs[2], needs[0])
    return block


def _auto_enrolment(given: Config) -> Config:
    where = "enrollment.auto_enrollment"
    return {
        "enabled": yes_no(given.get("enabled", True), f"{where}.enabled"),
        "scope": _text(given.get("scope"), f"{where}.scope"),
        "hire_date_cutoff": _text(given.get("hire_date_cutoff"), f"{where}.hire_date_cutoff"),
        "default_deferral_rate": figure(
            given.get("default_deferral_rate", "0.06"), f"{where}.default_deferral_rate", "1"
        ),
    }


def typed(config: Mapping[str, Any]) -> Config:
    """The configuration with its typed blocks filled with defaults and freed of keys that they do not know.

    Raises `ScenarioRefusedError` where the loader would. Only the blocks that carry plan design are modelled.
    """
    known = dict(config)
    clock = _block(config.get("simulation"), "simulation")
    _block(config.get("compensation"), "compensation")
    known["simulation"] = {
        key: whole(clock.get(key), f"simulation.{key}", 2000) for key in ("start_year", "end_year")
    }
    enrolment = _block(config.get("enrollment", {}), "enrollment")
    automatic = _block(enrolment.get("auto_enrollment", {}), "enrollment.auto_enrollment")
    known["enrollment"] = {"auto_enrollment": _auto_enrolment(automatic)}
    wait = _block(config.get("eligibility", {}), "eligibility").get("waiting_period_days")
    wait = None if wait is None else whole(wait, "eligibility.waiting_period_days", None)
    known["eligibility"] = {"waiting_period_days": wait}
    if config.get("employer_match") is not None:
        known["employer_match"] = _employer_match(_block(config["employer_match"], "employer_match"))
    _core_ages(config.get("employer_core_contribution"), "status", "age_schedule")
    _core_ages(config.get("dc_plan"), "core_status", "core_age_schedule")
    return known


def _core_ages(block: Any, status: str, schedule: str) -> None:
    if not isinstance(block, Mapping) or block.get(status) != "age_banded" or not block.get(schedule):
        return
    rows = [
        _range(row, "min_age", "max_age", schedule)
        | {"rate": figure(row.get("contribution_rate"), schedule, "Infinity")}
        for row in _rows(block[schedule], schedule)
    ]
    contiguous(rows, "min_age", "max_age", schedule)
    if all(row["max_age"] is not None for row in rows):
        raise ScenarioRefusedError(f"{schedule} must end with an unbounded tier")


def merged(scenario: Mapping[str, Any], base: Mapping[str, Any]) -> Config:
    """What `planalign batch` runs: the base read and filled in, the scenario laid over it, read again."""
    return typed(deep_merge(typed({key.lower(): value for key, value in base.items()}), scenario))
