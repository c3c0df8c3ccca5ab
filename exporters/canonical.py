"""Canonical JSON: one line, keys in the order given, UTF-8, decimals with the digits that they have.

A binary float has no place in it, and is refused.
"""

import json
from decimal import Decimal
from typing import Any

from exporters.yaml import plain_number

_LINE_ENDS = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""Ends of a line to some readers; a document is one line to all of them."""


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).translate(_LINE_ENDS)


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{key!r} is no key of a JSON object")
    return _text(key)


def dump(value: Any) -> str:
    """Return `value` as JSON without a blank or a line end.

    Raises TypeError for a binary float and whatever else has no form, ValueError for NaN or infinity.
    """
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_key(key)}:{dump(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    if isinstance(value, float):
        raise TypeError(f"{value!r} went through binary floating point; documents hold exact decimals")
    raise TypeError(f"a {type(value).__name__} has no form in a document")
