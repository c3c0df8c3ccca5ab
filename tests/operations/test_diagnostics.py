"""The diagnosis of a run: what the gates found, blocking first, and nobody's name."""

import json
from pathlib import Path

import pytest

from harness import diagnostics
from harness.config import settings
from harness.errors import GateError
from harness.render import Stamp
from harness.run import Request, Run
from tests.harness.world import finding, result


@pytest.fixture
def run(tmp_path: Path) -> Run:
    where = settings(tmp_path / "home", tmp_path / "out")
    run = Run(where, Request("run", tmp_path / "matrix_of_the_bank.csv"), Stamp("r1", "2026-11-22T00:00:00Z"))
    run.identifiers = [("client_id", "70001"), ("source file", "matrix_of_the_bank.csv")]
    return run


def test_rows_are_those_of_the_blocking_gate_when_others_failed_too(run: Run) -> None:
    held = [finding(number, raw=f"70001 wrote {number}") for number in range(1, 5)]
    block = finding(None, client_id="70001", code="too_few", message="70001 is in matrix_of_the_bank.csv")
    run.results = [result("P10", "hold", held), result("S02", "block", [block]), result("S01")]
    found = diagnostics.of_run(run, GateError("blocked", "too few rows in matrix_of_the_bank.csv"), "gates")
    assert [row["rule"] for row in found["sample_rows"]] == ["S02", "P10", "P10"]
    assert found["sample_rows"][1]["raw"] == "[client_id] wrote 1"
    text = json.dumps(found)
    assert "70001" not in text
    assert "matrix_of_the_bank" not in text
    assert (found["command"], found["step"], found["error"]["kind"]) == ("run", "gates", "gate")


def test_rows_are_the_rejected_when_no_gate_was_asked(run: Run) -> None:
    run.rejected = [{"client_id": "70001", "file": "m.csv", "row_number": 7, "code": "missing"}]  # type: ignore[list-item]
    found = diagnostics.of_run(run, GateError("x", "y"))
    assert found["sample_rows"] == [{"row_number": 7, "code": "missing"}]
