"""Primary and foreign keys of the published tables: declared beside the models, checked on the file.

No constraint of DuckDB says them: DuckDB 1.0, which Navigator pins, can't open a file that has an index.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import GateError
from harness.warehouse import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EXPORT = {"primary_key": ["delivery_key"], "foreign_keys": {"client_ref": "dim_client"}}
"""Every exports model has these, whatever its target."""
_OF_THE_RUN: dict[str, dict[str, Any]] = {
    "fct_client_status": {
        "primary_key": ["client_ref", "reason_number"],
        "foreign_keys": {"client_ref": "dim_client"},
    },
    "fct_sync_operation": {"primary_key": ["run_id", "target", "endpoint", "delivery_key"]},
    "sync_status": {"primary_key": ["target", "endpoint", "delivery_key"]},
    "fct_quality_result": {"primary_key": ["run_id", "checkpoint", "rule", "expectation"]},
    "dim_mart": {"primary_key": ["table_name"]},
    "dim_mart_column": {
        "primary_key": ["table_name", "column_name"],
        "foreign_keys": {"table_name": "dim_mart"},
    },
    "dim_mart_key": {
        "primary_key": ["table_name", "key_columns"],
        "foreign_keys": {"table_name": "dim_mart", "to_table": "dim_mart"},
    },
}
"""Tables that no model makes (harness/published_tables.py, catalogue.py)."""


@dataclass(frozen=True)
class Keys:
    """The keys of one table."""

    primary: tuple[str, ...]
    nullable: tuple[str, ...] = ()
    """Columns of the primary key in which a null is a value like any other."""
    foreign: tuple[tuple[tuple[str, ...], str], ...] = ()
    """Columns and the table whose primary key they hold, or null where there is nothing to point at."""


def declared(project: Path) -> dict[str, Keys]:
    """Keys by table, from `config.meta` of the marts and exports in the project's YAML."""
    import yaml

    found = {name: _keys(name, meta) for name, meta in _OF_THE_RUN.items()}
    for folder in ("marts", "exports"):
        for path in sorted((project / "models" / folder).rglob("_*.yml")):
            content = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) or {}
            for model in content.get("models") or ():
                meta = (model.get("config") or {}).get("meta") or {}
                if folder == "exports":
                    meta = _EXPORT | meta
                if "primary_key" in meta:
                    found[model["name"]] = _keys(model["name"], meta)
    return found


def _keys(table: str, meta: Mapping[str, Any]) -> Keys:
    foreign = meta.get("foreign_keys") or {}
    keys = Keys(
        tuple(meta["primary_key"]),
        tuple(meta.get("nullable_key_columns") or ()),
        tuple((tuple(part.strip() for part in columns.split(",")), to) for columns, to in foreign.items()),
    )
    if not set(keys.nullable) <= set(keys.primary):
        raise ValueError(f"{table}: nullable_key_columns are no part of its primary_key")
    return keys


def faults(
    connection: "DuckDBPyConnection", keys: Mapping[str, Keys], tables: Iterable[str]
) -> Iterator[str]:
    """Sentences on what breaks a declared key in the file that is in use; none where all is well."""
    present = set(tables)
    for table in sorted(present & keys.keys()):
        own = keys[table]
        columns = ", ".join(map(identifier, own.primary))
        absent = [f"{identifier(name)} is null" for name in own.primary if name not in own.nullable]
        where = " or ".join(absent) or "false"
        for sentence, query in (
            (
                "rows share a key with another",
                f"select coalesce(sum(n), 0) from (select count(*) as n from {identifier(table)}"
                f" group by {columns} having count(*) > 1)",
            ),
            ("rows lack a part of it", f"select count(*) from {identifier(table)} where {where}"),
        ):
            count = _number(connection, query)
            if count:
                yield f"{table} ({', '.join(own.primary)}): {count} {sentence}"
        for columns_from, to in own.foreign:
            if to not in present or to not in keys or len(keys[to].primary) != len(columns_from):
                yield f"{table} ({', '.join(columns_from)}) refers to {to}, which has no such key"
                continue
            count = _number(connection, _unresolved(table, columns_from, to, keys[to].primary))
            if count:
                yield f"{table} ({', '.join(columns_from)}): {count} rows have no counterpart in {to}"


def _unresolved(table: str, columns: tuple[str, ...], to: str, key: tuple[str, ...]) -> str:
    known = " and ".join(f"f.{identifier(name)} is not null" for name in columns)
    same = " and ".join(
        f"f.{identifier(name)} = t.{identifier(other)}" for name, other in zip(columns, key, strict=True)
    )
    return (
        f"select count(*) from {identifier(table)} as f anti join {identifier(to)} as t on {same}"
        f" where {known}"
    )


def _number(connection: "DuckDBPyConnection", query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def check(connection: "DuckDBPyConnection", keys: Mapping[str, Keys], tables: Iterable[str]) -> None:
    """Raise GateError `key_broken` for the first faults of a published file that is in use."""
    found = list(faults(connection, keys, tables))
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise GateError(
            "key_broken",
            f"{found[0]}{more}",
            "a join over that key would count twice or lose rows; mend the model, or what it declares"
            " (config.meta in its YAML)",
        )
