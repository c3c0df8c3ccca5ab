"""Writes a source into schema `raw` of the warehouse: all text, all tables replaced, one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from harness.errors import SourceError
from harness.extract.columns import CANONICAL
from harness.extract.detect import fingerprint
from harness.extract.source import Relation, Source
from harness.extract.spool import Record, Spool
from harness.extract.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LOAD_COLUMNS = [
    "load_id",
    "source_name",
    "source_kind",
    "schema_version",
    "source_sha256",
    "unit_setting",
    "loaded_at",
    "as_of_on",
    "row_count",
]
PLAN_COLUMNS = [*CANONICAL, "_load_id", "_file", "_sheet", "_row"]
_SOURCE_COLUMNS = [
    "_load_id",
    "_file",
    "_sheet",
    "column_name",
    "canonical_name",
    "position",
    "source_type",
]
# Staging models name these: a source that lacks one lands it as null, one that has more keeps the others.
_SIDE_COLUMNS = {
    "audit_log": [
        "id",
        "client_id",
        "field_name",
        "old_value",
        "new_value",
        "change_type",
        "reason",
        "notes",
        "updated_by",
        "updated_at",
        "confidence_score",
    ],
    "field_validation_rules": [
        "field_name",
        "data_type",
        "required",
        "min_value",
        "max_value",
        "allowed_values",
        "validation_regex",
        "help_text",
    ],
}
_NULL = "cast(null as varchar)"
_COUNTS = frozenset(("row_count", "position", "_row"))


def land(
    connection: DuckDBPyConnection,
    source: Source,
    unit_setting: str,
    *,
    as_of: date | str,
    deadline_seconds: float = 20.0,
) -> None:
    """Replace the tables of schema `raw` with `source`; all of them or, on any error, none.

    `unit_setting` (auto, percent, fraction) and `as_of` (the ISO day the run counts from) are only recorded.
    SourceError when the file changed after it was read, LockedError when somebody writes to it meanwhile.
    """
    with ExitStack() as stack:
        if source.relation and source.relation.attach:
            from harness.extract.duckdb_source import attached

            stack.enter_context(attached(connection, source.relation.attach, deadline_seconds))
        stack.enter_context(_transaction(connection))
        spool = stack.enter_context(Spool(connection))
        connection.execute("create schema if not exists raw")
        if source.relation:
            _land_relation(connection, source, source.relation)
        else:
            _land_rows(spool, source)
        notes = [*source.notes, *spool.notes]
        _land_load(spool, source, unit_setting, as_of, notes)
        _land_side_tables(connection, source)
        if source.relation and fingerprint(source.path) != source.sha256:
            raise SourceError(
                "source_changed",
                f"{source.name}: the file changed while it was read",
                "Run again; nothing was landed.",
            )


def is_landed(connection: DuckDBPyConnection, source_name: str, sha256: str, unit_setting: str) -> bool:
    """Whether `raw` holds this very source, read with these units, by this version of the columns."""
    present = connection.execute(
        "select table_name, column_name from duckdb_columns() where schema_name = 'raw'"
        " and database_name = current_database() order by table_name, column_index"
    ).fetchall()
    if [name for table, name in present if table == "plan_designs"] != PLAN_COLUMNS:
        return False
    if [name for table, name in present if table == "load"] != LOAD_COLUMNS:
        return False
    landed = connection.execute("select source_name, source_sha256, unit_setting from raw.load").fetchall()
    return landed == [(source_name, sha256, unit_setting)]


def refresh_load(connection: DuckDBPyConnection, *, as_of: date | str) -> None:
    """Record that the source that is already landed was loaded again now, as of `as_of`."""
    connection.execute(
        f"update raw.load set loaded_at = {literal(_now())}, as_of_on = {literal(_day(as_of))}"
    )


@contextmanager
def _transaction(connection: DuckDBPyConnection) -> Iterator[None]:
    import duckdb

    connection.execute("begin transaction")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # the first fault is the one to tell
            connection.execute("rollback")
        raise
    connection.execute("commit")


def _land_relation(connection: DuckDBPyConnection, source: Source, relation: Relation) -> None:
    """Copy inside DuckDB; rows that can't be read are the source's error, not the warehouse's."""
    import duckdb

    sheet = "null" if relation.sheet is None else literal(relation.sheet)
    selected = [
        *(f"{relation.columns.get(name, _NULL)} as {identifier(name)}" for name in CANONICAL),
        f"{literal(source.load_id)} as _load_id",
        f"{literal(source.name)} as _file",
        f"cast({sheet} as varchar) as _sheet",
        f"cast({relation.row_sql} as bigint) as _row",
    ]
    try:
        connection.execute(
            f"create or replace table raw.plan_designs as select {', '.join(selected)}"
            f" from {relation.from_sql}"
        )
    except duckdb.Error as fault:
        raise SourceError(
            "damaged_source",
            f"{source.name}: its rows cannot be read ({str(fault).splitlines()[0]})",
            "The file may be damaged: get it again from where it came.",
        ) from fault


def _land_rows(spool: Spool, source: Source) -> None:
    records = (
        [*(row.values.get(name) for name in CANONICAL), source.load_id, row.file, row.sheet, row.row]
        for row in source.rows
    )
    spool.replace("plan_designs", _typed(PLAN_COLUMNS), records)


def _land_load(spool: Spool, source: Source, unit_setting: str, as_of: date | str, notes: list[str]) -> None:
    load: Record = [
        source.load_id, source.name, source.kind, source.schema_version, source.sha256, unit_setting, _now(),
        _day(as_of), source.row_count,
    ]  # fmt: skip
    spool.replace("load", _typed(LOAD_COLUMNS), [load])
    spool.replace(
        "source_columns",
        _typed(_SOURCE_COLUMNS),
        (
            [
                source.load_id,
                item.file,
                item.sheet,
                item.name,
                item.canonical,
                item.position,
                item.source_type,
            ]
            for item in source.columns
        ),
    )
    spool.replace(
        "skipped_rows",
        _typed(["_load_id", "_file", "_sheet", "_row", "reason"]),
        ([source.load_id, item.file, item.sheet, item.row, item.reason] for item in source.skipped_rows),
    )
    spool.replace("load_notes", _typed(["_load_id", "note"]), ([source.load_id, note] for note in notes))


def _land_side_tables(connection: DuckDBPyConnection, source: Source) -> None:
    """The source's own audit log and validation rules; empty where it has none."""
    present = source.relation.side_tables if source.relation else {}
    for table, expected in _SIDE_COLUMNS.items():
        side = present.get(table)
        columns = side.columns if side else {}
        names = [*expected, *(name for name in columns if name not in expected)]
        selected = [
            *(f"{columns.get(name, _NULL)} as {identifier(name)}" for name in names),
            f"{literal(source.load_id)} as _load_id",
        ]
        origin = f"from {side.from_sql}" if side else "where false"
        connection.execute(f"create or replace table raw.{table} as select {', '.join(selected)} {origin}")


def _typed(names: list[str]) -> dict[str, str]:
    return {name: "bigint" if name in _COUNTS else "varchar" for name in names}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(as_of: date | str) -> str:
    try:
        return date.fromisoformat(as_of).isoformat() if isinstance(as_of, str) else as_of.isoformat()
    except ValueError as fault:
        raise SourceError(
            "bad_as_of", f"{as_of!r} is no day to count from", "Write it as year-month-day, like 2026-11-22."
        ) from fault
