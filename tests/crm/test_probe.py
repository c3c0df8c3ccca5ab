"""The look at the org before anything is sent: what is missing is named, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from exporters.crm_mapping import DEFAULT, load_mapping
from harness.crm.sheet import sheet_of
from harness.http_faults import ApiError
from tests.crm.bench import SMALL, receiver, small_sheet
from tests.crm_server import KEY, FakeOrg

TYPES = {
    "Text": "string",
    "LongTextArea": "textarea",
    "Picklist": "picklist",
    "Number": "double",
    "Percent": "percent",
    "Currency": "currency",
    "Date": "date",
    "DateTime": "datetime",
}


def described(mapping: Any) -> list[dict[str, Any]]:
    """The description of an object that fits a mapping."""
    writable = {"createable": True, "updateable": True}
    fields = [{"name": KEY, "type": "string", "length": 16, "externalId": True, "unique": True, **writable}]
    for column in mapping.columns:
        kind, values = TYPES[column.type], [{"value": value, "active": True} for value in column.picklist]
        is_number = column.type in ("Number", "Percent", "Currency")
        fields.append(
            {
                "name": column.name,
                "type": kind,
                "length": 0 if is_number else column.length or 0,
                "precision": column.length if is_number else 0,
                "scale": column.scale or 0,
                "restrictedPicklist": bool(values),
                "picklistValues": values,
                **writable,
            }
        )
    return fields


def test_probe_says_what_it_found_and_changes_nothing_when_all_is_there(fake: FakeOrg, tmp_path: Any) -> None:
    fake.fields = described(SMALL)
    made = receiver(fake, tmp_path)
    assert (
        made.probe() == f"{fake.url}: signed in; Account has all 3 mapped fields, and {KEY} for the reference"
    )
    assert {method for method, path, _, _ in fake.asked if "token" not in path} == {"GET"}
    assert list(tmp_path.iterdir()) == []


def test_default_mapping_fits_an_org_that_was_set_up_by_it(fake: FakeOrg, tmp_path: Any) -> None:
    fake.fields = described(load_mapping(tmp_path))
    assert DEFAULT.exists()
    made = receiver(fake, tmp_path, sheet=sheet_of(tmp_path))
    assert "has all" in made.probe()


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("Score__c", None, "Score__c is not there, or the user may not see it"),
        ("Score__c", {"type": "string"}, "Score__c is a string, the mapping says Number"),
        ("Score__c", {"scale": 2}, "Score__c has 2 places behind the point, the mapping says 6"),
        ("Score__c", {"precision": 10}, "Score__c takes 4 places before the point, the mapping says 12"),
        ("Note__c", {"length": 20}, "Note__c takes 20 characters, the mapping says 40"),
        ("Note__c", {"updateable": False}, "Note__c may not be written by the user"),
        (
            "Band__c",
            {"picklistValues": [{"value": "healthy", "active": True}]},
            "Band__c does not permit coping",
        ),
        (KEY, None, f"{KEY} is not there"),
        (KEY, {"externalId": False}, f"{KEY} is not marked as External ID"),
        (KEY, {"unique": False}, f"{KEY} is not marked as Unique"),
        (KEY, {"length": 10}, f"{KEY} must be a Text of 16 characters or more"),
    ],
)
def test_probe_names_the_field_when_the_org_does_not_fit(
    fake: FakeOrg, tmp_path: Any, name: str, changes: dict[str, Any] | None, said: str
) -> None:
    """Without it every record of the first delivery would be refused, or a figure rounded in the org."""
    fake.fields = [
        field if field["name"] != name else {**field, **(changes or {})}
        for field in described(SMALL)
        if field["name"] != name or changes
    ]
    made = receiver(fake, tmp_path)
    with pytest.raises(ApiError) as caught:
        made.probe()
    assert caught.value.code == "fields_missing" and said in caught.value.message
    assert caught.value.message.count(";") == 0, "nothing else is wrong"


def test_probe_names_everything_at_once_when_much_is_missing(fake: FakeOrg, tmp_path: Any) -> None:
    fake.may = {"createable": False, "updateable": True}
    made = receiver(fake, tmp_path, sheet=small_sheet())
    with pytest.raises(ApiError) as caught:
        made.probe()
    for said in ("may not create records", KEY, "Score__c", "Note__c", "Band__c"):
        assert said in caught.value.message


def test_probe_says_so_when_what_answers_is_no_org(fake: FakeOrg, tmp_path: Any) -> None:
    fake.fail("GET", "describe", "html")
    made = receiver(fake, tmp_path)
    with pytest.raises(ApiError) as caught:
        made.probe()
    assert caught.value.code == "not_the_api"
