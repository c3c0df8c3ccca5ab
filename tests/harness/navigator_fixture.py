"""What Navigator leaves behind, made by hand: scenario databases, merged configurations, batches; and a home
that delivered two scenarios."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import duckdb
import yaml

from harness.config import Settings, settings
from harness.extract import ensure_state
from tests.navigator_merge import deep_merge

PROJECT = Path(__file__).resolve().parents[2]
REAL = PROJECT.parent / "shared" / "data" / "navigator"
GOLDEN = PROJECT / "tests" / "golden" / "navigator_scenario.json"
REF = "c0000000000000a1"
BASELINE = f"{REF}_baseline"
RAISED = f"{REF}__auto_enroll_6"
BASE = {"workforce": {"experienced_termination_rate": 0.12}, "compensation": {"cola_rate": 0.02}}
"""Of a base configuration: what no scenario says."""
_DDL = """
    create table fct_workforce_snapshot (
        employee_id varchar, employee_ssn varchar, simulation_year integer, employment_status varchar,
        current_eligibility_status varchar, is_enrolled_flag boolean, participation_status varchar,
        current_deferral_rate double, current_tenure integer, prorated_annual_contributions double,
        prorated_annual_compensation double, employer_match_amount double, employer_core_amount double,
        total_employer_contributions double);
    create table int_employee_match_calculations (employee_id varchar, formula_id varchar);
    create table fct_employer_match_events (event_payload json);
    create table run_metadata (
        run_id varchar, run_timestamp timestamp, config_fingerprint varchar, random_seed bigint,
        start_year integer, end_year integer, scenario_id varchar, planalign_version varchar);
"""
PEOPLE = (
    # id, status, eligibility, enrolled, deferral, tenure, own, pay, match, core
    ("p1", "active", "eligible", True, 0.06, 4, 6000.00, 100000.00, 3000.00, 3000.00),
    ("p2", "active", "eligible", True, 0.03, 0, 1500.00, 50000.00, 750.00, 1500.00),
    ("p3", "active", "pending", True, 0.02, 0, 800.00, 40000.00, 400.00, 0.00),
    ("p4", "active", "eligible", False, 0.00, 2, 0.00, 60000.00, 0.00, 1800.00),
    ("p5", "terminated", "eligible", True, 0.05, 1, 1000.00, 20000.00, 0.00, 0.00),
)


def document(key: str = BASELINE, **dc_plan: Any) -> dict[str, Any]:
    """The golden scenario under another key."""
    found: dict[str, Any] = deepcopy(json.loads(GOLDEN.read_text(encoding="utf-8")))
    found["scenario_id"] = found["plan_design_id"] = key
    found["dc_plan"] |= {"match_template": f"dmx_{key}"} | dc_plan
    return found


def delivered_home(root: Path, documents: Iterable[Mapping[str, Any]] | None = None) -> Settings:
    """A home whose published marts hold these scenarios of one client."""
    where = settings(root / "home", root / "out")
    ensure_state(where.home)
    with duckdb.connect(str(where.state)) as connection:
        connection.execute(f"insert or ignore into client_ref values ('70001', '{REF}', now())")
    where.published.mkdir(parents=True, exist_ok=True)
    where.current.unlink(missing_ok=True)
    with duckdb.connect(str(where.current)) as connection:
        connection.execute(
            "create table exp_navigator__scenario (delivery_key varchar, client_ref varchar, document json,"
            " document_checksum varchar)"
        )
        for one in documents if documents is not None else (document(), document(RAISED)):
            text = json.dumps(one).replace("'", "''")
            connection.execute(
                f"insert into exp_navigator__scenario values ('{one['scenario_id']}', '{REF}', '{text}', 'x')"
            )
    return where


def simulated(
    path: Path,
    key: str = BASELINE,
    *,
    echo: str | None = None,
    years: tuple[int, ...] = (2025, 2026, 2027),
    people: Iterable[tuple[Any, ...]] = PEOPLE,
    runs: int = 1,
    **run: Any,
) -> Path:
    """A small scenario database; `run` changes what it says of its run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(_DDL)
        for year in years:
            for who, status, eligible, enrolled, rate, tenure, own, pay, match, core in people:
                taking_part = "participating" if enrolled else "not_participating"
                connection.execute(
                    f"insert into fct_workforce_snapshot values ('{who}', '900-00-0000', {year}, '{status}',"
                    f" '{eligible}', {enrolled}, '{taking_part}', {rate}, {tenure}, {own}, {pay}, {match},"
                    f" {core}, {match + core})"
                )
        said = f"dmx_{key}" if echo is None else echo
        if said:
            connection.execute(f"insert into int_employee_match_calculations values ('p1', '{said}')")
            connection.execute(
                f"""insert into fct_employer_match_events values ('{{"formula_id": "{said}"}}')"""
            )
        told = {
            "run_id": f"run-{key}", "run_timestamp": "2026-11-22 10:00:00", "config_fingerprint": "f" * 64,
            "random_seed": 42, "start_year": years[0], "end_year": years[-1], "scenario_id": key,
            "planalign_version": "2.4.0",
        } | run  # fmt: skip
        for number in range(runs):
            row = told | ({"run_id": f"{told['run_id']}-{number}"} if number else {})
            values = ", ".join("null" if value is None else f"'{value}'" for value in row.values())
            connection.execute(f"insert into run_metadata values ({values})")
    return path


def real_copy(name: str, path: Path, key: str, echo: str, years: tuple[int, ...], seed: int = 42) -> Path:
    """A copy of a real database as if it had simulated our scenario; years beyond its two repeat the last."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(REAL / f"{name}.duckdb", path)
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        for table in ("fct_workforce_snapshot", "fct_employer_match_events"):
            connection.execute(f"update {table} set simulation_year = simulation_year + {years[0] - 2025}")
        for year in years[2:]:
            connection.execute(
                "insert into fct_workforce_snapshot select * replace"
                f" (cast({year} as integer) as simulation_year) from fct_workforce_snapshot"
                f" where simulation_year = {years[1]}"
            )
        connection.execute(f"update int_employee_match_calculations set formula_id = '{echo}'")
        connection.execute(
            "update fct_employer_match_events set event_payload = json_merge_patch(event_payload,"
            f""" '{{"formula_id": "{echo}"}}')"""
        )
        connection.execute(
            f"update run_metadata set scenario_id = '{key}', plan_design_id = '{key}', random_seed = {seed},"
            f" start_year = {years[0]}, end_year = {years[-1]}, run_id = 'run-{key}'"
        )
        connection.execute(f"update run_execution_metadata set run_id = 'run-{key}'")
    return path


def merged(one: Mapping[str, Any], base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The configuration that Navigator writes beside a run: the scenario over a base."""
    return deep_merge(BASE if base is None else base, one)


def batch(
    folder: Path,
    completed: Mapping[str, Mapping[str, Any] | None],
    failed: Mapping[str, str] | None = None,
) -> Path:
    """A batch folder: a summary with the paths of another machine, and the merged configurations."""
    folder.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {}
    for key, config in completed.items():
        results[key] = {
            "status": "completed",
            "summary": "MultiYearSummary(start_year=2025)",
            "database_path": f"/srv/navigator/nav/dbt/{key}.duckdb",
            "scenario_dir": f"/srv/navigator/out/{folder.name}/{key}",
            "seed": 42,
            "config_path": f"/srv/navigator/out/{folder.name}/{key}/{key}_config.yaml",
        }
        if config is not None:
            (folder / key).mkdir(exist_ok=True)
            (folder / key / f"{key}_config.yaml").write_text(
                yaml.safe_dump(json.loads(json.dumps(config))), encoding="utf-8"
            )
    for key, error in (failed or {}).items():
        results[key] = {"status": "failed", "error": error, "traceback": None}
    (folder / "batch_summary.json").write_text(json.dumps({"detailed_results": results}), encoding="utf-8")
    return folder
