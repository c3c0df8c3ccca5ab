"""Random vesting schedules and their wordings: field `vesting_schedule`."""

from __future__ import annotations

from decimal import Decimal

from .clauses import label
from .phrases import Case, Writer

D = Decimal


def steps(first: int, last: int) -> list[Decimal]:
    """Equal steps from year `first` to year `last`: (2, 6) -> 0 0 .2 .4 .6 .8 1."""
    size = last - first + 1
    return [D(max(0, year - first + 1)) / size for year in range(last + 1)]


TABLE = {3: steps(1, 3), 4: steps(1, 4), 5: steps(1, 5), 6: steps(2, 6), 7: steps(3, 7)}


def kind_of(array: list[Decimal]) -> str:
    """The kind follows the array."""
    if array == [1]:
        return "immediate"
    if set(array[:-1]) == {D(0)}:
        return "cliff"
    return "graded" if array in TABLE.values() else "custom"


def ignored(w: Writer) -> str:
    """A clause on retirement, death or disability, or a note; mostly nothing."""
    if not w.chance(0.2):
        return ""
    return w.pick(
        "; 100% vested at normal retirement age",
        "; fully vested upon death or disability",
        " effective 1/1/2024",
        "; 100% upon death, disability or normal retirement age",
        " per the plan document",
        "~ (elapsed time)",
        ", fully vested at retirement, death or disability",
        "~; see AA 4-3",
    )


def named(w: Writer) -> tuple[str, list[Decimal]]:
    """A schedule told by name."""
    form = w.one(["now", "cliff", "cliff", "graded", "graded", "span", "rate", "qaca"])
    if form == "now":
        return w.pick(
            "Immediate",
            "100% immediate",
            "fully vested",
            "100% immediately",
            "immediate vesting",
            "Immediately vested",
            "100% vested immediately",
            "Fully vested immediately",
            "~always 100%",
            "immediate 100% vesting",
        ), [D(1)]
    if form == "cliff":
        years = w.one([1, 2, 3, 3, 4, 5])
        n, noun = w.count(years), "year" if years == 1 else "years"
        return w.pick(
            f"{n}-year cliff",
            f"{n} year cliff",
            f"cliff {years}",
            f"100% after {n} {noun}",
            f"{years} yr cliff",
            f"{years}-yr cliff",
            f"{years}yr cliff",
            f"{n} year cliff vesting",
            f"100% after {n} {noun} of service",
            f"100% vested after {n} {noun} of service",
            f"Cliff - {years} years",
            f"~100% @ {years} YOS",
            f"~{years}Y cliff",
            f"~cliff/{years}",
        ), [D(0)] * years + [D(1)]
    if form == "graded":
        years = w.one([3, 4, 5, 5, 6, 6, 7, 2, 8, 10])
        n = w.count(years)
        return w.pick(
            f"{n}-year graded",
            f"{n} year graded",
            f"{years} yr graded",
            f"{years}-yr graded",
            f"{years}yr graded",
            f"{n}-year graded vesting",
            f"{n} year graded schedule",
            f"Graded {years} years",
            f"graded over {n} years",
            f"~{years}Y GRD",
            f"~{n} year graduated",
        ), TABLE.get(years) or steps(1, years)
    if form == "span":
        first, last = w.one([(1, 5), (2, 6), (3, 7), (1, 4), (1, 3), (2, 5), (1, 6)])
        return w.pick(
            f"{first}-{last} graded",
            f"{first} to {last} graded",
            f"{first}-{last} year graded",
            f"graded {first}-{last}",
            f"~{first}/{last} graded",
            f"~{first}-{last} yr grade",
        ), steps(first, last)
    if form == "rate":
        years = w.one([4, 5, 5, 2, 10])
        rate = w.percent(D(1) / years)
        return w.pick(
            f"{rate} per year",
            f"{rate}/yr over {years} years",
            f"{rate} per year of service",
            f"{rate}/yr",
            f"{rate} each year",
            f"{rate} per year over {years} years",
            f"{rate} a year",
            f"~{rate} p.a.",
            f"{rate}/year",
        ), steps(1, years)
    return w.pick("QACA 2-year", "QACA 2 year", "QACA 2-year cliff", "QACA two-year", "~QACA 2y"), [
        D(0),
        D(0),
        D(1),
    ]


def listed(w: Writer) -> tuple[str, list[Decimal]]:
    """A schedule told by its figures, whole percents, every year or only the years where it changes."""
    array = w.one(
        [
            TABLE[4],
            TABLE[5],
            TABLE[6],
            TABLE[7],
            steps(1, 2),
            [D(0), D(0), D(1)],
            [D(0), D("0.1"), D("0.2"), D("0.4"), D("0.7"), D(1)],
            [D(0), D("0.25"), D("0.5"), D(1)],
            [D(0), D(0), D("0.25"), D("0.5"), D("0.75"), D(1)],
            [D(0), D("0.33"), D("0.66"), D(1)],
        ]
    )
    points = [str(int(x * 100)) for x in array]
    if w.chance(0.35):
        mark = w.pick("", "%")
        return w.pick("/", "/", " / ", "~-", "~, ").join(p + mark for p in points), array
    known = [(year, p) for year, p in enumerate(points) if p != "0"]
    shape = w.pick(
        "{p}% after {y}",
        "{p}% after {y} {u}",
        "{p}% after {y} {u} of service",
        "{y} {u} {p}%",
        "{y} {u}: {p}%",
        "{p}% at {y} {u}",
        "~{p}% @ {y}",
        "~yr {y}-{p}%",
    )
    unit = w.pick("year", "yr")
    parts = [shape.format(p=p, y=y, u=unit + ("" if y == 1 else "s")) for y, p in known]
    return w.pick(", ", "; ", ", ").join(parts), array


def vesting_case(w: Writer) -> Case:
    """Any vesting schedule that a text can settle. Named ones may be exact or derived (statutory by name)."""
    is_listed = w.chance(0.3)
    text, array = listed(w) if is_listed else named(w)
    expect = {"kind": kind_of(array), "array": array, **({"status": "exact"} if is_listed else {})}
    return w.case("vesting_schedule", label(w) + text + ignored(w), expect)
