"""Random match designs and the many ways to write each: field `match_formula`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .clauses import pay
from .phrases import Writer, plain

D = Decimal
Tier = tuple[Decimal, Decimal, Decimal]
Band = tuple[int, int | None, list[Tier]]
RATES = [
    D(r)
    for r in [
        "1",
        "1",
        "1",
        "0.5",
        "0.5",
        "0.5",
        "0.25",
        "0.75",
        "0.1",
        "0.2",
        "0.3",
        "0.35",
        "0.4",
        "0.6",
        "0.8",
        "1.5",
        "2",
        "0.125",
        "0.375",
    ]
]
THIRDS = [D(1) / 3, D(2) / 3]
WIDTHS = [
    D(x) / 100
    for x in [
        "1",
        "2",
        "3",
        "3",
        "4",
        "4",
        "5",
        "5",
        "6",
        "6",
        "7",
        "8",
        "10",
        "12",
        "2.5",
        "3.5",
        "4.5",
        "1.75",
        "3.25",
    ]
]


def random_tiers(w: Writer, sizes: tuple[int, ...] = (1, 1, 1, 2, 2, 3)) -> list[Tier]:
    """Contiguous tiers from 0, neighbours with different rates; as many as one of `sizes` says."""
    tiers: list[Tier] = []
    start = D(0)
    for _ in range(w.one(sizes)):
        left = [r for r in RATES + (THIRDS if w.chance(0.2) else []) if not tiers or r != tiers[-1][2]]
        end = start + w.one(WIDTHS)
        tiers.append((start, end, w.one(left)))
        start = end
    return tiers


def maxima(tiers: list[Tier]) -> tuple[Decimal, Decimal]:
    """(employer match, deferral at which it is reached) as fractions of pay."""
    return sum(((b - a) * r for a, b, r in tiers), D(0)), (tiers[-1][1] if tiers else D(0))


def expected(tiers: list[Tier], **more: Any) -> dict[str, Any]:
    """What the corpus would say about tiers that apply to everybody."""
    most, reached = maxima(tiers)
    return {
        "kind": "simple" if len(tiers) == 1 else "tiered",
        "status": "exact",
        "tiers": [list(t) for t in tiers],
        "max_match_percentage": most,
        "max_matched_deferral": reached,
        "annual_dollar_cap": None,
        "discretionary": False,
        **more,
    }


def rate_text(w: Writer, rate: Decimal) -> tuple[str, bool]:
    """The match rate; True when it is a ratio (`1:1`), which takes no `of` behind it."""
    if rate == 1 and w.chance(0.35):
        return w.pick(
            "dollar for dollar",
            "dollar-for-dollar",
            "$1 per $1",
            "$1 for $1",
            "1:1",
            "$1.00 per $1.00",
            "~$1 for every $1",
            "~1 for 1",
            "~one dollar for each dollar",
        ), True
    if rate < 1 and rate * 100 == int(rate * 100) and w.chance(0.2):
        cents = plain(rate * 100)
        return w.pick(
            f"{cents} cents on the dollar",
            f"{cents} cents per dollar",
            f"$0.{int(cents):02d} per $1",
            f"$.{int(cents):02d} per $1.00",
            f"~{cents}¢ on the dollar",
            f"~$0.{int(cents):02d}:$1",
        ), True
    return w.percent(rate), False


def first_tier(w: Writer, tier: Tier) -> str:
    """`100% of the first 3% of pay`."""
    rate, is_ratio = rate_text(w, tier[2])
    limit = w.percent(tier[1])
    if is_ratio:
        link = w.pick(" up to ", " on the first ", " on first ", " to ", "~ for the first ")
    else:
        link = w.pick(
            " up to ",
            " of first ",
            " of the first ",
            " on first ",
            " on the first ",
            " first ",
            " upto ",
            " to ",
            " for the first ",
            " of deferrals up to ",
            " of EE deferrals up to ",
            "~ of ees ctrb to ",
            " of employee contributions up to ",
            " of your deferrals up to ",
            " up to the first ",
            "~ of what you save up to ",
            "~ of salary deferrals not exceeding ",
        )
    return rate + link + limit + ("" if "deferral" in link or "contributions" in link else pay(w))


def next_tier(w: Writer, tier: Tier) -> str:
    """A tier behind another: `50% of the next 2%`, `50% up to 5%`, `50% from 3% to 5%`."""
    start, end, rate = tier
    text, is_ratio = rate_text(w, rate)
    form = w.one(["next", "next", "next", "end", "from"])
    if form == "next":
        link = w.pick(
            " on next ",
            " on the next ",
            " up to next ",
            *(
                []
                if is_ratio
                else [
                    " of next ",
                    " of the next ",
                    " next ",
                    " of the additional ",
                    " of addl ",
                    "~ of the following ",
                ]
            ),
        )
        return text + link + w.percent(end - start) + pay(w)
    if form == "end":
        return w.pick("", "then ") + text + " up to " + w.percent(end) + pay(w)
    a, b = w.percent(start), w.percent(end)
    span = w.pick(
        f"from {a} to {b}",
        f"from {a} up to {b}",
        f"between {a} and {b}",
        f"~over {a} up to {b}",
        f"~of {a} - {b}",
        f"of deferrals from {a} to {b}",
        f"of deferrals between {a} and {b}",
    )
    return f"{text} {span}{pay(w)}"


def tiers_text(w: Writer, tiers: list[Tier], nested: bool = False) -> str:
    """All tiers of one formula; inside a band no `;`, which separates the bands."""
    text = first_tier(w, tiers[0])
    for tier in tiers[1:]:
        glue = w.pick(
            ", ",
            " + ",
            " and ",
            ", then ",
            ", plus ",
            " plus ",
            " & ",
            ", and ",
            ",",
            *([] if nested else ["; ", " then "]),
        )
        behind = next_tier(w, tier)
        if behind.startswith("then ") and "then" in glue:
            behind = behind[5:]
        text += glue + behind
    return text
