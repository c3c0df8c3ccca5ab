"""An in-memory warehouse in which the parser models run over texts: the seeds are real, staging is a stub."""

from __future__ import annotations

from typing import Any

import duckdb

from .compiled import ROOT, STUB, build_order, compiled_nodes

Row = dict[str, Any]
COLUMNS = """
    client_id plan_id client_name plan_name plan_type industry employee_count annual_payroll state eligibility
    match_formula
    match_effective_rate match_eligibility_criteria match_last_day_work_rule match_true_up
    match_contribution_frequency nonelective_formula nonelective_eligibility_criteria
    nonelective_last_day_work_rule nonelective_contribution_frequency auto_enrollment_enabled
    auto_enrollment_rate auto_enrollment_effective_year auto_escalation_enabled auto_escalation_cap
    auto_escalation_rate vesting_schedule participation_rate avg_deferral_rate data_source last_updated notes
    plan_effective_on plan_amended_on plan_year_start_on plan_year_end_on
"""
SEEDS = ("vocabulary", "states", "industries", "naics_industries")
LOAD = "load"


class Bench:
    """Builds the models behind one of `models` over the texts of a column."""

    def __init__(self, models: tuple[str, ...]) -> None:
        self.nodes = compiled_nodes(models)
        self.connection = duckdb.connect()
        self.run = self.connection.execute
        self.run("attach ':memory:' as warehouse")
        self.run("use warehouse")
        self.run("create schema raw")
        for seed in SEEDS:
            path = ROOT / "seeds" / f"{seed}.csv"
            if path.exists():
                self.run(f"create table {seed} as from read_csv('{path}', all_varchar = true, header = true)")

    def build(self, model: str, column: str, texts: list[str], unit: str) -> None:
        """One row per text, row_number 1.. in the order of `texts`, in a load with that unit setting."""
        columns = ", ".join(f"{name}_text varchar" for name in COLUMNS.split())
        self.run(f"create or replace table raw.{LOAD} as select '{unit}' as unit_setting")
        self.run(
            f"create or replace table {STUB} (file varchar, sheet varchar, row_number bigint, {columns})"
        )
        self.run(
            f"insert into {STUB} (file, row_number, {column}_text) "
            "select 'cases', unnest(range(1, len($texts) + 1)), unnest($texts)",
            {"texts": texts},
        )
        for name in build_order(self.nodes, model, frozenset({STUB, LOAD, *SEEDS})):
            self.run(f"create or replace table {name} as {self.nodes[name].sql}")

    def rows(self, query: str) -> list[Row]:
        """The rows of a query by column name."""
        cursor = self.run(query)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
