"""Design Matrices of any size: `python -m bench.matrix 765000 all_plans.csv [--seed 1]`.

Rows are written one by one; a longer matrix of the same seed begins with the rows of a shorter one. Of every
twenty rows one is dirty (see bench/dirt.py), so 5 % of a matrix are. Nothing in it is a fact about real
plans: the shares are made up after the bundled sample. `last_updated` is counted from PLANWISE_AS_OF, by
default from the sample's day.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from bench.dirt import Dirt
from bench.wordings import stream
from docs.sample import sample_day
from harness.extract.columns import CANONICAL
from tests.parsing.scalar_wordings import INDUSTRIES, STATES

Row = dict[str, str]
BLOCK = 20
"""One row of so many is dirty."""
SIZES = (1_000, 10_000, 100_000, 765_000)
"""The last is about the number of US defined-contribution plans (docs/bench.md says who counts them)."""
_LEFT_OUT = ("plan_id", "plan_name")
COLUMNS = tuple(name for name in CANONICAL[: CANONICAL.index("notes") + 1] if name not in _LEFT_OUT)
"""What a firm's export has of the Design Matrix's columns."""
_YES, _NO = ("TRUE", "Yes", "Y", "true"), ("FALSE", "No", "N", "false")
_PAID = ("per pay period", "annually", "monthly", "quarterly")
_PLACES = (
    "Aster",
    "Brack",
    "Cinder",
    "Dunmar",
    "Ellis",
    "Farrow",
    "Glen",
    "Harrow",
    "Inver",
    "Jarrow",
    "Kell",
    "Lind",
    "Marl",
    "Norcross",
    "Oaken",
    "Pell",
    "Quill",
    "Ravens",
    "Salt",
    "Tams",
    "Ul",
    "Vant",
    "Wind",
    "Yarrow",
)
_ENDS = (
    "holt",
    "haven",
    "ford",
    "thorpe",
    "mere",
    "gate",
    "fall",
    "marrow",
    "worth",
    "brook",
    "wick",
    "stead",
    "bury",
    "combe",
    "ley",
    "moor",
)
_TRADES = (
    "Works",
    "Clinic",
    "Health",
    "College",
    "Foundation",
    "County",
    "Mills",
    "Logistics",
    "Dairy",
    "Foods",
    "Partners",
    "Services",
    "Credit Union",
    "Builders",
    "Optics",
    "Marine",
    "School District",
    "Labs",
)
_DAYS = ("%Y-%m-%d", "%m/%d/%Y", "%d-%b-%Y", "%B %d, %Y", "%Y%m%d", "%Y-%m-%dT14:05:00Z")


class Matrix:
    """An endless matrix: iterate for its rows."""

    def __init__(self, seed: int = 1, as_of: date | None = None) -> None:
        self.rng = random.Random(f"{seed}/rows")
        self.as_of = as_of or date.fromisoformat(os.environ.get("PLANWISE_AS_OF") or sample_day())
        self.dirt = Dirt(seed, self.as_of)
        self.industries = [text for texts in INDUSTRIES.values() for text in texts if text[0] != "~"]
        self.states = sorted(STATES)
        days = [self.as_of - timedelta(days=back) for back in range(3, 330)]
        self.days = [day.strftime(form) for day in days for form in _DAYS]
        self.match, self.vesting, self.waits, self.core = (
            stream(field, seed)
            for field in ("match_formula", "vesting_schedule", "eligibility", "nonelective_formula")
        )

    def __iter__(self) -> Iterator[Row]:
        """The rows, from the first."""
        index = 0
        while True:
            dirty = self.rng.randrange(BLOCK)
            for place in range(BLOCK):
                row = self.clean(index)
                yield self.dirt.made(row) if place == dirty else row
                index += 1

    def clean(self, index: int) -> Row:
        """A row of which every cell says something that can be read."""
        rng = self.rng
        pick, chance = rng.choice, rng.random
        people = round(20 * 10 ** (chance() * 3))
        row = dict.fromkeys(COLUMNS, "")
        row["client_id"] = f"BN-{index:07d}"
        row["client_name"] = f"{pick(_PLACES)}{pick(_ENDS)} {pick(_TRADES)} {index % 997 or ''}".rstrip()
        row["industry"] = pick(self.industries)
        row["employee_count"] = f"{people:,}" if chance() < 0.3 else str(people)
        if chance() < 0.3:
            row["annual_payroll"] = f"${people * rng.randrange(38_000, 110_000):,}"
        row["state"] = pick(self.states)
        row["plan_type"] = pick(("401(k)", "401(k)", "401(k)", "403(b)", "457(b)", "401(a)"))
        row["eligibility"] = next(self.waits)
        row["vesting_schedule"] = next(self.vesting)
        self._employer(row)
        self._automatic(row)
        if chance() < 0.45:
            row["participation_rate"] = f"{rng.randrange(550, 990) / 10}%"
            row["avg_deferral_rate"] = f"0.0{rng.randrange(30, 99)}"
        row["data_source"] = pick(("Recordkeeper", "ManualEntry", "SPD", "Form5500"))
        row["last_updated"] = pick(self.days)
        if chance() < 0.1:
            row["notes"] = pick(
                ("Data from 2025 Form 5500", "Headcount approximate", "Union locals excluded")
            )
        return row

    def _employer(self, row: Row) -> None:
        """The employer's money: a match for everybody, a core contribution for some."""
        pick, chance = self.rng.choice, self.rng.random
        row["match_formula"] = next(self.match)
        row["match_last_day_work_rule"] = pick(_NO) if chance() < 0.95 else pick(_YES)
        row["match_true_up"] = pick(("", *_YES[:2], *_NO[:2]))
        row["match_contribution_frequency"] = pick(_PAID)
        if chance() < 0.35:
            row["nonelective_formula"] = next(self.core)
            row["nonelective_last_day_work_rule"] = pick(_NO)
            row["nonelective_contribution_frequency"] = pick(_PAID)

    def _automatic(self, row: Row) -> None:
        """Automatic enrolment for about six of ten, escalation for half of these."""
        pick, chance = self.rng.choice, self.rng.random
        enrols = chance() < 0.6
        row["auto_enrollment_enabled"] = pick(_YES if enrols else _NO)
        escalates = enrols and chance() < 0.5
        row["auto_escalation_enabled"] = pick(_YES if escalates else _NO)
        if enrols:
            row["auto_enrollment_rate"] = pick(("0.03", "3%", "0.02", "0.04", "0.06", "6%", "0.05"))
            row["auto_enrollment_effective_year"] = pick(("1900", "1900", *map(str, range(2012, 2026))))
        if escalates:
            row["auto_escalation_cap"] = pick(("0.10", "10%", "0.15", "0.12"))
            row["auto_escalation_rate"] = pick(("0.01", "1%", "0.02"))


def write(path: Path, clients: int, seed: int = 1) -> None:
    """A matrix of so many rows as CSV, row by row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(islice(Matrix(seed), clients))


def main() -> None:
    """Write one."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("clients", type=int)
    arguments.add_argument("path", type=Path)
    arguments.add_argument("--seed", type=int, default=1)
    asked = arguments.parse_args()
    begun = time.perf_counter()
    write(asked.path, asked.clients, asked.seed)
    size = asked.path.stat().st_size
    print(f"{asked.path}: {asked.clients:,} rows, {size:,} bytes in {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
