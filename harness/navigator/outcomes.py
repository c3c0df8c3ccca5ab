"""One scenario database, read-only: what it says of itself, and its outcomes, aggregated inside it.

Navigator dies when somebody else opens a database that it writes: one with a log beside it is never opened,
one that is locked is waited for and then left alone. No row about a person leaves the file.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import LockedError, SourceError
from harness.navigator.result import ScenarioResult, YearOutcome
from harness.warehouse import literal, sql, tables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WAIT_SECONDS = 20.0
_NEEDED = {
    "fct_workforce_snapshot": (
        "employee_id", "simulation_year", "employment_status", "current_eligibility_status",
        "is_enrolled_flag", "participation_status", "current_deferral_rate", "current_tenure",
        "prorated_annual_contributions", "prorated_annual_compensation", "employer_match_amount",
        "employer_core_amount", "total_employer_contributions",
    ),
    "int_employee_match_calculations": ("formula_id",),
    "fct_employer_match_events": ("event_payload",),
    "run_metadata": (
        "run_id", "run_timestamp", "config_fingerprint", "random_seed", "start_year", "end_year",
        "scenario_id", "planalign_version",
    ),
}  # fmt: skip
"""What the two questions in harness/sql ask for, by name: the order of columns differs between versions."""


@contextmanager
def scenario_database(path: Path, wait_seconds: float = WAIT_SECONDS) -> Iterator["DuckDBPyConnection"]:
    """Open a database of Navigator read-only, once nobody writes to it.

    LockedError `scenario_running` when somebody still does after `wait_seconds`; SourceError
    `unreadable_database`.
    """
    import duckdb

    until = time.monotonic() + wait_seconds
    while True:
        try:
            connection = _opened_at_rest(path)
            break
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            if "could not set lock" not in first.lower():
                raise SourceError(
                    "unreadable_database",
                    f"{path.name} can't be read: {first}",
                    "is it a scenario database of Navigator (dbt/<scenario>.duckdb), copied whole?",
                    exit_status=5,
                ) from error
            running = first
        except _RunningError as error:
            running = str(error)
        if time.monotonic() > until:
            raise LockedError(
                "scenario_running",
                f"{path.name}: {running}",
                "Navigator may still be writing it, and would fail if it were opened: pull when the batch is"
                " done",
            )
        time.sleep(0.2)
    with connection:
        yield connection


class _RunningError(Exception):
    pass


def _opened_at_rest(path: Path) -> "DuckDBPyConnection":
    import duckdb

    if path.with_name(f"{path.name}.wal").exists():
        raise _RunningError("a write-ahead log lies beside it")
    # a view in there may name any file of this machine: none is opened but the database
    return duckdb.connect(
        str(path),
        read_only=True,
        config={"autoinstall_known_extensions": "false", "enable_external_access": "false"},
    )


def missing(connection: "DuckDBPyConnection") -> list[str]:
    """Name what the database lacks of what is asked of it, as table or table.column."""
    present = set(tables(connection))
    lacking = []
    for table, columns in _NEEDED.items():
        if table not in present:
            lacking.append(table)
            continue
        found = connection.execute(
            f"select column_name from duckdb_columns() where table_name = {literal(table)}"
            " and schema_name = 'main' and database_name = current_database()"
        ).fetchall()
        lacking += [f"{table}.{column}" for column in columns if (column,) not in found]
    return lacking


def read_outcomes(connection: "DuckDBPyConnection", vesting: list[Any] | None) -> tuple[YearOutcome, ...]:
    """The outcomes by simulated year; `vesting` is the plan's array of vested shares, null where unknown."""
    array = "null" if vesting is None else literal(json.dumps(vesting, default=str))
    connection.execute(f"set variable vesting = cast({array} as varchar)")
    cursor = connection.execute(sql("navigator_outcomes"))
    names = [column[0] for column in cursor.description]
    return tuple(YearOutcome(**dict(zip(names, row, strict=True))) for row in cursor.fetchall())


def read_run(connection: "DuckDBPyConnection") -> dict[str, Any]:
    """What the database says of the run that made it."""
    cursor = connection.execute(sql("navigator_run"))
    names = [column[0] for column in cursor.description]
    return dict(zip(names, cursor.fetchall()[0], strict=True))


def unfinished(connection: "DuckDBPyConnection", run_id: str | None) -> str | None:
    """What became of the run, unless it succeeded; null also where this version of Navigator doesn't tell."""
    if "run_execution_metadata" not in tables(connection):
        return None
    found = connection.execute(
        f"select status from run_execution_metadata where run_id = {literal(run_id or '')}"
        " order by recorded_at desc limit 1"
    ).fetchall()
    status = str(found[0][0]) if found else "no end is recorded"
    return None if status == "success" else status


def read_database(
    scenario: str,
    path: Path,
    *,
    vesting: list[Any] | None,
    config: dict[str, Any] | None = None,
    config_hash: str | None = None,
    wait_seconds: float = WAIT_SECONDS,
) -> ScenarioResult:
    """Read one scenario database. Raises LockedError, SourceError as `scenario_database` does.

    A database that lacks what is asked of it comes home with the problem instead of figures.
    """
    import duckdb

    odd = ScenarioResult(scenario, "completed", path.name, config=config, config_hash=config_hash)
    with scenario_database(path, wait_seconds) as connection:
        lacking = missing(connection)
        if lacking:
            return replace(odd, problems=(f"lacks:{', '.join(lacking)}",))
        try:
            run = read_run(connection)
            years = read_outcomes(connection, vesting)
            broken_off = unfinished(connection, run["run_id"])
        except duckdb.Error as error:
            return replace(odd, problems=(f"unlike:{str(error).splitlines()[0]}",))
    return ScenarioResult(
        scenario,
        "completed",
        path.name,
        scenario_id=run["scenario_id"],
        echoes=tuple(run["echoes"] or ()),
        seed=run["random_seed"],
        navigator_version=run["planalign_version"],
        config_fingerprint=run["config_fingerprint"],
        navigator_run_id=run["run_id"],
        run_at=run["run_at"],
        runs_in_database=run["runs"],
        start_year=run["start_year"],
        end_year=run["end_year"],
        config=config,
        config_hash=config_hash,
        years=years,
        rows_read=run["snapshot_rows"],
        problems=(
            *((f"unfinished:{broken_off}",) if broken_off else ()),
            *((f"twice:{run['rows_twice']}",) if run["rows_twice"] else ()),
        ),
    )
