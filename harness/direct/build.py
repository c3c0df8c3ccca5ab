"""Builds and tests a plan on DuckDB, node by node, as dbt-duckdb's materialisations do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from harness.direct import base, parts, side_by_side
from harness.direct.delta import Doubt, begun
from harness.direct.plan import Node, Plan
from harness.direct.side_by_side import is_of_state
from harness.files import PRIVATE_FILE
from harness.memory import configuration
from harness.warehouse import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_LARGE = 5000
"""Clients of a large book."""
MEMORY = 5
"""Gigabytes for a build, the step that needs most; what is more waits in a folder beside the warehouse."""


class Failed(Exception):
    """A node did not succeed; dbt is to say what and why."""


def build(home: Path, project: Path, nodes: list[Node]) -> str:
    """Build the nodes in `<home>/warehouse.duckdb` and the state: `whole`, or the `changed` clients only.

    Raises Failed at the first node that fails, duckdb.Error included. The warehouse is written in one
    transaction a group: after a failure, or when killed, none of the models of that group are there.
    """
    import duckdb

    warehouse = home / "warehouse.duckdb"
    is_new = not warehouse.exists()
    try:
        # when the history is written this process holds all documents that go out
        fitting = configuration(MEMORY) if _is_of_load(nodes) else configuration()
        with duckdb.connect(str(warehouse), config=fitting) as connection:
            if is_new:
                warehouse.chmod(PRIVATE_FILE)
            connection.execute("set timezone = 'UTC'")
            connection.execute(f"attach {literal(home / 'state.duckdb')} as state")
            _fitted(connection)
            is_delta = _brought_up_to_date(connection, nodes, project)
            if not is_delta:
                _whole(connection, nodes, project)
    except duckdb.OutOfMemoryException:
        raise  # dbt would have no more of it
    except duckdb.Error as error:
        raise Failed(str(error)) from error
    return "changed" if is_delta else "whole"


def _is_of_load(nodes: list[Node]) -> bool:
    """Tell whether it is the build of a load, and not that of the history or of some nodes."""
    return any(node.kind == "append" and base.NAMED in node.inputs for node in nodes)


def _brought_up_to_date(connection: DuckDBPyConnection, nodes: list[Node], project: Path) -> bool:
    """Build what a load changed only; false, and the tables as before, where everything is to be built."""
    import duckdb

    if not (_is_of_load(nodes) and base.is_standing(connection)):
        return False
    present = _present(connection)
    # it looks for what can be computed once, and takes longer than to compute it twice for one client
    connection.execute("set disabled_optimizers = 'common_subexpressions'")
    try:
        # references of new clients come first: the state can't be written in the transaction of the warehouse
        with transaction(connection):
            for node in filter(is_of_state, nodes):
                make(connection, node, project, present)
        with transaction(connection):
            delta = begun(connection, nodes)
            for node in nodes:
                if node.kind == "test":
                    _test(connection, node, project)
                elif node.kind != "seed" and not is_of_state(node):
                    delta.build(node)
            base.note(connection, nodes)
    except (Doubt, Failed, duckdb.Error):
        return False
    finally:
        connection.execute("reset disabled_optimizers")
    return True


def _fitted(connection: DuckDBPyConnection) -> None:
    """Set what a build of so many clients takes of the machine."""
    # no time goes into trying every other one on every column; of our documents the file is a tenth larger
    connection.execute("set force_compression = 'dictionary'")
    if _rows(connection, "raw.plan_designs") <= _LARGE:
        # rows of a thousand clients are one piece of work: a second thread is told of it for nothing
        connection.execute("set threads = 1")


def _whole(connection: DuckDBPyConnection, nodes: list[Node], project: Path) -> None:
    """Build every node, in few transactions or each in its own; one can write to one file only.

    A commit costs more than most statements about a thousand clients. But until it is made, what is replaced
    stays, and doubles the file, and one connection does all: of a large book each node is committed.
    """
    present = _present(connection)

    def one(cursor: DuckDBPyConnection, node: Node) -> None:
        with transaction(cursor):
            make(cursor, node, project, present)

    if _rows(connection, "raw.plan_designs") > _LARGE:
        side_by_side.build(connection, nodes, one)
    else:
        for _, group in groupby(nodes, is_of_state):
            with transaction(connection):
                for node in group:
                    make(connection, node, project, present)
    if _is_of_load(nodes):
        with transaction(connection):
            base.note(connection, nodes)


def _rows(connection: DuckDBPyConnection, relation: str) -> int:
    import duckdb

    try:
        return int(connection.execute(f"select count(*) from {relation}").fetchall()[0][0])
    except duckdb.CatalogException:
        return 0


@contextmanager
def transaction(connection: DuckDBPyConnection) -> Iterator[None]:
    """All that is done in it, or nothing."""
    connection.execute("begin transaction")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def make(connection: DuckDBPyConnection, node: Node, project: Path, present: dict[str, str]) -> None:
    """Build or test one node."""
    if node.kind in ("table", "view", "seed"):
        _make_room(connection, node, present)
    (_remembering if node.reads else _KINDS[node.kind])(connection, node, project)


def chosen(plan: Plan, select: tuple[str, ...], exclude: tuple[str, ...]) -> list[Node]:
    """The nodes that dbt's selectors `tag:<tag>` and `<name>` pick.

    As with dbt, a test is picked, or left out, with any of the nodes that it is about.
    """

    def named(names: tuple[str, ...]) -> set[str]:
        found = {
            node.name
            for node in plan.nodes
            if any(name == node.name or name.removeprefix("tag:") in node.tags for name in names)
        }
        return found | {node.name for node in plan.nodes if found.intersection(node.tests)}

    picked = named(select) if select else {node.name for node in plan.nodes}
    left_out = named(exclude)
    return [node for node in plan.nodes if node.name in picked and node.name not in left_out]


def _present(connection: DuckDBPyConnection) -> dict[str, str]:
    """Relations that are there: quoted name, and what they are."""
    found = connection.execute(
        "select database_name, schema_name, table_name, 'table' from duckdb_tables()"
        " union all select database_name, schema_name, view_name, 'view' from duckdb_views()"
    ).fetchall()
    return {".".join(map(identifier, row[:3])): row[3] for row in found}


def _make_room(connection: DuckDBPyConnection, node: Node, present: dict[str, str]) -> None:
    """Drop what has the name and is of another kind: an earlier version of the project made it."""
    kind = "view" if node.kind == "view" else "table"
    before = present.get(node.relation, kind)
    if before != kind:
        connection.execute(f"drop {before} {node.relation}")


def _table(connection: DuckDBPyConnection, node: Node, project: Path) -> None:
    if node.columns:
        _create(connection, node)
    names = ", ".join(name for name, _ in node.columns) or "*"
    clients = _rows(connection, "raw.plan_designs") if node.in_parts else 0
    for number, (before, sql) in enumerate(parts.each(connection, node, clients)):
        if before:
            connection.execute(before)
        if number or node.columns:
            connection.execute(f"insert into {node.relation} select {names} from ({sql}\n) as model_subq")
        else:
            connection.execute(f"create or replace table {node.relation} as ({sql}\n)")
    _describe(connection, node, "table")


def _remembering(connection: DuckDBPyConnection, node: Node, project: Path) -> None:
    """As macros/remembered say: what was read stays read while code and words are what they were."""
    of = (
        f"select count(*) || ':' || sum(hash(words)) from {node.reads} as words"
        if node.is_reading_seed
        else _comment(node.reads)
    )
    stamp, before = connection.execute(
        f"select 'read by ' || sha256((from raw.code) || coalesce(({of}), 'unknown')),"
        f" ({_comment(node.relation)})"
    ).fetchall()[0]
    select = node.again if stamp == before else node.sql
    connection.execute(f"create or replace table {node.relation} as ({select}\n)")
    connection.execute(f"comment on table {node.relation} is {literal(stamp)}")


def _comment(relation: str) -> str:
    names = "database_name", "schema_name", "table_name"
    parts = zip(names, relation.strip('"').split('"."'), strict=True)
    return "select comment from duckdb_tables() where " + " and ".join(
        f"{name} = {literal(part)}" for name, part in parts
    )


def _view(connection: DuckDBPyConnection, node: Node, project: Path) -> None:
    connection.execute(f"create or replace view {node.relation} as ({node.sql}\n)")
    _describe(connection, node, "view")


def _seed(connection: DuckDBPyConnection, node: Node, project: Path) -> None:
    _create(connection, node)
    path = literal(project / node.sql)
    connection.execute(f"copy {node.relation} from {path} (format csv, header true, delimiter ',')")
    _describe(connection, node, "table")


def _append(connection: DuckDBPyConnection, node: Node, project: Path) -> None:
    """Rows that are not there yet; no transaction in the file where there is none."""
    connection.execute(f"create or replace temp table planwise_new_rows as ({node.sql}\n)")
    if connection.execute("select count(*) from planwise_new_rows").fetchall() != [(0,)]:
        connection.execute(f"insert into {node.relation} by name select * from planwise_new_rows")
    connection.execute("drop table planwise_new_rows")


def _snapshot(connection: DuckDBPyConnection, node: Node, project: Path) -> None:
    """dbt's check strategy on design_checksum, hard deletes invalidated, at the time of the load."""
    connection.execute(f"create or replace temp table planwise_present as ({node.sql}\n)")
    connection.execute(
        f"""
        update {node.relation} as standing
        set valid_to = (select max(cast(loaded_at as timestamp)) from planwise_present)
        where standing.valid_to is null and not exists (
            select 1 from planwise_present as present
            where present.client_ref = standing.client_ref
                and present.design_checksum = standing.design_checksum
        )
        """
    )
    connection.execute(
        f"""
        insert into {node.relation} by name
        select
            present.*,
            loaded_at as recorded_at,
            loaded_at as valid_from,
            cast(null as timestamp) as valid_to,
            md5(coalesce(cast(client_ref as varchar), '') || '|' || coalesce(cast(loaded_at as varchar), ''))
                as version_id,
        from planwise_present as present
        where not exists (
            select 1 from {node.relation} as standing
            where standing.valid_to is null and standing.client_ref = present.client_ref
        )
        """
    )
    connection.execute("drop table planwise_present")


def _test(connection: DuckDBPyConnection, node: Node, project: Path) -> None:
    failing = connection.execute(f"select count(*) from ({node.sql}\n) as failing").fetchall()[0][0]
    if failing and not node.is_warning:
        raise Failed(f"{node.name}: {failing} rows")


def _create(connection: DuckDBPyConnection, node: Node) -> None:
    columns = ", ".join(f"{name} {definition}" for name, definition in node.columns)
    connection.execute(f"create or replace table {node.relation} ({columns})")


def _describe(connection: DuckDBPyConnection, node: Node, kind: str) -> None:
    for column, text in node.comments:
        of = f"column {node.relation}.{column}" if column else f"{kind} {node.relation}"
        connection.execute(f"comment on {of} is {literal(text)}")


_KINDS: dict[str, Callable[[DuckDBPyConnection, Node, Path], None]] = {
    "table": _table,
    "view": _view,
    "seed": _seed,
    "append": _append,
    "snapshot": _snapshot,
    "test": _test,
}
