"""What DuckDB may take of a machine: by itself it takes four fifths, in the run and in its gates each."""

import os
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from harness import memory, warehouse
from harness.changes import source_changes
from harness.cli import cli
from harness.config import settings
from harness.errors import LockedError, SourceError
from harness.gate import runner
from harness.identifiers import Scanner
from harness.mending import scanner_of

GB = 10**9


def limit(connection: duckdb.DuckDBPyConnection) -> str:
    """The bound of a connection, as DuckDB says it."""
    return str(connection.execute("select current_setting('memory_limit')").fetchall()[0][0])


@pytest.fixture(autouse=True)
def _unsaid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLANWISE_MEMORY", raising=False)


def machine(monkeypatch: pytest.MonkeyPatch, gigabytes: int) -> None:
    """Have this machine be one of so much memory."""
    names = {"SC_PAGE_SIZE": 1000, "SC_PHYS_PAGES": gigabytes * GB // 1000}
    monkeypatch.setattr(os, "sysconf", names.__getitem__)
    monkeypatch.setattr(memory, "_CONTAINER", ())


@pytest.mark.parametrize(("gigabytes", "told"), [(64, "2.7 GiB"), (4, "1.8 GiB")])
def test_a_run_and_its_gates_leave_the_rest_of_a_machine_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gigabytes: int, told: str
) -> None:
    """A book of 300,000 clients took 19 GB of 23 so, and then the run failed for want of memory."""
    machine(monkeypatch, gigabytes)
    path = tmp_path / "warehouse.duckdb"
    with warehouse.writing(path) as connection:
        assert limit(connection) == told
    with warehouse.opened(path) as connection:
        assert limit(connection) == told
    with runner.opened(path, None, {}) as connection:
        assert limit(connection) == told


@pytest.mark.parametrize(("content", "told"), [("2000000000\n", "1000MB"), ("max\n", "3000MB")])
def test_a_container_has_what_it_may_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, told: str
) -> None:
    """Its machine's memory is not its own: the kernel ends who takes more."""
    machine(monkeypatch, 64)
    limits = tmp_path / "memory.max", tmp_path / "absent"
    limits[0].write_text(content)
    monkeypatch.setattr(memory, "_CONTAINER", limits)
    assert memory.memory() == told


def test_who_knows_better_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a book that is too large for the bound could not be built on any machine."""
    monkeypatch.setenv("PLANWISE_MEMORY", "12GB")
    with warehouse.writing(tmp_path / "warehouse.duckdb") as connection:
        assert limit(connection) == "11.1 GiB"


@pytest.mark.parametrize(
    "said", ["lots", "5", "-1GB", "0GB", "80%", "3GB'; drop", "1KB", "99999999999TB", "2000TB"]
)
def test_what_is_no_size_is_told(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANWISE_MEMORY", said)
    with pytest.raises(SourceError, match="PLANWISE_MEMORY is") as told:
        memory.memory()
    assert told.value.code == "unusable_setting"
    assert "3GB" in told.value.hint


@pytest.mark.parametrize("said", ["3GB", " 0.5GB ", "500MB", "2.5 GiB", "12gb"])
def test_what_duckdb_takes_is_a_size(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANWISE_MEMORY", said)
    duckdb.connect(config=memory.configuration()).close()


@pytest.mark.parametrize("command", [["status"], ["state", "list"], ["verify"], ["repair"], ["run", "x.csv"]])
def test_a_setting_that_is_none_is_not_taken_for_a_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """`verify` said of a whole state that it can't be opened, and that a backup should take its place."""
    monkeypatch.setenv("PLANWISE_MEMORY", "lots")
    ran = CliRunner().invoke(cli, [*command, "--home", str(tmp_path)])
    assert ran.exit_code == 2
    assert "unusable_setting" in ran.output
    assert "backup" not in ran.output.lower()


def test_nothing_is_fetched_from_the_net() -> None:
    """An extension that is loaded by itself comes from a server."""
    with duckdb.connect(config=memory.configuration()) as connection:
        found = connection.execute("select current_setting('autoinstall_known_extensions')").fetchall()
    assert found == [(False,)]


def test_a_first_load_is_planned_in_little_memory(tmp_path: Path) -> None:
    """Every text of every new client was put into a list: 60 kB a client, and only to be left out again."""
    clients, fields = 5000, [f"field_{n}" for n in range(24)]
    state = tmp_path / "state.duckdb"
    with duckdb.connect(str(state)) as connection:
        connection.execute(
            "create table client_ref as select 'c' || n as client_ref, 'DM-' || n as client_id"
            f" from range({clients}) as t (n)"
        )
    with duckdb.connect(config={"memory_limit": "80MB", "temp_directory": "", "threads": "1"}) as connection:
        texts = ", ".join(f"'text {field} of ' || n as {field}" for field in fields)
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.plan_designs as select 'm.csv' as _file, null as _sheet, n as _row,"
            f" 'DM-' || n as client_id, null as plan_id, {texts} from range({clients}) as t (n)"
        )
        for table in ("int_clients", "int_source_rows"):
            connection.execute(
                f"create table {table} as select client_id, 'c' || _row as client_ref, _file as file,"
                " _sheet as sheet, _row as row_number from raw.plan_designs"
            )
        found = source_changes(connection, state)
    assert found.counts == {"inserted": clients, "changed": 0, "deleted": 0, "unchanged": 0, "rejected": 0}
    assert {change.fields for change in found.clients} == {()}


def test_a_repair_that_cant_ask_the_state_looks_for_nothing_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state that another program has open counted as lost, and its identifiers might have gone out."""
    where = settings(tmp_path / "home", tmp_path / "out")

    def busy(_: Path) -> None:
        raise LockedError("file_locked", "another process has it open")

    monkeypatch.setattr(warehouse, "opened", busy)
    with pytest.raises(LockedError):
        scanner_of(where)
    monkeypatch.undo()
    assert isinstance(scanner_of(where), Scanner)  # there is none: that is what some repairs are about
