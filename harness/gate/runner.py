"""Runs the checkpoints: our suites become Great Expectations suites, judged over the warehouse, read-only.

Beside the attached warehouse, `gate.parameter` (name, value) in memory holds what differs per run; the rules'
SQL is the same in every run. Every failing row comes back. An expectation that raises has failed, and blocks.
Import this module in the worker only: Great Expectations takes seconds to import.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before the import: it is read there

import duckdb
import great_expectations as gx

from harness.errors import GateError
from harness.gate import dialect, findings, suite
from harness.gate.expectation import FailingRows
from harness.gate.findings import Result
from harness.warehouse import literal

Outcome = tuple[str | None, list[dict[str, Any]]]
"""(exception or null, all failing rows)"""
PARAMETERS = (
    "last_published_rows",
    "last_published_columns",
    "because",
    "navigator_version",
    "source_storage_version",
)


@contextmanager
def opened(
    warehouse: Path, state: Path | None, parameters: Mapping[str, Any]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Attach the warehouse (and the state that its views may name) read-only; GateError when that fails."""
    if unknown := sorted(set(parameters) - set(PARAMETERS)):
        raise GateError(
            "unknown_parameter", f"the gates have no parameter {unknown}, only {list(PARAMETERS)}"
        )
    if not warehouse.exists():
        raise GateError("nothing_built", f"there is no {warehouse} to check", "run `dbt build` first")
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as connection:
        try:
            connection.execute(f"attach {literal(warehouse)} as warehouse (read_only)")
            if state is not None and state.exists():
                connection.execute(f"attach {literal(state)} as state (read_only)")
        except duckdb.Error as error:
            raise GateError(
                "warehouse_unreadable",
                f"{warehouse} can't be opened: {error}",
                "close it where it is open and run again",
            ) from error
        connection.execute("set timezone = 'UTC'")
        connection.execute("attach ':memory:' as gate")
        connection.execute("create table gate.parameter (name varchar primary key, value varchar)")
        for name in PARAMETERS:
            value = parameters.get(name)
            text = "null" if value is None else literal(str(value))
            connection.execute(f"insert into gate.parameter values ({literal(name)}, {text})")
        connection.execute("use warehouse")
        yield connection


def _row_counts(connection: duckdb.DuckDBPyConnection, names: set[str]) -> dict[str, int | None]:
    """Count the rows of each relation; null where there is none of that name or it can't be read."""
    counts: dict[str, int | None] = {}
    for name in sorted(names):
        try:
            row = connection.execute(f"select count(*) from {name}").fetchone()
        except duckdb.Error:
            row = None
        counts[name] = int(row[0]) if row else None
    return counts


def _relation_rules(checks: suite.Suite, counts: Mapping[str, int | None]) -> Iterator[suite.Rule]:
    """G01: a suite finds its tables, with rows in them. One expectation per relation."""
    resolve = "'Run dbt build on the source and look at its first error.' as resolve"
    for relation in checks.relations:
        schema, _, table = relation.name.rpartition(".")
        missing = f"""
            select {literal(relation.name)} as field, 'relation_missing' as code,
                {literal(f"The warehouse has no {relation.name}: nothing to judge.")} as message,
                {resolve}
            where not exists (
                select 1 from information_schema.tables
                where table_catalog = 'warehouse' and table_schema = {literal(schema or "main")}
                    and table_name = {literal(table)})"""
        empty = f"""
            select {literal(relation.name)} as field, 'relation_empty' as code,
                {literal(f"{relation.name} has no rows: nothing to judge.")} as message,
                {resolve}
            where not exists (select 1 from {relation.name})"""
        must_have_rows = counts[relation.name] is not None and not relation.may_be_empty
        yield suite.Rule(
            name=f"{relation.name.replace('.', '_')}_is_there",
            rule="G01",
            severity="block",
            relation=relation.name,
            sentence=f"{relation.name} is there" + ("." if relation.may_be_empty else " and has rows."),
            failing_rows=empty if must_have_rows else missing,
        )


def _exception(info: Mapping[str, Any]) -> str | None:
    """Read exception_info, which is one entry or one per metric."""
    entries = [info] if "raised_exception" in info else list(info.values())
    messages = [str(e.get("exception_message")) for e in entries if e.get("raised_exception")]
    return "; ".join(messages) or None


def _evaluated(connection: duckdb.DuckDBPyConnection, rules: list[suite.Rule]) -> dict[str, Outcome]:
    """Run a Great Expectations checkpoint of the rules; the outcomes by the rules' names."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    token = secrets.token_hex(8)
    try:
        source = context.data_sources.add_sql("warehouse", connection_string=dialect.share(token, connection))
        asset = source.add_query_asset("warehouse", query="select 1 as anchor")
        batch = asset.add_batch_definition_whole_table("all")
        expectations = [
            FailingRows(unexpected_rows_query=r.failing_rows, meta={"name": r.name}) for r in rules
        ]
        gx_suite = context.suites.add(gx.ExpectationSuite(name="suite", expectations=expectations))
        definition = gx.ValidationDefinition(name="all", data=batch, suite=gx_suite)
        validations = [context.validation_definitions.add(definition)]
        checkpoint = gx.Checkpoint(name="gate", validation_definitions=validations, result_format="COMPLETE")
        run = context.checkpoints.add(checkpoint).run()
    finally:
        dialect.withdraw(token)
    outcome: dict[str, Outcome] = {}
    for validated in run.run_results.values():
        for one in validated.results:
            exception = _exception(one.exception_info or {})
            rows = (one.result or {}).get("details", {}).get("unexpected_rows", [])
            if exception is None and bool(one.success) is bool(rows):
                exception = f"success is {one.success}, but {len(rows)} failing rows came back"
            outcome[one.expectation_config.meta["name"]] = (exception, rows)
    return outcome


def rules_of(
    connection: duckdb.DuckDBPyConnection, checkpoint: str, folder: Path, numbers: Mapping[str, str]
) -> tuple[list[suite.Rule], dict[str, int | None]]:
    """Every rule of a checkpoint with its thresholds in place, G01 first, and the rows of its relations."""
    checks = suite.load(folder, checkpoint)
    counts = _row_counts(connection, {r.name for r in checks.relations} | {r.relation for r in checks.rules})
    rules = [*_relation_rules(checks, counts), *(suite.rendered(rule, numbers) for rule in checks.rules)]
    return rules, counts


def run_checkpoint(
    connection: duckdb.DuckDBPyConnection, checkpoint: str, folder: Path, numbers: Mapping[str, str]
) -> list[Result]:
    """Judge one checkpoint over a connection of `opened`. GateError for a faulty suite."""
    rules, counts = rules_of(connection, checkpoint, folder, numbers)
    outcome = _evaluated(connection, rules)
    results: list[Result] = []
    for rule in rules:
        exception, rows = outcome.get(rule.name, ("Great Expectations returned no result for this one", []))
        try:
            found = [findings.finding(row, rule.columns) for row in rows]
        except (TypeError, ValueError) as error:
            exception, found = exception or str(error), []
        results.append(
            Result(
                name=rule.name,
                rule=rule.rule,
                checkpoint=checkpoint,
                severity="block" if exception else rule.severity,
                sentence=rule.sentence,
                relation=rule.relation,
                rows_checked=counts[rule.relation] or 0,
                rows_failing=len(found),
                passed=exception is None and not found,
                exception=exception,
                findings=found,
            )
        )
    present = _row_counts(connection, {"int_clients", "fct_field_status"})
    everything = [found for result in results for found in result["findings"]]
    findings.complete(connection, [name for name, count in present.items() if count is not None], everything)
    return results


def run(request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one request {checkpoints, warehouse, state, project, suites, parameters}: {results, summary}.

    With `docs`, a folder, in it the Data Docs are written there, too.
    """
    numbers = suite.thresholds(Path(request["project"]))
    state = Path(request["state"]) if request.get("state") else None
    with opened(Path(request["warehouse"]), state, request.get("parameters") or {}) as connection:
        results = [
            result
            for checkpoint in request["checkpoints"]
            for result in run_checkpoint(connection, checkpoint, Path(request["suites"]), numbers)
        ]
        if request.get("docs"):
            from harness.gate import docs

            rules = {
                name: rules_of(connection, name, Path(request["suites"]), numbers)[0]
                for name in request["checkpoints"]
            }
            docs.build(connection, request["checkpoints"], rules, Path(request["docs"]))
    return {"results": results, "summary": findings.summary(results)}
