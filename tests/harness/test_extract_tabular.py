"""CSV, TSV and Parquet: everything is text, every row has its line, nothing is dropped silently."""

from pathlib import Path

import duckdb
import pytest

from harness.errors import SourceError
from harness.extract import read_source
from tests.harness.builders import CLIENT, client, landed, without, write_csv

HOSTILE = [
    "x" * 10_000,
    "\"quotes\" and 'single'",
    "{braces} {{ jinja }} ${x}",
    "two\nlines\r\nand three",
    "emoji \U0001f600 â€“ ½",
    "nul \0 inside",
    "; drop table raw.load; --",
    " 010 ",
    "no",
    "\ufffd\u200b\u2028",
]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_hostile_cells_survive_when_landed_from_text(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = [client(client_id=str(number), notes=text) for number, text in enumerate(HOSTILE)]
    source = read_source(write_csv(tmp_path / "m.csv", rows, delimiter, encoding))
    assert [text for (text,) in landed(source, "select notes from raw.plan_designs order by _row")] == HOSTILE


def test_every_column_lands_as_text_when_values_look_typed(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "m.csv", [client(employee_count="007", auto_enrollment_enabled="no", state="")]
    )
    found = landed(
        read_source(path), "select employee_count, auto_enrollment_enabled, state from raw.plan_designs"
    )
    assert found == [("007", "no", None)]
    types = landed(
        read_source(path),
        "select column_name, data_type from duckdb_columns()"
        " where table_name = 'plan_designs' and data_type <> 'VARCHAR'",
    )
    assert types == [("_row", "BIGINT")]


def test_row_is_the_line_of_the_file_when_cells_hold_line_breaks(tmp_path: Path) -> None:
    rows = [client(notes="a\nb\nc"), client(client_id="A-2", notes="")]
    path = write_csv(tmp_path / "m.csv", rows)
    assert [row.row for row in read_source(path).rows] == [2, 5]


def test_byte_order_mark_is_no_part_of_a_name_when_the_header_is_quoted(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "m.csv", [client()])
    header, rest = path.read_text().split("\n", 1)
    path.write_text(f'"{header.strip().replace(",", chr(34) + "," + chr(34))}"\n{rest}', encoding="utf-8-sig")
    assert read_source(path).columns[0].name == "client_id"


def test_windows_text_is_read_with_a_note_when_it_is_not_utf8(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "m.csv", [client(notes="5 – 6 ½ %")], encoding="cp1252")
    source = read_source(path)
    assert source.rows[0].values["notes"] == "5 – 6 ½ %"
    assert source.notes == ("m.csv: is not UTF-8 (line 2); it was read as Windows-1252",)
    assert landed(source, "select note from raw.load_notes") == [source.notes]


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (
            "{header}\n{row}\n{row},extra\n",
            "ragged_row",
            r"m\.csv, line 3: 9 cells where the header \(line 1\) has 8",
        ),
        ("{header}\n{row}\nshort\n", "ragged_row", "line 3: 1 cells"),
        ('{header}\n{row}\nA,"open\n', "malformed_csv", "line 3"),
        ("{header}\n", "no_client_rows", "no client rows"),
        ("{header}\n,,,,,,,\n", "no_client_rows", "no client rows"),
        ("a,b\n1,2\n", "missing_column", r"'client_id'.*'vesting_schedule'"),
        ("{header},industry\n{row},x\n", "duplicate_column", "'industry' occurs 2 times"),
    ],
)
def test_text_is_an_error_naming_the_place_when_it_is_malformed(
    tmp_path: Path, text: str, code: str, says: str
) -> None:
    row = "A,B,other,5,no,Manual,None,Immediate"
    path = tmp_path / "m.csv"
    path.write_text(text.replace("{header}", ",".join(CLIENT)).replace("{row}", row))
    with pytest.raises(SourceError, match=says) as caught:
        read_source(path)
    assert (caught.value.code, caught.value.exit_status) == (code, 2)
    assert caught.value.hint


@pytest.mark.parametrize("column", list(CLIENT))
def test_required_column_is_an_error_when_it_is_missing(tmp_path: Path, column: str) -> None:
    with pytest.raises(SourceError, match=f"the required column is missing: '{column}'"):
        read_source(write_csv(tmp_path / "m.csv", [without(column)]))


def test_unknown_columns_are_listed_when_they_are_extra(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "m.csv", [{" Client_ID ": "A", **without("client_id"), "auto_enrolment_rate": "3"}]
    )
    source = read_source(path)
    found = landed(
        source, "select column_name, canonical_name, position from raw.source_columns order by position"
    )
    assert found[0] == (" Client_ID ", "client_id", 1)
    assert found[-1] == ("auto_enrolment_rate", None, 9)
    assert "did you mean 'auto_enrollment_rate'" in source.notes[0]


@pytest.mark.parametrize(
    ("extra", "version"),
    [
        ({}, "template"),
        ({"last_updated": ""}, "v2"),
        ({"last_updated": "", "auto_escalation_rate": ""}, "v3"),
    ],
)
def test_version_is_told_by_columns_when_text_has_them(
    tmp_path: Path, extra: dict[str, str], version: str
) -> None:
    assert read_source(write_csv(tmp_path / "v1.csv", [client(**extra)])).schema_version == version


def test_version_is_v1_when_the_key_is_plan_id(tmp_path: Path) -> None:
    source = read_source(write_csv(tmp_path / "v3.csv", [{"plan_id": "P", **without("client_id")}]))
    assert source.schema_version == "v1"
    assert landed(source, "select client_id, plan_id from raw.plan_designs") == [(None, "P")]


def write_parquet(path: Path, select: str) -> Path:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"copy ({select}) to '{path}' (format parquet)")
    return path


def select_client(**expressions: str) -> str:
    """A select of one client whose columns are SQL expressions where given."""
    texts = {name: "'" + str(value).replace("'", "''") + "'" for name, value in CLIENT.items()}
    return "select " + ", ".join(f'{sql} as "{name}"' for name, sql in {**texts, **expressions}.items())


def test_parquet_lands_exact_text_when_its_columns_are_typed(tmp_path: Path) -> None:
    select = select_client(
        employee_count="13000.0::double",
        auto_enrollment_rate="0.055::double",
        auto_escalation_cap="0.10::decimal(5,2)",
        auto_enrollment_enabled="true",
        updated_at="timestamptz '2024-01-15 10:00:00+02'",
        plan_effective_on="date '2024-01-15'",
        notes="'a' || chr(0) || 'b'",
        verified_by="encode('té½t')",
    )
    found = landed(
        read_source(write_parquet(tmp_path / "m.parquet", select)),
        "select employee_count, auto_enrollment_rate, auto_escalation_cap, auto_enrollment_enabled,"
        " updated_at, plan_effective_on, notes, verified_by, _row, _sheet from raw.plan_designs",
    )
    assert found == [
        ("13000", "0.055", "0.10", "true", "2024-01-15T08:00:00Z", "2024-01-15", "a\0b", "té½t", 1, None)
    ]


def test_parquet_is_the_named_file_when_its_name_is_a_pattern_for_another(tmp_path: Path) -> None:
    write_parquet(tmp_path / "m1.parquet", select_client(client_id="'OTHER'"))
    source = read_source(write_parquet(tmp_path / "m[1].parquet", select_client()))
    assert landed(source, "select client_id from raw.plan_designs") == [("A-1",)]


def test_parquet_columns_are_matched_when_one_is_nested(tmp_path: Path) -> None:
    select = select_client(extra="{'a': 1, 'b': [1, 2]}", state="'MA'")
    source = read_source(write_parquet(tmp_path / "m.parquet", select))
    assert [column.name for column in source.columns][-2:] == ["extra", "state"]
    assert landed(source, "select state from raw.plan_designs") == [("MA",)]


def test_parquet_is_an_error_when_a_column_is_twice_or_rows_are_none_or_it_is_cut(tmp_path: Path) -> None:
    good = write_parquet(tmp_path / "good.parquet", select_client())
    path = tmp_path / "m.parquet"
    twice = write_parquet(path, select_client(**{" Industry": "'x'"}))
    with pytest.raises(SourceError, match="'industry' occurs 2 times"):
        read_source(twice)
    with pytest.raises(SourceError, match="no client rows"):
        read_source(write_parquet(path, select_client() + " where false"))
    path.write_bytes(good.read_bytes()[:-20])
    with pytest.raises(SourceError, match=r"m\.parquet: the Parquet file cannot be read"):
        read_source(path)
