"""Runs the checkpoints: our suites become Great Expectations suites, judged over the warehouse, read-only.

Beside the attached warehouse, `gate.parameter` (name, value) in memory holds what differs per run; the rules'
SQL is the same in every run. Every failing row comes back. An expectation that raises has failed, and blocks.
Import this module in the worker only: Great Expectations takes seconds to import.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before the import: it is read there

import duckdb
import great_expectations as gx

from harness.errors import GateError
from harness.gate import collected, dialect, findings, judged, suite
from harness.gate.findings import Result
from harness.gate.judged import Judged
from harness.gate.scan import Found, scan
from harness.memory import configuration
from harness.warehouse import literal

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
    with duckdb.connect(":memory:", config=configuration()) as connection:
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


@cache
def _context() -> Any:
    """Great Expectations' context, one for all checks of this worker; nothing of a check stays in it."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context


def _evaluated(connection: duckdb.DuckDBPyConnection, suites: Mapping[str, list[suite.Rule]]) -> list[Found]:
    """Have Great Expectations validate one suite a checkpoint; what each rule found, in their order.

    The tables of `scan` hold the failing rows. A verdict that is not Great Expectations' own is an exception.
    """
    context, token = _context(), secrets.token_hex(8)
    rules = [rule for rules in suites.values() for rule in rules]

    @cache
    def judge() -> list[Found]:
        return scan(connection, [rule.failing_rows for rule in rules])

    verdicts: dict[int, Any] = {}
    judged.offer(token, judge)
    try:
        source = context.data_sources.add_sql(token, connection_string=dialect.share(token, connection))
        asset = source.add_query_asset("warehouse", query="select 1 as anchor")
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        numbers = count()
        for name, checked in suites.items():
            expectations = [
                Judged(unexpected_rows_query=rule.failing_rows, judgement=token, number=next(numbers))
                for rule in checked
            ]
            validated = batch.validate(gx.ExpectationSuite(name=name, expectations=expectations))
            verdicts |= {one.expectation_config.kwargs["number"]: one for one in validated.results}
        context.data_sources.delete(token)
    finally:
        judged.withdraw(token)
        dialect.withdraw(token)
    return [_verdict(verdicts.get(number), judge()[number]) for number in range(len(rules))]


def _verdict(one: Any, found: Found) -> Found:
    if one is None:
        return Found(0, "Great Expectations returned no result for this one")
    if exception := _exception(one.exception_info or {}):
        return Found(0, exception)
    seen = (one.result or {}).get("observed_value")
    if seen != found.count or bool(one.success) is bool(found.count):
        return Found(
            0, f"success is {one.success} and {seen} failing rows were seen, but {found.count} are there"
        )
    return found


def rules_of(
    connection: duckdb.DuckDBPyConnection,
    checkpoints: Sequence[str],
    folder: Path,
    numbers: Mapping[str, str],
) -> tuple[dict[str, list[suite.Rule]], dict[str, int | None]]:
    """By checkpoint, every rule with its thresholds in place, G01 first; and the rows of their relations."""
    checks = {name: suite.load(folder, name) for name in checkpoints}
    counts = _row_counts(
        connection,
        {"int_clients", "fct_field_status"}
        | {relation.name for check in checks.values() for relation in check.relations}
        | {rule.relation for check in checks.values() for rule in check.rules},
    )
    rules = {
        name: [*_relation_rules(check, counts), *(suite.rendered(rule, numbers) for rule in check.rules)]
        for name, check in checks.items()
    }
    return rules, counts


def run_checkpoints(
    connection: duckdb.DuckDBPyConnection,
    checkpoints: Sequence[str],
    folder: Path,
    numbers: Mapping[str, str],
    room: Path | None = None,
) -> list[Result]:
    """Judge checkpoints over a connection of `opened`. GateError for a faulty suite.

    What a rule finds too much of for a list comes in a file in the folder `room`.
    """
    suites, counts = rules_of(connection, checkpoints, folder, numbers)
    rules = [(checkpoint, rule) for checkpoint, rules in suites.items() for rule in rules]
    outcome = _evaluated(connection, suites)
    collected.prepare(connection)
    for number, found in enumerate(outcome):
        if found.count and (problem := collected.collect(connection, number, rules[number][1].columns)):
            outcome[number] = Found(0, problem)
    listed = collected.completed(
        connection,
        [name for name, rows in counts.items() if rows is not None],
        {number: found.count for number, found in enumerate(outcome) if found.count},
        room,
    )
    return [
        Result(
            name=rule.name,
            rule=rule.rule,
            checkpoint=checkpoint,
            severity="block" if found.exception else rule.severity,
            sentence=rule.sentence,
            relation=rule.relation,
            rows_checked=counts[rule.relation] or 0,
            rows_failing=found.count,
            passed=found.exception is None and not found.count,
            exception=found.exception,
            findings=listed.get(number, []),
        )
        for number, ((checkpoint, rule), found) in enumerate(zip(rules, outcome, strict=True))
    ]


def run_checkpoint(
    connection: duckdb.DuckDBPyConnection, checkpoint: str, folder: Path, numbers: Mapping[str, str]
) -> list[Result]:
    """Judge one checkpoint."""
    return run_checkpoints(connection, [checkpoint], folder, numbers)


def run(request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one request {checkpoints, warehouse, state, project, suites, parameters}: {results, summary}.

    With `room`, a folder, findings of a rule that are many come in files there; with `docs`, a folder, the
    Data Docs are written there, too.
    """
    numbers = suite.thresholds(Path(request["project"]))
    state = Path(request["state"]) if request.get("state") else None
    room = Path(request["room"]) if request.get("room") else None
    with opened(Path(request["warehouse"]), state, request.get("parameters") or {}) as connection:
        if room:  # where DuckDB puts what has no room in memory, instead of the working directory
            connection.execute(f"set temp_directory = {literal(room)}")
        suites, checkpoints = Path(request["suites"]), request["checkpoints"]
        results = run_checkpoints(connection, checkpoints, suites, numbers, room)
        if request.get("docs"):
            from harness.gate import docs

            rules = rules_of(connection, checkpoints, suites, numbers)[0]
            docs.build(connection, checkpoints, rules, Path(request["docs"]))
    return {"results": results, "summary": findings.summary(results)}
