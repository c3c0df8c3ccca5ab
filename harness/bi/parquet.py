"""Published tables as Parquet: the same rows give the same bytes, read back before anybody else may."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DeliveryError
from harness.files import PUBLIC_DIR, make_dir, safe_join
from harness.warehouse import identifier, literal, row_hash

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EXTENSION = ".parquet"
_BY_MONTH = {"fct_quality_result": "checked_at", "fct_sync_operation": "started_at"}
"""Tables that only grow: a file a month; the months before keep their bytes and are not sent again."""
_OPTIONS = "format parquet, compression zstd, compression_level 3, row_group_size 122880"


_READER = "read_parquet"

_NESTED = ("STRUCT", "MAP", "UNION")


@dataclass(frozen=True)
class Column:
    """One column of a published table."""

    name: str
    kind: str
    description: str
    is_nullable: bool
    is_key: bool


@dataclass(frozen=True)
class Part:
    """One file to write: a name below the release, and which rows it has."""

    name: str
    where: str


def parts(connection: "DuckDBPyConnection", table: str, columns: list[Column]) -> list[Part]:
    """The files of a table: one, or one a month of those that only grow."""
    moment = _BY_MONTH.get(table)
    kinds = {column.name: column.kind for column in columns}
    if moment is None or not kinds.get(moment, "").startswith("TIMESTAMP"):
        return [Part(f"{table}{EXTENSION}", "true")]
    month = f"strftime({identifier(moment)}, '%Y-%m')"
    found = connection.execute(f"select distinct {month} from {identifier(table)} order by 1").fetchall()
    if not found or found[0][0] is None:
        return [Part(f"{table}{EXTENSION}", "true")]
    return [Part(f"{table}/{name}{EXTENSION}", f"{month} = {literal(name)}") for (name,) in found]


def counted(
    connection: "DuckDBPyConnection", table: str, columns: list[Column], part: Part
) -> tuple[int, int | None]:
    """Number of a part's rows, and their sum as DuckDB hashes them."""
    rows, summed = connection.execute(
        f"select count(*), sum({_hashed(columns)}) from ({_query(table, columns, part)}) as r"
    ).fetchall()[0]
    return int(rows), summed


def checksum(columns: list[Column], part: Part, found: tuple[int, int | None]) -> str:
    """SHA-256 of a part's rows, columns, types and order of columns; files of equal ones are equal."""
    about = [(column.name, column.kind) for column in columns]
    return hashlib.sha256(repr((part.name, about, found)).encode()).hexdigest()


def _hashed(columns: list[Column]) -> str:
    """What tells rows apart; where no column is a list or the like, DuckDB's own hash does, and is faster."""
    is_nested = any(column.kind.endswith("]") or column.kind.startswith(_NESTED) for column in columns)
    return row_hash("r") if is_nested else "hash(r)"


def _query(table: str, columns: list[Column], part: Part) -> str:
    selected = ", ".join(identifier(column.name) for column in columns)
    return f"select {selected} from {identifier(table)} where {part.where}"


def write(
    connection: "DuckDBPyConnection",
    folder: Path,
    table: str,
    columns: list[Column],
    part: Part,
    wanted: tuple[int, int | None],
) -> None:
    """Write one part, in the order of the key and then of all columns; what is read back is `wanted`."""
    path = safe_join(folder, *part.name.split("/"))
    make_dir(path.parent, PUBLIC_DIR)
    # documents are the last thing to sort by: the key tells rows apart before they are looked at
    keys = [column for column in columns if column.is_key]
    order = [*keys, *(column for column in columns if not column.is_key)]
    sorted_by = ", ".join(f"{identifier(column.name)} nulls first" for column in order)
    query = _query(table, columns, part)
    connection.execute(f"copy ({query} order by {sorted_by}) to {literal(path)} ({_OPTIONS})")
    _read_back(connection, path, columns, wanted)


def _read_back(
    connection: "DuckDBPyConnection", path: Path, columns: list[Column], wanted: tuple[int, int | None]
) -> None:
    written = f"{_READER}({literal(path)})"
    found = connection.execute(f"describe select * from {written}").fetchall()
    kinds = [(name, kind) for name, kind, *_ in found]
    expected = [(column.name, column.kind) for column in columns]
    rows, summed = connection.execute(
        f"select count(*), sum({_hashed(columns)}) from {written} as r"
    ).fetchall()[0]
    if kinds != expected or (rows, summed) != wanted:
        odd = next((pair for pair in zip(kinds, expected, strict=False) if pair[0] != pair[1]), None)
        types = f"; column {odd[0][0]} is {odd[0][1]}, not {odd[1][1]}" if odd else ""
        raise DeliveryError(
            "parquet_differs",
            f"{path}: {rows} rows, checksum {summed}; published are {wanted[0]}, {wanted[1]}{types}",
            "the disk may be full or faulty; what was delivered before stays",
        )
