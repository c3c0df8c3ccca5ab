"""The warehouse is taken for what it was only while nothing at all has been written to it since."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness import built
from harness.config import PROJECT, Settings
from harness.extract import ensure_state
from harness.warehouse import writing

# a run that lands another source and is killed before DuckDB has merged its log into the file
KILLED = """
import duckdb, os, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("update raw.load set source = 'another'")
os._exit(9)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path / "home", out=tmp_path / "out")
    ensure_state(found.home)
    with writing(found.warehouse) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.load as select 'this' as source")
    return found


def test_warehouse_is_landed_when_nothing_was_written_since(settings: Settings) -> None:
    about = built.note("m.csv", "0" * 64, "auto", "2026-11-22", (), (), PROJECT)
    with built.remembering(settings, about) as note:
        note("run")
    assert built.is_landed(settings, about)
    assert not built.is_landed(settings, about | {"as_of": "2026-11-23"})


def test_warehouse_is_not_landed_when_a_killed_run_left_its_log_beside_it(settings: Settings) -> None:
    """Without it the rows of the killed run's source would be delivered as those of this one."""
    about = built.note("m.csv", "0" * 64, "auto", "2026-11-22", (), (), PROJECT)
    with built.remembering(settings, about) as note:
        note("run")
    content = settings.warehouse.read_bytes()
    subprocess.run([sys.executable, "-c", KILLED, str(settings.warehouse)], check=False)
    assert settings.warehouse.read_bytes() == content, "the file must be as it was, else this tests nothing"
    assert not built.is_landed(settings, about)


def test_a_run_is_of_one_code_and_the_next_of_what_is_there_then(tmp_path: Path) -> None:
    # a program that is replaced in the middle of a run must not be noted under two names, nor kept for ever
    model = tmp_path / "models" / "a.sql"
    model.parent.mkdir()
    model.write_text("select 1")
    with built.one_code():
        before = built.code(tmp_path)
        model.write_text("select 2")
        assert built.code(tmp_path) == before
        assert built.code_now(tmp_path) != before
    assert built.code(tmp_path) == built.code_now(tmp_path)
    with built.one_code():
        assert built.code(tmp_path) != before
