"""Builds again only what a changed row changes, in the tables that stand; what comes out is a whole build's.

A model whose rows of a client are made of that client's rows alone says so (meta rows_of: client in
dbt_project.yml; tests/e2e/test_delta.py proves it of each): its compiled SQL runs over the rows of the
clients of whom something that it reads differs. Every other model runs whole, unless nothing that it reads
differs. What differs is found by comparing rows, model by model, never assumed. Whatever is not as expected
is Doubt, and everything is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.direct import base
from harness.direct.parts import ROW, Parts, columns_of
from harness.direct.plan import Node
from harness.warehouse import identifier, literal, row_hash

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BY_COLUMN = frozenset(
    f'"warehouse"."main"."{name}"' for name in ("int_source_rows", "int_clients", "int_plan_texts__chosen")
)
"""Relations of one row a client of which one reader reads this column, another that one."""
_LISTED = 1000
"""So many keys are named in a statement; one that names many takes long to be planned."""
_MOST = 0.2
"""From this share of the clients on it is less work to build everything."""


class Doubt(Exception):
    """Everything is to be built."""


@dataclass
class Change:
    """What differs in a relation since the last build."""

    rows: set[str] = field(default_factory=set)
    """Clients one of whose rows came, went, or differs."""
    columns: dict[str, set[str]] = field(default_factory=dict)
    """Clients whose one row differs in this column only (and others that are named)."""
    is_whole: bool = False
    """Rows that belong to no client differ."""
    has_texts: bool = False
    """Texts came or went; those that stayed are read as before."""

    def clients(self, words: Iterable[str]) -> set[str]:
        """Clients of whom one who names these columns reads something else."""
        found = set(self.rows)
        for word in words:
            found |= self.columns.get(word, set())
        return found


@dataclass
class Delta:
    """A build of what changed, node by node, on one connection and in its transaction."""

    connection: DuckDBPyConnection
    changes: dict[str, Change]
    forced: dict[str, set[str]]
    """Clients whose rows of a relation were changed by somebody else than the build."""
    clients: int
    parts: Parts
    by_row: dict[str, set[str]]
    """Clients by the rows in which they stand, and stood."""
    by_id: dict[str, set[str]]
    types: dict[str, dict[str, str]]
    keyed: tuple[str, ...] = ()
    ran: list[str] = field(default_factory=list)

    def build(self, node: Node) -> None:
        """Bring the node's relation up to date."""
        words = {*re.findall(r"\w+", node.sql), *self.parts.columns.get(node.relation, ())}
        read = [self.changes[name] for name in node.inputs if name in self.changes]
        touched = self.forced.get(node.relation, set()).union(*(change.clients(words) for change in read))
        is_whole = any(change.is_whole for change in read)
        has_texts = any(change.has_texts for change in read)
        is_whole |= base.LOAD in node.inputs and not words.isdisjoint(base.MOVING)
        if node.relation == base.NAMED or not (
            touched or is_whole or (has_texts and node.rows_of != "client")
        ):
            return
        if node.kind == "view":
            rows = set().union(*(change.rows.union(*change.columns.values()) for change in read))
            self.changes[node.relation] = Change(rows, {}, is_whole, has_texts)
            return
        if node.kind != "table" or node.relation not in self.parts.columns:
            raise Doubt(f"{node.name} reads what changed")
        self.ran.append(node.name)
        is_part = node.rows_of == "client" and not is_whole and len(touched) <= _MOST * self.clients
        if is_part:
            self._keys(touched)
        found = self._differing(node, self._selected(node, is_part), is_part)
        if found:
            self.changes[node.relation] = found

    def _keys(self, touched: set[str]) -> None:
        keys = tuple(sorted(touched))
        if keys != self.keyed:
            listed = ", ".join(map(literal, keys))
            self.connection.execute("delete from planwise_keys")
            self.connection.execute(
                f"insert into planwise_keys from planwise_clients where client_ref in ({listed})"
            )
            self.keyed = keys

    def _selected(self, node: Node, is_part: bool) -> list[str]:
        """Make `planwise_new` of the node's rows, or of those of the clients in `planwise_keys`."""
        columns = self.parts.columns[node.relation]
        sql = self.parts.sql(node) if is_part else node.again or node.sql
        types = self.types[node.relation] if node.columns else {}
        named = ", ".join(
            f"cast({identifier(name)} as {types[name]}) as {identifier(name)}" if types else identifier(name)
            for name in columns
        )
        self.connection.execute(
            f"create or replace temp table planwise_new as select {named} from ({sql}\n) as model_subq"
        )
        return columns

    def _differing(self, node: Node, columns: list[str], is_part: bool) -> Change | None:
        """Compare `planwise_new` with what stands there, and put it in its place where it differs."""
        run = self.connection.execute
        expression, column = self.parts.key(node.relation)
        kept = f"{expression} in (select {column} from planwise_keys)"
        stands = f"(select * from {node.relation} where {kept})" if is_part else node.relation
        if node.relation in _BY_COLUMN and (by_column := self.by_column(stands, columns)) is not None:
            if not by_column.rows and not by_column.columns:
                return None
            self._replace(node, kept if is_part else "true")
            return by_column
        key = {"": "''", "row_key": ROW}.get(column, column)
        if node.rows_of == "text":
            key = identifier(columns[0])
        # the same number of the same rows on both sides, or whose they are
        differing = run(
            "select distinct key from ("
            f"select {key} as key, {row_hash('r')} as content, 1 as side from planwise_new as r"
            f" union all select {key} as key, {row_hash('r')} as content, -1 as side from {stands} as r)"
            " group by key, content having sum(side) <> 0"
        ).fetchall()
        if not differing:
            return None
        keys = {found for (found,) in differing}
        if node.rows_of == "text":
            self._texts(node.relation, columns[0], keys)
            self._replace(node, "true")
            return Change(has_texts=True)
        is_keyed = bool(expression) and None not in keys
        if is_keyed and len(keys) <= _LISTED:
            # what stays of a table of everybody need not be written again
            listed = f"{key} in ({', '.join(map(literal, keys))})"
            self._replace(node, listed, listed)
        else:
            self._replace(node, kept if is_part else "true")
        if not is_keyed or (column == "row_key" and not is_part):
            return Change(is_whole=True)
        return Change(self._refs(column, keys))

    def by_column(self, stands: str, columns: list[str]) -> Change | None:
        """Compare `planwise_new` with what stands: whose row differs in which column; None of more rows."""
        key, by = (ROW, "row_key") if "row_number" in columns else ("client_ref", "client_ref")
        compared = ", ".join(
            f"old.{name} is distinct from new.{name} as differs_{number}"
            for number, name in enumerate(map(identifier, columns))
        )
        asked = ", ".join(
            f"list(part_key) filter (where is_both and differs_{number})" for number in range(len(columns))
        )
        counted, distinct, *lists = self.connection.execute(
            f"""
            select count(*), count(distinct part_key), list(part_key) filter (where not is_both), {asked}
            from (
                select
                    coalesce(old.part_key, new.part_key) as part_key,
                    old.part_key is not null and new.part_key is not null as is_both,
                    {compared}
                from (select *, {key} as part_key from {stands}) as old
                full join (select *, {key} as part_key from planwise_new) as new
                    on old.part_key = new.part_key
            )
            """
        ).fetchall()[0]
        if counted != distinct:
            return None
        named = [self._refs(by, set(names or ())) for names in lists]
        differing = dict(zip(columns, named[1:], strict=True))
        if by == "row_key":
            # another client stands in that row: gone for the one, new for the other, whatever it says
            named[0] |= differing.get("client_id", set())
        return Change(named[0], {name: found for name, found in differing.items() if found})

    def _refs(self, column: str, keys: set[str]) -> set[str]:
        """References of the clients; of the rows that name nobody nothing differs, see begun."""
        if column == "client_ref":
            return keys
        of = self.by_row if column == "row_key" else self.by_id
        return set().union(*(of.get(key, ()) for key in keys))

    def _texts(self, relation: str, text: str, differing: set[str]) -> None:
        """Doubt that a text, which is there as before, should be read in another way than before."""
        listed = ", ".join(map(literal, differing))
        found = self.connection.execute(
            f"select 1 from {relation} where {identifier(text)} in ({listed})"
            f" and {identifier(text)} in (select {identifier(text)} from planwise_new) limit 1"
        ).fetchall()
        if found:
            raise Doubt(f"{relation} reads a text in another way than before")

    def _replace(self, node: Node, gone: str, come: str = "true") -> None:
        self.connection.execute(f"delete from {node.relation} where {gone}")
        self.connection.execute(f"insert into {node.relation} by name from planwise_new where {come}")


def begun(connection: DuckDBPyConnection, nodes: list[Node]) -> Delta:
    """Find what the load changed, against what the last build was made of; raises Doubt."""
    why = base.differs(connection, nodes)
    if why:
        raise Doubt(why)
    types = columns_of(connection)
    columns = {relation: list(of) for relation, of in types.items()}
    connection.execute(
        f"""
        create or replace temp table planwise_clients as
        select known.client_ref, landed.client_id, landed.row_key
        from (
            select client_id, {ROW} as row_key from {base.NAMED}
            union
            select client_id, {ROW} as row_key from {base.PLANS}
        ) as landed
        left join state.main.client_ref as known on landed.client_id = known.client_id
        """
    )
    connection.execute("create or replace temp table planwise_keys as from planwise_clients limit 0")
    by_row: dict[str, set[str]] = {}
    by_id: dict[str, set[str]] = {}
    for row, client_id, client in connection.execute(
        "select row_key, client_id, client_ref from planwise_clients where client_ref is not null"
    ).fetchall():
        by_row.setdefault(row, set()).add(client)
        by_id.setdefault(client_id, set()).add(client)
    part = Parts(connection, columns)
    delta = Delta(connection, {}, base.altered(connection, nodes), len(by_id), part, by_row, by_id, types)
    if connection.execute(
        "select 1 from int_source_rows as stood left join state.main.client_ref as known"
        " on stood.client_id = known.client_id"
        " where stood.client_ref is distinct from known.client_ref limit 1"
    ).fetchall():
        raise Doubt("a client has another reference")
    # a row that names nobody, or one of two that name one, is in nobody's part
    if connection.execute(
        f"select 1 from (({_nobodys(base.PLANS)} except all {_nobodys(base.NAMED)})"
        f" union all ({_nobodys(base.NAMED)} except all {_nobodys(base.PLANS)})) limit 1"
    ).fetchall():
        raise Doubt("rows without a usable id differ")
    connection.execute(f"create or replace temp table planwise_new as from {base.NAMED}")
    found = delta.by_column(base.PLANS, columns[base.NAMED])
    if found is None:
        raise Doubt("two rows stand in one place")
    delta.changes[base.NAMED] = found
    delta.changes[base.LANDED] = Change(
        found.rows.union(*(who for name, who in found.columns.items() if name != "load_id"))
    )
    delta.changes |= {name: Change(is_whole=True) for name in base.ALWAYS}
    return delta


def _nobodys(plans: str) -> str:
    return (
        f"(select * exclude (load_id) from {plans} where client_id is null or client_id in"
        f" (select client_id from {plans} group by client_id having count(*) > 1))"
    )
