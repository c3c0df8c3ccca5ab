"""Properties of the parser over random designs, random edits and hostile text. Set-based: one parse call a
field and batch.

A failure names the seed; the same batch again, with all failures and the wordings that fail most often:
`python -m tests.parsing.test_parsing_properties --seed 7 --count 2000 --field match_formula`.
"""

from __future__ import annotations

import argparse
import os
import random
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from .hostile import HANDMADE, SALAD, names_nothing, unexplained
from .parser import FIELDS, parse
from .phrases import Case
from .test_corpus import OWN, REQUIRED_SHARE, SHARED, load
from .trials import bases, try_designs, try_edits, try_reversals, try_unknown_words
from .verdicts import Finding, is_held, listing, share, table, wordings_that_fail

SEEDS = st.integers(min_value=0, max_value=2**31)
# No shrinking of the seed: it means nothing. The shortest failing texts are listed first instead.
QUICK = settings(
    max_examples=2,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    derandomize="CI" in os.environ,
    suppress_health_check=list(HealthCheck),
)


@cache
def base_cases() -> list[Case]:
    """The corpora's firm strings with what the parser reads in them, parsed once a session."""
    return bases(parse, [row for row in load(OWN) + load(SHARED) if not row.get("debatable")])


def report(found: list[Finding], most: int = 12) -> str:
    """Table, the worst and shortest failures, the wordings that fail."""
    return f"\n{table(found)}\n{listing(found, most)}\nwordings that fail:\n{wordings_that_fail(found)}"


def assert_never_wrong(found: list[Finding]) -> None:
    """No text was read as another design."""
    assert not [f for f in found if f.verdict == "wrong"], report([f for f in found if f.verdict == "wrong"])


def assert_designs_come_back(seed: int, count: int) -> None:
    """Property (a) on one batch."""
    found = try_designs(parse, seed, count)
    note(f"seed {seed}, {len(found)} texts\n{table(found)}")
    assert_never_wrong(found)
    settled = [f for f in found if f.name == "settled" and not is_held(f.field, f.expect)]
    assert len(settled) > count / 2
    assert share(settled) >= REQUIRED_SHARE, (
        f"seed {seed}: {share(settled):.1%} of settled wordings are right{report(settled)}"
    )


@given(seed=SEEDS)
@QUICK
def test_random_designs_come_back_when_written_in_many_wordings(seed: int) -> None:
    """Without it a wording outside the corpora could be read as another design."""
    assert_designs_come_back(seed, 300)


@pytest.mark.slow
@given(seed=SEEDS)
@settings(QUICK, max_examples=5)
def test_ten_thousand_designs_come_back_when_written_in_many_wordings(seed: int) -> None:
    """Without it rare combinations of wordings would go unseen."""
    assert_designs_come_back(seed, 2000)


@given(seed=SEEDS)
@QUICK
def test_edited_corpus_strings_keep_their_design_when_figures_and_units_stay(seed: int) -> None:
    """Without it a slip of the finger could turn one plan into another."""
    assert_never_wrong(try_edits(parse, base_cases(), seed, 400))


@pytest.mark.slow
@given(seed=SEEDS)
@settings(QUICK, max_examples=5)
def test_ten_thousand_edits_keep_their_design_when_figures_and_units_stay(seed: int) -> None:
    """Without it rare slips would go unseen."""
    assert_never_wrong(try_edits(parse, base_cases(), seed, 2000))


@given(seed=SEEDS)
@QUICK
def test_no_other_design_comes_out_when_an_unknown_word_is_inserted(seed: int) -> None:
    """Without it text that is not understood could change a value instead of holding it."""
    base = base_cases()
    assert_never_wrong(try_unknown_words(parse, base, seed, 2 * len(base)))


@given(seed=SEEDS)
@QUICK
def test_nothing_resolves_when_a_reversing_word_is_inserted(seed: int) -> None:
    """Without it `not`, `except` or `unless` could be skipped as noise."""
    assert_never_wrong(try_reversals(parse, seed, 250))


@given(texts=st.lists(st.text(max_size=60), min_size=80, max_size=120))
@QUICK
def test_hostile_text_resolves_to_nothing_when_it_names_nothing(texts: list[str]) -> None:
    """Without it the parser could stop on, or read a design into, text that holds neither figure nor name."""
    for field in FIELDS:
        results = parse(field, [(text, "percent") for text in (*texts, *HANDMADE)])
        read = [
            (text, got)
            for text, got in zip((*texts, *HANDMADE), results, strict=True)
            if names_nothing(text) and not is_held(field, got)
        ]
        assert not read, f"{field}: {sorted(read, key=lambda pair: len(pair[0]))[:5]}"


@given(seed=SEEDS)
@QUICK
def test_every_figure_is_accounted_for_when_formula_words_are_shuffled(seed: int) -> None:
    """Without it a figure could be dropped, or made up, and the match still count as settled."""
    rng = random.Random(seed)
    texts = sorted({" ".join(rng.choices(SALAD, k=rng.randrange(2, 9))) for _ in range(400)}, key=len)
    results = parse("match_formula", [(text, None) for text in (*texts, *HANDMADE)])
    lost = [
        (text, why, got)
        for text, got in zip((*texts, *HANDMADE), results, strict=True)
        if not is_held("match_formula", got)
        for why in unexplained(text, got)
    ]
    assert not lost, "\n".join(f"{text!r}: {why}; got {got}" for text, why, got in lost[:8])


def main() -> None:
    """One batch of random designs, with the failures listed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--field")
    parser.add_argument("--trial", choices=("designs", "edits", "words", "reversals"), default="designs")
    parser.add_argument("--most", type=int, default=20)
    args = parser.parse_args()
    base = (
        [case for case in base_cases() if args.field in (None, case.field)]
        if args.trial in ("edits", "words")
        else []
    )
    if args.trial == "designs":
        found = try_designs(parse, args.seed, args.count, {args.field} if args.field else None)
    elif args.trial == "reversals":
        found = try_reversals(parse, args.seed, args.count)
    else:
        found = {"edits": try_edits, "words": try_unknown_words}[args.trial](
            parse, base, args.seed, args.count
        )
    if args.trial != "designs":
        found = [f for f in found if f.verdict in ("right", "wrong")]
    print(report(found, args.most))


if __name__ == "__main__":
    main()
