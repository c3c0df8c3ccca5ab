"""YAML and JSON as trees of text: no type guessed, no key twice, no object made, no endless depth.

YAML is built from parser events, because the composer of libyaml overruns the C stack on deep nesting.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from harness.errors import SourceError

if TYPE_CHECKING:
    import yaml

Node = str | None | list["Node"] | dict[str, "Node"]

_DEEPEST = 50
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TEXT_TAGS = (None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_NO_KEY = object()


def parse_json(text: str, file: str) -> list[Node]:
    """The one JSON value of a file; numbers and constants as they are written, true as 'true'."""

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Node]:
        keys: dict[str, Node] = {}
        for key, value in pairs:
            if key in keys:
                _twice(file, key)
            keys[key] = "true" if value is True else "false" if value is False else value
        return keys

    try:
        as_written: dict[str, Any] = {"parse_float": str, "parse_int": str, "parse_constant": str}
        return [json.loads(text, object_pairs_hook=mapping, **as_written)]
    except json.JSONDecodeError as fault:
        raise SourceError(
            "malformed_json",
            f"{file}, line {fault.lineno}, column {fault.colno}: is not JSON ({fault.msg})",
            "Mend the file there and run again.",
        ) from fault
    except RecursionError as fault:
        raise SourceError("too_deep", f"{file}: is nested too deep", "A plan document is flat.") from fault


def parse_yaml(text: str, file: str) -> list[Node]:
    """The documents of a YAML file; every scalar is its text, and a plain `null`, `~` or nothing is None."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        return list(_documents(yaml.parse(text, Loader=loader), file))
    except (yaml.YAMLError, UnicodeError) as fault:
        mark = getattr(fault, "problem_mark", None)
        line = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        said = [getattr(fault, "problem", None), getattr(fault, "reason", None), str(fault).splitlines()[0]]
        problem = next(text for text in said if text)
        raise SourceError(
            "malformed_yaml",
            f"{file}{line}: is not YAML ({problem})",
            "Mend the file there; text with ': ', '#' or special characters goes in quotes.",
        ) from fault


class _Open:
    """A mapping or list that is being filled."""

    def __init__(self, node: list[Node] | dict[str, Node], anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self.key: object = _NO_KEY


def _documents(events: Iterator[yaml.Event], file: str) -> Iterator[Node]:
    import yaml

    stack: list[_Open] = []
    anchors: dict[str, Node] = {}
    root: Node = None
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            stack, anchors, root = [], {}, None
        elif isinstance(event, yaml.DocumentEndEvent):
            yield root
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            _check_tag(event.tag, file, line)
            if len(stack) >= _DEEPEST:
                raise SourceError(
                    "too_deep", f"{file}, line {line}: is nested too deep", "A plan document is flat."
                )
            _refuse_as_key(stack, file, line)
            stack.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], event.anchor))
        elif isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            node = _finished(event, stack, anchors, file, line)
            if stack:
                _place(stack[-1], node, event, file, line)
            else:
                root = node


def _finished(event: yaml.Event, stack: list[_Open], anchors: dict[str, Node], file: str, line: int) -> Node:
    """The node that an event completes; a collection gets its anchor only now, so it can't hold itself."""
    import yaml

    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in anchors:
            raise SourceError(
                "bad_alias",
                f"{file}, line {line}: *{event.anchor} names no value above it",
                "Write the value out.",
            )
        return anchors[event.anchor]
    if isinstance(event, yaml.ScalarEvent):
        _check_tag(event.tag, file, line)
        is_plain = event.implicit[0] and event.tag is None
        is_key = bool(stack) and isinstance(stack[-1].node, dict) and stack[-1].key is _NO_KEY
        node: Node = None if is_plain and event.value in _NULLS and not is_key else event.value
        anchor = event.anchor
    else:
        done = stack.pop()
        node, anchor = done.node, done.anchor
    if anchor:
        anchors[anchor] = node
    return node


def _place(parent: _Open, node: Node, event: yaml.Event, file: str, line: int) -> None:
    if isinstance(parent.node, list):
        parent.node.append(node)
    elif parent.key is _NO_KEY:
        if not isinstance(node, str) or (node == "<<" and getattr(event, "implicit", (False,))[0]):
            raise SourceError(
                "bad_key",
                f"{file}, line {line}: a key must be text (merge keys `<<` are not read)",
                "Write it out.",
            )
        if node in parent.node:
            _twice(file, node, line)
        parent.key = node
    else:
        parent.node[str(parent.key)] = node
        parent.key = _NO_KEY


def _refuse_as_key(stack: list[_Open], file: str, line: int) -> None:
    if stack and isinstance(stack[-1].node, dict) and stack[-1].key is _NO_KEY:
        raise SourceError(
            "bad_key", f"{file}, line {line}: a key must be text", "Write the key as plain text."
        )


def _check_tag(tag: str | None, file: str, line: int) -> None:
    if tag not in _TEXT_TAGS:
        raise SourceError(
            "bad_tag",
            f"{file}, line {line}: the tag {tag!r} is not read",
            "Remove the tag; every value is text.",
        )


def _twice(file: str, key: str, line: int | None = None) -> NoReturn:
    at = f", line {line}" if line else ""
    raise SourceError(
        "duplicate_key", f"{file}{at}: the key {key!r} comes twice in one mapping", "Keep one of them."
    )
