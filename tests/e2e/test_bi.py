"""The published star as a BI tool sees it: described, keyed, complete, and the same while it is replaced."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy

from harness.bi.keys import declared, faults
from harness.warehouse import opened
from tests.bi.cookbook import by, rows, table
from tests.e2e.command import PROJECT, Ran
from tests.e2e.conftest import History
from tests.e2e.dashboard import checksums

STAR = {
    "dim_client", "dim_plan_design", "dim_peer_group", "dim_feature", "dim_scenario", "dim_date",
    "fct_plan_design", "fct_plan_metrics", "fct_peer_benchmark", "fct_recommendation",
    "fct_navigator_outcome", "fct_quality_result", "fct_sync_operation", "wide_client",
}  # fmt: skip
"""What the contract (targets.md, BI) names."""


@pytest.fixture(scope="module")
def marts(untouched: Ran) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(untouched.place.marts) as connection:
        yield connection


def test_every_table_and_column_is_described_when_the_duckdb_catalogue_is_asked(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    found = marts.execute(
        "select table_name, comment from duckdb_tables()"
        " union all select view_name, comment from duckdb_views() where not internal"
    ).fetchall()
    assert {name for name, _ in found} >= STAR
    assert [name for name, about in found if not (about or "").startswith("One row per ")] == []
    bare = marts.execute(
        "select table_name, column_name from duckdb_columns() where not internal"
        " and trim(coalesce(comment, '')) = ''"
    ).fetchall()
    assert bare == []
    # and a second time for tools that show no comments
    assert rows(marts, "select * from dim_mart where description is null or grain is null") == []
    assert rows(marts, "select * from dim_mart_column where description is null") == []
    assert {row["table_name"] for row in table(marts, "dim_mart")} == {name for name, _ in found}


def test_every_table_and_column_is_described_when_sqlalchemy_reflects_the_file(untouched: Ran) -> None:
    # Superset and other tools see what this inspector sees
    # by its other name: in one process DuckDB opens a file with one configuration only
    path = untouched.place.marts.with_name(f"{untouched.report['run_id']}.duckdb")
    engine = sqlalchemy.create_engine(f"duckdb:///{path}", connect_args={"read_only": True})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lists have no type in SQLAlchemy
        inspector = sqlalchemy.inspect(engine)
        names = inspector.get_table_names() + inspector.get_view_names()
        assert set(names) >= STAR | {"fct_peer_cohort"}
        bare = [name for name in names if not (inspector.get_table_comment(name)["text"] or "").strip()]
        bare += [
            f"{name}.{column['name']}"
            for name in names
            for column in inspector.get_columns(name)
            if not (column["comment"] or "").strip()
        ]
    engine.dispose()
    assert bare == []


def test_every_key_holds_and_every_table_declares_one_when_marts_are_published(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    names = [row["table_name"] for row in table(marts, "dim_mart")]
    keys = declared(PROJECT)
    assert [name for name in names if name not in keys] == []
    assert list(faults(marts, keys, names)) == []
    # every fact leads to a dimension, but those about the run or a field of the matrix
    leading = {row["table_name"] for row in table(marts, "dim_mart_key")}
    alone = {name for name in names if name.startswith("fct_")} - leading
    assert alone == {"fct_quality_result", "fct_reconciliation", "fct_sync_operation"}


def test_every_day_of_a_fact_is_in_the_calendar_when_marts_are_published(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    columns = marts.execute(
        "select table_name, column_name from duckdb_columns() where not internal"
        " and data_type in ('DATE', 'TIMESTAMP') and table_name <> 'dim_date'"
    ).fetchall()
    assert ("fct_quality_result", "checked_at") in columns
    for name, column in columns:
        missing = marts.execute(
            f"select distinct cast({column} as date) as day from {name} where {column} is not null"
            " and day not in (select date_on from dim_date)"
        ).fetchall()
        assert missing == [], (name, column)


def test_calendar_is_pythons_without_a_gap_when_marts_are_published(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    days = marts.execute(
        "select date_on, year_number, quarter_number, month_number, month_name, day_of_month, day_of_year,"
        " iso_year, iso_week, iso_weekday, day_name, is_weekend, month_start_on, quarter_start_on"
        " from dim_date order by date_on"
    ).fetchall()
    assert days[0][0] == date(1900, 1, 1)
    assert days[-1][0] == date(days[-1][0].year, 12, 31) >= date(2036, 12, 31)
    assert len(days) == (days[-1][0] - days[0][0] + timedelta(1)).days
    for day, *said in days:
        quarter = (day.month + 2) // 3
        assert said == [
            day.year, quarter, day.month, f"{day:%B}", day.day, day.timetuple().tm_yday, *day.isocalendar(),
            f"{day:%A}", day.isoweekday() > 5, day.replace(day=1), date(day.year, 3 * quarter - 2, 1),
        ]  # fmt: skip


def test_wide_table_says_what_the_star_says_when_they_are_compared(marts: duckdb.DuckDBPyConnection) -> None:
    # else two dashboards of one client would differ
    wide = {row["client_ref"]: row for row in table(marts, "wide_client")}
    renamed = {
        "current_participation": "participation_rate",
        "average_contribution_rate": "average_deferral_rate",
    }
    compared = 0
    for name in ("dim_client", "dim_client_segment", "fct_plan_design"):
        found = table(marts, name)
        assert len(found) == len(wide)
        for row in found:
            for column, value in row.items():
                own = renamed.get(column, column)
                # plan_type is the normalised one, as in the segment
                if own in wide[row["client_ref"]] and (name, column) != ("dim_client", "plan_type"):
                    compared += 1
                    assert wide[row["client_ref"]][own] == value, (name, column)
    assert compared > 122 * 30
    gaps = by(table(marts, "fct_gap"), "client_ref")
    made = by(table(marts, "fct_recommendation"), "client_ref")
    order = {row["rule"]: row["rule_order"] for row in table(marts, "dim_recommendation_rule")}
    forbidden = 0
    for ref, row in wide.items():
        assert row["gap_features"] == sorted(gap["feature"] for gap in gaps.get(ref, []))
        # what the law forbids the plan is nothing to begin with, whatever its priority
        allowed = [
            entry
            for entry in made.get(ref, [])
            if entry["not_exported_reason"] not in ("plan_type_excluded", "safe_harbor_formula")
        ]
        forbidden += len(made.get(ref, [])) - len(allowed)
        own = sorted(allowed, key=lambda entry: (entry["priority"], order[entry["rule"]]))
        assert row["recommendations"] == len(own)
        assert row["first_recommendation"] == (own[0]["recommendation"] if own else None)
    assert any(row["first_recommendation"] for row in wide.values())
    assert forbidden
    healthy = {"plan_health_score", "retirement_readiness", "preparedness_gap"}
    bands = set()
    for outcome in table(marts, "fct_fhi_outcome"):
        if outcome["component"] in healthy:
            assert wide[outcome["client_ref"]][outcome["component"]] == outcome["value"]
        elif outcome["element"] == "financial_wellness_continuum":
            assert wide[outcome["client_ref"]]["plan_health_band"] == outcome["band"]
            bands.add(outcome["band"])
    assert len(bands) > 2


def test_plan_metrics_are_of_the_day_that_the_plan_states_when_it_states_one(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    versions = {(row["client_ref"], row["version_number"]): row for row in table(marts, "dim_plan_design")}
    found = table(marts, "fct_plan_metrics")
    assert len(found) == len(versions)
    for row in found:
        version = versions[row["client_ref"], row["version_number"]]
        stated = version["last_updated_on"]
        assert row["is_as_of_stated"] == (stated is not None)
        assert row["as_of_on"] == (stated or version["valid_from"].date())
        assert row["participation_rate"] == version["current_participation"]
        assert row["employee_count"] == version["employee_count"]
    assert {row["is_as_of_stated"] for row in found} == {True, False}


def test_dashboard_sees_one_version_at_a_time_when_runs_and_a_rollback_replace_the_file(
    sample: History,
) -> None:
    """No query fails, and no session mixes two runs: what it reads is what that run's own file holds."""
    (whole, *_), sessions = (_sessions(said) for said in sample.dashboards)
    first, narrowed, rebuilt = (
        ran.report["run_id"] for ran in (sample.first, sample.narrowed, sample.rebuilt)
    )
    seen = [session["run_id"] for session in sessions]
    # every version was seen in its turn: two runs forward, a rollback, and forward again
    assert [run for run, before in zip(seen, [None, *seen], strict=False) if run != before] == [
        first, narrowed, rebuilt, first, rebuilt,
    ]  # fmt: skip
    held = {run: _checksums(sample.first.place.marts.with_name(f"{run}.duckdb")) for run in set(seen)}
    assert len({json.dumps(found) for found in held.values()}) == 3
    for session in [whole, *sessions]:
        assert session["before"] == session["after"] == held[session["run_id"]]
    # one session was open all the time, and kept the version that it began with
    assert whole["run_id"] == first
    assert whole["seconds"] > sum(session["seconds"] for session in sessions[1:-1])
    assert whole["queries"] > 3


def _sessions(said: str) -> list[dict[str, Any]]:
    *found, last = map(json.loads, said.splitlines())
    assert last == {"end": True}, said[-2000:]
    return found


def _checksums(path: Path) -> dict[str, str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return checksums(connection)
