"""`planwise-export rollback`: an earlier release becomes the current one again."""

import json
from pathlib import Path

import click

from harness.commands.options import HOME, OUT, ending_well
from harness.config import settings


@click.command()
@click.option("--target", "targets", multiple=True, required=True, help="Which target; may be repeated.")
@click.option(
    "--to", "release", required=True, metavar="RUN", help="The release: a run id, as `status` lists."
)
@click.option("--because", metavar="TEXT", help="Why; kept in the ledger.")
@HOME
@OUT
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def rollback(
    targets: tuple[str, ...], release: str, because: str | None, home: Path, out: Path, as_json: bool
) -> None:
    """Make an earlier release of a target the current one again; forward again works the same way.

    The release is compared with its manifest, and that with the ledger, before and after. `bi` brings the
    published marts of that run back, too. The next `run` delivers what the source says now. Exit status: 0, 2
    there is no such release, 5 it is not whole, 75 another run is working in the same home.
    """
    from harness.operation import operation
    from harness.reconcile import Place, reconcile
    from harness.rollback import ready, roll_back

    where = settings(home, out)
    moved = {}
    with operation(where, "rollback", because, targets) as op:
        reconcile(where, op.ledger, op.run_id, op.endpoint, targets)
        for target in targets:  # all of them first: a release that one has not moves none
            ready(Place(op.ledger, op.run_id, target, op.endpoint, where.target(target)), release)
        for target in dict.fromkeys(targets):
            moved[target] = roll_back(where, op.ledger, op.run_id, op.endpoint, target, release)
    if as_json:
        click.echo(json.dumps({"run_id": op.run_id, "release": release, "moved": moved}))
        return
    for target, count in moved.items():
        said = f"{count} documents are what they were then" if count else "it was current already"
        click.echo(f"{target}: {release} is current; {said}")
