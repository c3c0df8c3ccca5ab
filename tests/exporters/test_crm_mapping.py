"""The mapping of a firm: read safely, and every fault of it named before anything is built."""

from dataclasses import replace
from pathlib import Path

import pytest

from exporters.crm import bundle_settings
from exporters.crm_mapping import DEFAULT, VERSION, catalogue, load_mapping
from harness.errors import SourceError
from tests.exporters.crm_records import mapped

NAME = "name: PlanWise_Health_Score__c"
FIELD = "plan_health_score: {name: PlanWise_Health_Score__c, type: Number, length: 18, scale: 6}"


def test_default_has_every_field_as_the_seed_describes_it_when_there_is_no_other(tmp_path: Path) -> None:
    """A field that only SQL knows would be built and never sent."""
    columns = load_mapping(tmp_path).columns
    assert [replace(column, name="") for column in columns] == list(catalogue().values())
    assert all(column.name.startswith("PlanWise_") for column in columns)
    assert load_mapping(tmp_path).external_id == "PlanWise_Ref__c"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("fields:\n", "fields:\n  client_name: {name: Name}\n", "fields.client_name is no field of a record"),
        (
            "PlanWise_Health_Band__c",
            "planwise_HEALTH_score__c",
            "of plan_health_score and of plan_health_band",
        ),
        ("PlanWise_Health_Band__c", "PlanWise_Ref__c", "of external_id and of plan_health_band"),
        (NAME, "name: 1st__c", "'1st__c' is no API name"),
        (NAME, "name: Health-Score__c", "is no API name"),
        (NAME, "name: Health___c", "is no API name"),
        (NAME, "name: Health__Score_Of_It__c__c", "is no API name"),
        (NAME, "name: Score_", "is no API name"),
        (NAME, "name: 'Score, x'", "is no API name"),
        (NAME, "name: " + "A" * 41 + "__c", "is no API name"),
        (NAME, "name: no", "is no API name"),  # YAML reads it as false
        (NAME + ", ", "", "fields.plan_health_score.name is missing"),
        (FIELD, "plan_health_score: Score__c", "write name, type, length and scale"),
        ("type: Number, length: 18", "type: Text, length: 18", "type is 'Text'; its values fit Number"),
        ("type: Number, length: 18", "type: Number, length: 19", "18 digits at most"),
        ("type: Number, length: 18", "type: Number, length: 8", "9 digits are needed"),
        ("type: Number, length: 18", "type: Number, length: '18'", "a whole number from 1 on"),
        ("scale: 6", "scale: 2", "up to 6 places, and none is rounded away"),
        ("type: Picklist, length: 255", "type: Picklist, length: 9", "10 characters are needed"),
        ("type: Picklist, length: 255", "type: Picklist, length: 256", "255 characters at most"),
        ("type: Text, length: 255", "type: Text, length: 0", "a whole number from 1 on"),
        ("type: Text, length: 255", "type: Text, length: 255, scale: 2", "scale is for numbers"),
        ("length: 32000", "length: 32001", "32000 characters at most"),
        ("length: 32000", "length: 79", "80 characters are needed"),
        ("type: Date}", "type: Date, length: 10}", "length is for texts and numbers"),
        ("type: Number, length", "kind: Number, length", "fields.plan_health_score.kind is no setting"),
        ("external_id: PlanWise_Ref__c", "external_id:", "external_id is missing"),
        ("object: Account", "object: My Account", "object: 'My Account' is no API name"),
        ("object: Account\n", "", "object is missing"),
        ("object: Account\n", "object: Account\npassword: x\n", "password is no setting of a mapping"),
        (VERSION, "crm-mapping/2.0", "this version reads crm-mapping/1.0"),
        ("object: Account\n", "object: Account\nobject: Contact\n", "a key comes twice"),
        ("object: Account\n", "object: !!python/object/apply:os.getcwd []\n", "not readable as YAML"),
        ("object: Account\n", "object: [\n", "not readable as YAML"),
    ],
)
def test_mapping_is_refused_with_the_place_when_it_is_wrong(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    """Salesforce would ignore the column, take two values for one field, or cut and round what it is sent."""
    home = mapped(tmp_path, (before, after))
    with pytest.raises(SourceError) as caught:
        load_mapping(home)
    assert told in caught.value.message
    assert str(home / "crm_mapping.yml") in caught.value.message
    assert caught.value.exit_status == 2
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "- a\n", "42\n", "schema_version: crm-mapping/1.0\nfields: {}\n"])
def test_mapping_is_refused_when_it_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "crm_mapping.yml").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match="can't be used"):
        load_mapping(tmp_path)


def test_every_fault_is_named_when_there_are_several(tmp_path: Path) -> None:
    """One fault a run would make a day of ten minutes' work."""
    home = mapped(
        tmp_path, (NAME, "name: 1st"), ("length: 32000", "length: 5"), ("object: Account", "object: '?'")
    )
    with pytest.raises(SourceError) as caught:
        load_mapping(home)
    assert caught.value.message.count("\n  - ") == 3


@pytest.mark.parametrize(
    "name", ["Score__c", "fidx__Score__c", "Health_Score__pc", "Industry", "A1_b2__c", "x__c"]
)
def test_api_name_is_taken_when_salesforce_would(tmp_path: Path, name: str) -> None:
    assert load_mapping(mapped(tmp_path, (NAME, f"name: {name}"))).columns[0].name == name


def test_field_is_left_out_and_defaults_hold_when_the_firm_says_less(tmp_path: Path) -> None:
    (tmp_path / "crm_mapping.yml").write_text(
        f"schema_version: {VERSION}\nobject: Account\nexternal_id: Ref__c\nfields:\n"
        "  warnings: {name: W__c, type: Text}\n  preparedness_gap: {name: Gap__c, type: Number}\n",
        encoding="utf-8",
    )
    gap, warnings = load_mapping(tmp_path).columns  # in the order of the record
    assert (gap.name, gap.type, gap.length, gap.scale) == ("Gap__c", "Number", 18, 6)
    assert (warnings.name, warnings.type, warnings.length, warnings.scale) == ("W__c", "Text", 255, None)


def test_mapping_is_that_of_the_variable_when_it_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapped(tmp_path / "home", ("object: Account", "object: Home__c"))
    mapped(tmp_path / "else", ("object: Account", "object: Else__c"))
    assert load_mapping(tmp_path / "home").object == "Home__c"
    monkeypatch.setenv("PLANWISE_CRM_MAPPING", str(tmp_path / "else" / "crm_mapping.yml"))
    assert load_mapping(tmp_path / "home").object == "Else__c"
    monkeypatch.setenv("PLANWISE_CRM_MAPPING", str(tmp_path / "absent.yml"))
    with pytest.raises(SourceError, match=r"absent\.yml"):
        load_mapping(tmp_path / "home")


def test_settings_differ_when_the_mapping_says_something_else(tmp_path: Path) -> None:
    """Else a firm's new mapping would change nothing until a figure does; a comment alone changes no file."""
    plain = bundle_settings(tmp_path / "none")
    said = mapped(tmp_path / "a", ("fields:\n", "fields:  # ours\n"))
    other = mapped(tmp_path / "b", (NAME, "name: Score__c"))
    assert bundle_settings(said) == plain != bundle_settings(other)


def test_mapping_as_used_reads_as_the_same_mapping_when_it_is_put_into_a_home(tmp_path: Path) -> None:
    own = load_mapping(mapped(tmp_path / "a", (NAME, "name: Score__c")))
    (tmp_path / "crm_mapping.yml").write_text(own.text, encoding="utf-8")
    assert load_mapping(tmp_path) == own
    assert DEFAULT.is_file()
