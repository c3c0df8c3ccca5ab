"""The same YAML by PyYAML, whatever form a value or a text has: what `yaml_blocks` leaves to it."""

import re
from decimal import Decimal
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.events import CollectionEndEvent, CollectionStartEvent
from yaml.nodes import MappingNode, Node, ScalarNode

from exporters.yaml_blocks import is_plain_word, plain_number

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
        said = f"{text[:60]!r} is no number that means the same to all"
        raise ConstructorError(None, None, said, node.start_mark)
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
    """As exporters.yaml.dump says."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=False, sort_keys=False, allow_unicode=True, width=_ONE_LINE
    )
    return text


def load(content: bytes | str) -> Any:
    """As exporters.yaml.load says."""
    try:
        _refuse_depth(content)
        return yaml.load(content, Loader=_Loader)  # noqa: S506 - _Loader is the safe loader with exact decimals
    except (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # the others are what PyYAML's constructors raise for a text that is not of the form of its tag
        raise ValueError(f"not readable as YAML: {str(error)[:500]}") from error


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
