"""`planwise-export verify`: whether what lies there is what was delivered, and what came back is its own."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands.navigator_options import connected, connection
from harness.commands.options import HOME, OUT, ending_well, safe
from harness.config import settings

if TYPE_CHECKING:
    from harness.config import Settings
    from harness.navigator.integrity import Integrity


@click.command()
@click.option(
    "--navigator",
    "paths",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Batch folder, batch_summary.json or scenario database, as `pull` takes it; may be repeated.",
)
@click.option("--api", "url", metavar="URL", help="Instead of files: the Navigator server.")
@connection
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Where the databases lie: Navigator's checkout, or the server's workspaces folder.",
)
@click.option(
    "--wait", type=click.IntRange(min=0), default=0, metavar="SECONDS", help="With --api: wait for runs."
)
@HOME
@OUT
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def verify(
    paths: tuple[Path, ...],
    url: str | None,
    workspace: str | None,
    token_env: str,
    plain_http: bool,
    root: Path | None,
    wait: int,
    home: Path,
    out: Path,
    as_json: bool,
) -> None:
    """Compare what lies there with what was delivered.

    Without --navigator or --api: every release with its manifest; manifests, links and rows with the
    ledger; the published marts with their checksums; the ledger's chain, the state, and remote endpoints.
    Exit status: 0 all is as it was recorded, 2 nothing was recorded yet, 5 something is not, 75 a run is
    working.

    With them: the current release with Navigator's results, both ways. Every delivered scenario must have a
    result of its own design, or the reason why it has none, and every result must be of a scenario that was
    delivered. Exit status: 0 both sides agree, 2 usage, 3 something is missing, foreign or refused, 5 one
    side can't be read. Nothing is written, either way.
    """
    if paths and url:
        raise click.UsageError("name either --navigator PATH or --api URL with --workspace NAME")
    where = settings(home, out)
    if not (paths or url):
        sys.exit(_everything(where, as_json))
    if url:
        if not workspace:
            raise click.UsageError("--workspace NAME belongs to --api")
        found = _over_api(where, url, workspace, token_env, plain_http, wait, root)
    else:
        found = _from_files(where, paths, root)
    click.echo(json.dumps(found.as_json(), indent=2) if as_json else safe("\n".join(lines(found))))
    sys.exit(0 if found.is_sound else 3)


def _everything(where: "Settings", as_json: bool) -> int:
    from harness.verified_home import verify_all

    found = verify_all(where)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2))
        return 5 if found.faults else 0
    for fault in (*found.notes, *found.faults):
        click.echo(safe(fault.told()))
    counted = ", ".join(f"{number} {what}" for what, number in sorted(found.checked.items()))
    said = f"{len(found.faults)} faults" if found.faults else "all is as it was recorded"
    click.echo(f"{counted}: {said}")
    return 5 if found.faults else 0


def _from_files(where: "Settings", paths: tuple[Path, ...], root: Path | None) -> "Integrity":
    from harness.navigator.delivered import delivered
    from harness.navigator.integrity import compare
    from harness.navigator.pull import pull_files

    release = delivered(where)
    judged, unread = pull_files(where, paths, root)
    return compare(release.run_id, release.scenarios, judged, unread)


def _over_api(
    where: "Settings",
    url: str,
    workspace: str,
    token_env: str,
    plain_http: bool,
    wait: int,
    root: Path | None,
) -> "Integrity":
    from harness.navigator.api_results import pull_and_judge
    from harness.navigator.delivered import delivered
    from harness.navigator.integrity import compare
    from harness.navigator.workspaces import workspace_named

    release = delivered(where)
    with connected(url, token_env, plain_http) as api:
        identity = workspace_named(api, workspace)
        judged, unread, pulled = pull_and_judge(where, api, identity, release.scenarios, wait, root)
    return compare(release.run_id, release.scenarios, judged, unread, pulled.strangers)


def lines(found: "Integrity") -> list[str]:
    """The comparison as a table, what needs attention first, and the sums of both sides."""
    width = max((len(one.scenario) for one in found.matched), default=8)
    ordered = sorted(found.matched, key=lambda one: (one.is_sound, one.standing, one.scenario))
    table = [f"{'standing':<13} {'scenario':<{width}} years  figures   why"]
    for one in ordered:
        figures = (one.result_checksum or "-")[:8]
        row = f"{one.standing:<13} {one.scenario:<{width}} {one.years:>5}  {figures:<8}  {one.reason or ''}"
        table.append(row.rstrip())
    counts = ", ".join(f"{number} {name}" for name, number in found.counts.items())
    return [
        *table,
        f"release {found.release}: {found.delivered} delivered, {found.results} results: {counts or 'none'}",
        f"checksum of what was delivered {found.delivered_checksum[:16]}, of what came back"
        f" {found.results_checksum[:16]}",
        "both sides agree" if found.is_sound else "the two sides do not agree",
    ]
