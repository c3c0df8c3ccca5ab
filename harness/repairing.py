"""`repair` as a whole: look without writing, then mend one thing after the other, each written down."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from harness.config import Settings, utc_now
from harness.delivery import clear_killed
from harness.errors import PlanwiseError
from harness.files import replace_file, sha256_of_file
from harness.ledger import Ledger
from harness.ledger.backups import backup_of
from harness.ledger.migrations import version_of
from harness.operation import operation
from harness.reconcile import Place
from harness.recorded import known_endpoint
from harness.repair import Remedy, diagnose, move_path_aside
from harness.verified import places
from harness.verified_home import looking
from harness.warehouse import opened, tables

EVENT = "repaired"
_MOST = 50
"""Remedies in one repair; more means that they undo one another."""


@dataclass
class Repaired:
    """What was found, and what was done."""

    remedies: list[Remedy] = field(default_factory=list)
    done: list[Remedy] = field(default_factory=list)
    backup: str | None = None
    """The copy of the ledger that was made first."""

    @property
    def impossible(self) -> list[Remedy]:
        """What nothing here can mend."""
        return [remedy for remedy in self.remedies if not remedy.can]

    def as_json(self) -> dict[str, Any]:
        """The outcome for a program."""
        shown = [
            {
                "target": one.target,
                "code": one.code,
                "said": one.said,
                "can": one.can,
                "done": one in self.done,
            }
            for one in self.remedies
        ]
        return {"healthy": not self.remedies, "remedies": shown, "ledger_backup": self.backup}


def repair(
    settings: Settings, targets: Iterable[str] = (), *, dry_run: bool = False, why: str | None = None
) -> Repaired:
    """Find what is not in order, and mend what can be, unless it is a dry run.

    Raises SourceError `no_ledger_yet`, LockedError, and what a remedy meets.
    """
    wanted = set(targets)
    with ExitStack() as held:
        ledger = looking(settings, held)
        found = _all(settings, ledger, known_endpoint(ledger, settings.home, settings.out), wanted, "repair")
    outcome = Repaired([remedy for _, remedy in found])
    if dry_run or not any(remedy.can for remedy in outcome.remedies):
        return outcome
    with operation(settings, "repair", why) as op:
        outcome.backup = _backed_up(settings, op.ledger)
        for _ in range(_MOST):
            found = _all(settings, op.ledger, op.endpoint, wanted, op.run_id)
            due = next(((place, remedy) for place, remedy in found if remedy.do), None)
            if due is None:
                break
            place, remedy = due
            detail = {"code": remedy.code, "said": remedy.said}
            op.ledger.event(op.run_id, "repair_begun", remedy.target or None, op.endpoint, detail=detail)
            if remedy.do:
                remedy.do(place)
            op.ledger.event(op.run_id, EVENT, remedy.target or None, op.endpoint, detail=detail)
            outcome.done.append(remedy)
    outcome.remedies = [*outcome.done, *(remedy for _, remedy in found)]
    return outcome


def _all(
    settings: Settings, ledger: Ledger, endpoint: str | None, wanted: set[str], run_id: str
) -> list[tuple[Place, Remedy]]:
    told = ledger.verify_chain()
    found: list[tuple[Place, Remedy]] = []
    for place in places(settings, ledger, endpoint, run_id):
        if not wanted or place.target in wanted:
            found += [(place, remedy) for remedy in diagnose(settings, place, told)]
    if not wanted:
        nowhere = Place(ledger, run_id, "", endpoint or "", settings.out)
        found += [(nowhere, remedy) for remedy in _of_the_home(settings, ledger, run_id)]
        mended = {key for _, remedy in found if remedy.code == "rows" for key in remedy.keys}
        rest = [
            fault for fault in told if fault.table != "delivery" or fault.key.rsplit("/", 1)[-1] not in mended
        ]
        found += [(nowhere, _told_only(ledger, str(fault))) for fault in rest]
    return found


def _told_only(ledger: Ledger, fault: str) -> Remedy:
    said = (
        f"the ledger was changed: {fault}. Nothing can mend that: keep {Path(ledger.name).name} as evidence,"
        " and put a backup of it (folder backups of the home) in its place; the next run takes over"
        " what is delivered"
    )
    return Remedy("", "chain", said, None)


def _of_the_home(settings: Settings, ledger: Ledger, run_id: str) -> list[Remedy]:
    found = []
    staging = settings.staging(run_id).parent
    left = [path.name for path in staging.iterdir()] if staging.is_dir() else []
    if any(name != run_id and settings.run_folder(name).is_dir() for name in left):
        said = "a run that was killed left files in staging, which nobody saw: they are taken away"
        found.append(Remedy("", "staging", said, lambda _: clear_killed(settings, run_id)))
    if (state := _state_fault(settings)) is not None:
        found.append(state)
    if (published := _published(settings, ledger)) is not None:
        found.append(published)
    return found


def _state_fault(settings: Settings) -> Remedy | None:
    hint = "`planwise-export state list`, `state restore BACKUP`; if none of them fits, `repair --state`"
    try:
        if not settings.state.exists():
            return Remedy("", "state", f"the state is gone: {hint}", None)
        with opened(settings.state) as connection:
            if "client_ref" in tables(connection):
                return None
        said = "has no table client_ref"
    except PlanwiseError as error:
        said = error.message
    return Remedy("", "state", f"the state can't be read ({said}): {hint}", None)


def _published(settings: Settings, ledger: Ledger) -> Remedy | None:
    recorded = ledger.query(
        "select run_id, path, sha256 from artifact where kind = 'published'"
        " order by created_at desc, run_id desc"
    )
    known = {row["sha256"] for row in recorded}
    current = settings.current
    if not recorded or (current.is_file() and sha256_of_file(current) in known):
        return None
    for row in recorded:
        path = settings.home / row["path"]
        if path.is_file() and sha256_of_file(path) == row["sha256"]:
            said = (
                f"the published marts are not what was published: those of run {row['run_id']} are put back"
            )
            return Remedy("", "published", said, partial(_publish, settings, path))
    said = "the published marts are not what was published, and no whole ones are left: they are"
    return (
        Remedy(
            "",
            "published",
            f"{said} moved aside, and the next run publishes anew",
            lambda _: move_path_aside(current),
        )
        if current.exists()
        else None
    )


def _publish(settings: Settings, path: Path, _: Place) -> None:
    if settings.current.exists():
        move_path_aside(settings.current)
    replace_file(path, settings.current)


def _backed_up(settings: Settings, ledger: Ledger) -> str:
    made = backup_of(settings.home, utc_now())(ledger.database, version_of(ledger.database))
    return Path(made).name
