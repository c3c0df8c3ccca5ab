"""`planwise-export push`: delivered scenarios to a Navigator server."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands.navigator_options import connected, connection
from harness.commands.options import HOME, OUT, ending_well, safe, say
from harness.config import iso, settings, utc_now
from harness.errors import PlanwiseError

if TYPE_CHECKING:
    from harness.navigator.push import Push, Pushed


@click.command()
@click.option("--api", "url", required=True, metavar="URL", help="Address of the Navigator server.")
@connection
@click.option("--client", "clients", multiple=True, metavar="ID", help="This client only; may be repeated.")
@click.option("--create-workspace", is_flag=True, help="Make the workspace when there is none of that name.")
@click.option(
    "--run", "start", is_flag=True, help="Start a run of every scenario without a result of its design."
)
@click.option(
    "--wait", type=click.IntRange(min=0), default=0, metavar="SECONDS", help="With --run: watch for so long."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done; the server is only read.")
@HOME
@OUT
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def push(
    url: str,
    workspace: str | None,
    token_env: str,
    plain_http: bool,
    clients: tuple[str, ...],
    create_workspace: bool,
    start: bool,
    wait: int,
    dry_run: bool,
    home: Path,
    out: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Create or update the delivered scenarios in a workspace of Navigator, over its API.

    The current release is compared with its manifest and schema first. A scenario is found by its name, which
    is its scenario_id; only what differs is sent, what was there is kept in the home's backups/navigator, and
    the server's configuration is read back and compared. Exit status: 0 all, 2 usage, 3 some failed or did
    not end, 5 none got there or the server is gone, 75 another push of this home is under way.
    """
    from harness.lock import run_lock
    from harness.navigator.delivered import delivered
    from harness.navigator.journal import Journal
    from harness.navigator.push import Push
    from harness.navigator.push_runs import start_runs, watch_runs
    from harness.navigator.workspaces import workspace_named

    if not workspace:
        raise click.UsageError("--workspace NAME is needed")
    if wait and not start:
        raise click.UsageError("--wait belongs to --run")
    where = settings(home, out)
    release = delivered(where, clients)
    stopped: PlanwiseError | None = None
    with (
        run_lock(where.home / "navigator.lock", f"push {iso(utc_now())}"),
        connected(url, token_env, plain_http) as api,
    ):
        identity = workspace_named(api, workspace, create=create_workspace, dry_run=dry_run)
        job = Push(api, Journal(where), release, identity, dry_run)
        try:
            job.scenarios()
            if start and not dry_run:
                start_runs(job)
                if wait:
                    watch_runs(job, wait)
        except PlanwiseError as error:
            stopped = error
    _show(job, quiet, as_json)
    if stopped:
        say(stopped)
    sys.exit(_status(job, stopped))


def _show(job: "Push", quiet: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(job.as_json(), indent=2))
        return
    if not quiet:
        counts = ", ".join(f"{number} {action}" for action, number in job.as_json()["actions"].items())
        click.echo(f"release {job.release.run_id}: {len(job.results)} scenarios: {counts or 'none'}")
        for result in job.results:
            if result.action != "unchanged" or result.run:
                click.echo(safe(f"  {_line(result)}"))
    for result in job.results:
        if quiet and not result.went_well:
            click.echo(safe(f"  {_line(result)}"), err=True)


def _line(result: "Pushed") -> str:
    told = [f"{result.delivery_key}  {result.action}"]
    if result.message:
        told.append(f"{result.code}: {result.message}")
    if result.run:
        told.append(f"run {result.run}" + (f": {result.run_error}" if result.run_error else ""))
    return "  ".join(told)


def _status(job: "Push", stopped: PlanwiseError | None) -> int:
    if stopped:
        return stopped.exit_status
    if all(result.went_well for result in job.results):
        return 0
    return 3 if any(result.action not in ("failed", "not_tried") for result in job.results) else 5
