"""Every figure of the benchmarks against numpy, scipy and statsmodels on the same rows, within 1e-9."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from bench.peer_book import PeerBook
from tests.parsing.compiled import ROOT
from tests.peers import compare

SOME = random.Random(20261122)


def test_cohorts_are_those_of_a_search_through_everybody_when_clients_are_generated(
    generated: PeerBook,
) -> None:
    book = compare.clients(generated.connection)
    some = SOME.sample(book, 500)
    assert compare.cohort_differences(generated.connection, book, some) == []
    steps = generated.run("select distinct widening_step from fct_peer_step where is_chosen").fetchall()
    assert {step for (step,) in steps} >= {1, 2, 3, 4}


def test_statistics_are_those_of_the_libraries_when_clients_are_generated(generated: PeerBook) -> None:
    book = compare.clients(generated.connection)
    compared, differences = compare.statistic_differences(generated.connection, book, SOME.sample(book, 150))
    assert compared == 150 * 18
    assert differences == []


@pytest.mark.slow
def test_statistics_are_those_of_the_libraries_when_all_2000_are_compared(generated: PeerBook) -> None:
    book = compare.clients(generated.connection)
    compared, differences = compare.statistic_differences(generated.connection, book, book)
    assert compared == 2000 * 18
    assert differences == []


def test_difference_is_found_when_a_figure_is_off_by_a_millionth(generated: PeerBook) -> None:
    # a comparison that cannot fail would prove nothing
    book = compare.clients(generated.connection)
    generated.run("begin")
    generated.run("update fct_peer_benchmark set median = median + 0.000001, p_value = p_value + 0.000001")
    _, differences = compare.statistic_differences(generated.connection, book, book[:2])
    generated.run("rollback")
    assert any(" median: " in line for line in differences)
    assert any(" p_value: " in line for line in differences)


def test_correction_is_bonferroni_when_statsmodels_does_it(generated: PeerBook) -> None:
    rows = generated.run(
        "select list(p_value), list(corrected_p), list(is_significant) from fct_peer_benchmark"
        " where p_value is not null group by client_ref having count(*) = max(features_tested)"
    ).fetchall()
    assert len(rows) > 500
    for ps, corrected, significant in rows:
        rejected, expected, _, _ = multipletests(ps, alpha=0.05, method="bonferroni")
        np.testing.assert_allclose(corrected, expected, rtol=0, atol=1e-9)
        assert list(rejected) == significant


@pytest.fixture(scope="module")
def tails(generated: PeerBook) -> list[tuple[float, float]]:
    """The tail that int_peer_tests computes, on a grid from 0 to 40."""
    sql = generated.nodes["int_peer_tests"].sql
    start = sql.index("2 * (", sql.index("distance is not null then")) + len("2 * (")
    tail = sql[start : sql.index(") end as p_value", start)].replace("distance", "x")
    grid = "select i / 1000.0::double as x from range(0, 40001) as t(i)"
    return generated.run(f"select x, {tail} from ({grid})").fetchall()


def test_normal_tail_is_that_of_scipy_within_1e_15_when_x_is_up_to_40(
    tails: list[tuple[float, float]],
) -> None:
    x, found = np.array(tails).T
    assert len(x) == 40001
    np.testing.assert_allclose(found, norm.sf(x), rtol=0, atol=1e-15)


def test_normal_tail_keeps_its_digits_when_it_is_tiny(tails: list[tuple[float, float]]) -> None:
    # an absolute bound alone would let a p of 1e-20 be anything
    x, found = np.array([row for row in tails if row[0] <= 37]).T
    relative = np.abs(found / norm.sf(x) - 1)
    assert relative.max() < 1e-12


def test_weights_of_similarity_sum_to_one_when_they_are_read() -> None:
    from decimal import Decimal

    import yaml

    variables = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    weights = [Decimal(str(value)) for name, value in variables.items() if name.startswith("peer_weight_")]
    assert len(weights) == 4
    assert sum(weights) == 1


def test_gaps_are_what_the_contract_calls_one_when_benchmarks_are_read(generated: PeerBook) -> None:
    expected = {}
    for (ref, feature), row in compare.benchmarks(generated.connection).items():
        if row["unpublished_reason"] is not None or row["client_value"] is None:
            continue
        if row["test"]:
            if row["is_significant"] and abs(row["effect_h"]) > 0.2:
                expected[ref, feature] = "present" if row["client_value"] else "absent"
        elif abs(row["percentile"] - 0.5) > 0.10 and row["client_value"] != row["median"]:
            expected[ref, feature] = "above" if row["percentile"] > 0.5 else "below"
    found = {
        (ref, feature): direction
        for ref, feature, direction in generated.run(
            "select client_ref, feature, direction from fct_gap"
        ).fetchall()
    }
    assert found == expected
    assert set(found.values()) == {"above", "below", "absent", "present"}
