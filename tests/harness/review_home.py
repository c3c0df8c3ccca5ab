"""A hand-made home for the review loop: what was landed, what the last build held, no dbt."""

import json
from pathlib import Path
from typing import Any

import duckdb

from harness.config import Settings, settings
from harness.extract import ensure_state
from harness.extract.columns import CANONICAL
from tests.harness.world import reference

RANGE = "3-5% (service based)"
BANDS = "3% 0-5 years, 5% 5+ years"
NAMES = {1: "Bank O'Brien", 2: "=cmd|'/c calc'!A1", 3: None}
"""client_name by number; the ids are 70001, 70002, 70003."""
_TABLES = """
    create table int_clients (client_ref varchar, client_id varchar, file varchar, sheet varchar,
        row_number bigint, load_id varchar);
    create table dim_client (client_ref varchar, client_name varchar);
    create table fct_field_status (client_ref varchar, field varchar, raw varchar, value varchar,
        status varchar, reasons varchar[], is_blocking_export boolean, message varchar, resolve varchar);
    create table int_readings (client_ref varchar, field varchar, readings varchar[]);
    create table int_resolutions__judged (client_ref varchar, client_id varchar, field varchar, raw varchar,
        value varchar, reviewer varchar, decided_on date, reason varchar, resolution_id varchar,
        status varchar, status_reason varchar);
"""


def land(connection: duckdb.DuckDBPyConnection, *rows: dict[str, str]) -> None:
    """Land rows of the Design Matrix, by column name."""
    connection.execute("create schema if not exists raw")
    connection.execute("create or replace table raw.load as select 'matrix.csv' as source_name")
    connection.execute("create or replace table raw.audit_log (updated_by varchar)")
    columns = ", ".join(f"{name} varchar" for name in (*CANONICAL, "_file", "_sheet"))
    connection.execute(f"create or replace table raw.plan_designs ({columns}, _row bigint)")
    for number, row in enumerate(rows, start=2):
        cells = {"_file": "matrix.csv", **row}
        values = ", ".join(quoted(cell) for cell in cells.values())
        connection.execute(
            f"insert into raw.plan_designs ({', '.join(cells)}, _row) values ({values}, {number})"
        )


def quoted(value: str | None) -> str:
    return "null" if value is None else "'" + value.replace("'", "''") + "'"


def status(
    connection: duckdb.DuckDBPyConnection, number: int, field: str, raw: str | None, **more: Any
) -> None:
    """Add a row of fct_field_status; it holds the client unless `more` says otherwise."""
    row = {
        "value": None,
        "status": "unresolved",
        "code": "range_without_schedule",
        "is_blocking_export": True,
        "message": "gives a range",
        "resolve": "Write the bands.",
    } | more
    reasons = f"['{row['code']}']" if row["code"] else "[]"
    connection.execute(
        f"insert into fct_field_status values ('{reference(number)}', '{field}', {quoted(raw)},"
        f" {quoted(row['value'])}, '{row['status']}', {reasons}, {row['is_blocking_export']},"
        f" {quoted(row['message'])}, {quoted(row['resolve'])})"
    )


def make_home(root: Path) -> Settings:
    """Make a home in which 70001 is held for a range, 70002 for a blank and hostile text, 70003 by a gate."""
    where = settings(root / "home", root / "out")
    state = ensure_state(where.home)
    with duckdb.connect(str(where.warehouse)) as connection:
        land(
            connection,
            {"client_id": "70001", "match_formula": "50% up to 6%", "nonelective_formula": RANGE},
            {"client_id": "70002", "vesting_schedule": "-  =2+3\n\x1b[31m‮"},
            {"client_id": "70003", "match_formula": "Discretionary"},
        )
        connection.execute(_TABLES)
        for number, name in NAMES.items():
            connection.execute(
                f"insert into int_clients values ('{reference(number)}', '7000{number}', 'matrix.csv', null,"
                f" {number + 1}, 'ld_1')"
            )
            connection.execute(f"insert into dim_client values ('{reference(number)}', {quoted(name)})")
        # a decision that was applied before stands in the marts; the queue shows the source's own text
        status(connection, 1, "nonelective_formula", "4%-ish")
        status(connection, 1, "match_formula", "50% up to 6%", status="exact", is_blocking_export=False)
        status(connection, 2, "match_formula", None, code="unknown", message="match_formula is blank")
        status(connection, 2, "vesting_schedule", "-  =2+3\n\x1b[31m‮", code="unrecognised_text")
        status(connection, 3, "match_formula", "Discretionary", status="exact", is_blocking_export=False)
        connection.execute(
            f"insert into int_readings values ('{reference(1)}', 'nonelective_formula', ['3%', '5%'])"
        )
    with duckdb.connect(str(state)) as connection:
        for number in NAMES:
            connection.execute(
                f"insert into client_ref values ('7000{number}', '{reference(number)}', now())"
            )
    report(where)
    return where


def report(where: Settings, run_id: str = "20261122T101010.000000Z-aaaaaa", **more: Any) -> None:
    """Write the report of a run: 70003 is held by P12, 70001 went out with a warning."""
    gate = {
        "rule": "P12", "field": "match_formula", "raw": "Discretionary", "code": "match_discretionary",
        "message": "no rate is stated", "resolve": "model it elsewhere",
    }  # fmt: skip
    warning = {"rule": "P08", "field": "vesting_schedule", "message": "Vesting is immediate."}
    content = {
        "run_id": run_id,
        "command": "run",
        "finished_at": "2026-11-22T10:10:20Z",
        "rules": [{"rule": "P12"}],
        "asked": {"out": "/deliveries"},
        "clients": [
            _client(1, "exported", ["navigator/current/a.yaml"], [warning], []),
            _client(2, "held", [], [], []),
            _client(3, "held", [], [], [gate]),
        ],
    } | more
    path = where.run_folder(run_id) / "report.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def _client(number: int, state: str, documents: list[str], warnings: Any, reasons: Any) -> dict[str, Any]:
    return {
        "client_id": f"7000{number}",
        "client_ref": reference(number),
        "status": state,
        "documents": documents,
        "warnings": warnings,
        "reasons": reasons,
    }
