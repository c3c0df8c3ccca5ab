"""What a command that changes something outside a run has around it: the locks, the ledger, its record."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from harness.config import Settings, new_run_id, utc_now
from harness.errors import PlanwiseError
from harness.ledger import Ledger, open_ledger
from harness.lock import run_lock
from harness.recorded import local_endpoint, who
from harness.report import versions


@dataclass
class Operation:
    """One operation under the locks."""

    run_id: str
    ledger: Ledger
    endpoint: str
    """The ledger's name of the out folder."""
    status: str = "succeeded"
    exit_status: int = 0
    """How it is recorded when it ends by itself; what the block sets."""


@contextmanager
def operation(
    settings: Settings, command: str, why: str | None = None, targets: Sequence[str] = ()
) -> Iterator[Operation]:
    """Hold the locks of home and out folder, and record the operation in the ledger, however it ends.

    Raises LockedError (exit 75), what the pre-flight says against it, and what the block raises.
    """
    from harness.commands.roles import asked_role
    from harness.preflight import preflight, reached

    run_id = new_run_id(utc_now())
    with (
        run_lock(settings.lock, run_id),
        run_lock(settings.out_lock, run_id),
        open_ledger(settings) as ledger,
    ):
        ledger.begin_run(run_id, command, who=who(), why=why, versions=versions())
        done = Operation(run_id, ledger, local_endpoint(ledger, settings.lasting_home, settings.out, run_id))
        try:
            preflight(
                settings, ledger, command, None, targets, role=asked_role(), run_id=run_id, probes=reached
            ).require()
            yield done
        except PlanwiseError as error:
            status = {4: "blocked", 75: "locked"}.get(error.exit_status, "failed")
            ledger.end_run(run_id, status=status, exit_status=error.exit_status, error=error)
            raise
        except BaseException:
            ledger.end_run(run_id, status="failed", exit_status=1)
            raise
        ledger.end_run(run_id, status=done.status, exit_status=done.exit_status)
