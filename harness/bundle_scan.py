"""What rule E02 looks at in a file of many records: each line decoded, so that a number is an amount and a
text is a text, just as in the documents that the lines were made of.
"""

import csv
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from exporters.yaml import from_json, load
from harness.identifiers import Scanner

_AT_ONCE = 1 << 22
"""Bytes of a large file that are looked through together."""
_ROWS = 2048
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def suspects(path: Path, scanner: Scanner, amounts: Collection[str] = ()) -> Iterator[Any]:
    """Everything in a file that is to be looked through, decoded, piece by piece.

    JSON lines of which the sieve is sure are left out. `amounts` are the columns of a CSV that are numbers in
    the documents. A file that is neither, nor YAML, is given line by line, as it stands.
    """
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as text:
            rows = csv_rows(text, amounts)
            while some := list(islice(rows, _ROWS)):
                yield some
        return
    with path.open("rb") as file:
        if path.suffix in (".yml", ".yaml"):
            yield load(file.read())
        while lines := file.readlines(_AT_ONCE):
            if path.suffix not in (".jsonl", ".ndjson"):
                yield b"".join(lines).decode("utf-8").splitlines()
            elif scanner.may_hold(b",".join(lines)):
                yield [from_json(line) for line in lines if scanner.may_hold(line)]


def csv_rows(text: Iterable[str], amounts: Collection[str]) -> Iterator[dict[str, str | None]]:
    """The rows of a CSV, by the names of its columns; null for a number in a column of amounts.

    A cell that has no name of its own stands under its place.
    """
    found = csv.reader(text, strict=True)
    header = next(found, [])
    yield dict.fromkeys(header)
    names = [_place(at) if name in header[:at] else name for at, name in enumerate(header)]
    for row in found:
        names += map(_place, range(len(names), len(row)))
        yield {
            name: None if name in amounts and _NUMBER.fullmatch(cell) else cell
            for name, cell in zip(names, row, strict=False)
        }


def _place(at: int) -> str:
    return f"(cell {at + 1})"
