"""What is wrong with one row in twenty: every kind of dirt that people leave in a Design Matrix."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

from bench.wordings import wrong

Row = dict[str, str]
_HOSTILE = (
    "=1+1",
    "+SUM(A1:A9)",
    "@x",
    "a\tb",
    "line\nbreak",
    "\u200bhidden",
    "NULL",
    "'; drop table x; --",
    "{{ x }}",
)


class Dirt:
    """Spoils rows, each in one of many ways; what is drawn depends on the seed and the row's turn alone."""

    def __init__(self, seed: int, as_of: date) -> None:
        self.rng = random.Random(f"{seed}/dirt")
        self.as_of = as_of
        self.last_id = ""
        self.texts = {
            field: wrong(field, seed)
            for field in ("match_formula", "vesting_schedule", "eligibility", "nonelective_formula")
        }
        # with how often of 29 dirty rows
        self.ways: list[tuple[Callable[[Row], None], int]] = [
            (self.unreadable, 8),
            (self.blank, 3),
            (self.impossible, 5),
            (self.same_id, 2),
            (self.no_id, 1),
            (self.bad_day, 3),
            (self.old, 2),
            (self.unknown, 3),
            (self.disagreeing, 1),
            (self.hostile, 1),
        ]

    def made(self, row: Row) -> Row:
        """The row, spoiled."""
        way = self.rng.choices([way for way, _ in self.ways], [weight for _, weight in self.ways])[0]
        before = row["client_id"]
        way(row)
        self.last_id = before
        return row

    def unreadable(self, row: Row) -> None:
        """A text that says two things, or nothing."""
        field = self.rng.choice(["match_formula", *self.texts])
        row[field] = next(self.texts[field])

    def blank(self, row: Row) -> None:
        """A cell that is needed is blank, or nothing but blanks."""
        field = self.rng.choice(
            ("match_formula", "vesting_schedule", "eligibility", "industry", "client_name")
        )
        row[field] = self.rng.choice(("", " ", "\u00a0"))

    def impossible(self, row: Row) -> None:
        """A rate that no plan has."""
        field = self.rng.choice(
            ("participation_rate", "avg_deferral_rate", "auto_enrollment_rate", "auto_escalation_cap")
        )
        row[field] = self.rng.choice(("140%", "-3%", "300%", "1.8", "abc", "5,5%", "#DIV/0!"))

    def same_id(self, row: Row) -> None:
        """The id of a row before."""
        row["client_id"] = self.last_id or row["client_id"]

    def no_id(self, row: Row) -> None:
        """No id."""
        row["client_id"] = self.rng.choice(("", "  "))

    def bad_day(self, row: Row) -> None:
        """A day that does not exist, or is no day."""
        row["last_updated"] = self.rng.choice(
            ("02/30/2026", "Q3 2025", "soon", "2025-13-01", "June 31, 2026", "")
        )

    def old(self, row: Row) -> None:
        """Not looked at for years."""
        row["last_updated"] = str(self.as_of - timedelta(days=self.rng.randrange(400, 1500)))

    def unknown(self, row: Row) -> None:
        """A word that no list knows."""
        field, text = self.rng.choice(
            (
                ("industry", "space mining"),
                ("state", "ZZ"),
                ("employee_count", "many"),
                ("employee_count", "0"),
                ("auto_enrollment_enabled", "maybe"),
                ("match_true_up", "see notes"),
                ("data_source", ""),
                ("auto_enrollment_effective_year", "20l9"),
                ("match_contribution_frequency", "whenever"),
            )
        )
        row[field] = text

    def disagreeing(self, row: Row) -> None:
        """A stated effective rate that the tiers don't give."""
        row["match_effective_rate"] = "0.1234"

    def hostile(self, row: Row) -> None:
        """What a spreadsheet, a shell or a template might run."""
        row[self.rng.choice(("client_name", "notes", "match_formula"))] = self.rng.choice(_HOSTILE)
