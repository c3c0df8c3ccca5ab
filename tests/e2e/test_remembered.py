"""A text that was read stays read: what dbt keeps is what it would read again, and nothing else is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from harness.config import PROJECT
from harness.transform import _environment
from tests.e2e.book import book, edited
from tests.harness.builders import write_csv

REMEMBERING = (
    "int_texts__terms",
    "int_match_formulas__marked",
    "int_vesting_schedules__marked",
    "int_eligibilities__marked",
)
PARSED = (
    "int_match_formulas__parsed",
    "int_nonelective_formulas__parsed",
    "int_vesting_schedules__parsed",
    "int_eligibilities__parsed",
)


def build(home: Path, source: Path, *more: str) -> None:
    """`dbt build` of the parsers and all that they read; no tests."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    selected = [f"+{name}" for name in PARSED]
    arguments = ["build", "--select", *selected, "--exclude-resource-type", "unit_test", "test"]
    arguments += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--log-level", "none"]
    arguments += [
        "--no-print",
        "--target-path",
        str(home.parent / "target"),
        "--log-path",
        str(home / "logs"),
    ]
    try:
        with _environment({"PLANWISE_HOME": str(home), "DESIGN_MATRIX": str(source)}):
            done = dbtRunner().invoke([*arguments, *more])
    finally:
        DuckDBConnectionManager.close_all_connections()
    assert done.success, done.exception or [(r.node.name, r.message) for r in done.result.results]


def tables(home: Path) -> dict[str, list[Any]]:
    """Every row of every table that remembers, or is made of those, sorted."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return {
            name: connection.execute(f"select cast(r as varchar) from {name} as r order by 1").fetchall()
            for name in (*REMEMBERING, *PARSED)
        }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("remembered")


def year(folder: Path, loads: int, seed: int) -> Iterator[Path]:
    clients = book(60, seed)
    for week in range(loads):
        yield write_csv(folder / f"book_{seed}_{week}.csv", clients)
        clients = edited(clients, seed * 100 + week, 0.3)


@pytest.mark.parametrize("loads", [3, pytest.param(12, marks=pytest.mark.slow)])
def test_every_table_is_that_of_a_full_rebuild_when_loads_followed_one_another(
    folder: Path, loads: int
) -> None:
    kept, fresh = folder / f"kept{loads}", folder / f"fresh{loads}"
    for source in year(folder, loads, loads):
        build(kept, source)
    build(fresh, source)
    assert tables(kept) == tables(fresh)


def test_text_is_not_read_again_unless_code_changed_or_a_full_refresh_was_asked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a reading of ours, which no parser would give, tells whether the text was read again
    home, source = folder / "told", write_csv(folder / "told.csv", book(12, 5))
    build(home, source)
    right = tables(home)
    tamper = f"update {REMEMBERING[2]} set terms = 'told' where raw = '3-year cliff'"

    def is_kept() -> bool:
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            found = connection.execute(
                f"select count(*) from {REMEMBERING[2]} where terms = 'told'"
            ).fetchall()
        return bool(found[0][0])

    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        assert connection.execute(tamper).fetchall() == [(1,)]
    build(home, source)
    assert is_kept()
    build(home, source, "--full-refresh")
    assert not is_kept()
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(tamper)
    monkeypatch.setattr("harness.dbt_landing.code", lambda _: "code of tomorrow")
    build(home, source)
    assert not is_kept()
    assert tables(home) == right
