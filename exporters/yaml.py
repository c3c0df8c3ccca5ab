"""YAML that means the same to every reader: exact decimals, quoted strings, keys in the order given.

A scalar is left bare only when YAML 1.1 and YAML 1.2 both read it as that same word; everything else is
quoted: `no`, `010`, `12:30:45`, `1e5`, `2026-01-01` (Navigator refuses an unquoted date), `~`, the empty
string.
"""

import json
from decimal import Decimal
from typing import Any

from exporters.yaml_blocks import found, is_plain_word, plain_number, written

__all__ = ["dump", "from_json", "is_plain_word", "load", "plain_number"]


def dump(value: Any) -> str:
    """Return `value` as block YAML, LF line ends, keys in the order given.

    Raises TypeError for a binary float, ValueError for NaN or infinity, yaml.YAMLError for anything without a
    form.
    """
    quickly = written(value)
    if quickly is None:
        from exporters import yaml_by_pyyaml  # 10 ms that most commands are spared

        return yaml_by_pyyaml.dump(value)
    return quickly


def load(content: bytes | str) -> Any:
    """Read YAML 1.1 safely, numbers with a point as Decimal. Raises ValueError for what is none."""
    try:
        quickly = found(content if isinstance(content, str) else content.decode("utf-8"))
    except ValueError:
        quickly = None  # not UTF-8, or an endless number: PyYAML knows others, or says what is wrong
    if quickly is None:
        from exporters import yaml_by_pyyaml

        return yaml_by_pyyaml.load(content)
    return quickly


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key comes twice in one object")
    return result


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def from_json(text: str | bytes) -> Any:
    """Read JSON without losing a digit: every number with a point or an exponent becomes a Decimal.

    Raises ValueError for whatever is none.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_constant, object_pairs_hook=_object)
    except (ArithmeticError, RecursionError) as error:
        raise ValueError("a number is too large, or a list is nested too deeply, to be read") from error
