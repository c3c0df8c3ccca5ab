"""Resolution files: CSV, one decision a row; columns as in exporters/schemas/resolutions-1.0.json."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from harness.errors import SourceError
from harness.review.cells import protected, unprotected

COLUMNS = ("client_id", "field", "raw", "value", "reviewer", "date", "reason")
DEFAULT_NAME = "resolutions.csv"
_DECIDED = ("value", "reviewer", "date", "reason")
_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class FileRow:
    """One filled-in row and the line where it begins."""

    line: int
    cells: Mapping[str, str]
    """The seven columns, trimmed but for raw; an empty cell is ''."""
    fault: str | None = None
    """Why the row can't be read at all."""


def read_rows(path: Path) -> list[FileRow]:
    """Read a resolution file; rows that nobody has filled in yet (no value, reviewer, date, reason) are left
    out.

    UTF-8, UTF-16 or Windows-1252, separated by comma, semicolon or tab, as spreadsheets save it. SourceError
    (exit 2) for a file that can't be read as a whole: a column is missing, a quote does not close.
    """
    from harness.extract.detect import read_bytes
    from harness.extract.tabular import csv_records, long_cells_allowed
    from harness.extract.text import decode

    if not path.is_file():
        raise SourceError(
            "no_resolutions",
            f"{path}: there is no such file",
            "`planwise-export review --format csv --write FILE` writes one to fill in",
        )
    text, _ = decode(read_bytes(path), path.name)
    with long_cells_allowed():
        first = text.split("\n", 1)[0]
        delimiter = max(_DELIMITERS, key=first.count)
        lines = csv_records(text, delimiter, path.name)
        header = [name.strip().casefold() for name in next(lines, (0, []))[1]]
        _complete(header, path.name)
        rows = [_row(line, cells, header) for line, cells in lines]
    return [row for row in rows if any(row.cells[name] for name in _DECIDED)]


def _complete(header: list[str], file: str) -> None:
    twice = [name for name in COLUMNS if header.count(name) > 1]
    missing = [name for name in COLUMNS if name not in header]
    if twice:
        raise SourceError("column_twice", f"{file}, line 1: two columns are named {twice[0]}", "keep one")
    if missing:
        near = get_close_matches(missing[0], header, n=1)
        instead = f" (there is {near[0]!r})" if near else ""
        raise SourceError(
            "column_missing",
            f"{file}, line 1: there is no column {missing[0]}{instead}",
            f"the header of a resolution file is: {','.join(COLUMNS)}",
        )


def _row(line: int, cells: list[str], header: list[str]) -> FileRow:
    fault = None
    if len(cells) != len(header):
        fault = (
            f"{len(cells)} cells where the header has {len(header)}; a cell that holds the delimiter"
            " or a line break must stand in double quotes"
        )
    texts = dict(zip(header, map(unprotected, cells), strict=False))
    trimmed = {name: texts.get(name, "").strip() for name in COLUMNS}
    return FileRow(line, trimmed | {"raw": texts.get("raw", "")}, fault)


def as_csv(rows: Iterable[Mapping[str, str]], more: tuple[str, ...] = ()) -> str:
    """Write rows with the seven columns and `more` behind them; a missing cell is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    names = (*COLUMNS, *more)
    writer.writerow(names)
    writer.writerows([protected(row.get(name) or "") for name in names] for row in rows)
    return text.getvalue()
