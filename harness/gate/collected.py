"""The failing rows of all rules in one table, completed by SQL: client_id, raw text and place looked up.

Nothing is held in Python but what is asked for: a rule's findings as a list where they are few, as a file of
JSON lines where they are many (harness/gate/listed.py reads it), so that a book that is bad all through is
judged in the memory of a good one.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from harness.gate import scan
from harness.gate.findings import Finding
from harness.gate.listed import Listed, all_of
from harness.gate.suite import COLUMNS
from harness.warehouse import literal

FEW = 2_000
"""So many findings of a rule go from process to process in a message; more of them go in a file."""
_TYPES = {name: "bigint" if name == "row_number" else "varchar" for name in COLUMNS}

# of a client that a faulty build knows twice, one row; rules R01 and R02 block such a build
_PLACES = """
    select client_ref, client_id, file, sheet, row_number from int_clients
    where client_ref in (select client_ref from gate.finding)
    qualify row_number() over (partition by client_ref order by row_number desc) = 1"""
_TEXTS = """
    select client_ref, field, raw from fct_field_status
    where raw is not null and client_ref in (select client_ref from gate.finding where raw is null)
    qualify row_number() over (partition by client_ref, field order by raw desc) = 1"""
_NO_PLACES = """
    select null::varchar as client_ref, null::varchar as client_id, null::varchar as file,
        null::varchar as sheet, null::bigint as row_number where false"""
_NO_TEXTS = "select null::varchar as client_ref, null::varchar as field, null::varchar as raw where false"
_COMPLETED = """
create or replace table gate.completed as
with places as ({places}), texts as ({texts})
select f.rule_number, f.position, f.client_ref, coalesce(nullif(f.client_id, ''), p.client_id) as client_id,
    f.field, coalesce(f.raw, t.raw) as raw, f.code, f.message, f.resolve, f.target,
    if(f.row_number is null and f.client_ref <> '', p.file, f.file) as file,
    if(f.row_number is null and f.client_ref <> '', p.sheet, f.sheet) as sheet,
    coalesce(f.row_number, p.row_number) as row_number
from gate.finding as f
left join places as p on f.client_ref = p.client_ref
left join texts as t on f.client_ref = t.client_ref and coalesce(f.field, '') = t.field
order by f.rule_number, f.position"""


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table that `collect` fills, empty."""
    columns = ", ".join(f"{name} {kind}" for name, kind in _TYPES.items())
    connection.execute(
        f"create or replace table gate.finding (rule_number integer, position bigint, {columns})"
    )


def collect(connection: duckdb.DuckDBPyConnection, number: int, declared: Sequence[str]) -> str | None:
    """Take a rule's failing rows over from `scan`'s table; what is wrong with their columns, if anything."""
    found = scan.columns(connection, number)
    if unknown := sorted(set(found) - set(declared)):
        return f"the failing rows have the columns {unknown}; the suite declares {list(declared)}"
    values = ", ".join(f"cast({name} as {_TYPES[name]})" for name in found)
    try:
        connection.execute(
            f"insert into gate.finding (rule_number, position, {', '.join(found)})"
            f" select {number}, rowid, {values} from {scan.table(number)}"
        )
    except duckdb.Error as error:
        return str(error)
    connection.execute(f"drop table {scan.table(number)}")
    return None


def completed(
    connection: duckdb.DuckDBPyConnection,
    relations: Collection[str],
    counts: Mapping[int, int],
    room: Path | None = None,
) -> dict[int, Sequence[Finding]]:
    """Read what was collected, by the rules' numbers, in the order in which the rules' SQL returned it.

    With `room`, a folder, what is more than FEW comes in a file there.
    """
    if not counts:
        return {}
    connection.execute(
        _COMPLETED.format(
            places=_PLACES if "int_clients" in relations else _NO_PLACES,
            texts=_TEXTS if "fct_field_status" in relations else _NO_TEXTS,
        )
    )
    return {number: _findings(connection, number, count, room) for number, count in counts.items()}


def _findings(
    connection: duckdb.DuckDBPyConnection, number: int, count: int, room: Path | None
) -> Sequence[Finding]:
    query = f"select {', '.join(COLUMNS)} from gate.completed where rule_number = {number} order by position"
    if room is None or count <= FEW:
        rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
        all_of(count, len(rows))
        return [Finding(**dict(zip(COLUMNS, row, strict=True))) for row in rows]  # type: ignore[typeddict-item]
    path = room / f"{secrets.token_hex(8)}.ndjson"
    connection.execute(f"copy ({query}) to {literal(path)} (format json)")
    return Listed(path, count)
