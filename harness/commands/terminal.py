"""Lines for a terminal: wrapped, coloured where it can, and in ASCII where the encoding has no more.

A layout is a list of (text, style); the style is a word of ours, and nothing depends on it.
"""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator

import click

from harness.commands.options import on_terminal, safe

Line = tuple[str, str]
"""Text, and its style: title, head, good, bad, dim, or nothing."""

NARROW, WIDE = 80, 100
_COLOURS: dict[str, dict[str, object]] = {
    "title": {"bold": True},
    "head": {"bold": True, "fg": "cyan"},
    "good": {"fg": "green"},
    "bad": {"fg": "yellow"},
    "dim": {"dim": True},
}
_BLOCKS, _ASCII = ("█", "░", "│"), ("#", ".", "|")


def width() -> int:
    """Columns to use: 80, up to 100 where the terminal has them."""
    if not on_terminal():
        return NARROW
    return max(40, min(WIDE, shutil.get_terminal_size((NARROW, 24)).columns))


def encodes(text: str) -> bool:
    """Tell whether stdout can hold this text."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def bar(share: float | None, cells: int, middle: bool = False) -> str:
    """A share of 1 as a bar of so many cells; `middle` marks the half. Blank where there is none."""
    if share is None:
        return " " * cells
    full, empty, half = _BLOCKS if encodes("".join(_BLOCKS)) else _ASCII
    filled = min(cells, max(0, round(share * cells)))
    drawn = full * filled + empty * (cells - filled)
    return drawn if not middle else drawn[: cells // 2] + half + drawn[cells // 2 + 1 :]


def wrapped(text: str, style: str = "", *, label: str = "", indent: int = 2) -> Iterator[Line]:
    """The text folded to the width; `label` stands before its first line."""
    first = " " * indent + label
    yield from (
        (line, style)
        for line in textwrap.wrap(
            safe(" ".join(text.split())),
            width(),
            initial_indent=first,
            subsequent_indent=" " * (len(first) if label else indent),
            break_on_hyphens=False,  # a date stays one word
        )
    )


def put(lines: Iterable[Line]) -> None:
    """Print the lines; colours only on a terminal that wants them, `?` for what the encoding lacks."""
    coloured = on_terminal() and not os.environ.get("NO_COLOR")
    encoding = sys.stdout.encoding or "ascii"
    for text, style in lines:
        shown = safe(text).encode(encoding, "replace").decode(encoding)
        click.echo(click.style(shown, **_COLOURS.get(style, {})) if coloured else shown)  # type: ignore[arg-type]
