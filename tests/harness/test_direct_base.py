"""What the next load is compared with: every table of others that the models read, through whatever views."""

from __future__ import annotations

import random
from collections.abc import Iterator

import duckdb
import pytest

from harness.direct import base
from harness.direct.plan import Node

FOREIGN = '"warehouse"."raw"."foreign_{}"'


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse")
        connection.execute("use warehouse")
        connection.execute("create schema raw")
        connection.execute("create schema direct")
        connection.execute("create table raw.code as select 'c' as fingerprint")
        moving = ", ".join(f"1 as {name}" for name in base.MOVING)
        connection.execute(f"create table raw.load as select 'book.csv' as name, {moving}")
        for number in range(4):
            connection.execute(f"create table raw.foreign_{number} as select 1 as x")
        yield connection


def _node(kind: str, name: str, inputs: list[str]) -> Node:
    return Node(name, kind, f'"warehouse"."main"."{name}"', "select 1", inputs=tuple(inputs))


def _noted(warehouse: duckdb.DuckDBPyConnection, nodes: list[Node]) -> None:
    rows = ", ".join(f"('{name}', $${checksum}$$)" for name, checksum in base._inputs(warehouse, nodes))
    warehouse.execute(
        f"create or replace table direct.inputs as from (values {rows}) as inputs (name, checksum)"
    )


def _reached(nodes: list[Node], relation: str) -> set[str]:
    """Every relation below one, a step at a time, by the definition."""
    inputs = next((node.inputs for node in nodes if node.relation == relation), ())
    return {*inputs}.union(*(_reached(nodes, name) for name in inputs))


@pytest.mark.parametrize("depth", [0, 1, 2, 3, 7])
def test_change_of_a_foreign_table_is_seen_when_it_is_behind_so_many_views(
    warehouse: duckdb.DuckDBPyConnection, depth: int
) -> None:
    """A decision that is read through a view of a view would hold for the clients that changed only."""
    nodes = [
        _node("view", f"v{number}", [f'"warehouse"."main"."v{number + 1}"']) for number in range(1, depth)
    ]
    nodes += [_node("view", f"v{depth}", [FOREIGN.format(0)])] if depth else []
    nodes += [_node("table", "t", ['"warehouse"."main"."v1"' if depth else FOREIGN.format(0)])]
    _noted(warehouse, nodes)
    assert base.differs(warehouse, nodes) == ""
    warehouse.execute("insert into raw.foreign_1 values (2)")
    assert base.differs(warehouse, nodes) == "", "nothing reads that one"
    warehouse.execute("insert into raw.foreign_0 values (2)")
    assert base.differs(warehouse, nodes) == FOREIGN.format(0)


@pytest.mark.parametrize("seed", range(20))
def test_inputs_are_what_any_table_reaches_when_views_read_views(
    warehouse: duckdb.DuckDBPyConnection, seed: int
) -> None:
    draw = random.Random(seed)
    nodes: list[Node] = []
    for number in range(12):
        below = [node.relation for node in nodes] + [FOREIGN.format(n) for n in range(4)]
        kind = draw.choice(["view", "view", "view", "table"])
        nodes.append(_node(kind, f"m{number}", draw.sample(below, draw.choice([1, 1, 2]))))
    wanted = {
        name
        for node in nodes
        if node.kind == "table"
        for name in _reached(nodes, node.relation)
        if name.startswith('"warehouse"."raw"')
    }
    found = {name for name, _ in base._inputs(warehouse, nodes)} - {"sql", "code", "load"}
    assert found == wanted
