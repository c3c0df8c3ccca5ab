"""Judges all rules in the database: every failing row becomes a row of a table, none is held here.

Each rule's SQL runs once, verbatim, into `gate.found_<number>`; what comes back is a count. A query that
raises is that rule's exception and nobody else's. Some rules run at a time, each over a cursor of its own:
most queries are too small for DuckDB to share them out among the cores. No Great Expectations here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import duckdb

CORES = os.cpu_count() or 1
SIDE_BY_SIDE = min(4, CORES)


@dataclass(frozen=True)
class Found:
    """What one query returned: how many rows, or why it could not be run."""

    count: int
    exception: str | None = None


def cursor(session: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Another connection to the same databases, set up as the rules expect it."""
    made = session.cursor()
    made.execute("set timezone = 'UTC'; use warehouse")
    return made


def table(number: int) -> str:
    """Name the table of a rule's failing rows."""
    return f"gate.found_{number}"


def scan(
    session: duckdb.DuckDBPyConnection, queries: Sequence[str], side_by_side: int = SIDE_BY_SIDE
) -> list[Found]:
    """Run every query into its table (`table`), counting; in the order of the queries."""
    session.execute(f"set threads = {max(1, CORES // side_by_side)}")
    with ThreadPoolExecutor(max_workers=side_by_side) as pool:
        cursors = [cursor(session) for _ in range(side_by_side)]
        free = list(cursors)

        def one(numbered: tuple[int, str]) -> Found:
            mine = free.pop()
            try:
                return _found(mine, *numbered)
            finally:
                free.append(mine)

        try:
            return list(pool.map(one, enumerate(queries)))
        finally:
            for used in cursors:
                used.close()


def _found(connection: duckdb.DuckDBPyConnection, number: int, query: str) -> Found:
    try:
        # a table, not rows: thousands of findings stay in the database until somebody reads them
        made = connection.execute(f"create or replace table {table(number)} as\n{query}\n").fetchone()
    except duckdb.Error as error:
        return Found(0, str(error))
    if made is None:
        return Found(0, "DuckDB did not say how many rows it found")
    return Found(int(made[0]))


def columns(connection: duckdb.DuckDBPyConnection, number: int) -> list[str]:
    """Name the columns that a rule's query returned."""
    described: list[tuple[Any, ...]] | None = connection.execute(
        f"select * from {table(number)} limit 0"
    ).description
    return [str(column[0]) for column in described or ()]
