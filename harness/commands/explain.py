"""`planwise-export explain`: the before and after of one client."""

import json
from pathlib import Path

import click

from harness.commands.options import HOME, ending_well, on_terminal, safe
from harness.config import settings


@click.command()
@click.argument("client")
@click.argument("field", required=False)
@HOME
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def explain(client: str, field: str | None, home: Path, as_json: bool) -> None:
    """Show how CLIENT's texts were read: raw, tokens, rule, value, dollars, gates, documents.

    CLIENT is a client_id or a client_ref; FIELD narrows it to one field.
    """
    from harness.commands.explained import draw, lines
    from harness.explain import explain as explain_client

    found = explain_client(settings(home), client, field)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False, default=str))
    elif on_terminal():
        draw(found)
    else:
        click.echo(safe("\n".join(lines(found))))
