"""Words and numbers as a recordkeeper or an SPD writes them; shared by the wording modules.

A `Writer` makes every choice, so that one seed gives one text. An option that starts with `~` is a wording
the
contract does not clearly settle: a parser may leave it unresolved, but may never read another design out of
it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

T = TypeVar("T")
UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
FRACTIONS = {
    "0.25": ("¼", "1/4"),
    "0.5": ("½", "1/2"),
    "0.75": ("¾", "3/4"),
    "0.3333": ("⅓", "1/3"),
    "0.6667": ("⅔", "2/3"),
}
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Case:
    """One text and what it must become. `expect` has the shape of the corpus; numbers are Decimal
    fractions.
    """

    field: str
    raw: str
    expect: dict[str, Any]
    unit: str | None = None
    settled: bool = True
    wordings: tuple[str, ...] = ()


def plain(number: Decimal) -> str:
    """Digits of a decimal without exponent or trailing zeros: 0.50 -> '0.5', 100 -> '100'."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def in_words(number: int) -> str:
    """An integer from 0 to 100 as English words, hyphenated: 25 -> 'twenty-five'."""
    if number == 100:
        return "one hundred"
    if number < 20:
        return UNITS[number]
    return TENS[number // 10] + ("-" + UNITS[number % 10] if number % 10 else "")


@dataclass
class Writer:
    """Chooses wordings; remembers which, and whether all of them are settled by the contract."""

    rng: random.Random
    strict: bool = True
    fancy: bool = False
    settled: bool = True
    used: list[str] = field(default_factory=list)

    def chance(self, probability: float) -> bool:
        """True in that share of the calls."""
        return self.rng.random() < probability

    def one(self, values: list[T] | tuple[T, ...]) -> T:
        """Any of the values (a design choice, not a wording)."""
        return self.rng.choice(values)

    def pick(self, *options: str) -> str:
        """One of the wordings; `~` ones only when the case need not be settled."""
        allowed = [o for o in options if not (self.strict and o.startswith("~"))]
        chosen = self.rng.choice(allowed)
        self.used.append(chosen)
        if chosen.startswith("~"):
            self.settled = False
            return chosen[1:]
        return chosen

    def percent(self, rate: Decimal) -> str:
        """A fraction as percent text: 0.025 -> '2.5%', '2 1/2%', '2½%', '2.50 percent' ..."""
        points = rate * HUNDRED
        whole, rest = int(points), points - int(points)
        mark = FRACTIONS.get(plain(rest.quantize(Decimal("0.0001")))) if rest else None
        if rest and plain(rest.quantize(Decimal("0.0001"))) in ("0.3333", "0.6667"):
            assert mark is not None
            return self.pick(f"{whole} {mark[1]}%", f"{whole}{mark[0]}%", f"{whole} {mark[0]}%").strip()
        digits = plain(points)
        if not self.fancy or self.chance(0.4):
            return digits + "%"
        options = [
            f"{digits} %",
            f"{digits} percent",
            f"{digits} pct",
            f"{digits}pct",
            f"~{points * 100:f} bps",
        ]
        if mark and whole:
            options += [
                f"{whole}{mark[0]}%",
                f"{whole} {mark[0]}%",
                f"{whole} {mark[1]}%",
                f"~{whole}-{mark[1]}%",
            ]
        if not rest:
            options += [f"{digits}.0%", f"{digits}.00%"]
        if not rest and 0 < whole <= 100:
            word = in_words(whole)
            options += [
                f"{word} percent",
                f"{word.replace('-', ' ')} percent",
                f"{word} ({whole}) percent",
                f"{word} percent ({whole}%)",
            ]
        text = self.rng.choice([o for o in options if not (self.strict and o.startswith("~"))])
        self.used.append("percent:" + "".join("9" if c.isdigit() else c for c in text))
        if text.startswith("~"):
            self.settled, text = False, text[1:]
            if "bps" in text:
                text = plain(points * 100) + " bps"
        return text

    def count(self, number: int) -> str:
        """Years, months or days as text: 3 -> '3', 'three', 'three (3)'."""
        if not self.fancy or number > 100 or self.chance(0.6):
            return str(number)
        return self.pick(in_words(number), f"{in_words(number)} ({number})")

    def hours(self, number: int) -> str:
        """Hours of service, with or without a comma: 1000 -> '1,000 hours', '1000 hrs'."""
        digits = f"{number:,}" if self.chance(0.5) else str(number)
        return digits + self.pick(" hours", " hrs", " hours of service", " hrs of service", "~ HOS")

    def case(self, name: str, raw: str, expect: dict[str, Any], unit: str | None = None) -> Case:
        """The finished case."""
        return Case(name, raw, expect, unit, self.settled, tuple(self.used))
