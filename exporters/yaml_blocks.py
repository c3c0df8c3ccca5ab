"""The one narrow form of block YAML that documents have, written and read without PyYAML's cost per scalar.

Whatever is not of that form is nobody's guess: `written` and `found` return null, and exporters.yaml asks
PyYAML. Where they return something it is what PyYAML writes, or reads by YAML 1.1; tests compare the two.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_NOT_WORDS = frozenset(
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf", "infinity"]
)
_ASCII = " !#-\\[\\]-~"
_PRINTED = f"{_ASCII}\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
"""What stands between double quotes as itself, to any writer and reader; not the quote and the backslash."""


class _Form(NamedTuple):
    """Patterns of texts that can be written, and of a line behind its indent: dashes, then key with or
    without a value, or an item; or a comment, or nothing.
    """

    as_itself: re.Pattern[str]
    escaped: re.Pattern[str]
    line: re.Pattern[str]


@lru_cache
def _form(is_ascii: bool) -> _Form:
    """Of texts in ASCII, as most are, and of all: a set of so many characters takes 10 ms to compile."""
    printed = _ASCII if is_ascii else _PRINTED
    quoted = f'"(?:[{printed}]|\\\\["\\\\n])*"'
    token = rf"{quoted}|[A-Za-z][A-Za-z0-9_]*|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|\[\]|\{{\}}"
    line = rf"((?:- )*)(?:([A-Za-z][A-Za-z0-9_]*|{quoted}):(?: ({token}))?|({token}))|(?:#[ -~]*)?"
    return _Form(
        re.compile(f"[{printed}]*\\Z"),
        re.compile(f'[{printed}"\\\\\n]*\\Z'),
        re.compile(line),
    )


_LONGEST_KEY = 100
"""A longer one might have to be written with a question mark before it."""


class OddError(Exception):
    """Something that this form has not."""


def plain_number(value: Decimal) -> str:
    """Write a decimal in plain notation: no exponent, no digit lost, no trailing zeros but one: 0.03, 1.0,
    2000.0.
    """
    if not value.is_finite():
        raise ValueError(f"{value} is no number that a document may hold")
    digits = format(value, "f")
    whole, _, fraction = digits.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def is_plain_word(text: str) -> bool:
    """Tell whether a string can stand unquoted in YAML 1.1 and in YAML 1.2."""
    return _WORD.match(text) is not None and text.lower() not in _NOT_WORDS


@lru_cache(10_000)
def _string(text: str) -> str:
    if is_plain_word(text):
        return text
    form = _form(text.isascii())
    if form.as_itself.match(text):
        return f'"{text}"'
    if form.escaped.match(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    raise OddError(text)


@lru_cache(10_000, typed=True)
def _key(text: Any) -> str:
    """A key, written, with its colon."""
    if type(text) is not str or len(text) * (1 if text.isascii() else 4) > _LONGEST_KEY or "\n" in text:
        raise OddError(text)
    return f"{_string(text)}:"


_SCALARS: dict[type, Callable[[Any], str]] = {
    str: _string,
    bool: lambda value: "true" if value else "false",
    int: str,
    Decimal: plain_number,
    type(None): lambda value: "null",
}


def written(value: Any) -> str | None:
    """Return a mapping or list as block YAML; null where it holds what has another form.

    Raises ValueError for NaN or infinity.
    """
    lines: list[str] = []
    try:
        if not value or not _write_inside(value, "", lines):
            return None
    except OddError:
        return None
    return "\n".join(lines) + "\n"


def _write_inside(value: Any, pad: str, lines: list[str]) -> bool:
    """Add the lines of a mapping or list that holds something; False for whatever else."""
    kind = type(value)
    if kind is dict:
        for key, inner in value.items():
            scalar = _SCALARS.get(type(inner))
            if scalar:
                lines.append(f"{pad}{_key(key)} {scalar(inner)}")
            elif inner:
                lines.append(f"{pad}{_key(key)}")
                if not _write_inside(inner, pad if type(inner) is list else pad + "  ", lines):
                    raise OddError(key)
            else:
                lines.append(f"{pad}{_key(key)} {_empty(inner)}")
        return True
    if kind is list:
        for inner in value:
            scalar = _SCALARS.get(type(inner))
            if scalar:
                lines.append(f"{pad}- {scalar(inner)}")
                continue
            first = len(lines)
            if not inner:
                lines.append(f"{pad}- {_empty(inner)}")
            elif _write_inside(inner, pad + "  ", lines):
                lines[first] = f"{pad}- {lines[first][len(pad) + 2 :]}"
            else:
                raise OddError(inner)
        return True
    return False


def _empty(value: Any) -> str:
    if type(value) not in (dict, list):
        raise OddError(value)
    return "{}" if type(value) is dict else "[]"


_ESCAPE = re.compile(r"\\(.)")
_WORDS = {"null": None, "true": True, "false": False}


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]


def _scalar(text: str) -> Any:
    if text[0] == '"':
        return _ESCAPE.sub(_unescaped, text[1:-1]) if "\\" in text else text[1:-1]
    if text[0] in "-0123456789":
        return Decimal(text) if "." in text else int(text)
    if text in _WORDS:
        return _WORDS[text]
    if text.lower() in _NOT_WORDS:
        raise OddError(text)
    return text


class _Line(NamedTuple):
    """A line without its indent: its dashes, its key (null for an item of a list), and what stands behind."""

    dashes: int
    name: str | None
    value: Any


_NOTHING, _LIST, _MAPPING = object(), object(), object()
"""Behind a key: nothing yet, or an empty list or mapping, of which each place has one of its own."""
_EMPTY = {"[]": _LIST, "{}": _MAPPING}


@lru_cache(100_000)
def _line(body: str) -> _Line | None:
    """Read a line; null for a comment, and for one without anything. Most lines come many times."""
    found = _form(body.isascii()).line.fullmatch(body)
    if not found:
        raise OddError(body)
    dashes, key, value, item = found.groups()
    if key is None:
        return _Line(len(dashes) // 2, None, _value(item)) if item else None
    name = _scalar(key)
    if type(name) is not str:
        raise OddError(key)
    return _Line(len(dashes) // 2, name, _value(value) if value else _NOTHING)


def _value(text: str) -> Any:
    return _EMPTY[text] if text in _EMPTY else _scalar(text)


def found(text: str) -> dict[str, Any] | None:
    """Read a mapping that is written in this form; null where any line, or its place, is of another.

    Numbers with a point become Decimal. A key that comes twice is of another form, too.
    """
    try:
        return _read(text.split("\n")) or None
    except OddError:
        return None


def _read(lines: list[str]) -> dict[str, Any]:
    """Read line by line. A mapping's keys, a list's dashes stand below each other."""
    root: dict[str, Any] = {}
    opened: list[tuple[int, Any]] = [(0, root)]
    """What is open: in which column its entries stand, and the mapping or list."""
    waiting: str | None = None
    """A key of the innermost mapping, whose value begins in the next line."""
    at: int
    inside: Any
    at, inside = opened[-1]
    for text in lines:
        body = text.lstrip(" ")
        column = len(text) - len(body)
        line = _line(body)
        if line is None:
            if column:
                raise OddError(text)  # neither blanks alone nor an indented comment
            continue
        dashes, name, value = line
        if name is None and not dashes:
            raise OddError(text)  # a scalar alone is no entry of anything
        wanted = list if dashes else dict
        if waiting is not None:
            if column != (at if dashes else at + 2):
                raise OddError(waiting)
            inside[waiting] = inside = wanted()
            at, waiting = column, None
            opened.append((at, inside))
        elif at != column or type(inside) is not wanted:
            while at > column or (at == column and type(inside) is not wanted):
                opened.pop()
                if not opened:
                    raise OddError(text)
                at, inside = opened[-1]
            if at != column:
                raise OddError(text)
        for more in range(dashes - 1, -1, -1):
            if more or name is not None:
                inner: Any = [] if more else {}
                inside.append(inner)
                at, inside = at + 2, inner
                opened.append((at, inside))
        if value is _LIST or value is _MAPPING:
            value = [] if value is _LIST else {}
        if name is None:
            inside.append(value)
        elif name in inside:
            raise OddError(name)
        elif value is _NOTHING:
            waiting = name
        else:
            inside[name] = value
    if waiting is not None:
        raise OddError(waiting)
    return root
