"""YAML that means the same to every reader: exact decimals, quoted strings, keys in the order given.

A scalar is left bare only when YAML 1.1 and YAML 1.2 both read it as that same word; everything else is
quoted: `no`, `010`, `12:30:45`, `1e5`, `2026-01-01` (Navigator refuses an unquoted date), `~`, the empty
string.
"""

import json
from decimal import Decimal
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode

from exporters.yaml_blocks import found, is_plain_word, plain_number, written

__all__ = ["dump", "from_json", "is_plain_word", "load", "plain_number"]

_STRING = "tag:yaml.org,2002:str"
_FLOAT = "tag:yaml.org,2002:float"
_INT = "tag:yaml.org,2002:int"

_ONE_LINE = 1 << 30


class _Dumper(yaml.CSafeDumper):
    """CSafeDumper that never sorts, never aliases, and quotes by `is_plain_word`."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _string(dumper: Any, text: str) -> ScalarNode:
    node: ScalarNode = dumper.represent_scalar(_STRING, text, style=None if is_plain_word(text) else '"')
    return node


def _decimal(dumper: Any, value: Decimal) -> ScalarNode:
    node: ScalarNode = dumper.represent_scalar(_FLOAT, plain_number(value))
    return node


def _refused(_: Any, value: float) -> Node:
    raise TypeError(f"{value!r} went through binary floating point; documents hold exact decimals")


_Dumper.add_representer(str, _string)
_Dumper.add_representer(Decimal, _decimal)
_Dumper.add_representer(float, _refused)


class _Loader(yaml.CSafeLoader):
    """CSafeLoader that keeps decimals exact and refuses a key that comes twice."""


def _number(loader: Any, node: ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node).replace("_", ""))


def _mapping(loader: Any, node: MappingNode) -> dict[Any, Any]:
    pairs = [
        (loader.construct_object(k, deep=True), loader.construct_object(v, deep=True)) for k, v in node.value
    ]
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ConstructorError(None, None, "a key comes twice in one mapping", node.start_mark)
    return result


_Loader.add_constructor(_FLOAT, _number)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def dump(value: Any) -> str:
    """Return `value` as block YAML, LF line ends, keys in the order given.

    Raises TypeError for a binary float, ValueError for NaN or infinity, yaml.YAMLError for anything without a
    form.
    """
    quickly = written(value)
    if quickly is not None:
        return quickly
    return dump_by_pyyaml(value)


def dump_by_pyyaml(value: Any) -> str:
    """Return the same, whatever form the value needs."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=False, sort_keys=False, allow_unicode=True, width=_ONE_LINE
    )
    return text


def load(content: bytes | str) -> Any:
    """Read YAML 1.1 safely, numbers with a point as Decimal. Raises yaml.YAMLError."""
    try:
        quickly = found(content if isinstance(content, str) else content.decode("utf-8"))
    except UnicodeDecodeError:
        quickly = None  # not UTF-8: PyYAML knows others, and says what is wrong
    return load_by_pyyaml(content) if quickly is None else quickly


def load_by_pyyaml(content: bytes | str) -> Any:
    """Read the same, whatever form the text has."""
    return yaml.load(content, Loader=_Loader)  # noqa: S506 - _Loader is the safe loader with exact decimals


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key comes twice in one object")
    return result


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def from_json(text: str | bytes) -> Any:
    """Read JSON without losing a digit: every number with a point or an exponent becomes a Decimal."""
    return json.loads(text, parse_float=Decimal, parse_constant=_constant, object_pairs_hook=_object)
