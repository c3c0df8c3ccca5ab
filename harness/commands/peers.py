"""`planwise-export peers`: what a consultant needs of one client among its peers."""

from pathlib import Path

import click

from harness.commands.options import HOME, ending_well


@click.command()
@click.argument("client")
@HOME
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def peers(client: str, home: Path, as_json: bool) -> None:
    """Show CLIENT's place among its peers: cohort, percentiles, adoption, gaps, what is missing.

    CLIENT is a client_id or a client_ref. Reads the published marts; builds nothing.
    """
    from harness.commands import consulted

    consulted.show(home, client, as_json, ("steps", "features", "gaps", "missing"), consulted.peers)
