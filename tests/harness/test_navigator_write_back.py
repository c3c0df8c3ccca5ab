"""`planwise-export write-back`: outcomes in the Design Matrix's own database, the rest of it unchanged."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from harness.cli import cli
from harness.config import Settings, settings
from harness.errors import DeliveryError, LockedError, SourceError
from harness.extract import ensure_state
from harness.navigator import matrix_file as matrix_file_module
from harness.navigator import write_back as module
from harness.navigator.matrix_file import contents, structure
from harness.navigator.write_back import REASON, write_back
from tests.harness.builders import SHARED_MATRIX
from tests.older_duckdb import python_with_duckdb

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FIGURES = (
    "eligible_employees bigint, participants bigint, participation_rate_active decimal(18, 12),"
    " participation_rate_eligible decimal(18, 12), participation_rate_all decimal(18, 12),"
    " avg_deferral_participants decimal(18, 12), avg_deferral_all_eligible decimal(18, 12),"
    " employee_contributions_amount decimal(18, 2), employer_match_amount decimal(18, 2),"
    " employer_core_amount decimal(18, 2), employer_total_amount decimal(18, 2),"
    " compensation_amount decimal(18, 2), employer_cost_rate decimal(18, 12),"
    " forfeitures_amount decimal(18, 2), echo varchar, navigator_version varchar, run_id varchar"
)
OUTCOMES = "navigator_outcomes"


def figures(rate: str = "0.931102362205", run: str = "run-1") -> str:
    return (
        f"508, 480, 0.93, {rate}, 0.94, 0.066405038760, 0.0614, 3480509.24, 1535439.88, 0, 1535439.88,"
        f" 56781135.63, 0.027, null, 'dmx_a', '2.4.0', '{run}'"
    )


def home(root: Path, status: str = "accepted") -> Settings:
    """A home whose published marts hold two years of 70001 and one of 70002, who is in no matrix of ours."""
    where = settings(root / "home", root / "out")
    ensure_state(where.home)
    where.published.mkdir(parents=True)
    with duckdb.connect(str(where.state)) as connection:
        connection.execute("insert into client_ref values ('70001', 'c1', now()), ('x', 'c2', now())")
    with duckdb.connect(str(where.current)) as connection:
        connection.execute(
            f"create table fct_navigator_outcome (client_ref varchar, scenario varchar,"
            f" simulation_year integer, {FIGURES})"
        )
        connection.execute(
            "create table dim_scenario (client_ref varchar, scenario varchar, outcome_status varchar,"
            " seed bigint, start_year integer)"
        )
        for ref, year in (("c1", 2026), ("c1", 2027), ("c2", 2026)):
            connection.execute(
                f"insert into fct_navigator_outcome values ('{ref}', 'baseline', {year}, {figures()})"
            )
        connection.execute(
            f"insert into dim_scenario values ('c1', 'baseline', '{status}', 42, 2026),"
            " ('c2', 'baseline', 'accepted', 42, 2026)"
        )
    return where


def change(where: Settings, statement: str) -> None:
    with duckdb.connect(str(where.current)) as connection:
        connection.execute(statement)


def matrix(path: Path, *, rates: str = "", audit: bool = True) -> Path:
    """A Design Matrix of version 3 with two clients; `rates` are more columns."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as matrix (storage_version 'v1.0.0')")
        connection.execute("use matrix")
        connection.execute(
            "create table plan_designs (client_id varchar primary key, client_name varchar not null,"
            " auto_enrollment_rate decimal(5, 2), updated_at timestamp default current_timestamp,"
            f" updated_by varchar{rates})"
        )
        connection.execute("create index idx_name on plan_designs(client_name)")
        connection.execute(
            "insert into plan_designs (client_id, client_name, auto_enrollment_rate)"
            " values ('70001', 'One', 0.03), ('70003', 'Three', 0.06)"
        )
        if audit:
            connection.execute(
                "create table audit_log (id varchar primary key, client_id varchar not null,"
                " field_name varchar not null, old_value varchar, new_value varchar,"
                " change_type varchar not null, reason varchar not null, notes varchar,"
                " updated_by varchar not null, updated_at timestamp default current_timestamp,"
                " confidence_score decimal(3, 2))"
            )
            connection.execute(
                "insert into audit_log (id, client_id, field_name, change_type, reason, updated_by)"
                " values ('theirs', '70001', 'match_formula', 'update', 'manual_update', 'ana')"
            )
        connection.execute("use memory")
    return path


RATES = ", participation_rate decimal(5, 4), avg_deferral_rate decimal(5, 4)"


def asked(path: Path, question: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(question).fetchall()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.stem}_before_planwise_*"))


def command(where: Settings, path: Path, *more: str) -> Result:
    return CliRunner().invoke(cli, ["write-back", str(path), "--home", str(where.home), *more])


def test_outcomes_are_written_with_an_entry_each_when_they_are_new(tmp_path: Path) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb")
    before = digest(path)
    done = command(where, path)
    assert done.exit_code == 0, done.output
    assert "2 outcomes and 0 rates written" in done.output
    (copy,) = copies(path)
    assert digest(copy) == before
    assert copy.stat().st_mode & 0o777 == 0o600
    rows = asked(
        path,
        "select client_id, scenario, simulation_year, version, participation_rate_eligible,"
        f" employer_total_amount, forfeitures_amount, seed, schema_version, written_by from {OUTCOMES}"
        " order by simulation_year",
    )
    assert [str(value) for value in rows[0]] == [
        "70001", "baseline", "2026", "1", "0.931102362205", "1535439.88", "None", "42",
        "navigator-outcomes/1.0", "planwise-export",
    ]  # fmt: skip
    assert len(rows) == 2
    entries = asked(
        path,
        "select client_id, field_name, old_value, new_value, change_type, reason, updated_by,"
        " updated_at is not null from audit_log where id <> 'theirs' order by new_value",
    )
    assert entries == [
        ("70001", OUTCOMES, None, f"baseline {year} v1", "insert", REASON, "planwise-export", True)
        for year in (2026, 2027)
    ]


def test_oldest_readers_can_still_open_the_file_when_outcomes_were_written(tmp_path: Path) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb")
    write_back(where, path, NOW)
    # DuckDB 1.0 refuses a file with an index that 1.5 made
    found = asked(path, f"select constraint_type from duckdb_constraints() where table_name = '{OUTCOMES}'")
    assert {kind for (kind,) in found} == {"NOT NULL"}


def test_nothing_is_written_when_the_matrix_holds_it_already(tmp_path: Path) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb", rates=RATES)
    assert command(where, path, "--rates").exit_code == 0
    before = digest(path)
    again = command(where, path, "--rates")
    assert "0 outcomes and 0 rates written" in again.output
    assert digest(path) == before
    assert len(copies(path)) == 1


def test_changed_outcome_becomes_the_next_version_when_it_is_written_again(tmp_path: Path) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb")
    write_back(where, path, NOW)
    change(where, "update fct_navigator_outcome set run_id = 'run-2' where simulation_year = 2026")
    written = write_back(where, path, NOW.replace(hour=13))
    assert [(row["simulation_year"], row["version"]) for row in written.outcomes] == [(2026, 2)]
    rows = asked(path, f"select simulation_year, version, navigator_run_id from {OUTCOMES} order by all")
    assert rows == [(2026, 1, "run-1"), (2026, 2, "run-2"), (2027, 1, "run-1")]
    entry = asked(path, "select old_value, new_value from audit_log where new_value like '%v2'")
    assert entry == [("baseline 2026 v1", "baseline 2026 v2")]


@pytest.mark.parametrize("status", ["stale", "refused", "failed", "none"])
def test_outcome_is_not_written_when_it_is_not_in_force(tmp_path: Path, status: str) -> None:
    where, path = home(tmp_path, status), matrix(tmp_path / "matrix.duckdb")
    before = digest(path)
    assert not write_back(where, path, NOW).outcomes
    assert digest(path) == before


def test_file_stays_byte_for_byte_when_it_is_a_dry_run(tmp_path: Path) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb", rates=RATES)
    before = digest(path)
    done = command(where, path, "--rates", "--dry-run")
    assert done.exit_code == 0
    assert "70001: scenario baseline, simulation_year 2026" in done.output
    assert "70001: participation_rate blank -> 0.9311" in done.output
    assert "2 outcomes and 2 rates would be written" in done.output
    assert digest(path) == before
    assert copies(path) == []


def test_rates_are_filled_and_logged_when_the_operator_asks(tmp_path: Path) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb", rates=RATES)
    others = asked(path, "select * from plan_designs where client_id = '70003'")
    assert command(where, path).exit_code == 0
    assert asked(path, "select participation_rate from plan_designs where client_id = '70001'") == [(None,)]
    assert command(where, path, "--rates").exit_code == 0
    ((rate, deferral, by),) = asked(
        path,
        "select participation_rate, avg_deferral_rate, updated_by from plan_designs"
        " where client_id = '70001'",
    )
    assert (str(rate), str(deferral), by) == ("0.9311", "0.0664", "planwise-export")
    assert asked(path, "select * from plan_designs where client_id = '70003'") == others
    entries = asked(
        path,
        "select field_name, old_value, new_value, change_type from audit_log"
        " where field_name like '%rate' order by 1",
    )
    assert entries == [
        ("avg_deferral_rate", None, "0.0664", "update"),
        ("participation_rate", None, "0.9311", "update"),
    ]


def test_percent_is_written_when_the_column_is_kept_in_percent(tmp_path: Path) -> None:
    columns = ", participation_rate decimal(5, 2), avg_deferral_rate double"
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb", rates=columns)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update plan_designs set participation_rate = 84.5 where client_id = '70003'")
    written = write_back(where, path, NOW, rates=True)
    assert [(rate["field_name"], rate["new_value"]) for rate in written.changed] == [
        ("participation_rate", "93.11"),
        ("avg_deferral_rate", "0.0664"),
    ]


def test_rate_is_left_alone_when_the_column_has_too_few_digits(tmp_path: Path) -> None:
    columns = ", participation_rate decimal(5, 2), avg_deferral_rate decimal(5, 2)"
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb", rates=columns)
    written = write_back(where, path, NOW, rates=True)
    assert {rate["action"] for rate in written.rates} == {"column_too_coarse"}
    assert asked(path, "select participation_rate from plan_designs where client_id = '70001'") == [(None,)]


@pytest.mark.parametrize(
    "statement",
    [
        "update plan_designs set auto_enrollment_rate = null",
        "update plan_designs set participation_rate = if(client_id = '70001', 0.84, 91),"
        " avg_deferral_rate = if(client_id = '70001', 0.06, 6)",
    ],
)
def test_rate_is_left_alone_when_nothing_tells_its_unit(tmp_path: Path, statement: str) -> None:
    columns = ", participation_rate double, avg_deferral_rate double"
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb", rates=columns)
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    written = write_back(where, path, NOW, rates=True, overwrite=True)
    assert {rate["action"] for rate in written.rates} == {"unit_unknown"}


def test_value_of_somebody_else_stays_when_it_is_not_to_be_overwritten(tmp_path: Path) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb", rates=RATES)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update plan_designs set participation_rate = 0.58 where client_id = '70001'")
    done = command(where, path, "--rates")
    assert "70001: participation_rate left alone: has a value that planwise did not write" in done.output
    ((kept,),) = asked(path, "select participation_rate from plan_designs where client_id = '70001'")
    assert str(kept) == "0.5800"
    assert command(where, path, "--rates", "--overwrite").exit_code == 0
    ((written,),) = asked(path, "select participation_rate from plan_designs where client_id = '70001'")
    assert str(written) == "0.9311"
    change(where, "update fct_navigator_outcome set participation_rate_eligible = 0.95")
    assert command(where, path, "--rates").exit_code == 0
    ((renewed,),) = asked(path, "select participation_rate from plan_designs where client_id = '70001'")
    assert str(renewed) == "0.9500"


def test_rates_are_refused_when_no_audit_log_would_tell_of_them(tmp_path: Path) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb", rates=RATES, audit=False)
    before = digest(path)
    with pytest.raises(SourceError, match="no audit_log"):
        write_back(where, path, NOW, rates=True)
    assert digest(path) == before
    done = command(where, path)
    assert "has no audit_log" in done.output
    assert len(asked(path, f"from {OUTCOMES}")) == 2


_HOLDER = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read") as connection:
    print("open", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("how", ["read", "write"])
def test_nothing_is_written_when_somebody_has_the_matrix_open(tmp_path: Path, how: str) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb")
    before = digest(path)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    assert holder.stdout.readline() == "open\n"
    try:
        with pytest.raises(LockedError) as caught:
            write_back(where, path, NOW, wait_seconds=0.3)
    finally:
        holder.communicate("\n", timeout=30)
    assert caught.value.code == "matrix_in_use"
    assert digest(path) == before
    assert copies(path) == []


def test_nothing_is_written_when_a_log_lies_beside_the_matrix(tmp_path: Path) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb")
    path.with_name(f"{path.name}.wal").write_bytes(b"x")
    with pytest.raises(LockedError, match="write-ahead log") as caught:
        write_back(where, path, NOW, wait_seconds=0)
    assert "open it once with DuckDB" in caught.value.hint, (
        "a killed writer leaves one, and nobody to close it"
    )


def test_lock_is_held_while_the_copy_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb")
    real, seen = module.copy_beside, []

    def copying(database: Path, moment: datetime) -> Path:
        copy = real(database, moment)
        other = subprocess.run(
            [sys.executable, "-c", _HOLDER, str(path), "write"], input="\n", capture_output=True, text=True
        )
        seen.append("Conflicting lock" in other.stderr)
        return copy

    monkeypatch.setattr(module, "copy_beside", copying)
    write_back(where, path, NOW)
    assert seen == [True]


def _worse_update(connection: duckdb.DuckDBPyConnection, *_: Any) -> list[str]:
    connection.execute("update plan_designs set client_name = 'lost' where client_id = '70003'")
    return []


def _worse_index(connection: duckdb.DuckDBPyConnection, *_: Any) -> list[str]:
    connection.execute("drop index idx_name")
    return []


def _worse_entry(connection: duckdb.DuckDBPyConnection, *_: Any) -> list[str]:
    connection.execute("delete from audit_log where id = 'theirs'")
    return []


def test_nothing_is_written_when_the_owner_made_the_matrix_read_only(tmp_path: Path) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb")
    path.chmod(0o444)
    before = digest(path)
    with pytest.raises(SourceError) as caught:
        write_back(where, path, NOW)
    assert (caught.value.code, caught.value.exit_status) == ("read_only_file", 2)
    assert write_back(where, path, NOW, dry_run=True).outcomes
    assert (digest(path), copies(path)) == (before, [])


def test_nothing_is_written_when_the_disk_has_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb")
    before = digest(path)
    monkeypatch.setattr(
        matrix_file_module.shutil, "disk_usage", lambda _: SimpleNamespace(free=path.stat().st_size)
    )
    with pytest.raises(DeliveryError) as caught:
        write_back(where, path, NOW)
    assert caught.value.code == "no_space"
    assert (digest(path), copies(path)) == (before, [])


def test_failed_write_names_the_copy_when_the_disk_fills_up_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb")

    def full(*_: Any) -> None:
        raise duckdb.IOException("Could not write file: No space left on device")

    monkeypatch.setattr(module, "_update_rates", full)
    with pytest.raises(DeliveryError, match="nothing was written") as caught:
        write_back(where, path, NOW)
    (copy,) = copies(path)
    assert copy.name in caught.value.hint
    with duckdb.connect(str(path), read_only=True) as connection:
        assert "navigator_outcomes" not in {name for (name,) in connection.execute("show tables").fetchall()}


def test_file_is_not_called_locked_when_only_its_name_is(tmp_path: Path) -> None:
    where, path = home(tmp_path), tmp_path / "block.duckdb"
    path.write_bytes(b"no database")
    with pytest.raises(SourceError) as caught:
        write_back(where, path, NOW, wait_seconds=0)
    assert caught.value.code == "unreadable_file"


@pytest.mark.parametrize("fault", [_worse_update, _worse_index, _worse_entry])
def test_transaction_is_rolled_back_when_more_would_change_than_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[..., Any]
) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb")
    tables = asked(path, "from plan_designs order by all"), asked(path, "from audit_log")
    monkeypatch.setattr(module, "_log", fault)
    with pytest.raises(DeliveryError) as caught:
        write_back(where, path, NOW)
    assert caught.value.code == "matrix_differs"
    assert (asked(path, "from plan_designs order by all"), asked(path, "from audit_log")) == tables
    assert asked(path, f"select 1 from duckdb_tables() where table_name = '{OUTCOMES}'") == []
    assert asked(path, "select index_name from duckdb_indexes()") == [("idx_name",)]


def test_nothing_is_changed_when_the_copy_can_not_be_made(tmp_path: Path) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb")
    stamp = NOW.strftime("%Y%m%dT%H%M%S.%fZ")
    there = path.with_name(f"matrix_before_planwise_{stamp}.duckdb")
    there.write_text("in the way", encoding="utf-8")
    before = digest(path)
    with pytest.raises(DeliveryError) as caught:
        write_back(where, path, NOW)
    assert caught.value.code == "backup_differs"
    assert there.read_text(encoding="utf-8") == "in the way", "it is somebody's"
    assert digest(path) == before


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("drop table plan_designs", "no_design_matrix"),
        (f"create table {OUTCOMES} (client_id varchar)", "other_version"),
    ],
)
def test_write_back_is_refused_when_the_database_is_not_as_expected(
    tmp_path: Path, statement: str, code: str
) -> None:
    where, path = home(tmp_path), matrix(tmp_path / "matrix.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    done = command(where, path)
    assert (done.exit_code, code in done.output) == (2, True), done.output


def real_matrix(tmp_path: Path, name: str) -> Path:
    if not SHARED_MATRIX.is_dir():
        pytest.skip(f"needs the real files in {SHARED_MATRIX}")
    path = tmp_path / name
    shutil.copy(SHARED_MATRIX / name, path)
    path.chmod(0o644)
    return path


@pytest.mark.shared
@pytest.mark.parametrize(("name", "has_audit"), [("planwise_v2.duckdb", False), ("planwise_v3.duckdb", True)])
def test_everything_else_stays_when_a_real_matrix_is_written_to(
    tmp_path: Path, name: str, has_audit: bool
) -> None:
    where, path = home(tmp_path), real_matrix(tmp_path, name)
    with duckdb.connect(str(path), read_only=True) as connection:
        before, form = contents(connection), structure(connection)
    done = command(where, path, "--rates")
    assert done.exit_code == 0, done.output
    assert "participation_rate is no column of this Design Matrix" in done.output
    with duckdb.connect(str(path), read_only=True) as connection:
        after = contents(connection, {"audit_log": ("updated_by <> 'planwise-export'", "")})
        form_after = structure(connection)
        entries = connection.execute("select count(*) from audit_log").fetchall() if has_audit else [(2,)]
    assert {table: told for table, told in after.items() if OUTCOMES not in table} == before
    assert [row for row in form_after if OUTCOMES not in str(row)] == form
    assert entries == [(2,)]


@pytest.mark.slow
@pytest.mark.shared
def test_owner_reads_and_writes_the_matrix_with_duckdb_14_when_it_was_written_to(tmp_path: Path) -> None:
    where, path = home(tmp_path), real_matrix(tmp_path, "planwise_v3.duckdb")
    assert command(where, path).exit_code == 0
    script = (
        "import duckdb, sys; assert duckdb.__version__.startswith('1.4'), duckdb.__version__\n"
        "c = duckdb.connect(sys.argv[1])\n"
        "c.execute(\"update plan_designs set notes = 'seen' where client_id = '70001'\")\n"
        'try: c.execute("insert into plan_designs select * from plan_designs limit 1")\n'
        "except duckdb.ConstraintException: pass\n"
        "else: raise SystemExit('the primary key is gone')\n"
        "print(c.execute('select count(*), sum(employer_total_amount) from navigator_outcomes').fetchall(),"
        " c.execute('select count(*) from plan_designs').fetchall())\n"
    )
    python = python_with_duckdb("1.4.5", tmp_path / "older")
    done = subprocess.run([str(python), "-c", script, str(path)], capture_output=True, text=True)
    assert done.stdout.strip() == "[(2, Decimal('3070879.76'))] [(29,)]", done.stderr
