"""The same compiled SQL over the rows of some clients only: views of them stand where it names a relation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.direct import base
from harness.direct.plan import Node
from harness.warehouse import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROW = "concat_ws(chr(31), coalesce(file, ''), coalesce(sheet, ''), row_number)"
_AT_ONCE = 50_000
"""Clients of a part; lists of all fields of so many take about a gigabyte."""


@dataclass
class Parts:
    """Views of the rows of the clients that stand in the temporary table planwise_keys."""

    connection: DuckDBPyConnection
    columns: dict[str, list[str]]
    """Of every relation, by quoted name."""
    views: dict[str, str] = field(default_factory=dict)

    def key(self, relation: str) -> tuple[str, str]:
        """The expression that says whose a row is, and the column of planwise_keys to compare it with."""
        columns = self.columns.get(relation, [])
        for name in ("client_ref", "client_id"):
            if name in columns:
                return name, name
        return (ROW, "row_key") if {"file", "sheet", "row_number"} <= set(columns) else ("", "")

    def sql(self, node: Node) -> str:
        """The node's select, over the rows of these clients."""
        sql = node.sql
        for name in node.inputs:
            sql = sql.replace(name, self._view(name))
        return sql

    def _view(self, relation: str) -> str:
        """A view of the rows of these clients; the relation itself, where it has no clients."""
        if relation not in self.views:
            expression, column = self.key(relation)
            if relation == base.LANDED:
                expression, column = "nullif(trim(coalesce(client_id, plan_id)), '')", "client_id"
            if not expression:
                return relation
            view = f"planwise_part_{len(self.views)}"
            self.connection.execute(
                f"create or replace temp view {view} as select * from {relation}"
                f" where {expression} in (select {column} from planwise_keys)"
            )
            self.views[relation] = f"temp.main.{view}"
        return self.views[relation]


def columns_of(connection: DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Columns and their types of every relation that is there, by quoted name."""
    found: dict[str, dict[str, str]] = {}
    for database, schema, table, name, type_ in connection.execute(
        "select database_name, schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where not internal order by column_index"
    ).fetchall():
        found.setdefault(".".join(map(identifier, (database, schema, table))), {})[name] = type_
    return found


def each(connection: DuckDBPyConnection, node: Node, clients: int) -> list[tuple[str, str]]:
    """What to do before each part of a node, and its select; one part where there are few clients."""
    if not node.in_parts or clients <= _AT_ONCE:
        return [("", node.sql)]
    connection.execute(
        f"create or replace temp table planwise_clients as select client_ref, client_id, {ROW} as row_key,"
        f" cast((row_number() over (order by client_ref) - 1) // {_AT_ONCE} as integer) as part"
        " from int_clients"
    )
    connection.execute(
        "create or replace temp table planwise_keys as select * exclude (part) from planwise_clients limit 0"
    )
    sql = Parts(connection, {name: list(of) for name, of in columns_of(connection).items()}).sql(node)
    last = connection.execute("select max(part) from planwise_clients").fetchall()[0][0] or 0
    fill = (
        "delete from planwise_keys;"
        " insert into planwise_keys select * exclude (part) from planwise_clients where part = {}"
    )
    return [(fill.format(part), sql) for part in range(last + 1)]
