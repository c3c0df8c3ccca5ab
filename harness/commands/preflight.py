"""`planwise-export preflight`: would this operation go, and if not, what would make it go?"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporters import names
from harness.commands.options import HOME, OUT, ending_well, safe
from harness.commands.roles import asked_role
from harness.config import Settings, new_run_id, settings, utc_now
from harness.errors import PlanwiseError

if TYPE_CHECKING:
    from harness.preflight import Decision


@click.command()
@click.argument("operation", default="send")
@click.argument("source", required=False, type=click.Path(path_type=Path))
@click.option("--target", "targets", multiple=True, type=click.Choice(names()), help="By default all.")
@HOME
@OUT
@click.option("--verbose", is_flag=True, help="Show what is well, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def preflight(
    operation: str,
    source: Path | None,
    targets: tuple[str, ...],
    home: Path,
    out: Path,
    verbose: bool,
    as_json: bool,
) -> None:
    """Look at everything that OPERATION needs, and say go, or stop and what would make it go.

    OPERATION is a command as the policy names it: run, export, new-client, rollback, state-restore, ...; by
    default send, which asks every endpoint. SOURCE is what it would read. Nothing is done but a note in the
    ledger. Exit status: 0 go, else that with which the operation would end: 2 not allowed or no such source,
    5 no room or nowhere to write, 75 locked.
    """
    from harness.policy import load

    where = settings(home, out)
    rules = load(where.home)
    known = sorted(frozenset[str]().union(*rules.may.values()))
    if operation not in known:
        raise click.UsageError(f"there is no operation {operation!r}; there is: {', '.join(known)}")
    decision = _decided(where, operation, source, targets or names())
    if as_json:
        click.echo(json.dumps(decision.as_json(), indent=2))
    else:
        click.echo(safe("\n".join(decision.lines(verbose))))
    sys.exit(0 if decision.goes else decision.stopped[0].exit_status)


def _decided(where: Settings, operation: str, source: Path | None, targets: tuple[str, ...]) -> "Decision":
    from harness.ledger import open_ledger
    from harness.policy import user_name
    from harness.preflight import preflight as look
    from harness.preflight import reached
    from harness.redact import redactor

    role = asked_role()
    if not where.home.is_dir():
        # a home is not made for a question
        return look(where, None, operation, source, targets, role=role, probes=reached)
    run_id = new_run_id(utc_now())
    try:
        ledger = open_ledger(where)
    except PlanwiseError as error:
        click.echo(f"not recorded: {safe(error.message)}", err=True)
        return look(where, None, operation, source, targets, role=role, probes=reached)
    with ledger:
        ledger.scrub = redactor(where)
        ledger.begin_run(run_id, "preflight", who=user_name(), is_dry_run=True)
        found = look(where, ledger, operation, source, targets, role=role, run_id=run_id, probes=reached)
        status = 0 if found.goes else found.stopped[0].exit_status
        ledger.end_run(run_id, status="succeeded" if found.goes else "blocked", exit_status=status)
    return found
