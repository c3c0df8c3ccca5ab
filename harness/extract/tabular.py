"""CSV and TSV, read as text and nothing else, and Parquet, read by DuckDB and cast to text."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import SourceError
from harness.extract.columns import known_count, match_header, near_miss_notes, schema_version
from harness.extract.detect import read_bytes
from harness.extract.rows import RowCollector, no_rows_error
from harness.extract.source import Relation, Source, SourceColumn
from harness.extract.sql import as_text, path_literal
from harness.extract.text import decode
from harness.files import sha256_of_file

_DELIMITERS = (",", ";", "\t")
_LONGEST_CELL = 1 << 24


def read_csv(path: Path) -> Source:
    """A CSV or TSV file as text. The delimiter is the one of `,` `;` tab that shows the most known columns.

    An empty cell is NULL; row numbers are the lines where the records begin. SourceError names the line of a
    record with more or fewer cells than the header, or with a quote that doesn't close.
    """
    data = read_bytes(path)
    text, notes = decode(data, path.name)
    with long_cells_allowed():
        delimiter = max(_DELIMITERS, key=lambda sign: _header_score(text, sign))
        records = csv_records(text, delimiter, path.name)
        header_line, header = next(records, (0, []))
        canonical = match_header(header, path.name)
        collector = RowCollector(path.name, None, header)
        # most cells say what another one says: one text for all of them is half the memory
        kept: dict[str, str] = {}
        for line, cells in records:
            if len(cells) != len(header):
                raise _ragged(path.name, line, cells, header, header_line)
            collector.add(line, [kept.setdefault(cell, cell) if cell != "" else None for cell in cells])
    rows, skipped = collector.finish()
    if not rows:
        raise no_rows_error(path.name, skipped)
    return Source(
        path=path,
        kind="csv",
        schema_version=schema_version(header, "csv"),
        sha256=hashlib.sha256(data).hexdigest(),
        columns=tuple(
            SourceColumn(path.name, None, name, known, position, "text")
            for position, (name, known) in enumerate(zip(header, canonical, strict=True), 1)
        ),
        row_count=len(rows),
        rows=rows,
        skipped_rows=skipped,
        notes=(*notes, *near_miss_notes(header, path.name), *collector.notes()),
    )


def read_parquet(path: Path) -> Source:
    """A Parquet file as a relation; nothing of its rows passes through Python."""
    import duckdb

    scan = f"read_parquet({path_literal(path)}, file_row_number = true, binary_as_string = true)"
    checksum = sha256_of_file(path)
    with duckdb.connect(":memory:") as connection:
        try:
            described = connection.execute(f"describe select * from {scan}").fetchall()[:-1]
            count = connection.execute(f"select count(*) from {scan}").fetchall()[0][0]
            names = _top_level_names(
                connection.execute(
                    f"select name, coalesce(num_children, 0) from parquet_schema({path_literal(path)})"
                ).fetchall()
            )
        except duckdb.Error as fault:
            raise SourceError(
                "damaged_parquet",
                f"{path.name}: the Parquet file cannot be read ({str(fault).splitlines()[0]})",
                "It may be truncated: get it again from where it came.",
            ) from fault
    canonical = match_header(names, path.name)
    if count == 0:
        raise no_rows_error(path.name, ())
    # DuckDB renames a column that differs only in case from one before it; by position the lists are one.
    shown = [(column, data_type) for column, data_type, *_ in described]
    text = [as_text(*column) for column in shown]
    return Source(
        path=path,
        kind="parquet",
        schema_version=schema_version(names, "parquet"),
        sha256=checksum,
        columns=tuple(
            SourceColumn(path.name, None, name, known, position, data_type)
            for position, name, known, (_, data_type) in zip(
                itertools.count(1), names, canonical, shown, strict=False
            )
        ),
        row_count=count,
        relation=Relation(
            attach=None,
            from_sql=scan,
            columns={known: cast for known, cast in zip(canonical, text, strict=True) if known},
            row_sql="file_row_number + 1",
        ),
        notes=tuple(near_miss_notes(names, path.name)),
    )


def _top_level_names(schema: list[tuple[str, int]]) -> list[str]:
    """Names of the top-level columns of a Parquet schema, which lists each node before its children."""
    position, names = 1, []
    while position < len(schema):
        names.append(schema[position][0])
        open_nodes = 1
        while open_nodes:
            open_nodes += schema[position][1] - 1
            position += 1
    return names


@contextmanager
def long_cells_allowed() -> Iterator[None]:
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def csv_records(text: str, delimiter: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """(line where it begins, cells) of each record that is not an empty line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            raise SourceError(
                "malformed_csv",
                f"{file}, line {line}: the record that begins here cannot be read ({fault})",
                "Look for a quotation mark that is not closed, or one inside a cell that is not doubled.",
            ) from fault
        if cells:
            yield line, cells


def _header_score(text: str, delimiter: str) -> int:
    try:
        return known_count(next(csv_records(text, delimiter, ""), (0, []))[1])
    except SourceError:
        return -1


def _ragged(file: str, line: int, cells: list[str], header: list[str], header_line: int) -> SourceError:
    shown = " | ".join(cell[:40] for cell in cells[:3])
    return SourceError(
        "ragged_row",
        f"{file}, line {line}: {len(cells)} cells where the header (line {header_line}) has {len(header)}; "
        f"the record begins: {shown}",
        "A cell that holds the delimiter or a line break must stand in double quotes.",
    )
