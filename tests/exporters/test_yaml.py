"""What another reader of the YAML would get wrong, were it written as PyYAML writes it by itself."""

from decimal import Decimal

import pytest

from exporters.yaml import dump, from_json, is_plain_word, load, plain_number

TRICKY = [
    "no", "Yes", "on", "OFF", "y", "N", "true", "null", "~", "", " ", "010", "0o7", "0x1F", "1e5", "1_000",
    "12:30:45", "2026-01-01", "2026-01-01T00:00:00Z", "=", "<<", ".5", ".inf", ".nan", "nan", "- a", "a: b",
    "a #b", "#", "*x", "&x", "!x", "%x", "@x", "`x", "{a}", "[a]", "'", '"', "O'Brien", 'say "x"',
    "back\\slash", "line\nline", "cr\rx", "tab\tx", "nul\x00x", "next\x85line", "\u2028", "\ufeff", "é", "😀",
    "trailing ", " leading", "---", "...", "? x", "|", ">",
]  # fmt: skip


@pytest.mark.parametrize("text", TRICKY)
def test_a_string_comes_back_as_itself_when_it_looks_like_something_else(text: str) -> None:
    # without it a `no` would arrive as false, a date as a date, and a colon as a mapping
    assert load(dump({"key": text, text: [text]})) == {"key": text, text: [text]}


@pytest.mark.parametrize("text", TRICKY)
def test_a_string_is_quoted_when_it_is_no_plain_word(text: str) -> None:
    # YAML 1.2 and 1.1 readers differ in what they make of bare scalars; quotes leave them no choice
    assert dump([text]).startswith('- "')


@pytest.mark.parametrize("text", ["flat", "new_hires_only", "c0123456789abcde_baseline", "e5", "x1F"])
def test_a_string_stays_bare_when_it_is_a_plain_word(text: str) -> None:
    assert is_plain_word(text)
    assert dump([text]) == f"- {text}\n"


@pytest.mark.parametrize(
    ("json_text", "expected"),
    [
        ("0.030000000000", "0.03"),
        ("1.000000000000", "1.0"),
        ("1E-7", "0.0000001"),
        ("0.123456789012", "0.123456789012"),
        ("2000.00", "2000.0"),
        ("1e3", "1000.0"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
    ],
)
def test_a_decimal_keeps_its_digits_when_it_is_written(json_text: str, expected: str) -> None:
    # binary floating point or an exponent would change what a receiver computes
    value = from_json(json_text)
    assert plain_number(value) == expected
    written = dump({"rate": value})
    assert written == f"rate: {expected}\n"
    assert load(written) == {"rate": value}


@pytest.mark.parametrize("value", [0.1, float("nan")])
def test_dump_refuses_a_number_when_it_is_binary(value: float) -> None:
    with pytest.raises(TypeError, match="binary floating point"):
        dump({"rate": value})


@pytest.mark.parametrize("text", ["NaN", "Infinity", '{"a": 1, "a": 2}'])
def test_json_is_refused_when_a_reader_would_have_to_guess(text: str) -> None:
    with pytest.raises(ValueError, match=r"no JSON number|comes twice"):
        from_json(text)


def test_dump_refuses_infinity_when_it_is_a_decimal() -> None:
    with pytest.raises(ValueError, match="no number"):
        dump({"rate": Decimal("Infinity")})


def test_load_refuses_a_key_when_it_comes_twice() -> None:
    # the later one would win in silence
    with pytest.raises(ValueError, match="comes twice"):
        load("a: 1\na: 2\n")


def test_load_builds_no_object_when_a_tag_asks_for_it() -> None:
    with pytest.raises(ValueError, match="not readable"):
        load("!!python/object/apply:os.getcwd []")


@pytest.mark.parametrize(
    "value",
    [
        ".inf", "-.INF", ".nan", "12:30:45", "-1:30", "12:30:45.5", "190:20:30.15", "010", "0o7", "0b11",
        "0x1F", "1_000", "1_000.5", "2026-13-45", "!!int ''", "!!int x", "!!float ''", "!!float x",
        "!!bool x", "!!timestamp x", "{[1]: 2}", "{{a: 1}: 2}", "[" * 5000, "[" * 900 + "]" * 900,
        "{b: " * 200_000, "- " * 200_000, "1" * 5000,
        "1.0e+99999999999999999999", "!!binary x", "&a [*a]",
    ],
)  # fmt: skip
def test_a_value_is_refused_or_a_text_when_it_means_another_to_some_reader(value: str) -> None:
    """A bare error would end the run as a fault of planwise; 12:30:45 is 45045 to YAML 1.1 only."""
    try:
        found = load(f"rate: {value}\n")
    except ValueError as error:
        assert "not readable as YAML" in str(error)
    else:
        assert found == {"rate": value}


@pytest.mark.parametrize("text", ["[" * 100_000, "1e99999999999999999999", "1" * 5000])
def test_json_is_refused_when_no_number_or_list_is_so_large(text: str) -> None:
    with pytest.raises(ValueError):
        from_json(text)


def test_a_number_is_read_when_every_reader_reads_it_so() -> None:
    found = load("{a: 12, b: -3, c: +4, d: 0, e: 1.50, f: -0.5, g: 1.5e+3, h: .5, i: 7.}")
    assert {key: str(value) for key, value in found.items()} == {
        "a": "12", "b": "-3", "c": "4", "d": "0", "e": "1.50", "f": "-0.5", "g": "1.5E+3", "h": "0.5",
        "i": "7",
    }  # fmt: skip


def test_keys_keep_their_order_and_repeat_in_full_when_values_are_shared() -> None:
    # sorting would tear the blocks apart; an alias (`*id001`) is no part of YAML 1.2 JSON schema readers
    shared = {"z": Decimal("0.5"), "a": 1}
    assert dump({"b": shared, "a": shared}) == "b:\n  z: 0.5\n  a: 1\na:\n  z: 0.5\n  a: 1\n"
