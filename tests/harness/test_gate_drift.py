"""S01 and E04: what became of the source's columns since last week, and versions that nobody tried."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.compat import rows
from harness.extract.columns import CANONICAL, REQUIRED, V3_ONLY
from harness.gate.suite import thresholds
from tests.harness.gate_fixture import PROJECT, SUITES, build, ref

Judge = Callable[..., list[dict[str, Any]]]
RENAME = "update raw.source_columns set canonical_name = null, column_name = '{}' where canonical_name = '{}'"
TYPED = "update raw.source_columns set source_type = '{}' where canonical_name = '{}'"
CELLS = "update raw.plan_designs set {} = '{}' where _row <= {}"


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Failed results of one checkpoint over twenty healthy clients, damaged."""
    from harness.gate import runner

    def run(checkpoint: str, damage: str = "", count: int = 20, **parameters: Any) -> list[dict[str, Any]]:
        path = build(tmp_path / f"w{len(list(tmp_path.iterdir()))}.duckdb", count, damage)
        numbers = thresholds(PROJECT / "dbt_project.yml")
        with runner.opened(path, None, parameters) as connection:
            results = runner.run_checkpoint(connection, checkpoint, SUITES, numbers)
        return [dict(result) for result in results if not result["passed"]]

    return run


def told(failed: list[dict[str, Any]], rule: str = "S01") -> set[tuple[str, str, str]]:
    """(severity, field, code) of the findings of one rule."""
    return {
        (r["severity"], f["field"], f["code"]) for r in failed if r["rule"] == rule for f in r["findings"]
    }


def test_column_is_listed_and_the_run_goes_on_when_it_is_new(judge: Judge) -> None:
    failed = judge("source", "insert into raw.source_columns select * replace ('broker' as column_name,"
                   " null as canonical_name) from raw.source_columns limit 1")  # fmt: skip
    assert told(failed) == {("warn", "broker", "unknown_column")}


def test_run_is_blocked_when_a_required_column_is_missing(judge: Judge) -> None:
    failed = judge("source", "delete from raw.source_columns where canonical_name = 'industry'")
    assert told(failed) == {("block", "industry", "missing_column")}


@pytest.mark.parametrize(
    ("now", "was"),
    [("auto_enrolment_rate", "auto_enrollment_rate"), ("Vesting Schedule", "vesting_schedule")],
)
def test_run_is_blocked_and_the_nearest_is_named_when_a_column_was_renamed(
    judge: Judge, now: str, was: str
) -> None:
    # without it the column would be read as blank: an optional one without a word
    failed = judge("source", RENAME.format(now, was))
    assert ("block", was, "renamed_column") in told(failed)
    message = next(f["message"] for r in failed for f in r["findings"] if f["code"] == "renamed_column")
    assert now in message and was in message


def test_rename_is_noticed_sooner_when_the_last_load_had_the_column(judge: Judge) -> None:
    damage = RENAME.format("participation_share", "participation_rate")
    assert told(judge("source", damage)) == {("warn", "participation_share", "unknown_column")}
    failed = judge("source", damage, last_published_columns='["participation_rate"]')
    assert ("block", "participation_rate", "renamed_column") in told(failed)
    assert ("warn", "participation_rate", "column_gone") in told(failed)


RETYPED = {
    "count of words": ("employee_count", CELLS.format("employee_count", "many", 12)),
    "rate of yes and no": ("auto_enrollment_rate", CELLS.format("auto_enrollment_rate", "TRUE", 12)),
    "dates as numbers": ("last_updated", CELLS.format("last_updated", "46327", 12)),
    "yes and no as dates": ("match_true_up", CELLS.format("match_true_up", "2024-01-01", 12)),
    "a formula of numbers": ("match_formula", CELLS.format("match_formula", "0.04", 12)),
    "rate declared as boolean": ("auto_enrollment_rate", TYPED.format("BOOLEAN", "auto_enrollment_rate")),
    "date declared as number": ("last_updated", TYPED.format("BIGINT", "last_updated")),
    "text declared as date": ("state", TYPED.format("TIMESTAMP", "state")),
}  # fmt: skip


@pytest.mark.parametrize("case", RETYPED)
def test_run_is_blocked_with_expected_and_found_when_a_column_is_re_typed(judge: Judge, case: str) -> None:
    field, damage = RETYPED[case]
    failed = judge("source", damage)
    assert told(failed) == {("block", field, "retyped_column")}
    message = failed[0]["findings"][0]["message"]
    assert " are expected." in message or "yes or no" in message


UNCHANGED = {
    "half the cells": CELLS.format("employee_count", "many", 11),
    "dates without marks": CELLS.format("last_updated", "20260101", 30),
    "yes and no as 0 and 1": CELLS.format("auto_enrollment_enabled", "1", 30),
    "unknown counts": CELLS.format("employee_count", "TBD", 30),
    "rates as fractions": CELLS.format("auto_enrollment_rate", "0.03", 30),
    "declared, but empty": TYPED.format("INTEGER", "plan_amended_on"),
    "numbers as numbers": TYPED.format("INTEGER", "employee_count"),
    "rates as decimals": TYPED.format("DECIMAL(5,2)", "auto_enrollment_rate"),
}


@pytest.mark.parametrize("case", UNCHANGED)
def test_nothing_is_re_typed_when(judge: Judge, case: str) -> None:
    assert told(judge("source", UNCHANGED[case])) == set()


def test_few_odd_cells_are_no_other_type_when_the_matrix_is_small(judge: Judge) -> None:
    assert told(judge("source", CELLS.format("employee_count", "many", 9), count=4)) == set()


def test_column_that_is_gone_is_told_when_the_last_load_had_texts_in_it(judge: Judge) -> None:
    damage = "delete from raw.source_columns where canonical_name = 'match_true_up'"
    assert told(judge("source", damage)) == set()
    failed = judge("source", damage, last_published_columns='["match_true_up", "state"]')
    assert told(failed) == {("warn", "match_true_up", "column_gone")}


@pytest.mark.parametrize(
    ("damage", "parameters", "component"),
    [
        ("", {"navigator_version": "3.0"}, "Navigator"),
        ("", {"source_storage_version": "99"}, "DuckDB storage"),
        ("update raw.load set schema_version = 'v9'", {}, "Design Matrix"),
        ("update raw.load set schema_version = null", {}, "Design Matrix"),
        (
            "update exp_navigator__scenario set document = json_merge_patch(document,"
            " json_object('design_matrix', json_object('schema_version', 'navigator-scenario/7.0')))",
            {},
            "navigator-scenario",
        ),
    ],
)
def test_run_is_blocked_when_it_meets_a_version_that_nobody_tried(
    judge: Judge, damage: str, parameters: dict[str, str], component: str
) -> None:
    assert told(judge("export", damage, **parameters), "E04") == {("block", component, "unknown_version")}


@pytest.mark.parametrize("version", ["2.0.0", "2.1.0", "2.2.0", "2.3.0", "2.4.0"])
def test_known_versions_pass_when_they_are_declared(judge: Judge, version: str) -> None:
    assert judge("export", navigator_version=version, source_storage_version="68") == []


def test_graded_match_is_held_for_navigator_when_the_declared_one_has_no_place_for_it(judge: Judge) -> None:
    damage = (
        f"update fct_plan_design set match_kind = 'service_graded' where client_ref = '{ref(1)}';"
        f"update fct_plan_design set core_kind = 'age_banded' where client_ref = '{ref(2)}'"
    )
    found = {
        version: {
            (f["client_ref"], f["field"], f["target"])
            for r in judge("export", damage, navigator_version=version)
            for f in r["findings"]
        }
        for version in ("2.0.0", "2.2.0", "2.4.0")
    }
    graded = (ref(1), "match_formula", "navigator")
    banded = (ref(2), "nonelective_formula", "navigator")
    assert found == {"2.0.0": {graded, banded}, "2.2.0": {banded}, "2.4.0": set()}


def _columns() -> list[dict[str, str]]:
    import csv

    with (PROJECT / "seeds" / "design_matrix_columns.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_seed_of_columns_is_what_the_extraction_reads_when_compared() -> None:
    # two lists of one thing: the gate would judge by columns that nothing reads
    columns = _columns()
    assert [row["column_name"] for row in columns] == CANONICAL
    required = {row["column_name"] for row in columns if row["is_required"] == "true"}
    assert required == set(REQUIRED)
    only_v3 = {r["column_name"] for r in columns if r["is_in_v3"] == "true" and r["is_in_v2"] == "false"}
    assert only_v3 == set(V3_ONLY)


def test_matrix_lists_every_version_that_the_extraction_and_the_targets_know_when_read() -> None:
    from typing import get_args

    from exporters import TARGETS
    from harness.extract.duckdb_source import NEWEST_STORAGE_VERSION
    from harness.extract.source import SchemaVersion

    known: dict[str, set[str]] = {}
    for row in rows():
        known.setdefault(row["component"], set()).add(row["version"])
        assert row["source"]
    assert known["Design Matrix"] == set(get_args(SchemaVersion))
    assert {"64", str(NEWEST_STORAGE_VERSION)} <= known["DuckDB storage"]
    for target in TARGETS.values():
        name, _, version = target.schema.removesuffix(".json").rpartition("-")
        assert version in known[name]
    for component in known:
        assert [r["is_current"] for r in rows() if r["component"] == component].count("true") == 1
