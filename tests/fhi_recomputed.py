"""Every number of an FHI document, computed again from the document alone, with decimal arithmetic.

Reads JSON and nothing else: no code and no figure is shared with the SQL that made the document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

TWELVE, SIX = Decimal("1e-12"), Decimal("1e-6")
COMPONENTS = {
    "participation": 30,
    "savings_adequacy": 25,
    "match_capture": 15,
    "automatic_enrollment": 8,
    "default_rate": 4,
    "automatic_escalation": 5,
    "escalation_cap": 3,
    "waiting_period": 5,
    "vesting": 5,
}
CONTRACT = {
    "savings_target": Decimal("0.15"),
    "default_rate_full": Decimal("0.06"),
    "escalation_cap_full": Decimal("0.10"),
    "waiting_months_none": 12,
    "full_vesting_years": 3,
    "known_share_min": Decimal("0.70"),
    "total_weight": 100,
    "coping_from": 40,
    "healthy_from": 80,
}
"""The figures of the contract (targets.md), written a second time."""

Inputs = dict[str, Any]


def exact(content: bytes | str) -> Any:
    """Decode JSON, every number a Decimal."""
    return json.loads(content, parse_float=Decimal, parse_int=Decimal)


def rounded(value: Decimal, places: Decimal = TWELVE) -> Decimal:
    return value.quantize(places, ROUND_HALF_UP)


def tiers_paid(tiers: list[Inputs], deferral: Decimal) -> Decimal:
    return sum(
        (
            max(Decimal(0), min(deferral, tier["employee_max"]) - tier["employee_min"]) * tier["match_rate"]
            for tier in tiers
        ),
        Decimal(0),
    )


def match(given: Inputs) -> Decimal | None:
    deferral, tiers, bands = given["average_deferral_rate"], given["match_tiers"], given["match_bands"]
    if deferral is None or (tiers is None and bands is None):
        return None
    paid = {
        tiers_paid(each, deferral) for each in ([tiers] if bands is None else [b["tiers"] for b in bands])
    }
    return rounded(paid.pop()) if len(paid) == 1 else None


def switched(given: Inputs, switch: str, rate: str, full: str) -> Decimal | None:
    if given[switch] is None:
        return None
    if not given[switch]:
        return Decimal(0)
    return None if given[rate] is None else min(Decimal(1), rounded(given[rate] / given[full]))


def capture(given: Inputs) -> Decimal | None:
    paid, most = given["match_at_average_deferral"], given["max_match_percentage"]
    if most == 0:
        return Decimal(1)
    return None if paid is None or most is None else min(Decimal(1), rounded(paid / most))


def padded(schedule: list[Decimal], years: int) -> list[Decimal]:
    return (schedule + [Decimal(1)] * years)[:years]


def waited(given: Inputs) -> Decimal | None:
    months, days = given["waiting_period_months"], given["waiting_period_days"]
    if months is None:
        return None
    if days is not None and rounded(days * 12 / Decimal(365)) != months:
        return Decimal(-1)
    return max(Decimal(0), 1 - rounded(months / given["waiting_months_none"]))


def band(given: Inputs) -> str | None:
    score = given["plan_health_score"]
    if score is None:
        return None
    if score < given["coping_from"]:
        return "vulnerable"
    return "coping" if score < given["healthy_from"] else "healthy"


def only(name: str) -> Callable[[Inputs], Any]:
    return lambda given: given[name]


def known(function: Callable[..., Any], *names: str) -> Callable[[Inputs], Any]:
    """The function of some inputs; null where one of them is."""

    def computed(given: Inputs) -> Any:
        values = [given[name] for name in names]
        return None if None in values else function(*values)

    return computed


FORMULAS: dict[str, Callable[[Inputs], Any]] = {
    "fhi.eligible_count/1": only("eligible_employees"),
    "fhi.eligible_share/1": known(
        lambda eligible, all_of_them: rounded(eligible / all_of_them), "eligible_employees", "employee_count"
    ),
    "fhi.participating_count/1": known(
        lambda rate, eligible: (rate * eligible).quantize(Decimal(1), ROUND_HALF_UP),
        "participation_rate",
        "eligible_employees",
    ),
    "fhi.participating_share/1": only("participation_rate"),
    "fhi.at_match_maximum_count/1": only("participants_at_match_maximum"),
    "fhi.at_match_maximum_share/1": only("participants_at_match_maximum"),
    "fhi.fully_vested_count/1": only("participants_vested_by_schedule"),
    "fhi.fully_vested_share/1": known(
        lambda schedule, years: Decimal(int(padded(schedule, int(years) + 1)[int(years)] == 1)),
        "vesting_schedule",
        "full_vesting_years",
    ),
    "fhi.match_at_average_deferral/1": match,
    "fhi.total_savings_rate/1": known(
        lambda *parts: sum(parts),
        "average_deferral_rate",
        "match_at_average_deferral",
        "nonelective_rate",
    ),
    "fhi.preparedness_gap/1": known(
        lambda target, rate: max(Decimal(0), target - rate), "savings_target", "total_savings_rate"
    ),
    "fhi.retirement_readiness/1": known(
        lambda rate, target, taking_part: rounded(min(Decimal(1), rate / target) * taking_part),
        "total_savings_rate",
        "savings_target",
        "participation_rate",
    ),
    "fhi.participation/1": only("participation_rate"),
    "fhi.savings_adequacy/1": known(
        lambda rate, target: min(Decimal(1), rounded(rate / target)), "total_savings_rate", "savings_target"
    ),
    "fhi.match_capture/1": capture,
    "fhi.automatic_enrollment/1": known(lambda on: Decimal(int(on)), "is_auto_enrollment_on"),
    "fhi.default_rate/1": lambda given: switched(
        given, "is_auto_enrollment_on", "default_deferral_rate", "default_rate_full"
    ),
    "fhi.automatic_escalation/1": known(lambda on: Decimal(int(on)), "is_auto_escalation_on"),
    "fhi.escalation_cap/1": lambda given: switched(
        given, "is_auto_escalation_on", "escalation_cap_rate", "escalation_cap_full"
    ),
    "fhi.waiting_period/1": waited,
    "fhi.vesting/1": known(
        lambda schedule: rounded(sum(padded(schedule, 7)) / Decimal(7)), "vesting_schedule"
    ),
    "fhi.financial_wellness_continuum/1": band,
    "fhi.modelled_eligible_count/1": only("eligible_employees"),
    "fhi.modelled_participating_count/1": only("participants"),
    "fhi.modelled_participation/1": only("participation_rate_eligible"),
    "fhi.modelled_average_deferral/1": only("avg_deferral_participants"),
    "fhi.modelled_employer_cost/1": known(
        lambda cost, pay: rounded(cost / pay), "employer_total_amount", "compensation_amount"
    ),
    "fhi.modelled_change/1": known(lambda scenario, baseline: scenario - baseline, "scenario", "baseline"),
}


def values(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with a formula, wherever it stands, and its path."""
    if isinstance(node, dict):
        if "formula" in node:
            yield path, node
        for key, inner in node.items():
            yield from values(inner, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from values(inner, f"{path}[{number}]")


def score_problems(score: Any) -> Iterator[str]:
    parts = {part["component"]: part for part in score["components"]}
    if {name: part["weight"] for name, part in parts.items()} != COMPONENTS or list(parts) != list(
        COMPONENTS
    ):
        yield "plan_health_score: components or weights are not the contract's"
    missing = [
        {name: part[name] for name in ("component", "weight", "unknown_reason")}
        for part in parts.values()
        if part["value"] is None
    ]
    if missing != score["missing_weights"]:
        yield f"plan_health_score: {missing} are missing, not {score['missing_weights']}"
    told = [part for part in parts.values() if part["value"] is not None]
    weight = sum((part["weight"] for part in told), Decimal(0))
    if weight != score["inputs"]["known_weight"]:
        yield f"plan_health_score: {weight} is known, not {score['inputs']['known_weight']}"
    expected = None
    if weight / 100 >= score["inputs"]["known_share_min"]:
        expected = rounded(100 * sum(part["weight"] * part["value"] for part in told) / weight, SIX)
    if expected != score["value"]:
        yield f"plan_health_score: {score['value']}, {expected} by its components"


def shared_inputs(document: Any) -> dict[str, Any]:
    """What an input of that name must be: a value of the document itself, or the contract's figure."""
    score = document["plan_health_score"]
    return CONTRACT | {
        "match_at_average_deferral": document["match_at_average_deferral"]["value"],
        "total_savings_rate": document["total_savings_rate"]["value"],
        "plan_health_score": score["value"],
        "participation_rate": document["participant_journey"]["participating"]["share"]["value"],
        "average_deferral_rate": document["match_at_average_deferral"]["inputs"]["average_deferral_rate"],
    }


def change_problems(document: Any) -> Iterator[str]:
    """A change is of the two values that stand in the document."""
    scenarios = {each["scenario"]: each for each in document["modelled"]["scenarios"]}
    baseline = {year["simulation_year"]: year for year in scenarios.get("baseline", {"years": []})["years"]}
    for name, scenario in scenarios.items():
        for year in scenario["years"]:
            for figure, value in year.items():
                if figure == "simulation_year" or value["change"]["value"] is None:
                    continue
                then = baseline[year["simulation_year"]][figure]["value"]
                if value["change"]["inputs"] != {"scenario": value["value"], "baseline": then}:
                    yield f"{name}, {year['simulation_year']}, {figure}: the change is of other values"


def problems(document: Any) -> list[str]:
    """What in a decoded document is not as its own formulas and inputs say; [] for nothing."""
    found = []
    with localcontext() as context:
        context.prec = 60
        shared = shared_inputs(document)
        for path, node in values(document):
            value, given = node["value"], node["inputs"]
            if node["formula"] not in document["formulas"]:
                found.append(f"{path}: {node['formula']} is not told")
            if (value is None) != isinstance(node["unknown_reason"], str):
                found.append(f"{path}: {value} with the reason {node['unknown_reason']}")
            if not path.startswith("modelled"):
                found += [
                    f"{path}: its {name} is {given[name]}, elsewhere {shared[name]}"
                    for name in given.keys() & shared.keys()
                    if given[name] != shared[name]
                ]
            if path != "plan_health_score":
                expected = FORMULAS[node["formula"]](given)
                if expected != value:
                    found.append(f"{path}: {value}, {expected} by {node['formula']} of {given}")
        found += score_problems(document["plan_health_score"])
        found += change_problems(document)
    return found
