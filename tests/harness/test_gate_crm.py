"""Rule E01 of CRM records where the list of fields has a gap: an unknown is no equal."""

import duckdb
import pytest
import yaml

from tests.harness.gate_fixture import SUITES

SETS = '{"value": 0.5, "action": "set"}'
SETS_PERCENT = '{"value": 0.5, "percent": 50, "action": "set"}'


@pytest.mark.parametrize(
    ("field_type", "entry", "is_named"),
    [
        ("'Number'", SETS, False),
        ("'Percent'", SETS_PERCENT, False),
        ("'Percent'", SETS, True),
        ("null", SETS, True),
        ("null", SETS_PERCENT, True),
    ],
)
def test_record_is_named_when_its_percent_is_not_as_the_type_says(
    field_type: str, entry: str, is_named: bool
) -> None:
    """Without it a field whose type is missing in the seed would go out as a share or a percent, by luck."""
    expectations = yaml.safe_load((SUITES / "export_crm.yml").read_text())["expectations"]
    (sql,) = [one["failing_rows"] for one in expectations if one["name"] == "crm_records_decide_every_field"]
    with duckdb.connect() as connection:
        connection.execute(f"create table crm_fields as select 'gap' as field, {field_type}::varchar as type")
        connection.execute(
            "create table exp_crm__account as select 'c1' as client_ref,"
            f""" '{{"fields": {{"gap": {entry}}}}}'::json as document"""
        )
        found = connection.execute(sql).fetchall()
    assert [row[:2] for row in found] == ([("c1", "gap")] if is_named else [])
