"""JSON with exact decimals, which json.dumps can't write. It is read by exporters.yaml.from_json."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

_WORDS = {None: "null", True: "true", False: "false"}


def plain(value: Decimal | int) -> str:
    """Write a number in plain notation with the digits that it has: no exponent, nothing added.

    Raises TypeError for a binary float or a boolean, ValueError for NaN and infinity.
    """
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise TypeError(f"{value!r} is no exact number")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"{value} is no number that a document may hold")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def dumps(value: Any, indent: int | None = None) -> str:
    """Return `value` as JSON, keys in the order given, text as it is (no escapes but those that JSON needs).

    Raises TypeError for a binary float or a type that JSON has not, ValueError for NaN and infinity.
    """
    return _dumped(value, indent, "\n")


def _dumped(value: Any, indent: int | None, line: str) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    inner = line + " " * indent if indent else ""
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a key of an object is no text")
        colon = ": " if indent else ":"
        parts = [encode_basestring(k) + colon + _dumped(v, indent, inner) for k, v in value.items()]
        return _wrapped("{", parts, "}", indent, line, inner)
    if isinstance(value, Sequence):
        return _wrapped("[", [_dumped(v, indent, inner) for v in value], "]", indent, line, inner)
    return plain(value)


def _wrapped(left: str, parts: list[str], right: str, indent: int | None, line: str, inner: str) -> str:
    if not parts:
        return left + right
    return left + inner + ("," + inner).join(parts) + (line if indent else "") + right
