"""SQLAlchemy dialect through which Great Expectations reads an already opened DuckDB connection.

Great Expectations closes its connection before it fetches; duckdb_engine's dialect then rolls back and the
pending result is lost ("list index out of range" on every expectation). The gate only reads, so beginning,
committing and rolling back may do nothing. Registered as `planwise_duckdb`, beside duckdb_engine's own.
"""

from __future__ import annotations

from typing import Any

import duckdb
from duckdb_engine import ConnectionWrapper, Dialect
from sqlalchemy import pool
from sqlalchemy.dialects import registry
from sqlalchemy.engine.url import URL

NAME = "planwise_duckdb"
_sessions: dict[str, duckdb.DuckDBPyConnection] = {}


def share(token: str, connection: duckdb.DuckDBPyConnection) -> str:
    """Offer `connection` (databases attached, parameters written) under a token; returns a SQLAlchemy URL."""
    _sessions[token] = connection
    return f"{NAME}:///{token}"


def withdraw(token: str) -> None:
    """Forget the connection of `token`; whoever opened it closes it."""
    _sessions.pop(token, None)


class PlanwiseDuckDB(Dialect):  # type: ignore[misc]  # duckdb_engine is untyped
    """duckdb_engine's dialect without transactions, over a connection that the runner prepared."""

    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[pool.Pool]:
        return pool.StaticPool

    def connect(self, *cargs: Any, **cparams: Any) -> Any:
        session = _sessions[str(cparams["database"])]
        cursor = session.cursor()
        cursor.execute("use warehouse")
        return ConnectionWrapper(cursor)

    def do_begin(self, connection: Any) -> None:
        """Nothing: see the module's header."""

    def do_commit(self, connection: Any) -> None:
        """Nothing: see the module's header."""

    def do_rollback(self, connection: Any) -> None:
        """Nothing: see the module's header."""


registry.register(NAME, __name__, "PlanwiseDuckDB")
