"""`planwise-export pull`: what Navigator made of our scenarios comes home."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands.navigator_options import connected, connection
from harness.commands.options import HOME, OUT, ending_well, safe
from harness.config import Settings, settings

if TYPE_CHECKING:
    from harness.navigator.landing import Judged, Landed
    from harness.navigator.pull import Unread


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH...]", type=click.Path(path_type=Path))
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder below which the databases lie that a batch names (Navigator's checkout); nothing outside it"
    " is opened. By default the batch folder itself. With --api: the server's workspaces folder.",
)
@click.option("--api", "url", metavar="URL", help="Instead of files: the Navigator server.")
@connection
@click.option(
    "--wait", type=click.IntRange(min=0), default=0, metavar="SECONDS", help="With --api: wait for runs."
)
@click.option("--client", "clients", multiple=True, metavar="ID", help="This client only; may be repeated.")
@HOME
@OUT
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def pull(
    paths: tuple[Path, ...],
    root: Path | None,
    url: str | None,
    workspace: str | None,
    token_env: str,
    plain_http: bool,
    wait: int,
    clients: tuple[str, ...],
    home: Path,
    out: Path,
    as_json: bool,
) -> None:
    """Read Navigator's results into the state; the next `run` shows them in the marts.

    PATH is a batch folder, its batch_summary.json, or a scenario database. Databases are opened read-only,
    once nobody writes to them, and only sums and averages leave them. A result that is not what was
    delivered is refused, with the reason.

    Exit status: 0 all, 2 usage, 3 some failed or were refused or could not be read, 5 nothing could be
    read, 75 this home or every database is in use.
    """
    from harness.config import new_run_id, utc_now
    from harness.errors import SourceError
    from harness.lock import run_lock
    from harness.navigator.landing import land
    from harness.navigator.pull import pull_files

    where = settings(home, out)
    moment = utc_now()
    if bool(paths) == bool(url):
        raise click.UsageError("name either PATH... or --api URL with --workspace NAME")
    if url:
        judged, unread = _over_api(where, url, workspace, token_env, plain_http, wait, root, clients)
    else:
        judged, unread = pull_files(where, paths, root, clients=clients)
    if not (judged or unread):
        raise SourceError(
            "no_result", "there is nothing to pull", "run SOURCE delivers it first", exit_status=5
        )
    if not judged:
        for one in unread[1:]:
            click.echo(safe(f"{one.scenario}: {one.fault.message}"), err=True)
        raise unread[0].fault
    with run_lock(where.lock, f"pull-{new_run_id(moment)}"):
        landed = land(where.home, judged, moment)
    if as_json:
        click.echo(json.dumps(_as_json(judged, unread, landed), indent=2))
    else:
        click.echo(safe("\n".join(report(judged, unread, landed))))
    if unread or any(one.verdict.standing != "accepted" for one in judged):
        raise SystemExit(3)


def _over_api(
    where: Settings,
    url: str,
    workspace: str | None,
    token_env: str,
    plain_http: bool,
    wait: int,
    root: Path | None,
    clients: tuple[str, ...],
) -> "tuple[list[Judged], list[Unread]]":
    from harness.navigator.api_results import pull_and_judge
    from harness.navigator.delivered import delivered
    from harness.navigator.workspaces import workspace_named

    if not workspace:
        raise click.UsageError("--workspace NAME belongs to --api")
    release = delivered(where, clients)
    with connected(url, token_env, plain_http) as api:
        identity = workspace_named(api, workspace)
        judged, unread, _ = pull_and_judge(where, api, identity, release.scenarios, wait, root)
    return judged, unread


def _as_json(judged: "list[Judged]", unread: "list[Unread]", landed: "Landed") -> dict[str, Any]:
    """The same as `report` tells; the figures are in the marts after the next run."""
    told = [
        {
            "scenario": one.result.scenario,
            "standing": one.verdict.standing,
            "code": one.verdict.code,
            "message": one.verdict.message,
            "years": [year.simulation_year for year in one.result.years],
            "source": one.result.source,
        }
        for one in judged
    ] + [
        {
            "scenario": one.scenario,
            "standing": "unread",
            "code": one.fault.code,
            "message": one.fault.message,
            "hint": one.fault.hint,
            "years": [],
        }
        for one in unread
    ]
    counts = asdict(landed) | {"backup": landed.backup.name if landed.backup else None}
    return {"scenarios": sorted(told, key=lambda one: str(one["scenario"])), "landed": counts}


def report(judged: "list[Judged]", unread: "list[Unread]", landed: "Landed") -> list[str]:
    """What became of each scenario, and the counts."""
    lines = []
    for one in sorted(judged, key=lambda one: one.result.scenario):
        verdict, result = one.verdict, one.result
        years = (
            f" {result.years[0].simulation_year}-{result.years[-1].simulation_year}" if result.years else ""
        )
        why = f": {verdict.message} ({verdict.code})" if verdict.code else years
        lines.append(f"{verdict.standing:<9} {result.scenario}{why}")
    for missed in unread:
        lines.append(f"unread    {missed.scenario}: {missed.fault.message} ({missed.fault.code})")
        lines.append(f"          {missed.fault.hint}")
    counted = {
        name: sum(one.verdict.standing == name for one in judged)
        for name in ("accepted", "refused", "failed")
    }
    total = ", ".join(f"{count} {name}" for name, count in counted.items())
    lines.append(
        f"{len(judged) + len(unread)} scenarios: {total}, {len(unread)} unread; {landed.new} new,"
        f" {landed.known} pulled before, {landed.older} older than what is there"
    )
    lines.append(
        f"{landed.years_read} years read, {landed.years_landed} landed,"
        f" checksum {landed.checksum_landed[:16]} on both sides"
    )
    if landed.new and any(one.expected for one in judged):
        lines.append("the next `planwise-export run SOURCE` shows them in the marts")
    return lines
