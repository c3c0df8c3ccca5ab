"""A negation never vanishes: one in any place of a text that was settled holds the field, or is understood.

Every negation is put at every token of sampled corpus strings of the four grammars. What may still settle is
listed in UNDERSTOOD, with what the text then says.
"""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from hypothesis import given

from .parser import parse
from .test_corpus import OWN, SHARED, load
from .test_parsing_properties import QUICK, SEEDS
from .verdicts import is_held

NEGATIONS = (
    "not",
    "no",
    "none",
    "never",
    "without",
    "except",
    "unless",
    "neither",
    "nor",
    "non",
    "excluding",
    "cannot",
    "isn't",
    "doesn't",
    "n't",
)
DENIED = r"(?:no|none|not|without|\w*n't|cannot)"
MONEY = r"(?:nec|ps|psc|profit sharing|non-?elective|core|qnec|discretionary)"
UNDERSTOOD = {
    "match_formula": (
        (rf"\b{DENIED}\b[^;]*\btrued?[- ]up\b", "the true-up denied: it has a column of its own"),
        (rf"[;,+&:] *(?:no|none|without) {MONEY}\b", "no nonelective money beside the match"),
        (rf"\b{MONEY}\b.*? none\b", "nonelective money: none"),
    ),
    "nonelective_formula": ((r"[;,(] *no match\b", "no match beside the nonelective money"),),
    "vesting_schedule": (
        (
            r"\bexcept\b.*\b(?:death|die|disab\w+|retire\w+|retirement)\b",
            "except introduces what happens on death, disability or retirement",
        ),
    ),
    "eligibility": (
        (r"\b(?:no|without) last day\b", "no last-day rule"),
        (rf"\blast day\b[\w ]* {DENIED} (?:apply|applies|required)", "the last-day rule does not apply"),
    ),
}
Cases = list[tuple[str, str]]


def is_settled(field: str, got: dict[str, Any]) -> bool:
    """True when the field says something and so does the nonelective part of a match, if there is one."""
    core = got.get("core")
    return not is_held(field, got) and not (core and is_held("nonelective_formula", core))


def settled_texts(field: str) -> list[str]:
    """The firm corpus strings that the parser settles."""
    rows = [row for row in load(OWN) + load(SHARED) if row["field"] == field and not row.get("debatable")]
    texts = list(dict.fromkeys(row["raw"] for row in rows if not is_held(field, row["expect"])))
    results = parse(field, [(text, "percent") for text in texts])
    return [text for text, got in zip(texts, results, strict=True) if is_settled(field, got)]


def negated(text: str) -> list[str]:
    """The text with each negation at each token."""
    words = text.split()
    return [
        " ".join([*words[:i], negation, *words[i:]]) for i in range(len(words) + 1) for negation in NEGATIONS
    ]


def swallowed(field: str, seed: int, count: int) -> Cases:
    """Texts that are settled in spite of their negation, and not for a listed reason."""
    texts = settled_texts(field)
    picked = random.Random(seed).sample(texts, min(count, len(texts)))
    cases = [(text, case) for text in picked for case in negated(text)]
    results = parse(field, [(case, "percent") for _, case in cases])
    return [
        (text, case)
        for (text, case), got in zip(cases, results, strict=True)
        if is_settled(field, got)
        and not any(re.search(pattern, case, re.IGNORECASE) for pattern, _ in UNDERSTOOD[field])
    ]


def assert_none_is_swallowed(field: str, seed: int, count: int) -> None:
    """The property on one sample."""
    found = swallowed(field, seed, count)
    assert not found, f"seed {seed}: {len(found)} texts settled in spite of a negation\n" + "\n".join(
        f"{case!r} (from {text!r})" for text, case in sorted(found, key=lambda pair: len(pair[1]))[:12]
    )


@pytest.mark.parametrize("field", UNDERSTOOD)
def test_nothing_settles_when_a_negation_stands_at_any_token(field: str) -> None:
    """Without it `3% not match` was read as 3 %: the negation went with an aside."""
    assert_none_is_swallowed(field, 20261122, 40)


@pytest.mark.slow
@pytest.mark.parametrize("field", UNDERSTOOD)
@given(seed=SEEDS)
@QUICK
def test_nothing_settles_when_a_negation_stands_at_any_token_of_any_string(field: str, seed: int) -> None:
    """Without it an aside that only few strings have could swallow one."""
    assert_none_is_swallowed(field, seed, 400)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("match_formula", "50% up to 6%, not trued up annually"),
        ("match_formula", "50% up to 6%, no profit sharing"),
        ("nonelective_formula", "3%, no match"),
        ("vesting_schedule", "3-year cliff, except 100% upon death or disability"),
        ("eligibility", "1000 hours and no last day"),
        ("eligibility", "Last day rule does not apply; 1 year"),
    ],
)
def test_a_text_settles_when_what_it_denies_is_understood(field: str, text: str) -> None:
    """Without it the property above could hold because the grammar knows no negation at all."""
    assert is_settled(field, parse(field, [(text, "percent")])[0])
