"""Canonical JSON: one line, exact decimals."""

import json
from decimal import Decimal
from typing import Any

import pytest

from exporters.canonical import dump
from exporters.yaml import from_json


@pytest.mark.parametrize(
    ("json_text", "written"),
    [
        ("0.1", "0.1"),
        ("0.333333333333", "0.333333333333"),
        ("1e-12", "0.000000000001"),
        ("12345678901234567890.123456789012", "12345678901234567890.123456789012"),
        ("100", "100"),
        ("-0.05", "-0.05"),
    ],
)
def test_a_number_keeps_its_digits_when_it_is_written(json_text: str, written: str) -> None:
    """Through binary floating point 0.1 would come back as 0.1000000000000000055."""
    assert dump(from_json(json_text)) == written
    assert from_json(dump(from_json(json_text))) == Decimal(json_text)


@pytest.mark.parametrize("value", [0.1, [0.1], {"a": {"b": 1.0}}, float("nan")])
def test_dump_refuses_a_number_when_it_is_binary(value: Any) -> None:
    """Nobody would see the digits that it lost."""
    with pytest.raises(TypeError, match="binary floating point"):
        dump(value)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity")])
def test_dump_refuses_a_decimal_when_it_is_no_number(value: Decimal) -> None:
    """JSON has no such number; a reader would guess."""
    with pytest.raises(ValueError, match="no number"):
        dump(value)


@pytest.mark.parametrize("value", [{1: "a"}, {"a": {1, 2}}, b"x", (1, 2)])
def test_dump_refuses_a_value_when_it_has_no_form(value: Any) -> None:
    """A tuple would come back as a list, a number as a key as text."""
    with pytest.raises(TypeError):
        dump(value)


@pytest.mark.parametrize(
    "text", ['O\'Brien "quoted"', "a\nb\r\tc\x00", "\x85\u2028\u2029", "é – 😀", "\\", "0.10", "no", ""]
)
def test_a_text_is_one_line_and_comes_back_when_it_is_hostile(text: str) -> None:
    """A line end within would cut a line of NDJSON in two, for some readers only."""
    written = dump({"a": text, "b": [text, True, None]})
    assert len(written.splitlines()) == 1
    assert json.loads(written) == {"a": text, "b": [text, True, None]}
