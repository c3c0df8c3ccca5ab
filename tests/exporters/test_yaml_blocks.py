"""The quick writer and reader of YAML against PyYAML, whose reading of YAML 1.1 is Navigator's."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.yaml_blocks import found, written
from exporters.yaml_by_pyyaml import dump as dump_by_pyyaml
from exporters.yaml_by_pyyaml import load as load_by_pyyaml
from harness.verify import same

GOLDEN = Path(__file__).parents[1] / "golden" / "navigator_scenario.yaml"
_TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["no", "null", "010", "1e5", "a: b", "- a", "#", 'say "x"', "a\\", "\x85", "é", "\xa0"]),
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,9}", fullmatch=True),
)
_NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6)
_LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), _NUMBERS, _TEXTS)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=15,
)
_DOCUMENTS = st.dictionaries(_TEXTS | st.just("k" * 130), _VALUES, min_size=1, max_size=4)
_PIECES = st.lists(
    st.sampled_from(
        [
            *("a", "b", '"a"', "no", "null", "true", "~", "0", "-0", "01", "1.50", "1.", ".5", "1e5", "1_0"),
            *("0x1F", "2026-01-01", "12:30:45", "[]", "{}", "[a]", "'a'", '"', "\\", '"\\"\\\\"', '"\\n"'),
            *("é", "\x85", "\u2028", "\r", "\t", ":", ": ", "-", "- ", " ", "  ", "\n", "\n", "\n  ", "\n- "),
            *("#", "# a", "...", "---", "&a ", "*a", "!x ", "|", ">", "? ", "<<", "=", "%", "@", "a:"),
            *("b: 1", "a: b"),
        ]
    ),
    max_size=14,
)


def _agrees(text: str) -> None:
    """Whatever the quick reader understands, PyYAML understands as the very same."""
    quickly = found(text)
    if quickly is not None:
        assert same(quickly, load_by_pyyaml(text)), text


@settings(deadline=None, max_examples=300)
@given(_DOCUMENTS)
def test_the_same_bytes_are_written_when_a_document_has_the_narrow_form(document: dict[str, Any]) -> None:
    # a byte that differs would be a new document for every client, and perhaps another value
    quickly = written(document)
    slowly = dump_by_pyyaml(document)
    assert quickly in (None, slowly)
    _agrees(slowly)


@settings(deadline=None, max_examples=500)
@given(_PIECES)
def test_the_quick_reader_leaves_a_text_alone_when_pyyaml_reads_it_otherwise(pieces: list[str]) -> None:
    # verification that takes a text for what it isn't proves nothing
    _agrees("".join(pieces))


@settings(deadline=None, max_examples=300)
@given(
    st.integers(0, 4000), st.integers(0, 6), st.sampled_from(["", *'" \n:-#\\{}[]0a.~\t\r\x85é', "  ", "- "])
)
def test_a_delivered_file_reads_as_by_pyyaml_when_any_of_it_was_changed(at: int, cut: int, put: str) -> None:
    # one flipped character must be seen as what every other reader makes of it
    text = GOLDEN.read_text(encoding="utf-8")
    at %= len(text)
    _agrees(text[:at] + put + text[at + cut :])


def test_nothing_is_left_to_pyyaml_when_the_file_is_one_of_ours() -> None:
    # else it would be right, and slow for each of a million files
    text = GOLDEN.read_text(encoding="utf-8").replace(r"\U0001F600", "")
    quickly = found(text)
    assert quickly is not None and same(quickly, load_by_pyyaml(text))
    assert written(quickly) == yaml_without_comments(text)


def yaml_without_comments(text: str) -> str:
    """The file without what is for people."""
    return "".join(f"{line}\n" for line in text.splitlines() if line and not line.startswith("#"))


def test_the_two_comparisons_see_a_type_that_changed() -> None:
    # the tests above would hold for a reader that takes a word for a number
    assert not same({"a": "1"}, yaml.safe_load("a: 1"))
    assert not same({"a": Decimal(1)}, {"a": True})
