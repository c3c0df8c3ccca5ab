"""The ledger in a file: WAL, so that several processes read while one writes; private; lasting at commit."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.errors import DeliveryError, PlanwiseError, SourceError
from harness.files import PRIVATE_FILE, make_dir
from harness.ledger.database import LedgerBusy, LedgerConflict, Values, classed

TIMEOUT = 30.0
_HINT = (
    "move the file aside and put a backup of it in its place (folder backups of the home); it was not touched"
)


def _unreadable(path: Path, error: object) -> SourceError:
    return SourceError("ledger_unreadable", f"{path} is no ledger that can be read: {error}", _HINT)


class SQLite:
    """One connection to a ledger file."""

    dialect = "sqlite"

    def __init__(self, path: Path, timeout: float = TIMEOUT) -> None:
        """Open the file; an absent one is made, mode 0600, which its -wal and -shm take over."""
        self.path = path
        self.name = str(path)
        self._depth = 0
        make_dir(path.parent)
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE))
        elif path.stat().st_mode & 0o077:
            path.chmod(PRIVATE_FILE)
        self._connection = sqlite3.connect(path, timeout=timeout, isolation_level=None)
        try:
            with self._classed():
                # the first question that reads the file: garbage is found here, before anything is written
                self._connection.execute("select count(*) from sqlite_master").fetchall()
                self._connection.execute("pragma journal_mode = wal")
                self._connection.execute("pragma synchronous = full")
                self._connection.execute("pragma foreign_keys = on")
                # a move of many rows stays in memory until it is committed, instead of spilling page by page
                self._connection.execute("pragma cache_size = -65536")
        except BaseException:
            self._connection.close()
            raise

    def rows(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """All rows of a question."""
        with self._classed():
            return self._connection.execute(sql, values).fetchall()

    def stream(self, sql: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        """The rows one after the other."""
        with self._classed():
            yield from self._connection.execute(sql, values)

    def columns(self, sql: str, values: Values = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Names and rows; a statement that writes is refused."""
        self._connection.execute("pragma query_only = on")
        try:
            with self._classed():
                cursor = self._connection.execute(sql, values)
                return [column[0] for column in cursor.description or ()], cursor.fetchall()
        finally:
            self._connection.execute("pragma query_only = off")

    def execute(self, sql: str, values: Values = ()) -> int:
        """Do one statement."""
        with self._classed():
            return self._connection.execute(sql, values).rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Insert many rows."""
        marks = ", ".join("?" * len(columns))
        with self._classed():
            self._connection.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows)

    def update(self, table: str, key: Sequence[str], columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Update many rows by key."""
        sets = ", ".join(f"{name} = ?{number}" for number, name in enumerate(columns, len(key) + 1))
        where = " and ".join(f"{name} = ?{number}" for number, name in enumerate(key, 1))
        with self._classed():
            self._connection.executemany(f"update {table} set {sets} where {where}", rows)

    def delete(self, table: str, key: Sequence[str], rows: Sequence[Values]) -> None:
        """Delete many rows by key."""
        where = " and ".join(f"{name} = ?" for name in key)
        with self._classed():
            self._connection.executemany(f"delete from {table} where {where}", rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """BEGIN IMMEDIATE: the only writer from here on; a transaction inside another joins it."""
        if self._depth:
            yield
            return
        with self._classed():
            self._connection.execute("begin immediate")
        self._depth += 1
        try:
            yield
            with self._classed():
                self._connection.execute("commit")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("rollback")
            raise
        finally:
            self._depth -= 1

    def script(self, text: str) -> None:
        """Do several statements; `executescript` would commit what is open, so each is done by itself."""
        statement = ""
        for line in text.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                self.execute(statement)
                statement = ""
        if statement.strip():
            self.execute(statement)

    def tables(self) -> set[str]:
        """Names of the tables."""
        return {name for (name,) in self.rows("select name from sqlite_master where type = 'table'")}

    def back_up(self, target: Path) -> None:
        """Copy a consistent state of the ledger to a file that must not exist yet."""
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE))
        with self._classed():
            # from a connection of its own: copying from one that is writing would wait for itself for ever
            source, copy = sqlite3.connect(self.path), sqlite3.connect(target)
            try:
                source.backup(copy)
                copy.execute("pragma journal_mode = delete")
            finally:
                copy.close()
                source.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def _classed(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _told(self, error: sqlite3.Error) -> PlanwiseError:
        ours = classed(str(error))
        if ours:
            return ours
        if isinstance(error, sqlite3.IntegrityError):
            return LedgerConflict(
                "ledger_conflict", f"{self.path}: {error}", "nothing was written; this is a fault of planwise"
            )
        name = getattr(error, "sqlite_errorname", None) or ""
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return LedgerBusy(
                "ledger_busy",
                f"{self.path}: another process has been writing for {TIMEOUT:.0f} seconds",
                "wait until it has finished, and run again",
            )
        if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            return _unreadable(self.path, error)
        if name.startswith(
            ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")
        ):
            return DeliveryError(
                "ledger_disk",
                f"{self.path}: {error}",
                "check free space and permissions there, and run again; what was recorded before stays",
            )
        return DeliveryError("ledger_failed", f"{self.path}: {error}", "this is a fault of planwise")
