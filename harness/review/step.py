"""The step of `run` that takes reviewers' decisions, and what the report says of them after the build."""

from collections import Counter
from pathlib import Path

from harness import warehouse
from harness.config import utc_now
from harness.review.check import read_load
from harness.review.file import DEFAULT_NAME, read_rows
from harness.review.store import history, record
from harness.review.taking import after_build, judged, weigh
from harness.run import Run


def resolutions_file(run: Run) -> Path | None:
    """The file that was named, else the one in the home, if there is one."""
    default = run.settings.home / DEFAULT_NAME
    return run.request.resolutions or (default if default.is_file() else None)


def review_step(run: Run) -> str:
    """Record the decisions of the resolution file that are new; refuse those that can't be taken."""
    path = resolutions_file(run)
    if path is None:
        return "no resolution file"
    rows = read_rows(path)
    if rows:
        with warehouse.opened(run.settings.warehouse) as connection:
            load = read_load(connection, run.scanner)
        run.resolutions, new = weigh(rows, path.name, load, history(run.settings.state))
        record(run.settings.state, new, f"file:{path.name}", utc_now())
    counted = Counter(verdict.status for verdict in run.resolutions)
    return ", ".join(f"{number} {status}" for status, number in sorted(counted.items())) or "no decisions"


def judge(run: Run) -> None:
    """Take over what the build made of every decision in force that the run is about."""
    with warehouse.opened(run.settings.warehouse) as connection:
        found = judged(connection)
    asked = {about: what for about, what in found.items() if run.in_scope(*_names(run, about))}
    run.resolutions = after_build(run.resolutions, asked, history(run.settings.state))


def _names(run: Run, about: tuple[str, str]) -> tuple[str, str | None]:
    client = run.clients.by_id.get(about[0])
    return about[0], client.client_ref if client else None
