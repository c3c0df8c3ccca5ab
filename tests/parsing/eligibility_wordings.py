"""Random eligibility rules and their wordings: field `eligibility`."""

from __future__ import annotations

from typing import Any

from .clauses import notes
from .phrases import Case, Writer

ENTRY = {"monthly": "month", "quarterly": "quarter"}


def wait(w: Writer, rule: dict[str, Any]) -> str:
    """A waiting period in years, months or days; sets exactly one of the two keys."""
    unit = w.one(["year", "month", "month", "day"])
    if unit == "day":
        days = w.one([30, 45, 60, 90, 90, 120, 180])
        rule.update(waiting_period_days=days, waiting_period_months=None)
        return w.count(days) + w.pick(" days", " days", " days of service", " days of employment", "~ d")
    if unit == "year":
        years = w.one([1, 1, 1, 2])
        rule.update(waiting_period_months=12 * years, waiting_period_days=None)
        n, s = w.count(years), "" if years == 1 else "s"
        return n + w.pick(
            f" year{s}", f" year{s} of service", f" yr{s}", " YOS", f" year{s} of employment", f"~ annum{s}"
        )
    months = w.one([1, 2, 3, 6, 6, 9, 12, 18])
    rule.update(waiting_period_months=months, waiting_period_days=None)
    n, s = w.count(months), "" if months == 1 else "s"
    return n + w.pick(
        f" month{s}", f" month{s} of service", f" mo{s}" if s else " month", f" month{s} of employment"
    )


def conditions(w: Writer, rule: dict[str, Any]) -> str:
    """Wait, age and hours joined by and; at least one."""
    parts: list[str] = []
    if w.chance(0.35):
        rule["minimum_age"] = w.one([18, 20, 21, 21])
        parts.append(
            w.pick(
                "Age {n}",
                "age {n}",
                "at least age {n}",
                "{n} years of age",
                "attainment of age {n}",
                "~{n} y/o",
            ).format(n=rule["minimum_age"])
        )
    if not parts or w.chance(0.7):
        parts.append(wait(w, rule))
    if w.chance(0.3):
        rule["minimum_hours"] = w.one([500, 750, 975, 1000, 1000])
        parts.append(w.hours(rule["minimum_hours"]))
    if len(parts) > 1 and w.chance(0.5):
        return parts[0] + "".join(
            w.pick(" and ", ", ", " & ", " with " if "hour" in p else " and ", "~ w/ ") + p for p in parts[1:]
        )
    return ", ".join(parts[:-1]) + (w.pick(" and ", ", ", ", and ") if len(parts) > 1 else "") + parts[-1]


def entry(w: Writer, text: str, rule: dict[str, Any]) -> str:
    """When a person enters after the conditions are met; sets `entry_dates`."""
    kind = w.one(["monthly", "monthly", "quarterly", "semiannual", "annual"])
    rule["entry_dates"] = kind
    if kind in ENTRY:
        noun = ENTRY[kind]
        return w.pick(
            f"First of the {noun} following {text}",
            f"1st of the {noun} following {text}",
            f"{text}, {kind} entry",
            f"first day of the {noun} following {text}",
            f"first of {noun} after {text}",
            f"{text}; {kind} entry dates",
            f"~{text} FOM" if kind == "monthly" else f"~{text} FOQ",
            f"1st of {noun} following {text}",
            f"~first day of the {noun} coincident with or next following {text}",
        )
    names = ("semiannual", "semi-annual") if kind == "semiannual" else ("annual",)
    name = w.pick(*names)
    return w.pick(
        f"{text}, {name} entry",
        f"{text}; {name} entry dates",
        f"{text}; entry dates: {name}",
        f"~{text} ({name})",
    )


def now(w: Writer, rule: dict[str, Any]) -> str:
    """No wait: months 0."""
    rule.update(waiting_period_months=0, waiting_period_days=None)
    return w.pick("Immediate", "immediate", "Immediately", "immediate eligibility", "~upon hire", "~DOH")


def by_money(w: Writer) -> Case:
    """Different rules for deferrals, match and nonelective money."""
    names = {
        "deferral": w.pick("deferrals", "deferral", "EE deferrals", "employee deferrals"),
        "match": w.pick("match", "matching", "the match", "ER match"),
        "core": w.pick("core", "nonelective", "NEC", "profit sharing"),
    }
    shape = w.pick("{t} for {m}", "{m}: {t}", "{t} for {m}", "~{m} - {t}")
    expect: dict[str, Any] = {}
    parts = []
    for money in sorted(w.rng.sample(sorted(names), 2)):
        rule: dict[str, Any] = {}
        text = now(w, rule) if w.chance(0.4) else conditions(w, rule)
        if money != "deferral" and "minimum_hours" in rule and w.chance(0.4):
            rule["last_day_rule"] = True
            text += w.pick(" and last day", ", last day", " and last day rule", " and employed on last day")
        expect[money] = rule
        parts.append(shape.format(t=text, m=names[money]))
    glue = w.pick("; ", "; ", ", ")
    if glue == ", " and any("," in part for part in parts):
        w.settled = False  # the comma then separates conditions as well as money types
    return w.case("eligibility", glue.join(parts), expect)


def eligibility_case(w: Writer) -> Case:
    """Any eligibility rule that a text can settle."""
    if w.chance(0.2):
        return by_money(w)
    rule: dict[str, Any] = {"minimum_age": None, "minimum_hours": None}
    if w.chance(0.15):
        rule["entry_dates"] = "immediate"
        text = now(w, rule)
    else:
        text = conditions(w, rule)
        if w.chance(0.3) and ("waiting_period_days" in rule):
            text = entry(w, text, rule)
    if w.chance(0.1):
        rule["employment_class"] = "full_time"
        text = w.pick("Full Time, ", "Full-time, ", "~FT, ", "Full time employees, ", "~F/T ee's, ") + text
    return w.case("eligibility", text + notes(w, 0.1), rule)
