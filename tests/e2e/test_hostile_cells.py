"""Ten thousand characters, quotes, braces, newlines, emoji and NUL in any column: held or right, no crash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.e2e.command import Place, Ran, planwise
from tests.e2e.designs import Design, design
from tests.e2e.engine_check import engine_differences
from tests.e2e.matrices import RECENT
from tests.e2e.test_outputs import check_manifest
from tests.e2e.test_report import check_report
from tests.harness.builders import write_csv

BASE: dict[str, Any] = {
    "client_name": "Plain Works",
    "plan_name": "Retirement Plan",
    "industry": "manufacturing",
    "employee_count": "1200",
    "state": "OH",
    "plan_type": "401(k)",
    "eligibility": "1 year",
    "match_formula": "50% up to 6%",
    "match_effective_rate": "3%",
    "match_eligibility_criteria": "1 year",
    "match_last_day_work_rule": "no",
    "match_true_up": "yes",
    "match_contribution_frequency": "annually",
    "nonelective_formula": "2% of compensation",
    "nonelective_eligibility_criteria": "1 year",
    "nonelective_last_day_work_rule": "no",
    "nonelective_contribution_frequency": "annually",
    "auto_enrollment_enabled": "yes",
    "auto_enrollment_rate": "3%",
    "auto_enrollment_effective_year": "1900",
    "auto_escalation_enabled": "yes",
    "auto_escalation_cap": "10%",
    "auto_escalation_rate": "1%",
    "vesting_schedule": "3-year cliff",
    "participation_rate": "80%",
    "avg_deferral_rate": "6%",
    "data_source": "SPD",
    "last_updated": RECENT,
    "notes": "none",
    "plan_effective_on": "2001-01-01",
    "plan_amended_on": "2010-01-01",
    "plan_year_start_on": "2026-01-01",
    "plan_year_end_on": "2026-12-31",
}
PLAN = design(
    {
        "match": [["0", "0.06", "0.5"]],
        "core": "0.02",
        "auto_enrolment": ["0.03", 1900],
        "escalation": ["0.01", "0.10"],
        "wait": {"months": 12},
        "match_rule": [1, 0, False],
        "core_rule": [1, 0, False],
        "vesting": [0, 0, 0, 1],
    }
)
HOSTILE: dict[str, Callable[[str], str]] = {
    "long": lambda text: "x" * 10_000,
    "long behind": lambda text: text + " " + "y" * 10_000,
    "quotes": lambda text: "'; drop table raw.load; --\" '' \"\"",
    "quotes around": lambda text: f"\"{text}\" 'O''Brien'",
    "braces": lambda text: "{{ ref('x') }} {% set a = 1 %} {0} ${HOME} %s [[1]]",
    "braces behind": lambda text: text + " {}",
    "newlines": lambda text: f"{text}\r\n\n- injected: true\n---\n# note",
    "emoji": lambda text: f"{text} \U0001f600\u200d\U0001f469",
    "nul": lambda text: "a\0b",
    "nul behind": lambda text: text + "\0",
    "controls": lambda text: "\x01\x1b[31m\x7f\u2028\u202e\ufeff\ufffe",
    "yaml words": lambda text: "1e5",
    "formula": lambda text: "=cmd|' /C calc'!A0",
    "surrogate-like": lambda text: "\\ud800 &#0; %00",
}
FREE_TEXT = ("client_name", "plan_name", "notes")
REPEATED, MISSING = "HX-twice", ""


@dataclass(frozen=True)
class Hostile:
    ran: Ran
    cells: dict[str, tuple[str, str, str]]
    """client_id: column, what is wrong with it, the text."""


def _rows() -> tuple[list[dict[str, Any]], dict[str, tuple[str, str, str]]]:
    rows: list[dict[str, Any]] = []
    cells: dict[str, tuple[str, str, str]] = {}
    for column, text in BASE.items():
        for name, spoil in HOSTILE.items():
            client_id = f"HX{len(rows) + 1:04d}q"
            cells[client_id] = (column, name, spoil(text))
            rows.append({"client_id": client_id, **BASE, column: cells[client_id][2]})
    rows += [{"client_id": client_id, **BASE} for client_id in (REPEATED, REPEATED, MISSING)]
    for name in ("quotes", "braces", "emoji", "newlines", "nul behind"):
        # ids are texts, too; a blank client_id and one used twice are few enough to be held
        client_id = f"ID {name} {HOSTILE[name]('HX')}"
        cells[client_id.replace("\0", "")] = ("client_id", name, client_id)
        rows.append({"client_id": client_id, **BASE})
    return rows, cells


@pytest.fixture(scope="module")
def hostile(new_place: Callable[[str], Place], tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    rows, cells = _rows()
    source = write_csv(tmp_path_factory.mktemp("hostile") / "h.csv", rows)
    return Hostile(planwise(new_place("hostile"), "run", source), cells)


def test_run_goes_on_and_adds_up_when_every_column_is_hostile(hostile: Hostile) -> None:
    ran = hostile.ran
    assert ran.status == 3, ran.said()
    check_report(ran)
    check_manifest(ran)
    assert ran.report["counts"]["source"] == len(_rows()[0])
    assert "Traceback" not in ran.stderr


def test_rows_without_a_usable_id_are_rejected_with_file_and_row_when_they_are_few(hostile: Hostile) -> None:
    rejected = hostile.ran.report["rejected_rows"]
    assert sorted(row["problem"] for row in rejected) == ["duplicate", "duplicate", "missing"]
    assert all(row["file"] == "h.csv" and row["row"] > 1 for row in rejected)
    assert len({row["row"] for row in rejected}) == 3


def test_engine_runs_the_plan_when_a_hostile_cell_let_it_out(hostile: Hostile) -> None:
    wanted: dict[str, Design] = dict.fromkeys(hostile.ran.documents, PLAN)
    found = engine_differences(hostile.ran.documents, wanted)
    by_client: dict[str, str] = {}
    for difference in found:
        by_client.setdefault(difference.split(" over ")[0], difference)
    assert {(*hostile.cells.get(key, ("", "", ""))[:2], text) for key, text in by_client.items()} == set()


def test_client_is_exported_when_only_its_free_text_is_hostile(hostile: Hostile) -> None:
    blank = {"controls"}
    held = {
        (column, name): client["reasons"]
        for client_id, client in hostile.ran.clients.items()
        if client["status"] != "exported"
        for column, name, _ in [hostile.cells.get(client_id, ("", "", ""))]
        if column in FREE_TEXT and name not in blank
    }
    assert held == {}


def test_client_is_held_or_unchanged_when_a_design_field_is_replaced(hostile: Hostile) -> None:
    # a text that is wholly something else can never leave the design as it was
    replaced = {"long", "quotes", "braces", "nul", "formula", "surrogate-like"}
    decisive = (
        "match_formula",
        "vesting_schedule",
        "eligibility",
        "nonelective_formula",
        "auto_enrollment_enabled",
        "auto_enrollment_rate",
        "auto_enrollment_effective_year",
        "auto_escalation_enabled",
        "auto_escalation_cap",
        "auto_escalation_rate",
        "industry",
        "employee_count",
        "match_eligibility_criteria",
        "nonelective_eligibility_criteria",
        "match_last_day_work_rule",
        "nonelective_last_day_work_rule",
        "last_updated",
        "plan_effective_on",
    )
    out = {
        hostile.cells[client_id][:2]
        for client_id in hostile.ran.documents
        if client_id in hostile.cells
        and hostile.cells[client_id][0] in decisive
        and hostile.cells[client_id][1] in replaced
    }
    assert out == set()


def test_reason_shows_field_and_value_when_a_hostile_cell_holds_a_client(hostile: Hostile) -> None:
    silent = []
    for client_id, client in hostile.ran.clients.items():
        column, name, text = hostile.cells.get(client_id, ("", "", ""))
        if client["status"] == "held" and column != "client_id":
            fields = {reason["field"] for reason in client["reasons"]}
            values = [reason["raw"] for reason in client["reasons"] if reason["field"] == column]
            if column not in fields or (name in ("quotes", "braces") and text not in values):
                silent.append((column, name, client["reasons"]))
    assert silent == []


def test_raw_text_is_kept_to_the_letter_when_it_is_published(hostile: Hostile) -> None:
    refs = {client["client_ref"]: client_id for client_id, client in hostile.ran.clients.items()}
    with duckdb.connect(str(hostile.ran.place.marts), read_only=True) as marts:
        kept = {
            (refs[ref], field): raw
            for ref, field, raw in marts.execute(
                "select client_ref, field, raw from fct_field_status"
            ).fetchall()
        }
    changed = [
        (column, name)
        for client_id, (column, name, text) in hostile.cells.items()
        if (client_id, column) in kept and kept[(client_id, column)] != text
    ]
    assert changed == []


def test_many_rows_go_out_when_hostile_cells_are_elsewhere(hostile: Hostile) -> None:
    assert len(hostile.ran.documents) > 40


def test_workbook_and_documents_keep_hostile_text_when_they_are_read(tmp_path: Path) -> None:
    from harness.extract import read_source
    from tests.harness.builders import landed, write_workbook

    text = '\'; -- "{{ x }}" \U0001f600\nline two ' + "z" * 10_000
    row = {"client_id": "HX-1", **BASE, "notes": text}
    book = write_workbook(tmp_path / "h.xlsx", [list(row), list(row.values())])
    assert landed(read_source(book), "select notes from raw.plan_designs") == [(text,)]
