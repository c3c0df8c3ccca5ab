"""Hostile texts, and what may come out of them: figures that the text holds, all of them, or nothing.

A text without a figure, a number word or a word that names a design must not resolve. A text shuffled from
the words of
formulas may resolve, but then every percentage in it shows up in the result, and every figure of the result
in the text.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from itertools import combinations
from typing import Any

from .phrases import UNITS

NAMING = [
    "none",
    "no",
    "na",
    "n",
    "a",
    "nil",
    "zero",
    "false",
    "true",
    "yes",
    "y",
    "t",
    "f",
    "x",
    "immediate",
    "immediately",
    "vest",
    "discretionary",
    "pension",
    "cash",
    "balance",
    "defined",
    "db",
    "safe",
    "harbor",
    "harbour",
    "qaca",
    "basic",
    "graded",
    "cliff",
    "full",
    "pt",
    "ft",
    "time",
    "first",
    "last",
    "day",
    "quarter",
    "annual",
    "month",
    "other",
    "health",
    "hospital",
    "education",
    "university",
    "higher",
    "manufactur",
    "government",
    "profit",
    "naics",
    "union",
    "salar",
    "hour",
    "dollar",
    "half",
    "each",
    "all",
    "every",
    "entry",
]
NUMBER_WORDS = [
    *UNITS[1:13],
    "teen",
    "twent",
    "thirt",
    "fort",
    "fift",
    "sixt",
    "sevent",
    "ninet",
    "hundred",
]
SALAD = (
    "100%",
    "50%",
    "25%",
    "3%",
    "4%",
    "5%",
    "6%",
    "2%",
    "$2,000",
    "1:1",
    "up to",
    "of first",
    "of the next",
    "then",
    "and",
    "from",
    "to",
    "on the first",
    "max",
    "or",
    "match",
    "NEC",
    "of pay",
    ",",
    ";",
    "+",
    "(",
    ")",
    "-",
    "0-5 yrs",
    "5+ yrs",
    "discretionary",
    "not",
    "per",
    "year",
    "under",
    "next",
    "dollar for dollar",
    "50 cents on the dollar",
    "EE",
    "ER",
    "%",
)
HANDMADE = (
    "'; drop table stg_plan_designs; --",
    "{{ this }}",
    "{% raw %}",
    "\x00",
    "100%\x00 up to 3%",
    "%" * 500,
    "(" * 400,
    "1" * 400 + "%",
    "1e400%",
    "1e5%",
    "NaN%",
    "inf%",
    "-0%",
    "0x10%",
    "1/0%",
    "3 1/0%",
    "½½%",
    "\u202e%3 ot pu %001",
    "100% up to 3%, " * 60,
    "a" * 20_000,
    "[]",
    "{}",
    "null",
    "$$",
    "\\",
    "%s %d",
    "٣%",
    "𝟓𝟎% up to 𝟔%",
    "１００％",
    "<script>",
    "=1+1",
    "100% up to",
    "up to 3%",
    "first",
    "next 2%",
    "9" * 30 + " years",
    "100% up to 3% up to 4% up to 5%",
)
PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def folded(text: str) -> str:
    """Compatibility-normalised lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def names_nothing(text: str) -> bool:
    """True when no figure, number word or naming word is in the text, even across blanks and inside words."""
    letters = "".join(c for c in folded(text) if c.isalpha())
    words = re.findall(r"[a-z]+", folded(text))
    if any(unicodedata.category(c)[0] == "N" for c in folded(text)) or len(letters) == 2:  # a state code
        return False
    return not any(w in letters for w in (*NUMBER_WORDS, *(n for n in NAMING if len(n) > 3))) and not set(
        words
    ) & set(NAMING)


def percents(text: str) -> set[Decimal]:
    """All percentages written in figures, as fractions."""
    return {Decimal(p) / 100 for p in PERCENT.findall(folded(text))}


def figures_of(got: dict[str, Any]) -> set[Decimal]:
    """All fractions that a match result shows: rates, ends, widths, maxima, and those of its core part."""
    tiers = [*(got.get("tiers") or [])] + [t for b in got.get("bands") or [] for t in b[2]]
    shown = {Decimal(str(v)) for a, b, r in tiers for v in (a, b, r, Decimal(str(b)) - Decimal(str(a)))}
    core = got.get("core") or {}
    singles = [
        got.get("max_match_percentage"),
        got.get("max_matched_deferral"),
        *(core.get(k) for k in ("rate", "low", "high")),
    ]
    singles += [band[2] for band in core.get("bands") or []]
    if core.get("kind") == "unresolved":  # a held core shows its figures as it was written
        singles += list(percents(core.get("text") or ""))
    return {x.normalize() for x in shown | {Decimal(str(v)) for v in singles if v is not None}}


def unexplained(text: str, got: dict[str, Any]) -> list[str]:
    """What a resolved match keeps silent about or makes up: [] when text and result hold the same figures."""
    shown, written = figures_of(got), percents(text)
    lost = [f"{p} is in the text, not in the result" for p in sorted(written) if p.normalize() not in shown]
    lowered = folded(text)
    rates = (
        written
        | ({Decimal(1)} if "dollar for dollar" in lowered or "1:1" in lowered else set())
        | ({Decimal("0.5")} if "50 cents" in lowered else set())
    )
    sums = {sum(c, Decimal(0)).normalize() for n in range(1, 5) for c in combinations(sorted(written), n)}
    quotients = {(a / b).normalize() for a in written for b in written if b}
    for _, end, rate in [*(got.get("tiers") or []), *(t for b in got.get("bands") or [] for t in b[2])]:
        if Decimal(str(rate)).normalize() not in {r.normalize() for r in rates} | quotients:
            lost.append(f"rate {rate} is in the result, not in the text")
        if Decimal(str(end)).normalize() not in sums and not is_repeated_sum(Decimal(str(end)), written):
            lost.append(f"limit {end} is no sum of figures in the text")
    return lost


def is_repeated_sum(end: Decimal, written: set[Decimal]) -> bool:
    """True when the limit is a sum that uses one figure twice (`first 3%, next 3%`)."""
    doubled = sorted([*written, *written])
    return any(sum(c, Decimal(0)) == end for n in range(1, 5) for c in combinations(doubled, n))
