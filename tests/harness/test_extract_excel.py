"""The Excel template: rows that are no clients, cells as a person sees them, workbooks that can't be read."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from harness.errors import SourceError
from harness.extract import read_source
from harness.extract.cells import number_text
from harness.extract.template_rows import _EXAMPLE
from tests.harness.builders import (
    CLIENT,
    TEMPLATE,
    client,
    landed,
    patch_part,
    save_formula_values,
    write_workbook,
)

HEADER = list(CLIENT)
DESCRIPTION = {
    "client_id": "Unique client ID (e.g., CLIENT-001)",
    "client_name": "Company name",
    "employee_count": "Number of employees",
    "data_source": "ManualEntry (default)",
}


def example() -> list[Any]:
    """The example row as a fresh template holds it: numbers are numbers."""
    numbers = {"employee_count", "match_effective_rate", "auto_enrollment_rate", "auto_escalation_cap"}
    return [float(_EXAMPLE[name]) if name in numbers else _EXAMPLE[name] for name in TEMPLATE]


def template_row(**changes: Any) -> list[Any]:
    return [client(**changes).get(name) for name in TEMPLATE]


def test_template_rows_are_skipped_when_their_content_says_so_in_any_place(tmp_path: Path) -> None:
    description = [DESCRIPTION.get(name, "Yes or No") for name in TEMPLATE]
    rows = [TEMPLATE, template_row(), TEMPLATE, description, example(), template_row(client_id="A-2")]
    source = read_source(write_workbook(tmp_path / "m.xlsx", rows))
    assert [(row.row, row.values["client_id"]) for row in source.rows] == [(2, "A-1"), (6, "A-2")]
    assert [(item.row, item.reason) for item in source.skipped_rows] == [
        (3, "repeated header row"),
        (4, "description row of the template"),
        (5, "untouched example row of the template"),
    ]
    assert landed(source, "select _row, reason from raw.skipped_rows order by 1")[0] == (
        3,
        "repeated header row",
    )


@pytest.mark.parametrize("column", ["client_id", "match_formula", "notes", "employee_count"])
def test_example_row_is_data_when_one_cell_was_changed(tmp_path: Path, column: str) -> None:
    row = example()
    row[TEMPLATE.index(column)] = 7
    source = read_source(write_workbook(tmp_path / "m.xlsx", [TEMPLATE, TEMPLATE, row]))
    assert [item.row for item in source.rows] == [3]


def test_client_is_data_when_it_stands_where_the_example_stood(tmp_path: Path) -> None:
    source = read_source(
        write_workbook(tmp_path / "m.xlsx", [TEMPLATE, template_row(), template_row(client_id="B")])
    )
    assert source.row_count == 2


def test_zero_rows_are_an_error_when_only_template_rows_are_there(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "m.xlsx", [TEMPLATE, TEMPLATE, example()])
    with pytest.raises(
        SourceError, match=r"sheet 'Plan Data': no client rows.*row 3: untouched example"
    ) as caught:
        read_source(path)
    assert (caught.value.code, caught.value.exit_status) == ("no_client_rows", 2)


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.03, "0%", "3%"),
        (0.055, "0.0%", "5.5%"),
        (0.123456789, "0.00%", "12.3456789%"),
        (1, "0%", "100%"),
        (0.07 * 1, "0%", "7%"),
        (0.1 + 0.2, "General", "0.3"),
        (3.0, "General", "3"),
        (13000, "#,##0", "13000"),
        (1e-7, "General", "0.0000001"),
        (12345678901234567.0, "General", "12345678901234600"),
        (-0.0, "General", "0"),
        (3, '0"%"', "3%"),
        (5.5, "0.0\\%", "5.5%"),
        (0.03, '0%;[Red]"minus" 0%', "3%"),
    ],
)
def test_number_lands_as_a_person_sees_it_when_its_format_is_known(
    value: float, number_format: str, text: str
) -> None:
    assert number_text(value, number_format) == text


def test_cells_land_as_text_when_they_are_dates_booleans_errors_or_escapes(tmp_path: Path) -> None:
    header = [*HEADER, "last_updated", "plan_effective_on", "notes", "match_true_up", "state"]
    row = [
        *CLIENT.values(),
        datetime(2024, 1, 15, 10, 30),
        date(2024, 1, 15),
        "a_x0000_b_x005F_",
        True,
        "#N/A",
    ]
    source = read_source(write_workbook(tmp_path / "m.xlsx", [header, row]))
    found = landed(
        source, "select last_updated, plan_effective_on, notes, match_true_up, state from raw.plan_designs"
    )
    assert found == [("2024-01-15T10:30:00", "2024-01-15", "a\0b_", "true", "#N/A")]


def test_percentages_land_as_text_when_the_column_mixes_formats(tmp_path: Path) -> None:
    rows = [[*HEADER, "auto_enrollment_rate"]]
    rows += [
        [*client(client_id=f"A-{number}").values(), rate] for number, rate in enumerate((0.03, 3, "4 %"))
    ]
    path = write_workbook(tmp_path / "m.xlsx", rows, formats={"I2": "0%"})
    assert [row.values["auto_enrollment_rate"] for row in read_source(path).rows] == ["3%", "3", "4 %"]


def test_formula_lands_its_saved_value_when_excel_saved_one(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "m.xlsx", [HEADER, client(client_id=70001).values(), client(client_id="=A2+1").values()]
    )
    source = read_source(save_formula_values(path, {"A3": "70002"}))
    assert [row.values["client_id"] for row in source.rows] == ["70001", "70002"]


def test_formula_is_an_error_naming_the_cell_when_no_value_was_saved(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "m.xlsx", [HEADER, client(client_id=1).values(), client(client_id="=A2+1").values()]
    )
    with pytest.raises(
        SourceError, match=r"m\.xlsx, sheet 'Plan Data', cell A3 \(client_id\): the formula =A2\+1"
    ) as caught:
        read_source(path)
    assert "Open the workbook in Excel" in caught.value.hint


def test_formula_is_a_blank_when_its_saved_value_is_empty_text(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "m.xlsx", [[*HEADER, "notes"], [*client().values(), '=IF(1=1,"","x")']])
    patch_part(path, "xl/worksheets/sheet1.xml", lambda text: text.replace('<c r="I2"', '<c r="I2" t="str"'))
    assert read_source(path).rows[0].values["notes"] is None


def test_hidden_rows_and_gaps_keep_their_sheet_rows_when_read(tmp_path: Path) -> None:
    blank = [None] * len(HEADER)
    rows = [HEADER, client().values(), blank, ["  ", *blank[1:]], client(client_id="A-2").values(), blank]
    path = write_workbook(tmp_path / "m.xlsx", rows)
    patch_part(
        path, "xl/worksheets/sheet1.xml", lambda text: text.replace('<row r="5"', '<row r="5" hidden="1"')
    )
    source = read_source(path)
    assert [row.row for row in source.rows] == [2, 5]
    assert [(item.row, item.reason) for item in source.skipped_rows] == [(3, "blank row"), (4, "blank row")]


def test_cells_without_a_header_are_noted_when_they_hold_something(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "m.xlsx", [HEADER, [*client().values(), None, "check this"]])
    assert "column 10 has no name; 1 cells from row 2 on" in " ".join(read_source(path).notes)


def test_other_sheet_is_read_with_a_note_when_it_alone_has_the_header(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "m.xlsx", [["about"]], sheet="Read me", other_sheets={"Plans": [HEADER, client().values()]}
    )
    source = read_source(path)
    assert source.rows[0].sheet == "Plans"
    assert "'Plans' was read" in source.notes[0]


@pytest.mark.parametrize(
    ("sheets", "code", "says"),
    [
        ({"Other": [["a", "b"]]}, "missing_sheet", r"no sheet 'Plan Data'.*'Read me', 'Other'"),
        ({"A": [HEADER, HEADER], "B": [HEADER]}, "several_sheets", "'A', 'B'"),
    ],
)
def test_sheet_is_an_error_when_none_or_several_fit(
    tmp_path: Path, sheets: Any, code: str, says: str
) -> None:
    path = write_workbook(tmp_path / "m.xlsx", [["about"]], sheet="Read me", other_sheets=sheets)
    with pytest.raises(SourceError, match=says) as caught:
        read_source(path)
    assert caught.value.code == code


def test_missing_column_is_an_error_with_sheet_and_near_name_when_it_is_misspelt(tmp_path: Path) -> None:
    header = ["match formula" if name == "match_formula" else name for name in HEADER]
    path = write_workbook(tmp_path / "m.xlsx", [header, client().values()])
    with pytest.raises(
        SourceError, match=r"sheet 'Plan Data'.*'match_formula' \(did you mean the column 'match formula'"
    ):
        read_source(path)


def test_duplicate_column_is_an_error_when_names_differ_only_in_case_and_blanks(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "m.xlsx", [[*HEADER, " Industry "], [*client().values(), "other"]])
    with pytest.raises(SourceError, match=r"'industry' occurs 2 times \(columns 3, 9\)"):
        read_source(path)


def test_workbook_is_an_error_when_it_is_encrypted_old_truncated_or_no_workbook(tmp_path: Path) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    good = write_workbook(tmp_path / "good.xlsx", [HEADER, client().values()]).read_bytes()
    cases = {
        "encrypted_workbook": ole + "EncryptedPackage".encode("utf-16-le"),
        "old_workbook": ole + "Workbook".encode("utf-16-le"),
        "damaged_workbook": good[: len(good) // 2],
        "not_xlsx": b"client_id,client_name\n",
        "empty_file": b"",
    }
    for code, data in cases.items():
        path = tmp_path / "m.xlsx"
        path.write_bytes(data)
        with pytest.raises(SourceError, match=r"m\.xlsx") as caught:
            read_source(path)
        assert caught.value.code == code
        assert caught.value.hint


def test_sheet_is_read_when_its_recorded_size_is_wrong(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "m.xlsx", [HEADER, client().values()])
    patch_part(path, "xl/worksheets/sheet1.xml", lambda text: text.replace('ref="A1:H2"', 'ref="A1"'))
    assert read_source(path).rows[0].values["vesting_schedule"] == "3-year cliff"
