"""CRM records: one document in, one JSON file out; all of a release as CSV and JSON lines."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exporters import Target
from exporters.canonical import dump
from exporters.crm import bundle, check_bundle, read, refusal, refusals, render
from exporters.crm_csv import Limits
from exporters.crm_mapping import load_mapping
from exporters.yaml import from_json
from harness.errors import SourceError
from harness.verify import same, validator
from tests.exporters.crm_records import FULL, GOLDEN, POOR, contents, golden, mapped, record

CRM = Target("crm", "exp_crm__account", "exporters.crm", ".json", "crm-account-1.0.json", folder="records")

HOSTILE = {
    "formula": '=HYPERLINK("http://x";"y")',
    "plus": "+1",
    "minus": "-1+1|cmd",
    "at": "@SUM(A1)",
    "tab": "\t=1",
    "carriage return": "\r=1",
    "line feed": "\n=1",
    "full width": "\uff1d1",
    "the CRM's word": "#N/A",
    "guarded already": "'=1",
    "apostrophe": "'quoted'",
    "O'Brien": "O'Brien",
    "quotes": 'the "gold" standard, 50%',
    "lines": "one\ntwo\r\nthree",
    "semicolon": "a;=1",
    "spaces": " padded ",
    "leading zeros": "007",
    "a word of YAML": "no",
    "unicode": "Zürich, \u6771\u4eac, \U0001f600",
}


def cells(folder: Path, name: str = "accounts.csv") -> list[dict[str, str]]:
    """The rows as any CSV reader gives them."""
    return list(csv.DictReader(io.StringIO((folder / name).read_bytes().decode("utf-8"), newline="")))


def bundled(folder: Path, documents: list[Any], home: Path | None = None, **more: Any) -> list[str]:
    names = bundle(folder, contents(*documents), home or folder, **more)
    check_bundle(folder, contents(*documents), home or folder)
    return names


@pytest.mark.parametrize("ref", [FULL, POOR])
def test_bytes_are_the_golden_ones_when_the_record_is(ref: str) -> None:
    """Any change of layout or of a number's digits shows here first."""
    assert render(golden(ref)) == (GOLDEN / f"crm_account_{ref}.json").read_bytes()


@pytest.mark.parametrize("name", ["accounts.csv", "accounts.jsonl"])
def test_bundle_is_the_golden_one_when_the_records_are(tmp_path: Path, name: str) -> None:
    """What a CRM takes would change unseen; no byte order mark, LF at every line's end."""
    assert bundled(tmp_path, [golden(), golden(POOR)]) == ["accounts.csv", "accounts.jsonl", "mapping.yml"]
    assert (tmp_path / name).read_bytes() == (GOLDEN / f"crm_{name}").read_bytes()


@pytest.mark.parametrize("ref", [FULL, POOR])
def test_record_fits_the_schema_when_it_is_golden(ref: str) -> None:
    assert problems(golden(ref)) == []


def problems(document: Any) -> list[str]:
    return [".".join(map(str, error.absolute_path)) for error in validator(CRM).iter_errors(document)]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("plan_health_score", {"action": "leave", "value": None, "reason": "unknown"}),
        ("plan_health_score", {"value": None}),
        ("plan_health_score", {"value": "32.9"}),
        ("plan_health_score", {"reason": "because"}),
        ("plan_health_band", {"value": "fine"}),
        ("retirement_readiness", {"value": Decimal("0.5")}),
        ("retirement_readiness", {"reason": None}),
        ("peer_adoption_match", {"percent": None}),
        ("data_as_of", {"value": "22.11.2026"}),
        ("last_export", {"from": "warnings"}),
        ("recommendation_1", {"value": ""}),
        ("recommendation_1", {"more": 1}),
    ],
)
def test_schema_refuses_when_a_field_is_not_decided_rightly(field: str, change: dict[str, Any]) -> None:
    document = golden()
    document["fields"][field].update(change)
    assert problems(document) != []


def test_schema_refuses_when_a_field_is_missing_or_the_client_is_named() -> None:
    document = golden()
    del document["fields"]["warnings"]
    assert problems(document) == ["fields"]
    assert problems(golden() | {"client_name": "Acme"}) == [""]


@pytest.mark.parametrize("what", HOSTILE)
def test_text_comes_back_and_runs_nowhere_when_it_is_hostile(tmp_path: Path, what: str) -> None:
    """A spreadsheet would run it, the CRM clear the field, or the next cell begin in its middle."""
    text = HOSTILE[what]
    document = record(recommendation_1=text)
    assert same(read(render(document)), document)
    bundled(tmp_path, [document, record(1)])
    first, second = cells(tmp_path)
    assert first["PlanWise_Rec_1__c"].removeprefix("'" if first["PlanWise_Rec_1__c"] != text else "") == text
    assert first["PlanWise_Rec_1__c"][0] not in "=+-@\t\r\n\uff1d"
    assert first["PlanWise_Rec_1__c"] != "#N/A"
    assert second["PlanWise_Ref__c"] == f"c{1:015x}"
    line = json.loads((tmp_path / "accounts.jsonl").read_text(encoding="utf-8").split("\n")[0])
    assert line["PlanWise_Rec_1__c"] == first["PlanWise_Rec_1__c"]  # both ways put the same into the CRM


@pytest.mark.parametrize("what", ["apostrophe", "O'Brien", "leading zeros", "a word of YAML", "quotes"])
def test_text_is_sent_as_it_is_when_nothing_would_run_it(tmp_path: Path, what: str) -> None:
    bundled(tmp_path, [record(recommendation_1=HOSTILE[what])])
    assert cells(tmp_path)[0]["PlanWise_Rec_1__c"] == HOSTILE[what]


@pytest.mark.parametrize("value", ["-0.25", "-0.000001", "0", "0.123456", "1"])
def test_number_stays_a_number_when_it_is_negative_or_has_six_places(tmp_path: Path, value: str) -> None:
    """An apostrophe, an exponent or a rounded digit would make it another value, or none."""
    read_as = from_json(value)
    bundled(tmp_path, [record(plan_health_score=read_as, recommendation_1_cost_rate_low=read_as)])
    row = cells(tmp_path)[0]
    assert row["PlanWise_Health_Score__c"] == value
    assert Decimal(row["PlanWise_Rec_1_Cost_Rate_Low__c"]) == Decimal(value) * 100
    assert "E" not in row["PlanWise_Rec_1_Cost_Rate_Low__c"]


def test_cell_is_empty_or_na_when_the_field_is_left_or_cleared(tmp_path: Path) -> None:
    """Salesforce ignores an empty cell and clears at #N/A; for a REST client a key is absent, or null."""
    document = golden(POOR)
    actions = {field: said["action"] for field, said in document["fields"].items()}
    assert set(actions.values()) == {"set", "leave", "clear"}
    bundled(tmp_path, [document])
    row = cells(tmp_path)[0]
    line = json.loads((tmp_path / "accounts.jsonl").read_text(encoding="utf-8"))
    for column in load_mapping(tmp_path).columns:
        expected = {"leave": row[column.name] == "", "clear": row[column.name] == "#N/A"}
        assert expected.get(actions[column.field], row[column.name] not in ("", "#N/A")), column.field
        assert (column.name in line) == (actions[column.field] != "leave")
        assert (line.get(column.name, 0) is None) == (actions[column.field] == "clear")


def test_warnings_are_cleared_when_there_are_none(tmp_path: Path) -> None:
    """Else what was warned about once would stand in the CRM for ever."""
    bundled(tmp_path, [golden() | {"warnings": []}])
    assert cells(tmp_path)[0]["PlanWise_Warnings__c"] == "#N/A"


def test_warnings_are_left_when_the_record_says_so(tmp_path: Path) -> None:
    """What becomes of an empty field is SQL's to say, whatever the field."""
    document = golden()
    document["fields"]["warnings"]["when_empty"] = "leave"
    bundled(tmp_path, [document | {"warnings": []}])
    assert cells(tmp_path)[0]["PlanWise_Warnings__c"] == ""
    assert "PlanWise_Warnings__c" not in json.loads((tmp_path / "accounts.jsonl").read_text(encoding="utf-8"))


def test_last_export_is_the_stamp_when_it_is_rendered(tmp_path: Path) -> None:
    document = golden() | {"generated_at": "2027-03-04T05:06:07.891234Z"}
    bundled(tmp_path, [document])
    assert cells(tmp_path)[0]["PlanWise_Last_Export__c"] == "2027-03-04T05:06:07.891Z"


def test_warning_goes_out_when_it_quotes_a_broken_cell(tmp_path: Path) -> None:
    """One NUL in somebody's cell would otherwise stop the files of all clients."""
    bundled(
        tmp_path, [golden() | {"warnings": [{"rule": "P10", "field": "f", "message": "'a\x00b' is no rate"}]}]
    )
    assert cells(tmp_path)[0]["PlanWise_Warnings__c"] == "P10 f: 'a\ufffdb' is no rate"


def test_warnings_are_shortened_visibly_when_the_field_is_short(tmp_path: Path) -> None:
    """A text cut in silence reads as the whole truth."""
    home = mapped(tmp_path / "home", ("length: 32000", "length: 90"))
    warnings = [{"rule": "P10", "field": f"f{n}", "message": "is derived."} for n in range(9)]
    bundled(tmp_path, [golden() | {"warnings": warnings}], home)
    assert cells(tmp_path)[0]["PlanWise_Warnings__c"] == (
        "P10 f0: is derived.\nP10 f1: is derived.\nP10 f2: is derived.\n\u2026 and 6 more"
    )
    one = [{"rule": "P10", "field": "f", "message": "x" * 200}]
    (tmp_path / "one").mkdir()
    bundled(tmp_path / "one", [golden() | {"warnings": one}], home)
    cell = cells(tmp_path / "one")[0]["PlanWise_Warnings__c"]
    assert len(cell) == 90
    assert cell.endswith("xx\u2026 and 142 more characters")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("recommendation_1", "x" * 256, "256 characters, the mapping gives the field 255"),
        ("recommendation_1", "=" * 255, "256 characters"),
        ("recommendation_1", "\U0001f600" * 128, "256 characters"),
        ("recommendation_1", "bell \x07", "control character"),
        ("recommendation_1", "", "no text"),
        ("plan_health_band", "fine", "none of vulnerable"),
        ("plan_health_score", Decimal("1.2345678"), "does not fit"),
        ("plan_health_score", Decimal("1234567890123"), "does not fit"),
    ],
)
def test_record_is_refused_by_name_when_a_value_does_not_fit(
    tmp_path: Path, field: str, value: Any, told: str
) -> None:
    """Cut or rounded, it would be another value in the CRM, and nobody would know."""
    found = refusal(record(**{field: value}), load_mapping(tmp_path))
    assert found is not None
    assert found[0] == field
    assert told in found[1]
    assert refusal(golden(), load_mapping(tmp_path)) is None
    with pytest.raises(SourceError, match=f"c{7:015x}, {field}"):
        bundle(tmp_path, contents(record(1), record(7, **{field: value})), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_records_are_asked_before_they_are_rendered_when_the_mapping_is_narrower(tmp_path: Path) -> None:
    """Else the first record that does not fit would stop the files of all."""
    assert refusals(tmp_path) is None
    home = mapped(
        tmp_path, ("PlanWise_Rec_1__c, type: Text, length: 255", "PlanWise_Rec_1__c, type: Text, length: 9")
    )
    ask = refusals(home)
    assert ask is not None
    unstamped = record(recommendation_1="ten_is_too") | {"generated_at": None, "run_id": None}
    assert (ask(unstamped) or ("",))[0] == "recommendation_1"
    assert ask(record(recommendation_1="nine_fits") | {"generated_at": None}) is None


def test_files_are_split_when_one_job_does_not_take_them(tmp_path: Path) -> None:
    """A file above the limit is refused as a whole; a record cut in two is two wrong ones."""
    documents = [record(n, recommendation_1="two\nlines") for n in range(7)]
    whole = len((bundled(tmp_path, documents), (tmp_path / "accounts.csv").read_bytes())[1])
    for number, limits in enumerate((Limits(data_bytes=whole // 2), Limits(base64_bytes=whole * 2 // 3))):
        folder = tmp_path / str(number)
        folder.mkdir()
        names = bundled(folder, documents, tmp_path, limits=limits)
        parts = [name for name in names if name.endswith(".csv")]
        assert parts == [f"accounts-{n:04}.csv" for n in range(1, len(parts) + 1)]
        assert len(parts) > 1
        assert all(limits.take((folder / name).stat().st_size) for name in parts)
        refs = [row["PlanWise_Ref__c"] for name in parts for row in cells(folder, name)]
        assert refs == [document["client_ref"] for document in documents]


def test_limits_are_salesforces_when_none_are_given() -> None:
    assert Limits().take(100_000_000)
    assert not Limits().take(100_000_001)
    assert Limits(data_bytes=10**12).take(112_500_000)  # 150,000,000 in base64
    assert not Limits(data_bytes=10**12).take(112_500_001)


def test_record_is_refused_when_one_job_does_not_take_it_alone(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="more than one job takes"):
        bundle(tmp_path, contents(record()), tmp_path, limits=Limits(data_bytes=1500))


def test_only_the_header_is_written_when_there_are_no_records(tmp_path: Path) -> None:
    bundled(tmp_path, [])
    assert (tmp_path / "accounts.csv").read_bytes().count(b"\n") == 1
    assert (tmp_path / "accounts.jsonl").read_bytes() == b""


def test_columns_follow_the_mapping_when_the_firm_has_its_own(tmp_path: Path) -> None:
    home = mapped(
        tmp_path / "home",
        ("object: Account", "object: Plan__c"),
        ("external_id: PlanWise_Ref__c", "external_id: fidx__Ref__c"),
        (
            "name: PlanWise_Preparedness_Gap__c, type: Percent, length: 18, scale: 4",
            "name: Gap__c, type: Number, scale: 6",
        ),
    )
    bundled(tmp_path, [record(preparedness_gap=Decimal("0.0412"))], home)
    row = cells(tmp_path)[0]
    assert next(iter(row)) == "fidx__Ref__c"
    assert row["Gap__c"] == "0.0412"  # a number is the fraction, a percent the percent number
    assert json.loads((tmp_path / "accounts.jsonl").read_text())["attributes"] == {"type": "Plan__c"}
    assert "Plan__c" in (tmp_path / "mapping.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("accounts.csv", "32.87619", "32.87618"),
        ("accounts.csv", "#N/A", ""),
        ("accounts.csv", ",#N/A", ",0"),
        ("accounts.csv", FULL, POOR),
        ("accounts.csv", "PlanWise_Health_Band__c", "PlanWise_Band__c"),
        ("accounts.csv", "Ümläut", "Umlaut"),
        ("accounts.jsonl", "32.87619", "32.87618"),
        ("accounts.jsonl", ":null", ":0"),
        ("accounts.jsonl", '"PlanWise_Health_Score__c":32.87619,', ""),
        ("accounts.jsonl", '"type":"Account"', '"type":"Contact"'),
        ("mapping.yml", "length: 255", "length: 254"),
    ],
)
def test_check_names_the_difference_when_a_file_was_changed(
    tmp_path: Path, name: str, before: str, after: str
) -> None:
    """What was written is not what the records say, and would be loaded all the same."""
    bundled(tmp_path, [golden(), golden(POOR)])
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert before in text
    (tmp_path / name).write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=r"accounts|CSV|mapping|header"):
        check_bundle(tmp_path, contents(golden(), golden(POOR)), tmp_path)


def test_check_fails_when_a_part_is_missing(tmp_path: Path) -> None:
    documents = [record(n) for n in range(7)]
    names = bundled(tmp_path, documents, limits=Limits(data_bytes=5000))
    (tmp_path / names[1]).unlink()
    with pytest.raises(ValueError, match="not whole"):
        check_bundle(tmp_path, contents(*documents), tmp_path)


@pytest.mark.parametrize(
    "value", [0.5, float("nan"), Decimal("NaN"), Decimal("Infinity"), {1: 2}, (1,), object()]
)
def test_json_is_refused_when_a_value_has_no_exact_form(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        dump([value])


def test_json_keeps_every_digit_when_it_is_written_and_read() -> None:
    value = {"a": Decimal("0.100000"), "b": Decimal("1E+3"), "c": -1, "d": [None, True, '\u2028"\\'], "e": {}}
    for indent in (None, 2):
        assert read(dump(value, indent).encode()) == value
        assert "0.1" in dump(value, indent)
        assert "1E+3" not in dump(value, indent)
        assert len(dump(value, indent).splitlines()) == len(dump(value, indent).split("\n"))
