"""Analytics engineers need no harness: `dbt build` and `dbt docs generate` by themselves, on any source."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.e2e.command import PROJECT, environment
from tests.e2e.matrices import CLIENTS, write_kind

DBT = Path(sys.executable).with_name("dbt")


@dataclass(frozen=True)
class Built:
    home: Path
    target: Path
    build: subprocess.CompletedProcess[str]
    docs: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    root = tmp_path_factory.mktemp("dbt")
    source = write_kind("parquet", root / "source")
    home, target = root / "clean home", root / "target"
    # the variables move what dbt writes away from the checkout, nothing else
    env = environment(
        PLANWISE_HOME=str(home),
        DESIGN_MATRIX=str(source),
        DBT_TARGET_PATH=str(target),
        DBT_LOG_PATH=str(root / "logs"),
    )

    def dbt(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(DBT), *arguments], cwd=PROJECT, env=env, capture_output=True, text=True, timeout=240
        )

    return Built(home, target, dbt("build"), dbt("docs", "generate"))


def test_everything_is_built_and_tested_when_dbt_is_called_by_itself(built: Built) -> None:
    assert built.build.returncode == 0, built.build.stdout[-3000:]
    results = json.loads((built.target / "manifest.json").read_bytes())
    assert results["nodes"]
    with duckdb.connect(str(built.home / "warehouse.duckdb"), read_only=True) as warehouse:
        plans = warehouse.execute("select count(*) from fct_plan_design").fetchall()
        loaded = warehouse.execute("select source_kind, row_count from raw.load").fetchall()
        documents = warehouse.execute(
            "select count(*) from exp_navigator__scenario where scenario = 'baseline'"
        ).fetchall()
    assert plans == [(len(CLIENTS),)]
    assert loaded == [("parquet", len(CLIENTS))]
    assert documents == [(5,)]


def test_state_outlives_the_warehouse_when_dbt_makes_both(built: Built) -> None:
    with duckdb.connect(str(built.home / "state.duckdb"), read_only=True) as state:
        kept = state.execute("select client_id, client_ref from client_ref order by 1").fetchall()
    assert [client_id for client_id, _ in kept] == sorted(CLIENTS)


def test_documentation_is_generated_when_dbt_is_asked_for_it(built: Built) -> None:
    assert built.docs.returncode == 0, built.docs.stdout[-3000:]
    catalog = json.loads((built.target / "catalog.json").read_bytes())
    assert any(name.endswith(".fct_plan_design") for name in catalog["nodes"])


def test_error_names_the_source_when_dbt_is_given_none(built: Built, tmp_path: Path) -> None:
    env = environment(
        PLANWISE_HOME=str(tmp_path / "home"),
        DESIGN_MATRIX=str(tmp_path / "absent.csv"),
        DBT_TARGET_PATH=str(built.target),
        DBT_LOG_PATH=str(tmp_path / "logs"),
    )
    done = subprocess.run(
        [str(DBT), "build"], cwd=PROJECT, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0
    assert "absent.csv" in done.stdout + done.stderr
