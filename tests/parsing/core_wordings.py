"""Random nonelective designs and their wordings: field `nonelective_formula`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .clauses import label, notes
from .match_named import band_words, random_bounds
from .phrases import Case, Writer, plain

RATES = [
    Decimal(x) / 100
    for x in ["1", "1.5", "2", "2.5", "3", "3", "3", "4", "5", "6", "7", "8", "9.5", "10", "12"]
]


def flat_case(w: Writer) -> Case:
    """One rate for everybody; a bare number comes with its column's unit."""
    rate = w.one(RATES)
    expect = {"kind": "flat", "status": "exact", "rate": rate}
    if w.chance(0.15):
        unit = w.one(["fraction", "percent"])
        return w.case("nonelective_formula", plain(rate if unit == "fraction" else rate * 100), expect, unit)
    text = w.pick(
        "{r} of compensation",
        "{r}",
        "QNEC {r}",
        "{r} QNEC",
        "{r} safe harbor nonelective",
        "{r} nonelective",
        "{r} NEC",
        "NEC {r}",
        "{r} of pay",
        "{r} of eligible compensation",
        "{r} of comp",
        "{r} profit sharing",
        "Nonelective contribution of {r} of eligible pay",
        "{r} non-elective contribution",
        "{r} of salary",
        "Profit sharing {r}",
        "Employer contributes {r} of pay",
        "The Employer contributes {r} of eligible compensation",
        "{r} employer nonelective contribution",
        "ER NEC {r} of comp",
        "~{r} across the board",
        "~{r} base comp PS",
        "3% SHNEC" if rate == Decimal("0.03") else "{r} safe harbor nonelective contribution",
    )
    return w.case("nonelective_formula", label(w) + text.format(r=w.percent(rate)) + notes(w), expect)


def age_bounds(w: Writer) -> list[tuple[int, int | None]]:
    """Two or three bands of age that cover [0, infinity)."""
    first = w.one([30, 35, 40, 45])
    steps = [first] if w.chance(0.4) else [first, first + w.one([5, 10, 15])]
    return [(a, b) for a, b in zip([0, *steps], [*steps, None], strict=True)]


def age_words(w: Writer, low: int, high: int | None, inclusive: bool) -> str:
    """One band of ages: `under 40`, `40-49`, `50+`."""
    if high is None:
        return w.pick(
            f"{low}+",
            f"age {low}+",
            f"{low} and over",
            f"age {low} and older",
            f"age {low} or older",
            f"~{low} & up",
        )
    if low == 0:
        return w.pick(f"under {high}", f"under age {high}", f"~<{high}", f"~below {high}")
    last = high - 1 if inclusive else high
    return w.pick(f"{low}-{last}", f"age {low}-{last}", f"ages {low}-{last}", f"ages {low} to {last}")


def banded_case(w: Writer) -> Case:
    """A rate per band of service years or age."""
    by_age, inclusive = w.chance(0.4), w.chance(0.5)
    bounds = age_bounds(w) if by_age else random_bounds(w)
    rates = sorted(w.rng.sample(sorted(set(RATES)), len(bounds)))
    noun = w.pick(" years", " yrs", " years of service", " YOS", " yrs of service")
    shape = w.pick("{r} {b}", "{r} {b}", "{r} ({b})", "{r} for {b}", "{b}: {r}", "~{b} = {r}", "~{b} - {r}")
    parts = [
        shape.format(
            r=w.percent(r),
            b=age_words(w, a, b, inclusive) if by_age else band_words(w, a, b, inclusive, noun),
        )
        for (a, b), r in zip(bounds, rates, strict=True)
    ]
    glue = w.pick(", ", "; ", ", ", "~ / ")
    bands: list[list[Any]] = [[a, b, r] for (a, b), r in zip(bounds, rates, strict=True)]
    return w.case(
        "nonelective_formula",
        label(w) + glue.join(parts) + notes(w, 0.1),
        {"kind": "age_banded" if by_age else "service_graded", "status": "exact", "bands": bands},
    )


def named_case(w: Writer) -> Case:
    """Kinds without a rate."""
    kind = w.one(["none", "discretionary", "defined_benefit"])
    text = {
        "none": w.pick("None", "No", "N/A", "0%", "none", "n/a", "~No NEC"),
        "discretionary": w.pick(
            "Discretionary",
            "Discretionary profit sharing",
            "discretionary nonelective contribution",
            "Discretionary employer contribution",
            "~PS is discretionary",
        ),
        "defined_benefit": w.pick(
            "Cash Balance DB",
            "Pension",
            "DB Pension",
            "Cash balance plan",
            "Defined benefit plan",
            "Defined benefit pension",
            "~CB plan",
        ),
    }[kind]
    return w.case("nonelective_formula", text, {"kind": kind})


def core_case(w: Writer) -> Case:
    """Any nonelective contribution that a text can settle."""
    return w.one([flat_case, flat_case, banded_case, banded_case, named_case])(w)
