"""Design Matrix databases: attached read-only, waited for while somebody writes, told apart by columns."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import LockedError, SourceError
from harness.extract.columns import match_header, missing_columns, near_miss_notes, schema_version
from harness.extract.detect import fingerprint
from harness.extract.rows import no_rows_error
from harness.extract.source import Relation, SideTable, Source, SourceColumn
from harness.extract.sql import as_text, identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ALIAS = "design_matrix_source"
DEADLINE_SECONDS = 20.0
# The newest storage version that the pinned DuckDB reads; a test compares it with what DuckDB writes.
NEWEST_STORAGE_VERSION = 68
SIDE_TABLES = ("audit_log", "field_validation_rules")
_PREFERRED_TABLE = "plan_designs"
_LOCK_WORDS = ("Could not set lock", "Conflicting lock")
_OWNER = re.compile(r"held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")
Table = tuple[str, str]  # schema, table
Columns = list[tuple[str, str]]  # (name, type) by position


def read_duckdb(path: Path, deadline_seconds: float = DEADLINE_SECONDS) -> Source:
    """A Design Matrix database as a relation; reads names and a count, no rows.

    SourceError for what is no readable DuckDB file or holds no Design Matrix; LockedError when another
    process keeps it open for writing for longer than `deadline_seconds`.
    """
    import duckdb

    with duckdb.connect(":memory:") as connection, attached(connection, path, deadline_seconds):
        checksum = fingerprint(path)
        tables = _tables(connection)
        table = _choose(tables, path.name)
        columns = tables[table]
        names = [name for name, _ in columns]
        canonical = match_header(names, f"{path.name}, table {table[1]}")
        from_sql = _qualified(table)
        try:
            count = connection.execute(f"select count(*) from {from_sql}").fetchall()[0][0]
        except duckdb.Error as fault:
            raise damaged(path, fault) from fault
    if count == 0:
        raise no_rows_error(f"{path.name}, table {table[1]}", ())
    notes = near_miss_notes(names, f"{path.name}, table {table[1]}")
    if path.with_name(path.name + ".wal").exists():
        notes.append(f"{path.name}: a write-ahead log lies beside the file; its rows were read too")
    return Source(
        path=path,
        kind="duckdb",
        schema_version=schema_version(names, "duckdb"),
        sha256=checksum,
        columns=tuple(
            SourceColumn(path.name, table[1], name, known, position, data_type)
            for position, ((name, data_type), known) in enumerate(zip(columns, canonical, strict=True), 1)
        ),
        row_count=count,
        relation=Relation(
            attach=path,
            from_sql=from_sql,
            columns={
                known: as_text(*column) for known, column in zip(canonical, columns, strict=True) if known
            },
            row_sql="row_number() over ()",
            sheet=table[1],
            side_tables=_side_tables(tables, table[0]),
        ),
        notes=tuple(notes),
    )


@contextmanager
def attached(connection: DuckDBPyConnection, path: Path, deadline_seconds: float) -> Iterator[None]:
    """Attach `path` read-only as `ALIAS` for the length of the block, waiting (with jitter) for a lock."""
    import duckdb
    from tenacity import Retrying, retry_if_exception, stop_before_delay, wait_random_exponential

    statement = f"attach {literal(str(path.resolve()))} as {ALIAS} (read_only, type duckdb)"
    attempts = Retrying(
        retry=retry_if_exception(_is_lock),
        stop=stop_before_delay(deadline_seconds),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        reraise=True,
    )
    try:
        attempts(connection.execute, statement)
    except duckdb.Error as fault:
        if _is_lock(fault):
            raise _locked(path, str(fault), deadline_seconds) from fault
        raise damaged(path, fault) from fault
    try:
        yield
    finally:
        connection.execute(f"detach {ALIAS}")


def damaged(path: Path, fault: Exception) -> SourceError:
    """What is wrong with a file that DuckDB does not read, from its header and DuckDB's own words."""
    says = str(fault).splitlines()[0]
    version = storage_version(path)
    if version is not None and version > NEWEST_STORAGE_VERSION:
        return SourceError(
            "newer_duckdb",
            f"{path.name}: was written by a newer version of DuckDB (storage version {version}; up to "
            f"{NEWEST_STORAGE_VERSION} can be read)",
            "Write it again for older readers: attach 'copy.duckdb' (storage_version 'v1.0.0'); "
            "copy from database ... to copy.",
        )
    return SourceError(
        "damaged_duckdb",
        f"{path.name}: the DuckDB file cannot be read ({says})",
        "It may be truncated or damaged: get it again from where it came, or export it as CSV.",
    )


def _is_lock(fault: BaseException) -> bool:
    return any(words in str(fault) for words in _LOCK_WORDS)


def _locked(path: Path, says: str, waited: float) -> LockedError:
    owner = _OWNER.search(says)
    who = f"process {owner['pid']} ({owner['program']})" if owner else "another process"
    return LockedError(
        "source_locked",
        f"{path.name}: {who} holds the database open for writing; waited {waited:g} s",
        "Close it there (the Design Matrix, a notebook, a DuckDB shell) and run again, or name a copy.",
    )


def storage_version(path: Path) -> int | None:
    """The storage version in the file's header: eight bytes after the word DUCK at offset 8."""
    try:
        with path.open("rb") as stream:
            head = stream.read(20)
    except OSError:
        return None
    return struct.unpack("<Q", head[12:20])[0] if len(head) == 20 and head[8:12] == b"DUCK" else None


def _tables(connection: DuckDBPyConnection) -> dict[Table, Columns]:
    found: dict[Table, Columns] = {}
    for schema, table, column, data_type in connection.execute(
        "select schema_name, table_name, column_name, data_type"
        " from duckdb_columns() inner join duckdb_tables() using (database_name, schema_name, table_name)"
        f" where database_name = '{ALIAS}' order by schema_name, table_name, column_index"
    ).fetchall():
        found.setdefault((schema, table), []).append((column, data_type))
    return found


def _choose(tables: dict[Table, Columns], file: str) -> Table:
    """The table of that name with the required columns, else the only one that has them."""
    fitting = [table for table, columns in tables.items() if not missing_columns(name for name, _ in columns)]
    named = [table for table in tables if table[1].lower() == _PREFERRED_TABLE]
    candidates = [table for table in fitting if table in named] or fitting
    if len(candidates) == 1:
        return candidates[0]
    listed = ", ".join(".".join(table) for table in candidates or tables) or "none"
    if candidates:
        raise SourceError(
            "several_tables",
            f"{file}: {len(candidates)} tables have the columns of a Design Matrix ({listed})",
            f"Name one of them {_PREFERRED_TABLE}, or export it to a file of its own.",
        )
    if len(named) == 1 or len(tables) == 1:
        return (named or list(tables))[0]  # its missing columns are the message
    raise SourceError(
        "no_design_table",
        f"{file}: no table holds a Design Matrix (tables: {listed})",
        f"A table {_PREFERRED_TABLE} with client_id, client_name, match_formula, ... is expected.",
    )


def _side_tables(tables: dict[Table, Columns], schema: str) -> dict[str, SideTable]:
    return {
        name: SideTable(
            _qualified((schema, name)),
            {column.lower(): as_text(column, data_type) for column, data_type in tables[(schema, name)]},
        )
        for name in SIDE_TABLES
        if (schema, name) in tables
    }


def _qualified(table: Table) -> str:
    return ".".join((ALIAS, identifier(table[0]), identifier(table[1])))
