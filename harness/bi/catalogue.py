"""Three tables in the published file that describe the others: for tools that show no comments or keys."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.bi.keys import Keys
from harness.warehouse import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TABLES: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "dim_mart": (
        "One row per published table or view, this one included: what it is and what a row of it is.",
        {
            "table_name": ("varchar not null", "Its name; key."),
            "kind": ("varchar not null", "dimension, fact, wide or export (documents of a target)."),
            "is_view": ("boolean not null", "Whether it is a view, computed when it is asked."),
            "grain": ("varchar", "What a row of it is: one row per ..."),
            "primary_key": ("varchar not null", "Columns that tell its rows apart, separated by commas."),
            "nullable_key_columns": (
                "varchar",
                "Those of them in which a null is a value like any other; null where none is.",
            ),
            "description": ("varchar", "The whole description."),
        },
    ),
    "dim_mart_column": (
        "One row per column of a published table or view.",
        {
            "table_name": ("varchar not null", "The table; key of dim_mart."),
            "column_name": ("varchar not null", "The column; unique within the table."),
            "position": ("integer not null", "Its place in the table, from 1."),
            "data_type": ("varchar not null", "Its type, in DuckDB's words."),
            "is_nullable": ("boolean not null", "Whether it may be null; of a view every column may."),
            "is_key": ("boolean not null", "Whether it is part of the primary key."),
            "description": ("varchar", "What it says."),
        },
    ),
    "dim_mart_key": (
        "One row per foreign key: which columns of which table lead to which row of another.",
        {
            "table_name": ("varchar not null", "The table that refers; key of dim_mart."),
            "key_columns": ("varchar not null", "Its columns, separated by commas."),
            "to_table": ("varchar not null", "The table that is referred to; key of dim_mart."),
            "to_columns": ("varchar not null", "Its primary key, in the same order."),
            "is_optional": (
                "boolean not null",
                "Whether a column may be null: then there is no counterpart.",
            ),
        },
    ),
}
_KINDS = {"dim_": "dimension", "fct_": "fact", "wide_": "wide", "exp_": "export", "sync_": "fact"}


def add_catalogue(connection: "DuckDBPyConnection", database: str, keys: Mapping[str, Keys]) -> list[str]:
    """Make and fill the three in the attached database, when all others are there; their names."""
    connection.execute(f"use {identifier(database)}.main")
    for table, (about, columns) in _TABLES.items():
        definition = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
        connection.execute(f"create table {table} ({definition})")
        connection.execute(f"comment on table {table} is {literal(about)}")
        for name, (_, text) in columns.items():
            connection.execute(f"comment on column {table}.{name} is {literal(text)}")
    tables = _described(connection, database)
    present = {row[0] for row in tables}
    own = {name: found for name, found in keys.items() if name in present}
    columns_of = connection.execute(
        "select table_name, column_name, column_index, data_type, is_nullable, comment from duckdb_columns()"
        f" where database_name = {literal(database)} and schema_name = 'main' order by 1, 3"
    ).fetchall()
    nullable = {(row[0], row[1]) for row in columns_of if row[4]}
    _fill(connection, "dim_mart", [_mart(row, own) for row in tables])
    _fill(
        connection,
        "dim_mart_column",
        [
            [
                table,
                name,
                place,
                kind,
                may_be_null,
                name in own[table].primary if table in own else False,
                said,
            ]
            for table, name, place, kind, may_be_null, said in columns_of
        ],
    )
    _fill(
        connection,
        "dim_mart_key",
        [
            [
                table,
                ", ".join(names),
                to,
                ", ".join(own[to].primary),
                any((table, n) in nullable for n in names),
            ]
            for table, found in sorted(own.items())
            for names, to in found.foreign
            if to in own
        ],
    )
    return list(_TABLES)


def _described(connection: "DuckDBPyConnection", database: str) -> list[tuple[Any, ...]]:
    of = f"where database_name = {literal(database)} and schema_name = 'main'"
    return connection.execute(
        f"select table_name, false, trim(comment) from duckdb_tables() {of} union all"
        f" select view_name, true, trim(comment) from duckdb_views() {of} and not internal order by 1"
    ).fetchall()


def _mart(row: tuple[Any, ...], keys: Mapping[str, Keys]) -> list[Any]:
    table, is_view, about = row
    own = keys.get(table, Keys(()))
    kind = next(kind for prefix, kind in _KINDS.items() if table.startswith(prefix))
    grain = about.split(". ")[0].split(": ")[0].rstrip(".") if about else None
    return [table, kind, is_view, grain, ", ".join(own.primary), ", ".join(own.nullable) or None, about]


def _fill(connection: "DuckDBPyConnection", table: str, rows: list[list[Any]]) -> None:
    if rows:
        values = ", ".join(f"({', '.join(map(_value, row))})" for row in rows)
        connection.execute(f"insert into {table} values {values}")


def _value(value: Any) -> str:
    if value is None or isinstance(value, bool | int):
        return "null" if value is None else str(value)
    return literal(value)
