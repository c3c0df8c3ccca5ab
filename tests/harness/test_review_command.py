"""`review`: the queue in three formats, answers on the terminal, history."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from harness.cli import cli
from harness.config import Settings
from harness.extract.columns import CANONICAL
from harness.lock import run_lock
from harness.review.cells import unprotected
from harness.review.file import COLUMNS, read_rows
from harness.review.queue import queue
from harness.review.store import history
from tests.harness.review_home import BANDS, RANGE, make_home, report
from tests.harness.world import reference

HOSTILE = "-  =2+3\n\x1b[31m‮"


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("PLANWISE_HOME", raising=False)
    monkeypatch.delenv("PLANWISE_REVIEWER", raising=False)
    return make_home(tmp_path)


def call(where: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["review", "--home", str(where.home), *arguments])


def resolve(where: Settings, client: str, field: str, value: str = BANDS, *more: str) -> Result:
    given = ("--value", value, "--because", "per SPD", "--reviewer", "ana")
    return call(where, "resolve", client, field, *given, *more)


def test_queue_lists_what_the_build_and_the_gates_hold_when_it_is_asked_for(where: Settings) -> None:
    found, has_texts = queue(where)
    assert has_texts
    assert [(held.client_id, held.rule, held.field, held.raw, held.code) for held in found] == [
        ("70001", "P10", "nonelective_formula", RANGE, "range_without_schedule"),
        ("70002", "P10", "match_formula", None, "unknown"),
        ("70002", "P10", "vesting_schedule", HOSTILE, "unrecognised_text"),
        ("70003", "P12", "match_formula", "Discretionary", "match_discretionary"),
    ]
    assert found[0].readings == ["3%", "5%"]
    assert found[1].readings == []
    assert (found[3].message, found[3].resolve) == ("no rate is stated", "model it elsewhere")


def test_gates_are_those_of_the_newest_run_when_there_were_several(where: Settings) -> None:
    report(where, "20261122T111111.000000Z-bbbbbb", clients=[])
    report(where, "20261122T121212.000000Z-cccccc", rules=[])  # stopped before the gates
    assert "70003" not in {held.client_id for held in queue(where)[0]}


def test_field_is_listed_once_when_build_and_gate_both_hold_it(where: Settings) -> None:
    reason: Any = {"rule": "P10", "field": "nonelective_formula", "raw": "x", "code": "x", "message": "x"}
    client = {"client_id": "70001", "client_ref": reference(1), "reasons": [reason, reason]}
    report(where, "20261122T111111.000000Z-bbbbbb", clients=[client])
    assert [held.field for held in queue(where)[0] if held.client_id == "70001"] == ["nonelective_formula"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--client", "70002"], 2),
        (["--client", reference(2), "--field", "match_formula"], 1),
        (["--field", "match_formula"], 2),
        (["--client", "70009"], 0),
    ],
)
def test_queue_is_narrowed_when_clients_or_fields_are_named(
    where: Settings, arguments: list[str], expected: int
) -> None:
    done = call(where, "--format", "json", *arguments)
    assert len(json.loads(done.stdout)) == expected


def test_table_shows_everything_and_no_control_characters_when_it_is_printed(where: Settings) -> None:
    done = call(where)
    assert done.exit_code == 0, done.output
    for part in ("4 held fields", RANGE, "3% | 5%", "(blank)", "Bank O'Brien", "no rate is stated"):
        assert part in done.stdout
    assert not {"\x1b", "‮"} & set(done.stdout)
    assert "\\u001b[31m\\u202e" in done.stdout


def test_template_is_safe_and_reads_back_when_it_is_filled_in(where: Settings, tmp_path: Path) -> None:
    path = tmp_path / "todo.csv"
    done = call(where, "--format", "csv", "--write", str(path))
    assert done.exit_code == 0, done.output
    assert path.stat().st_mode & 0o777 == 0o600
    header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    assert tuple(header[:7]) == COLUMNS
    assert read_rows(path) == []
    assert not [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]
    assert rows[1][7] == "'=cmd|'/c calc'!A1"
    # what was untouched comes back as the raw text that it was
    filled = io.StringIO(newline="")
    csv.writer(filled).writerows(
        [header, *([*row[:3], "5%", "ana", "2026-11-22", "SPD", *row[7:]] for row in rows)]
    )
    path.write_text(filled.getvalue(), encoding="utf-8", newline="")
    assert [row.cells["raw"] for row in read_rows(path)] == [RANGE, "", HOSTILE, "Discretionary"]
    assert unprotected(rows[2][2]) == HOSTILE


def test_queue_comes_from_the_published_marts_when_there_is_no_warehouse(where: Settings) -> None:
    where.warehouse.unlink()
    where.published.mkdir()
    with duckdb.connect(str(where.current)) as connection:
        connection.execute("create table dim_client as select 'x' as client_ref, 'x' as client_name")
        connection.execute(
            "create table fct_client_status as select * from (values"
            f" ('{reference(1)}', 'held', 'P10', 'nonelective_formula', 'range', 'gives a range'),"
            f" ('{reference(2)}', 'exported', null, null, null, null),"
            f" ('{reference(3)}', 'held', 'S03', null, 'duplicate', 'twice'))"
            " as t(client_ref, status, rule, field, code, message)"
        )
    found, has_texts = queue(where)
    assert [(held.client_id, held.field, held.raw) for held in found] == [
        ("70001", "nonelective_formula", None)
    ]
    assert not has_texts
    done = call(where, "--format", "csv")
    assert done.exit_code == 2
    assert "no raw texts" in done.stderr


def test_review_says_what_to_do_when_nothing_was_built(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["review", "--home", str(tmp_path)])
    assert done.exit_code == 2
    assert "planwise-export run" in done.stderr


def test_review_says_what_to_do_when_the_build_was_stopped_half_way(where: Settings) -> None:
    with duckdb.connect(str(where.warehouse)) as connection:
        connection.execute("drop table fct_field_status")
    done = call(where)
    assert done.exit_code == 2
    assert "fct_field_status" in done.stderr
    assert "planwise-export run" in done.stderr


@pytest.mark.parametrize("client", ["70001", reference(1)])
def test_answer_is_recorded_for_the_present_text_when_it_is_given_on_the_terminal(
    where: Settings, client: str
) -> None:
    done = resolve(where, client, "nonelective_formula")
    assert done.exit_code == 0, done.output
    (entry,) = history(where.state)
    assert (entry.client_id, entry.raw, entry.value, entry.reviewer, entry.reason, entry.origin) == (
        "70001", RANGE, BANDS, "ana", "per SPD", "terminal"
    )  # fmt: skip
    assert BANDS in done.stdout
    again = resolve(where, client, "nonelective_formula")
    assert "unchanged" in again.stdout
    assert len(history(where.state)) == 1


def test_blank_field_can_be_answered_when_the_source_says_nothing(where: Settings) -> None:
    assert resolve(where, "70002", "match_formula", "None").exit_code == 0
    assert history(where.state)[0].raw is None


def test_newer_answer_supersedes_and_history_keeps_both_when_it_is_given(where: Settings) -> None:
    resolve(where, "70001", "nonelective_formula", "4%")
    resolve(where, "70001", "nonelective_formula", "5%")
    resolve(where, "70001", "nonelective_formula", "4%")  # back again is a decision, too
    entries = history(where.state)
    with duckdb.connect(str(where.warehouse)) as connection:
        connection.execute(
            f"insert into int_resolutions__judged select '{reference(1)}', '70001', 'nonelective_formula',"
            f" null, '4%', 'ana', date '2026-11-22', 'x', '{entries[-1].resolution_id}', 'refused',"
            " 'gives a range'"
        )
    shown = json.loads(call(where, "history", "70001", "--json").stdout)
    assert sorted((row["value"], row["status"]) for row in shown) == [
        ("4%", "refused"), ("4%", "superseded"), ("5%", "superseded")
    ]  # fmt: skip
    plain = call(where, "history", reference(1)).stdout
    assert "3 decisions" in plain
    assert "refused (gives a range)" in plain
    assert call(where, "history").stdout == plain


def test_decision_waits_when_no_run_has_judged_it(where: Settings) -> None:
    resolve(where, "70001", "nonelective_formula")
    assert "nonelective_formula: waiting" in call(where, "history").stdout


@pytest.mark.parametrize(
    ("client", "field", "more", "said"),
    [
        ("7001", "nonelective_formula", [], "nearest: 7000"),
        ("70001", "nonelectve_formula", [], "nearest: nonelective_formula"),
        ("70001", "nonelective_formula", ["--reviewer", " "], "reviewer is empty"),
        ("70001", "nonelective_formula", ["--because", ""], "reason is empty"),
        ("70001", "nonelective_formula", ["--because", "see 70002"], "internal identifier"),
    ],
)
def test_answer_is_refused_and_nothing_written_when_it_is_wrong(
    where: Settings, client: str, field: str, more: list[str], said: str
) -> None:
    done = resolve(where, client, field, BANDS, *more)
    assert done.exit_code == 2
    assert said in done.stderr
    assert history(where.state) == []
    assert not (where.home / "backups").exists()


@pytest.mark.parametrize(
    ("variables", "reviewer"),
    [({"PLANWISE_REVIEWER": "ana b", "USER": "u"}, "ana b"), ({"USER": "u"}, "u"), ({}, None)],
)
def test_reviewer_is_taken_from_the_environment_when_none_is_named(
    where: Settings, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], reviewer: str | None
) -> None:
    monkeypatch.delenv("USER", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    done = call(where, "resolve", "70001", "nonelective_formula", "--value", "4%", "--because", "SPD")
    assert (done.exit_code == 0) is (reviewer is not None)
    assert [entry.reviewer for entry in history(where.state)] == ([reviewer] if reviewer else [])


def test_answer_waits_for_no_run_when_one_is_working(where: Settings) -> None:
    with run_lock(where.lock, "other"):
        done = resolve(where, "70001", "nonelective_formula")
    assert done.exit_code == 75
    assert history(where.state) == []


def test_home_counts_when_it_stands_behind_the_inner_command(where: Settings, tmp_path: Path) -> None:
    elsewhere = replace(where, home=tmp_path / "elsewhere")
    done = call(elsewhere, "history", "--home", str(where.home))
    assert (done.exit_code, done.stdout) == (0, "0 decisions\n")


def test_every_field_that_can_be_decided_is_a_column_when_a_matrix_is_landed() -> None:
    from harness.review.check import reviewable

    assert set(reviewable()) <= set(CANONICAL)
