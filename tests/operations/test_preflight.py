"""Pre-flight: each thing that would stop an operation is found before it begins, and all of them at once."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness import preflight_checks
from harness.cli import cli
from harness.config import Settings
from harness.errors import DeliveryError, LockedError, NotAllowed, SourceError
from harness.ledger import Ledger, open_ledger
from harness.lock import run_lock
from harness.preflight import Decision, preflight
from tests.ledger.world import Clock
from tests.ordinary import ordinary

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = PROJECT / "seeds" / "sample_design_matrix.csv"


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    path = Path(shutil.copy(SAMPLE, tmp_path / "matrix.csv"))
    os.utime(path, (time.time() - 3600,) * 2)
    return path


def look(where: Settings, source: Path | None, operation: str = "run", **more: object) -> Decision:
    return preflight(where, None, operation, source, ("navigator",), **more)  # type: ignore[arg-type]


def codes(decision: Decision) -> set[str]:
    return {check.code for check in decision.stopped}


def test_goes_when_everything_is_there(where: Settings, matrix: Path) -> None:
    decision = look(where, matrix)
    assert decision.goes, decision.lines()
    assert {check.name for check in decision.checks} >= {
        "role", "source", "input", "home", "target navigator", "disk home", "load", "lock",
    }  # fmt: skip
    assert decision.require() is decision


def test_nothing_is_written_when_it_looks(where: Settings, matrix: Path, tmp_path: Path) -> None:
    # a dry run leaves the tree as it is; so does what comes before it
    before = sorted(tmp_path.rglob("*"))
    look(where, matrix)
    assert sorted(tmp_path.rglob("*")) == before


def test_everything_is_said_at_once_when_several_things_stop_it(where: Settings, tmp_path: Path) -> None:
    (where.home / "out").touch()
    decision = look(Settings(where.home, where.home / "out" / "below"), tmp_path / "none.csv", role="viewer")
    assert codes(decision) == {"not_allowed", "no_such_file", "not_a_folder"}
    with pytest.raises(NotAllowed, match=r"also: .*none\.csv"):
        decision.require()
    assert decision.lines()[0].startswith("stop: run as viewer")
    assert all(check.remedy for check in decision.stopped)


def test_nearest_column_is_named_when_the_header_lacks_one(where: Settings, matrix: Path) -> None:
    """Without it whoever has an older file is told less than one whose file was written just now, which only
    the extraction looks at.
    """
    content = matrix.read_text().replace("client_name", "client name", 1)
    matrix.write_text(content)
    os.utime(matrix, (time.time() - 3600,) * 2)
    (stopped,) = look(where, matrix).stopped
    assert stopped.code == "missing_column"
    assert "'client_name'" in stopped.message and "'client name'" in stopped.message
    assert "Name the header exactly so" in stopped.remedy


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.csv", b"", "empty_file"),
        ("half.parquet", b"PAR1 and then nothing", "input_incomplete"),
        ("half.xlsx", b"PK\x03\x04 and then nothing", "input_incomplete"),
        ("half.json", b'{"client_id": 1,', "input_incomplete"),
        ("m.csv", b"client_id,client_name,industry\n1,a,b\n", "missing_column"),
        ("m.pdf", b"%PDF", "unknown_kind"),
    ],
)
def test_stops_when_the_source_is_not_whole(
    where: Settings, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    os.utime(path, (time.time() - 3600,) * 2)
    decision = look(where, path)
    assert codes(decision) == {code}
    with pytest.raises(SourceError):
        decision.require()


def test_warns_when_the_source_is_being_written(where: Settings, matrix: Path) -> None:
    matrix.touch()
    decision = look(where, matrix)
    assert decision.goes
    assert "input" in {check.name for check in decision.warned}


def test_stops_when_there_is_too_little_room(
    where: Settings, matrix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(where.home)
    monkeypatch.setattr(
        preflight_checks.shutil, "disk_usage", lambda _: usage._replace(free=preflight_checks.FLOOR - 1)
    )
    decision = look(where, matrix)
    assert codes(decision) == {"disk_short"}
    with pytest.raises(DeliveryError) as caught:
        decision.require()
    assert caught.value.exit_status == 5
    monkeypatch.setattr(
        preflight_checks.shutil, "disk_usage", lambda _: usage._replace(free=preflight_checks.FLOOR)
    )
    assert look(where, matrix).goes


def test_room_is_judged_by_what_a_run_left_when_there_was_one(
    where: Settings, matrix: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.begin_run("r1", "run")
    ledger.artifact("r1", "navigator", "", "release", "navigator/releases/r1", None, preflight_checks.FLOOR)
    ledger.end_run("r1", "succeeded", 0, {"build": 3.0}, {"source": 850})
    usage = shutil.disk_usage(where.home)
    monkeypatch.setattr(
        preflight_checks.shutil, "disk_usage", lambda _: usage._replace(free=2 * preflight_checks.FLOOR)
    )
    decision = preflight(where, ledger, "run", matrix, ("navigator",))
    assert codes(decision) == {"disk_short"}


def test_stops_when_another_process_works_in_the_home(where: Settings, matrix: Path) -> None:
    with _held(where):
        decision = look(where, matrix)
        assert codes(decision) == {"locked"}
        with pytest.raises(LockedError, match=r"run other-run") as caught:
            decision.require()
        assert caught.value.exit_status == 75
    assert look(where, matrix).goes


def test_goes_when_the_lock_is_its_own(where: Settings, matrix: Path) -> None:
    # the run takes the lock first, and looks then
    with run_lock(where.lock, "this-run"):
        assert look(where, matrix).goes


def test_warns_and_goes_when_the_machine_is_busy(
    where: Settings, matrix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight_checks.os, "getloadavg", lambda: (1000.0, 0.0, 0.0))
    decision = look(where, matrix)
    assert decision.goes
    assert "load" in {check.name for check in decision.warned}


_LOOK = """
import sys
from pathlib import Path
from harness.config import settings
from harness.preflight import preflight
home, out, matrix = map(Path, sys.argv[1:])
print(*(check.code for check in preflight(settings(home, out), None, "run", matrix, ("navigator",)).stopped))
"""


def test_stops_when_a_folder_is_read_only(where: Settings, matrix: Path) -> None:
    command = ordinary(sys.executable, "-c", _LOOK, str(where.home), str(where.out), str(matrix))
    for mode, said in ((0o700, ""), (0o500, "not_writable")):
        where.home.chmod(mode)
        done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT)
        assert (done.returncode, done.stdout.strip()) == (0, said), done.stderr


def test_stops_when_the_system_says_that_a_folder_cannot_be_written(
    where: Settings, matrix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight_checks.os, "access", lambda path, mode: Path(path) != where.home)
    assert codes(look(where, matrix)) == {"not_writable"}


@pytest.mark.parametrize("at", ["navigator", "navigator/releases"])
def test_stops_when_a_link_leads_out_of_the_target(
    where: Settings, matrix: Path, tmp_path: Path, at: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = where.out / at
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "elsewhere")
    assert codes(look(where, matrix)) == {"is_link"}


def test_others_get_theirs_and_a_warning_is_given_when_an_endpoint_is_away(
    where: Settings, matrix: Path
) -> None:
    # stopped here, its failures would never be counted, and nobody would be alerted
    def away(_: Settings) -> list[tuple[str, bool, str]]:
        return [("bank", False, "no route to bank"), ("disk", True, "is there")]

    for operation in ("run", "retry", "rollback"):
        decision = look(where, matrix, operation, probes=away, role="admin")
        assert decision.goes
        assert [check.name for check in decision.warned if "endpoint" in check.name] == ["endpoint bank"]


def test_settings_are_refused_when_the_endpoints_in_them_cannot_be(where: Settings, matrix: Path) -> None:
    def wrong(_: Settings) -> list[tuple[str, bool, str]]:
        raise SourceError("bad_endpoint", "there is no kind 'ftp'", "write another")

    assert codes(look(where, matrix, probes=wrong)) == {"bad_endpoint"}


@pytest.mark.parametrize("what", ["folder", "foreign link", "dangling link"])
def test_repair_goes_when_current_is_what_stops_the_others(where: Settings, matrix: Path, what: str) -> None:
    current = where.target("navigator") / "current"
    current.parent.mkdir(parents=True)
    if what == "folder":
        current.mkdir()
    else:
        current.symlink_to("/etc" if what == "foreign link" else "releases/gone/x")
    assert not look(where, matrix).goes
    assert look(where, None, "repair", role="admin").goes


def test_estimate_is_the_middle_and_the_slow_end_when_there_were_runs(
    where: Settings, matrix: Path, ledger: Ledger, clock: Clock
) -> None:
    for number in range(1, 22):
        clock.later(minutes=1)
        ledger.begin_run(f"r{number}", "run")
        status, exit_status = ("failed", 5) if number == 21 else ("succeeded", 0)
        ledger.end_run(f"r{number}", status, exit_status, {"build": number * 1.0}, {"source": 100 + number})
    expected = preflight(where, ledger, "run", matrix, ()).estimate
    assert expected
    # 1 to 20; the failed one would say that runs are longer than they are
    assert expected.runs == 20
    assert expected.seconds_p50 == pytest.approx(10.5)
    assert expected.seconds_p95 == pytest.approx(19.05)
    assert expected.rows_p50 == 110


def test_decision_is_kept_in_the_ledger_when_a_run_asks(
    where: Settings, matrix: Path, ledger: Ledger
) -> None:
    ledger.begin_run("r1", "run")
    preflight(where, ledger, "run", matrix, ("navigator",), run_id="r1")
    (event,) = ledger.events(kinds=["preflight"])
    assert event.facts["decision"] == "go"
    assert not ledger.verify_chain()


def test_command_says_stop_and_ends_like_the_operation_when_it_would_not_go(
    where: Settings, tmp_path: Path
) -> None:
    at = ["--home", str(where.home), "--out", str(where.out)]
    done = CliRunner().invoke(cli, ["preflight", "run", str(tmp_path / "none.csv"), *at])
    assert done.exit_code == 2
    assert done.stdout.startswith("stop: run as reviewer")
    assert "no such file" in done.stdout
    assert CliRunner().invoke(cli, ["preflight", "sweep", *at]).exit_code == 2
    assert CliRunner().invoke(cli, ["preflight", "sweep", *at, "--role", "admin"]).exit_code == 0
    assert CliRunner().invoke(cli, ["preflight", "dance", *at]).exit_code == 2
    with open_ledger(where) as ledger:
        decisions = [event.facts["decision"] for event in ledger.events(kinds=["preflight"])]
        assert decisions == ["stop", "stop", "go"]
        # the ledger tells no path of this machine
        assert str(tmp_path) not in str(ledger.events())


def test_it_takes_less_than_50_ms_when_it_is_local(where: Settings, matrix: Path, ledger: Ledger) -> None:
    ledger.begin_run("r1", "run")
    preflight(where, ledger, "run", matrix, ("navigator",))
    best = 1.0
    for _ in range(5):
        begun = time.perf_counter()
        preflight(where, ledger, "run", matrix, ("navigator",))
        best = min(best, time.perf_counter() - begun)
    assert best < 0.05


def test_nothing_heavy_is_imported_when_it_looks(where: Settings, matrix: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from harness.config import settings;"
        "from harness.preflight import preflight;"
        f"preflight(settings({str(where.home)!r}), None, 'run', Path({str(matrix)!r}), ('navigator',));"
        "print([n for n in ('duckdb', 'dbt', 'pandas', 'requests', 'fsspec', 'jinja2') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _held(where: Settings) -> "_Held":
    return _Held(where)


class _Held:
    """Another process that holds the lock of a home."""

    def __init__(self, where: Settings) -> None:
        self._code = (
            "import sys; from pathlib import Path; from harness.lock import run_lock\n"
            f"with run_lock(Path({str(where.lock)!r}), 'other-run'):\n"
            "    print('held', flush=True); sys.stdin.readline()"
        )

    def __enter__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "held\n"

    def __exit__(self, *_: object) -> None:
        self._process.communicate("\n", timeout=20)
