"""The review loop on the real Design Matrix: a client goes from held to exported by one decision."""

import csv
import io
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MATRIX = ROOT.parent / "shared" / "data" / "design_matrix" / "planwise_v3.duckdb"
COMMAND = Path(sys.executable).with_name("planwise-export")
CLIENT, FIELD = "70001", "nonelective_formula"
RANGE = "3-5% (service based)"
BANDS = "3% 0-5 years, 5% 5+ years"


@dataclass(frozen=True)
class Place:
    """A home and an out folder of their own."""

    root: Path

    def call(self, *arguments: str, exit_with: int = 0) -> str:
        """Run the command as a user does; return its stdout."""
        where = ["--home", str(self.root / "home")] + (
            ["--out", str(self.root / "out")] if arguments[0] == "run" else []
        )
        done = subprocess.run(
            [str(COMMAND), *arguments, *where], capture_output=True, text=True, cwd=self.root, check=False
        )
        assert done.returncode == exit_with, done.stdout + done.stderr
        return done.stdout

    def run(self, source: Path, *more: str) -> Any:
        """A run, which leaves somebody held; returns its report."""
        report = self.root / "report.json"
        self.call("run", str(source), "--quiet", "--report", str(report), *more, exit_with=3)
        return json.loads(report.read_bytes())

    def field(self, name: str) -> Any:
        """The field as `explain` tells it."""
        return json.loads(self.call("explain", CLIENT, name, "--json"))["fields"][0]


def client(report: Any) -> Any:
    return next(entry for entry in report["clients"] if entry["client_id"] == CLIENT)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    if not MATRIX.exists():
        pytest.skip(f"needs the real Design Matrix: {MATRIX} is absent")
    return Place(tmp_path_factory.mktemp("loop"))


@pytest.mark.shared
def test_client_is_exported_when_a_reviewer_has_decided(place: Place, tmp_path: Path) -> None:
    before = client(place.run(MATRIX))
    assert before["status"] == "held"
    assert [(reason["field"], reason["raw"]) for reason in before["reasons"]] == [(FIELD, RANGE)]
    queue = json.loads(place.call("review", "--format", "json", "--client", CLIENT))
    assert [(held["field"], held["code"]) for held in queue] == [(FIELD, "range_without_schedule")]

    # the template, filled in for this client alone
    todo = tmp_path / "todo.csv"
    place.call("review", "--format", "csv", "--write", str(todo))
    header, *rows = csv.reader(io.StringIO(todo.read_text(encoding="utf-8"), newline=""))
    filled = [
        [*row[:3], BANDS, "ana", "2026-11-22", "Plan document, section 4.2", *row[7:]]
        if row[0] == CLIENT
        else row
        for row in rows
    ]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *filled])
    todo.write_text(text.getvalue(), encoding="utf-8", newline="")

    report = place.run(MATRIX, "--resolutions", str(todo))
    after = client(report)
    assert [(entry["client_id"], entry["status"]) for entry in report["resolutions"]] == [(CLIENT, "taken")]
    assert (after["status"], after["reasons"]) == ("exported", [])
    assert any("ana" in warning["message"] for warning in after["warnings"])
    document = yaml.safe_load((place.root / "out" / after["documents"][0]).read_text(encoding="utf-8"))
    assert any("ana" in warning["message"] for warning in document["design_matrix"]["warnings"])

    told = json.loads(place.call("explain", CLIENT, "--json"))
    (field,) = [entry for entry in told["fields"] if entry["field"] == FIELD]
    assert (field["raw"], field["text_read"]) == (RANGE, BANDS)
    assert (field["status"], field["text_read_from"]) == ("reviewed", "resolution")
    assert field["leftover_tokens"] == []
    assert [(row["min_years"], row["max_years"], row["dollars"]) for row in told["engine"]["core"]] == [
        (0, 5, "1800.00"),
        (5, None, "3000.00"),
    ]
    assert [row["dollars_at_6_percent"] for row in told["engine"]["match"]] == ["1200.00"]

    again = place.run(MATRIX, "--resolutions", str(todo))
    assert [entry["status"] for entry in again["resolutions"]] == ["unchanged"]
    assert client(again)["status"] == "exported"
    (decision,) = json.loads(place.call("review", "history", "--json"))
    assert (decision["status"], decision["value"]) == ("applied", BANDS)


@pytest.mark.shared
def test_decision_is_stale_when_the_source_changes_and_refused_when_it_settles_nothing(
    place: Place, tmp_path: Path
) -> None:
    changed = tmp_path / "matrix.duckdb"
    shutil.copyfile(MATRIX, changed)
    changed.chmod(0o600)
    place.run(MATRIX)
    place.call("review", "resolve", CLIENT, FIELD, "--value", "4%", "--because", "SPD", "--reviewer", "ana")
    with duckdb.connect(str(changed)) as connection:
        connection.execute(
            f"update plan_designs set {FIELD} = '2-6% (job based)' where client_id = '{CLIENT}'"
        )
    report = place.run(changed)
    assert [entry["status"] for entry in report["resolutions"]] == ["stale"]
    assert client(report)["status"] == "held"
    assert place.field(FIELD)["text_read"] is None

    place.call("review", "resolve", CLIENT, FIELD, "--value", "3-4%", "--because", "SPD", "--reviewer", "ana")
    report = place.run(changed)
    assert [entry["status"] for entry in report["resolutions"]] == ["refused"]
    assert report["resolutions"][0]["message"]
    assert client(report)["status"] == "held"
