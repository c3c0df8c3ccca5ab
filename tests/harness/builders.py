"""Small sources for tests, made from scratch: nothing here is copied from a real Design Matrix."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from harness.extract import Source, land
from harness.extract.sql import identifier

PROJECT = Path(__file__).resolve().parents[2]
SHARED_MATRIX = PROJECT.parent / "shared" / "data" / "design_matrix"
AS_OF = "2026-11-22"

CLIENT: dict[str, Any] = {
    "client_id": "A-1",
    "client_name": 'O\'Brien "Works"',
    "industry": "manufacturing",
    "employee_count": "1,200",
    "auto_enrollment_enabled": "no",
    "data_source": "ManualEntry",
    "match_formula": "50% up to 6%",
    "vesting_schedule": "3-year cliff",
}
# The columns of the fresh Excel template, in its order.
TEMPLATE = [
    "client_id",
    "client_name",
    "industry",
    "employee_count",
    "state",
    "eligibility",
    "match_formula",
    "match_effective_rate",
    "match_eligibility_criteria",
    "match_last_day_work_rule",
    "match_true_up",
    "match_contribution_frequency",
    "nonelective_formula",
    "nonelective_eligibility_criteria",
    "nonelective_last_day_work_rule",
    "nonelective_contribution_frequency",
    "auto_enrollment_enabled",
    "auto_enrollment_rate",
    "auto_enrollment_effective_year",
    "auto_escalation_enabled",
    "auto_escalation_cap",
    "vesting_schedule",
    "data_source",
    "notes",
]
V3_TYPES = {
    "employee_count": "integer",
    "auto_enrollment_enabled": "boolean",
    "auto_enrollment_rate": "decimal(5,2)",
    "last_updated": "timestamp",
    "data_quality_score": "decimal(3,2)",
    "auto_escalation_rate": "decimal(5,4)",
}


def needs_shared(test: Any) -> Any:
    """Mark a test that reads the real files beside the project; it says so when they are not there."""
    absent = pytest.mark.skipif(not SHARED_MATRIX.is_dir(), reason=f"needs the real files in {SHARED_MATRIX}")
    return pytest.mark.shared(absent(test))


def client(**changes: Any) -> dict[str, Any]:
    """One valid client, changed."""
    return {**CLIENT, **changes}


def without(column: str, **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in client(**changes).items() if name != column}


def write_csv(
    path: Path, rows: Sequence[Mapping[str, Any]], delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    with path.open("w", newline="", encoding=encoding) as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_duckdb(path: Path, rows: Sequence[Mapping[str, Any]], table: str = "plan_designs") -> Path:
    """A database with one table of the rows' columns, typed as the real ones are."""
    with duckdb.connect(str(path)) as connection:
        add_table(connection, table, rows)
    return path


def add_table(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = ", ".join(f"{identifier(name)} {V3_TYPES.get(name, 'varchar')}" for name in rows[0])
    connection.execute(f'create table "{table}" ({columns})')
    for row in rows:
        connection.execute(f'insert into "{table}" values ({", ".join("?" * len(row))})', list(row.values()))


def write_workbook(
    path: Path,
    rows: Iterable[Sequence[Any]],
    *,
    sheet: str = "Plan Data",
    formats: Mapping[str, str] | None = None,
    other_sheets: Mapping[str, Iterable[Sequence[Any]]] | None = None,
) -> Path:
    """A workbook with `rows` from row 1 on; `formats` are number formats by cell, like {"R4": "0%"}."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(list(row))
    for cell, number_format in (formats or {}).items():
        page[cell].number_format = number_format
    for title, others in (other_sheets or {}).items():
        extra = book.create_sheet(title)
        for row in others:
            extra.append(list(row))
    book.save(path)
    return path


def save_formula_values(path: Path, values: Mapping[str, str]) -> Path:
    """Do what Excel does when it saves: put the calculated value beside each formula of the first sheet."""

    def patch(sheet: str) -> str:
        for cell, value in values.items():
            start = sheet.index(f'<c r="{cell}"')
            end = sheet.index("</c>", start)
            sheet = (
                sheet[:start]
                + sheet[start:end].replace("<v />", f"<v>{value}</v>").replace("<v></v>", f"<v>{value}</v>")
                + sheet[end:]
            )
        return sheet

    return patch_part(path, "xl/worksheets/sheet1.xml", patch)


def patch_part(path: Path, part: str, patch: Any) -> Path:
    """Rewrite one XML part of a workbook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after:
        for member in before.namelist():
            data = before.read(member)
            after.writestr(member, patch(data.decode()).encode() if member == part else data)
    path.write_bytes(buffer.getvalue())
    return path


def set_storage_version(path: Path, version: int, *, mend_checksum: bool = True) -> Path:
    """Turn a DuckDB file into one of another storage version, with or without a header checksum that fits."""
    data = bytearray(path.read_bytes())
    data[12:20] = struct.pack("<Q", version)
    if mend_checksum:
        checksum = 5381
        for (word,) in struct.iter_unpack("<Q", data[8:4096]):
            checksum ^= (word * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        data[:8] = struct.pack("<Q", checksum)
    path.write_bytes(data)
    return path


def landed(source: Source, select: str, units: str = "auto") -> list[tuple[Any, ...]]:
    """What a query over schema raw returns after `source` was landed in an empty warehouse."""
    with duckdb.connect(":memory:") as connection:
        land(connection, source, units, as_of=AS_OF)
        return connection.execute(select).fetchall()
