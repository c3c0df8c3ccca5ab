"""The worker process, talked to as a run does."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from harness.errors import GateError
from harness.gate.client import Gate
from tests.harness.gate_fixture import PROJECT, build, ref


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    with Gate() as started:
        yield started


def test_client_is_light_when_imported() -> None:
    heavy = "{'great_expectations', 'pandas', 'duckdb'}"
    code = f"import sys, harness.gate.client; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "[]"


def test_all_checkpoints_are_judged_when_asked(gate: Gate, tmp_path: Path) -> None:
    path = build(
        tmp_path / "w.duckdb", 30, f"update dim_client set state = 'é\n\"' where client_ref = '{ref(4)}'"
    )
    answer = gate.check(path, last_published_rows=31, because=None)
    assert {r["checkpoint"] for r in answer["results"]} == {"source", "marts", "export"}
    assert answer["summary"]["held"] == [ref(4)]
    assert answer["summary"]["blocked"] is False


def test_warehouse_is_free_again_when_it_was_judged(gate: Gate, tmp_path: Path) -> None:
    path = build(tmp_path / "w.duckdb", 3)
    gate.check(path, checkpoints=["source"])
    with duckdb.connect(str(path)) as writer:
        writer.execute("delete from dim_client")
    assert gate.check(path, checkpoints=["source"])["summary"]["blocked"] is True


def test_views_are_readable_when_they_name_the_state(gate: Gate, tmp_path: Path) -> None:
    state = tmp_path / "state.duckdb"
    with duckdb.connect(str(state)) as connection:
        connection.execute(
            "create table client_ref(client_id varchar, client_ref varchar, created_at timestamp)"
        )
    path = build(tmp_path / "warehouse.duckdb", 3)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"attach '{state}' as state")
        connection.execute("alter table dim_client rename to kept")
        connection.execute(
            "create view dim_client as "
            "select * from warehouse.main.kept, (select count(*) from state.main.client_ref)"
        )
    assert gate.check(path, state=state)["summary"]["blocked"] is False


def test_gate_raises_and_lives_on_when_there_is_no_warehouse(gate: Gate, tmp_path: Path) -> None:
    with pytest.raises(GateError, match=r"nothing\.duckdb") as raised:
        gate.check(tmp_path / "nothing.duckdb")
    assert raised.value.exit_status == 4
    (tmp_path / "text.duckdb").write_text("not a database")
    with pytest.raises(GateError, match=r"text\.duckdb"):
        gate.check(tmp_path / "text.duckdb")
    assert gate.check(build(tmp_path / "w.duckdb", 3))["summary"]["blocked"] is False


def test_gate_raises_when_the_worker_dies(tmp_path: Path) -> None:
    with Gate() as started:
        started._process.kill()
        with pytest.raises(GateError, match="ended with status -9") as raised:
            started.check(build(tmp_path / "w.duckdb", 3))
    assert raised.value.exit_status == 4


def test_close_does_not_wait_when_the_worker_still_imports() -> None:
    begun = time.monotonic()
    Gate().close()
    assert time.monotonic() - begun < 2
