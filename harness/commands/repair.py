"""`planwise-export repair`: what can be done about what is not as it was recorded."""

import json
import sys
from pathlib import Path

import click

from harness.commands.options import HOME, OUT, ending_well, safe
from harness.config import settings


@click.command()
@click.option("--target", "targets", multiple=True, help="Only this target; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Say what can be done, and do nothing.")
@click.option(
    "--state",
    "about_state",
    is_flag=True,
    help="A state that is lost for good: list what nobody knows the client of; with --because, withdraw it.",
)
@click.option("--because", metavar="TEXT", help="Why; kept in the ledger.")
@HOME
@OUT
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def repair(
    targets: tuple[str, ...],
    dry_run: bool,
    about_state: bool,
    because: str | None,
    home: Path,
    out: Path,
    as_json: bool,
) -> None:
    """Mend what `verify` finds or a run refuses to go on with; never by a guess, and deleting no evidence.

    A link that was switched by hand is put back; a damaged release is moved aside, and its documents are
    delivered again as they were, or the newest whole release is current again; rows of the ledger are brought
    to what is there. The ledger is backed up first. Exit status: 0 all is in order now, 2 usage, 5 something
    can't be mended (it says what to do), 75 a run is working.
    """
    where = settings(home, out)
    if about_state:
        from harness.lost_state import withdraw

        lost = withdraw(where, because if not dry_run else None)
        lines = lost.lines()
        click.echo(json.dumps(lost.as_json(), indent=2) if as_json else safe("\n".join(lines)))
        sys.exit(0 if lost.is_settled else 5)
    from harness.repairing import repair as mend

    found = mend(where, targets, dry_run=dry_run, why=because)
    if as_json:
        click.echo(json.dumps(found.as_json() | {"dry_run": dry_run}, indent=2))
    else:
        for remedy in found.remedies:
            did = "done" if remedy in found.done else "to do" if remedy.can else "can't be mended"
            click.echo(safe(f"{remedy.target or 'home'}: {remedy.said} [{did}]"))
        if not found.remedies:
            click.echo("nothing to repair: all is as it was recorded")
        elif found.backup:
            click.echo(f"the ledger before is backups/{found.backup}")
    sys.exit(5 if found.impossible else 0)
