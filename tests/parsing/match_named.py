"""Matches graded by years of service, matches told by a name, and matches without tiers: field
`match_formula`.
"""

from __future__ import annotations

from decimal import Decimal

from .clauses import label, notes
from .match_wordings import Tier, expected, maxima, random_tiers, tiers_text
from .phrases import Case, Writer

D = Decimal
BASIC: list[Tier] = [(D(0), D("0.03"), D(1)), (D("0.03"), D("0.05"), D("0.5"))]
QACA: list[Tier] = [(D(0), D("0.01"), D(1)), (D("0.01"), D("0.06"), D("0.5"))]


def band_words(w: Writer, low: int, high: int | None, inclusive: bool, noun: str) -> str:
    """Years of service of one band; `inclusive` writes [0, 5) as 0-4."""
    if high is None:
        return w.pick(
            f"{low}+{noun}",
            f"{low} or more{noun}",
            f"{low}{noun} or more",
            f"{low}{noun} and over",
            f"~{low}{noun} and up",
            f"~at least {low}{noun}",
            f"~>={low}{noun}",
        )
    last = high - 1 if inclusive else high
    if low == 0 and w.chance(0.3):
        return w.pick(
            f"under {high}{noun}", f"less than {high}{noun}", f"~<{high}{noun}", f"~first {high}{noun}"
        )
    return w.pick(
        f"{low}-{last}{noun}", f"{low}-{last}{noun}", f"{low} to {last}{noun}", f"~{low} thru {last}{noun}"
    )


def random_bounds(w: Writer) -> list[tuple[int, int | None]]:
    """Two to four bands of service years that cover [0, infinity)."""
    bounds, low = [], 0
    for _ in range(w.one([1, 1, 2, 3])):
        high = low + w.one([2, 3, 5, 5, 10])
        bounds.append((low, high))
        low = high
    return [*bounds, (low, None)]


def graded_case(w: Writer) -> Case:
    """A match graded by years of service."""
    noun = w.pick(" yrs", " years", " years of service", " YOS", " yrs of service", "~ yrs svc")
    bounds, inclusive = random_bounds(w), w.chance(0.4)
    formulas: list[list[Tier]] = []
    while len(formulas) < len(bounds):
        tiers = random_tiers(w, (1, 1, 1, 2))
        if not formulas or tiers != formulas[-1]:
            formulas.append(tiers)
    shape = w.pick(
        "{f} ({b})", "{f} ({b})", "{b}: {f}", "{f} for {b}", "~{f} if {b}", "~{b} = {f}", "~{f} {b}"
    )
    parts = [
        shape.format(f=tiers_text(w, f, nested=True), b=band_words(w, a, b, inclusive, noun))
        for (a, b), f in zip(bounds, formulas, strict=True)
    ]
    glue = w.pick("; ", "; ", "; and ", ", " if all(len(f) == 1 for f in formulas) else "; ")
    text = label(w) + glue.join(parts) + notes(w, 0.1)
    tops = [maxima(f) for f in formulas]
    bands = [[a, b, [list(t) for t in f]] for (a, b), f in zip(bounds, formulas, strict=True)]
    return w.case(
        "match_formula",
        text,
        {
            "kind": "service_graded",
            "status": "exact",
            "tiers": [],
            "bands": bands,
            "annual_dollar_cap": None,
            "max_match_percentage": max(t[0] for t in tops),
            "max_matched_deferral": max(t[1] for t in tops),
            "discretionary": False,
        },
    )


def named_case(w: Writer) -> Case:
    """Designs that a name or `max match of X for up to Y` settles, and those without tiers."""
    form = w.one(["none", "discretionary", "basic", "qaca", "max"])
    if form == "none":
        text = w.pick(
            "None",
            "No",
            "N/A",
            "No match",
            "No employer match",
            "0%",
            "none",
            "n/a",
            "~not offered",
            "~No ER match",
        )
        return w.case(
            "match_formula",
            text,
            {
                "kind": "none",
                "status": "exact",
                "tiers": [],
                "discretionary": False,
                "max_match_percentage": D(0),
                "max_matched_deferral": D(0),
            },
        )
    if form == "discretionary":
        text = w.pick(
            "Discretionary Match",
            "Discretionary",
            "discretionary employer match",
            "~Match is discretionary",
            "Discretionary matching contribution",
            "Discretionary ER match",
        )
        return w.case(
            "match_formula",
            text + notes(w, 0.1),
            {"kind": "discretionary", "tiers": [], "discretionary": True},
        )
    if form in ("basic", "qaca"):
        name = (
            w.pick(
                "Basic safe harbor match",
                "basic safe harbor matching contribution",
                "Basic Safe Harbour Match",
                "~SH basic match",
            )
            if form == "basic"
            else w.pick(
                "QACA safe harbor match", "QACA safe harbour match", "QACA match", "~QACA basic match"
            )
        )
        return w.case(
            "match_formula",
            label(w) + name + notes(w, 0.15),
            expected(BASIC if form == "basic" else QACA, status="derived"),
        )
    limit = w.one([D(x) / 100 for x in (4, 5, 6, 8, 10)])
    rate = w.one([D("0.25"), D("0.5"), D("0.6"), D("0.75"), D("0.4")])
    most = limit * rate
    if (most, limit) in ((D("0.04"), D("0.05")), (D("0.035"), D("0.06"))):
        rate, most = D("0.5"), limit / 2
    text = w.pick(
        "Max match of {x} for up to {y} EE deferrals",
        "Maximum match of {x} for up to {y} EE deferrals",
        "Max match of {x} for up to {y}",
        "~Max match of {x} on {y} of pay",
        "max match of {x} for up to {y} deferrals",
    )
    return w.case(
        "match_formula",
        text.format(x=w.percent(most), y=w.percent(limit)) + notes(w, 0.1),
        expected([(D(0), limit, rate)], status="derived"),
    )
