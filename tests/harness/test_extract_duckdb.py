"""Design Matrix databases: versions by columns, locks of other processes, files that are none or too new."""

import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from harness.errors import LockedError, SourceError
from harness.extract import fingerprint, land, read_source
from harness.extract.duckdb_source import NEWEST_STORAGE_VERSION
from tests.harness.builders import (
    AS_OF,
    SHARED_MATRIX,
    add_table,
    client,
    landed,
    needs_shared,
    set_storage_version,
    without,
    write_duckdb,
)

HOLDER = """
import duckdb, sys, time
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


def hold(path: Path, seconds: float) -> subprocess.Popen[bytes]:
    """A second process that keeps `path` open for writing."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), str(seconds)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


@pytest.mark.parametrize(
    ("row", "version"),
    [
        ({"plan_id": "P-1", "plan_name": "Plan", **without("client_id", employee_count=5)}, "v1"),
        (client(employee_count=5, last_updated="2026-01-02 03:04:05"), "v2"),
        (client(employee_count=5, data_quality_score="0.5"), "v3"),
    ],
)
def test_version_is_told_by_columns_when_the_names_say_another(
    tmp_path: Path, row: dict[str, str], version: str
) -> None:
    source = read_source(write_duckdb(tmp_path / "planwise_v2.duckdb", [row], table="v1_of_v3"))
    assert (source.kind, source.schema_version, source.row_count) == ("duckdb", version, 1)
    found = landed(
        source, "select coalesce(client_id, plan_id), employee_count, _sheet, _row from raw.plan_designs"
    )
    assert found == [(row.get("client_id", "P-1"), "5", "v1_of_v3", 1)]


def test_named_table_is_taken_when_another_has_the_columns_too(tmp_path: Path) -> None:
    path = write_duckdb(tmp_path / "m.duckdb", [client(employee_count=5)])
    with duckdb.connect(str(path)) as connection:
        add_table(connection, "plan_designs_backup", [client(client_id="OLD", employee_count=5)])
    assert landed(read_source(path), "select client_id from raw.plan_designs") == [("A-1",)]


def test_tables_are_an_error_when_several_or_none_fit(tmp_path: Path) -> None:
    path = write_duckdb(tmp_path / "m.duckdb", [client(employee_count=5)], table="a")
    with duckdb.connect(str(path)) as connection:
        add_table(connection, "b", [client(employee_count=5)])
    with pytest.raises(SourceError, match=r"m\.duckdb: 2 tables.*main\.a, main\.b"):
        read_source(path)
    other = write_duckdb(tmp_path / "o.duckdb", [{"x": 1}], table="a")
    with duckdb.connect(str(other)) as connection:
        add_table(connection, "b", [{"y": 1}])
    with pytest.raises(SourceError, match="no table holds a Design Matrix"):
        read_source(other)


def test_missing_column_is_an_error_naming_the_table_when_it_is_misspelt(tmp_path: Path) -> None:
    path = write_duckdb(tmp_path / "m.duckdb", [{**without("industry", employee_count=5), "industri": "x"}])
    with pytest.raises(
        SourceError, match=r"table plan_designs.*'industry' \(did you mean the column 'industri'"
    ):
        read_source(path)


def test_zero_rows_are_an_error_when_the_table_is_empty(tmp_path: Path) -> None:
    path = write_duckdb(tmp_path / "m.duckdb", [client(employee_count=5)])
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from plan_designs")
    with pytest.raises(SourceError, match="no client rows"):
        read_source(path)


def test_hostile_names_and_cells_survive_when_landed(tmp_path: Path) -> None:
    row = client(employee_count=5, notes="nul \0, 'quote', \"double\", {brace}\n\U0001f600" + "x" * 10_000)
    folder = tmp_path / "it's [a] *folder*"
    folder.mkdir()
    path = write_duckdb(folder / "o'brien; drop.duckdb", [{**row, 'ex"tra; --': "kept by name"}])
    source = read_source(path)
    assert landed(source, "select notes, _file from raw.plan_designs") == [(row["notes"], path.name)]
    listed = landed(source, "select column_name from raw.source_columns where canonical_name is null")
    assert listed == [('ex"tra; --',)]


def test_source_file_is_untouched_when_it_is_read_and_landed(tmp_path: Path) -> None:
    path = write_duckdb(tmp_path / "m.duckdb", [client(employee_count=5)])
    path.chmod(0o400)
    before = (fingerprint(path), path.stat().st_mtime_ns, sorted(tmp_path.iterdir()))
    landed(read_source(path), "select 1 from raw.load")
    assert (fingerprint(path), path.stat().st_mtime_ns, sorted(tmp_path.iterdir())) == before


def test_lock_is_an_error_naming_the_pid_when_a_second_process_keeps_it(tmp_path: Path) -> None:
    path = write_duckdb(tmp_path / "m.duckdb", [client(employee_count=5)])
    process = hold(path, 60)
    try:
        begun = time.monotonic()
        with pytest.raises(LockedError, match=rf"m\.duckdb: process {process.pid} .*waited 0\.5 s") as caught:
            read_source(path, deadline_seconds=0.5)
        assert time.monotonic() - begun < 5
        assert (caught.value.exit_status, caught.value.kind) == (75, "transient")
    finally:
        process.kill()
        process.wait()
    assert read_source(path, deadline_seconds=0.5).row_count == 1


def test_read_and_landing_succeed_when_the_second_process_lets_go_in_time(tmp_path: Path) -> None:
    path = write_duckdb(tmp_path / "m.duckdb", [client(employee_count=5)])
    process = hold(path, 0.6)
    source = read_source(path, deadline_seconds=15)
    process.wait()
    process = hold(path, 0.6)
    assert landed(source, "select count(*) from raw.plan_designs") == [(1,)]
    process.wait()


@pytest.mark.parametrize("mend_checksum", [True, False])
def test_newer_file_is_an_error_naming_the_version_when_its_header_says_so(
    tmp_path: Path, mend_checksum: bool
) -> None:
    path = write_duckdb(tmp_path / "m.duckdb", [client(employee_count=5)])
    set_storage_version(path, NEWEST_STORAGE_VERSION + 1, mend_checksum=mend_checksum)
    with pytest.raises(
        SourceError, match=rf"newer version of DuckDB \(storage version {NEWEST_STORAGE_VERSION + 1}"
    ) as caught:
        read_source(path)
    assert (caught.value.code, caught.value.exit_status) == ("newer_duckdb", 2)


def test_newest_version_is_right_when_this_duckdb_writes_its_latest(tmp_path: Path) -> None:
    path = tmp_path / "latest.duckdb"
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{path}' as latest (storage_version 'latest')")
        connection.execute("create table latest.t as select 1 as a")
    assert int.from_bytes(path.read_bytes()[12:20], "little") == NEWEST_STORAGE_VERSION


def test_file_is_an_error_when_it_is_no_duckdb_or_damaged(tmp_path: Path) -> None:
    good = write_duckdb(tmp_path / "good.duckdb", [client(employee_count=5)]).read_bytes()
    cases = {
        "not_duckdb": b"this is not a database\n" * 300,
        "empty_file": b"",
        "damaged_duckdb": good[:5000],
    }
    for code, data in cases.items():
        path = tmp_path / "m.duckdb"
        path.write_bytes(data)
        with pytest.raises(SourceError, match=r"m\.duckdb") as caught:
            read_source(path)
        assert (caught.value.code, bool(caught.value.hint)) == (code, True)


def test_write_ahead_log_counts_when_a_crash_left_one(tmp_path: Path) -> None:
    path = write_duckdb(tmp_path / "m.duckdb", [client(employee_count=5)])
    before = fingerprint(path)
    crash = (
        "import duckdb, os, sys\n"
        "connection = duckdb.connect(sys.argv[1])\n"
        "select = \"select * replace ('LOG' as client_id) from plan_designs\"\n"
        "connection.execute('insert into plan_designs ' + select)\n"
        "os._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", crash, str(path)], check=False)
    assert path.with_name("m.duckdb.wal").stat().st_size > 0
    source = read_source(path)
    assert source.sha256 != before
    assert "write-ahead log" in source.notes[0]
    assert landed(source, "select client_id from raw.plan_designs order by _row") == [("A-1",), ("LOG",)]


def test_landing_is_refused_when_the_file_changed_after_it_was_read(tmp_path: Path) -> None:
    path = write_duckdb(tmp_path / "m.duckdb", [client(employee_count=5)])
    source = read_source(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update plan_designs set client_name = 'changed'")
    with duckdb.connect(":memory:") as warehouse:
        with pytest.raises(SourceError, match="changed while it was read"):
            land(warehouse, source, "auto", as_of=AS_OF)
        assert warehouse.execute("select count(*) from duckdb_tables()").fetchall() == [(0,)]
        assert warehouse.execute("select count(*) from duckdb_databases() where not internal").fetchall() == [
            (1,)
        ]


def test_side_tables_land_with_fixed_columns_when_the_source_has_them_or_not(tmp_path: Path) -> None:
    path = write_duckdb(tmp_path / "m.duckdb", [client(employee_count=5)])
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table audit_log as select 7 as id, 'A-1' as client_id, 'x' as extra")
    found = landed(read_source(path), "select id, client_id, reason, extra from raw.audit_log")
    assert found == [("7", "A-1", None, "x")]
    assert landed(read_source(path), "select count(*) from raw.field_validation_rules") == [(0,)]


@needs_shared
@pytest.mark.parametrize(
    ("name", "kind", "version", "columns", "rate"),
    [
        ("planwise_v2.duckdb", "duckdb", "v2", 25, "0.03"),
        ("planwise_v3.duckdb", "duckdb", "v3", 31, "0.03"),
        ("plan_data_template.xlsx", "xlsx", "template", 24, "3%"),
    ],
)
def test_real_file_lands_whole_when_read(name: str, kind: str, version: str, columns: int, rate: str) -> None:
    source = read_source(SHARED_MATRIX / name)
    found = landed(
        source, "select source_kind, schema_version, row_count, source_name, load_id from raw.load"
    )
    assert found == [(kind, version, 29, name, source.load_id)]
    assert landed(
        source, "select count(*), count(distinct client_id), count(client_name) from raw.plan_designs"
    ) == [(29, 29, 29)]
    assert landed(source, "select count(*), count(canonical_name) from raw.source_columns") == [
        (columns, columns)
    ]
    first = landed(
        source, "select client_id, auto_enrollment_rate from raw.plan_designs order by _row limit 1"
    )
    assert first == [("70001", rate)]


@needs_shared
def test_real_template_loses_only_its_own_rows_when_read() -> None:
    source = read_source(SHARED_MATRIX / "plan_data_template.xlsx")
    assert [(row.row, row.reason) for row in source.skipped_rows] == [
        (2, "repeated header row"),
        (3, "description row of the template"),
    ]
    assert [row.row for row in source.rows] == list(range(4, 33))


@needs_shared
def test_real_validation_rules_land_when_the_database_is_v3() -> None:
    source = read_source(SHARED_MATRIX / "planwise_v3.duckdb")
    assert landed(source, "select count(*), count(field_name) from raw.field_validation_rules") == [(6, 6)]
