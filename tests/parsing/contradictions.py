"""Texts that settle nothing, or contradict themselves: each must stay unresolved, whatever its wording."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .clauses import lead
from .match_additions import dollars
from .match_wordings import expected, first_tier, next_tier, random_tiers, tiers_text
from .phrases import Case, Writer, in_words, plain

D = Decimal
UNRESOLVED: dict[str, Any] = {"kind": "unresolved", "status": "unresolved"}


def match_contradiction(w: Writer) -> Case:
    """A match that two readings, or none, would fit."""
    tiers = random_tiers(w, (2,))
    rate, limit = tiers[0][2], tiers[0][1]
    first, text = first_tier(w, tiers[0]), tiers_text(w, tiers)
    gap = (limit + D("0.01"), limit + D("0.03"), rate)
    too_much = expected(tiers)["max_match_percentage"] + D("0.01")
    texts = {
        "overlapping_tiers": f"{first} and {w.percent(tiers[1][2])} of first {w.percent(limit + D('0.02'))}",
        "tier_gap": f"{first}, {w.percent(tiers[1][2])} from {w.percent(gap[0])} to {w.percent(gap[1])}",
        "stated_rate_contradicts_tiers": f"{text} (max match {w.percent(too_much)})",
        "cap_per_period": f"{text}, max {dollars(w, w.one([50, 100, 200]))} "
        + w.pick("per pay period", "per payroll", "each pay period"),
        "no_match_rate": f"{w.percent(limit)} " + w.pick("match", "employer match", "ER match"),
        "no_limit": w.pick("{r} match on all deferrals", "{r} of deferrals", "{r} of EE deferrals").format(
            r=w.percent(rate)
        ),
        "range_without_schedule": f"{plain(limit * 50)}-{plain(limit * 100)}% "
        + w.pick("(service based)", "based on service"),
        "defined_benefit": w.pick("DB Pension", "Defined benefit plan", "Cash balance pension"),
        "shape_not_stated": w.pick(
            "Max match of 4% for up to 5% EE deferrals", "Max match of 3.5% for up to 6% EE deferrals"
        ),
        "words_and_figures_differ": f"{in_words(25)} (50) percent of the first {w.percent(limit)}",
        "": w.pick(
            f"until 2023 {first}, then {first_tier(w, (D(0), limit + D('0.01'), rate))}",
            "Safe harbor match",
            f"{first} or {next_tier(w, tiers[1])}",
            f"{first} or a discretionary amount",
            f"not {first}",
            f"{first} except for union employees",
            f"{first} for union; {text} for non-union",
            f"lesser of {first} or $1,000",
            f"{text} until 12/31/2023",
            f"Basic safe harbor match: {w.percent(limit)} up to 9%",
            f"greater of {first} and 2%",
            f"up to {w.percent(limit)}",
            f"{first}, proposed",
            f"{first} (former formula)",
        ),
    }
    reason = w.one(sorted(texts))
    expect = {**UNRESOLVED, **({"reasons": [reason]} if reason else {})}
    raw = (
        texts[reason]
        if reason in ("defined_benefit", "shape_not_stated")
        else ("" if reason in ("", "no_match_rate", "range_without_schedule") else lead(w)) + texts[reason]
    )
    return w.case("match_formula", raw, expect)


def core_contradiction(w: Writer) -> Case:
    """A nonelective contribution by range, points, dollars or holes."""
    low = w.one([1, 2, 3, 4])
    high = low + w.one([1, 2, 5])
    ranged = w.pick(
        "{a}-{b}% (service based)", "{a}% to {b}% based on service", "{a}-{b}% (job based)", "{a}%-{b}%"
    )
    if w.chance(0.4):
        return w.case(
            "nonelective_formula",
            ranged.format(a=low, b=high),
            {**UNRESOLVED, "low": D(low) / 100, "high": D(high) / 100},
        )
    text = w.pick(
        f"{low}% 0-5 years, {high}% 10+ years",
        f"{low}% 0-6 years, {high}% 5+ years",
        f"{low}% under 40, {high}% 45+",
        f"{low}% of pay plus {low}% of pay above the wage base",
        f"integrated {low}% / {high}%",
        "points based: age plus service",
        "$1,000 per employee",
        f"{low}% or {high}%",
        f"{low}% 5-10 years, {high}% 10+ years",
        f"{low}% for union, {high}% for non-union",
        f"{low}% until 2023, then {high}%",
        f"not {low}%",
    )
    return w.case("nonelective_formula", text, UNRESOLVED)


def vesting_contradiction(w: Writer) -> Case:
    """A vesting text with several schedules, none, or figures that cannot be."""
    reason, text = w.one(
        [
            ("several_schedules", "3-year cliff; 6-year graded varies by hospital"),
            ("several_schedules", "3 year cliff or 5 year graded"),
            ("defined_benefit", "DB rules apply"),
            ("no_period", "Graded"),
            ("no_period", "Cliff"),
            ("no_period", "Other"),
            ("not_monotone", "0/40/20/100"),
            ("never_full", "0/20/40/60"),
            ("never_full", "25% after 1 year, 50% after 2 years"),
            ("words_and_figures_differ", "three (5) year cliff"),
            ("", "3-year cliff 0/20/40/60/80/100"),
            ("", "not 3-year cliff"),
            ("", "5-year graded except executives"),
            ("", "3-5 year cliff"),
            ("", "25% per year over 5 years"),
        ]
    )
    return w.case("vesting_schedule", text, {**UNRESOLVED, **({"reasons": [reason]} if reason else {})})


def eligibility_contradiction(w: Writer) -> Case:
    """Alternative conditions."""
    text = w.pick(
        "1 year or 1000 hours",
        "90 days or 500 hours",
        "Immediate or 1 year",
        "6 months or 1,000 hours",
        "age 21 or 1 year of service",
        "not immediate",
        "1 year except union employees",
        "one (2) year of service",
    )
    return w.case("eligibility", text, {"status": "unresolved"})


def contradiction_case(w: Writer) -> Case:
    """Any of them, half of them in the match."""
    w.used.append("contradiction")
    return w.one(
        [
            match_contradiction,
            match_contradiction,
            match_contradiction,
            core_contradiction,
            core_contradiction,
            vesting_contradiction,
            eligibility_contradiction,
        ]
    )(w)
