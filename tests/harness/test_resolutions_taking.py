"""Which rows are taken: form, client, field, present text, duplicates, and what was decided before."""

import re
from pathlib import Path

import pytest

from harness.identifiers import Scanner
from harness.review.check import Load, reviewable
from harness.review.file import FileRow
from harness.review.store import Decision, Recorded
from harness.review.taking import Verdict, after_build, weigh
from tests.harness.review_home import BANDS, RANGE

ROOT = Path(__file__).resolve().parents[2]
LOAD = Load(
    "matrix.csv",
    {
        (client_id, field): {("70001", "nonelective_formula"): RANGE, ("70002", "state"): " MA"}.get(
            (client_id, field)
        )
        for client_id in ("70001", "70002")
        for field in reviewable()
    },
    Scanner([("client_id", "70001"), ("client_id", "70002"), ("short name", "ana")]),
)


def row(line: int = 2, **cells: str) -> FileRow:
    given = {
        "client_id": "70001",
        "field": "nonelective_formula",
        "raw": RANGE,
        "value": BANDS,
        "reviewer": "ana",
        "date": "2026-11-22",
        "reason": "per SPD",
    }
    return FileRow(line, given | cells)


def recorded(superseded_at: str | None = None, **more: str | None) -> Recorded:
    said = {
        "client_id": "70001",
        "field": "nonelective_formula",
        "raw": RANGE,
        "value": BANDS,
        "reviewer": "ana",
        "decided_on": "2026-11-22",
        "reason": "per SPD",
    } | more
    return Recorded(
        **said,  # type: ignore[arg-type]
        resolution_id="r_1",
        recorded_at="2026-11-22T10:00:00Z",
        origin="terminal",
        superseded_at=superseded_at,
        superseded_by="r_2" if superseded_at else None,
    )


def statuses(rows: list[FileRow], before: list[Recorded] | None = None) -> list[str]:
    return [verdict.status for verdict in weigh(rows, "resolutions.csv", LOAD, before or [])[0]]


def test_row_is_taken_when_it_is_faultless() -> None:
    verdicts, new = weigh([row()], "resolutions.csv", LOAD, [])
    assert [verdict.status for verdict in verdicts] == ["taken"]
    assert new == [
        Decision("70001", "nonelective_formula", RANGE, BANDS, "ana", "2026-11-22", "per SPD"),
    ]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"client_id": "7001"}, ["client_id '7001' is not in matrix.csv", "nearest: 7000"]),
        ({"client_id": ""}, ["client_id is empty"]),
        ({"field": "nonelectiv_formula"}, ["field 'nonelectiv_formula'", "nearest: nonelective_formula"]),
        ({"field": "client_name"}, ["field 'client_name' can't be decided"]),
        ({"value": ""}, ["value is empty", "50% up to 6%"]),
        ({"reviewer": ""}, ["reviewer is empty"]),
        ({"reason": ""}, ["reason is empty"]),
        ({"reason": "as for client 70002"}, ["reason names an internal identifier", "'70002'"]),
        ({"value": "4%\n5%"}, ["value '4%\\n5%' holds a line break"]),
        ({"reason": "x" * 501}, ["reason", "longer than 500 characters"]),
        ({"date": "11/22/2026"}, ["date '11/22/2026' is no day", "2026-11-22"]),
        ({"date": "20261122"}, ["date '20261122' is no day"]),
        ({"date": "2026-02-30"}, ["date '2026-02-30' is no day"]),
        ({"date": ""}, ["date is empty"]),
    ],
)
def test_row_is_refused_with_place_and_remedy_when_a_cell_is_wrong(
    cells: dict[str, str], said: list[str]
) -> None:
    (wrong, right), new = weigh(
        [row(7, **cells), row(8, client_id="70002", raw="")], "resolutions.csv", LOAD, []
    )
    assert (wrong.status, right.status) == ("refused", "taken")
    assert wrong.message.startswith("resolutions.csv, line 7: ")
    for part in said:
        assert part in wrong.message
    assert [decision.client_id for decision in new] == ["70002"]


def test_every_fault_is_told_when_a_row_has_several() -> None:
    (verdict,), _ = weigh([row(value="", date="soon")], "resolutions.csv", LOAD, [])
    assert "value is empty" in verdict.message
    assert "date 'soon'" in verdict.message


def test_row_is_refused_when_it_has_a_cell_too_many() -> None:
    broken = FileRow(4, row().cells, "8 cells where the header has 7")
    (verdict,), new = weigh([broken], "resolutions.csv", LOAD, [])
    assert (verdict.status, new) == ("refused", [])
    assert verdict.message == "resolutions.csv, line 4: 8 cells where the header has 7"


def test_both_rows_are_refused_when_they_decide_the_same_field() -> None:
    verdicts, new = weigh([row(2), row(9, value="4%")], "resolutions.csv", LOAD, [])
    assert [verdict.status for verdict in verdicts] == ["refused", "refused"]
    assert "lines 2, 9" in verdicts[0].message
    assert new == []


@pytest.mark.parametrize("raw", ["", "3-6% (service based)", RANGE.upper()])
def test_row_is_stale_and_not_recorded_when_the_source_has_another_text(raw: str) -> None:
    (verdict,), new = weigh([row(raw=raw)], "resolutions.csv", LOAD, [])
    assert verdict.status == "stale"
    assert RANGE in verdict.message
    assert new == []


def test_text_is_the_same_when_only_blanks_around_it_differ() -> None:
    assert statuses([row(client_id="70002", field="state", raw="MA ")]) == ["taken"]
    assert statuses([row(client_id="70002", field="industry", raw="")]) == ["taken"]


def test_nothing_is_recorded_when_the_decision_is_in_force_already() -> None:
    (verdict,), new = weigh([row()], "resolutions.csv", LOAD, [recorded()])
    assert (verdict.status, new) == ("unchanged", [])


@pytest.mark.parametrize("changed", [{"value": "4%"}, {"reason": "amended"}, {"date": "2026-11-23"}])
def test_row_is_taken_when_it_differs_from_the_decision_in_force(changed: dict[str, str]) -> None:
    assert statuses([row(**changed)], [recorded()]) == ["taken"]


def test_old_row_stays_superseded_when_somebody_decided_otherwise_on_the_terminal() -> None:
    # the file in the home is read by every run: it must not undo a later decision
    before = [recorded("2026-11-22T11:00:00Z"), recorded(value="4%")]
    (verdict,), new = weigh([row()], "resolutions.csv", LOAD, before)
    assert (verdict.status, new) == ("unchanged", [])
    assert "superseded by '4%'" in verdict.message


def test_old_row_is_taken_again_when_the_later_decision_was_about_another_text() -> None:
    before = [recorded("2026-11-22T11:00:00Z"), recorded(raw="another text", value="4%")]
    assert statuses([row()], before) == ["taken"]


@pytest.mark.parametrize("status", ["refused", "stale"])
def test_verdict_follows_the_build_when_the_wording_settles_nothing(status: str) -> None:
    taken = [Verdict("70001", "nonelective_formula", "taken", "line 2")]
    (verdict,) = after_build(taken, {taken[0].about: (status, "gives a range", "r_1")}, [])
    assert (verdict.status, verdict.message) == (status, "line 2 - gives a range")


def test_decision_is_told_when_no_row_of_the_file_repeats_it() -> None:
    (verdict,) = after_build([], {("70001", "nonelective_formula"): ("applied", None, "r_1")}, [recorded()])
    assert (verdict.status, verdict.message) == ("unchanged", f"'{BANDS}' by ana on 2026-11-22 (per SPD)")


def test_row_stays_refused_when_another_decision_is_applied() -> None:
    refused = Verdict("70001", "nonelective_formula", "refused", "line 2: value is empty")
    assert after_build([refused], {refused.about: ("applied", None, "r_1")}, [recorded()]) == [refused]


def test_fields_are_those_of_the_models_when_a_file_is_checked() -> None:
    # the schema and the macro are two lists of the same thing; a field in one alone would be lost silently
    macro = ROOT / "macros" / "design" / "reviewable_fields.sql"
    assert tuple(re.findall(r"'(\w+)'", macro.read_text(encoding="utf-8"))) == reviewable()
