"""Retention: what is old goes, under the lock of the home, noted in the ledger before and after."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config import Settings, new_run_id, utc_now
from harness.files import fsync_dir
from harness.lock import run_lock
from harness.policy import user_name
from harness.sweepable import LEAVING, Item, Limits, sweepable, total

if TYPE_CHECKING:
    from harness.ledger import Ledger

KEEP = 10
OLDER_THAN = 90.0


@dataclass
class Swept:
    """What became of everything that retention is about."""

    items: list[Item]
    is_dry_run: bool
    run_id: str = ""
    removed: list[Item] = field(default_factory=list)
    failed: list[tuple[Item, str]] = field(default_factory=list)

    def as_json(self, settings: Settings) -> dict[str, Any]:
        """For a program."""
        gone, failed = {item.path for item in self.removed}, {item.path: why for item, why in self.failed}
        return {
            "dry_run": self.is_dry_run,
            "run_id": self.run_id or None,
            "bytes": total(self.items if self.is_dry_run else self.removed),
            "items": [
                {
                    "kind": item.kind,
                    "path": item.named(settings),
                    "age_days": round(item.age_days, 1),
                    "bytes": item.bytes,
                    "goes": item.goes,
                    "removed": item.path in gone,
                    "why": item.why,
                    "error": failed.get(item.path),
                }
                for item in self.items
            ],
        }


def sweep(
    settings: Settings, keep: int = KEEP, older_than: float = OLDER_THAN, *, dry_run: bool = False
) -> Swept:
    """Remove what may go. LockedError (75) while a run is under way; with `dry_run` nothing is touched."""
    from harness.ledger import open_ledger
    from harness.redact import redactor

    moment = utc_now()
    limits = Limits(keep, older_than, moment)
    if dry_run:
        return Swept(_looked(settings, limits), is_dry_run=True)
    run_id = new_run_id(moment)
    with run_lock(settings.lock, run_id), open_ledger(settings) as ledger:
        ledger.scrub = redactor(settings)
        done = Swept(sweepable(settings, ledger, limits), is_dry_run=False, run_id=run_id)
        going = [item for item in done.items if item.goes]
        if going:
            _journalled(settings, ledger, done, going, limits)
    return done


def _looked(settings: Settings, limits: Limits) -> list[Item]:
    from harness.errors import SourceError
    from harness.ledger import open_ledger

    try:
        ledger = open_ledger(settings, create=False)
    except SourceError as error:
        if error.code != "no_ledger_yet":
            raise
        return sweepable(settings, None, limits)
    with ledger:
        return sweepable(settings, ledger, limits)


def _journalled(
    settings: Settings, ledger: "Ledger", done: Swept, going: Sequence[Item], limits: Limits
) -> None:
    """First what will go, then what went: after a crash the ledger says what may be missing."""
    detail = {"keep": limits.keep, "older_than_days": limits.older_than, "items": _told(settings, going)}
    with ledger.transaction():
        ledger.begin_run(done.run_id, "sweep", who=user_name())
        ledger.event(done.run_id, "sweep_begun", detail=detail)
    for item in going:
        try:
            _remove(item.path)
            done.removed.append(item)
        except OSError as error:
            done.failed.append((item, error.strerror or type(error).__name__))
    with ledger.transaction():
        ledger.event(
            done.run_id,
            "swept",
            detail={
                "items": _told(settings, done.removed),
                "failed": [{"path": item.named(settings), "error": why} for item, why in done.failed],
                "bytes": total(done.removed),
            },
        )
        ledger.end_run(
            done.run_id,
            status="partial" if done.failed else "succeeded",
            exit_status=3 if done.failed else 0,
            counts={"removed": len(done.removed), "failed": len(done.failed)},
        )


def _told(settings: Settings, items: Sequence[Item]) -> list[dict[str, Any]]:
    return [{"kind": item.kind, "path": item.named(settings), "bytes": item.bytes} for item in items]


def _remove(path: Path) -> None:
    """A folder is renamed first, so that nobody meets half of it; links inside are removed, not followed."""
    if path.is_symlink():
        raise OSError(0, "is a symbolic link", str(path))
    if not path.is_dir():
        path.unlink()
        fsync_dir(path.parent)
        return
    doomed = path
    if not path.name.startswith(LEAVING):
        doomed = path.with_name(f"{LEAVING}{path.name}")
        path.rename(doomed)
        fsync_dir(path.parent)
    shutil.rmtree(doomed)
    fsync_dir(path.parent)
