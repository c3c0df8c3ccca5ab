"""Quality over time: what every run found, blocked ones included, and nothing that names a client's row."""

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from harness import quality
from harness.cli import cli
from tests.harness.world import World, finding, make_world, reference, result


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(tmp_path, monkeypatch)


def rows(world: World, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(world.where.current), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_results_of_every_run_are_published_when_one_of_them_was_blocked(world: World) -> None:
    first = world.run()
    world.failing = [result("S02", "block", [finding(None)], rows_checked=500)]
    blocked = world.run()
    world.failing = []
    last = world.run()
    assert blocked.status == "blocked"
    found = rows(
        world,
        "select run_id, is_passed, rows_checked, is_latest from fct_quality_result"
        " where rule = 'S02' order by run_id",
    )
    assert found == [
        (first.run_id, True, 3, False),
        (blocked.run_id, False, 500, False),
        (last.run_id, True, 3, True),
    ]
    moments = rows(world, "select distinct checked_at from fct_quality_result")
    assert len(moments) == 3


def test_row_count_is_that_of_the_last_published_run_when_others_had_more(world: World) -> None:
    # the largest over all runs would block every load after one that was too long
    world.failing = [result("S02", "warn", rows_checked=500)]
    world.run()
    world.failing = []
    world.run()
    assert quality.last_published_rows(world.where.current) == 3
    world.failing = [result("S02", "block", [finding(None)], rows_checked=900)]
    world.run()
    assert quality.last_published_rows(world.where.current) == 3


def test_row_count_is_found_when_the_file_was_published_by_an_older_version(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "older.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table fct_quality_result as select 'S02' as rule, 12 as rows_checked")
    assert quality.last_published_rows(path) == 12
    assert quality.last_published_rows(tmp_path / "none.duckdb") is None
    assert quality.last_published_columns(tmp_path / "none.duckdb") == []


def test_sample_names_no_client_id_when_a_gate_does(world: World) -> None:
    world.numbers = [1, 2, 3, 4]
    world.failing = [
        result("P10", "hold", [finding(2, message="client 70002 of m.csv"), *(finding(n) for n in (1, 1, 3))])
    ]
    outcome = world.run()
    (text,) = rows(world, "select sample from fct_quality_result where rule = 'P10'")[0]
    sample = json.loads(str(text))
    assert len(sample) == 3
    assert sample[0] == {
        "client_ref": reference(2),
        "field": "match_formula",
        "code": "no_match_rate",
        "message": "Rule P10 holds.",
    }
    record = world.where.run_folder(outcome.run_id) / "quality.ndjson"
    assert b"70002" not in record.read_bytes()
    assert record.stat().st_mode & 0o777 == 0o600


def test_sample_is_dropped_when_its_words_became_an_identifier_later(world: World) -> None:
    world.failing = [result("P10", "hold", [finding(2, message="see 70004")])]
    world.run()
    world.failing = []
    world.numbers = [1, 2, 3, 4]
    assert world.run().error is None
    assert rows(world, "select sample from fct_quality_result where rule = 'P10' and not is_latest") == [
        (None,)
    ]


@pytest.mark.parametrize(
    ("failing", "status", "verdict"),
    [
        ([], 0, "passed"),
        ([result("P08", "warn", [finding(1)])], 0, "warns"),
        ([result("P10", "hold", [finding(1)])], 3, "holds"),
        ([result("P10", "hold", [finding(1)]), result("R01", "block", [finding(1)])], 4, "blocks"),
    ],
)
def test_gates_command_ends_as_a_run_would_when_asked_for_the_present_marts(
    world: World, monkeypatch: pytest.MonkeyPatch, failing: list[dict[str, object]], status: int, verdict: str
) -> None:
    import harness.gate.client

    world.run()

    class Answering:
        def __enter__(self) -> "Answering":
            return self

        def __exit__(self, *_: object) -> None: ...

        def check(self, *_: object, **asked: object) -> dict[str, object]:
            assert asked["last_published_rows"] == 3
            blocked = any(r["severity"] == "block" for r in failing)
            return {"results": [result("S02"), *failing], "summary": {"blocked": blocked}}

    monkeypatch.setattr(harness.gate.client, "Gate", Answering)
    done = CliRunner().invoke(cli, ["gates", "--home", str(world.where.home), "--json"])
    assert done.exit_code == status, done.output
    answer = json.loads(done.output)
    assert answer["exit_status"] == status
    assert answer["results"][-1]["verdict"] == verdict
    plain = CliRunner().invoke(cli, ["gates", "--home", str(world.where.home)]).output.splitlines()
    assert plain[0].split()[:3] == ["rule", "severity", "checkpoint"]
    assert verdict in plain[-2]
    assert plain[-1].startswith(f"{1 + len(failing)} checks: ")


def test_gates_command_says_what_to_do_when_nothing_was_built(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["gates", "--home", str(tmp_path / "nowhere")])
    assert done.exit_code == 2
    assert "planwise-export run" in done.output


def test_compat_command_prints_every_version_when_asked() -> None:
    plain = CliRunner().invoke(cli, ["compat"])
    assert plain.exit_code == 0
    for words in ("Design Matrix", "  v1", "  2.4.0 (current)", "employer_match.formulas", "DuckDB storage"):
        assert words in plain.output
    found = json.loads(CliRunner().invoke(cli, ["compat", "--json"]).output)
    graded = [row["version"] for row in found if "match service_graded" in row["held_kinds"]]
    assert graded == ["2.0.0", "2.1.0"]
