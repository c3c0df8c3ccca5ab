"""A small simulation.duckdb as Navigator leaves it, and the server's own analytics of it, in its own SQL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

_PEOPLE = """
    create table fct_workforce_snapshot as
    select
        'E' || lpad(cast(person as varchar), 4, '0') as employee_id,
        year as simulation_year,
        case when (person + year) % 9 = 0 then 'terminated' else 'active' end as employment_status,
        case when person % 7 = 0 then 'pending' else 'eligible' end as current_eligibility_status,
        person % 5 <> 0 as is_enrolled_flag,
        case when person % 5 <> 0 then 'participating' else 'not_participating' end as participation_status,
        case when person % 5 <> 0 then 0.01 * (person % 8 + 1) else 0 end as current_deferral_rate,
        person % 6 as current_tenure,
        person * 211.37 as prorated_annual_contributions,
        40000.55 + person * 1000.0 as prorated_annual_compensation,
        person * 100.01 as employer_match_amount,
        person * 7.5 as employer_core_amount,
        person * 107.51 as total_employer_contributions
    from range(1, 41) as people (person)
    cross join range({first}, {last} + 1) as years (year)
"""
# planalign_api/services/analytics_service.py and employer_cost_service.py, as they ask
_ANALYTICS = """
    select
        simulation_year as year,
        coalesce(sum(prorated_annual_contributions), 0) as total_employee_contributions,
        coalesce(sum(employer_match_amount), 0) as total_employer_match,
        coalesce(sum(employer_core_amount), 0) as total_employer_core,
        coalesce(sum(employer_match_amount) + sum(employer_core_amount), 0) as total_employer_cost,
        avg(case when is_enrolled_flag then current_deferral_rate end) as average_deferral_rate,
        round(count(case when is_enrolled_flag then 1 end) * 100.0 / count(*), 2) as participation_rate,
        count(case when is_enrolled_flag then 1 end) as participant_count,
        count(*) as total_eligible_count,
        coalesce(sum(prorated_annual_compensation), 0) as total_compensation,
        round(total_employer_cost / total_compensation * 100, 2) as employer_cost_rate
    from fct_workforce_snapshot
    {only}
    group by simulation_year
    order by simulation_year
"""


def make_database(path: Path, scenario: str, run_id: str, echo: str, years: tuple[int, int]) -> Path:
    """Write the database of one run."""
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(_PEOPLE.format(first=years[0], last=years[1]))
        connection.execute(f"create table int_employee_match_calculations as select '{echo}' as formula_id")
        payload = json.dumps({"formula_id": echo})
        connection.execute(
            f"create table fct_employer_match_events as select '{payload}'::json as event_payload"
        )
        connection.execute(
            f"""
            create table run_metadata as select
                '{run_id}' as run_id, timestamp '2026-11-22 12:00:00' as run_timestamp,
                repeat('a', 64) as config_fingerprint, 42 as random_seed, {years[0]} as start_year,
                {years[1]} as end_year, '{scenario}' as scenario_id, '2.4.0' as planalign_version
            """
        )
    return path


def analytics_of(path: Path, active_only: bool) -> dict[str, Any]:
    """What the server tells of that database."""
    only = "where upper(employment_status) = 'ACTIVE'" if active_only else ""
    with duckdb.connect(str(path), read_only=True) as connection:
        cursor = connection.execute(_ANALYTICS.format(only=only))
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {"contribution_by_year": [{key: _number(row[key]) for key in row} for row in rows]}


def _number(value: Any) -> int | float:
    return value if isinstance(value, int) else float(value)
