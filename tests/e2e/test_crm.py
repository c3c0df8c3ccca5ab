"""The CRM records of the sample, recomputed from the published marts without the models that made them."""

from __future__ import annotations

import csv
import io
import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from exporters.crm import read
from tests.e2e.command import Ran

SIX = Decimal("0.000001")
FORBIDDEN = ("plan_type_excluded", "safe_harbor_formula")


@pytest.fixture(scope="module")
def release(untouched: Ran) -> Path:
    return untouched.place.out / "crm" / "current"


@pytest.fixture(scope="module")
def records(release: Path) -> dict[str, Any]:
    return {path.stem: read(path.read_bytes()) for path in sorted((release / "records").iterdir())}


def rows(ran: Ran, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(ran.place.marts), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def six(value: Decimal | float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(SIX, ROUND_HALF_UP)


def test_every_exported_client_has_a_record_and_nobody_else_has(
    untouched: Ran, records: dict[str, Any]
) -> None:
    """A held client's account would get figures that nobody stands behind, or an exported one none."""
    exported = {c["client_ref"] for c in untouched.clients.values() if c["status"] == "exported"}
    assert exported
    assert exported == set(records) == {record["client_ref"] for record in records.values()}


def test_scores_are_those_of_the_health_index_when_it_has_any(
    untouched: Ran, records: dict[str, Any]
) -> None:
    """Two targets of one run would tell two scores of one plan."""
    found = rows(
        untouched,
        "select client_ref, element, value, band from fct_fhi_outcome where element = component"
        " and element in ('plan_health_score', 'preparedness_gap', 'retirement_readiness',"
        " 'financial_wellness_continuum')",
    )
    known = 0
    for ref, element, value, band in found:
        if ref not in records:
            continue
        is_band = element == "financial_wellness_continuum"
        said = records[ref]["fields"]["plan_health_band" if is_band else element]
        expected = band if is_band else six(value)
        assert said["value"] == expected, (ref, element)
        assert said["action"] == ("clear" if expected is None else "set")
        known += expected is not None
    assert known > 100


def test_places_among_peers_are_the_published_ones_when_there_are_any(
    untouched: Ran, records: dict[str, Any]
) -> None:
    """A percentile of another feature would be read as that of this one."""
    found = rows(
        untouched,
        "select client_ref, feature, kind, percentile, adoption_share, client_unknown_reason"
        " from fct_peer_benchmark join dim_feature using (feature) where is_headline",
    )
    actions = set()
    for ref, feature, kind, percentile, share, reason in found:
        if ref not in records:
            continue
        is_share = kind == "yes_no"
        fields = records[ref]["fields"]
        said = fields[f"peer_adoption_{feature}" if is_share else f"peer_percentile_{feature}"]
        expected = six(share if is_share else percentile)
        assert said["value"] == expected, (ref, feature)
        assert said["percent"] == (None if expected is None else expected * 100)
        none = "clear" if reason == "not_applicable" and not is_share else "leave"
        assert said["action"] == (none if expected is None else "set"), (ref, feature)
        actions.add(said["action"])
    assert actions == {"set", "leave", "clear"}


def test_first_three_recommendations_are_told_when_they_are_allowed(
    untouched: Ran, records: dict[str, Any]
) -> None:
    """An adviser would propose what the plan may not have, or miss what helps most."""
    found = rows(
        untouched,
        "select client_ref, made.change, priority, expected_low, expected_high, cost_rate_low,"
        " cost_rate_high, cost_amount_low, cost_amount_high, not_exported_reason"
        " from fct_recommendation as made join dim_recommendation_rule using (rule)"
        " order by priority, rule_order",
    )
    told = 0
    for ref, record in records.items():
        mine = [row[1:-1] for row in found if row[0] == ref and row[-1] not in FORBIDDEN]
        for place in (1, 2, 3):
            names = ("", "_priority", "_lift_low", "_lift_high", "_cost_rate_low", "_cost_rate_high")
            names += ("_cost_amount_low", "_cost_amount_high")
            said = [record["fields"][f"recommendation_{place}{name}"] for name in names]
            due = mine[place - 1] if len(mine) >= place else (None,) * 8
            expected = [value if isinstance(value, str) else six(value) for value in due]
            assert [one["value"] for one in said] == expected, (ref, place)
            assert {one["action"] for one in said if one["value"] is None} <= {"clear"}
            told += due[0] is not None
    assert told > 100


def test_files_say_what_the_records_say_when_any_reader_opens_them(
    untouched: Ran, release: Path, records: dict[str, Any]
) -> None:
    """The CRM is given the files, not the records: every cell, by a reader that is not ours."""
    content = (release / "accounts.csv").read_bytes()
    assert b"\r" not in content.split(b"\n")[0]
    table = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
    lines = [
        json.loads(line, parse_float=Decimal)
        for line in (release / "accounts.jsonl").read_bytes().decode("utf-8").split("\n")[:-1]
    ]
    assert [row["PlanWise_Ref__c"] for row in table] == list(records)
    assert [line["PlanWise_Ref__c"] for line in lines] == list(records)
    names = {"plan_health_score": ("PlanWise_Health_Score__c", "value")}
    names |= {"preparedness_gap": ("PlanWise_Preparedness_Gap__c", "percent")}
    names |= {"peer_percentile_participation_rate": ("PlanWise_Pctl_Participation_Rate__c", "percent")}
    names |= {"recommendation_1": ("PlanWise_Rec_1__c", "value")}
    for row, line in zip(table, lines, strict=True):
        record = records[row["PlanWise_Ref__c"]]
        for field, (column, key) in names.items():
            said = record["fields"][field]
            cell = {"leave": "", "clear": "#N/A"}.get(said["action"], str(said[key]))
            assert row[column] == cell
            assert (line[column] == said[key]) if said["action"] != "leave" else column not in line
        assert row["PlanWise_Last_Export__c"] == record["generated_at"].replace("Z", ".000Z")


def test_no_account_is_named_when_its_record_goes_out(untouched: Ran, release: Path) -> None:
    """A name in the file would overwrite the firm's own, or match another client by it."""
    text = (release / "accounts.csv").read_text(encoding="utf-8")
    names = [name for (name,) in rows(untouched, "select client_name from dim_client") if name]
    assert names
    assert [name for name in names if name in text] == []
    assert "Name" not in text.split("\n")[0].split(",")
