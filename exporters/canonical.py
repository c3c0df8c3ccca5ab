"""Canonical JSON: keys in the order given, UTF-8, decimals with the digits that they need, no binary float.

One line, or indented for people; no text holds an end of a line, whoever reads it. It is read by
exporters.yaml.from_json.
"""

from collections.abc import Callable
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from exporters.yaml import plain_number

_LINE_ENDS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""Ends of a line to some readers; a document's text is within one line to all of them."""


def plain(value: Decimal | int) -> str:
    """Write a number in plain notation with the digits that it has: no exponent, nothing added or taken away.

    Raises TypeError for a binary float or a boolean, ValueError for NaN and infinity.
    """
    if type(value) is int:
        return str(value)
    if type(value) is not Decimal:
        raise TypeError(f"{value!r} is no exact number")
    if not value.is_finite():
        raise ValueError(f"{value} is no number that a document may hold")
    return format(value, "f")


def _text(value: str) -> str:
    written = encode_basestring(value)
    return written if written.isascii() else written.translate(_LINE_ENDS)


_SCALARS: dict[type, Callable[[Any], str]] = {
    str: _text,
    bool: lambda value: "true" if value else "false",
    int: str,
    Decimal: plain_number,
    type(None): lambda value: "null",
}


def dump(value: Any, indent: int | None = None) -> str:
    """Return `value` as JSON: without a blank or a line end, or with so many blanks for each level.

    Raises TypeError for a binary float and whatever else has no form, ValueError for NaN or infinity.
    """
    return _dumped(value, indent, "\n")


def _dumped(value: Any, indent: int | None, line: str) -> str:
    kind = type(value)
    scalar = _SCALARS.get(kind)
    if scalar:
        return scalar(value)
    inner = line + " " * indent if indent else ""
    if kind is dict:
        if not all(type(key) is str for key in value):
            raise TypeError("a key of an object is no text")
        colon = ": " if indent else ":"
        parts = [_text(key) + colon + _dumped(there, indent, inner) for key, there in value.items()]
        return _wrapped("{", parts, "}", line if indent else "", inner)
    if kind is list:
        return _wrapped(
            "[", [_dumped(there, indent, inner) for there in value], "]", line if indent else "", inner
        )
    if kind is float:
        raise TypeError(f"{value!r} went through binary floating point; documents hold exact decimals")
    raise TypeError(f"a {kind.__name__} has no form in a document")


def _wrapped(left: str, parts: list[str], right: str, line: str, inner: str) -> str:
    return left + inner + ("," + inner).join(parts) + line + right if parts else left + right
