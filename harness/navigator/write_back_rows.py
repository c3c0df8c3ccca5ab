"""What is to be written back: asked of the published marts and of the Design Matrix as it is."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config import Settings
from harness.errors import SourceError
from harness.navigator.matrix_file import has_columns
from harness.warehouse import literal, sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLE = "navigator_outcomes"
SCHEMA_VERSION = "navigator-outcomes/1.0"
BY = "planwise-export"
MATRIX = "plan_designs"
AUDIT = "audit_log"
RULES = "field_validation_rules"
RATES = {
    "participation_rate": "participation_rate_eligible",
    "avg_deferral_rate": "avg_deferral_participants",
}
"""Rate column of the Design Matrix: the modelled figure that means the same."""
KEY = {"client_id": "varchar", "scenario": "varchar", "simulation_year": "integer"}
FIGURES = {
    "eligible_employees": "bigint",
    "participants": "bigint",
    "participation_rate_active": "decimal(18, 12)",
    "participation_rate_eligible": "decimal(18, 12)",
    "participation_rate_all": "decimal(18, 12)",
    "avg_deferral_participants": "decimal(18, 12)",
    "avg_deferral_all_eligible": "decimal(18, 12)",
    "employee_contributions_amount": "decimal(18, 2)",
    "employer_match_amount": "decimal(18, 2)",
    "employer_core_amount": "decimal(18, 2)",
    "employer_total_amount": "decimal(18, 2)",
    "compensation_amount": "decimal(18, 2)",
    "employer_cost_rate": "decimal(18, 12)",
    "forfeitures_amount": "decimal(18, 2)",
    "echo": "varchar",
    "navigator_version": "varchar",
    "seed": "bigint",
    "navigator_run_id": "varchar",
}
COLUMNS = {**KEY, **FIGURES, "version": "integer"}
STAMP = {"schema_version": "varchar", "written_at": "timestamp", "written_by": "varchar"}
AUDIT_COLUMNS = (
    "id", "client_id", "field_name", "old_value", "new_value", "change_type", "reason", "notes", "updated_by",
)  # fmt: skip
Row = dict[str, Any]


@dataclass
class Written:
    """What was, or would be, written."""

    outcomes: list[Row] = field(default_factory=list)
    rates: list[Row] = field(default_factory=list)
    """Every rate that is modelled, with `action`: write, unchanged, kept, column_too_coarse, unit_unknown."""
    absent: list[str] = field(default_factory=list)
    """Rate columns that the matrix does not have."""
    has_audit: bool = True
    backup: Path | None = None

    @property
    def changed(self) -> list[Row]:
        """The rates that change."""
        return [rate for rate in self.rates if rate["action"] == "write"]


def pending(connection: "DuckDBPyConnection", settings: Settings, rates: bool, overwrite: bool) -> Written:
    """Ask what differs; the database is only read. SourceError where it is no Design Matrix."""
    if not has_columns(connection, MATRIX, "client_id"):
        raise SourceError(
            "no_design_matrix",
            f"the database has no table {MATRIX} with a client_id: it is no Design Matrix",
            "outcomes are written back into version 2 or 3 of the Design Matrix",
        )
    connection.execute(f"attach {literal(settings.current)} as marts (read_only)")
    connection.execute(f"attach {literal(settings.state)} as state (read_only)")
    try:
        written = Written(_outcomes(connection), has_audit=has_columns(connection, AUDIT, *AUDIT_COLUMNS))
        if rates:
            _rates(connection, written, overwrite)
    finally:
        connection.execute("detach marts")
        connection.execute("detach state")
    return written


def _outcomes(connection: "DuckDBPyConnection") -> list[Row]:
    latest = TABLE
    if not has_columns(connection, TABLE):
        empty = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in COLUMNS.items())
        latest = f"(select {empty} where false) as {TABLE}"
    elif not has_columns(connection, TABLE, *COLUMNS, *STAMP):
        raise SourceError(
            "other_version",
            f"{TABLE} of this database has other columns than {SCHEMA_VERSION}",
            "it was made by another version of planwise, or by hand: rename it, and write back again",
        )
    question = sql("write_back_pending").format(
        matrix=MATRIX,
        latest=latest,
        compared_new=", ".join(f"outcomes.{name}" for name in FIGURES),
        compared_old=", ".join(f"latest.{name}" for name in FIGURES),
    )
    return _asked(connection, question)


def _rates(connection: "DuckDBPyConnection", written: Written, overwrite: bool) -> None:
    written.absent = [name for name in RATES if not has_columns(connection, MATRIX, name)]
    if not written.has_audit:
        if len(written.absent) < len(RATES):
            raise SourceError(
                "no_audit_log",
                f"this Design Matrix has no {AUDIT}: a changed rate would leave no trace",
                "let its owner migrate it to version 3, or write back without --rates",
            )
        return
    has_rules = has_columns(connection, RULES, "field_name", "max_value")
    for name, measure in RATES.items():
        if name in written.absent:
            continue
        kind = connection.execute(
            f"select data_type from duckdb_columns() where table_name = {literal(MATRIX)} and"
            f" database_name = current_database() and lower(column_name) = {literal(name)}"
        ).fetchall()[0][0]
        other = "auto_enrollment_rate" if has_columns(connection, MATRIX, "auto_enrollment_rate") else name
        question = sql("write_back_rates").format(
            matrix=MATRIX,
            audit=AUDIT,
            rules=RULES if has_rules else f"(select {literal(name)} as field_name, null as max_value)",
            rule_max="max_value",
            rule_field="field_name",
            field=name,
            other_rate=other,
            measure=measure,
            by=BY,
            type=kind,
            overwrite=str(overwrite).lower(),
        )
        written.rates += _asked(connection, question)


def _asked(connection: "DuckDBPyConnection", question: str) -> list[Row]:
    cursor = connection.execute(question)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
