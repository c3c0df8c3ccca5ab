"""The Excel template: which sheet, which row is the header, and every cell as a person sees it."""

from __future__ import annotations

import hashlib
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from harness.errors import PlanwiseError, SourceError
from harness.extract.cells import cell_text
from harness.extract.columns import known_count, match_header, near_miss_notes, schema_version
from harness.extract.detect import read_bytes
from harness.extract.rows import RowCollector, no_rows_error
from harness.extract.source import Source, SourceColumn

if TYPE_CHECKING:
    from openpyxl import Workbook

SHEET = "Plan Data"
_HEADER_WITHIN = 50
_HEADER_AT_LEAST = 3
_LARGEST_BYTES = 1 << 31
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, ParseError, EOFError, OSError, KeyError, ValueError, TypeError,
    IndexError, AttributeError, NotImplementedError, RuntimeError,
)  # fmt: skip
Row = Sequence[Any]  # openpyxl cells


def read_excel(path: Path) -> Source:
    """The client rows of a workbook as text, with sheet rows as row numbers.

    SourceError for a damaged workbook, a missing sheet or column, a formula without a saved value, or no
    clients.
    """
    data = read_bytes(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # openpyxl names the extensions it drops when writing; nothing is written
            return _read(path, data)
    except PlanwiseError:
        raise
    except _DAMAGE as fault:
        raise SourceError(
            "damaged_workbook",
            f"{path.name}: the workbook cannot be read ({type(fault).__name__}: {fault})",
            "It may be truncated, or no .xlsx at all: open it in Excel and save it again.",
        ) from fault


def _read(path: Path, data: bytes) -> Source:
    import openpyxl

    _check_archive(path.name, data)
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True, read_only=True)
    sheet, header_row, notes = _find_sheet(values, path.name)
    where = f"{path.name}, sheet {sheet!r}"
    rows = _rows(values, sheet)
    header = _trimmed(next(cells for row, cells in rows if row == header_row))
    names = [cell.value for cell in header]
    canonical = match_header(names, where)
    formulas = _rows(openpyxl.load_workbook(io.BytesIO(data), read_only=True), sheet)
    collector = RowCollector(path.name, sheet, names)
    for row, cells in rows:
        formula_cells = _row_of(formulas, row)
        _require_saved_values(cells, formula_cells, canonical, where)
        missing = [None] * (len(header) - len(cells))
        collector.add(row, [*(cell_text(cell) for cell in cells), *missing])
    clients, skipped = collector.finish()
    if not clients:
        raise no_rows_error(where, skipped)
    return Source(
        path=path,
        kind="xlsx",
        schema_version=schema_version(names, "xlsx"),
        sha256=hashlib.sha256(data).hexdigest(),
        columns=tuple(
            SourceColumn(path.name, sheet, "" if name is None else str(name), known_name, position, "cell")
            for position, (name, known_name) in enumerate(zip(names, canonical, strict=True), 1)
        ),
        row_count=len(clients),
        rows=clients,
        skipped_rows=skipped,
        notes=(*notes, *near_miss_notes(names, where), *collector.notes()),
    )


def _check_archive(file: str, data: bytes) -> None:
    """An .xlsx is a zip with xl/workbook.xml in it, and not one that unpacks to gigabytes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        size = sum(member.file_size for member in archive.infolist())
    if "xl/workbook.xml" not in names:
        kind = (
            "a binary workbook (.xlsb)" if "xl/workbook.bin" in names else "a zip file, but no Excel workbook"
        )
        raise SourceError(
            "not_xlsx", f"{file}: is {kind}", "Open it in Excel and save it as a workbook (.xlsx)."
        )
    if size > _LARGEST_BYTES:
        raise SourceError(
            "workbook_too_large",
            f"{file}: unpacks to {size:,} bytes",
            "Export the sheet as CSV and use that.",
        )


def _find_sheet(book: Workbook, file: str) -> tuple[str, int, list[str]]:
    """(sheet, header row, notes): the sheet "Plan Data", else the only one that has the header."""
    headers = {sheet.title: _header_row(book, sheet.title) for sheet in book.worksheets}
    named = [title for title in headers if title.strip().lower() == SHEET.lower()]
    with_header = [title for title, row in headers.items() if row]
    candidates = named or with_header
    listed = ", ".join(repr(title) for title in headers)
    if not candidates:
        raise SourceError(
            "missing_sheet",
            f"{file}: has no sheet {SHEET!r}, and none of its sheets has the header (sheets: {listed})",
            f"Name the sheet {SHEET!r}, with client_id, client_name, ... in one row above the clients.",
        )
    if len(candidates) > 1:
        raise SourceError(
            "several_sheets",
            f"{file}: the header is on {len(candidates)} sheets ({', '.join(map(repr, candidates))})",
            f"Name the one that counts {SHEET!r}.",
        )
    title = candidates[0]
    row = headers[title]
    if row is None:
        raise SourceError(
            "missing_header",
            f"{file}, sheet {title!r}: no row of the first {_HEADER_WITHIN} is a header",
            "One row must hold the column names client_id, client_name, industry, ... above the clients.",
        )
    notes = (
        []
        if named
        else [f"{file}: has no sheet {SHEET!r}; the sheet {title!r} was read, which has the header"]
    )
    return title, row, notes


def _header_row(book: Workbook, sheet: str) -> int | None:
    """The first row, of the first 50, with the most known column names (three at least)."""
    best, most = None, _HEADER_AT_LEAST - 1
    for row, cells in _rows(book, sheet):
        if row > _HEADER_WITHIN:
            break
        known = known_count(cell.value for cell in cells)
        if known > most:
            best, most = row, known
    return best


def _rows(book: Workbook, sheet: str) -> Iterator[tuple[int, Row]]:
    """(sheet row, cells) in order; what the sheet says about its own size is often wrong and ignored."""
    worksheet: Any = book[sheet]
    worksheet.reset_dimensions()
    yield from enumerate(worksheet.iter_rows(), 1)


def _row_of(rows: Iterator[tuple[int, Row]], wanted: int) -> Row:
    return next((cells for row, cells in rows if row == wanted), ())


def _trimmed(cells: Row) -> Row:
    """A header without the nameless cells at its end."""
    width = max((index for index, cell in enumerate(cells, 1) if cell.value is not None), default=0)
    return cells[:width]


def _require_saved_values(cells: Row, formulas: Row, canonical: Sequence[str | None], where: str) -> None:
    """A formula that nobody calculated has no value; a formula whose saved value is empty text is a blank."""
    for cell, formula, name in zip(cells, formulas, canonical, strict=False):
        if name and formula.data_type == "f" and cell.value is None and cell.data_type != "str":
            says = f"the formula {_formula(formula)} has no saved value"
            raise SourceError(
                "formula_without_value",
                f"{where}, cell {formula.coordinate} ({name}): {says}",
                "Open the workbook in Excel, let it calculate, save it, and run again.",
            )


def _formula(cell: Any) -> str:
    return str(getattr(cell.value, "text", cell.value))[:60]
