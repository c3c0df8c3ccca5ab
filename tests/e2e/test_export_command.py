"""`planwise-export export`, and what every command prints."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.e2e.command import Place, Ran, environment, planwise, scenario_names
from tests.e2e.conftest import History


@pytest.fixture
def sample_place(sample: History, tmp_path: Path) -> Place:
    return sample.rebuilt.place.copy(tmp_path / "place")


def test_client_is_rendered_from_the_marts_when_it_is_named_by_id_or_by_reference(
    sample: History, sample_place: Place
) -> None:
    for secret in ("warehouse.duckdb",):
        (sample_place.home / secret).unlink()
    before = sample_place.files()
    reference = sample.first.clients["DM-1005"]["client_ref"]
    ran = planwise(sample_place, "export", "DM-1004", reference)
    assert ran.status == 0, ran.said()
    assert ran.report["counts"] == {"source": 2, "exported": 2, "held": 0, "rejected": 0}
    assert set(ran.clients) == {"DM-1004", "DM-1005"}
    assert set(ran.files) == set(before)
    about = {name for client in ran.clients.values() for name in scenario_names(client)}
    assert {f"{client['client_ref']}_baseline.yaml" for client in ran.clients.values()} <= about
    assert {name for name in before if before[name] != ran.files[name]} == about | {"MANIFEST.json"}
    for name in about:
        old, new = (yaml.load(files[name], Loader=yaml.CSafeLoader) for files in (before, ran.files))
        for document in (old, new):
            del document["design_matrix"]["run_id"], document["design_matrix"]["generated_at"]
        assert old == new


def test_export_refuses_and_names_the_nearest_when_the_client_is_unknown(sample_place: Place) -> None:
    before = sample_place.snapshot()
    ran = planwise(sample_place, "export", "DM-10044")
    assert ran.status == 2
    assert "DM-10044" in ran.stderr
    assert "DM-1004" in ran.stderr
    assert sample_place.snapshot() == before


def test_export_says_what_holds_the_client_when_it_is_held(sample_place: Place) -> None:
    before = sample_place.files()
    ran = planwise(sample_place, "export", "DM-1071")
    assert ran.status == 3, ran.said()
    assert "DM-1071" in ran.stdout
    assert "match" in ran.stdout
    assert ran.reasons("DM-1071") == {("P10", "match_formula", "no_match_rate")}
    assert {name for name in ran.files if name.endswith(".yaml")} == {
        name for name in before if name.endswith(".yaml")
    }


def test_export_says_to_run_first_when_nothing_was_published(tmp_path: Path) -> None:
    ran = planwise(Place(tmp_path / "new"), "export", "DM-1004")
    assert ran.status == 2
    assert "planwise-export run" in ran.stderr


def test_export_imports_neither_dbt_nor_great_expectations_when_it_renders(sample_place: Place) -> None:
    # their imports take 3.4 and 6.2 seconds
    code = "import sys; from harness.cli import main; sys.argv[0] = 'planwise-export'; main()"
    where = ["--home", str(sample_place.home), "--out", str(sample_place.out)]
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code, "export", "DM-1004", *where],
        capture_output=True,
        text=True,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr[-500:]
    imported = {
        line.rsplit("|", 1)[-1].strip()
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert "duckdb" in imported
    heavy = [
        name
        for name in imported
        if name.split(".")[0] in ("dbt", "great_expectations", "pandas", "sqlalchemy", "pyarrow")
    ]
    assert heavy == []


def test_summary_is_json_when_it_is_asked_for(sample_place: Place) -> None:
    ran = planwise(sample_place, "export", "DM-1004", "--json")
    said = json.loads(ran.stdout)
    assert said["counts"]["exported"] == 1
    assert said["exit_status"] == ran.status == 0
    assert Path(said["report"]) == ran.report_path
    assert ran.stderr == ""


def test_nothing_is_printed_when_quiet_was_asked_for_and_all_is_well(sample_place: Place) -> None:
    ran = planwise(sample_place, "export", "DM-1004", "--quiet")
    assert (ran.status, ran.stdout, ran.stderr) == (0, "", "")


def test_error_is_printed_when_quiet_was_asked_for(sample_place: Place) -> None:
    ran = planwise(sample_place, "export", "nobody", "--quiet")
    assert ran.status == 2
    assert ran.stdout == ""
    assert "nobody" in ran.stderr


def test_json_summary_tells_of_the_error_when_a_run_fails(tmp_path: Path) -> None:
    ran = planwise(Place(tmp_path / "place"), "run", tmp_path / "absent.csv", "--json")
    assert ran.status == 2
    assert json.loads(ran.stdout)["error"]["code"] == "no_such_file"


def test_progress_names_every_step_with_seconds_when_no_terminal_is_there(sample: History) -> None:
    for step in ("extract", "build", "gates", "plan", "render", "verify", "history", "publish", "deliver"):
        assert any(line.startswith(step) and " s " in line for line in sample.first.stderr.splitlines()), step
    assert "\x1b" not in sample.first.stdout + sample.first.stderr


@pytest.mark.parametrize(
    "arguments", [["run"], ["export"], ["run", "x.csv", "--units", "pounds"], ["render"]]
)
def test_usage_error_is_two_when_arguments_are_wrong(tmp_path: Path, arguments: list[str]) -> None:
    ran: Ran = planwise(Place(tmp_path / "place"), *arguments)
    assert ran.status == 2
    assert "Usage" in ran.stderr
