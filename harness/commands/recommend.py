"""`planwise-export recommend`: what a consultant needs for one client."""

import json
from pathlib import Path

import click

from harness.commands.options import HOME, ending_well
from harness.config import settings


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
    from harness.commands.terminal import put
    from harness.consult import consult

    found = consult(settings(home), client)
    if as_json:
        parts = ("recommendations", "missing")
        click.echo(json.dumps(found.as_json(*parts), indent=2, ensure_ascii=True, default=str))
    else:
        put(consulted.recommend(found))
