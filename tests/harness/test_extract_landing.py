"""Landing: one transaction, the same tables for every source, nothing heavy; the dbt plug-in, the state."""

import os
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from harness.errors import DeliveryError, GateError, LockedError, PlanwiseError, SourceError
from harness.extract import ensure_state, fingerprint, is_landed, land, read_source, refresh_load
from harness.extract.columns import CANONICAL
from tests.harness.builders import AS_OF, PROJECT, client, write_csv, write_workbook

TABLES = {
    "load",
    "plan_designs",
    "source_columns",
    "audit_log",
    "field_validation_rules",
    "skipped_rows",
    "load_notes",
}


def tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    found = connection.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall()
    return {name for (name,) in found}


def test_tables_are_all_there_when_a_source_has_landed(tmp_path: Path) -> None:
    source = read_source(write_csv(tmp_path / "m.csv", [client()]))
    with duckdb.connect(":memory:") as connection:
        land(connection, source, "percent", as_of=AS_OF)
        assert tables(connection) == TABLES
        columns = connection.execute("select column_name from (describe raw.plan_designs)").fetchall()
        assert [name for (name,) in columns] == [*CANONICAL, "_load_id", "_file", "_sheet", "_row"]
        load = connection.execute("select * exclude (loaded_at), loaded_at from raw.load").fetchall()[0]
        sha = fingerprint(source.path)
        assert load[:-1] == (f"ld_{sha[:16]}", "m.csv", "csv", "template", sha, "percent", AS_OF, 1)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", load[-1])


def test_earlier_load_stays_when_a_later_one_fails(tmp_path: Path) -> None:
    first = read_source(write_csv(tmp_path / "first.csv", [client()]))
    second = read_source(write_csv(tmp_path / "second.csv", [client(client_id="B")]))
    with duckdb.connect(":memory:") as connection:
        land(connection, first, "auto", as_of=AS_OF)
        with pytest.raises(SourceError, match="'no day' is no day"):
            land(connection, second, "auto", as_of="no day")
        assert connection.execute("select client_id from raw.plan_designs").fetchall() == [("A-1",)]
        land(connection, second, "auto", as_of=AS_OF)
        assert connection.execute("select client_id from raw.plan_designs").fetchall() == [("B",)]


def test_source_counts_as_landed_when_content_and_units_are_the_same(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "m.csv", [client()])
    sha = fingerprint(path)
    with duckdb.connect(":memory:") as connection:
        assert not is_landed(connection, "m.csv", sha, "auto")
        land(connection, read_source(path), "auto", as_of=AS_OF)
        assert is_landed(connection, "m.csv", sha, "auto")
        assert not is_landed(connection, "m.csv", sha, "percent")
        assert not is_landed(connection, "m.csv", "0" * 64, "auto")
        refresh_load(connection, as_of="2026-12-01")
        assert connection.execute("select as_of_on from raw.load").fetchall() == [("2026-12-01",)]
        connection.execute("alter table raw.plan_designs drop column notes")
        assert not is_landed(connection, "m.csv", sha, "auto")


def test_unchanged_input_gives_the_same_rows_when_landed_twice(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "m.csv", [client(client_id=f"A-{number}") for number in range(500)])
    found = []
    for _ in range(2):
        with duckdb.connect(":memory:") as connection:
            land(connection, read_source(path), "auto", as_of=AS_OF)
            found.append(connection.execute("from raw.plan_designs").fetchall())
    assert found[0] == found[1]
    assert [row[-1] for row in found[0]] == list(range(2, 502))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_heavy_libraries_stay_out_when_a_source_lands(tmp_path: Path, kind: str) -> None:
    rows = [client(notes="x \0 ½") if kind == "csv" else client()]
    path = tmp_path / f"m.{kind}"
    if kind == "csv":
        write_csv(path, rows)
    else:
        write_workbook(path, [list(rows[0]), list(rows[0].values())])
    script = (
        "import sys, pathlib, harness.extract as extract\n"
        "assert not {'duckdb', 'openpyxl', 'yaml', 'pyarrow', 'pandas', 'tenacity'} & set(sys.modules)\n"
        "import duckdb\n"
        "source = extract.read_source(pathlib.Path(sys.argv[1]))\n"
        "extract.land(duckdb.connect(), source, 'auto', as_of='2026-11-22')\n"
        "print(*sorted({'pandas', 'pyarrow', 'yaml', 'dbt', 'great_expectations'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert done.stdout.strip() == ""


def test_path_is_an_error_naming_it_when_nothing_or_something_unknown_is_there(tmp_path: Path) -> None:
    odd = tmp_path / "m.docx"
    odd.write_text("x")
    for path, code in (
        (tmp_path / "none.csv", "no_such_file"),
        (odd, "unknown_kind"),
        (Path("/dev/null"), "not_a_file"),
    ):
        with pytest.raises(SourceError, match=re.escape(path.name)) as caught:
            read_source(path)
        assert (caught.value.code, caught.value.exit_status) == (code, 2)
        assert "Accepted:" in caught.value.hint


def test_errors_carry_exit_status_and_hint_when_raised() -> None:
    expected = {
        SourceError: (2, "terminal"),
        GateError: (4, "gate"),
        DeliveryError: (5, "terminal"),
        LockedError: (75, "transient"),
    }
    for kind, (status, nature) in expected.items():
        error = kind("code", "what", "do this")
        assert isinstance(error, PlanwiseError)
        assert (error.exit_status, error.kind, str(error)) == (status, nature, "what\n  do this")
    assert SourceError("code", "what", exit_status=64).exit_status == 64


def test_state_is_private_and_kept_when_made_twice(tmp_path: Path) -> None:
    home = tmp_path / "home"
    before = os.umask(0)
    try:
        state = ensure_state(home)
    finally:
        os.umask(before)
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert list(home.iterdir()) == [state]
    with duckdb.connect(str(state)) as connection:
        connection.execute("insert into main.client_ref values ('A', 'c0', now())")
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("insert into main.client_ref values ('B', 'c0', now())")
    ensure_state(home)
    with duckdb.connect(str(state), read_only=True) as connection:
        assert connection.execute("select client_id, client_ref from client_ref").fetchall() == [("A", "c0")]


def test_plugin_lands_once_when_dbt_connects_twice(tmp_path: Path) -> None:
    from harness.dbt_landing import Plugin

    source = write_csv(tmp_path / "m.csv", [client()])
    warehouse = tmp_path / "home" / "warehouse.duckdb"
    plugin = Plugin(
        name="landing",
        plugin_config={"design_matrix": str(source), "units": "auto"},
        credentials=SimpleNamespace(path=str(warehouse)),
    )
    plugin.update_connection_config(SimpleNamespace(), {})
    assert (tmp_path / "home" / "state.duckdb").exists()
    with duckdb.connect(str(warehouse)) as connection:
        plugin.configure_connection(connection)
        connection.execute("update raw.plan_designs set notes = 'as landed first'")
        plugin.configure_connection(connection)
        found = connection.execute("select notes, as_of_on from raw.plan_designs, raw.load").fetchall()
        assert found == [("as landed first", datetime.now(UTC).date().isoformat())]
        write_csv(source, [client(client_id="B")])
        plugin.configure_connection(connection)
        assert connection.execute("select client_id, notes from raw.plan_designs").fetchall() == [("B", None)]


def test_plugin_error_is_one_that_dbt_shows_when_the_source_is_wrong(tmp_path: Path) -> None:
    from harness.dbt_landing import PROJECT as ROOT
    from harness.dbt_landing import Plugin

    plugin = Plugin(name="landing", plugin_config={"design_matrix": "no/such.csv"})
    with (
        duckdb.connect(":memory:") as connection,
        pytest.raises(RuntimeError, match=re.escape(f"{ROOT}/no/such.csv")),
    ):
        plugin.configure_connection(connection)
    with pytest.raises(RuntimeError, match="PLANWISE_UNITS is 'percents'"):
        Plugin(name="landing", plugin_config={"units": "percents"})
