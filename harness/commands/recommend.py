"""`planwise-export recommend`: what a consultant needs for one client."""

from pathlib import Path

import click

from harness.commands.options import HOME, ending_well


@click.command()
@click.argument("client")
@HOME
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def recommend(client: str, home: Path, as_json: bool) -> None:
    """Show what is recommended to CLIENT: seven parts each, by priority, with scenario or reason.

    CLIENT is a client_id or a client_ref. Reads the published marts; builds nothing.
    """
    from harness.commands import consulted

    consulted.show(home, client, as_json, ("recommendations", "missing"), consulted.recommend)
