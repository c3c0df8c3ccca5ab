"""The published marts: read-only, replaced under whoever reads them, and readable by older DuckDBs."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.e2e.conftest import History
from tests.older_duckdb import python_with_duckdb

MARTS = {
    "dim_client",
    "fct_plan_design",
    "fct_match_tier",
    "fct_core_band",
    "fct_vesting_step",
    "fct_field_status",
    "fct_client_status",
    "fct_quality_result",
    "fct_reconciliation",
    "exp_navigator__scenario",
    "dim_client_segment",
    "dim_feature",
    "dim_peer_group",
    "fct_peer_step",
    "fct_peer_group_member",
    "fct_peer_benchmark",
    "fct_gap",
}
STATISTICS = ("fct_peer_benchmark", "fct_gap")
"""What is said of peers may be floating point; what is said of a plan may not."""
_READ = """
import duckdb, json, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
found = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
tables = [row[0] for row in found]
counts = {name: connection.execute(f'select count(*) from "{name}"').fetchone()[0] for name in tables}
tier = connection.execute("select sum(match_rate), max(employee_max) from fct_match_tier").fetchone()
print(json.dumps([duckdb.__version__, counts, [str(value) for value in tier]]))
"""


def test_marts_are_there_read_only_and_described_when_they_are_published(sample: History) -> None:
    marts = sample.first.place.marts
    for path in marts.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o444, path
    with duckdb.connect(str(marts), read_only=True) as connection:
        tables = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
        assert tables >= MARTS
        assert not [name for name in tables if name.startswith(("int_", "stg_", "raw"))]
        columns = connection.execute(
            "select distinct column_name from duckdb_columns() where not internal"
        ).fetchall()
        assert not {"client_id", "plan_id", "file", "sheet", "row_number"} & {name for (name,) in columns}
        bare = connection.execute("select table_name from duckdb_tables() where comment is null").fetchall()
        assert bare == []


def test_rates_are_decimals_and_arrays_typed_when_marts_are_published(sample: History) -> None:
    with duckdb.connect(str(sample.first.place.marts), read_only=True) as connection:
        doubles = connection.execute(
            "select table_name, column_name from duckdb_columns()"
            " where data_type in ('DOUBLE', 'FLOAT') and not internal"
        ).fetchall()
    assert [name for name in doubles if name[0] not in STATISTICS] == []
    assert not {"client_value", "min", "p25", "median", "p75", "p90", "max"} & {name for _, name in doubles}


def test_reader_goes_on_reading_when_a_run_replaces_the_file_that_it_holds(sample: History) -> None:
    before, after = sample.reader.splitlines()
    assert before == sample.first.report["run_id"]
    assert after.split() == [before, "122"]
    assert sample.narrowed.status == 0, sample.narrowed.said()
    with duckdb.connect(str(sample.first.place.marts), read_only=True) as connection:
        now = connection.execute("select distinct run_id from fct_quality_result where is_latest").fetchall()
    assert now == [(sample.rebuilt.report["run_id"],)]


def test_each_run_leaves_its_own_file_when_it_publishes(sample: History) -> None:
    names = {path.name for path in sample.first.place.marts.parent.iterdir()}
    runs = [sample.first, sample.narrowed, sample.rebuilt]  # nothing differed in the second
    assert names == {"current.duckdb"} | {f"{ran.report['run_id']}.duckdb" for ran in runs}


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Python with DuckDB of an older version, by version."""
    folder = tmp_path_factory.mktemp("duckdb")
    return {version: python_with_duckdb(version, folder) for version in ("1.4.1", "1.0.0")}


@pytest.mark.parametrize("version", ["1.4.1", "1.0.0"])
def test_marts_are_read_when_the_reader_is_an_older_duckdb(
    sample: History, older: dict[str, Path], version: str
) -> None:
    marts = str(sample.first.place.marts)
    here = subprocess.run([sys.executable, "-c", _READ, marts], capture_output=True, text=True, check=True)
    there = subprocess.run([str(older[version]), "-c", _READ, marts], capture_output=True, text=True)
    assert there.returncode == 0, there.stderr
    said = json.loads(there.stdout)
    assert said[0] == version
    assert said[1:] == json.loads(here.stdout)[1:]
