"""YAML that means the same to every reader: exact decimals, quoted strings, keys in the order given.

A scalar is left bare only when YAML 1.1 and YAML 1.2 both read it as that same word; everything else is
quoted: `no`, `010`, `12:30:45`, `1e5`, `2026-01-01` (Navigator refuses an unquoted date), `~`, the empty
string.
"""

import json
import re
from decimal import Decimal
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.events import CollectionEndEvent, CollectionStartEvent
from yaml.nodes import MappingNode, Node, ScalarNode

from exporters.yaml_blocks import found, is_plain_word, plain_number, written

__all__ = ["dump", "from_json", "is_plain_word", "load", "plain_number"]

_STRING = "tag:yaml.org,2002:str"
_FLOAT = "tag:yaml.org,2002:float"
_INT = "tag:yaml.org,2002:int"

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FRACTION = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")

_ONE_LINE = 1 << 30
_DEEPEST = 500


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
    """CSafeLoader that keeps decimals exact, and refuses a key that comes twice and a number that is another
    one to YAML 1.2 (12:30:45, 010, 1_000).
    """


def _number(loader: Any, node: ScalarNode) -> Decimal:
    return Decimal(_digits(loader, node, _FRACTION))


def _whole(loader: Any, node: ScalarNode) -> int:
    return int(_digits(loader, node, _INTEGER))


def _digits(loader: Any, node: ScalarNode, form: re.Pattern[str]) -> str:
    text = str(loader.construct_scalar(node))
    if not form.fullmatch(text):
        raise ConstructorError(
            None, None, f"{text[:60]!r} is no number that means the same to all", node.start_mark
        )
    return text


def _mapping(loader: Any, node: MappingNode) -> dict[Any, Any]:
    pairs = [
        (loader.construct_object(k, deep=True), loader.construct_object(v, deep=True)) for k, v in node.value
    ]
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ConstructorError(None, None, "a key comes twice in one mapping", node.start_mark)
    return result


_Loader.add_constructor(_FLOAT, _number)
_Loader.add_constructor(_INT, _whole)
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
    except ValueError:
        quickly = None  # not UTF-8, or an endless number: PyYAML knows others, or says what is wrong
    return load_by_pyyaml(content) if quickly is None else quickly


def load_by_pyyaml(content: bytes | str) -> Any:
    """Read the same, whatever form the text has. Raises yaml.YAMLError."""
    try:
        _refuse_depth(content)
        return yaml.load(content, Loader=_Loader)  # noqa: S506 - _Loader is the safe loader with exact decimals
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # what PyYAML's own constructors raise for a text that is not of the form that its tag promises
        said = f"a value can't be read as what it should be: {type(error).__name__}: {error}"[:300]
        raise ConstructorError(None, None, said) from error


def _refuse_depth(content: bytes | str) -> None:
    """Refuse what is nested so deeply that libyaml's composer would overrun the C stack."""
    text = content if isinstance(content, str) else content.decode("latin-1")
    if sum(map(text.count, "[{-?")) < _DEEPEST:
        return
    depth = 0
    for event in yaml.parse(content, Loader=_Loader):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > _DEEPEST:
            raise ConstructorError(None, None, "it is nested too deeply")


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
