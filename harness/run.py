"""A run: named steps over one record, each timed, and a report that is written however it ends."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from exporters import TARGETS, names
from harness import built
from harness.config import Settings, iso, new_run_id, utc_now
from harness.delivery import clear_killed, clear_staging
from harness.errors import PlanwiseError, TransientDeliveryError
from harness.files import PRIVATE_FILE, make_dir, write_new
from harness.identifiers import Scanner, machine
from harness.ledger import open_ledger
from harness.lock import run_lock
from harness.manifest import Entry
from harness.memory import want_of_memory
from harness.outcome import Clients, GateResult
from harness.progress import Progress
from harness.reconcile import Found, reconcile
from harness.recorded import Record, local_endpoint, who
from harness.redact import redactor
from harness.render import Refused, Rendered, Stamp
from harness.report import Outcome, exit_status, versions, write_report
from harness.warehouse import RejectedRow, Row

if TYPE_CHECKING:
    from harness.changes import Changes
    from harness.plan import Plan
    from harness.publish import Published
    from harness.receivers.sender import Sent
    from harness.review.taking import Verdict


class GateWorker(Protocol):
    """What the run needs of harness.gate.client.Gate."""

    def check(
        self,
        warehouse: Path,
        *,
        state: Path | None = None,
        checkpoints: Sequence[str] = (),
        last_published_rows: int | None = None,
        last_published_columns: Sequence[str] = (),
        because: str | None = None,
        versions: Mapping[str, str | None] | None = None,
    ) -> dict[str, Any]:
        """Judge the checkpoints on a built warehouse."""

    def close(self) -> None:
        """End the worker process."""


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

    command: str
    source: Path | None = None
    units: str = "auto"
    clients: tuple[str, ...] = ()
    """client_ids or client_refs that the export is narrowed to; empty for all."""
    targets: tuple[str, ...] = names()
    because: str | None = None
    report: Path | None = None
    resolutions: Path | None = None
    """Reviewers' decisions to take; null for the file in the home, if there is one."""
    navigator_version: str | None = None
    """What the scenarios will run on; null for the current one of seeds/compatibility.csv."""


@dataclass
class Run:
    """All that the steps hand to one another."""

    settings: Settings
    request: Request
    stamp: Stamp
    record: Record | None = None
    """What tells the ledger; null until the lock is held and the ledger open."""
    reconciled: list[Found] = field(default_factory=list)
    gate: GateWorker | None = None
    source_rows: int = 0
    clients: Clients = field(default_factory=lambda: Clients(()))
    rejected: list[RejectedRow] = field(default_factory=list)
    results: list[GateResult] = field(default_factory=list)
    resolutions: list[Verdict] = field(default_factory=list)
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    scanner: Scanner = field(default_factory=lambda: Scanner(()))
    built_from: dict[str, Any] = field(default_factory=dict)
    is_landed: bool = False
    is_built: bool = False
    """Whether the warehouse holds this very source already, as this very code built it."""
    resumed: dict[str, Any] = field(default_factory=dict)
    """What was taken over from a `new-client` run that was stopped: run_id, done, reused."""
    told: dict[str, Any] = field(default_factory=dict)
    """What a command adds to the report."""
    changes: Changes | None = None
    plans: dict[str, Plan] = field(default_factory=dict)
    """By target; empty where everything that was asked for is written anyway (`export`)."""
    writes: dict[str, bool] = field(default_factory=dict)
    """By target, whether its release will be another one; known once everything is verified."""
    ids: dict[str, str] = field(default_factory=dict)
    """client_id by reference, of everybody the plan may name, those gone from the source too."""
    rows: dict[str, list[Row]] = field(default_factory=dict)
    staged: dict[str, list[Rendered]] = field(default_factory=dict)
    refused: dict[str, list[Refused]] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    published: Published | None = None
    is_looked_through: bool = False
    """Whether rule E02 looked through the marts that are published now, for all that is internal."""
    is_published: bool = False
    """Whether `published` has become the current one."""
    releases: dict[str, Path] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    """What became of each target at each endpoint."""
    versions: dict[str, str | None] = field(default_factory=dict)
    """Versions that the run met: rule E04 and the report."""

    def differs(self, target: str) -> bool:
        """Tell whether there is anything to deliver to a target."""
        return self.writes.get(target, True)

    def in_scope(self, client_id: str | None, client_ref: str | None = None) -> bool:
        """Tell whether the run is about this client."""
        asked = self.request.clients
        return not asked or client_id in asked or client_ref in asked

    def refused_for(self, target: str) -> set[str]:
        """Clients whose plan as it is has no right document for a target."""
        return {item.row.client_ref for item in self.refused.get(target, ()) if item.row.is_baseline}

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the asked-for targets that get documents."""
        return tuple(name for name in self.request.targets if name in TARGETS)

    @property
    def staging(self) -> Path:
        """Where this run renders."""
        return self.settings.staging(self.stamp.run_id)


Step = tuple[str, Callable[[Run], str]]
"""Name, and the function that does it and returns its counts in words."""


def _classed(error: Exception, run: Run) -> PlanwiseError:
    if isinstance(error, PlanwiseError):
        return error
    if isinstance(error, OSError):
        # a full or read-only disk is mended without a change of the source: worth another attempt
        hint = "check free space and permissions there, and run again; what was delivered before stays"
        where = error.filename or "no path given"
        return TransientDeliveryError("disk", f"{error.strerror or error}: {where}", hint)
    if short := want_of_memory(error):
        return short
    import traceback

    trace = run.settings.run_folder(run.stamp.run_id) / "traceback.txt"
    write_new(trace, "".join(traceback.format_exception(error)).encode(), PRIVATE_FILE)
    wrapped = PlanwiseError(
        "unexpected", f"{type(error).__name__}: {error}", f"this is a fault of planwise; {trace} says where"
    )
    wrapped.__cause__ = error
    return wrapped


def execute(
    settings: Settings,
    request: Request,
    steps: Sequence[Step],
    progress: Progress,
    open_gate: Callable[[], GateWorker] | None = None,
) -> Outcome:
    """Do the steps under the lock of the home, in order, until one raises; report; return what became of it.

    Nothing is raised for an error of the run: it is in the outcome, classed. An interrupt is reported and
    raised again.
    """
    started = utc_now()
    run_id = new_run_id(started)
    run = Run(settings, request, Stamp(run_id, iso(started)))
    outcome = Outcome(run_id, request.command, iso(started))
    make_dir(settings.run_folder(run_id))
    with ExitStack() as held:
        try:
            held.enter_context(run_lock(settings.lock, run_id))
            held.enter_context(run_lock(settings.out_lock, run_id))
            held.enter_context(built.one_code())
            run.record = _begun(run, held)
            held.enter_context(progress)
            _steps(run, steps, progress, open_gate, outcome)
        except Exception as error:  # noqa: BLE001 - whatever stopped the run, its report says so
            outcome.error = _classed(error, run)
        except BaseException:
            outcome.error = PlanwiseError(
                "interrupted", "the run was interrupted", "run it again; nothing is half done"
            )
            raise
        finally:
            outcome.finished_at = iso(utc_now())
            try:
                outcome.fill(run)
                _told(run, outcome)
            except Exception as error:  # noqa: BLE001 - the ledger may be full: the report says so
                outcome.error = outcome.error or _classed(error, run)
            finally:
                outcome.report = write_report(outcome, settings, request.report)
    return outcome


def _told(run: Run, outcome: Outcome) -> None:
    """Tell the ledger how the run ended, and people where it failed too often."""
    if run.record is None:
        return
    if outcome.error:
        from harness import diagnostics

        step = next(reversed(outcome.seconds), "")
        found = diagnostics.diagnose(
            run.settings,
            run.stamp.run_id,
            outcome.error,
            command=run.request.command,
            step=step,
            samples=[reason for client in outcome.clients for reason in client.reasons if reason["raw"]],
            identifiers=run.identifiers,
        )
        diagnostics.write(run.settings, found)
    run.record.ended(run, outcome)
    if run.settings.lasting is None:
        from harness import alerts

        outcome.alerts = alerts.after_run(run.settings, run.record.ledger, run.stamp.run_id)


def _begun(run: Run, held: ExitStack) -> Record:
    """Open the ledger, record that the run began, and settle what the one before left open."""
    settings, request, run_id = run.settings, run.request, run.stamp.run_id
    clear_killed(settings, run_id)
    ledger = held.enter_context(open_ledger(settings))
    ledger.scrub = redactor(settings, machine(request.source, settings.lasting_home))
    ledger.begin_run(run_id, request.command, who=who(), why=request.because, versions=versions())
    record = Record(ledger, run_id, local_endpoint(ledger, settings.lasting_home, settings.out, run_id))
    run.record = record
    run.reconciled = reconcile(settings, ledger, run_id, record.endpoint, request.targets)
    return record


def _steps(
    run: Run,
    steps: Sequence[Step],
    progress: Progress,
    open_gate: Callable[[], GateWorker] | None,
    outcome: Outcome,
) -> None:
    # its import takes seconds: the worker begins before the first step, and works beside dbt
    run.gate = open_gate() if open_gate else None
    try:
        for name, function in steps:
            progress.started(name)
            begun = time.perf_counter()
            try:
                detail = function(run)
            except Exception as error:
                outcome.seconds[name] = round(time.perf_counter() - begun, 3)
                progress.failed(
                    name, outcome.seconds[name], str(error).splitlines()[0] if str(error) else name
                )
                raise
            outcome.seconds[name] = round(time.perf_counter() - begun, 3)
            progress.finished(name, outcome.seconds[name], detail)
    finally:
        if run.gate:
            run.gate.close()
        clear_staging(run.settings, run.stamp.run_id)


def as_json(outcome: Outcome) -> str:
    """The summary of a run for a program: the report without the clients, and without what became of each."""
    summary = {
        key: value for key, value in outcome.as_json().items() if key not in ("clients", "rejected_rows")
    }
    if changes := summary.get("changes"):
        summary["changes"] = {key: value for key, value in changes.items() if key != "clients"}
    summary["plan"] = {
        target: {key: value for key, value in plan.items() if key != "differing"}
        for target, plan in summary.get("plan", {}).items()
    }
    return json.dumps(
        summary | {"exit_status": exit_status(outcome), "report": str(outcome.report)}, indent=2
    )
