"""From the cells of a sheet or text file to client rows, with every row that is left out on record."""

from __future__ import annotations

from collections.abc import Sequence

from harness.errors import SourceError
from harness.extract.columns import canonical_name, normalised
from harness.extract.source import SkippedRow, SourceRow, Text
from harness.extract.template_rows import reason_to_skip

_LISTED = 5


class RowCollector:
    """Takes rows in order and keeps the clients; `header` holds the column names as they are written."""

    def __init__(self, file: str, sheet: str | None, header: Sequence[object]) -> None:
        self._file = file
        self._sheet = sheet
        self._canonical = [canonical_name(name) for name in header]
        self._nameless = [not normalised(name) for name in header]
        self._unread: dict[int, list[int]] = {}
        self._rows: list[SourceRow] = []
        self._skipped: list[SkippedRow] = []
        self._blank: list[int] = []

    def add(self, row: int, cells: Sequence[Text]) -> None:
        """One row of cells, as wide as the header or wider. Blank rows at the very end are no rows at all."""
        if all(cell is None or not cell.strip() for cell in cells):
            self._blank.append(row)
            return
        self._skip(self._blank, "blank row")
        self._blank = []
        values = {name: cell for name, cell in zip(self._canonical, cells, strict=False) if name}
        reason = reason_to_skip(values)
        if reason:
            self._skip([row], reason)
            return
        self._rows.append(SourceRow(self._file, self._sheet, row, values))
        for position, cell in enumerate(cells):
            is_nameless = position >= len(self._nameless) or self._nameless[position]
            if is_nameless and cell is not None and cell.strip():
                self._unread.setdefault(position + 1, []).append(row)

    def finish(self) -> tuple[tuple[SourceRow, ...], tuple[SkippedRow, ...]]:
        return tuple(self._rows), tuple(self._skipped)

    def notes(self) -> list[str]:
        """One sentence per column that has cells but no name: not read, but not passed over in silence."""
        where = self._file if self._sheet is None else f"{self._file}, sheet {self._sheet!r}"
        return [
            f"{where}: column {position} has no name; {len(rows)} cells from row {rows[0]} on were not read"
            for position, rows in sorted(self._unread.items())
        ]

    def _skip(self, rows: Sequence[int], reason: str) -> None:
        self._skipped.extend(SkippedRow(self._file, self._sheet, row, reason) for row in rows)


def no_rows_error(where: str, skipped: Sequence[SkippedRow]) -> SourceError:
    """The error for a source that has a header and no client."""
    listed = "; ".join(f"row {item.row}: {item.reason}" for item in skipped[:_LISTED])
    left_out = f" (left out: {listed})" if listed else ""
    return SourceError(
        "no_client_rows",
        f"{where}: no client rows under the header{left_out}",
        "Fill in at least one client, or name another source.",
    )
