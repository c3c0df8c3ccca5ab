"""The marts become an immutable DuckDB file that a dashboard opens while the next run builds.

Nothing but a complete, verified file is ever named current.duckdb. Storage version v1.0.0: DuckDB 1.0 to 1.5
read it.
"""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.bi.catalogue import add_catalogue
from harness.bi.keys import check, declared
from harness.config import Settings
from harness.errors import DeliveryError, GateError
from harness.files import (
    PUBLIC_DIR,
    READ_ONLY,
    fsync_dir,
    fsync_file,
    make_dir,
    replace_file,
    safe_join,
)
from harness.identifiers import Scanner
from harness.ledger.marts import FCT_SYNC_OPERATION, SYNC_STATUS, SYNC_STATUS_SQL, Synced
from harness.memory import configuration
from harness.outcome import Client, GateResult
from harness.published_scan import scan_published
from harness.published_tables import add_table, status_rows
from harness.published_views import add_view, of_one_client, views
from harness.quality import assembled
from harness.warehouse import identifier, literal, opened

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

REQUIRED = (
    "dim_client",
    "dim_plan_design",
    "fct_core_band",
    "fct_design_change",
    "fct_field_status",
    "fct_match_tier",
    "fct_plan_design",
    "fct_vesting_step",
)
_PREFIXES = ("dim_", "fct_", "wide_", "exp_")
_GOES_OUT = (
    "where r.client_ref in (select client_ref from published.main.fct_client_status"
    " where status in ('exported', 'exportable')) and r.client_ref not in (select client_ref"
    " from published.main.fct_client_status where target = {target})"
)
_AS_DECIDED = {
    # what a gate holds has no scenario, whatever the models found
    "fct_recommendation": "(select r.* exclude (held) replace ("
    "r.is_exported and not held as is_exported,"
    " case when r.is_exported and held then 'client_held' else r.not_exported_reason end"
    " as not_exported_reason,"
    " case when r.is_exported and held then 'The client is held; none of its scenarios goes out.'"
    " else r.not_exported_message end as not_exported_message,"
    " case when not held then r.delivery_key end as delivery_key)"
    " from (select *, client_ref not in (select client_ref from published.main.fct_client_status"
    " where status in ('exported', 'exportable')) or client_ref in (select client_ref"
    " from published.main.fct_client_status where target = 'navigator') as held"
    " from warehouse.main.fct_recommendation) as r)",
    "wide_client": "(select w.* replace (s.client_ref is not null as is_held,"
    " coalesce(s.rules, w.held_rules) as held_rules, s.message as held_message)"
    " from warehouse.main.wide_client as w left join (select client_ref,"
    " list(distinct rule order by rule) as rules, min_by(message, reason_number) as message"
    " from published.main.fct_client_status where status not in ('exported', 'exportable')"
    " group by client_ref) as s on w.client_ref = s.client_ref)",
}
"""Marts of which a gate's decision changes what they say, with the query that says it."""
_SYNC = "fct_sync_operation"
_MADE_HERE = ("fct_client_status", "fct_quality_result", _SYNC)
"""Tables that the run itself adds to the models' marts."""
NOTHING_SYNCED = Synced()
_DRAFT = ".draft_"
_SPILL = ".spill"
_SMALL = 1 << 30
"""Bytes of a warehouse (of some twenty thousand clients) below which it is small."""
Counts = dict[str, tuple[Any, ...]]
"""Rows and checksum by table."""


@dataclass(frozen=True)
class Published:
    """A file that is complete and verified, but not current yet."""

    path: Path
    rows: Mapping[str, int]


def publish(
    settings: Settings,
    run_id: str,
    clients: Iterable[Client],
    results: Iterable[GateResult],
    scanner: Scanner,
    synced: Synced = NOTHING_SYNCED,
) -> Published:
    """Make `<home>/published/<run_id>.duckdb` from the warehouse's marts, verified and read-only, not yet
    current.

    Documents of clients that are held or rejected stay out; their other rows stay in, so that a dashboard
    shows who waits and why; `synced` is what fct_sync_operation is to hold. Raises GateError when a mart is
    missing or an internal identifier is found (E02), DeliveryError when what was written differs from the
    warehouse. The file is removed again on any of them.
    """
    import duckdb

    final = safe_join(make_dir(settings.published, PUBLIC_DIR), f"{run_id}.duckdb")
    # a run that is killed leaves no half of a file under a name that people open
    path = final.with_name(f"{_DRAFT}{final.name}")
    for left in settings.published.glob(f"{_DRAFT}*"):
        # DuckDB leaves a folder of that name where it was killed while it looked the draft through
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    results = list(results)
    sentences = {str(result["rule"]): str(result["sentence"]) for result in results}
    is_small = settings.warehouse.exists() and settings.warehouse.stat().st_size < _SMALL
    try:
        with _memory(settings.home) as connection:
            connection.execute(f"attach {literal(settings.warehouse)} as warehouse (read_only)")
            # the file is no larger, and no time goes into trying every other one on every column
            connection.execute("set force_compression = 'dictionary'")
            if is_small:
                connection.execute("set threads = 1")  # more cost more than they save
            connection.execute(f"attach {literal(path)} as published (storage_version 'v1.0.0')")
            scratch = path.with_suffix(".ndjson")
            # one transaction: a statement of its own each would be written and flushed six hundred times
            connection.execute("begin transaction")
            add_table(connection, "fct_client_status", status_rows(clients, scanner, sentences), scratch)
            add_table(connection, "fct_quality_result", list(assembled(settings, run_id, scanner)), scratch)
            if synced.again is not None:
                connection.execute(f"attach {literal(settings.current)} as before (read_only)")
            _add_sync(connection, synced, scratch)
            expected = _copy_marts(connection)
            in_views = _copy_views(connection)
            keys = declared(settings.project)
            described = add_catalogue(connection, "published", keys)
            # a view would be read as a whole; the keys of its tables make its own
            check(connection, keys, (*expected, *described, *_MADE_HERE))
            connection.execute("commit")
            connection.execute("use memory")
            connection.execute("checkpoint published")
        fsync_file(path)
        path.chmod(READ_ONLY)
        fsync_dir(path.parent)
        with opened(path) as connection:
            # nothing of it was looked through yet, and it lies where people look
            connection.execute(f"set temp_directory = {literal(settings.home / _SPILL)}")
            if is_small:
                connection.execute("set threads = 1")
            _verify(connection, path, expected)
            if in_views:
                _verify(connection, path, in_views, of_one_client(connection))
            scan_published(path, scanner, settings.warehouse, connection)
        path.rename(final)
        fsync_dir(final.parent)
    except BaseException as error:
        path.unlink(missing_ok=True)
        path.with_suffix(".ndjson").unlink(missing_ok=True)
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
        if isinstance(error, duckdb.Error) and not isinstance(error, duckdb.OutOfMemoryException):
            raise DeliveryError(
                "not_published",
                f"the marts can't be written to {path}: {str(error).splitlines()[0]}",
                "check free space and permissions there; what was published before stays",
            ) from error
        raise
    return Published(final, {name: int(counts[0]) for name, counts in expected.items()})


def is_published(
    settings: Settings,
    run_id: str,
    clients: Iterable[Client],
    results: Iterable[GateResult],
    scanner: Scanner,
) -> bool:
    """Tell whether the file that is current holds what `publish` would write, but for the run's own id.

    Tables, columns, comments and rows are compared; who is exported now and who could be counts as the same.
    """
    if not settings.current.exists():
        return False
    results = list(results)
    sentences = {str(result["rule"]): str(result["sentence"]) for result in results}
    with _memory(settings.home) as connection:
        connection.execute(f"attach {literal(settings.warehouse)} as warehouse (read_only)")
        connection.execute(f"attach {literal(settings.current)} as current (read_only)")
        connection.execute("attach ':memory:' as published")
        scratch = settings.published / f".{settings.current.stem}.ndjson"
        add_table(connection, "fct_client_status", status_rows(clients, scanner, sentences), scratch)
        # what the checks found before is history; this run's are compared with the last ones published
        checks = list(assembled(settings, run_id, scanner))
        if _blocked_since(connection, checks):
            return False
        add_table(connection, "fct_quality_result", [row for row in checks if row["is_latest"]], scratch)
        # what was delivered since is no reason to publish: the ledger tells of it
        _add_sync(connection, NOTHING_SYNCED, scratch)
        expected = _copy_marts(connection)
        _copy_views(connection)
        described = add_catalogue(connection, "published", declared(settings.project))
        connection.execute("use memory")
        if _described(connection, "published") != _described(connection, "current"):
            return False
        compared = {*expected, *described, *_MADE_HERE} - {_SYNC}
        return all(_rows_differing(connection, name) == 0 for name in sorted(compared))


def operations_before(current: Path) -> tuple[str, list[str]] | None:
    """The run that published last, and the runs whose rows in its fct_sync_operation are still open.

    Null where nothing was published, or by a version whose table was another one.
    """
    if not current.exists():
        return None
    with opened(current) as connection:
        columns = connection.execute(
            f"select column_name from duckdb_columns() where table_name = {literal(_SYNC)}"
            " order by column_index"
        ).fetchall()
        if [name for (name,) in columns] != list(FCT_SYNC_OPERATION[1]):
            return None
        published = connection.execute(
            "select max(run_id) from fct_quality_result where is_latest"
        ).fetchall()[0][0]
        still = connection.execute(f"select distinct run_id from {_SYNC} where ended_at is null").fetchall()
    return (str(published), [str(run_id) for (run_id,) in still]) if published else None


def _add_sync(connection: "DuckDBPyConnection", synced: Synced, scratch: Path) -> None:
    """What the ledger knows of deliveries: one table, and the last word about each document as a view.

    What stands of the publication before, attached as `before`, is copied: a ledger grows with every run.
    """
    add_table(connection, _SYNC, synced.rows, scratch)
    if synced.again is not None:
        again = ", ".join(map(literal, synced.again)) or "null"
        connection.execute(
            f"insert into published.main.{_SYNC} by name select * from before.main.{_SYNC}"
            f" where (run_id in ({again})) is not true"
            f" and coalesce(ended_at, started_at) >= cast({literal(synced.since)} as timestamp)"
        )
    about, columns = SYNC_STATUS
    connection.execute("use published.main")
    connection.execute(f"create view sync_status as {SYNC_STATUS_SQL}")
    connection.execute("use memory")
    connection.execute(f"comment on view published.main.sync_status is {literal(about)}")
    for column, (_, text) in columns.items():
        connection.execute(f"comment on column published.main.sync_status.{column} is {literal(text)}")


def _blocked_since(connection: "DuckDBPyConnection", checks: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a gate stopped a run after the one that is published: that is news for a chart of quality."""
    published = connection.execute(
        "select coalesce(max(run_id), '') from current.main.fct_quality_result where is_latest"
    ).fetchall()[0][0]
    return any(
        row["run_id"] > published and row["severity"] == "block" and not row["is_passed"] for row in checks
    )


def _described(connection: "DuckDBPyConnection", database: str) -> list[tuple[Any, ...]]:
    of = f"where database_name = {literal(database)} and schema_name = 'main'"
    return connection.execute(
        f"select table_name, '', '', comment from duckdb_tables() {of} union all"
        # DuckDB prints a view that was stored with other blanks
        rf" select view_name, regexp_replace(sql, '\s', '', 'g'), '', comment from duckdb_views() {of}"
        " union all"
        f" select table_name, column_name, data_type, comment from duckdb_columns() {of} order by all"
    ).fetchall()


def _rows_differing(connection: "DuckDBPyConnection", table: str) -> int:
    """Count rows that only one side has, as often as it has them more."""
    columns = {
        "fct_quality_result": "* exclude (run_id, checked_at)",
        "fct_client_status": "* replace (if(status = 'exportable', 'exported', status) as status)",
    }.get(table, "*")
    where = "where is_latest" if table == "fct_quality_result" else ""
    new, old = (
        f"(select {columns} from {side}.main.{identifier(table)} {where})"
        for side in ("published", "current")
    )
    found = connection.execute(
        f"select count(*) from ((from {new} except all from {old})"
        f" union all (from {old} except all from {new}))"
    ).fetchall()
    return int(found[0][0])


def make_current(settings: Settings, published: Published) -> None:
    """Put the file in place as current.duckdb in one rename; the ones before stay beside it."""
    replace_file(published.path, settings.current)


def _memory(home: Path) -> "DuckDBPyConnection":
    """A database in memory; what has no room there waits in the home, which is private."""
    import duckdb

    return duckdb.connect(config=configuration() | {"temp_directory": str(home / _SPILL)})


def _copy_marts(connection: "DuckDBPyConnection") -> Counts:
    found = connection.execute(
        "select table_name, column_name, data_type, is_nullable from duckdb_columns()"
        " where database_name = 'warehouse' and schema_name = 'main' order by table_name, column_index"
    ).fetchall()
    marts: dict[str, list[str]] = {}
    not_tables = views(connection)
    for name, column, kind, is_nullable in found:
        if name.startswith(_PREFIXES) and name not in not_tables:
            # no primary keys: DuckDB 1.0, which Navigator pins, can't open a file that has an index of ours
            rest = kind if is_nullable else f"{kind} not null"
            marts.setdefault(name, []).append(f"{identifier(column)} {rest}")
    missing = [name for name in REQUIRED if name not in marts]
    if missing:
        raise GateError("mart_missing", f"the warehouse has no {', '.join(missing)}", "build it: `dbt build`")
    counts: Counts = {}
    comments = _comments(connection)
    connection.execute("use published.main")
    for name, columns in marts.items():
        target = name.removeprefix("exp_").split("__")[0]
        where = _GOES_OUT.format(target=literal(target)) if name.startswith("exp_") else ""
        connection.execute(f"create table {identifier(name)} ({', '.join(columns)})")
        # while it is empty: a comment on a table with rows costs ten times as much
        _copy_comments(connection, name, comments.get(name, ()))
        source = _AS_DECIDED.get(name, f"warehouse.main.{identifier(name)}")
        connection.execute(f"insert into {identifier(name)} select r.* from {source} as r {where}")
        counts[name] = _counted(connection, source, where)
    return counts


def _copy_views(connection: "DuckDBPyConnection") -> Counts:
    connection.execute("use published.main")
    counts: Counts = {}
    comments = _comments(connection)
    for name, sql in views(connection).items():
        if name.startswith(_PREFIXES):
            add_view(connection, name, sql)
            _copy_comments(connection, name, comments.get(name, ()))
            counts[name] = _counted(
                connection, f"warehouse.main.{identifier(name)}", of_one_client(connection)
            )
    return counts


def _comments(connection: "DuckDBPyConnection") -> dict[str, list[tuple[str | None, str]]]:
    """By table or view of the warehouse, its own comment (of no column) and those of its columns."""
    of = "where database_name = 'warehouse' and schema_name = 'main' and comment is not null"
    found = connection.execute(
        f"select table_name, null, comment from duckdb_tables() {of} union all"
        f" select table_name, column_name, comment from duckdb_columns() {of}"
    ).fetchall()
    comments: dict[str, list[tuple[str | None, str]]] = {}
    for table, column, comment in found:
        comments.setdefault(table, []).append((column, comment))
    return comments


def _copy_comments(
    connection: "DuckDBPyConnection", table: str, comments: Iterable[tuple[str | None, str]]
) -> None:
    for column, comment in comments:
        of = f"column {identifier(table)}.{identifier(column)}" if column else f"table {identifier(table)}"
        connection.execute(f"comment on {of} is {literal(comment)}")


def _counted(connection: "DuckDBPyConnection", relation: str, where: str = "") -> tuple[Any, ...]:
    rows: list[tuple[Any, ...]] = connection.execute(
        f"select count(*), sum(hash(r)) from {relation} as r {where}"
    ).fetchall()
    return rows[0]


def _verify(connection: "DuckDBPyConnection", path: Path, expected: Counts, where: str = "") -> None:
    for name, counts in expected.items():
        found = _counted(connection, identifier(name), where)
        if found != counts:
            raise DeliveryError(
                "published_differs",
                f"{path}, {name}: {found[0]} rows, checksum {found[1]};"
                f" the warehouse has {counts[0]}, {counts[1]}",
                "the disk may be full or faulty; what was published before stays",
            )
