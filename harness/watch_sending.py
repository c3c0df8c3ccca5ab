"""What failed at an endpoint is sent again when its time has come, between the cycles of a watch."""

from collections.abc import Sequence
from datetime import datetime

from exporters import BI, TARGETS
from harness.config import Settings
from harness.errors import SourceError
from harness.ledger import open_ledger
from harness.ledger.stamps import stamp
from harness.operation import operation
from harness.receivers.sender import Sent
from harness.receivers.settings import endpoints
from harness.reconcile import reconcile
from harness.sending import exit_status, send_all


def is_due(settings: Settings, targets: Sequence[str], now: datetime) -> bool:
    """Whether the retry queue has something for one of our endpoints whose time has come."""
    names = [endpoint.name for endpoint in endpoints(settings) if set(endpoint.targets) & set(targets)]
    if not names:
        return False
    marks, wanted = ", ".join("?" * len(names)), ", ".join("?" * len(targets))
    try:
        with open_ledger(settings, create=False) as ledger:
            found = ledger.query(
                f"select 1 from retry_queue where endpoint in ({marks}) and target in ({wanted})"
                " and next_attempt_at <= ? limit 1",
                (*names, *targets, stamp(now)),
            )
    except SourceError as error:
        if error.code != "no_ledger_yet":
            raise
        return False
    return bool(found)


def send_due(settings: Settings, targets: Sequence[str]) -> list[Sent]:
    """What `planwise-export retry --due` does: the same locks, record, reconciliation and attempts."""
    with operation(settings, "retry") as op:
        reconcile(settings, op.ledger, op.run_id, op.endpoint, (*TARGETS, BI))
        found = send_all(settings, op.ledger, op.run_id, targets, only_due=True)
        op.exit_status = exit_status(found)
        op.status = {0: "succeeded", 3: "partial"}.get(op.exit_status, "failed")
    return found
