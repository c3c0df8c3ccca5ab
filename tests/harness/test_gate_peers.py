"""Rule R03 through Great Expectations: the run is blocked, whatever else is right."""

from pathlib import Path
from typing import Any

import pytest

from harness.gate.suite import thresholds
from tests.harness.gate_fixture import PROJECT, SUITES, build, ref

DAMAGE = {
    "nothing": ("", set()),
    "19 peers know the value": (
        f"update int_features__measured set value = null where client_ref = '{ref(1)}'",
        {"peer_statistics_are_of_enough_plans"},
    ),
    "all plans are of one organisation": (
        "update dim_client_segment set organisation = 'acme'",
        {"peer_statistics_are_of_enough_plans"},
    ),
    "a gap without a statistic": (
        f"insert into fct_gap values ('{ref(1)}', 'true_up')",
        {"gaps_are_against_published_peers"},
    ),
    "evidence without a statistic": (
        f"""update fct_recommendation set feature = 'true_up', evidence = '{{"h": 0.3}}'
            where client_ref = '{ref(1)}'""",
        {"recommendations_tell_of_published_peers"},
    ),
    "other evidence than the statistic": (
        f"""update fct_recommendation set evidence = '{{"n": 19}}' where client_ref = '{ref(1)}'""",
        {"recommendations_tell_of_published_peers"},
    ),
    "a median in words without a statistic": (
        f"""update fct_recommendation set feature = 'true_up', rule = 'vesting_slower', evidence = '{{}}'
            where client_ref = '{ref(1)}'""",
        {"recommendations_tell_of_published_peers"},
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_run_is_blocked_when_peers_are_too_few(tmp_path: Path, what: str) -> None:
    from harness.gate import runner
    from harness.gate.findings import summary

    damage, expected = DAMAGE[what]
    path = build(tmp_path / "w.duckdb", 21, damage)
    with runner.opened(path, None, {}) as connection:
        results: list[Any] = runner.run_checkpoint(
            connection, "marts", SUITES, thresholds(PROJECT / "dbt_project.yml")
        )
    failed = {result["name"] for result in results if result["rule"] == "R03" and not result["passed"]}
    assert failed == expected
    assert summary(results)["blocked"] is bool(expected)
