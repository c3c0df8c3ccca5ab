"""The command line: exit statuses, what goes to stdout, and what it costs to start."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.cli import cli
from harness.lock import run_lock
from tests.harness.world import RULES, FakeGate, World, finding, make_world, result

HEAVY = (
    "dbt",
    "great_expectations",
    "pandas",
    "duckdb",
    "jinja2",
    "jsonschema",
    "rich",
    "pyarrow",
    "sqlalchemy",
)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = make_world(tmp_path, monkeypatch)

    def gate() -> FakeGate:
        failed = {entry["rule"] for entry in world.failing}
        return FakeGate([*(result(rule) for rule in RULES if rule not in failed), *world.failing])

    monkeypatch.setattr("harness.gate.client.Gate", gate)
    return world


def call(world: World, *arguments: str) -> Result:
    where = ["--home", str(world.where.home), "--out", str(world.where.out)]
    if arguments[0] in ("run", "export"):
        where += ["--target", "navigator"]  # the one that the world has documents for
    return CliRunner().invoke(cli, [*arguments, *where])


@pytest.mark.parametrize("module", ["harness.cli", "harness.gate.client", "harness.run", "harness.steps"])
def test_nothing_heavy_is_imported_when_a_module_is(module: str) -> None:
    # 3.4 s for dbt and 6.2 s for Great Expectations, on every `--help`
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_summary_is_printed_when_everything_went_out(world: World) -> None:
    done = call(world, "run", str(world.source))
    assert done.exit_code == 0, done.output
    assert "3 clients in the source = 3 exported + 0 held + 0 rejected" in done.stdout
    assert str(world.where.out / "navigator" / "current") in done.stdout
    # what the pre-flight warns about is indented below its line
    assert [line.split()[0] for line in done.stderr.splitlines() if not line.startswith(" ")] == [
        "preflight", "extract", "review", "build", "gates", "plan", "render", "verify", "history", "publish",
        "bi", "deliver", "send"
    ]  # fmt: skip


def test_stdout_is_json_alone_when_json_is_asked_for(world: World) -> None:
    world.failing = [result("P10", "hold", [finding(2)])]
    done = call(world, "run", str(world.source), "--json")
    assert done.exit_code == 3
    summary = json.loads(done.stdout)
    assert summary["counts"] == {"source": 3, "exported": 2, "held": 1, "rejected": 0}
    assert summary["exit_status"] == 3
    assert Path(summary["report"]).is_file()
    assert done.stderr == ""


def test_nothing_is_printed_when_quiet_is_asked_for(world: World) -> None:
    done = call(world, "run", str(world.source), "--quiet")
    assert (done.exit_code, done.output) == (0, "")


@pytest.mark.parametrize(
    ("failing", "exit_with"),
    [([result("P10", "hold", [finding(1)])], 3), ([result("S02", "block", [finding(None)])], 4)],
)
def test_exit_status_says_what_happened_when_gates_fail(world: World, failing: Any, exit_with: int) -> None:
    world.failing = failing
    assert call(world, "run", str(world.source)).exit_code == exit_with


def test_error_says_what_and_what_next_when_a_gate_blocks(world: World) -> None:
    world.failing = [
        result("S02", "block", [finding(None, message="29 rows, then 3", resolve="say --because")])
    ]
    done = call(world, "run", str(world.source), "--quiet")
    assert "S02" in done.stderr
    assert "29 rows, then 3" in done.stderr
    assert "say --because" in done.stderr


def test_exit_status_is_75_when_another_run_is_working(world: World) -> None:
    with run_lock(world.where.lock, "other-run"):
        done = call(world, "run", str(world.source))
    assert done.exit_code == 75
    assert "other-run" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("run",), ("export",), ("run", "x", "--units", "promille"), ("run", "x", "--target", "fax"), ("walk",)],
)
def test_exit_status_is_2_when_the_command_line_is_wrong(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(cli, list(arguments)).exit_code == 2


def test_exit_status_is_2_when_the_client_is_unknown(world: World) -> None:
    done = call(world, "run", str(world.source), "--client", "70009")
    assert done.exit_code == 2
    assert "nearest: " in done.stderr


def test_reasons_are_printed_when_an_exported_client_is_held(world: World) -> None:
    world.failing = [result("P10", "hold", [finding(2)])]
    call(world, "run", str(world.source))
    done = call(world, "export", "70002")
    assert done.exit_code == 3
    assert "70002 held: P10 the match has no rate" in done.stdout


def test_home_is_taken_from_the_environment_when_no_option_is_given(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANWISE_HOME", str(world.where.home))
    done = CliRunner().invoke(
        cli, ["run", str(world.source), "--target", "navigator", "--out", str(world.where.out)]
    )
    assert done.exit_code == 0
    assert world.where.current.exists()


def test_exit_status_is_5_when_the_home_cant_be_made(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = CliRunner().invoke(cli, ["run", str(world.source), "--home", str(tmp_path / "file")])
    assert done.exit_code == 5
    assert "file" in done.stderr


def test_exit_status_is_5_when_the_deliveries_cant_be_made(world: World, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("not a folder")
    done = call(world, "run", str(world.source))
    assert done.exit_code == 5
    assert not world.where.current.exists()


@pytest.mark.parametrize("command", ["run", "new-client"])
def test_version_of_navigator_reaches_the_gates_when_a_command_reads_a_source(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # a command that did not hear it would deliver what the declared version can't represent
    asked = []

    def execute(_: Any, request: Any, *__: Any) -> None:
        asked.append(request)
        raise OSError("far enough")

    monkeypatch.setattr("harness.run.execute", execute)
    monkeypatch.setenv("PLANWISE_NAVIGATOR_VERSION", "2.0.0")
    where = ["--home", str(tmp_path / "home"), "--out", str(tmp_path / "out")]
    CliRunner().invoke(
        cli, [command, "matrix.csv", "--client", "DM-1001", "--units", "percent", "--because", "why", *where]
    )
    (request,) = asked
    assert (request.command, request.navigator_version) == (command, "2.0.0")
    assert (request.clients, request.units, request.because) == (("DM-1001",), "percent", "why")
