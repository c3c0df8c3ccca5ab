"""`planwise-export metrics`: how the house is doing, for a person, a program, or Prometheus."""

import json
from pathlib import Path

import click

from harness.commands.options import HOME, ending_well, safe
from harness.config import settings


@click.command()
@click.option(
    "--format",
    "kind",
    type=click.Choice(("text", "prometheus", "json")),
    default="text",
    show_default=True,
    help="prometheus is its text format, for a node exporter's textfile collector.",
)
@HOME
@ending_well
def metrics(kind: str, home: Path) -> None:
    """Show durations with p50 and p95, states, the retry queue, failures in a row, freshness, gates.

    Also which step became slower than its own p95 by half, and what patterns suggest. Everything comes from
    the ledger; no client is named.
    """
    from harness.ledger import open_ledger
    from harness.metrics import lines, measure
    from harness.prometheus import text

    where = settings(home)
    with open_ledger(where, create=False) as ledger:
        found = measure(where, ledger)
    if kind == "json":
        click.echo(json.dumps(found, indent=2))
    elif kind == "prometheus":
        click.echo(text(found), nl=False)
    else:
        click.echo(safe("\n".join(lines(found))))
