"""The sieve in front of rule E02 lets nothing pass that the rule finds."""

import json
import pickle
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.identifiers import Scanner
from harness.sieve import _BLANKS, _FOLDS_TO_ASCII

KINDS = ("client_id", "plan_id", "path", "source file", "host name", "short name")
SIGNS = st.text(st.sampled_from("aAkKsSzZ019-_ ./\\'\"\n\t$%ßſÜé日ﬁİ\u212a\u0000\u0085\u2003"), max_size=7)
IDENTIFIERS = st.one_of(
    SIGNS.map(str.strip),
    st.sampled_from(["70001", "42", "MX-0001", "ab12", "ACME_401", "St. John's 7", "/srv/plans", "日本"]),
    st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True),
    st.from_regex(r"[0-9]{3,6}", fullmatch=True),
)
AROUND = st.sampled_from(["", "", " ", "-", "_", "x", "7", "$", "$ ", "\n", "\\", '"', "é", "n", "\u0085"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[tuple[str, str]], Any]:
    """Identifiers, and a value in which some of them stand, whole, in other case, or in part."""
    pairs = draw(st.lists(st.tuples(st.sampled_from(KINDS), IDENTIFIERS), max_size=5))
    known = [value for _, value in pairs] or ["none"]
    change = st.sampled_from([str, str.upper, str.lower, str.casefold, lambda text: text[1:]])
    hit = st.builds(
        lambda before, text, how, after: before + how(text) + after,
        AROUND,
        st.sampled_from(known),
        change,
        AROUND,
    )
    texts = st.one_of(hit, st.lists(hit, max_size=3).map("".join), SIGNS)
    values = st.recursive(
        st.one_of(texts, st.integers(), st.none(), st.booleans(), st.sampled_from([70001, 42])),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.one_of(texts, st.just("formula_text")), inner, max_size=3),
        ),
        max_leaves=6,
    )
    return pairs, draw(values)


@settings(max_examples=300, deadline=None)
@given(cases())
@example(([("client_id", "MX-0001")], {"a": ["\nmx-0001"]}))
@example(([("client_id", "3")], {"formula_text": "3", "b": [" 3\t"]}))
@example(([("short name", "")], [""]))
@example(([("client_id", "ks-1")], ["\u212a\u017f-1"]))
@example(([("client_id", "ab12")], ["x_AB12-y"]))
def test_same_is_found_when_the_sieve_stands_before_the_rule(case: tuple[list[tuple[str, str]], Any]) -> None:
    """Else an internal identifier could leave the house because a faster search overlooks it."""
    pairs, value = case
    scanner = Scanner(pairs)
    found = scanner._scan("c0.yaml", value)
    assert scanner.scan("c0.yaml", value) == found
    if found:
        both = ["c0.yaml", value]
        for text in (
            json.dumps(both),
            json.dumps(both, ensure_ascii=False, separators=(",", ":")),
            json.dumps(both, indent=2),
            json.dumps(both).replace("/", "\\/"),
        ):
            assert scanner.may_hold(text.encode())


def test_nothing_is_suspected_when_a_text_holds_none() -> None:
    """A sieve that lets nothing pass would be right, and as slow as none."""
    scanner = Scanner([("client_id", "70001"), ("short name", "root"), ("path", "/srv/plans/home")])
    both = {"employees": 70001, "note": "170001 – root canal, /srv/plans/homes, 0a70001f", "n": [70001]}
    assert not scanner.may_hold(json.dumps(both, separators=(",", ":"), ensure_ascii=False).encode())
    assert scanner.may_hold(b'{"note":"see 70001"}')
    assert scanner.may_hold(b'{"by":" root"}')
    assert pickle.loads(pickle.dumps(scanner)).may_hold(b'{"by":"root"}')


@pytest.mark.parametrize("point", [(0, 0x3000), (0x3000, 0xD800), (0xE000, 0x110000)])
def test_every_character_is_known_that_folds_to_ascii_or_is_blank(point: tuple[int, int]) -> None:
    """Else "ACME" with a Kelvin sign for its K, or a field with a wide blank at its end, would pass."""
    signs = [chr(number) for number in range(*point)]
    folded = {sign for sign in signs if not sign.isascii() and any(c.isascii() for c in sign.casefold())}
    assert folded <= set(_FOLDS_TO_ASCII)
    assert {sign for sign in signs if sign.isspace()} <= set(_BLANKS)
