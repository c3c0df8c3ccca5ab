"""Every rule that judges single clients, on both sides of its limit: one client per case, one run for all."""

from pathlib import Path
from typing import Any

import pytest

from harness.gate.suite import thresholds
from tests.harness.gate_cases import EXPORT, MARTS, SOURCE, Case
from tests.harness.gate_fixture import PROJECT, SUITES, build, ref

CASES = {"source": SOURCE, "marts": MARTS, "export": EXPORT}
ALL = [
    (checkpoint, number, case) for checkpoint, cases in CASES.items() for number, case in enumerate(cases, 1)
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The results of each checkpoint over a warehouse in which client n is damaged as case n says."""
    from harness.gate import runner

    numbers = thresholds(PROJECT / "dbt_project.yml")
    found: dict[str, list[Any]] = {}
    for checkpoint, cases in CASES.items():
        damage = "".join(case.sql.format(r=ref(n), n=n + 1) for n, case in enumerate(cases, 1))
        path = build(tmp_path_factory.mktemp(checkpoint) / "w.duckdb", len(cases) + 3, damage)
        with runner.opened(path, None, {}) as connection:
            found[checkpoint] = runner.run_checkpoint(connection, checkpoint, SUITES, numbers)
    return found


@pytest.mark.parametrize(
    ("checkpoint", "number", "case"), ALL, ids=[f"{c.rule}-{c.severity}-{c.what}" for _, _, c in ALL]
)
def test_rule_names_the_client_when_its_case_says_so(
    judged: dict[str, list[Any]], checkpoint: str, number: int, case: Case
) -> None:
    named = [
        found
        for result in judged[checkpoint]
        if (result["rule"], result["severity"]) == (case.rule, case.severity)
        for found in result["findings"]
        if found["client_ref"] == ref(number) and (case.found is None or found["field"] == case.found)
    ]
    if case.found is None:
        assert named == []
        return
    assert named
    assert case.code in {None, *(found["code"] for found in named)}
    assert all(found["message"] and found["resolve"] and found["code"] for found in named)
    # looked up for the operator: who, and where in the source
    assert {(found["client_id"], found["row_number"]) for found in named} == {(f"70{number:04}", number + 1)}


def test_no_expectation_raises_when_clients_are_damaged(judged: dict[str, list[Any]]) -> None:
    assert [r["exception"] for results in judged.values() for r in results if r["exception"]] == []


def test_every_client_rule_has_a_failing_and_a_passing_case_when_listed() -> None:
    failing = {(case.rule, case.severity) for _, _, case in ALL if case.found}
    passing = {case.rule for _, _, case in ALL if case.found is None}
    assert (
        {rule for rule, _ in failing} == passing == {"S04", "S05", "E01"} | {f"P{n:02}" for n in range(1, 13)}
    )


def test_healthy_client_has_no_finding_when_others_are_damaged(
    judged: dict[str, list[Any]],
) -> None:
    healthy = {checkpoint: ref(len(cases) + 1) for checkpoint, cases in CASES.items()}
    for checkpoint, results in judged.items():
        assert [f for r in results for f in r["findings"] if f["client_ref"] == healthy[checkpoint]] == []


def test_raw_text_is_filled_in_when_the_rule_leaves_it_out(judged: dict[str, list[Any]]) -> None:
    number = next(n for n, case in enumerate(MARTS, 1) if case.what == "auto-enrolment 15.1 %")
    raws = {
        found["raw"]
        for result in judged["marts"]
        if result["rule"] == "P01"
        for found in result["findings"]
        if found["client_ref"] == ref(number)
    }
    assert raws == {"3%"}


def test_navigator_alone_is_held_when_it_cannot_represent_a_cost(
    judged: dict[str, list[Any]],
) -> None:
    from harness.gate.findings import summary

    number = next(n for n, case in enumerate(MARTS, 1) if case.what == "dollar cap")
    found = summary(judged["marts"])
    assert ref(number) in found["held_by_target"]["navigator"]
    assert ref(number) not in found["held"]


def test_suites_name_no_threshold_when_it_is_not_declared() -> None:
    """A limit written into the SQL of a suite would be a second place for it."""
    text = "".join(Path(path).read_text(encoding="utf-8") for path in SUITES.glob("*.yml"))
    unused = [name for name in thresholds(PROJECT / "dbt_project.yml") if name not in text]
    assert unused == []
