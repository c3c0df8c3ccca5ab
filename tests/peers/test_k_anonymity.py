"""Rule R03, attacked: small industries, one organisation with many plans, 19 left over. Nothing comes out.

Each case builds a book of its own; what is published is also judged by the gate's own SQL, which must block
when the models are made to publish all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from bench.peer_book import PeerBook
from harness.gate import suite
from tests.parsing.compiled import ROOT

COLUMNS = ("client_name", "industry", "employee_count", "state", "plan_type", "value")
Plan = tuple[Any, ...]
GIVEN = frozenset({"int_features__measured"})


def plan(
    name: str | None, industry: str = "healthcare", value: object = 1, state: str = "MA", employees: int = 700
) -> Plan:
    return (name, industry, employees, state, "403(b)", value)


def firms(count: int, prefix: str = "Firm", **more: Any) -> list[Plan]:
    """Plans of as many organisations."""
    return [plan(f"{prefix} {number}", **more) for number in range(count)]


def sql(value: object) -> str:
    if value is None:
        return "null"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def build(book: PeerBook, plans: Iterable[Plan]) -> list[dict[str, Any]]:
    """Build the models over these plans; the benchmark of a yes/no and a continuous feature, by client."""
    rows = ", ".join(
        f"('c{number:015}', {', '.join(map(sql, values))})" for number, values in enumerate(plans, 1)
    )
    book.run(f"create or replace table plans as from (values {rows}) as t(client_ref, {', '.join(COLUMNS)})")
    book.run(
        "create or replace table dim_client as select client_ref, client_name, industry::varchar as industry,"
        " employee_count::integer as employee_count, state, plan_type from plans"
    )
    book.run(
        "create or replace table int_features__measured as select client_ref, feature,"
        " value::decimal(18, 12) as value, case when value is null then 'unknown' end as unknown_reason"
        " from plans cross join (values ('match'), ('match_generosity')) as f(feature)"
    )
    book.build(GIVEN)
    cursor = book.run("select * from fct_peer_benchmark order by client_ref, feature")
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


STATISTICS = (
    "n", "organisations", "min", "p25", "median", "p75", "p90", "max", "percentile", "quartile",
    "adoption_share", "wilson_low", "wilson_high", "test", "z", "p_value", "effect_h",
    "corrected_p", "is_significant",
)  # fmt: skip


def silent(rows: list[dict[str, Any]]) -> bool:
    """Nothing is said of anybody, and a reason is."""
    return all(row[name] is None for row in rows for name in STATISTICS) and all(
        row["unpublished_reason"] for row in rows
    )


def blocked(book: PeerBook) -> set[str]:
    """The names of the gate's R03 expectations that fail; nothing is recommended here."""
    book.run(
        "create table if not exists fct_recommendation as select client_ref, feature, '' as recommendation,"
        " '' as rule, '{}'::json as evidence from fct_peer_benchmark where false"
    )
    numbers = suite.thresholds(ROOT / "dbt_project.yml")
    rules = [r for r in suite.load(ROOT / "tests" / "expectations", "marts").rules if r.rule == "R03"]
    return {r.name for r in rules if book.run(suite.rendered(r, numbers).failing_rows).fetchall()}


def test_statistics_are_published_when_there_are_just_20_other_plans(small: PeerBook) -> None:
    rows = build(small, firms(21))
    assert {row["n"] for row in rows} == {20}
    assert {row["widening_step"] for row in rows} == {0}
    assert all("limited peer group" in row["note"] for row in rows)
    assert blocked(small) == set()


def test_nothing_is_published_when_19_other_plans_are_left(small: PeerBook) -> None:
    # 20 plans in all: the client itself must not make up the number
    rows = build(small, firms(20))
    assert silent(rows)
    assert all("19 other plans, 20 are needed" in row["unpublished_reason"] for row in rows)
    assert small.run("select count(*) from fct_peer_cohort").fetchall() == [(0,)]
    assert small.run("select count(*) from fct_gap").fetchall() == [(0,)]


@pytest.mark.parametrize("others", [0, 1, 2])
def test_nothing_is_published_when_the_book_is_tiny(small: PeerBook, others: int) -> None:
    assert silent(build(small, firms(1 + others)))


def test_nothing_is_published_when_many_plans_are_of_two_organisations(small: PeerBook) -> None:
    plans = [plan("Acme")] * 30 + [plan("Globex")] * 30
    rows = build(small, plans)
    assert silent(rows)
    assert all("2 organisations, 3 are needed" in row["unpublished_reason"] for row in rows)


def test_the_own_organisation_is_no_third_one_when_the_client_is_its_only_plan(small: PeerBook) -> None:
    rows = build(small, [plan("Acme")] * 30 + [plan("Globex")] * 30 + [plan("Initech")])
    mine = [row for row in rows if row["client_ref"] == f"c{61:015}"]
    others = [row for row in rows if row["client_ref"] != f"c{61:015}"]
    assert silent(mine)
    assert {row["organisations"] for row in others} == {3}
    assert blocked(small) == set()


def test_organisations_are_not_multiplied_when_one_is_spelt_in_many_ways(small: PeerBook) -> None:
    spellings = ["Acme", "ACME, Inc.", "Acme LLC", "The Acme Company", "acme  co.", "Acmé Corp.", "Acme & Co"]
    rows = build(small, [plan(name) for name in spellings] * 5 + [plan("Globex Ltd"), plan("GLOBEX")])
    assert silent(rows)
    assert small.run("select distinct organisation from dim_client_segment order by 1").fetchall() == [
        ("acme",),
        ("globex",),
    ]


def test_nameless_plans_are_no_organisations_when_they_are_counted(small: PeerBook) -> None:
    plans = [plan(None)] * 15 + [plan("-")] * 15 + [plan("TBD")] * 15 + [plan("Acme"), plan("Globex")]
    assert silent(build(small, plans))


def test_nothing_is_published_of_a_feature_when_20_peers_have_no_known_value(small: PeerBook) -> None:
    # 30 plans make a cohort, 19 of them know the feature
    rows = build(small, firms(20) + firms(11, "Unknown", value=None))
    of_known = [row for row in rows if row["client_value"] is not None]
    assert silent(of_known)
    assert all("known value" in row["unpublished_reason"] for row in of_known)
    # a client without a value has 20 peers with one
    assert {row["n"] for row in rows if row["client_value"] is None} == {20}
    assert blocked(small) == set()


def test_nothing_is_published_of_a_feature_when_its_known_values_are_of_two_organisations(
    small: PeerBook,
) -> None:
    rows = build(small, [plan("Acme")] * 25 + [plan("Globex")] * 25 + firms(20, value=None))
    assert silent(rows)


def test_cohort_is_widened_and_says_why_when_an_industry_is_small(small: PeerBook) -> None:
    rows = build(small, firms(5, "Maker", industry="manufacturing") + firms(40, "Clinic"))
    makers = [row for row in rows if row["client_ref"] <= f"c{5:015}"]
    assert {row["widening_step"] for row in makers} == {4}
    assert {row["n"] for row in makers} == {44}
    assert all("peers are all plans" in row["note"] for row in makers)
    steps = small.run(
        "select widening_step, plans, insufficient_reason from fct_peer_step"
        f" where client_ref = 'c{1:015}' order by 1"
    ).fetchall()
    assert [(step, plans) for step, plans, _ in steps] == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 44)]
    assert steps[0][2] == "4 other plans, 20 are needed"
    assert steps[4][2] is None


def test_filter_that_leaves_19_is_dropped_when_the_next_step_has_enough(small: PeerBook) -> None:
    rows = build(small, firms(20, state="MA") + firms(20, "Western", state="CA"))
    assert {row["widening_step"] for row in rows} == {1}
    assert {row["n"] for row in rows} == {39}


def test_null_criteria_are_no_criterion_in_common_when_they_meet(small: PeerBook) -> None:
    # 30 plans of no known industry are not 30 plans of one industry
    unknown = [(f"Firm {n}", None, 700, "MA", "403(b)", 1) for n in range(30)]
    rows = build(small, unknown)
    assert {row["widening_step"] for row in rows} == {4}
    assert {row["peer_group_key"] for row in rows} == {"4/all"}


def test_client_is_never_its_own_peer_when_sister_plans_are(small: PeerBook) -> None:
    build(small, [plan("Acme")] * 5 + firms(30))
    assert small.run("select count(*) from fct_peer_cohort where client_ref = peer_ref").fetchall() == [(0,)]
    assert small.run(
        f"select count(*), count(distinct peer_ref) from fct_peer_cohort where client_ref = 'c{1:015}'"
    ).fetchall() == [(34, 34)]


BROKEN = {
    "a statistic of 19": "delete from int_features__measured where client_ref = '{ref}'",
    "one organisation": "update dim_client_segment set organisation = 'acme'",
    "no organisation": "update dim_client_segment set organisation = null",
    "n says more than there are": "update fct_peer_benchmark set n = 25",
    "a figure without n": "update fct_peer_benchmark set n = null, organisations = null",
    "a client nobody knows": "delete from dim_client where client_ref = '{ref}'",
    "a plan is no member": "delete from fct_peer_group_member where client_ref = '{ref}'",
}


@pytest.mark.parametrize("what", BROKEN)
def test_gate_blocks_when_the_models_publish_too_much(small: PeerBook, what: str) -> None:
    build(small, firms(21))
    assert blocked(small) == set()
    small.run(BROKEN[what].format(ref=f"c{21:015}"))
    assert "peer_statistics_are_of_enough_plans" in blocked(small)


def test_gate_blocks_a_gap_when_no_statistic_is_published(small: PeerBook) -> None:
    build(small, firms(20))
    small.run(f"insert into fct_gap (client_ref, feature, direction) values ('c{1:015}', 'match', 'absent')")
    assert blocked(small) == {"gaps_are_against_published_peers"}
