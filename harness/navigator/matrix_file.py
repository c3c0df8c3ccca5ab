"""The owner's own database, opened for writing: nobody else in it, copied first, the rest left as it was.

POSIX drops a process's locks on a file when it closes any handle of it, so the copy is made by a child: read
here, it would let others in while DuckDB believes that it is alone.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DeliveryError, LockedError, SourceError
from harness.warehouse import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WAIT_SECONDS = 20.0
_ROOM = 1 << 20
_COPY = """
import hashlib, os, sys
source, copy = sys.argv[1:]
part = copy + '.part'
content = open(source, 'rb').read()
descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
with os.fdopen(descriptor, 'wb') as file:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())
assert hashlib.sha256(open(part, 'rb').read()).digest() == hashlib.sha256(content).digest()
assert open(source, 'rb').read() == content
os.rename(part, copy)  # what has the name of a copy is a whole one, also when this is killed
"""
Contents = dict[str, tuple[Any, ...]]
"""Rows and checksum by table."""


@contextmanager
def matrix_file(
    path: Path, *, read_only: bool, wait_seconds: float = WAIT_SECONDS
) -> Iterator["DuckDBPyConnection"]:
    """Open a Design Matrix database once nobody else has it open.

    LockedError `matrix_in_use` after `wait_seconds`; SourceError `no_such_path`, `read_only_file`,
    `unreadable_file`.
    """
    import duckdb

    if not path.is_file():
        raise SourceError("no_such_path", f"there is no {path}", "name the Design Matrix database (.duckdb)")
    if not (read_only or (path.stat().st_mode & 0o222 and os.access(path, os.W_OK))):
        raise SourceError(
            "read_only_file",
            f"{path} is read-only",
            "ask its owner, or let him write it; --dry-run only reads; nothing was changed",
        )
    log = path.with_name(f"{path.name}.wal")
    until = time.monotonic() + wait_seconds
    while True:
        busy = f"a write-ahead log lies beside it ({log.name})" if log.exists() else ""
        if not busy:
            try:
                connection = duckdb.connect(
                    str(path), read_only=read_only, config={"autoinstall_known_extensions": "false"}
                )
                break
            except duckdb.Error as error:
                busy = str(error).splitlines()[0]
                if "could not set lock" not in busy.lower():
                    raise SourceError(
                        "unreadable_file", f"{path} can't be opened: {busy}", "is it a DuckDB database?"
                    ) from error
        if time.monotonic() > until:
            raise LockedError(
                "matrix_in_use",
                f"{path}: {busy}",
                "close it there (the dashboard, a DuckDB shell?) and try again; nothing was changed"
                + (
                    ". If nobody has it open, whoever had it was killed: open it once with DuckDB,"
                    " which takes in the log"
                    if log.exists()
                    else ""
                ),
            )
        time.sleep(0.2)
    with connection:
        yield connection


def copy_beside(path: Path, moment: datetime) -> Path:
    """Copy the open database to `<stem>_before_planwise_<UTC>.duckdb` beside it, compared and opened.

    DeliveryError `no_space`, `backup_differs` when that fails; nothing was changed then.
    """
    size, free = path.stat().st_size, shutil.disk_usage(path.parent).free
    if free < 2 * size + _ROOM:
        raise DeliveryError(
            "no_space",
            f"{path.parent}: {free:,} bytes are free, a copy of the database and its growth may take"
            f" {2 * size + _ROOM:,}",
            "make room there; nothing was changed",
        )
    stamp = moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    copy = path.with_name(f"{path.stem}_before_planwise_{stamp}{path.suffix}")
    if copy.exists():  # somebody else's: neither written over nor taken away
        raise _no_copy(path, copy, "it is there already")
    done = subprocess.run(  # noqa: S603 (our own interpreter, no shell)
        [sys.executable, "-c", _COPY, str(path), str(copy)], capture_output=True, text=True, check=False
    )
    failed = done.stderr.strip().splitlines()[-1:] if done.returncode else []
    if not failed:
        try:
            with matrix_file(copy, read_only=True, wait_seconds=0) as connection:
                contents(connection)
        except (SourceError, LockedError) as error:
            failed = [error.message]
    if failed or done.returncode:
        for left in (copy, copy.with_name(f"{copy.name}.part")):
            left.unlink(missing_ok=True)
        raise _no_copy(path, copy, " ".join(failed))
    return copy


def _no_copy(path: Path, copy: Path, why: str) -> DeliveryError:
    return DeliveryError(
        "backup_differs",
        f"{path} could not be copied to {copy.name}: {why}",
        "check free space and permissions there; nothing was changed",
    )


def contents(connection: "DuckDBPyConnection", without: dict[str, tuple[str, str]] | None = None) -> Contents:
    """Count and hash every table. `without`: by table, a filter and the columns that it leaves out."""
    found: Contents = {}
    for schema, name in _tables(connection):
        where, excluded = (without or {}).get(name, ("true", ""))
        columns = f"* exclude ({excluded})" if excluded else "*"
        relation = f"{identifier(schema)}.{identifier(name)}"
        found[f"{schema}.{name}"] = connection.execute(
            f"select count(*), sum(hash(t)), bit_xor(hash(t)) from (select {columns} from {relation}"
            f" where {where}) as t"
        ).fetchall()[0]
    return found


def structure(connection: "DuckDBPyConnection") -> list[tuple[Any, ...]]:
    """Definitions of tables, views, indexes and sequences, constraints and defaults with them."""
    return connection.execute(
        """
        select 'table', schema_name || '.' || table_name, sql from duckdb_tables()
        where database_name = current_database() and not temporary
        union all
        select 'view', schema_name || '.' || view_name, sql from duckdb_views()
        where database_name = current_database() and not internal and not temporary
        union all
        select 'index', schema_name || '.' || index_name, sql from duckdb_indexes()
        where database_name = current_database()
        union all
        select 'sequence', schema_name || '.' || sequence_name, sql from duckdb_sequences()
        where database_name = current_database() and not temporary
        union all
        select 'storage', database_name, cast(tags as varchar) from duckdb_databases()
        where database_name = current_database()
        order by all
        """
    ).fetchall()


def has_columns(connection: "DuckDBPyConnection", table: str, *columns: str) -> bool:
    """Whether the main schema has this table with these columns."""
    found = connection.execute(
        "select lower(column_name) from duckdb_columns() where database_name = current_database()"
        f" and schema_name = 'main' and table_name = {literal(table)}"
    ).fetchall()
    return bool(found) and {(column,) for column in columns} <= set(found)


def _tables(connection: "DuckDBPyConnection") -> list[tuple[str, str]]:
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
        " and not internal and not temporary order by all"
    ).fetchall()
    return [(str(schema), str(name)) for schema, name in found]
