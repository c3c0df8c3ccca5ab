"""Peers of the bundled sample, as they are published: every figure again by hand, and every industry."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.e2e.conftest import History
from tests.peers import compare


@pytest.fixture(scope="module")
def marts(sample: History) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(sample.first.place.marts), read_only=True) as connection:
        yield connection


def test_cohorts_are_those_of_a_search_through_everybody_when_the_sample_is_published(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    book = compare.clients(marts)
    assert len(book) == 122
    assert compare.cohort_differences(marts, book, book) == []


def test_statistics_are_those_of_the_libraries_when_the_sample_is_published(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    book = compare.clients(marts)
    compared, differences = compare.statistic_differences(marts, book, book)
    assert compared == 122 * 18
    assert differences == []


def test_every_industry_has_cohorts_benchmarks_and_gaps_when_it_has_20_plans(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    rows = marts.execute(
        """
        select
            s.industry, count(distinct s.client_ref), count(distinct b.client_ref),
            count(distinct g.client_ref)
        from dim_client_segment as s
        left join fct_peer_benchmark as b on s.client_ref = b.client_ref and b.n >= 20
        left join fct_gap as g on s.client_ref = g.client_ref
        where s.industry is not null
        group by s.industry
        """
    ).fetchall()
    large = {industry: rest for industry, *rest in rows if rest[0] >= 20}
    assert set(large) == {"healthcare", "higher_ed", "manufacturing", "nonprofit", "government"}
    assert all(benchmarked == plans and with_gaps for plans, benchmarked, with_gaps in large.values())


def test_widening_and_its_reasons_are_told_when_an_industry_is_small(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    rows = marts.execute(
        """
        select t.widening_step, t.is_chosen, t.insufficient_reason
        from fct_peer_step as t inner join dim_client_segment as s on t.client_ref = s.client_ref
        where s.industry = 'other'
        """
    ).fetchall()
    assert len(rows) == 15
    assert all(reason for step, is_chosen, reason in rows if step < 3)
    assert all(is_chosen for step, is_chosen, reason in rows if step == 4) or any(
        is_chosen for step, is_chosen, reason in rows if step == 3
    )
    silent = marts.execute(
        "select count(*) from fct_peer_benchmark where n is null and unpublished_reason is null"
    ).fetchall()
    assert silent == [(0,)]
