"""The state database: older and newer ones, verified backups, restoring."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

import harness.backups
from harness.backups import back_up, is_empty, restore
from harness.cli import cli
from harness.errors import DeliveryError, SourceError
from harness.extract import ensure_state
from harness.extract.state import STATE_VERSION
from harness.lock import run_lock
from harness.review.store import Decision, history, record

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
OLD = "create table client_ref (client_id varchar primary key, client_ref varchar unique, created_at date)"


@pytest.fixture(autouse=True)
def admin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restoring the state is an admin's."""
    monkeypatch.setenv("PLANWISE_ROLE", "admin")


def decision(value: str = "4%", client_id: str = "70001") -> Decision:
    return Decision(client_id, "nonelective_formula", "4%-ish", value, "ana", "2026-11-22", "it's in the SPD")


def backups(home: Path) -> list[Path]:
    return sorted((home / "backups").glob("*")) if (home / "backups").exists() else []


def refs(path: Path) -> list[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return [
            client_id for (client_id,) in connection.execute("select client_id from client_ref").fetchall()
        ]


def test_older_state_gets_what_it_lacks_and_keeps_what_it_has_when_it_is_opened(tmp_path: Path) -> None:
    state = tmp_path / "state.duckdb"
    with duckdb.connect(str(state)) as connection:
        connection.execute(OLD)
        connection.execute("insert into client_ref values ('70001', 'c1', now())")
    ensure_state(tmp_path)
    with duckdb.connect(str(state)) as connection:
        tables = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
        versions = connection.execute("select version from schema_version").fetchall()
    assert tables == {
        "client_ref",
        "editor_ref",
        "navigator_outcome",
        "navigator_scenario_result",
        "plan_design_history",
        "resolution",
        "schema_version",
    }
    assert versions == [(STATE_VERSION,)]
    assert refs(state) == ["70001"]
    (kept,) = backups(tmp_path)
    assert refs(kept) == ["70001"]
    ensure_state(tmp_path)
    assert backups(tmp_path) == [kept]


def test_state_of_version_2_gets_a_history_and_keeps_its_decisions_when_it_is_opened(tmp_path: Path) -> None:
    state = ensure_state(tmp_path)
    record(state, [decision("4%")], "terminal", NOW)
    with duckdb.connect(str(state)) as connection:
        # as the version before left it
        connection.execute("drop table plan_design_history")
        connection.execute("drop table editor_ref")
        connection.execute("update schema_version set version = 2")
    old = state.read_bytes()
    assert ensure_state(tmp_path) == state
    with duckdb.connect(str(state), read_only=True) as connection:
        assert connection.execute("select count(*) from plan_design_history").fetchall() == [(0,)]
        assert connection.execute("select max(version) from schema_version").fetchall() == [(STATE_VERSION,)]
    assert [entry.value for entry in history(state)] == ["4%"]
    assert old in [path.read_bytes() for path in backups(tmp_path)]


def test_backups_are_made_and_listed_with_what_they_hold_when_asked(tmp_path: Path) -> None:
    state = ensure_state(tmp_path)
    record(state, [decision("4%")], "terminal", NOW)
    made = CliRunner().invoke(cli, ["state", "backup", "--home", str(tmp_path)])
    assert made.exit_code == 0, made.output
    copy = Path(made.stdout.strip())
    assert copy.read_bytes() == state.read_bytes()
    (copy.parent / "state_00000000T000000.000000Z.duckdb").write_bytes(b"damaged")
    listed = CliRunner().invoke(cli, ["state", "list", "--home", str(tmp_path)]).stdout.splitlines()
    assert listed[0] == f"{copy.name}  0 clients, 1 decisions, 0 versions of designs"
    assert listed[-1] == "state_00000000T000000.000000Z.duckdb  unreadable"
    none = CliRunner().invoke(cli, ["state", "backup", "--home", str(tmp_path / "none")])
    assert (none.exit_code, "planwise-export run" in none.stderr) == (2, True)


def test_newer_state_is_refused_and_untouched_when_a_later_version_wrote_it(tmp_path: Path) -> None:
    state = ensure_state(tmp_path)
    with duckdb.connect(str(state)) as connection:
        connection.execute(f"insert into schema_version values ({STATE_VERSION + 1}, now())")
    before = state.read_bytes()
    with pytest.raises(SourceError) as caught:
        ensure_state(tmp_path)
    assert caught.value.code == "newer_state"
    assert state.read_bytes() == before


def test_backup_is_private_dated_and_whole_when_the_state_is_written(tmp_path: Path) -> None:
    state = ensure_state(tmp_path)
    assert is_empty(state)
    assert record(state, [], "terminal", NOW) is None
    assert backups(tmp_path) == []
    before = state.read_bytes()
    copy = record(state, [decision()], "terminal", NOW)
    assert copy is not None
    assert copy.read_bytes() == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert not is_empty(state)


def test_backup_holds_what_a_crash_left_in_the_log(tmp_path: Path) -> None:
    # the bytes of the file alone are not the state while a log stands beside it
    state = ensure_state(tmp_path)
    crashed = duckdb.connect(str(state))
    crashed.execute("set checkpoint_threshold = '1GB'")
    crashed.execute("pragma disable_checkpoint_on_shutdown")
    crashed.execute("insert into client_ref values ('70001', 'c1', now())")
    crashed.close()
    assert state.with_name("state.duckdb.wal").exists()
    copy = back_up(state, datetime(2026, 11, 22, 10, 0, 0, 5, tzinfo=UTC))
    assert copy.name == "state_20261122T100000.000005Z.duckdb"
    assert refs(copy) == ["70001"]


def test_nothing_is_written_when_the_backup_is_not_what_was_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = ensure_state(tmp_path)
    write = harness.backups.write_new
    monkeypatch.setattr(
        harness.backups, "write_new", lambda path, content, mode: write(path, content[:-1] + b"?", mode)
    )
    with pytest.raises(DeliveryError):
        record(state, [decision()], "terminal", NOW)
    assert history(state) == []
    assert backups(tmp_path) == []


def test_older_decision_is_superseded_and_kept_when_a_newer_one_is_recorded(tmp_path: Path) -> None:
    state = ensure_state(tmp_path)
    record(state, [decision("4%"), decision("9%", "70002")], "file:r.csv", NOW)
    record(state, [decision("5%")], "terminal", NOW.replace(hour=11))
    first, other, second = sorted(history(state), key=lambda entry: entry.value.replace("9", "4.5"))
    assert (first.value, first.superseded_by) == ("4%", second.resolution_id)
    assert first.superseded_at == "2026-11-22T11:00:00Z"
    assert (second.superseded_at, other.superseded_at) == (None, None)
    assert (first.origin, second.origin) == ("file:r.csv", "terminal")
    assert first.reason == "it's in the SPD"
    assert [entry.value for entry in history(state, "70002")] == ["9%"]


def test_state_comes_back_and_the_present_one_is_kept_when_it_is_restored(tmp_path: Path) -> None:
    state = ensure_state(tmp_path)
    record(state, [decision("4%")], "terminal", NOW)
    copy = record(state, [decision("5%")], "terminal", NOW)
    assert copy is not None
    held = copy.read_bytes()
    done = CliRunner().invoke(
        cli, ["--role", "admin", "state", "restore", copy.name, "--home", str(tmp_path)]
    )
    assert done.exit_code == 0, done.output
    assert [entry.value for entry in history(state)] == ["4%"]
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    newest = backups(tmp_path)[-1]
    assert str(newest) in done.output
    assert restore(state, newest)
    assert [entry.value for entry in history(state)] == ["4%", "5%"]
    # the backup is a file of its own: later writes must not reach it
    record(state, [decision("6%")], "terminal", NOW)
    assert copy.read_bytes() == held


@pytest.mark.parametrize("log", [None, b"half a log"])
def test_state_comes_back_and_its_bytes_are_kept_when_it_is_damaged(
    tmp_path: Path, log: bytes | None
) -> None:
    """Without it the one command that helps would refuse because of what it is to help with."""
    state = ensure_state(tmp_path)
    record(state, [decision("4%")], "terminal", NOW)
    copy = back_up(state)
    state.write_bytes(b"half a state")
    if log:
        state.with_name("state.duckdb.wal").write_bytes(log)
    done = CliRunner().invoke(
        cli, ["--role", "admin", "state", "restore", copy.name, "--home", str(tmp_path)]
    )
    assert done.exit_code == 0, done.output
    assert [entry.value for entry in history(state)] == ["4%"]
    (damaged,) = (
        path for path in backups(tmp_path) if path.name.startswith("damaged_") and path.suffix != ".wal"
    )
    assert damaged.read_bytes() == b"half a state"
    assert stat.S_IMODE(damaged.stat().st_mode) == 0o600
    assert str(damaged) in done.output
    assert not state.with_name("state.duckdb.wal").exists()


@pytest.mark.parametrize("content", [None, b"not a database", "other"])
def test_restore_is_refused_and_the_state_untouched_when_the_backup_is_none(
    tmp_path: Path, content: bytes | str | None
) -> None:
    state = ensure_state(tmp_path / "home")
    before = state.read_bytes()
    wrong = tmp_path / "wrong.duckdb"
    if content == "other":
        duckdb.connect(str(wrong)).close()
    elif isinstance(content, bytes):
        wrong.write_bytes(content)
    done = CliRunner().invoke(
        cli, ["--role", "admin", "state", "--home", str(tmp_path / "home"), "restore", str(wrong)]
    )
    assert done.exit_code == 2, done.output
    assert "wrong.duckdb" in done.stderr
    assert state.read_bytes() == before


def test_restore_waits_for_no_run_when_one_is_working(tmp_path: Path) -> None:
    state = ensure_state(tmp_path)
    copy = back_up(state)
    with run_lock(tmp_path / "run.lock", "other"):
        done = CliRunner().invoke(
            cli, ["--role", "admin", "state", "restore", str(copy), "--home", str(tmp_path)]
        )
    assert done.exit_code == 75
