"""Rule by rule the gates reach the verdicts of the slow way (gate_reference.py), with the same findings."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from harness.gate.suite import REQUIRED_RULES, thresholds
from tests.harness import gate_reference
from tests.harness.gate_cases import EXPORT, MARTS, SOURCE
from tests.harness.gate_fixture import PROJECT, SUITES, build, ref
from tests.harness.test_gate_runner import WHOLE

CASES = {"source": SOURCE, "marts": MARTS, "export": EXPORT}
# of what breaks a whole load, all that can be broken at once; what contradicts another has a test of its own
APART = {
    "source": {"v3 with plan_id instead of client_id", "required column gone", "two of twenty ids alike"},
    "marts": {
        "row count unknown",
        "field left out for all",
        "client twice",
        "client lost",
        "row lost in staging",
    },
    "export": {
        "document of nobody",
        "CRM record of nobody",
        "CRM record lost",
        "document without reason missing",
    },
}
# what needs peers, a load before, a version or a real document to fail: broken in test_gate_peers.py,
# test_gate_drift.py and tests/e2e/test_reconciliation.py
SILENT = {
    "source": {
        "columns_hold_what_they_are_for",
        "columns_of_the_last_load_are_still_there",
        "every_row_has_a_usable_client_id",
        "no_known_column_was_renamed",
        "row_count_has_not_collapsed",
        "smaller_row_count_is_explained",
    },
    "marts": {
        "gaps_are_against_published_peers",
        "peer_statistics_are_of_enough_plans",
        "recommendations_tell_of_published_peers",
    },
    "export": {
        "baseline_documents_hold_the_recomputed_figures",
        "designs_can_be_told_to_the_declared_navigator",
        "documents_are_there_for_somebody",
        "documents_belong_to_known_clients",
        "every_client_has_a_crm_record",
        "every_version_is_known",
    },
}
Compared = tuple[dict[str, Any], dict[str, Any]]


def compared(path: Path, checkpoint: str, **parameters: Any) -> Compared:
    """(the slow way's verdicts, ours), each by expectation."""
    from harness.gate import runner

    with runner.opened(path, None, parameters) as connection:
        results = runner.run_checkpoint(
            connection, checkpoint, SUITES, thresholds(PROJECT / "dbt_project.yml")
        )
        return gate_reference.judged(connection, checkpoint), gate_reference.ours(results)


@pytest.mark.parametrize("checkpoint", REQUIRED_RULES)
def test_verdicts_and_findings_are_those_of_the_slow_way_when_much_is_broken(
    tmp_path: Path, checkpoint: str
) -> None:
    """Else a rule that was made faster might let a client go, or hold one, that it didn't before."""
    cases = CASES[checkpoint]
    damage = "".join(case.sql.format(r=ref(n), n=n + 1) for n, case in enumerate(cases, 1))
    path = build(tmp_path / "w.duckdb", len(cases) + 3, damage)
    with duckdb.connect(str(path)) as connection:
        for name, (of, sql, _) in WHOLE.items():
            if of == checkpoint and name not in APART[checkpoint]:
                connection.execute(sql)
    before, now = compared(path, checkpoint)
    assert now == before
    silent = {name for name, (_, _, count, _) in now.items() if not count}
    assert silent == SILENT[checkpoint]


@pytest.mark.parametrize("case", [name for names in APART.values() for name in sorted(names)])
def test_verdicts_are_those_of_the_slow_way_when_one_thing_is_broken(tmp_path: Path, case: str) -> None:
    checkpoint, damage, _ = WHOLE[case]
    before, now = compared(build(tmp_path / "w.duckdb", 20, damage), checkpoint, last_published_rows=40)
    assert now == before
    assert any(count for _, _, count, _ in now.values())
