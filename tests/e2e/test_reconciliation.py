"""Rule R02 on a built warehouse: one published number changed by hand, and the run would stop, naming it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.e2e.command import PROJECT, Ran

SUITES = PROJECT / "tests" / "expectations"

# field of the Design Matrix, a figure that the second path recomputes, and what is done to it (`set`: in
# fct_plan_design); relative to what is there, since references, and so clients, differ from home to home
MUTATIONS = {
    "match rate": (
        "match_formula",
        "band 0 tier 1 rate",
        "update fct_match_tier set match_rate = match_rate + 0.123",
    ),
    "match tier's end": (
        "match_formula",
        "band 0 tier 1 to",
        "update fct_match_tier set employee_max = employee_max + 0.09",
    ),
    "tier lost": ("match_formula", "band 0 tier 2 rate", "delete from fct_match_tier where tier > 1 and"),
    "match maximum": (
        "match_formula",
        "max_match_percentage",
        "set max_match_percentage = max_match_percentage + 0.011",
    ),
    "stated match rate": (
        "match_effective_rate",
        "match_effective_rate",
        "set match_effective_rate = match_effective_rate + 0.011",
    ),
    "true-up": ("match_true_up", "match_true_up", "set is_match_true_up = not is_match_true_up"),
    "core rate": ("nonelective_formula", "core_rate", "set core_rate = core_rate * 2"),
    "core band from nowhere": (
        "nonelective_formula",
        "core_kind",
        "insert into fct_core_band select client_ref, 1, 0, null, null, null, 0.01 from dim_client",
    ),
    "vested share": (
        "vesting_schedule",
        "year 0",
        "update fct_vesting_step set vested_rate = vested_rate + 0.123 where years_of_service = 0 and",
    ),
    "vesting array": (
        "vesting_schedule",
        "vesting_schedule_array",
        "set vesting_schedule_array = vesting_schedule_array || [1]",
    ),
    "enrolment rate": (
        "auto_enrollment_rate",
        "default_deferral_rate",
        "set default_deferral_rate = default_deferral_rate + 0.011",
    ),
    "auto-enrolment off": (
        "auto_enrollment_enabled",
        "auto_enrollment_enabled",
        "set is_auto_enrollment_on = not is_auto_enrollment_on",
    ),
    "year of auto-enrolment": (
        "auto_enrollment_effective_year",
        "auto_enrollment_effective_year",
        "set auto_enrollment_effective_year = auto_enrollment_effective_year - 20",
    ),
    "escalation cap lost": ("auto_escalation_cap", "auto_escalation_cap", "set escalation_cap_rate = null"),
    "escalation": (
        "auto_escalation_rate",
        "auto_escalation_rate",
        "set escalation_increment_rate = escalation_increment_rate + 0.01",
    ),
    "participation": (
        "participation_rate",
        "participation_rate",
        "set current_participation = current_participation / 2",
    ),
    "average deferral": (
        "avg_deferral_rate",
        "avg_deferral_rate",
        "set average_contribution_rate = average_contribution_rate / 2",
    ),
    "waiting period": (
        "eligibility",
        "waiting_period_months",
        "set waiting_period_months = waiting_period_months + 9",
    ),
    "day": ("last_updated", "last_updated", "set last_updated_on = last_updated_on + 1"),
    "head count": (
        "employee_count",
        "employee_count",
        "update dim_client set employee_count = employee_count + 1",
    ),
    "state": ("state", "state", "update dim_client set state = 'GU'"),
    "industry": ("industry", "industry", "update dim_client set industry = 'government'"),
}

Judge = Callable[[str, str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def judge(untouched: Ran, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Run one checkpoint of the gates on the sample's warehouse after some SQL was run in a copy of it."""
    from harness.gate import runner
    from harness.gate.suite import thresholds

    home, folder = untouched.place.home, tmp_path_factory.mktemp("mutated")
    numbers = thresholds(PROJECT / "dbt_project.yml")

    def run(checkpoint: str, sql: str) -> list[dict[str, Any]]:
        copy = Path(shutil.copy(home / "warehouse.duckdb", folder))
        with duckdb.connect(str(copy)) as connection:
            connection.execute(sql)
        with runner.opened(copy, home / "state.duckdb", {}) as connection:
            return [dict(r) for r in runner.run_checkpoint(connection, checkpoint, SUITES, numbers)]

    return run


@pytest.fixture(scope="module")
def figures(untouched: Ran) -> dict[tuple[str, str], str]:
    """A client by each (field, figure) that the second path recomputes and something is published of: the
    first by id, for which client has the least reference differs from home to home.
    """
    home = untouched.place.home
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select field, figure, arg_min(client_ref, client_id)"
            " from int_reconciliation__compared join int_clients using (client_ref)"
            " where not is_held and published is not null"
            " and not (figure = 'industry' and published = 'government') group by field, figure"
        ).fetchall()
    return {(field, figure): ref for field, figure, ref in found}


def r02(results: list[dict[str, Any]]) -> set[tuple[str | None, str | None]]:
    """(client_ref, field) of every finding of rule R02 that blocks."""
    return {
        (found["client_ref"], found["field"])
        for result in results
        if result["rule"] == "R02" and result["severity"] == "block"
        for found in result["findings"]
    }


def test_nothing_is_found_when_nothing_was_changed(judge: Judge) -> None:
    for checkpoint in ("marts", "export"):
        assert r02(judge(checkpoint, "select 1")) == set()


@pytest.fixture(scope="module")
def named(judge: Judge, figures: dict[tuple[str, str], str]) -> set[tuple[str | None, str | None]]:
    """What rule R02 names after all the mutations, each on a figure of its own."""
    statements = []
    for field, figure, sql in MUTATIONS.values():
        sql = sql if not sql.startswith("set ") else f"update fct_plan_design {sql}"
        glue = "" if sql.endswith(" and") else " where"
        statements.append(f"{sql}{glue} client_ref = '{figures[field, figure]}'")
    return r02(judge("marts", "; ".join(statements)))


@pytest.mark.parametrize("what", MUTATIONS)
def test_run_is_blocked_and_names_client_and_field_when_one_published_number_is_changed(
    named: set[tuple[str | None, str | None]], figures: dict[tuple[str, str], str], what: str
) -> None:
    field, figure, _ = MUTATIONS[what]
    assert (figures[field, figure], field) in named


def test_nothing_else_is_named_when_figures_are_changed(
    named: set[tuple[str | None, str | None]], figures: dict[tuple[str, str], str]
) -> None:
    assert named == {(figures[field, figure], field) for field, figure, _ in MUTATIONS.values()}


DOCUMENT_FIGURES = {
    "$.design_matrix.employer_match_spec.max_match_percentage": "match_formula",
    "$.design_matrix.default_deferral_rate": "auto_enrollment_rate",
    "$.design_matrix.employer_core_spec.rate": "nonelective_formula",
    "$.design_matrix.current_participation": "participation_rate",
}


def test_run_is_blocked_when_a_document_says_something_else(
    judge: Judge, figures: dict[tuple[str, str], str], untouched: Ran
) -> None:
    # what goes out is the document, not the mart
    statements, expected = [], set()
    with duckdb.connect(str(untouched.place.home / "warehouse.duckdb"), read_only=True) as connection:
        for path, field in DOCUMENT_FIGURES.items():
            client, text = connection.execute(
                f"select client_ref, document ->> '{path}'"
                " from exp_navigator__scenario join int_clients using (client_ref)"
                f" where document ->> '{path}' <> '0' and client_ref in (select client_ref"
                f" from int_reconciliation__compared where field = '{field}')"
                " order by client_id, delivery_key limit 1"
            ).fetchall()[0]
            name = path.rpartition(".")[2]
            statements.append(
                "update exp_navigator__scenario set document = replace(cast(document as varchar),"
                f""" '"{name}":{text}', '"{name}":0.77') where client_ref = '{client}'"""
            )
            expected.add((client, field))
    assert expected == r02(judge("export", "; ".join(statements)))


def test_texts_of_the_sample_are_mostly_recomputed_when_it_is_built(untouched: Ran) -> None:
    # a second path that understands nothing would agree with everything
    with duckdb.connect(str(untouched.place.marts), read_only=True) as connection:
        shares = dict(
            connection.execute(
                "select family, sum(canonical) / sum(clients) from fct_reconciliation group by family"
            ).fetchall()
        )
        wrong = connection.execute("select sum(disagreeing) from fct_reconciliation").fetchall()
    assert wrong == [(0,)]
    assert min(shares["auto_enrollment"], shares["auto_escalation"], shares["participation"]) > 0.4
    assert min(shares["match"], shares["nonelective"], shares["vesting"], shares["eligibility"]) > 0.25


# every rule over documents that reads them once (gate_before.yml has how it read them before) finds something
SOME = "where client_ref in (select client_ref from dim_client order by client_ref limit 40)"
PATCHED = {
    "exp_navigator__scenario": {
        "compensation": None,
        "eligibility": None,
        "design_matrix": {
            "schema_version": "x/9",
            "current_participation": 0.123,
            "employer_match_spec": {"max_match_percentage": 0.77},
            "vesting_schedule_array": [0, 0.5, 1],
        },
    },
    "exp_fhi__outcomes": {"client_ref": "c9", "formulas": None},
    "exp_crm__account": {
        "fields": {
            "plan_health_score": {"value": 101, "action": "set"},
            "plan_health_band": None,
            "unheard_of": {"value": 1, "action": "set"},
            "client_name": {"action": "set"},
        }
    },
}
BROKEN = "update fct_field_status set raw = raw || 'x' where field = 'state';" + "".join(
    f"update {table} set document = json_merge_patch(document, '{json.dumps(patch)}') {SOME};"
    for table, patch in PATCHED.items()
)


def test_every_verdict_is_that_of_the_slow_way_when_the_sample_is_broken_and_when_it_is_not(
    untouched: Ran, tmp_path: Path
) -> None:
    """Else a rule that was made faster might find less in real documents than it did."""
    import yaml

    from harness.gate import runner
    from harness.gate.suite import REQUIRED_RULES, thresholds
    from tests.harness import gate_reference

    copy = Path(shutil.copy(untouched.place.home / "warehouse.duckdb", tmp_path))
    state = untouched.place.home / "state.duckdb"
    numbers = thresholds(PROJECT / "dbt_project.yml")
    found: set[str] = set()
    for damage in ("select 1", BROKEN):
        with duckdb.connect(str(copy)) as connection:
            connection.execute(damage)
        with runner.opened(copy, state, {"last_published_rows": 130}) as connection:
            results = runner.run_checkpoints(connection, list(REQUIRED_RULES), SUITES, numbers)
            now = gate_reference.ours(results)
            before: dict[str, Any] = {}
            for checkpoint in REQUIRED_RULES:
                before |= gate_reference.judged(connection, checkpoint)
        assert now == before
        found |= {name for name, (_, _, count, _) in now.items() if count}
    assert set(yaml.safe_load(gate_reference.BEFORE.read_text(encoding="utf-8"))) <= found
