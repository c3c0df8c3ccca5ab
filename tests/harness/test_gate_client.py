"""The worker process, talked to as a run does."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from harness.errors import GateError
from harness.gate import collected
from harness.gate.client import Gate
from harness.gate.listed import taken
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


def test_findings_come_whole_and_leave_nothing_behind_when_they_are_many(gate: Gate, tmp_path: Path) -> None:
    """Thousands of them come in a file: one that is lost would let its client go out."""
    (tmp_path / ".gates_killed").mkdir()
    path = build(tmp_path / "w.duckdb", 2500, "update fct_plan_design set default_deferral_rate = 0.5")
    answer = gate.check(path, checkpoints=["marts"])
    result = next(r for r in answer["results"] if r["name"] == "rates_are_within_their_limits")
    found = result["findings"]
    assert not isinstance(found, list)
    assert len(found) == result["rows_failing"] == len({f["client_ref"] for f in found}) == 2500
    assert [f["client_ref"] for f in found] == sorted(answer["summary"]["held"])
    assert (found[0]["client_id"], found[-1]["client_id"]) == ("700001", "702500")
    assert [f["row_number"] for f in found[1:3]] == [3, 4]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["w.duckdb"]


def test_gate_raises_when_a_finding_was_lost_on_the_way(tmp_path: Path) -> None:
    path = tmp_path / "found.ndjson"
    path.write_text('{"client_ref": "c1"}\n')
    with pytest.raises(GateError, match="counted 2 findings"):
        list(taken({"path": str(path), "count": 2}))


def test_gate_raises_when_one_of_a_few_findings_was_lost(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as gate")
        collected.prepare(connection)
        connection.execute("insert into gate.finding (rule_number, position, client_ref) values (0, 1, 'c1')")
        assert [f["client_ref"] for f in collected.completed(connection, [], {0: 1})[0]] == ["c1"]
        with pytest.raises(GateError, match="counted 2 findings"):
            collected.completed(connection, [], {0: 2})


def test_second_check_judges_what_is_there_now_when_the_worker_is_kept(gate: Gate, tmp_path: Path) -> None:
    """Great Expectations keeps metrics; a verdict that it had kept would let a changed client through."""
    path = build(tmp_path / "w.duckdb", 3)
    assert gate.check(path)["summary"]["held"] == []
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"update dim_client set state = 'XX' where client_ref = '{ref(2)}'")
    assert gate.check(path)["summary"]["held"] == [ref(2)]
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"update dim_client set state = 'MA' where client_ref = '{ref(2)}'")
    assert gate.check(path)["summary"]["held"] == []


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
