"""A dry run is the real path up to the switch, on a copy of the home: same gates, guards and exit status.

Nothing is written in the home or in the out folder, not even a lock or a report.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from harness.config import SETTINGS, Settings
from harness.files import make_dir
from harness.ledger.ledger import SETTING
from harness.lock import run_lock
from harness.receivers.settings import endpoints
from harness.run import Run, Step

_COPIED = (
    "state.duckdb",
    "warehouse.duckdb",
    "built.json",
    "identifiers.json",
    "scanned.json",
    "resolutions.csv",
    SETTINGS,
    "policy.yml",
    "crm_mapping.yml",
    "published/current.duckdb",
)


@contextmanager
def copy_of(settings: Settings) -> Iterator[Settings]:
    """Settings of a copy of the home that is thrown away; the out folder is the real one, read only.

    Raises LockedError where a run is working in the home.
    """
    with tempfile.TemporaryDirectory(prefix="planwise-dry-run-") as folder:
        home = make_dir(Path(folder) / "home")
        with run_lock(settings.lock, "dry run") if settings.lock.exists() else nullcontext():
            for name in _COPIED:
                if (settings.home / name).is_file():
                    make_dir((home / name).parent)
                    shutil.copy2(settings.home / name, home / name)
            for found in settings.home.glob("runs/*/quality.ndjson"):
                shutil.copy2(found, make_dir(home / "runs" / found.parent.name) / found.name)
            if settings.ledger.exists():
                _copy_ledger(settings.ledger, home / settings.ledger.name)
        # a server's ledger can't be copied: what is delivered is taken over into one of the dry run's own
        server = os.environ.pop(SETTING, None)
        try:
            yield Settings(home, settings.out, settings.project, lasting=settings.home)
        finally:
            if server is not None:
                os.environ[SETTING] = server


def _copy_ledger(ledger: Path, copy: Path) -> None:
    """Copy the file with its log, under the lock: opening it, if only to read, leaves files beside it."""
    for end in ("", "-wal"):
        if (source := ledger.with_name(f"{ledger.name}{end}")).exists():
            shutil.copy2(source, copy.with_name(f"{copy.name}{end}"))


def without_delivery(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps, but for those that are seen outside: they say what would be switched, and sent nowhere."""
    instead = {"deliver": _would_deliver, "send": _would_send}
    return tuple((name, instead.get(name, function)) for name, function in steps)


def _would_deliver(run: Run) -> str:
    from harness.steps import due_targets

    return f"dry run: {', '.join(due_targets(run)) or 'nothing'} would be delivered; nothing was written"


def _would_send(run: Run) -> str:
    # the copy of the ledger is thrown away: what was sent by it, nobody would know of
    named = ", ".join(endpoint.name for endpoint in endpoints(run.settings))
    return f"dry run: nothing was sent to {named}" if named else "no endpoint takes any of it"
