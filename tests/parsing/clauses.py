"""What stands around a formula and settles nothing: pay, lead words, trailing notes, plan labels."""

from __future__ import annotations

from .phrases import Writer


def pay(w: Writer) -> str:
    """What the limit is a percentage of, or nothing."""
    return w.pick(
        "",
        "",
        "",
        "",
        " of pay",
        " of eligible pay",
        " of compensation",
        " of eligible compensation",
        " of comp",
        " of salary",
        " of eligible comp",
        " of your pay",
        " EE deferrals",
        " of EE comp",
        " deferred",
        " of pay deferred",
        " of employee deferrals",
        "~ of base wages",
        " of eligible earnings",
        " of annual compensation",
        "~ that you elect to defer",
        " of plan compensation",
    )


def lead(w: Writer) -> str:
    """What may stand in front of a formula."""
    return w.pick(
        "",
        "",
        "",
        "",
        "",
        "Match ",
        "Match: ",
        "Employer match: ",
        "ER match ",
        "ER match: ",
        "Employer matches ",
        "The Employer will match ",
        "The Company matches ",
        "Company match: ",
        "Matching contribution: ",
        "ER matches ",
        "We match ",
        "~Your employer chips in ",
        "The plan matches ",
        "~Regular match = ",
    )


def notes(w: Writer, most: float = 0.25) -> str:
    """A trailing note that settles nothing, mostly none."""
    if not w.chance(most):
        return ""
    return w.pick(
        " effective 1/1/2024",
        ", effective 01/01/2023",
        " (effective 1/1/2024)",
        " per the plan document",
        ", subject to IRC 401(a)(17)",
        " (subject to IRC 401(a)(17))",
        "; per the plan document",
        " - effective 1/1/2022",
        "~ (see SPD)",
        "~; confirmed w/ RK 3/2024",
        "~ as amended",
        " per plan document",
    )


def label(w: Writer) -> str:
    """A plan label in front, mostly none."""
    return w.pick("Plan 002 - ", "Plan 001 - ", "~Plan A: ", "~401(k) plan - ") if w.chance(0.08) else ""
