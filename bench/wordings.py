"""The texts of a generated matrix: an endless stream a field, in which old wordings come back as in books.

A text is new with the probability that leaves `first * rows ** growth` different texts after so many rows.
Otherwise it is one of the dozen that every book is full of, for a share of the rows, or that of a row
before, drawn evenly. All these numbers are an assumption, fitted to the bundled sample (of 122 rows 65
different match formulas, 28 vesting schedules, 21 eligibilities; of 47 nonelective formulas 32; half of the
match formulas and three quarters of the schedules are of the commonest dozen): 765,000 rows have some 45,000
match formulas.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Iterator

from tests.parsing.contradictions import contradiction_case
from tests.parsing.core_wordings import core_case
from tests.parsing.eligibility_wordings import eligibility_case
from tests.parsing.match_additions import match_case
from tests.parsing.phrases import Case, Writer
from tests.parsing.typing_noise import typed
from tests.parsing.vesting_wordings import vesting_case

# (what makes a wording, first, growth, share of the common ones)
FIELDS: dict[str, tuple[Callable[[Writer], Case], float, float, float]] = {
    "match_formula": (match_case, 1.77, 0.75, 0.5),
    "vesting_schedule": (vesting_case, 1.57, 0.6, 0.7),
    "eligibility": (eligibility_case, 1.2, 0.6, 0.7),
    "nonelective_formula": (core_case, 2.6, 0.65, 0.5),
}
# what every book is full of, with how often of a hundred rows or so
COMMON: dict[str, dict[str, int]] = {
    "match_formula": {
        "50% up to 6%": 24, "100% up to 4%": 14, "50% up to 4%": 12, "100% up to 3%": 12, "100% up to 5%": 8,
        "100% up to 6%": 6, "50% of first 6%": 6, "No match": 8, "100% up to 3%, then 50% up to 5%": 8,
        "100% on first 3%, 50% on next 2%": 6, "25% up to 6%": 4, "dollar for dollar up to 4%": 3,
    },
    "vesting_schedule": {
        "3-year cliff": 38, "Immediate": 24, "5-year graded": 21, "6-year graded": 8, "20% per year": 4,
        "2-year cliff": 4, "4-year graded": 4, "fully vested": 3,
    },
    "eligibility": {
        "Immediate": 47, "90 days": 16, "1 year": 16, "1 year, 1000 hours": 10, "6 months": 6, "60 days": 5,
        "Age 21 and 1 year of service": 6, "3 months": 5, "First of the month following 30 days": 4,
    },
    "nonelective_formula": {
        "3% of compensation": 10, "2%": 6, "5% of compensation": 6, "3% safe harbor nonelective": 6, "4%": 4,
        "None": 6, "2.5% of compensation": 3, "8% of compensation": 2,
    },
}  # fmt: skip
TRIES = 1000


def is_clean(case: Case) -> bool:
    """True for a wording that the contract settles and that states a design."""
    kinds = {case.expect.get("status"), case.expect.get("kind")}
    return case.settled and not kinds & {"unresolved", "discretionary"}


def fresh(field: str, rng: random.Random) -> Iterator[str]:
    """Different clean wordings of a field, as typed; an old one again where no new one is left."""
    maker = FIELDS[field][0]
    seen = set(COMMON[field])
    while True:
        text = ""
        for _ in range(TRIES):
            case = maker(Writer(rng, strict=True, fancy=rng.random() < 0.4))
            text = typed(rng, case.raw)
            if case.field == field and is_clean(case) and text not in seen:
                break
        seen.add(text)
        yield text


def stream(field: str, seed: int) -> Iterator[str]:
    """The field's text of every row that has one."""
    rng = random.Random(f"{seed}/{field}")
    source = fresh(field, rng)
    _, first, growth, common = FIELDS[field]
    texts: list[str] = []
    rows = array("I")
    for text, times in COMMON[field].items():
        rows.extend([len(texts)] * times)
        texts.append(text)
    usual = len(rows)
    while True:
        if rng.random() < first * growth * (len(rows) + 1) ** (growth - 1):
            texts.append(next(source))
            rows.append(len(texts) - 1)
        elif rng.random() < common:
            rows.append(rows[rng.randrange(usual)])
        else:
            rows.append(rows[rng.randrange(len(rows))])
        yield texts[rows[-1]]


def wrong(field: str, seed: int) -> Iterator[str]:
    """Texts of a field that say two things at once, or nothing: what has to be held."""
    rng = random.Random(f"{seed}/{field}/wrong")
    nothing = ("see plan document", "TBD", "varies by union contract", "???", "per the board's resolution")
    while True:
        case = contradiction_case(Writer(rng, strict=True))
        if rng.random() < 0.3:
            yield rng.choice(nothing)
        elif case.field == field:
            yield typed(rng, case.raw)
