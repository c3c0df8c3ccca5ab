"""The ledger in a team's PostgreSQL: tables in a schema of their own, one writer at a time, no password in
any message.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import unquote

from harness.errors import DeliveryError, PlanwiseError, SourceError
from harness.ledger.database import LedgerBusy, LedgerConflict, Values, classed

SCHEMA = "planwise_ledger"
TIMEOUT = 30
_LOCK = 0x706C616E77697365  # "planwise": an advisory lock; writers queue up behind it
_IN_QUERY = re.compile(r"(?<=[?&]password=)[^&\s]+", re.IGNORECASE)
_FEW = 20
"""Up to so many rows one statement each is faster than a copy."""


def secrets(url: str) -> list[str]:
    """The password of an address, and its parts: a wrongly quoted one is torn at `/` and `@` by libpq."""
    userinfo = url.partition("://")[2].rpartition("@")[0]
    found = {userinfo.partition(":")[2], *_IN_QUERY.findall(url)}
    found |= {unquote(text) for text in found}
    found |= {part for text in found for part in re.split(r"[/@:?#&]", text)}
    return sorted((text for text in found if len(text) > 1), key=len, reverse=True)


def redacted(text: str, url: str) -> str:
    """The text without the address's password, whole or in parts."""
    for secret in secrets(url):
        text = text.replace(secret, "***")
    return text


def _marks(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


class PostgreSQL:
    """One connection to a ledger on a server."""

    dialect = "postgresql"

    def __init__(self, url: str, create: bool = True) -> None:
        """Connect; with `create` the schema is made where it is absent."""
        self._redacted = partial(redacted, url=url)
        self.name = self._redacted(url)
        self._depth = 0
        if not url.startswith(("postgresql://", "postgres://")):
            raise SourceError(
                "ledger_setting",
                "PLANWISE_LEDGER is no address of a PostgreSQL database",
                "write it as postgresql://user@host/database, or unset it to keep the ledger in the home",
            )
        try:
            import psycopg
        except ImportError as error:
            raise SourceError(
                "no_psycopg",
                "PLANWISE_LEDGER names a PostgreSQL database, and psycopg is not installed",
                "install planwise with its extra: pip install 'planwise[postgres]'",
            ) from error
        self._psycopg = psycopg
        with self._classed():
            self._connection = psycopg.connect(
                url, autocommit=True, connect_timeout=10, application_name="planwise"
            )
            try:
                self._connection.execute(f"set lock_timeout = '{TIMEOUT}s'")
                self._connection.execute("set client_min_messages = warning")
                found = self._connection.execute(
                    "select 1 from pg_namespace where nspname = %s", (SCHEMA,)
                ).fetchall()
                if create and not found:
                    self._connection.execute(f"create schema if not exists {SCHEMA}")
                self._connection.execute(f"set search_path = {SCHEMA}")
            except BaseException:
                self._connection.close()
                raise

    def rows(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """All rows of a question."""
        with self._classed():
            return self._connection.execute(_marks(sql), tuple(values)).fetchall()

    def stream(self, sql: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        """The rows in pages of a server-side cursor."""
        with self._classed(), self._connection.transaction():
            cursor = self._connection.cursor(name="planwise_stream")
            cursor.itersize = 5000
            cursor.execute(_marks(sql), tuple(values))
            yield from cursor
            cursor.close()

    def columns(self, sql: str, values: Values = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Names and rows; a statement that writes is refused."""
        with self._classed(), self._connection.transaction():
            if not self._depth:
                self._connection.execute("set transaction read only")
            cursor = self._connection.execute(_marks(sql), tuple(values))
            return [column.name for column in cursor.description or ()], cursor.fetchall()

    def execute(self, sql: str, values: Values = ()) -> int:
        """Do one statement."""
        with self._classed():
            return self._connection.execute(_marks(sql), tuple(values)).rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Insert many rows, by COPY when they are many."""
        names = ", ".join(columns)
        with self._classed(), self._connection.cursor() as cursor:
            if len(rows) <= _FEW:
                marks = ", ".join(["%s"] * len(columns))
                cursor.executemany(
                    f"insert into {table} ({names}) values ({marks})", [tuple(row) for row in rows]
                )
                return
            with cursor.copy(f"copy {table} ({names}) from stdin") as copy:
                for row in rows:
                    copy.write_row(tuple(row))

    def update(self, table: str, key: Sequence[str], columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Update many rows by key, from a table of this transaction when they are many."""
        sets = ", ".join(f"{name} = new.{name}" for name in columns)
        where = " and ".join(f"old.{name} = new.{name}" for name in key)
        several = [*key, *columns]
        with self._given(table, several, rows) as given:
            self.execute(f"update {table} as old set {sets} from {given} as new where {where}")

    def delete(self, table: str, key: Sequence[str], rows: Sequence[Values]) -> None:
        """Delete many rows by key."""
        where = " and ".join(f"old.{name} = new.{name}" for name in key)
        with self._given(table, list(key), rows) as given:
            self.execute(f"delete from {table} as old using {given} as new where {where}")

    @contextmanager
    def _given(self, table: str, columns: Sequence[str], rows: Sequence[Values]) -> Iterator[str]:
        """A temporary table of these rows, typed as the table's own columns."""
        with self.transaction():
            names = ", ".join(columns)
            self.execute(
                f"create temporary table given on commit drop as select {names} from {table} limit 0"
            )
            try:
                self.insert("given", columns, rows)
                yield "given"
            finally:
                if self._connection.info.transaction_status != self._psycopg.pq.TransactionStatus.INERROR:
                    self.execute("drop table pg_temp.given")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """The only writer from here on; a transaction inside another joins it."""
        if self._depth:
            yield
            return
        with self._classed(), self._connection.transaction():
            self._connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    def script(self, text: str) -> None:
        """Do several statements; without values the server takes them as they are."""
        with self._classed():
            self._connection.execute(text.encode())

    def tables(self) -> set[str]:
        """Names of the tables in our schema."""
        found = self.rows("select tablename from pg_tables where schemaname = ?", (SCHEMA,))
        return {name for (name,) in found}

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    @contextmanager
    def _classed(self) -> Iterator[None]:
        try:
            yield
        except self._psycopg.Error as error:
            # psycopg repeats parts of the address in its messages, and a traceback would print them
            raise self._told(error) from None

    def _told(self, error: Exception) -> PlanwiseError:
        text = self._redacted(str(error)).strip().splitlines()
        first = text[0] if text else type(error).__name__
        ours = classed(str(error))
        if ours:
            return ours
        errors = self._psycopg.errors
        if isinstance(error, self._psycopg.IntegrityError):
            return LedgerConflict(
                "ledger_conflict", f"{self.name}: {first}", "nothing was written; this is a fault of planwise"
            )
        if isinstance(error, errors.LockNotAvailable | errors.DeadlockDetected):
            return LedgerBusy(
                "ledger_busy",
                f"{self.name}: another process has been writing for {TIMEOUT} seconds",
                "wait until it has finished, and run again",
            )
        if isinstance(error, errors.InsufficientPrivilege):
            return SourceError(
                "ledger_refused",
                f"{self.name}: {first}",
                f"the user of PLANWISE_LEDGER needs the schema {SCHEMA}, or the right to create it",
            )
        if isinstance(error, self._psycopg.ProgrammingError) and not hasattr(self, "_connection"):
            return SourceError(
                "ledger_setting", f"PLANWISE_LEDGER can't be used: {first}", "see docs/ledger.md"
            )
        if isinstance(error, self._psycopg.OperationalError):
            return LedgerBusy(
                "ledger_unreachable",
                f"{self.name} can't be reached: {first}",
                "check that the server runs and PLANWISE_LEDGER names it; what was recorded before stays",
            )
        return DeliveryError("ledger_failed", f"{self.name}: {first}", "this is a fault of planwise")
