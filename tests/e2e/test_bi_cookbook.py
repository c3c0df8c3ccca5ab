"""The cookbook's questions, answered a second way: from the source file or from single marts, without SQL."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import pytest

from harness.bi.release import VIEWS, stage_bi
from harness.warehouse import opened
from tests.bi.cookbook import Rows, by, recipes, rows, table
from tests.e2e.command import SAMPLE, Ran

YES = {"true", "yes", "y"}
WORSE = {("better", "below"), ("better", "absent"), ("worse", "above"), ("worse", "present")}


@pytest.fixture(scope="module")
def marts(untouched: Ran) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file of the bundled sample."""
    with opened(untouched.place.marts) as connection:
        yield connection


@pytest.fixture(scope="module")
def source() -> Rows:
    with SAMPLE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def answer(marts: duckdb.DuckDBPyConnection, number: int) -> Rows:
    return rows(marts, recipes()[number].sql)


def percent(part: int, whole: int, places: int = 1) -> Any:
    """What a rounded share may be: floating point may round a tie either way."""
    return pytest.approx(100 * part / whole, abs=0.51 * 10**-places) if whole else None


def facts_of(found: Rows) -> dict[Any, dict[str, Any]]:
    return {row["client_ref"]: row for row in found}


def test_every_recipe_states_its_question_and_grain_when_the_cookbook_is_read() -> None:
    # a statement that the pattern does not find would be tested by nobody
    text = (SAMPLE.parent.parent / "docs" / "bi_cookbook.sql").read_text(encoding="utf-8")
    assert list(recipes()) == list(range(1, text.count(";\n") + 1))
    assert len(recipes()) >= 12
    assert all(recipe.grain.startswith("one row per ") for recipe in recipes().values())


def test_parquet_answers_as_the_published_file_does_when_its_views_are_made(
    marts: duckdb.DuckDBPyConnection, untouched: Ran, tmp_path: Path
) -> None:
    folder = tmp_path / "release"
    stage_bi(untouched.place.marts, folder, "a-run")
    with duckdb.connect() as connection:
        connection.execute(f"set file_search_path = '{folder}'")
        connection.execute((folder / VIEWS).read_text(encoding="utf-8"))
        for recipe in recipes().values():
            assert rows(connection, recipe.sql) == rows(marts, recipe.sql), recipe.question


def test_adoption_counts_the_cells_that_say_yes_when_it_is_asked_by_industry_and_band(
    marts: duckdb.DuckDBPyConnection, source: Rows
) -> None:
    found = answer(marts, 1)
    for name, column in (("auto_enrollment", "auto_enrollment_enabled"),
                         ("auto_escalation", "auto_escalation_enabled")):  # fmt: skip
        assert sum(row[name] for row in found) == sum(row[column].lower() in YES for row in source)
    assert sum(row["known"] for row in found) == sum(row["auto_enrollment_enabled"] != "" for row in source)
    designs, segments = facts_of(table(marts, "fct_plan_design")), table(marts, "dim_client_segment")
    groups = by(segments, "industry", "size_band_label")
    assert {(row["industry"], row["size_band_label"]) for row in found} == groups.keys()
    for row in found:
        members = groups[row["industry"], row["size_band_label"]]
        said = [designs[member["client_ref"]]["is_auto_enrollment_on"] for member in members]
        assert row["clients"] == len(members)
        assert row["percent"] == percent(said.count(True), len(said) - said.count(None))


def test_match_distribution_has_every_client_once_when_the_most_is_asked(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    def named(most: Decimal | None) -> str:
        if most is None or most == 0:
            return "no match" if most == 0 else "not settled"
        steps = ((2, "under 2 %"), (4, "2 % to under 4 %"), (6, "4 % to under 6 %"))
        return next((name for limit, name in steps if most * 100 < limit), "6 % and more")

    most = [row["max_match_percentage"] for row in table(marts, "fct_plan_design")]
    found = answer(marts, 2)
    assert {row["max_match"]: row["clients"] for row in found} == Counter(map(named, most))
    # by hand: DM-1001's 50 % of the first 4 % is 2 %, the first of its band
    assert next(row for row in found if row["max_match"] == "2 % to under 4 %")["lowest"] == Decimal("0.02")
    assert all(row["percent"] == percent(row["clients"], 122) for row in found)


def test_gaps_are_those_to_the_employees_disadvantage_when_they_are_asked_by_region(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    regions = facts_of(table(marts, "dim_client_segment"))
    features = {row["feature"]: row for row in table(marts, "dim_feature")}
    groups: dict[Any, list[float]] = {}
    for gap in table(marts, "fct_gap"):
        feature = features[gap["feature"]]
        if (feature["more_is"], gap["direction"]) in WORSE:
            key = (regions[gap["client_ref"]]["region"], feature["label"])
            groups.setdefault(key, []).append(abs(gap["gap_points"]))
    found = answer(marts, 3)
    assert {(row["region"], row["feature"]): row["clients"] for row in found} == {
        key: len(points) for key, points in groups.items()
    }
    for row in found:
        points = groups[row["region"], row["feature"]]
        assert row["median_gap_points"] == pytest.approx(median(points), abs=0.051)
    assert sum(row["adverse_gaps"] for row in table(marts, "wide_client")) == sum(map(len, groups.values()))


def test_recommendations_are_summed_exactly_when_their_value_is_asked(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    groups = by(table(marts, "fct_recommendation"), "rule")
    found = answer(marts, 4)
    assert {row["rule"] for row in found} == groups.keys()
    for row in found:
        made = groups[row["rule"]]
        assert row["clients"] == len(made)
        assert row["with_scenario"] == sum(entry["delivery_key"] is not None for entry in made)
        for name, column in (("mean_lift_low", "expected_low"), ("mean_lift_high", "expected_high"),
                             ("mean_cost_high", "cost_rate_high")):  # fmt: skip
            known = [entry[column] for entry in made if entry[column] is not None]
            mean = float(100 * sum(known) / len(known)) if known else None
            assert row[name] == (pytest.approx(mean, abs=0.0051) if known else None), row["rule"]


def test_held_clients_are_the_runs_own_when_reasons_are_asked(
    marts: duckdb.DuckDBPyConnection, untouched: Ran
) -> None:
    found = {(row["rule"], row["field"], row["code"]): row["clients"] for row in answer(marts, 5)}
    reasons = [
        key
        for client_id, client in untouched.clients.items()
        if client["status"] in ("held", "rejected")
        for key in untouched.reasons(client_id)
    ]
    assert found == Counter(reasons)
    held = [row for row in table(marts, "wide_client") if row["is_held"]]
    assert len(held) == untouched.report["counts"]["held"] > 30
    assert len(held) == untouched.report["counts"]["held"] > 30
    assert {row["client_ref"]: set(row["held_rules"]) for row in held} == {
        client["client_ref"]: {rule for rule, _, _ in untouched.reasons(client_id)}
        for client_id, client in untouched.clients.items()
        if client["status"] in ("held", "rejected")
    }


def test_freshness_counts_whole_months_when_it_is_asked_by_source(
    marts: duckdb.DuckDBPyConnection, source: Rows
) -> None:
    published = max(row["checked_at"] for row in table(marts, "fct_quality_result")).date()
    groups = by(table(marts, "dim_client"), "data_source")
    found = {row["data_source"]: row for row in answer(marts, 6)}
    assert {name: row["clients"] for name, row in found.items()} == Counter(
        row["data_source"] or None for row in source
    )
    for name, row in found.items():
        days = [client["last_updated_on"] for client in groups[name] if client["last_updated_on"]]
        assert (row["dated"], row["oldest"], row["newest"]) == (len(days), min(days), max(days))
        assert row["over_a_year"] == sum(_months(day, published) >= 12 for day in days)
        assert row["over_two_years"] == sum(_months(day, published) >= 24 for day in days)


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def test_quality_is_told_by_run_and_severity_when_it_is_asked_over_time(
    marts: duckdb.DuckDBPyConnection, untouched: Ran
) -> None:
    found = answer(marts, 7)
    groups = by(table(marts, "fct_quality_result"), "run_id", "severity")
    assert [(row["run_id"], row["severity"]) for row in found] == sorted(groups)
    for row in found:
        checks = groups[row["run_id"], row["severity"]]
        assert row["checks"] == len(checks)
        assert row["failed"] == sum(not check["is_passed"] for check in checks)
        assert (row["iso_year"], row["iso_week"]) == checks[0]["checked_at"].isocalendar()[:2]
    assert {row["run_id"] for row in found} == {untouched.report["run_id"]}
    assert not any(row["is_blocked"] for row in found)


def test_peers_of_one_client_are_its_benchmarks_when_a_name_is_asked(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    features = {row["feature"]: row for row in table(marts, "dim_feature") if row["is_headline"]}
    client = next(row for row in table(marts, "dim_client") if row["client_name"].startswith("Fennimoor"))
    own = {
        features[row["feature"]]["label"]: row
        for row in table(marts, "fct_peer_benchmark")
        if row["client_ref"] == client["client_ref"] and row["feature"] in features
    }
    found = {row["feature"]: row for row in answer(marts, 10)}
    assert found.keys() == {feature["label"] for feature in features.values()}
    for label, row in found.items():
        place = own[label]["percentile"]
        assert row["percentile"] == (None if place is None else pytest.approx(100 * place, abs=0.051))
        assert (row["client_value"], row["peers"]) == (own[label]["client_value"], own[label]["n"])
    ranks = answer(marts, 11)
    assert [row["similarity_rank"] for row in ranks] == [1, 2, 3, 4, 5]
    assert [row["similarity"] for row in ranks] == sorted((r["similarity"] for r in ranks), reverse=True)


def test_vesting_is_the_mean_of_the_steps_when_generosity_is_asked(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    steps = by(table(marts, "fct_vesting_step"), "client_ref")
    industries = {row["client_ref"]: row["industry"] for row in table(marts, "dim_client")}
    means: dict[Any, list[Decimal]] = {}
    for client_ref, found in steps.items():
        vested = [step["vested_rate"] for step in sorted(found, key=lambda step: step["years_of_service"])]
        padded = (vested + [Decimal(1)] * 7)[:7]
        means.setdefault(industries[client_ref], []).append(sum(padded, Decimal()) / 7)
    for row in answer(marts, 12):
        own = means[row["industry"]]
        assert row["known"] == len(own)
        assert row["mean_vesting_0_to_6"] == pytest.approx(float(sum(own) / len(own)), abs=0.00006)


def test_participation_is_a_plain_mean_when_it_is_asked_by_default_rate(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    known = [
        row
        for row in table(marts, "fct_plan_design")
        if row["current_participation"] is not None and row["is_auto_enrollment_on"] is not None
    ]
    groups = by(known, "is_auto_enrollment_on", "default_deferral_rate")
    found = answer(marts, 13)
    assert len(found) == len(groups)
    for row in found:
        rates = [p["current_participation"]
                 for p in groups[row["is_auto_enrollment_on"], row["default_deferral_rate"]]]  # fmt: skip
        assert row["clients"] == len(rates)
        assert row["mean_participation_percent"] == pytest.approx(
            float(100 * sum(rates) / len(rates)), abs=0.051
        )
        assert (row["lowest"], row["highest"]) == tuple(round(100 * end(rates), 1) for end in (min, max))


def test_fields_add_up_to_all_clients_when_it_is_asked_how_they_are_known(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    groups = by(table(marts, "fct_field_status"), "field")
    for row in answer(marts, 14):
        statuses = Counter(entry["status"] for entry in groups[row["field"]])
        assert {name: row[name] for name in statuses} == statuses
        assert row["clients"] == 122 == sum(statuses.values())


def test_changes_and_modelled_figures_are_told_when_there_are_any(untouched: Ran, tmp_path: Path) -> None:
    """The sample has one load and no outcome: without rows of our own two answers would be empty."""
    path = tmp_path / "marts.duckdb"
    shutil.copy(untouched.place.marts, path)
    path.chmod(0o600)
    with duckdb.connect(str(path)) as marts:
        assert {row["month_start_on"].day for row in answer(marts, 8)} == {1}
        assert [row["changes"] for row in answer(marts, 8)] == [0] * 12
        assert answer(marts, 9) == []
        marts.execute(
            "insert into fct_design_change by name select client_ref, 1 as version_number,"
            " 'match_formula' as field, 'source_changed' as change_reason, now()::timestamp as changed_at,"
            " current_date as changed_on, 1 as audit_entry_count from dim_client limit 3"
        )
        told = [row for row in answer(marts, 8) if row["field"]]
        assert [(row["changes"], row["clients"], row["field"]) for row in told] == [(3, 3, "match_formula")]
        marts.execute(
            "update wide_client set baseline_outcome_status = 'accepted', modelled_year = 2028,"
            " modelled_participation_rate = 0.9, modelled_deferral_rate = 0.07"
            " where client_name = 'Quillhaven Medical Center'"
        )
        (modelled,) = answer(marts, 9)
        # 84.5 % take part today and defer 6.1 %
        assert modelled["participation_change"] == Decimal("0.055")
        assert modelled["deferral_change"] == Decimal("0.009")


def test_delivery_is_counted_by_day_and_target_when_its_health_is_asked(
    untouched: Ran, tmp_path: Path
) -> None:
    """The sample's first run knows of none before it: rows by hand."""
    path = tmp_path / "marts.duckdb"
    shutil.copy(untouched.place.marts, path)
    path.chmod(0o600)
    with duckdb.connect(str(path)) as marts:
        assert answer(marts, 16) == []
        for number, (target, outcome) in enumerate(
            [("crm", "confirmed"), ("crm", "retry_wait"), ("crm", "dead"), ("fhi", "unchanged")]
        ):
            is_confirmed = outcome in ("confirmed", "unchanged")
            code = "null" if is_confirmed else f"'{outcome}_code'"
            marts.execute(
                "insert into fct_sync_operation by name select 'r' as run_id, '' as endpoint,"
                f" '{target}' as target, 'k{number}' as delivery_key, 1 as attempt_number,"
                " 'insert' as action,"
                f" '{outcome}' as outcome, {is_confirmed} as is_confirmed, {code} as code,"
                f" timestamp '2026-05-0{1 + number // 3} 12:00' as started_at"
            )
        told = [tuple(row.values())[:9] for row in answer(marts, 16)]
        assert told == [
            (date(2026, 5, 1), "crm", "", 3, 1, 33.3, 1, 1, "retry_wait_code"),
            (date(2026, 5, 2), "fhi", "", 1, 1, 100.0, 0, 0, None),
        ]
