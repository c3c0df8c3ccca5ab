"""`FailingRows`: an UnexpectedRowsExpectation that returns every failing row and scans once.

Great Expectations' own class counts in one query and fetches at most 200 rows in a second, runs the SQL
through `str.format` (a brace in a regular expression breaks it) and `text()` (a colon becomes a parameter).
A hold must name every failing client, so this one runs the SQL verbatim, once, and fetches all.
"""

from __future__ import annotations

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations import UnexpectedRowsExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider

METRIC = "failing_rows.table"


class FailingRowsTable(QueryMetricProvider):  # type: ignore[misc]  # follow_imports is off for this package
    """Metric: all rows of the query, as dicts by column name."""

    metric_name = METRIC
    value_keys = ("unexpected_rows_query",)
    query_param_name: ClassVar[str] = "unexpected_rows_query"

    @metric_value(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(
        cls,
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> list[dict[str, Any]]:
        query = cls._get_query_from_metric_value_kwargs(metric_value_kwargs)
        with execution_engine.get_connection() as connection:
            return [dict(row) for row in connection.exec_driver_sql(query).mappings().all()]


class FailingRows(UnexpectedRowsExpectation):  # type: ignore[misc]  # follow_imports is off for this package
    """Passes when the query returns no row; the result holds every row it returned."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)

    @pydantic.validator("unexpected_rows_query")  # type: ignore[untyped-decorator]
    def _validate_query(cls, query: str) -> str:
        """The parent's check of braces and `{batch}` does not apply: nothing is put into this SQL."""
        return query

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        rows = metrics[METRIC]
        return {
            "success": not rows,
            "result": {"observed_value": len(rows), "details": {"unexpected_rows": rows}},
        }
