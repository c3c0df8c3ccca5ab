"""A tiered match with what recordkeepers add to it: dollar cap, stated maximum, nonelective part,
condition, flag.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .clauses import label, lead, notes
from .match_named import graded_case, named_case
from .match_wordings import expected, random_tiers, tiers_text
from .phrases import Case, Writer, plain

CAPS = [500, 1000, 1500, 2000, 2500, 3000, 5000, 7500, 12000]


def dollars(w: Writer, amount: int) -> str:
    """`$2,000`, `$2000`, `$2,000.00`."""
    return w.pick(f"${amount:,}", f"${amount}", f"${amount:,}.00")


def dollar_cap(w: Writer, expect: dict[str, Any]) -> str:
    """A cap per year; sets `annual_dollar_cap`."""
    amount = w.one(CAPS)
    expect["annual_dollar_cap"] = Decimal(amount)
    money = dollars(w, amount)
    return w.pick(
        f", max {money}",
        f" (max {money})",
        f"; maximum {money} per year",
        f", capped at {money}",
        f", not to exceed {money}",
        f", maximum of {money} annually",
        f", max {money} per year",
        f" up to a maximum of {money} per year",
        f"~; {money} cap",
        f"~, ltd to {money}/yr",
    )


def stated_maximum(w: Writer, expect: dict[str, Any]) -> str:
    """A maximum match that agrees with the tiers, and therefore changes nothing."""
    most = w.percent(expect["max_match_percentage"])
    return w.pick(
        f" ({most} max)",
        f" (max match {most})",
        f", max match {most}",
        f" (maximum match {most})",
        f"~ (effectively {most})",
        f"; max match {most} of pay",
    )


def nonelective(w: Writer, expect: dict[str, Any]) -> str:
    """A part about nonelective money; sets `core`."""
    points = [Decimal(x) / 100 for x in ["1", "1.5", "2", "3", "4", "5"]]
    rate = w.one(points)
    if w.chance(0.25):
        low, high = sorted(w.rng.sample(points, 2))
        expect["core"] = {"kind": "unresolved", "status": "unresolved", "low": low, "high": high}
        a, b = plain(low * 100), plain(high * 100) + "%"
        return w.pick(
            f"; NEC varies {a}-{b}", f"; {a}% to {b} NEC based on service", f"; {a}-{b} NEC based on job"
        )
    expect["core"] = {"kind": "flat", "rate": rate}
    text = w.percent(rate)
    return w.pick(
        f"; {text} NEC",
        f", {text} NEC",
        f"; NEC {text}",
        f"; Profit sharing {text}",
        f"; {text} nonelective",
        f"; {text} non-elective",
        f", {text} profit sharing",
        f" + {text} NEC",
        f"; nonelective contribution of {text}",
        f"; QNEC {text}",
        f"~; {text} core",
        f"~ w/ {text} NE",
    )


def condition(w: Writer) -> str:
    """A condition for the match money; it goes to eligibility and leaves the formula as it is."""
    return w.pick(
        "; must work 1,000 hours",
        " (must work 1000 hours)",
        "; 1000 hours and last day",
        ", must work 1,000 hours",
        "~; must be ee'd on last day of PY",
    )


def tiered_case(w: Writer) -> Case:
    """Tiers for everybody, with at most one addition and a note."""
    tiers = random_tiers(w)
    expect = expected(tiers)
    text = lead(w) + tiers_text(w, tiers)
    form = w.one(
        ["bare"] * 8 + ["match", "cap", "cap", "maximum", "nec", "nec", "condition", "flag", "label"]
    )
    if form == "match":
        text += " match"
    elif form == "cap":
        text += dollar_cap(w, expect)
    elif form == "maximum":
        text += stated_maximum(w, expect)
    elif form == "nec":
        text += nonelective(w, expect)
    elif form == "condition":
        text += condition(w)
    elif form == "flag":
        expect["discretionary"] = True
        text = w.pick(
            "Discretionary, currently ",
            "Discretionary match, currently ",
            "Discretionary; currently ",
            "~Discretionary (presently) ",
        ) + tiers_text(w, tiers)
    elif form == "label":
        text = label(w) + text
    return w.case("match_formula", text + notes(w) + ("." if w.chance(0.1) else ""), expect)


def match_case(w: Writer) -> Case:
    """Any match that a text can settle."""
    return w.one([tiered_case, tiered_case, tiered_case, graded_case, named_case])(w)
