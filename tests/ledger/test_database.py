"""The ledger as a file or on a server: who may read it, who waits, which version it has."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import harness.ledger.migrations
from harness.config import Settings
from harness.errors import PlanwiseError, SourceError
from harness.ledger import Ledger, open_ledger
from harness.ledger.migrations import FOLDER
from tests.ledger.server import PASSWORD, Server, emptied
from tests.ledger.world import TARGET, document, passed, states, through

PROJECT = Path(__file__).resolve().parents[2]


def modes(home: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir() if path.is_file()}


@pytest.fixture
def sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLANWISE_LEDGER", raising=False)


@pytest.mark.usefixtures("sqlite")
def test_nobody_else_may_read_the_ledger_or_its_log_when_it_is_made(where: Settings) -> None:
    # messages and client references are nobody else's business, nor are they in a -wal
    before = os.umask(0)
    try:
        with open_ledger(where) as ledger:
            passed(ledger)
            assert modes(where.home) == dict.fromkeys(
                ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"), 0o600
            )
    finally:
        os.umask(before)
    assert stat.S_IMODE(where.home.stat().st_mode) == 0o700


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize("content", [b"this is no database" * 500, b"SQLite format 3\0" + b"\1" * 8000])
def test_nothing_is_overwritten_when_the_file_is_garbage(where: Settings, content: bytes) -> None:
    # a new ledger in the place of a damaged one would make every document look new
    where.home.mkdir()
    path = where.home / "ledger.sqlite"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        open_ledger(where)
    assert (caught.value.code, caught.value.exit_status) == ("ledger_unreadable", 2)
    assert str(path) in caught.value.message
    assert path.read_bytes() == content


@pytest.mark.usefixtures("sqlite")
def test_file_is_refused_when_it_is_somebody_elses_database(where: Settings) -> None:
    where.home.mkdir()
    path = where.home / "ledger.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("create table customers (id)")
    with pytest.raises(SourceError, match="customers") as caught:
        open_ledger(where)
    assert caught.value.code == "no_ledger"


@pytest.mark.usefixtures("sqlite")
def test_no_ledger_is_made_when_somebody_only_asks(where: Settings) -> None:
    with pytest.raises(SourceError) as caught:
        open_ledger(where, create=False)
    assert caught.value.code == "no_ledger_yet"
    assert not where.home.exists()


def test_server_is_left_as_it_was_when_somebody_only_asks(
    postgresql: Server, where: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied(postgresql)
    monkeypatch.setenv("PLANWISE_LEDGER", postgresql.url)
    with pytest.raises(SourceError) as caught:
        open_ledger(where, create=False)
    assert caught.value.code == "no_ledger_yet"
    assert emptied(postgresql) == []


def _newer_folder(folder: Path) -> Path:
    shutil.copytree(FOLDER, folder)
    (folder / "0002.sql").write_text("alter table run add column mood text;\n")
    return folder


def test_older_ledger_is_backed_up_and_migrated_when_it_is_opened(
    opened: Callable[[], Ledger],
    backend: str,
    where: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # a migration that goes wrong must not take the only audit trail with it
    with opened() as ledger:
        passed(ledger)
        through(ledger, "r1", [document(1)])
        head = ledger.head()
    folder = _newer_folder(tmp_path / "sql")
    monkeypatch.setattr(harness.ledger.migrations.known, "__defaults__", (folder,))
    monkeypatch.setattr(harness.ledger.migrations.migrate, "__defaults__", (folder,))
    with opened() as ledger:
        assert ledger.query("select mood from run") == [{"mood": None}]
        assert (states(ledger), ledger.head(), ledger.verify_chain()) == ({"k1": "confirmed"}, head, [])
        assert [row["version"] for row in ledger.query("select version from schema_version order by 1")] == [
            1,
            2,
        ]
        if backend == "postgresql":
            schemas = ledger.query("select nspname from pg_namespace where nspname like 'planwise_backup%'")
            assert schemas == [{"nspname": "planwise_backup_v1_20261122t100000_123456"}]
            assert len(ledger.query(f"select * from {schemas[0]['nspname']}.event")) == head[0]
            return
    (backup,) = (where.home / "backups").iterdir()
    assert (backup.name, modes(backup.parent)) == (
        "ledger_20261122T100000.123456Z.sqlite", {backup.name: 0o600}
    )  # fmt: skip
    with sqlite3.connect(backup) as connection:
        assert connection.execute("select seq, hash from event_head").fetchall() == [head]
        assert connection.execute("select max(version) from schema_version").fetchall() == [(1,)]
    connection.close()


def test_ledger_is_what_it_was_when_its_migration_fails(
    opened: Callable[[], Ledger], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened() as ledger:
        passed(ledger)
    folder = _newer_folder(tmp_path / "sql")
    (folder / "0002.sql").write_text("create table half (a text);\nalter table nothing add column b text;\n")
    with monkeypatch.context() as patch:
        patch.setattr(harness.ledger.migrations.known, "__defaults__", (folder,))
        patch.setattr(harness.ledger.migrations.migrate, "__defaults__", (folder,))
        with pytest.raises(PlanwiseError):
            opened()
    with opened() as ledger:
        assert "half" not in ledger.database.tables()
        assert len(ledger.runs()) == 1


def test_ledger_is_refused_when_a_newer_planwise_wrote_it(opened: Callable[[], Ledger]) -> None:
    with opened() as ledger:
        ledger.database.execute("insert into schema_version values (99, 'x')")
    with pytest.raises(SourceError) as caught:
        opened()
    assert (caught.value.code, caught.value.exit_status) == ("ledger_newer", 2)
    assert "99" in caught.value.message
    assert caught.value.hint


WRITER = """
import sys
from pathlib import Path
from harness.config import settings
from harness.ledger import Move, open_ledger
home, name, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open_ledger(settings(home, home)) as ledger:
    ledger.begin_run(name, "run")
    for number in range(rounds):
        with ledger.transaction():
            ledger.event(name, "note", detail={"number": number})
            ledger.event(name, "note", detail={"number": number, "again": True})
"""


def test_chain_is_whole_when_several_processes_write_at_once(
    opened: Callable[[], Ledger], where: Settings
) -> None:
    # two writers that hash the same last event would break the chain with nobody to blame
    rounds, writers = 40, 3
    ledger = opened()
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(where.home), f"w{number}", str(rounds)],
            cwd=PROJECT, stderr=subprocess.PIPE, text=True,
        )
        for number in range(writers)
    ]  # fmt: skip
    reads = 0
    while any(child.poll() is None for child in children):
        ledger.query("select count(*) from event")
        reads += 1
    for child in children:
        assert child.wait() == 0, child.stderr.read() if child.stderr else ""
    assert ledger.verify_chain() == []
    assert ledger.head()[0] == writers * (1 + 2 * rounds)
    assert reads


def test_ledger_is_read_when_another_connection_is_writing(opened: Callable[[], Ledger]) -> None:
    # a dashboard or `status` must not wait for a run
    writer, reader = opened(), opened()
    passed(writer)
    with writer.transaction():
        writer.move("r1", TARGET, "pending", [document(1)])
        assert reader.deliveries() == []
        assert len(reader.runs()) == 1
    assert states(reader) == {"k1": "pending"}


@pytest.mark.parametrize("sql", ["delete from run", "update run set who = 'x'", "create table mine (a text)"])
def test_question_is_refused_when_it_would_write(ledger: Ledger, sql: str) -> None:
    ledger.begin_run("r1", "run", who="ana")
    with pytest.raises(PlanwiseError):
        ledger.query(sql)
    assert ledger.query("select who from run") == [{"who": "ana"}]
    ledger.describe_run("r1", input_checksum="ab", rows=3)
    assert ledger.runs()[0]["detail"] == {"rows": 3}


def _errors(url: str, where: Settings, monkeypatch: pytest.MonkeyPatch) -> PlanwiseError:
    monkeypatch.setenv("PLANWISE_LEDGER", url)
    with pytest.raises(PlanwiseError) as caught:
        open_ledger(where)
    return caught.value


@pytest.mark.parametrize(
    ("change", "code", "kind"),
    [
        ({"@127.0.0.1": "@127.0.0.1:1/x?port=1&y="}, "", ""),
        ({"planwise:": "nobody_here:"}, "ledger_unreachable", "transient"),
        ({"/postgres": "/no_such_database"}, "ledger_unreachable", "transient"),
        ({"postgresql://": "mysql://"}, "ledger_setting", "terminal"),
        ({"/postgres": "/postgres?no_such_option=canary-Pa55"}, "ledger_setting", "terminal"),
        ({"/postgres": "/postgres?password=canary-Pa55&port=x"}, "", ""),
        # not quoted as an address wants it: libpq takes a part of the password for the port, and says so
        ({"canary-Pa55%2Fw%40rd": "canary-Pa55/w@rd"}, "ledger_unreachable", "transient"),
        ({"canary-Pa55%2Fw%40rd@": "canary-Pa55@w:canary-2@"}, "", ""),
        ({"canary-Pa55%2Fw%40rd": "canary-Pa55 2"}, "ledger_setting", "terminal"),
        ({"canary-Pa55%2Fw%40rd": "canary-Pa55%zz"}, "ledger_setting", "terminal"),
    ],
)
def test_password_is_in_no_message_when_the_server_can_not_be_used(
    postgresql: Server,
    where: Settings,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
    code: str,
    kind: str,
) -> None:
    # reports and logs keep what an error says
    import traceback

    url = postgresql.url
    for old, new in change.items():
        url = url.replace(old, new)
    error = _errors(url, where, monkeypatch)
    said = "".join(traceback.format_exception(error)) + str(error) + error.hint
    assert "canary" not in said
    assert "Pa55" not in said
    if code:
        assert (error.code, error.kind) == (code, kind)
    assert not where.home.exists()


def test_ledger_names_the_server_without_its_password_when_it_is_open(ledger: Ledger, backend: str) -> None:
    assert PASSWORD not in ledger.name
    if backend == "postgresql":
        assert "planwise:***@127.0.0.1" in ledger.name


def test_opening_takes_no_time_when_nothing_is_to_do(
    where: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # every command would pay for what an import drags along
    monkeypatch.delenv("PLANWISE_LEDGER", raising=False)
    code = (
        "import sys; from harness.config import settings; from harness.ledger import open_ledger;"
        f" open_ledger(settings({str(where.home)!r}, {str(where.out)!r})).close();"
        " print([name for name in ('psycopg', 'sqlalchemy', 'duckdb', 'pandas') if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True
    )
    assert found.stdout == "[]\n"
