"""A plan design as a person reads it from the source, and what the engine must hold for it.

Independent of the parsers, the models and the exporter: designs come from hand readings
(sample_designs.json, matrices.py), from the labelled corpora, or, for texts that nobody labelled,
from the published marts. Rates are fractions of 1, years completed whole ones, bands [low, high).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from tests.e2e.command import PROJECT, SHARED
from tests.navigator_engine import (
    EngineVariables,
    auto_enrolment,
    core_eligibility,
    core_rate,
    escalation,
    match_amount,
    match_eligibility,
    waiting_period,
)

Tiers = tuple[tuple[Decimal, Decimal, Decimal], ...]
Bands = tuple[tuple[int, int | None, Tiers], ...]
Steps = tuple[tuple[int, int | None, Decimal], ...]
Rule = tuple[int, int, bool]
DEFERRALS = [Decimal(half) / 200 for half in range(31)]
YEARS = range(31)
AGES = (18, 21, 29, 30, 35, 39, 40, 44, 45, 49, 50, 54, 55, 60, 65, 75)
PAY = Decimal(100_000)


@dataclass(frozen=True)
class Design:
    """A settled plan. No bands is no match; no core steps, by service or age, is no core contribution."""

    match: Bands
    core_by_service: Steps
    core_by_age: Steps
    auto_enrolment: tuple[Decimal, int] | None
    """Rate and effective year; 1900 is everybody."""
    escalation: tuple[Decimal, Decimal] | None
    """Yearly step and cap."""
    months: int | None
    days: int | None
    match_rule: Rule | None
    """Years of service, hours a year, last-day rule; None where there is no match."""
    core_rule: Rule | None
    vesting: tuple[Fraction, ...] | None
    participation: Decimal | None = None
    deferral: Decimal | None = None

    def match_at(self, deferral: Decimal, years: int) -> Decimal:
        """The match as a fraction of pay."""
        return sum(
            (
                max(Decimal(0), min(deferral, high) - low) * rate
                for first, last, tiers in self.match
                if first <= years and (last is None or years < last)
                for low, high, rate in tiers
            ),
            Decimal(0),
        )

    def core_at(self, years: int, age: int) -> Decimal:
        for steps, at in ((self.core_by_service, years), (self.core_by_age, age)):
            for low, high, rate in steps:
                if low <= at and (high is None or at < high):
                    return rate
        return Decimal(0)


def number(value: Any) -> Decimal:
    return Decimal(str(value))


def tiers_of(rows: Iterable[Any]) -> Tiers:
    return tuple((number(low), number(high), number(rate)) for low, high, rate in rows)


def _bands(match: Any) -> Bands:
    if isinstance(match, dict):
        return tuple((low, high, tiers_of(rows)) for low, high, rows in match["bands"])
    return ((0, None, tiers_of(match)),) if match else ()


def _steps(rows: Iterable[Any]) -> Steps:
    return tuple((low, high, number(rate)) for low, high, rate in rows)


def design(read: Mapping[str, Any]) -> Design:
    """A hand reading (the keys of sample_designs.json) as a design."""
    core = read.get("core") or 0
    spread = core if isinstance(core, dict) else {"service": [[0, None, core]]} if number(core) else {}
    automatic, rising = read.get("auto_enrolment"), read.get("escalation")
    vesting = read.get("vesting")
    return Design(
        match=_bands(read.get("match")),
        core_by_service=_steps(spread.get("service", ())),
        core_by_age=_steps(spread.get("age", ())),
        auto_enrolment=(number(automatic[0]), automatic[1]) if automatic else None,
        escalation=(number(rising[0]), number(rising[1])) if rising else None,
        months=(read.get("wait") or {}).get("months"),
        days=(read.get("wait") or {}).get("days"),
        match_rule=tuple(read["match_rule"]) if read.get("match_rule") else None,
        core_rule=tuple(read["core_rule"]) if read.get("core_rule") else None,
        vesting=tuple(Fraction(step) for step in vesting) if vesting else None,
        participation=None if read.get("participation") is None else number(read["participation"]),
        deferral=None if read.get("deferral") is None else number(read["deferral"]),
    )


@cache
def sample_designs() -> dict[str, Design]:
    """Every row of the sample that goes out, read by a person from the text of the CSV."""
    read = json.loads(Path(__file__).with_name("sample_designs.json").read_text(encoding="utf-8"))
    return {client_id: design(row) for client_id, row in read.items()}


@cache
def labelled(field: str) -> dict[str, Any]:
    """What the labelled corpora expect of a text; texts with two different labels are left out."""
    files = [PROJECT / "tests" / "corpus" / f"{field}.jsonl", SHARED / "corpus" / "normalisation.jsonl"]
    lines = [line for file in files if file.exists() for line in file.read_text(encoding="utf-8").split("\n")]
    found: dict[str, Any] = {}
    for line in filter(None, lines):
        row = json.loads(line)
        if row["field"] == field:
            found.setdefault(row["raw"], []).append(row["expect"])
    return {raw: labels[0] for raw, labels in found.items() if all(label == labels[0] for label in labels)}


def with_labels(known: Design, match_text: str | None, vesting_text: str | None) -> Design:
    """The design with the match and vesting that the corpora give for these texts, where they know them."""
    match = labelled("match_formula").get(match_text or "")
    if match and match.get("kind") in ("none", "simple", "tiered", "service_graded"):
        graded = match["kind"] == "service_graded"
        given = {"bands": match["bands"]} if graded else match.get("tiers")
        if graded or match["kind"] == "none" or given:
            known = replace(known, match=_bands(given))
    vesting = labelled("vesting_schedule").get(vesting_text or "")
    if vesting and vesting.get("array"):
        steps = tuple(Fraction(str(step)).limit_denominator(1000) for step in vesting["array"])
        known = replace(known, vesting=steps)
    return known


@cache
def _match_grid(variables: EngineVariables) -> tuple[Decimal, ...]:
    return tuple(
        match_amount(variables, deferral, PAY, years, 40) for years in YEARS for deferral in DEFERRALS
    )


@cache
def _core_grid(variables: EngineVariables) -> tuple[Decimal, ...]:
    return tuple(core_rate(variables, years, age) for years in YEARS for age in AGES)


def differences(variables: EngineVariables, wanted: Design) -> list[str]:
    """Where the engine would do something else than the plan does; nothing is what is right."""
    found: list[str] = []

    def check(what: str, engine: object, plan: object) -> None:
        if engine != plan:
            found.append(f"{what}: engine {engine}, plan {plan}")

    grid = iter(_match_grid(variables))
    for years in YEARS:
        for deferral in DEFERRALS:
            check(
                f"match of {deferral} after {years} years", next(grid), wanted.match_at(deferral, years) * PAY
            )
    grid = iter(_core_grid(variables))
    for years in YEARS:
        for age in AGES:
            check(f"core after {years} years at {age}", next(grid), wanted.core_at(years, age))
    check("core integrated", variables.core_is_integrated, False)
    check("match on", variables.match_enabled, bool(wanted.match))
    check("core on", variables.core_enabled, bool(wanted.core_by_service or wanted.core_by_age))
    found += _automatic(variables, wanted) + _waits(variables, wanted)
    for money, rule, held in (
        ("match", wanted.match_rule, match_eligibility(variables)),
        ("core", wanted.core_rule, core_eligibility(variables)),
    ):
        if rule:
            years, hours, last_day = rule
            check(f"{money} eligibility applied", held.is_applied, True)
            check(f"{money} minimum years", held.minimum_tenure_years, years)
            check(f"{money} minimum hours", held.minimum_hours_annual, hours)
            check(f"{money} last-day rule", held.require_active_at_year_end, last_day)
            check(f"{money} new hires", held.allow_new_hires, years == 0)
            check(f"{money} new hires who left", held.allow_terminated_new_hires, not last_day)
            check(f"{money} others who left", held.allow_experienced_terminations, not last_day)
    return found


def _automatic(variables: EngineVariables, wanted: Design) -> list[str]:
    found = []
    enrols, rises = auto_enrolment(variables), escalation(variables)
    if wanted.auto_enrolment is None:
        if enrols.is_on:
            found.append("auto-enrolment: engine on, plan off")
    else:
        rate, year = wanted.auto_enrolment
        scope = "all_eligible_employees" if year == 1900 else "new_hires_only"
        plan = (True, scope, f"{year}-01-01", rate)
        engine = (enrols.is_on, enrols.scope, enrols.cutoff_on, enrols.rate)
        if engine != plan:
            found.append(f"auto-enrolment: engine {engine}, plan {plan}")
    if wanted.escalation is None:
        if rises.is_on:
            found.append("escalation: engine on, plan off")
    else:
        step, cap = wanted.escalation
        if (rises.is_on, rises.increment, rises.cap, rises.hired_since) != (True, step, cap, None):
            found.append(f"escalation: engine {rises}, plan {wanted.escalation}")
    return found


def _waits(variables: EngineVariables, wanted: Design) -> list[str]:
    """The engine counts months of 30 days: days go to the nearest, and as they are where it takes days."""
    months = wanted.months if wanted.months is not None else round(((wanted.days or 0) - 0.5) / 30)
    days = wanted.months * 30 if wanted.months is not None else wanted.days or 0
    held = waiting_period(variables)
    engine, plan = (held.plan_days, held.census_days, held.voluntary_days), (30 * months, 30 * months, days)
    return [] if engine == plan else [f"waiting period: engine {engine}, plan {plan}"]
