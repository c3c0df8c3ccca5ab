"""How an analyst's script reads a Design Matrix: an expression a common wording, None for any other."""

from __future__ import annotations

import re
from typing import Any

RATE = r"(\d+(?:\.\d+)?) ?%"
FIRST = re.compile(
    rf"^(?:{RATE}|(dollar[- ]for[- ]dollar|1:1|\$1 per \$1)) ?(?:match )?(?:of |on )?(?:your |ee |employee )?"
    rf"(?:deferrals |contributions )?(?:up ?to |to |for )?(?:the )?(?:first )?{RATE}"
)
NEXT = re.compile(
    rf"^[,;+& ]*(?:and |then |plus )*{RATE} (?:of |on )?(?:the )?(next |up to (?:next )?|to ){RATE}"
)
REST = re.compile(
    r"^ ?(?:of )?(?:eligible )?(?:pay|comp|compensation|salary|earnings|deferrals|deferred)?"
    r"(?: deferred)?\.?$"
)
GRADES = {"3-year graded": 3, "4-year graded": 4, "5-year graded": 5, "20% per year": 5}


def rate(text: str) -> float | None:
    """`6%`, `6`, `0.06`: all six percent."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?%?", text.strip())
    if not found:
        return None
    value = float(found[1])
    return round(value / 100, 10) if "%" in text or value > 1 else value


def yes(text: str) -> bool | None:
    """A boolean of the usual spellings."""
    word = text.strip().lower()
    if word in ("yes", "y", "true", "1", "x"):
        return True
    return False if word in ("no", "n", "false", "0") else None


def tiers(text: str) -> list[dict[str, Any]] | None:
    """The match formula, tier by tier; an empty list for no match, None for words not known."""
    words = re.sub(r"\s+", " ", text.strip().lower())
    words = re.sub(
        r"^(?:(?:the )?(?:company|plan|employer|er) )?(?:will )?match(?:es|ing)?(?: contribution)?:? ",
        "",
        words,
    )
    words = re.sub(
        r"(?: match)?[,;]? (?:effective \d.*|per the plan document.*|\(effective.*|subject to.*)$", "", words
    )
    if words in ("no match", "none", "n/a"):
        return []
    found = FIRST.match(words)
    if not found:
        return None
    end = round(float(found[3]) / 100, 10)
    out = [{"employee_min": 0, "employee_max": end, "match_rate": float(found[1] or 100) / 100}]
    words = words[found.end() :]
    while more := NEXT.match(re.sub(r"^ (?:of )?(?:eligible )?(?:pay|comp|compensation)", "", words)):
        words = re.sub(r"^ (?:of )?(?:eligible )?(?:pay|comp|compensation)", "", words)[more.end() :]
        upto = float(more[3]) / 100 + (end if "next" in more[2] else 0)
        out.append(
            {
                "employee_min": end,
                "employee_max": round(upto, 10),
                "match_rate": round(float(more[1]) / 100, 10),
            }
        )
        end = round(upto, 10)
    return out if REST.match(words) else None


def wait(text: str) -> dict[str, Any] | None:
    """When somebody may join."""
    words = re.sub(r"\s+", " ", text.strip().lower())
    out: dict[str, Any] = {"days": 0, "months": 0, "years": 0, "hours": 0, "age": None}
    if age := re.search(r"age (\d+)", words):
        out["age"] = int(age[1])
    if hours := re.search(r"([\d,]+) (?:hours|hrs)", words):
        out["hours"] = int(hours[1].replace(",", ""))
    if days := re.search(r"(\d+) days", words):
        count = int(days[1])
        return out | {"days": count, "months": (count + 14) // 30, "years": count // 365}
    if span := re.search(r"(\d+|one|two|three|six) (month|year)s?", words):
        number = {"one": 1, "two": 2, "three": 3, "six": 6}.get(span[1]) or int(span[1])
        months = number * (12 if span[2] == "year" else 1)
        return out | {"days": 30 * months, "months": months, "years": months // 12}
    return out if "immediate" in words or out["age"] or out["hours"] else None


def vesting(text: str) -> list[float] | None:
    """The share that is vested after each year."""
    words = text.strip().lower()
    if words in ("immediate", "fully vested", "immediately", "100% immediate"):
        return [1]
    if cliff := re.fullmatch(r"(\d)[- ]ye?a?r cliff|cliff (\d)", words):
        return [0.0] * int(cliff[1] or cliff[2]) + [1]
    if words == "6-year graded":
        return [0, 0, 0.2, 0.4, 0.6, 0.8, 1]
    if years := GRADES.get(words):
        return [round(year / years, 4) for year in range(years + 1)]
    return None


def core(text: str) -> float | None:
    """The core contribution as a share of pay; 0 for none, None for words not known."""
    words = text.strip().lower()
    if words in ("", "none", "n/a"):
        return 0
    found = re.fullmatch(
        r"(\d+(?:\.\d+)?) ?(?:%|percent)?(?: of (?:eligible )?(?:compensation|pay|comp)"
        r"| safe harbor nonelective| nonelective| profit sharing| core)?",
        words,
    )
    return rate(found[1] + "%") if found else None
