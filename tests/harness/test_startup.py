"""What a command costs before it does anything: what it imports, and the ratio to the least it could be."""

import resource
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from bench.startup import BARE, COMMANDS
from tests.harness.world import World, make_world, reference

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    *("dbt", "great_expectations", "pandas", "pyarrow", "sqlalchemy", "numpy", "rich"),
    *("jinja2", "openpyxl", "httpx", "scipy"),
}
MOST = 7.0
"""Times the processor time of the bare script. The bench's bound is 2, of wall time on a quiet machine."""
_IMPORTED = """
import sys
from harness.cli import main
sys.argv[0] = "planwise-export"
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = make_world(tmp_path, monkeypatch)
    assert world.run().error is None
    return world


def imported(*arguments: str, whole: bool = False) -> set[str]:
    """Packages that are there when a command has ended; with `whole`, every module."""
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED, *arguments], capture_output=True, text=True, cwd=ROOT, check=True
    )
    names = done.stderr.splitlines()[-1].split()
    return set(names) if whole else {name.partition(".")[0] for name in names}


def test_nothing_heavy_is_imported_when_help_is_asked_of_any_command() -> None:
    """One import at the top of one command would cost every start of every command."""
    code = (
        "import sys; from click.testing import CliRunner; from harness.cli import cli\n"
        "for name in sys.argv[1:]: assert CliRunner().invoke(cli, [name, '--help']).exit_code == 0, name\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *COMMANDS], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert set(done.stdout.split()) & (HEAVY | {"duckdb", "jsonschema", "yaml"}) == set()


def test_a_command_imports_no_other_command_when_it_is_asked() -> None:
    names = imported("status", "--help", whole=True)
    assert "harness.commands.status" in names
    assert {
        f"harness.commands.{name}" for name in ("watch", "gates", "batch", "push", "audit")
    } & names == set()


def test_export_imports_nothing_heavy_when_it_renders(world: World) -> None:
    where = ["--home", str(world.where.home), "--out", str(world.where.out)]
    names = imported("export", "70001", "--target", "navigator", "--quiet", *where)
    assert "duckdb" in names
    assert names & HEAVY == set()


def test_export_costs_a_few_times_the_bare_script_when_one_client_is_asked_for(
    world: World, tmp_path: Path
) -> None:
    """Else a step that was added to every start would go unseen until somebody ran the bench."""
    command = str(Path(sys.executable).with_name("planwise-export"))
    where = ["--home", str(world.where.home), "--out", str(world.where.out)]
    ours = [command, "export", "70001", "--target", "navigator", "--quiet", *where]
    bare = [sys.executable, "-c", BARE, str(world.where.current), reference(1), str(tmp_path / "bare.json")]
    pairs = [(_cost(ours), _cost(bare)) for _ in range(4)][1:]
    ratio = statistics.median(pair[0] for pair in pairs) / statistics.median(pair[1] for pair in pairs)
    assert ratio <= MOST


def _cost(command: list[str]) -> float:
    """Processor seconds of a process: other tests run beside it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
