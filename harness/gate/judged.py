"""`Judged`: an expectation of Great Expectations whose checkpoint is scanned once for all its expectations.

Great Expectations resolves each metric once, however many expectations depend on it. Its own class has two
metrics per expectation, each a query through SQLAlchemy; here all expectations of a check depend on one,
`failing_rows.judged`, which runs every rule's SQL and has per rule the number of failing rows (scan.py). A
rule that could not be run raises in its own expectation only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_value

from harness.gate.expectation import FailingRows
from harness.gate.scan import Found

METRIC = "failing_rows.judged"
_judgements: dict[str, Callable[[], Sequence[Found]]] = {}


def offer(token: str, scan: Callable[[], Sequence[Found]]) -> None:
    """Have the metric of `token` answered by `scan`; a token is used for one judgement only."""
    _judgements[token] = scan


def withdraw(token: str) -> None:
    """Forget the judgement of `token`."""
    _judgements.pop(token, None)


class JudgedRules(MetricProvider):  # type: ignore[misc]  # follow_imports is off for this package
    """Metric: what every rule of a judgement found, by the rule's number."""

    metric_name = METRIC
    value_keys = ("judgement",)

    @metric_value(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(
        cls,
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> list[Found]:
        return list(_judgements[metric_value_kwargs["judgement"]]())


class Judged(FailingRows):
    """Passes when the query of its number returned no row in the judgement."""

    judgement: str
    number: int

    metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("judgement", "number")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        found: Found = metrics[METRIC][self.number]
        if found.exception:
            raise RuntimeError(found.exception)
        return {"success": found.count == 0, "result": {"observed_value": found.count}}
