"""The generator, the evaluator and the verdicts are able to fail: a true parser passes, each broken one is
caught.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from .evaluator import match_surface, same_design, same_number
from .generator import cases
from .hostile import names_nothing, unexplained
from .mutations import UNIT_WORDS, carries_meaning, edited, runs, with_word
from .parser import FIELDS
from .phrases import Case
from .trials import Parser, judged, try_edits, try_reversals, try_unknown_words
from .verdicts import is_held, judge, share, table

SEED = 20240115
BATCH = cases(SEED, 1500)
HELD = {"kind": "unresolved", "status": "unresolved", "value": None}
Change = Callable[[dict[str, Any]], None]


def parser_that_knows(batch: list[Case], change: Change | None = None) -> Parser:
    """A parser that returns the design behind each text of the batch, changed; anything else is
    unresolved.
    """
    known = {(c.field, c.raw, c.unit): c.expect for c in batch}

    def parse(field: str, texts: list[tuple[str, str | None]]) -> list[dict[str, Any]]:
        results = [copy.deepcopy(known.get((field, raw, unit), HELD)) for raw, unit in texts]
        for result in results:
            if change is not None and not is_held(field, result):
                change(result)
        return results

    return parse


def deaf_parser(field: str, texts: list[tuple[str, str | None]]) -> list[dict[str, Any]]:
    """Holds everything."""
    return [dict(HELD) for _ in texts]


def off(value: Any) -> Any:
    """A number moved by a thousandth or one, a word by a letter."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (Decimal, int)):
        return value + (1 if isinstance(value, int) else Decimal("0.001"))
    return f"{value}x"


def perturb(result: dict[str, Any]) -> None:
    """One number of the design, whichever it has, moved a little."""
    part = next(
        (
            result[m]
            for m in ("match", "core", "deferral")
            if "kind" not in result and isinstance(result.get(m), dict)
        ),
        result,
    )
    if part.get("bands"):
        part["bands"][-1][0] += 1
    elif part.get("tiers"):
        part["tiers"][-1][1] = off(part["tiers"][-1][1])
    elif part.get("array"):
        part["array"].insert(0, Decimal(0))
    else:
        keys = (
            "rate",
            "value",
            "waiting_period_months",
            "waiting_period_days",
            "minimum_hours",
            "minimum_age",
        )
        key = next((k for k in keys if part.get(k) is not None), None)
        if key:
            part[key] = off(part[key])
        else:
            part["kind"] = "none" if part.get("kind") != "none" else "discretionary"


def test_everything_is_right_when_the_parser_returns_the_design() -> None:
    """Without it evaluator and generator could disagree with themselves, and blame the parser."""
    found = judged(parser_that_knows(BATCH), BATCH)
    assert [f for f in found if f.verdict != "right"] == [], table(found)


def test_every_design_is_wrong_when_one_number_is_perturbed() -> None:
    """Without it the verdict could be blind to a kind of design."""
    found = judged(parser_that_knows(BATCH, perturb), BATCH)
    seen = [f for f in found if not is_held(f.field, f.expect)]
    assert [f for f in seen if f.verdict != "wrong"] == []
    assert len(seen) > len(BATCH) * 0.7


def test_nothing_is_wrong_and_the_share_fails_when_everything_is_held() -> None:
    """Without it a parser that resolves nothing would pass."""
    found = judged(deaf_parser, BATCH)
    assert {f.verdict for f in found} <= {"right", "detail", "unresolved"}
    assert share([f for f in found if not is_held(f.field, f.expect)]) == 0


@pytest.mark.parametrize(
    "key, value",
    [
        ("annual_dollar_cap", Decimal(2000)),
        ("discretionary", True),
        ("max_match_percentage", Decimal("0.5")),
        ("bands", [[0, None, []]]),
    ],
)
def test_a_match_is_wrong_when_something_is_added_to_it(key: str, value: Any) -> None:
    """Without it a cap or flag made up by the parser would go unseen."""
    expect = next(
        c.expect
        for c in BATCH
        if c.expect.get("kind") == "simple"
        and c.expect["annual_dollar_cap"] is None
        and not c.expect["discretionary"]
    )
    assert judge("match_formula", expect, {**expect, key: value})[0] == "wrong"


def test_a_lost_nonelective_part_is_wrong_when_the_match_resolves() -> None:
    """Without it `100% up to 3%; 2% NEC` could come back without its 2 %."""
    expect = next(c.expect for c in BATCH if c.expect.get("core", {}).get("kind") == "flat")
    assert (
        judge("match_formula", expect, {**expect, "core": {"kind": None, "status": "unresolved"}})[0]
        == "wrong"
    )
    assert (
        judge("match_formula", expect, {**expect, "core": {"kind": "unresolved", "status": "unresolved"}})[0]
        == "unresolved"
    )


@pytest.mark.parametrize("field", ["match_formula", "nonelective_formula", "vesting_schedule"])
def test_a_contradiction_is_wrong_when_it_resolves(field: str) -> None:
    """Without it a guess on a text with two readings would count as an answer."""
    held = [c for c in BATCH if c.field == field and is_held(field, c.expect)]
    answer = next(c.expect for c in BATCH if c.field == field and not is_held(field, c.expect))
    found = judged(lambda _field, texts: [dict(answer) for _ in texts], held)
    assert held and {f.verdict for f in found} == {"wrong"}


def test_only_the_label_differs_when_two_names_pay_the_same() -> None:
    """Without it a schedule named custom instead of graded would count as another design."""
    expect = {"kind": "graded", "status": "exact", "array": [0, 0.5, 1]}
    assert judge("vesting_schedule", expect, {**expect, "kind": "custom"})[0] == "detail"
    assert judge("vesting_schedule", expect, {**expect, "array": [0, 0.5, 0.75, 1]})[0] == "wrong"


def test_designs_differ_when_they_pay_differently_anywhere() -> None:
    """Without it a tier end moved by a quarter percent, or a band by one year, would be invisible."""
    simple = {"kind": "simple", "tiers": [[0, "0.06", "0.5"]]}
    assert same_design("match_formula", simple, {"tiers": [[0, "0.03", "0.5"], ["0.03", "0.06", "0.5"]]})
    assert not same_design("match_formula", simple, {"tiers": [[0, "0.0625", "0.5"]]})
    graded = {"bands": [[0, 5, [[0, "0.04", "0.5"]]], [5, None, [[0, "0.04", "1"]]]]}
    later = {"bands": [[0, 6, [[0, "0.04", "0.5"]]], [6, None, [[0, "0.04", "1"]]]]}
    assert not same_design("match_formula", graded, later)
    assert match_surface(graded)[4] != match_surface(graded)[5]


def test_numbers_are_equal_at_ten_places_when_types_differ() -> None:
    """Without it a float, a text and a Decimal of one value would differ, or None and False be merged."""
    assert (
        same_number(0.1, Decimal("0.1"))
        and same_number("0.3333333333", Decimal(1) / 3)
        and same_number([1, None], [1.0, None])
    )
    assert (
        not same_number(None, False) and not same_number(0, None) and not same_number("0.055", "0.05500001")
    )
    assert not same_number(True, 1) and not same_number("rejected", None)


def reads_first_figure_only(field: str, texts: list[tuple[str, str | None]]) -> list[dict[str, Any]]:
    """A parser of the careless kind: finds what it likes and skips the rest."""
    answers = {
        c.raw.split()[0]: c.expect
        for c in BATCH
        if c.field == field and c.raw.split() and not is_held(field, c.expect)
    }
    return [dict(answers.get(raw.split()[0] if raw.split() else "", HELD)) for raw, _ in texts]


def test_a_careless_parser_is_caught_when_words_are_edited_inserted_or_reversed() -> None:
    """Without it the edit and insertion trials could pass whatever the parser does."""
    base = [c for c in BATCH if c.field == "match_formula" and len(c.raw.split()) > 3]
    for found in (
        try_edits(reads_first_figure_only, base, SEED, 300),
        try_unknown_words(reads_first_figure_only, base, SEED, 300),
        try_reversals(reads_first_figure_only, SEED, 300),
    ):
        assert any(f.verdict == "wrong" for f in found)
    assert not any(f.verdict == "wrong" for f in try_edits(deaf_parser, base, SEED, 300))


def units_of(text: str) -> set[str]:
    """Unit and number words of a text."""
    return set(re.findall(r"[a-z]+", text.lower())) & UNIT_WORDS


def test_figures_signs_and_units_are_left_alone_when_text_is_edited() -> None:
    """Without it an edit could change the meaning itself, and the parser be blamed for reading it well."""
    rng = random.Random(SEED)
    for case in BATCH:
        text = edited(rng, case.raw, case.field)
        kept = [r for r in runs(case.raw) if carries_meaning(r)]
        assert [r for r in kept if r not in text] == [], (case.raw, text)
        assert [c for c in text if c.isdigit() or c in "%$+-/:.()"] == [
            c for c in case.raw if c.isdigit() or c in "%$+-/:.()"
        ]
        assert units_of(text) <= units_of(case.raw), (case.raw, text)
    changed = sum(edited(rng, c.raw, c.field) != c.raw for c in BATCH)
    assert changed > len(BATCH) * 0.8


def test_all_tokens_stay_in_order_when_a_word_is_inserted() -> None:
    """Without it an insertion could lose text, and prove nothing."""
    rng = random.Random(SEED)
    for case in BATCH[:300]:
        longer = with_word(rng, case.raw, ("zorble",)).split()
        assert longer.count("zorble") == 1 and [t for t in longer if t != "zorble"] == case.raw.split()


def test_generated_texts_are_the_same_when_the_seed_is() -> None:
    """Without it a failure could not be seen again."""
    assert cases(7, 50) == cases(7, 50) != cases(8, 50)


def test_generated_texts_cover_every_field_and_wording_when_there_are_many() -> None:
    """Without it a field could drop out of the trials unseen."""
    assert {c.field for c in BATCH} == set(FIELDS)
    kinds = {c.expect["kind"] for c in BATCH if "kind" in c.expect}
    assert {
        "none",
        "simple",
        "tiered",
        "service_graded",
        "discretionary",
        "unresolved",
        "flat",
        "age_banded",
        "defined_benefit",
        "immediate",
        "cliff",
        "graded",
        "custom",
    } <= kinds
    assert sum(c.settled for c in BATCH) > len(BATCH) * 0.75


@pytest.mark.parametrize(
    "text, got, is_explained",
    [
        ("100% up to 3%", [[0, "0.03", 1]], True),
        ("100% first 3% 50% next 3%", [[0, "0.03", 1], ["0.03", "0.06", "0.5"]], True),
        ("100% up to 3% 5%", [[0, "0.03", 1]], False),
        ("100% up to 3%", [[0, "0.04", 1]], False),
        ("100% up to 3%", [[0, "0.03", "0.5"]], False),
    ],
)
def test_a_figure_lost_or_made_up_is_seen_when_words_are_shuffled(
    text: str, got: list[Any], is_explained: bool
) -> None:
    """Without it the shuffling trial could not fail."""
    assert (unexplained(text, {"tiers": got}) == []) is is_explained


def test_a_text_names_something_when_it_holds_a_figure_or_a_name() -> None:
    """Without it the hostile trial could forbid right answers, or none."""
    assert names_nothing("zorble ~~") and names_nothing("'; drop table") and names_nothing("")
    assert (
        not names_nothing("½")
        and not names_nothing("fully vested")
        and not names_nothing("n o n e")
        and not names_nothing("３")
    )
