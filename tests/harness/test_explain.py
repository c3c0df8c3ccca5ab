"""`explain`: what the SQL finds on a hand-made build, and how it is laid out."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from harness.cli import cli
from harness.config import Settings
from harness.explain import Explanation, explain
from tests.harness.review_home import BANDS, RANGE, make_home, status
from tests.harness.world import reference

_TABLES = """
    create table fct_plan_design (client_ref varchar, match_kind varchar, match_status varchar,
        max_match_percentage decimal(22, 12), max_matched_deferral decimal(22, 12),
        annual_dollar_cap decimal(14, 2), is_match_discretionary boolean, core_kind varchar,
        core_status varchar, core_reasons varchar[], core_rate decimal(18, 12), is_auto_enrollment_on boolean,
        default_deferral_rate decimal(18, 12), auto_enrollment_scope varchar, auto_enrollment_cutoff_on date,
        is_auto_escalation_on boolean, escalation_increment_rate decimal(18, 12),
        escalation_cap_rate decimal(18, 12));
    create table fct_match_tier (client_ref varchar, band_number integer, min_years integer,
        max_years integer, tier integer, employee_min decimal(18, 12), employee_max decimal(18, 12),
        match_rate decimal(18, 12));
    create table fct_core_band (client_ref varchar, band_number integer, min_years integer, max_years integer,
        min_age integer, max_age integer, rate decimal(18, 12));
    create table int_texts__terms (raw varchar, repaired_text varchar, lexed_text varchar, terms varchar,
        unknown_words varchar[]);
    create table int_match_formulas__parsed (raw varchar, kind varchar, marked_text varchar,
        leftover_tokens varchar[], core_terms varchar);
    create table int_nonelective_formulas__parsed (text varchar, kind varchar, marked_text varchar,
        leftover_tokens varchar[]);
    create table int_vesting_schedules__parsed (raw varchar, vesting_kind varchar, marks varchar,
        leftover_tokens varchar[]);
    create table int_eligibilities__parsed (raw varchar, marks varchar, leftover_tokens varchar[]);
    create table int_scalars__spelled (file varchar, sheet varchar, row_number bigint, field varchar,
        kind varchar, plain varchar, spelled varchar, bare_value decimal(18, 12));
    create table int_column_units__decided (column_name varchar, unit_decided varchar, explanation varchar);
"""


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    where = make_home(tmp_path)
    fill(where, _TABLES)
    fill(
        where,
        f"insert into int_texts__terms values ('{RANGE}', '{RANGE}', '3 - 5 % ( service', '3 - 5%', ['x'])",
    )
    fill(
        where,
        f"insert into int_nonelective_formulas__parsed values ('{RANGE}', 'unresolved', '<range:3%:5%>',"
        " ['service', 'based'])",
    )
    return where


def fill(where: Settings, statement: str) -> None:
    with duckdb.connect(str(where.warehouse)) as connection:
        connection.execute(statement)


def design(where: Settings, **given: Any) -> None:
    """Add client 1's row of fct_plan_design."""
    row = {
        "client_ref": f"'{reference(1)}'",
        "match_kind": "'simple'",
        "core_kind": "'none'",
        "core_reasons": "[]",
    } | given
    fill(
        where, f"insert into fct_plan_design ({', '.join(row)}) values ({', '.join(map(str, row.values()))})"
    )


def tier(
    where: Settings, low: float, high: float, rate: float, band: int = 0, years: str = "null, null"
) -> None:
    fill(
        where,
        f"insert into fct_match_tier values ('{reference(1)}', {band}, {years}, 1, {low}, {high}, {rate})",
    )


def dollars(found: Explanation) -> list[tuple[Any, ...]]:
    return [tuple(row[f"dollars_at_{n}_percent"] for n in (3, 6, 10)) for row in found.match]


def call(where: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["explain", "--home", str(where.home), *arguments])


def test_dollars_follow_the_tiers_when_the_match_is_settled(where: Settings) -> None:
    # 100 % of 3 % and 50 % of the next 7 %, by hand: 1,800; 1,800 + 900; 1,800 + 2,100
    design(where, match_kind="'tiered'")
    tier(where, 0, 0.03, 1)
    tier(where, 0.03, 0.10, 0.5)
    assert dollars(explain(where, "70001")) == [(Decimal("1800.00"), Decimal("2700.00"), Decimal("3900.00"))]


def test_dollars_stop_at_the_cap_when_the_formula_has_one(where: Settings) -> None:
    design(where, annual_dollar_cap="2000")
    tier(where, 0, 0.06, 1)
    assert dollars(explain(where, "70001")) == [(Decimal("1800.00"), Decimal("2000.00"), Decimal("2000.00"))]


def test_every_service_band_has_its_dollars_when_the_match_is_graded(where: Settings) -> None:
    design(where, match_kind="'service_graded'")
    tier(where, 0, 0.04, 0.5, 1, "0, 5")
    tier(where, 0, 0.04, 1, 2, "5, null")
    found = explain(where, "70001")
    assert [(row["min_years"], row["max_years"]) for row in found.match] == [(0, 5), (5, None)]
    assert dollars(found) == [
        (Decimal(900), Decimal(1200), Decimal(1200)),
        (Decimal(1800), Decimal(2400), Decimal(2400)),
    ]


@pytest.mark.parametrize(
    ("kind", "expected"), [("'none'", Decimal(0)), ("'unresolved'", None), ("null", None)]
)
def test_none_is_zero_and_unknown_is_no_figure_when_there_are_no_tiers(
    where: Settings, kind: str, expected: Decimal | None
) -> None:
    design(where, match_kind=kind)
    assert dollars(explain(where, "70001")) == [(expected,) * 3]


@pytest.mark.parametrize(
    ("core", "expected"),
    [
        ({"core_kind": "'flat'", "core_rate": "0.035"}, Decimal(2100)),
        ({"core_kind": "'none'"}, Decimal(0)),
        ({"core_kind": "null", "core_reasons": "['unknown']"}, Decimal(0)),
        ({"core_kind": "'unresolved'", "core_reasons": "['range_without_schedule']"}, None),
        ({"core_kind": "'defined_benefit'"}, None),
    ],
)
def test_core_dollars_follow_the_rate_when_there_are_no_bands(
    where: Settings, core: dict[str, str], expected: Decimal | None
) -> None:
    design(where, **core)
    assert [row["dollars"] for row in explain(where, "70001").core] == [expected]


def test_core_dollars_come_by_band_when_the_contribution_is_graded(where: Settings) -> None:
    design(where, core_kind="'age_banded'")
    fill(where, f"insert into fct_core_band values ('{reference(1)}', 1, null, null, 0, 40, 0.03)")
    fill(where, f"insert into fct_core_band values ('{reference(1)}', 2, null, null, 40, null, 0.05)")
    assert [row["dollars"] for row in explain(where, "70001").core] == [Decimal(1800), Decimal(3000)]
    shown = call(where, "70001").stdout
    assert "age 0-40   $1,800.00" in shown
    assert "age 40+    $3,000.00" in shown


def test_features_are_told_in_words_when_they_are_on(where: Settings) -> None:
    design(
        where, is_auto_enrollment_on="true", default_deferral_rate="0.035", is_auto_escalation_on="true",
        auto_enrollment_scope="'new_hires_only'", auto_enrollment_cutoff_on="date '2020-01-01'",
        escalation_increment_rate="0.01", escalation_cap_rate="0.1",
    )  # fmt: skip
    told = explain(where, "70001").design
    assert told["auto_enrollment"] == "on at 3.5 %, new hires only, hired from 2020-01-01"
    assert told["auto_escalation"] == "on by 1 % a year up to 10 %"


@pytest.mark.parametrize(("value", "told"), [("false", "off"), ("null", "not settled")])
def test_off_and_unknown_are_two_things_when_features_are_told(
    where: Settings, value: str, told: str
) -> None:
    design(where, is_auto_enrollment_on=value, is_auto_escalation_on=value)
    found = explain(where, "70001").design
    assert (found["auto_enrollment"], found["auto_escalation"]) == (told, told)


def test_reading_is_shown_step_by_step_when_a_field_is_named(where: Settings) -> None:
    fill(where, "update fct_field_status set raw = '" + RANGE + "' where field = 'nonelective_formula'")
    (field,) = explain(where, reference(1), "nonelective_formula").fields
    assert field["raw"] == RANGE
    assert (field["tokens"], field["terms"], field["marks"]) == (
        "3 - 5 % ( service",
        "3 - 5%",
        "<range:3%:5%>",
    )
    assert field["leftover_tokens"] == ["service", "based"]
    assert (field["rule"], field["text_read"], field["resolution"]) == ("unresolved", None, None)
    assert field["reasons"] == ["range_without_schedule"]


@pytest.mark.parametrize(("judged", "is_read"), [("applied", True), ("refused", True), ("stale", False)])
def test_text_read_is_the_reviewers_when_the_decision_is_not_stale(
    where: Settings, judged: str, is_read: bool
) -> None:
    fill(
        where,
        f"insert into int_resolutions__judged values ('{reference(1)}', '70001', 'nonelective_formula',"
        f" '{RANGE}', '{BANDS}', 'ana', date '2026-11-22', 'per SPD', 'r_1', '{judged}', null);"
        f"insert into int_nonelective_formulas__parsed values ('{BANDS}', 'service_graded', '<rate>', [])",
    )
    (field,) = explain(where, "70001", "nonelective_formula").fields
    assert field["raw"] == RANGE
    assert (field["text_read"], field["text_read_from"]) == (
        (BANDS, "resolution") if is_read else (None, None)
    )
    assert field["rule"] == ("service_graded" if is_read else "unresolved")
    assert field["resolution"]["reviewer"] == "ana"
    assert f"{judged} - '{BANDS}' by ana on 2026-11-22 (per SPD)" in call(where, "70001").stdout


def test_nonelective_money_is_read_from_the_match_when_it_stands_there(where: Settings) -> None:
    text = "50% up to 6%; NEC 2%"
    status(_open(where), 3, "nonelective_formula", None, status="exact", is_blocking_export=False)
    fill(
        where,
        f"update fct_field_status set raw = '{text}'"
        f" where field = 'match_formula' and client_ref = '{reference(3)}';"
        f"insert into int_match_formulas__parsed values ('{text}', 'simple', '<tier>', [], 'nonelective 2%');"
        "insert into int_nonelective_formulas__parsed values ('nonelective 2%', 'flat', '<rate:2%>', [])",
    )
    match, core = explain(where, "70003").fields
    assert (match["field"], match["rule"], match["text_read"]) == ("match_formula", "simple", None)
    assert (core["text_read"], core["text_read_from"], core["rule"]) == (
        "nonelective 2%",
        "match_formula",
        "flat",
    )


def _open(where: Settings) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(where.warehouse))


def test_unit_is_told_when_a_bare_number_is_a_rate(where: Settings) -> None:
    fill(
        where,
        "insert into int_scalars__spelled values"
        " ('matrix.csv', null, 2, 'participation_rate', 'rate', '85', '85', 85);"
        "insert into int_column_units__decided values ('participation_rate', 'percent', '9 above 1')",
    )
    status(
        _open(where), 1, "participation_rate", "85", value="0.85", status="exact", code=None,
        is_blocking_export=False,
    )  # fmt: skip
    (field,) = explain(where, "70001", "participation_rate").fields
    assert (field["rule"], field["tokens"]) == ("a bare number in percent: 9 above 1", "85")


def test_decimals_end_at_their_last_digit_when_a_structure_is_shown(where: Settings) -> None:
    value = '{"kind":"tiered","tiers":[{"employee_max":0.030000000000,"match_rate":1.000000000000,"n":100}]}'
    fill(where, f"update fct_field_status set value = '{value}' where field = 'match_formula'")
    (field,) = explain(where, "70001", "match_formula").fields
    assert field["value"] == '{"kind":"tiered","tiers":[{"employee_max":0.03,"match_rate":1,"n":100}]}'


def test_gates_and_documents_are_those_of_the_last_run_when_they_are_shown(where: Settings) -> None:
    design(where)
    exported, held = call(where, "70001").stdout, call(where, "70003").stdout
    assert "P08 vesting_schedule: Vesting is immediate." in exported
    assert "/deliveries/navigator/current/a.yaml" in exported
    assert "held by      P12 match_formula: no rate is stated" in held
    assert "document     none" in held


def test_json_holds_exact_dollars_when_it_is_asked_for(where: Settings) -> None:
    design(where)
    tier(where, 0, 0.06, 0.5)
    told = json.loads(call(where, "70001", "--json").stdout)
    assert told["client"]["client_id"] == "70001"
    assert told["engine"]["match"][0]["dollars_at_6_percent"] == "1800.00"
    assert [field["field"] for field in told["fields"]] == ["match_formula", "nonelective_formula"]
    assert told["run"]["status"] == "exported"


def test_hostile_text_is_spelled_out_when_it_is_printed(where: Settings) -> None:
    done = call(where, "70002")
    assert done.exit_code == 0, done.output
    assert not {"\x1b", "‮"} & set(done.stdout)
    assert "\\u001b" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["7001"], "nearest: 7000"), (["70001", "match_formla"], "nearest: match_formula")],
)
def test_exit_status_is_2_and_the_nearest_named_when_client_or_field_is_unknown(
    where: Settings, arguments: list[str], said: str
) -> None:
    done = call(where, *arguments)
    assert done.exit_code == 2
    assert said in done.stderr


def test_exit_status_is_2_when_nothing_was_built(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["explain", "70001", "--home", str(tmp_path)])
    assert done.exit_code == 2
    assert "planwise-export run" in done.stderr
