"""Random rates, dates, booleans, counts, states and industries in every spelling of the contract."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from .phrases import Case, Writer, plain

EPOCH = date(1899, 12, 30)
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
STATES = dict(
    pair.split("=")
    for pair in [
        "AL=Alabama",
        "AK=Alaska",
        "AZ=Arizona",
        "AR=Arkansas",
        "CA=California",
        "CO=Colorado",
        "CT=Connecticut",
        "DE=Delaware",
        "FL=Florida",
        "GA=Georgia",
        "HI=Hawaii",
        "ID=Idaho",
        "IL=Illinois",
        "IN=Indiana",
        "IA=Iowa",
        "KS=Kansas",
        "KY=Kentucky",
        "LA=Louisiana",
        "ME=Maine",
        "MD=Maryland",
        "MA=Massachusetts",
        "MI=Michigan",
        "MN=Minnesota",
        "MS=Mississippi",
        "MO=Missouri",
        "MT=Montana",
        "NE=Nebraska",
        "NV=Nevada",
        "NH=New Hampshire",
        "NJ=New Jersey",
        "NM=New Mexico",
        "NY=New York",
        "NC=North Carolina",
        "ND=North Dakota",
        "OH=Ohio",
        "OK=Oklahoma",
        "OR=Oregon",
        "PA=Pennsylvania",
        "RI=Rhode Island",
        "SC=South Carolina",
        "SD=South Dakota",
        "TN=Tennessee",
        "TX=Texas",
        "UT=Utah",
        "VT=Vermont",
        "VA=Virginia",
        "WA=Washington",
        "WV=West Virginia",
        "WI=Wisconsin",
        "WY=Wyoming",
        "DC=District of Columbia",
    ]
)
INDUSTRIES = {
    "healthcare": ("healthcare", "Healthcare", "622", "~Hospital"),
    "higher_ed": ("higher_ed", "Higher Education", "6113", "Higher Ed", "~University"),
    "manufacturing": ("manufacturing", "Manufacturing", "31-33", "~32"),
    "other": ("other", "Other"),
    "nonprofit": ("nonprofit", "Nonprofit", "813", "Non-profit"),
    "government": ("government", "Government", "92"),
}
REJECTED: dict[str, Any] = {"value": "rejected"}


def rate_case(w: Writer) -> Case:
    """A participation-like rate: valid, by unit, a range, or no valid value."""
    form = w.one(["sign", "sign", "sign", "unit", "unit", "range", "wrong"])
    points = Decimal(w.rng.randrange(0, 10001)) / 100 if w.chance(0.5) else Decimal(w.rng.randrange(0, 101))
    if form == "unit":
        unit = w.one(["percent", "fraction"])
        return w.case(
            "rate", plain(points if unit == "percent" else points / 100), {"value": points / 100}, unit
        )
    unit = w.one(["percent", "fraction", "auto"])
    if form == "range":
        low, high = sorted(w.rng.sample(range(0, 100), 2))
        text = w.pick("{a}%-{b}%", "{a} to {b}%", "{a}% to {b}%", "{a}-{b}%", "{a}% - {b}%").format(
            a=low, b=high
        )
        return w.case(
            "rate",
            text,
            {"value": None, "status": "unresolved", "low": Decimal(low) / 100, "high": Decimal(high) / 100},
            unit,
        )
    if form == "wrong":
        over = w.rng.randrange(101, 400)
        return w.case(
            "rate",
            w.pick(
                "abc",
                f"-{w.rng.randrange(1, 9)}%",
                f"{over}%",
                "5,5%",
                "%",
                "5%5",
                "1.2.3%",
                f"{over} percent",
                "see plan",
            ),
            {"value": "rejected"},
            unit,
        )
    if w.chance(0.15):
        return w.case(
            "rate",
            w.pick(f"{plain(points * 100)} bps", f"{plain(points * 100)}bps"),
            {"value": points / 100},
            unit,
        )
    if w.chance(0.15):
        points = Decimal(w.rng.randrange(10**8)) / 10**7
        return w.case("rate", w.pick(f"{points:f}%", f" {points:f} %"), {"value": points / 100}, unit)
    return w.case("rate", w.percent(points / 100), {"value": points / 100}, unit)


def date_case(w: Writer) -> Case:
    """A day between 1960 and 2079 in a spelling that allows it, or no date at all."""
    day = date(2000, 1, 1) + timedelta(days=w.rng.randrange(0, 29000))
    if w.chance(0.15):
        return w.case(
            "date",
            w.pick(
                f"{w.rng.randrange(13, 29)}/{day.month:02d}/{day.year}",
                f"02/30/{day.year}",
                f"{day.year}",
                f"Q{w.rng.randrange(1, 5)} {day.year}",
                f"{day.year}-13-01",
                f"June 31, {day.year}",
                "19999",
                "80001",
                "soon",
                f"{day.month}/{day.year}",
                f"04/31/{day.year}",
            ),
            REJECTED,
        )
    name, short = MONTHS[day.month - 1], MONTHS[day.month - 1][:3]
    y, m, d = day.year, day.month, day.day
    text = w.pick(
        f"{y}-{m:02d}-{d:02d}",
        f"{m:02d}/{d:02d}/{y}",
        f"{m}/{d}/{y}",
        f"{m}/{d}/{y % 100:02d}",
        f"{d}-{short}-{y}",
        f"{name} {d}, {y}",
        f"{short} {d} {y}",
        f"{short} {d}, {y}",
        f"{d:02d}-{short}-{y}",
        f"{y}{m:02d}{d:02d}",
        f"{y}-{m:02d}-{d:02d}T10:00:00Z",
        f"{name} {d} {y}",
        f"~{d} {name} {y}",
        f"~{y}/{m:02d}/{d:02d}",
        f"~{m}-{d}-{y}",
        *([str((day - EPOCH).days)] if day.year < 2100 else []),
    )
    return w.case("date", text, {"value": day.isoformat()})


def boolean_case(w: Writer) -> Case:
    """Yes, no, or neither."""
    if w.chance(0.15):
        return w.case(
            "boolean", w.pick("maybe", "2", "yes/no", "see notes", "10", "varies"), {"value": "rejected"}
        )
    if w.chance(0.5):
        return w.case(
            "boolean", w.pick("yes", "Yes", "y", "true", "TRUE", "t", "1", "x", "X", "Y"), {"value": True}
        )
    return w.case("boolean", w.pick("no", "No", "n", "false", "FALSE", "f", "0", "N"), {"value": False})


def count_case(w: Writer) -> Case:
    """Employees: 1 to 200,000, exact or approximate."""
    number = w.rng.randrange(1, 2000) * w.one([1, 10, 100])
    if w.chance(0.25):
        text = w.pick(f"{number:,}+", f"~~{number}", f"~~{number:,}", f"{number}+", f"~approx. {number}")
        return w.case("count", text, {"value": Decimal(number), "approximate": True})
    if number >= 1000 and number % 100 == 0 and w.chance(0.4):
        thousands = plain(Decimal(number) / 1000)
        return w.case(
            "count",
            w.pick(f"{thousands}k", f"{thousands}K", f"~{thousands} k").removeprefix("~"),
            {"value": Decimal(number)},
        )
    return w.case(
        "count", w.pick(f"{number:,}", str(number)), {"value": Decimal(number), "approximate": False}
    )


def place_case(w: Writer) -> Case:
    """A state or an industry, or an unknown one."""
    if w.chance(0.5):
        code = w.one(sorted(STATES))
        return w.case(
            "state", w.pick(code, code.lower(), STATES[code], STATES[code].upper()), {"value": code}
        )
    if w.chance(0.15):
        return w.case("industry", w.pick("blockchain", "space mining", "zz"), {"value": "rejected"})
    name = w.one(sorted(INDUSTRIES))
    return w.case("industry", w.pick(*INDUSTRIES[name]), {"value": name})


def scalar_case(w: Writer) -> Case:
    """Any scalar."""
    return w.one([rate_case, rate_case, date_case, boolean_case, count_case, place_case])(w)
