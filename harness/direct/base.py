"""What the last build was made of: kept in the warehouse beside what it made, to compare the next load with.

Written in the transaction that builds. `direct.standing` is there only between the landing of a source onto a
warehouse that is, byte for byte, as the last delivered run left it, and the next build.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness.direct.plan import Node
from harness.warehouse import content, identifier, literal, writing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LANDED = '"warehouse"."raw"."plan_designs"'
LOAD = '"warehouse"."raw"."load"'
NAMED = '"warehouse"."main"."stg_design_matrix__plans"'
PLANS = "direct.plans"
ALWAYS = frozenset(('"warehouse"."raw"."delivered_documents"', '"state"."main"."plan_design_history"'))
"""They differ after each delivery: who reads them is always built whole."""
MOVING = frozenset(("load_id", "loaded_at", "source_name", "source_sha256", "row_count"))
"""Columns of raw.load that each load writes anew; who names one is always built whole."""


def note_standing(connection: DuckDBPyConnection, is_standing: bool) -> None:
    """Say, after a source was landed, whether all else is as the last delivered run left it."""
    connection.execute("create schema if not exists direct")
    connection.execute("drop table if exists direct.standing")
    if is_standing:
        connection.execute("create table direct.standing as select true as is_standing")


def forget(warehouse: Path) -> None:
    """Keep nothing to compare with: dbt is going to build, and does not say of what."""
    if warehouse.exists():
        with writing(warehouse) as connection:
            connection.execute("drop schema if exists direct cascade")


def is_standing(connection: DuckDBPyConnection) -> bool:
    """Tell whether the tables may be brought up to date; else they are made anew."""
    found = connection.execute(
        "select count(*) from duckdb_tables() where database_name = 'warehouse' and schema_name = 'direct'"
        " and table_name in ('standing', 'plans', 'inputs', 'exported')"
    ).fetchall()
    return bool(found == [(4,)])


def note(connection: DuckDBPyConnection, nodes: list[Node]) -> None:
    """Keep what this build was made of."""
    connection.execute("create schema if not exists direct")
    connection.execute("drop table if exists direct.standing")
    connection.execute(f"create or replace table {PLANS} as from {NAMED}")
    rows = ", ".join(f"({literal(name)}, {literal(value)})" for name, value in _inputs(connection, nodes))
    connection.execute(
        f"create or replace table direct.inputs as from (values {rows}) as inputs (name, checksum)"
    )
    connection.execute(f"create or replace table direct.exported as {_exported(nodes)}")


def differs(connection: DuckDBPyConnection, nodes: list[Node]) -> str:
    """Name an input, beside the clients' rows, that is not what it was; empty where there is none."""
    before = dict(connection.execute("select name, checksum from direct.inputs").fetchall())
    now = dict(_inputs(connection, nodes))
    return next((name for name in sorted(before | now) if before.get(name) != now.get(name)), "")


def altered(connection: DuckDBPyConnection, nodes: list[Node]) -> dict[str, set[str]]:
    """Clients whose documents are not as the build made them, by relation: the gates add their warnings."""
    found: dict[str, set[str]] = {}
    for relation, client in connection.execute(
        "select distinct coalesce(old.relation, new.relation), coalesce(old.client_ref, new.client_ref)"
        f" from direct.exported as old full join ({_exported(nodes)}) as new"
        " on old.relation = new.relation and old.delivery_key = new.delivery_key"
        " where old.document_checksum is distinct from new.document_checksum"
    ).fetchall():
        found.setdefault(relation, set()).add(client)
    return found


def _exported(nodes: list[Node]) -> str:
    return " union all by name ".join(
        f"select {literal(node.relation)} as relation, delivery_key, client_ref, document_checksum"
        f" from {node.relation}"
        for node in nodes
        if node.kind == "table" and {"delivery_key", "document"} <= {name for name, _ in node.columns}
    )


def _inputs(connection: DuckDBPyConnection, nodes: list[Node]) -> list[tuple[str, str]]:
    """A checksum of every input that is no client's row: the SQL, the settings, the tables of others."""
    digest = hashlib.sha256()
    for node in nodes:
        digest.update(f"{node.name}\0{node.kind}\0{node.sql}\0{node.again}\0{node.rows_of}\n".encode())
    code, load = connection.execute(
        "select (select fingerprint from raw.code),"
        " (select cast(load as varchar) from"
        f" (select * exclude ({', '.join(sorted(MOVING))}) from {LOAD}) as load)"
    ).fetchall()[0]
    found = [("sql", digest.hexdigest()), ("code", str(code)), ("load", str(load))]
    own = {node.relation for node in nodes if node.kind != "view"}
    views = {node.relation: node for node in nodes if node.kind == "view"}
    read = through(views, {name for node in nodes if node.kind != "view" for name in node.inputs})
    for name in sorted(read - own - views.keys() - ALWAYS - {LANDED, LOAD}):
        found.append((name, _checksum(connection, name)))
    return found


def through(views: Mapping[str, Node], read: set[str]) -> set[str]:
    """What is read, and what the views among it read, and the views among that."""
    found: set[str] = set()
    while new := read - found:
        found |= new
        read = {name for view in new & views.keys() for name in views[view].inputs}
    return found


def _checksum(connection: DuckDBPyConnection, relation: str) -> str:
    columns = connection.execute(f"describe {relation}").fetchall()
    named = ", ".join(identifier(str(row[0])) for row in columns if row[0] != "_load_id")
    rows = connection.execute(content(f"(select {named} from {relation})")).fetchall()
    return f"{named} {rows}"
