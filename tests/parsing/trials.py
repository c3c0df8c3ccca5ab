"""Trials of a parser on generated and edited texts; each takes the parser as an argument, so that a broken
one can be tried.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from .generator import cases
from .mutations import MADE_UP, REVERSING, edited, with_word
from .phrases import Case
from .verdicts import CONDITIONS, MONEY, Finding, is_held, judge

Parser = Callable[[str, list[tuple[str, str | None]]], list[dict[str, Any]]]
DESIGN_KEYS = (
    "kind",
    "tiers",
    "bands",
    "max_match_percentage",
    "max_matched_deferral",
    "annual_dollar_cap",
    "discretionary",
    "rate",
    "array",
    "value",
    *CONDITIONS,
    *MONEY,
)


def judged(parser: Parser, batch: Sequence[Case]) -> list[Finding]:
    """A verdict on every case; one parser call per field."""
    by_field: dict[str, list[Case]] = defaultdict(list)
    for case in batch:
        by_field[case.field].append(case)
    found = []
    for name, group in by_field.items():
        results = parser(name, [(c.raw, c.unit) for c in group])
        assert len(results) == len(group), f"{name}: {len(group)} texts in, {len(results)} results out"
        for case, got in zip(group, results, strict=True):
            verdict, keys = judge(name, case.expect, got)
            label = "settled" if case.settled else "free"
            found.append(
                Finding(name, label, case.raw, case.expect, got, verdict, tuple(keys), case.wordings)
            )
    return found


def try_designs(parser: Parser, seed: int, count: int, fields: set[str] | None = None) -> list[Finding]:
    """Random designs, written out: each must come back, or (free wordings) not at all."""
    return judged(parser, cases(seed, count, fields))


def design_of(got: dict[str, Any]) -> dict[str, Any]:
    """What a result says about the plan, without status, reasons and texts; money types likewise."""
    picked: dict[str, Any] = {
        key: got[key] for key in DESIGN_KEYS if key in got and not isinstance(got[key], dict)
    }
    for money in MONEY:
        if isinstance(got.get(money), dict):
            picked[money] = design_of(got[money])
    return picked


def bases(parser: Parser, rows: Sequence[dict[str, Any]]) -> list[Case]:
    """Corpus strings with what the parser now reads in them, or with the corpus' own answer where it is
    held or wrong.
    """
    # a bare number is read in the unit that `auto` takes from all of a batch: it has no design of its own
    told = [r for r in rows if r["field"] != "nonelective_formula" or not re.fullmatch(r"[\d.\s]+", r["raw"])]
    given = [Case(r["field"], r["raw"], r["expect"], r.get("unit")) for r in told]
    read = []
    for finding, case in zip(
        judged(parser, sorted(given, key=lambda c: c.field)),
        sorted(given, key=lambda c: c.field),
        strict=True,
    ):
        is_right = finding.verdict == "right" and not is_held(case.field, finding.got)
        read.append(
            Case(case.field, case.raw, design_of(finding.got) if is_right else case.expect, case.unit)
        )
    return read


def try_edits(parser: Parser, base: Sequence[Case], seed: int, count: int) -> list[Finding]:
    """Base texts with random edits: the same design or none."""
    rng = random.Random(seed)
    picked = [rng.choice(base) for _ in range(count)]
    return judged(
        parser,
        [Case(c.field, edited(rng, c.raw, c.field), c.expect, c.unit, wordings=(c.raw,)) for c in picked],
    )


def try_unknown_words(parser: Parser, base: Sequence[Case], seed: int, count: int) -> list[Finding]:
    """Base texts with an unknown word, or one that reverses the meaning: the same design or none."""
    rng = random.Random(seed)
    picked = [base[i % len(base)] for i in range(count)]
    return judged(
        parser,
        [
            Case(c.field, with_word(rng, c.raw, MADE_UP + REVERSING), c.expect, c.unit, wordings=(c.raw,))
            for c in picked
        ],
    )


def try_reversals(parser: Parser, seed: int, count: int) -> list[Finding]:
    """Settled designs with `not`, `except`, `unless` ... inside: none may resolve; expect says unresolved."""
    rng = random.Random(seed)
    fields = {"match_formula", "nonelective_formula", "vesting_schedule", "eligibility", "rate"}
    quiet = [
        c
        for c in cases(seed, count, fields)
        if c.settled and not is_held(c.field, c.expect) and not has_note(c)
    ]
    held: dict[str, Any] = {"status": "unresolved"}
    return judged(
        parser,
        [Case(c.field, with_word(rng, c.raw, REVERSING), held, c.unit, wordings=(c.raw,)) for c in quiet],
    )


def has_note(case: Case) -> bool:
    """True when a note or label was written, inside which a reversing word may settle nothing."""
    marks = ("effective", "plan document", "IRC", "Plan 0", "retirement", "death", "core", "NEC", "Profit")
    return any(mark in wording for wording in case.wordings for mark in marks)
