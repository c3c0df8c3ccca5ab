"""Bad input: a clear error, nothing published, and what was published before stays byte for byte."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.bad_sources import BAD, database
from tests.e2e.command import SAMPLE, Place, Ran, Snapshot, finish, planwise, side_by_side, start
from tests.e2e.matrices import many
from tests.e2e.test_report import check_report
from tests.harness.builders import write_csv

_WRITER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def refused(published: Place, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Ran, Snapshot]]:
    """Every bad source run in a home of its own that has something published; and the state before."""
    root = tmp_path_factory.mktemp("bad")

    def run(name: str) -> tuple[Ran, Snapshot]:
        folder = root / name
        folder.mkdir()
        place = published.copy(folder / "place")
        before = place.snapshot()
        return planwise(place, "run", BAD[name].make(folder)), before

    def locked() -> tuple[Ran, Snapshot]:
        # in the list because waiting for the lock takes 20 seconds
        folder = root / "locked"
        folder.mkdir()
        source = database(folder / "in use.duckdb", many(20))
        place = published.copy(folder / "place")
        before = place.snapshot()
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(source)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            assert writer.stdout and writer.stdout.readline()
            return planwise(place, "run", source), before
        finally:
            writer.communicate(b"\n", timeout=30)

    jobs: dict[str, Callable[[], tuple[Ran, Snapshot]]] = {"locked": locked}
    jobs |= {name: (lambda name=name: run(name)) for name in BAD}  # type: ignore[misc]
    return side_by_side(jobs, workers=3)


@pytest.mark.parametrize("name", BAD)
def test_error_is_clear_and_nothing_changes_when_the_source_is_bad(
    refused: dict[str, tuple[Ran, Snapshot]], name: str
) -> None:
    ran, before = refused[name]
    assert ran.status == 2, ran.said()
    for part in BAD[name].names:
        assert part in ran.stderr, ran.said()
    first, hint = ran.stderr.split("error (", 1)[1].strip().split("\n", 1)
    assert hint.strip(), "what to do next"
    assert "Traceback" not in ran.stderr
    assert "fault of planwise" not in ran.stderr
    assert ran.place.snapshot() == before
    assert ran.report["status"] == "failed"
    assert ran.report["error"]["exit_status"] == 2
    assert ran.report["error"]["message"] in f"error ({first}\n{hint}"


def test_run_waits_and_names_the_owner_when_the_source_is_locked(
    refused: dict[str, tuple[Ran, Snapshot]],
) -> None:
    ran, before = refused["locked"]
    assert ran.status == 75, ran.said()
    for part in ("in use.duckdb", "process", "20 s"):
        assert part in ran.stderr
    assert ran.place.snapshot() == before
    assert ran.report["status"] == "locked"


def test_day_to_count_from_is_refused_when_it_is_no_day(broken: Place) -> None:
    before = broken.snapshot()
    # the variable holds for the bundled sample alone
    ran = planwise(broken, "run", SAMPLE, as_of="22/11/2026")
    assert ran.status == 2, ran.said()
    assert "22/11/2026" in ran.stderr
    assert broken.snapshot() == before


@dataclass(frozen=True)
class Blocked:
    """A run that a gate should stop, and the state before it."""

    ran: Ran
    before: Snapshot
    after: Snapshot


@pytest.fixture(scope="module")
def blocked(published: Place, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Blocked]:
    """Runs of twenty firms, each wrong in its own way, two at a time, each on a copy of what is published."""
    root = tmp_path_factory.mktemp("blocked")
    same_id = many(20)
    same_id[7]["client_id"] = same_id[3]["client_id"]
    matrices = {
        "shorter": many(12),
        "same id": same_id,
        # an id planted in a text whose parser takes "Plan ..." for a label
        "planted id": many(20, match_formula={4: "Plan MX-0011 - 50% up to 6%"}),
    }

    def run(name: str) -> Blocked:
        place = published.copy(root / name / "place")
        before = place.snapshot()
        ran = planwise(place, "run", write_csv(root / name / "m.csv", matrices[name]))
        return Blocked(ran, before, place.snapshot())

    return side_by_side({name: (lambda name=name: run(name)) for name in matrices})  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("shorter", ("S02", "12 rows", "20", "--because")),
        ("same id", ("S03", "MX-0003")),
        ("planted id", ("E02", "MX-0011", "match_formula", "Plan MX-0011 - 50% up to 6%", "m.csv, row 6")),
    ],
)
def test_run_is_blocked_and_nothing_changes_when_a_blocking_rule_fails(
    blocked: dict[str, Blocked], name: str, parts: tuple[str, ...]
) -> None:
    ran = blocked[name].ran
    assert ran.status == 4, ran.said()
    for part in parts:
        assert part in ran.stderr, ran.said()
    assert blocked[name].before == blocked[name].after
    check_report(ran)
    assert ran.report["status"] == "blocked"
    assert ran.report["counts"]["exported"] == 0


def test_shorter_matrix_goes_out_with_its_reason_and_others_are_sent_away_when_it_runs(
    blocked: dict[str, Blocked],
) -> None:
    before = blocked["shorter"].ran
    place, source = before.place, before.place.root.parent / "m.csv"
    first = start(place, "run", source, "--because", "eight plans were merged")
    lock = place.home / "run.lock"
    until = time.monotonic() + 20
    while not (lock.exists() and lock.read_bytes()) and time.monotonic() < until:
        time.sleep(0.05)
    others = [start(place, "run", source), start(place, "export", "MX-0001")]
    refused = [finish(process, place) for process in others]
    done = finish(first, place)
    for ran in refused:
        assert ran.status == 75, ran.said()
        assert str(first.pid) in ran.stderr
        assert done.report["run_id"] in ran.stderr
        assert "--home" in ran.stderr
    assert done.status == 0, done.said()
    assert done.report["asked"]["because"] == "eight plans were merged"
    assert any("eight plans were merged" in warning["message"] for warning in done.report["warnings"])
    assert sum(name.endswith("_baseline.yaml") for name in done.files) == 12


def test_place_is_left_alone_when_the_home_has_a_damaged_warehouse(broken: Place, tmp_path: Path) -> None:
    before = broken.snapshot()
    (broken.home / "warehouse.duckdb").write_bytes(b"not a database at all" * 100)
    ran = planwise(broken, "run", write_csv(tmp_path / "m.csv", many(20)))
    assert ran.status in (2, 5), ran.said()
    assert "warehouse.duckdb" in ran.stderr
    assert broken.snapshot() == before


def test_delivery_fails_and_nothing_changes_when_out_is_somebody_elses(broken: Place, tmp_path: Path) -> None:
    current = broken.current
    current.unlink()
    current.mkdir()
    (current / "mine.yaml").write_text("keep: me\n")
    marts = broken.marts.read_bytes()
    ran = planwise(broken, "export", "MX-0001")
    assert ran.status == 5, ran.said()
    assert (current / "mine.yaml").read_text() == "keep: me\n"
    assert broken.marts.read_bytes() == marts
    shutil.rmtree(current)
