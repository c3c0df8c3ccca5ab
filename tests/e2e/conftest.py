"""Runs of the real command, each made once and shared by the tests that look at it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.files import replace_file
from tests.e2e.command import SAMPLE, SHARED, Place, Ran, Snapshot, planwise, side_by_side
from tests.e2e.matrices import many, sample_rows, shifted_sample, write_kind
from tests.harness.builders import write_csv
from tests.once import once

KINDS = ("v1", "v2", "v3", "xlsx", "directory")
"""Each takes a whole run; the other kinds are compared with these as they are landed (test_sources.py)."""
SHARED_FILES = ("planwise_v2.duckdb", "planwise_v3.duckdb", "plan_data_template.xlsx")
_HOLD = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    before = connection.execute("select run_id from fct_quality_result where is_latest limit 1").fetchone()[0]
    print(before, flush=True)
    sys.stdin.readline()
    after = connection.execute("select run_id from fct_quality_result where is_latest limit 1").fetchone()[0]
    print(after, connection.execute("select count(*) from dim_client").fetchone()[0], flush=True)
"""


@dataclass(frozen=True)
class History:
    """The shifted sample through the life of one home."""

    source: Path
    first: Ran
    first_snapshot: Snapshot
    again: Ran
    touched: dict[str, tuple[object, object]]
    """Files whose time or bytes are not what they were before `again`: (before, after)."""
    reader: str
    """What a process said that held the published marts of the first run open during the third."""
    dashboards: tuple[str, str]
    """What a session of the first run's marts said, and many after each other (dashboard.py), during the runs
    `narrowed` and `rebuilt`, a rollback to the first one's marts, and the way back."""
    changed: Path
    """The source in which the rows of two clients, and of a third, say something else."""
    narrowed: Ran
    """About the two of them only."""
    narrowed_snapshot: Snapshot
    rebuilt: Ran
    """After the warehouse was deleted, on those rows in reverse order."""


@pytest.fixture(scope="session")
def new_place(tmp_path_factory: pytest.TempPathFactory, sample: History) -> Callable[[str], Place]:
    """Make a new place, when the sample's first run has had dbt compile the project for all of them."""

    def make(name: str) -> Place:
        return Place(tmp_path_factory.mktemp(name))

    return make


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> History:
    """First run, the same again, two clients, rebuilt from nothing: in one home, one after the other."""
    return once(tmp_path_factory, "sample", _history)


def _history(root: Path) -> History:
    source = shifted_sample(root / "design matrix of today.csv")
    place = Place(root / "place")
    first = planwise(place, "run", source)
    assert first.status == 3, first.said()
    before = place.snapshot()
    times = place.times()
    again = planwise(place, "run", source)
    now = place.times()
    touched = {
        name: (times.get(name), now.get(name))
        for name in times.keys() | now.keys()
        if times.get(name) != now.get(name)
    }
    reader = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(place.marts)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout and reader.stdin
    held = reader.stdout.readline()
    (root / "changed").mkdir()
    table = sample_rows(source)
    for row in table:
        if row["client_id"] in ("DM-1001", "DM-1002", "DM-1003"):
            row["participation_rate"] = "77.7%"
    changed = write_csv(root / "changed" / source.name, table)
    reference = first.clients["DM-1002"]["client_ref"]
    stop = root / "stop"
    whole, dashboard = _Dashboard.opened(place, stop, "long"), _Dashboard.opened(place, stop)
    dashboard.sees(first)
    narrowed = planwise(place, "run", changed, "--client", "DM-1001", "--client", reference)
    said, _ = reader.communicate("go on\n", timeout=60)
    narrowed_snapshot = place.snapshot()
    dashboard.sees(narrowed)
    (place.home / "warehouse.duckdb").unlink()
    (root / "reversed").mkdir()
    reverse = write_csv(root / "reversed" / source.name, table[::-1])
    rebuilt = planwise(place, "run", reverse)
    try:
        assert rebuilt.status == 3, rebuilt.said()
        dashboard.sees(rebuilt)
        for ran in (first, rebuilt):  # as a rollback puts an older file in place
            replace_file(place.marts.with_name(f"{ran.report['run_id']}.duckdb"), place.marts)
            dashboard.sees(ran)
    finally:
        stop.touch()  # else they would read on for ever
    return History(
        source,
        first,
        before,
        again,
        touched,
        held + said,
        (whole.closed(), dashboard.closed()),
        changed,
        narrowed,
        narrowed_snapshot,
        rebuilt,
    )


@dataclass(frozen=True)
class _Dashboard:
    """A dashboard (dashboard.py) of a place in a process of its own, and what it said so far."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def opened(cls, place: Place, stop: Path, *kind: str) -> _Dashboard:
        log = stop.with_name(f"dashboard{len(kind)}.ndjson")
        command = [sys.executable, str(Path(__file__).with_name("dashboard.py")), str(place.marts), str(stop)]
        with log.open("wb") as file:
            return cls(subprocess.Popen([*command, *kind], stdout=file, stderr=subprocess.STDOUT), log)

    def sees(self, ran: Ran) -> None:
        """Wait until its last session was of what this run published."""
        for _ in range(600):
            said = self.log.read_text().splitlines()
            if self.process.poll() is not None or (said and ran.report["run_id"] in said[-1]):
                return
            time.sleep(0.1)

    def closed(self) -> str:
        self.process.wait(60)
        return self.log.read_text()


@pytest.fixture(scope="session")
def two_more(sample: History, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """`untouched` and `published`, side by side."""

    def both(root: Path) -> dict[str, Ran]:
        firms = write_csv(root / "firms.csv", many(20))
        untouched, published = Place(root / "untouched"), Place(root / "published")
        return side_by_side(
            {
                "untouched": lambda: planwise(untouched, "run", SAMPLE, as_of="2026-11-22"),
                "published": lambda: planwise(published, "run", firms),
            }
        )

    return once(tmp_path_factory, "two_more", both)


@pytest.fixture(scope="session")
def untouched(two_more: dict[str, Ran]) -> Ran:
    """The bundled sample as it is, in another home, counted from the day that it was written for."""
    return two_more["untouched"]


@pytest.fixture(scope="session")
def kinds(sample: History, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """Six clients from every kind of source, each in a home of its own, two runs side by side.

    One home for all would be delivered the same plans once only.
    """

    def runs(root: Path, half: int) -> dict[str, Ran]:
        return {
            kind: planwise(Place(root / f"kinds-{kind}"), "run", write_kind(kind, root / kind))
            for kind in KINDS[half::2]
        }

    def both(root: Path) -> dict[str, Ran]:
        done = side_by_side({str(half): (lambda half=half: runs(root, half)) for half in (0, 1)})  # type: ignore[misc]
        return done["0"] | done["1"]

    return once(tmp_path_factory, "kinds", both)


@pytest.fixture(scope="session")
def shared_runs(sample: History, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """The three real files beside the project."""
    folder = SHARED / "data" / "design_matrix"
    if not folder.is_dir():
        pytest.skip(f"needs the real Design Matrix files in {folder}")

    def all_three(root: Path) -> dict[str, Ran]:
        return side_by_side(
            {
                name: (lambda name=name: planwise(Place(root / name), "run", folder / name))  # type: ignore[misc]
                for name in SHARED_FILES
            }
        )

    return once(tmp_path_factory, "shared_runs", all_three)


@pytest.fixture(scope="session")
def published(two_more: dict[str, Ran]) -> Place:
    """A place with something small published, to be copied by whoever tries to break it; never changed."""
    done = two_more["published"]
    assert done.status == 0, done.said()
    return done.place


@pytest.fixture
def broken(published: Place, tmp_path: Path) -> Iterator[Place]:
    """A copy of `published` that a test may run bad input on."""
    yield published.copy(tmp_path / "place")
