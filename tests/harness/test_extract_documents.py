"""Plan documents: text stays as written, keys are matched by their path, hostile files stay bounded."""

import json
from pathlib import Path

import pytest

from harness.errors import SourceError
from harness.extract import fingerprint, read_source
from tests.harness.builders import landed

YAML = """\
client_id: 007
client_name: "O'Brien: {Works}"
match: {formula: 100% up to 3%}
auto_enrollment:
  enabled: no
  rate: 3.50
  effective_year: 1e3
auto_escalation.cap: 0o7
vesting: {schedule: 3-year cliff}
state: null
notes: 'null'
participation_rate: ~
avg_deferral_rate: 12:30:45
Data_Source: |
  two
  lines
"""


def write(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_yaml_scalars_stay_text_when_they_look_typed(tmp_path: Path) -> None:
    source = read_source(write(tmp_path, "plan.yaml", YAML))
    assert (source.kind, source.schema_version) == ("document", "document")
    assert source.rows[0].values == {
        "client_id": "007",
        "client_name": "O'Brien: {Works}",
        "match_formula": "100% up to 3%",
        "auto_enrollment_enabled": "no",
        "auto_enrollment_rate": "3.50",
        "auto_enrollment_effective_year": "1e3",
        "auto_escalation_cap": "0o7",
        "vesting_schedule": "3-year cliff",
        "state": None,
        "notes": "null",
        "participation_rate": None,
        "avg_deferral_rate": "12:30:45",
        "data_source": "two\nlines\n",
    }
    found = landed(
        source, "select column_name from raw.source_columns where canonical_name = 'auto_enrollment_rate'"
    )
    assert found == [("auto_enrollment.rate",)]


def test_json_scalars_stay_text_when_they_are_numbers_and_constants(tmp_path: Path) -> None:
    text = (
        '{"client_id": 1.10, "client_name": "a\\u0000b \\ud83d\\ude00",'
        ' "auto_enrollment": {"enabled": true, "rate": 3e-2},'
        ' "state": null, "participation_rate": NaN, "match_true_up": false}'
    )
    values = read_source(write(tmp_path, "plan.json", text)).rows[0].values
    assert values == {
        "client_id": "1.10",
        "client_name": "a\0b \U0001f600",
        "auto_enrollment_enabled": "true",
        "auto_enrollment_rate": "3e-2",
        "state": None,
        "participation_rate": "NaN",
        "match_true_up": "false",
    }


def test_folder_is_one_source_when_it_holds_documents_of_all_kinds(tmp_path: Path) -> None:
    folder = tmp_path / "plans"
    (folder / "deeper").mkdir(parents=True)
    write(
        folder,
        "b.json",
        json.dumps([{"client_id": "2", "client_name": "B"}, {"client_id": "3", "client_name": "C"}]),
    )
    write(folder, "a.yml", "client_id: 1\nclient_name: A\n---\nclient_id: 4\nclient_name: D\n---\n")
    write(folder / "deeper", "c.yaml", "client_id: 9\nclient_name: X\n")
    write(folder, "readme.txt", "not a document")
    source = read_source(folder)
    found = landed(source, "select _file, _row, client_id from raw.plan_designs order by 1, 2")
    assert found == [("a.yml", 1, "1"), ("a.yml", 2, "4"), ("b.json", 1, "2"), ("b.json", 2, "3")]
    before = source.sha256
    assert before == fingerprint(folder)
    (folder / "a.yml").rename(folder / "c.yml")
    assert fingerprint(folder) != before


@pytest.mark.parametrize(
    ("name", "text", "code", "says"),
    [
        ("p.yaml", "client_id: 1\nclient_id: 2\n", "duplicate_key", r"p\.yaml, line 2: the key 'client_id'"),
        ("p.json", '{"client_id": 1, "client_id": 2}', "duplicate_key", r"p\.json: the key 'client_id'"),
        (
            "p.yaml",
            "client_id: 1\nclient_name: A\nvesting: {schedule: x}\nvesting_schedule: y\n",
            "duplicate_key",
            "'vesting.schedule' and 'vesting_schedule'",
        ),
        (
            "p.yaml",
            "client_id: 1\nclient_name: A\nvesting: {schedule: [0, 1]}\n",
            "text_expected",
            "vesting.schedule.*list",
        ),
        (
            "p.yaml",
            "client_id: 1\nclient_name: A\nauto_enrollment: {rate: {value: 3}}\n",
            "text_expected",
            "mapping",
        ),
        ("p.yaml", "client_name: A\n", "missing_key", "'client_id' is missing"),
        (
            "p.yaml",
            "- client_id: 1\n  client_name: A\n- just text\n",
            "not_a_mapping",
            "document 2: is a single value",
        ),
        ("p.yaml", "client_id: [1\n", "malformed_yaml", r"p\.yaml, line \d"),
        ("p.json", '{"client_id": 1,}', "malformed_json", r"p\.json, line 1, column"),
        ("p.yaml", "# nothing\n", "empty_document", "no plan document"),
        ("p.json", "[]", "empty_document", "no plan document"),
        ("p.yaml", "client_id: !!python/object/apply:os.system ['id']\n", "bad_tag", "line 1"),
        ("p.yaml", "base: &b {x: 1}\nplan:\n  <<: *b\n", "bad_key", "merge keys"),
        ("p.yaml", "a: &a [*a]\n", "bad_alias", r"\*a names no value"),
        ("p.yaml", "a: " + "[" * 100_000, "too_deep", "nested too deep"),
        ("p.json", "[" * 200_000, "too_deep", "nested too deep"),
    ],
)
def test_document_is_an_error_naming_file_and_key_when_it_is_wrong(
    tmp_path: Path, name: str, text: str, code: str, says: str
) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        read_source(write(tmp_path, name, text))
    assert (caught.value.code, caught.value.exit_status) == (code, 2)
    assert name in caught.value.message


def test_alias_bomb_is_an_error_when_it_would_unfold(tmp_path: Path) -> None:
    levels = ["l0: &l0 {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9}"]
    for level in range(1, 8):
        members = ", ".join(f"{key}: *l{level - 1}" for key in "abcdefghi")
        levels.append(f"l{level}: &l{level} {{{members}}}")
    with pytest.raises(SourceError, match="more than 1000 keys") as caught:
        read_source(write(tmp_path, "p.yaml", "\n".join(levels)))
    assert "anchors" in caught.value.hint


def test_alias_is_read_when_it_names_a_text(tmp_path: Path) -> None:
    path = write(tmp_path, "p.yaml", "client_id: &x A\nclient_name: *x\n")
    assert read_source(path).rows[0].values == {"client_id": "A", "client_name": "A"}


def test_half_a_surrogate_pair_is_replaced_with_a_note_when_landed(tmp_path: Path) -> None:
    path = write(tmp_path, "p.json", '{"client_id": "1", "client_name": "a\\ud800b", "": "nameless"}')
    source = read_source(path)
    assert landed(source, "select client_name from raw.plan_designs") == [("a\ufffdb",)]
    assert "plan_designs, record 1, client_name" in landed(source, "select note from raw.load_notes")[-1][0]


def test_unknown_keys_are_listed_when_they_hold_lists_or_have_no_name(tmp_path: Path) -> None:
    path = write(tmp_path, "p.yaml", "client_id: 1\nclient_name: A\nmatch: {tiers: [1, 2]}\n'': x\n")
    found = landed(
        read_source(path),
        "select column_name, source_type from raw.source_columns"
        " where canonical_name is null order by position",
    )
    assert found == [("match.tiers", "list"), ("", "text")]


def test_folder_is_an_error_when_it_holds_no_documents(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "x")
    with pytest.raises(SourceError, match="holds no plan documents") as caught:
        read_source(tmp_path)
    assert caught.value.code == "no_documents"
