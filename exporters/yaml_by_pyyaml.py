"""The same YAML by PyYAML, whatever form a value or a text has: what `yaml_blocks` leaves to it."""

from decimal import Decimal, InvalidOperation
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode

from exporters.yaml_blocks import is_plain_word, plain_number

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
    text = loader.construct_scalar(node)
    try:
        return Decimal(text.replace("_", ""))
    except InvalidOperation:  # .inf, .nan and 12:30.5 are numbers to YAML 1.1, and none that we write
        raise ConstructorError(None, None, f"{text!r} is no decimal number", node.start_mark) from None


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
    """As exporters.yaml.dump says."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=False, sort_keys=False, allow_unicode=True, width=_ONE_LINE
    )
    return text


def load(content: bytes | str) -> Any:
    """As exporters.yaml.load says."""
    try:
        return yaml.load(content, Loader=_Loader)  # noqa: S506 - _Loader is the safe loader with exact decimals
    except yaml.YAMLError as error:
        raise ValueError(f"not readable as YAML: {error}") from error
