"""Accepted outcomes go back into the Design Matrix: versioned rows, each with an entry in its audit log."""

import uuid
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config import Settings, iso
from harness.errors import DeliveryError, SourceError
from harness.navigator.matrix_file import (
    WAIT_SECONDS,
    contents,
    copy_beside,
    has_columns,
    matrix_file,
    structure,
)
from harness.navigator.write_back_rows import (
    AUDIT,
    AUDIT_COLUMNS,
    BY,
    COLUMNS,
    KEY,
    MATRIX,
    SCHEMA_VERSION,
    STAMP,
    TABLE,
    Row,
    Written,
    pending,
)
from harness.warehouse import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

REASON = "navigator_write_back"
Form = list[tuple[Any, ...]]


def write_back(
    settings: Settings,
    database: Path,
    moment: datetime,
    *,
    rates: bool = False,
    overwrite: bool = False,
    dry_run: bool = False,
    wait_seconds: float = WAIT_SECONDS,
) -> Written:
    """Write the accepted outcomes of the published marts into a Design Matrix database, all or none.

    Nothing to write, or `dry_run`: the file is only read. SourceError where there is nothing published or no
    Design Matrix; LockedError while somebody else has it open; DeliveryError where more would change than was
    asked. Nothing is changed on any of them.
    """
    import duckdb

    for needed in (settings.current, settings.state):
        if not needed.exists():
            raise SourceError(
                "nothing_built", f"there is no {needed} yet", "run `planwise-export run SOURCE` first"
            )
    with matrix_file(database, read_only=True, wait_seconds=wait_seconds) as connection:
        written = pending(connection, settings, rates, overwrite)
    if dry_run or not (written.outcomes or written.changed):
        return written
    with matrix_file(database, read_only=False, wait_seconds=wait_seconds) as connection:
        backup = copy_beside(database, moment)
        # once more, for somebody may have written since
        written = pending(connection, settings, rates, overwrite)
        written.backup = backup
        try:
            _write(connection, written, iso(moment))
        except duckdb.Error as error:
            raise _failed(database, backup, error, "nothing was written") from error
        try:
            connection.execute("checkpoint")
        except duckdb.Error as error:
            kept = f"what was written is in {database.name}.wal beside it: open it once with DuckDB"
            raise _failed(database, backup, error, kept) from error
    return written


def _failed(database: Path, backup: Path, error: Exception, what: str) -> DeliveryError:
    first = str(error).splitlines()[0]
    return DeliveryError(
        "write_failed",
        f"{database}: {first}; {what}",
        f"is there room on the disk? The database before is {backup.name}",
    )


def _write(connection: "DuckDBPyConnection", written: Written, now: str) -> None:
    """One transaction; it ends only when everything that was there before is there as it was."""
    import duckdb

    form = structure(connection)
    connection.execute("begin transaction")
    try:
        before = _kept(connection, written.changed, [], now)
        _insert_outcomes(connection, written.outcomes, now)
        _update_rates(connection, written.changed)
        entries = _log(connection, written) if written.has_audit else []
        after = _kept(connection, written.changed, entries, now)
        _compare(before, after, form, structure(connection))
        connection.execute("commit")
    except BaseException:
        with suppress(
            duckdb.Error
        ):  # after a fatal error there is nothing to roll back, and nothing committed
            connection.execute("rollback")
        raise


def _insert_outcomes(connection: "DuckDBPyConnection", rows: list[Row], now: str) -> None:
    columns = ", ".join(
        f"{name} {kind}{' not null' if name in (*KEY, 'version', *STAMP) else ''}"
        for name, kind in {**COLUMNS, **STAMP}.items()
    )
    # no primary key: DuckDB 1.0 can't open a file that has an index of a later one
    connection.execute(f"create table if not exists {TABLE} ({columns})")
    stamp = f"{literal(SCHEMA_VERSION)}, {literal(now)}::timestamptz at time zone 'UTC', {literal(BY)}"
    for row in rows:
        values = ", ".join(_quoted(row[name]) for name in COLUMNS)
        connection.execute(
            f"insert into {TABLE} ({', '.join((*COLUMNS, *STAMP))}) values ({values}, {stamp})"
        )


def _update_rates(connection: "DuckDBPyConnection", changed: list[Row]) -> None:
    """Change the rates, one statement a client."""
    by_client: dict[str, list[Row]] = {}
    for rate in changed:
        by_client.setdefault(rate["client_id"], []).append(rate)
    # as the Design Matrix's own program does, where it has these columns
    stamps = [
        f"{name} = {value}"
        for name, value in (("updated_at", "current_timestamp"), ("updated_by", literal(BY)))
        if has_columns(connection, MATRIX, name)
    ]
    for client_id, rates in by_client.items():
        sets = ", ".join([f"{rate['field_name']} = {literal(rate['new_value'])}" for rate in rates] + stamps)
        connection.execute(
            f"update {MATRIX} set {sets} where cast(client_id as varchar) = {literal(client_id)}"
        )


def _log(connection: "DuckDBPyConnection", written: Written) -> list[str]:
    """One entry a change, in the audit log's own shape; return the ids."""
    entries = []
    for row in written.outcomes:
        what = f"{row['scenario']} {row['simulation_year']}"
        old = f"{what} v{row['version'] - 1}" if row["version"] > 1 else None
        told = f"Navigator {row['navigator_version']}, run {row['navigator_run_id']}, seed {row['seed']}"
        entries.append((row["client_id"], TABLE, old, f"{what} v{row['version']}", "insert", told))
    for rate in written.changed:
        told = "modelled by Navigator: the plan's own design, first simulated year"
        entries.append(
            (rate["client_id"], rate["field_name"], rate["old_value"], rate["new_value"], "update", told)
        )
    ids = []
    for client_id, name, old, new, change, notes in entries:
        ids.append(str(uuid.uuid4()))
        values = (ids[-1], client_id, name, old, new, change, REASON, notes, BY)
        connection.execute(
            f"insert into {AUDIT} ({', '.join(AUDIT_COLUMNS)}) values ({', '.join(map(_quoted, values))})"
        )
    return ids


def _kept(
    connection: "DuckDBPyConnection", changed: list[Row], entries: list[str], now: str
) -> dict[str, tuple[Any, ...]]:
    """Counts and checksums of all that must be as it was: every table, our own rows and cells left out."""
    ours = f"written_at <> {literal(now)}::timestamptz at time zone 'UTC'"
    without = {TABLE: (ours, "")}
    if entries:
        without[AUDIT] = (f"id not in ({', '.join(map(literal, entries))})", "")
    others = ", ".join(literal(rate["client_id"]) for rate in changed) or "''"
    told = {}
    if changed:
        cells = {rate["field_name"] for rate in changed} | {"updated_at", "updated_by"}
        found = [name for name in sorted(cells) if has_columns(connection, MATRIX, name)]
        without[MATRIX] = ("true", ", ".join(found))
        told["other clients"] = connection.execute(
            f"select count(*), sum(hash(t)) from {MATRIX} as t"
            f" where cast(client_id as varchar) not in ({others})"
        ).fetchall()[0]
    return contents(connection, without) | told


def _compare(
    before: dict[str, tuple[Any, ...]], after: dict[str, tuple[Any, ...]], form: Form, form_after: Form
) -> None:
    lost = [name for name, told in before.items() if after.get(name) != told]
    odd = [f"{row[0]} {row[1]}" for row in form if row not in form_after]
    odd += [f"{row[0]} {row[1]}" for row in form_after if row not in form and TABLE not in str(row[1])]
    if lost or odd:
        raise DeliveryError(
            "matrix_differs",
            f"more of the Design Matrix would change than was asked: {', '.join([*lost, *odd])}",
            "nothing was written; report this with the version of the file",
        )


def _quoted(value: Any) -> str:
    return "null" if value is None else literal(str(value))
