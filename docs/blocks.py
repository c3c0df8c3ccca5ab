"""Marked blocks of a Markdown page: the prose around them is written by hand, what is in them never.

A block begins with `<!-- generated: NAME -->` and ends with `<!-- end: NAME -->`, each on a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


class PageError(ValueError):
    """A page whose marks don't match what is generated for it."""


def filled(page: str, blocks: Mapping[str, str]) -> str:
    """The page with the content of every one of its blocks replaced; PageError for a block that one side
    lacks.
    """
    lines: list[str] = []
    left = set(blocks)
    inside: str | None = None
    for line in page.splitlines():
        if inside is None:
            lines.append(line)
            inside = _marked(line, "generated")
            if inside is not None:
                if inside not in left:
                    raise PageError(
                        f"nothing is generated for the block {inside!r}, or it stands there twice"
                    )
                left.remove(inside)
                lines += ["", blocks[inside].strip("\n"), ""]
        elif _marked(line, "end") == inside:
            lines.append(line)
            inside = None
    if inside is not None:
        raise PageError(f"the block {inside!r} has no end; write <!-- end: {inside} -->")
    if left:
        raise PageError(f"the page has no block for {', '.join(sorted(left))}")
    return "\n".join(lines) + "\n"


def _marked(line: str, word: str) -> str | None:
    start, end = f"<!-- {word}: ", " -->"
    return line[len(start) : -len(end)] if line.startswith(start) and line.endswith(end) else None


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the cells are Markdown already, in which only a bar would do harm."""
    written = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in written)


def code(text: str) -> str:
    """Any text as inline code: what can't be seen is spelled out, a long one ends in an ellipsis."""
    seen = "".join(c if c.isprintable() and (c == " " or not c.isspace()) else _spelled(c) for c in text)
    seen = seen if len(seen) <= 160 else seen[:157] + "..."
    if not seen:
        return "(empty)"
    return f"`` {seen} ``" if "`" in seen else f"`{seen}`"


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
