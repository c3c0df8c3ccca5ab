"""`planwise-export audit`: the report of what was done, and whether anybody changed the trail."""

import json
import sys
from pathlib import Path

import click

from harness.commands.options import HOME, INNER_HOME, ending_well, inner_settings, safe


@click.group()
@HOME
@click.pass_context
def audit(context: click.Context, home: Path) -> None:
    """Tell what was done, by whom and why; prove that the record of it was not changed."""
    context.obj = home


@audit.command()
@click.option("--since", metavar="DATE", help="From this day (or moment, UTC) on.")
@click.option("--client", metavar="ID", help="This client's documents only, by its id or its reference.")
@click.option(
    "--format", "kind", type=click.Choice(("text", "json", "html")), default="text", show_default=True
)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file (mode 0600) instead of stdout."
)
@INNER_HOME
@ending_well
def report(
    since: str | None, client: str | None, kind: str, output: Path | None, inner_home: Path | None
) -> None:
    """Write the audit report: runs, gates, outcomes, rejected documents, alerts, events, the chain's state.

    Clients are named by their references only, so that the report may be passed on. Exit status: 0, or 5
    where the chain of events is not whole; the report is written all the same.
    """
    from harness.ledger import open_ledger
    from harness.ledger.audit import report as made
    from harness.ledger.audit import since_stamp
    from harness.ledger.audit_pages import html, text
    from harness.ledger.clients import client_ids, reference

    where = inner_settings(inner_home)
    moment = since_stamp(since)
    with open_ledger(where, create=False) as ledger:
        ref = reference(ledger, client, client_ids(where)) if client else None
        found = made(ledger, moment, ref)
    if kind == "json":
        content = json.dumps(found, indent=2) + "\n"
    else:
        content = html(found) if kind == "html" else safe("\n".join(text(found))) + "\n"
    if output:
        from harness.files import atomic_write

        atomic_write(output.expanduser().resolve(), content.encode())
        click.echo(f"audit report: {output}")
    else:
        click.echo(content, nl=False)
    if not found["chain"]["is_whole"]:
        click.echo(f"error (audit_broken): {len(found['chain']['faults'])} faults in the ledger", err=True)
        sys.exit(5)


@audit.command()
@INNER_HOME
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def verify(inner_home: Path | None, as_json: bool) -> None:
    """Check the chain of events, and every row of the ledger against it.

    Each fault names table, row, column and event. Nothing is written. Exit status: 0 all is as it was
    recorded, 2 there is no ledger, 5 something was changed.
    """
    from dataclasses import asdict

    from harness.ledger import open_ledger

    with open_ledger(inner_settings(inner_home), create=False) as ledger:
        faults = ledger.verify_chain()
        events, head = ledger.head()
    if as_json:
        told = {
            "events": events,
            "head": head,
            "is_whole": not faults,
            "faults": [asdict(one) for one in faults],
        }
        click.echo(json.dumps(told, indent=2))
    else:
        for fault in faults:
            click.echo(safe(f"{fault}"))
        state = f"{len(faults)} faults" if faults else "whole"
        click.echo(f"{events} events, {state}; last hash {head}")
    sys.exit(5 if faults else 0)
