"""docs/bi_cookbook.sql, taken apart; and the marts as rows of plain Python, to answer it a second way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import duckdb

from tests.e2e.command import PROJECT

COOKBOOK = PROJECT / "docs" / "bi_cookbook.sql"
Rows = list[dict[str, Any]]
_RECIPE = re.compile(r"^-- (\d+)\. (.+\?)\n-- Grain: (.+)\n((?:(?!^--).*\n)+)", re.M)


@dataclass(frozen=True)
class Recipe:
    """One question, its grain, and the query that answers it."""

    number: int
    question: str
    grain: str
    sql: str


def recipes() -> dict[int, Recipe]:
    """Every question of the cookbook by its number."""
    found = [Recipe(int(n), *rest) for n, *rest in _RECIPE.findall(COOKBOOK.read_text(encoding="utf-8"))]
    return {recipe.number: recipe for recipe in found}


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    """What a query gives, as one dictionary a row."""
    found = connection.execute(sql)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def table(connection: duckdb.DuckDBPyConnection, name: str) -> Rows:
    """A whole mart."""
    return rows(connection, f"select * from {name}")


def by(found: Rows, *names: str) -> dict[Any, Rows]:
    """Rows in groups, in the order in which they come."""
    groups: dict[Any, Rows] = {}
    for row in found:
        key = tuple(row[name] for name in names)
        groups.setdefault(key if len(names) > 1 else key[0], []).append(row)
    return groups
