"""The gates the slow way: every rule's SQL by itself, all rows fetched, findings completed in Python.

What harness.gate finds is compared with it, rule by rule. The SQL of a rule that was rewritten is here as it
was (gate_before.yml), so that it is the rule that is compared, not its wording.
"""

from pathlib import Path
from typing import Any

import duckdb
import yaml

from harness.gate import suite
from harness.gate.suite import COLUMNS, thresholds
from tests.harness.gate_fixture import PROJECT, SUITES

BEFORE = Path(__file__).with_name("gate_before.yml")
Findings = list[tuple[Any, ...]]


def judged(
    connection: duckdb.DuckDBPyConnection, checkpoint: str
) -> dict[str, tuple[str, bool, int, Findings]]:
    """By expectation: severity, whether it raised, number of failing rows, findings (sorted tuples)."""
    before = yaml.safe_load(BEFORE.read_text(encoding="utf-8"))
    numbers = thresholds(PROJECT / "dbt_project.yml")
    places = {
        row[0]: dict(zip(("client_id", "file", "sheet", "row_number"), row[1:], strict=True))
        for row in connection.execute(
            "select client_ref, client_id, file, sheet, row_number from int_clients"
        ).fetchall()
    }
    raws = {
        (ref, field): raw
        for ref, field, raw in connection.execute(
            "select client_ref, field, raw from fct_field_status where raw is not null"
        ).fetchall()
    }
    answer = {}
    for rule in suite.load(SUITES, checkpoint).rules:
        rule = suite.rendered(rule, numbers)
        sql = suite.rendered(
            suite.Rule(**{**rule.__dict__, "failing_rows": before.get(rule.name, rule.failing_rows)}), numbers
        ).failing_rows
        try:
            done = connection.execute(sql)
            names = [column[0] for column in done.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in done.fetchall()]
        except duckdb.Error:
            answer[rule.name] = ("block", True, 0, [])
            continue
        found = sorted((_finding(row, places, raws) for row in rows), key=str)
        answer[rule.name] = (rule.severity, False, len(rows), found)
    return answer


def _finding(
    row: dict[str, Any], places: dict[str, dict[str, Any]], raws: dict[tuple[str, str], str]
) -> tuple[Any, ...]:
    found = {name: None if row.get(name) is None else str(row[name]) for name in COLUMNS}
    found["row_number"] = row.get("row_number")
    if ref := found["client_ref"]:
        place = places.get(ref, dict.fromkeys(("client_id", "file", "sheet", "row_number")))
        found["client_id"] = found["client_id"] or place["client_id"]
        if found["row_number"] is None:
            found |= {name: place[name] for name in ("file", "sheet", "row_number")}
        if found["raw"] is None:
            found["raw"] = raws.get((ref, found["field"] or ""))
    return tuple(found[name] for name in COLUMNS)


def ours(results: list[Any]) -> dict[str, tuple[str, bool, int, Findings]]:
    """The results of harness.gate in the same form, without the rules about the tables themselves."""
    return {
        result["name"]: (
            result["severity"],
            result["exception"] is not None,
            result["rows_failing"],
            sorted((tuple(found[name] for name in COLUMNS) for found in result["findings"]), key=str),
        )
        for result in results
        if result["rule"] != "G01"
    }
