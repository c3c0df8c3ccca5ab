"""Resolution files as people and spreadsheets really save them."""

from pathlib import Path

import pytest

from harness.errors import SourceError
from harness.review.file import COLUMNS, as_csv, read_rows

HEADER = ",".join(COLUMNS)
ROW = '70001,nonelective_formula,3-5% (service based),"3% 0-5 years, 5% 5+ years",ana,2026-11-22,per SPD'


def write(tmp_path: Path, content: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "resolutions.csv"
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (f"{HEADER}\n{ROW}\n", "utf-8"),
        (f"{HEADER}\r\n{ROW}\r\n", "utf-8-sig"),
        (f"{HEADER}\n{ROW}\n", "utf-16"),
        (f"{HEADER},notes\n{ROW},whatever\n", "utf-8"),
        (f"{HEADER.upper()}\n{ROW}\n", "utf-8"),
        (HEADER.replace(",", ";") + "\n" + '70001;nonelective_formula;3-5% (service based);'
         '3% 0-5 years, 5% 5+ years;ana;2026-11-22;per SPD\n', "cp1252"),
    ],
)  # fmt: skip
def test_row_is_the_same_when_another_program_saved_the_file(
    tmp_path: Path, content: str, encoding: str
) -> None:
    (row,) = read_rows(write(tmp_path, content, encoding))
    assert row.line == 2
    assert row.cells == {
        "client_id": "70001",
        "field": "nonelective_formula",
        "raw": "3-5% (service based)",
        "value": "3% 0-5 years, 5% 5+ years",
        "reviewer": "ana",
        "date": "2026-11-22",
        "reason": "per SPD",
    }


def test_row_is_left_out_when_nobody_has_filled_it_in(tmp_path: Path) -> None:
    text = as_csv([{"client_id": "1", "field": "state", "raw": "x"}, {"client_id": "2", "value": "MA"}])
    assert [(row.line, row.cells["client_id"]) for row in read_rows(write(tmp_path, text))] == [(3, "2")]


def test_line_is_that_of_the_record_when_a_cell_before_holds_line_breaks(tmp_path: Path) -> None:
    text = as_csv([{"client_id": "1", "raw": "a\nb\nc", "value": "x"}, {"client_id": "2", "value": "y"}])
    rows = read_rows(write(tmp_path, text))
    assert [(row.line, row.cells["raw"]) for row in rows] == [(2, "a\nb\nc"), (5, "")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"{HEADER.replace('reviewer', 'reviewr')}\n", "no column reviewer (there is 'reviewr')"),
        (f"{HEADER},value\n", "two columns are named value"),
        (f'{HEADER}\n1,state,"x\n', "line 2"),
        ("nothing of the kind\n", "no column client_id"),
    ],
)
def test_file_is_refused_with_its_line_when_it_cant_be_read(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_rows(write(tmp_path, content))
    assert said in caught.value.message
    assert "resolutions.csv" in caught.value.message
    assert caught.value.exit_status == 2


def test_row_keeps_its_fault_when_a_comma_stands_unquoted(tmp_path: Path) -> None:
    # the commonest slip of all must not stop the rows that are right
    slip = ROW.replace('"', "")
    first, second = read_rows(write(tmp_path, f"{HEADER}\n{slip}\n{ROW}\n"))
    assert first.fault
    assert "8 cells where the header has 7" in first.fault
    assert (first.cells["client_id"], first.cells["field"]) == ("70001", "nonelective_formula")
    assert second.fault is None


def test_file_is_refused_when_it_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_rows(tmp_path / "none.csv")
