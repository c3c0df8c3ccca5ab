"""`planwise-export sweep`: retention."""

import json
import sys
from pathlib import Path

import click

from harness.commands.options import HOME, OUT, ending_well, safe
from harness.config import settings


@click.command()
@click.option(
    "--keep", type=click.IntRange(min=0), default=10, show_default=True, help="Newest ones to keep."
)
@click.option(
    "--older-than",
    type=click.FloatRange(min=0),
    default=90,
    show_default=True,
    metavar="DAYS",
    help="Only what is older than this goes.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go and why the rest stays; nothing is touched.")
@HOME
@OUT
@click.option("--verbose", is_flag=True, help="Show what stays, too, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def sweep(
    keep: int, older_than: float, dry_run: bool, home: Path, out: Path, verbose: bool, as_json: bool
) -> None:
    """Remove old releases, published marts, run records, backups and what killed runs left.

    What goes is both older than --older-than and not among the --keep newest of its kind. However old, these
    stay: what is current, what a receiver holds or is being sent, the newest confirmed release, the only
    backup. Symbolic links are named, never followed. Exit status: 0 done, 2 not allowed, 3 some could not be
    removed, 75 a run is under way.
    """
    from harness.sweep import sweep as remove
    from harness.sweepable import total

    where = settings(home, out)
    done = remove(where, keep, older_than, dry_run=dry_run)
    if as_json:
        click.echo(json.dumps(done.as_json(where), indent=2))
    else:
        failed = {item.path: why for item, why in done.failed}
        for item in done.items:
            is_notable = item.goes or item.kind.startswith("unknown") or "symbolic link" in item.why
            if is_notable or verbose:
                verb = "stays" if not item.goes else "would go" if dry_run else "gone"
                verb = f"failed ({failed[item.path]})" if item.path in failed else verb
                click.echo(safe(f"{verb:<9} {item.kind}: {item.named(where)}: {item.why}"))
        going = [item for item in done.items if item.goes] if dry_run else done.removed
        verb = "would go" if dry_run else "are gone"
        click.echo(f"{len(going)} of {len(done.items)} {verb}, {total(going) / 1e6:.1f} MB")
    sys.exit(3 if done.failed else 0)
