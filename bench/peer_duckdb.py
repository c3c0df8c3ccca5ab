"""The peer in bare DuckDB: `python -m bench.peer_duckdb matrix.csv HOME OUT`, one JSON file a document.

DuckDB reads the CSV, in memory; of the project's compiled SQL only what the Navigator documents are made of
is run: no gates, no contracts, no history, no other target, no fsync. References are those that the home
gave.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from pathlib import Path

import duckdb

from docs.sample import sample_day
from harness.config import PROJECT
from harness.direct import plan as plans
from harness.direct.plan import Node, Plan
from harness.extract.columns import CANONICAL

TARGET = "exp_navigator__scenario"
_RELATION = re.compile(r'"\w+"\."\w+"\."\w+"')
_FETCHED = 5_000


def kept_plan(home: Path) -> Plan:
    """What dbt compiled of this very project; a run has kept it."""
    print_ = plans.fingerprint(PROJECT, {})
    for folder in (PROJECT / "target" / "direct", home / "target" / "direct"):
        if plan := plans.load(folder, print_):
            return plan
    raise FileNotFoundError("dbt has not compiled this project yet: planwise-export run does it")


def needed(plan: Plan, name: str = TARGET) -> list[Node]:
    """The node and all that it is made of, in the order in which they are built."""
    by_relation = {node.relation: node for node in plan.nodes if node.relation}
    wanted = {name}
    for node in reversed([node for node in plan.nodes if node.kind != "test"]):
        if node.name in wanted and node.kind != "seed":
            wanted |= {
                by_relation[found].name for found in _RELATION.findall(node.sql) if found in by_relation
            }
    return [node for node in plan.nodes if node.name in wanted]


def quoted(text: str) -> str:
    """A literal."""
    return "'" + text.replace("'", "''") + "'"


def load(connection: duckdb.DuckDBPyConnection, source: Path) -> None:
    """The raw tables that the models read."""
    rows = f"read_csv({quoted(str(source))}, all_varchar = true, header = true)"
    present = [row[0] for row in connection.execute(f"describe select * from {rows}").fetchall()]
    cells = ", ".join(name if name in present else f"null::varchar as {name}" for name in CANONICAL)
    file = quoted(source.name)
    connection.execute("create schema warehouse.raw")
    connection.execute(
        f"create table warehouse.raw.plan_designs as select {cells}, 'load' as _load_id, {file} as _file,"
        f" null::varchar as _sheet, row_number() over () + 1 as _row from {rows}"
    )
    columns = ", ".join(
        f"('load', {file}, null, {quoted(name)}, {quoted(name)}, {position}, 'text')"
        for position, name in enumerate(present, 1)
    )
    connection.execute(
        f"create table warehouse.raw.source_columns as select * from (values {columns})"
        " as t(_load_id, _file, _sheet, column_name, canonical_name, position, source_type)"
    )
    day = quoted(os.environ.get("PLANWISE_AS_OF") or sample_day())
    connection.execute(
        f"create table warehouse.raw.load as select 'load' as load_id, {file} as source_name,"
        " 'csv' as source_kind, 'v2' as schema_version, '' as source_sha256, 'auto' as unit_setting,"
        " '2026-11-22T00:00:00Z' as loaded_at,"
        f" {day} as as_of_on, (select count(*) from warehouse.raw.plan_designs) as row_count"
    )


def build(connection: duckdb.DuckDBPyConnection, nodes: list[Node]) -> None:
    """Every node as a table, or the view that it is; references are there."""
    for node in nodes:
        if node.kind == "seed":
            columns = ", ".join(f"{name} {definition}" for name, definition in node.columns)
            connection.execute(f"create table {node.relation} ({columns})")
            path = quoted(str(PROJECT / node.sql))
            connection.execute(f"copy {node.relation} from {path} (format csv, header true)")
        elif node.kind in ("table", "view"):
            connection.execute(f"create {node.kind} {node.relation} as ({node.sql}\n)")


def write(connection: duckdb.DuckDBPyConnection, out: Path) -> int:
    """One file a document."""
    out.mkdir(parents=True, exist_ok=True)
    cursor = connection.execute(
        f"select delivery_key, cast(document as varchar) from warehouse.main.{TARGET}"
    )
    count = 0
    while rows := cursor.fetchmany(_FETCHED):
        for key, document in rows:
            (out / f"{key}.json").write_text(document, encoding="utf-8")
        count += len(rows)
    return count


def main() -> None:
    """Read, build, write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("source", type=Path)
    arguments.add_argument("home", type=Path)
    arguments.add_argument("out", type=Path)
    asked = arguments.parse_args()
    begun = time.perf_counter()
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("attach ':memory:' as warehouse")
        connection.execute(f"attach {quoted(str(asked.home / 'state.duckdb'))} as state (read_only)")
        load(connection, asked.source)
        nodes = needed(kept_plan(asked.home))
        build(connection, nodes)
        built = time.perf_counter()
        count = write(connection, asked.out)
    print(f"{count} documents of {len(nodes)} nodes: {built - begun:.1f} s to build, "
          f"{time.perf_counter() - built:.1f} s to write")  # fmt: skip


if __name__ == "__main__":
    main()
