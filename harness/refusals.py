"""A refusal is kept in the ledger: who wanted to do what, as what."""

from harness.config import Settings, new_run_id, utc_now
from harness.errors import PlanwiseError
from harness.policy import user_name


def record(settings: Settings, operation: str, error: PlanwiseError, asked: str | None = None) -> str:
    """Record a run that was refused, with an event `refused`; return its id.

    Raises PlanwiseError or OSError where the ledger can't be written.
    """
    from harness.ledger import open_ledger
    from harness.redact import redactor

    run_id = new_run_id(utc_now())
    with open_ledger(settings) as ledger:
        ledger.scrub = redactor(settings)
        detail = {
            "operation": operation,
            "code": error.code,
            "message": error.message,
            "role_asked_for": asked,
        }
        with ledger.transaction():
            ledger.begin_run(run_id, operation, who=user_name())
            ledger.event(run_id, "refused", detail=detail)
            ledger.end_run(run_id, status="blocked", exit_status=error.exit_status, error=error)
    return run_id
