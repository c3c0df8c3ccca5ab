"""Decisions in a run: recorded once, refused ones named, what the build says of them reported."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

import harness.extract
from harness.report import exit_status, summary
from harness.review.file import as_csv
from harness.review.store import history
from tests.harness.review_home import BANDS, RANGE, land
from tests.harness.world import World, make_world, reference

GOOD = {
    "client_id": "70001", "field": "nonelective_formula", "raw": RANGE, "value": BANDS,
    "reviewer": "ana", "date": "2026-11-22", "reason": "per SPD",
}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = make_world(tmp_path, monkeypatch)

    def landing(connection: duckdb.DuckDBPyConnection, *_: Any, **__: Any) -> None:
        land(connection, *({"client_id": f"7000{n}", "nonelective_formula": RANGE} for n in world.numbers))

    monkeypatch.setattr(harness.extract, "land", landing)
    return world


def judging(world: World, status: str, why: str | None) -> None:
    """Let the build judge every decision in force like this."""
    build = world.build

    def judged(connection: duckdb.DuckDBPyConnection) -> None:
        build(connection)
        connection.execute(f"attach '{world.where.state}' as decided (read_only)")
        reason = "null" if why is None else f"'{why}'"
        connection.execute(
            "create or replace table int_resolutions__judged as"
            f" select '{reference(1)}' as client_ref, client_id, field, raw, value, reviewer, decided_on,"
            f" reason, resolution_id, '{status}' as status, cast({reason} as varchar) as status_reason"
            " from decided.resolution where superseded_at is null"
        )
        connection.execute("detach decided")

    world.build = judged  # type: ignore[method-assign]


def write(path: Path, *rows: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_csv(rows), encoding="utf-8", newline="")
    return path


def told(outcome: Any) -> Any:
    return json.loads(outcome.report.read_bytes())["resolutions"]


def test_good_rows_are_recorded_and_bad_ones_named_when_a_file_is_given(world: World, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.csv", GOOD, GOOD | {"client_id": "70002", "value": ""})
    outcome = world.run(resolutions=path)
    assert outcome.error is None
    assert exit_status(outcome) == 3
    assert outcome.counts["exported"] == 3
    first, second = told(outcome)
    assert first == {
        "client_id": "70001", "field": "nonelective_formula", "status": "taken",
        "message": f"mine.csv, line 2: '{BANDS}' by ana on 2026-11-22 (per SPD)",
    }  # fmt: skip
    assert second["status"] == "refused"
    assert "mine.csv, line 3: value is empty" in second["message"]
    (recorded,) = history(world.where.state)
    assert (recorded.value, recorded.raw, recorded.origin) == (BANDS, RANGE, "file:mine.csv")
    lines = "\n".join(summary(outcome, world.where))
    assert "resolutions: 1 refused, 1 taken" in lines
    assert "refused 70002 nonelective_formula: mine.csv, line 3" in lines


def test_nothing_is_recorded_or_backed_up_when_the_same_file_comes_twice(world: World) -> None:
    write(world.where.home / "resolutions.csv", GOOD)
    assert told(world.run())[0]["status"] == "taken"
    copies = len(list((world.where.home / "backups").iterdir()))
    outcome = world.run()
    assert [entry["status"] for entry in told(outcome)] == ["unchanged"]
    assert exit_status(outcome) == 0
    assert len(history(world.where.state)) == 1
    assert len(list((world.where.home / "backups").iterdir())) == copies


def test_run_goes_on_when_a_row_is_stale(world: World) -> None:
    write(world.where.home / "resolutions.csv", GOOD | {"raw": "an older text"})
    outcome = world.run()
    assert [entry["status"] for entry in told(outcome)] == ["stale"]
    assert outcome.counts["exported"] == 3
    assert history(world.where.state) == []


def test_decision_is_refused_in_the_report_when_the_build_can_not_read_its_wording(world: World) -> None:
    judging(world, "refused", "gives a range")
    write(world.where.home / "resolutions.csv", GOOD | {"value": "2-4%"})
    outcome = world.run()
    assert [(entry["status"], entry["message"][-13:]) for entry in told(outcome)] == [
        ("refused", "gives a range")
    ]
    assert exit_status(outcome) == 3


def test_earlier_decision_is_reported_when_no_file_names_it_any_more(world: World) -> None:
    judging(world, "applied", None)
    path = write(world.where.home / "resolutions.csv", GOOD)
    world.run()
    path.unlink()
    outcome = world.run()
    assert [(entry["status"], entry["message"]) for entry in told(outcome)] == [
        ("unchanged", f"'{BANDS}' by ana on 2026-11-22 (per SPD)")
    ]
    assert exit_status(outcome) == 0


def test_decision_of_another_client_is_left_out_when_the_run_is_about_one(world: World) -> None:
    judging(world, "refused", "gives a range")
    path = write(world.where.home / "resolutions.csv", GOOD)
    world.run()
    path.unlink()
    assert told(world.run("70002")) == []
    assert [entry["client_id"] for entry in told(world.run("70001"))] == ["70001"]


@pytest.mark.parametrize("content", ["client_id;field\n", None])
def test_nothing_is_built_when_the_file_is_no_resolution_file(
    world: World, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "mine.csv"
    if content is not None:
        path.write_text(content)
    world.build_fails = True
    outcome = world.run(resolutions=path)
    assert exit_status(outcome) == 2
    assert outcome.error is not None
    assert "mine.csv" in outcome.error.message


def test_state_is_backed_up_when_the_build_will_add_references(world: World) -> None:
    world.run()
    first = set((world.where.home / "backups").iterdir())
    world.numbers = [1, 2, 3, 4]
    world.run()
    copy = min(set((world.where.home / "backups").iterdir()) - first)
    with duckdb.connect(str(copy), read_only=True) as connection:
        assert connection.execute("select count(*) from client_ref").fetchall() == [(3,)]
