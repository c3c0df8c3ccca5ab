"""`planwise-export compat`: which versions planwise meets, what they lack, and what is exported for them."""

import json
import textwrap

import click

from harness.commands.options import ending_well

_WIDTH = 100


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the matrix as JSON.")
@ending_well
def compat(as_json: bool) -> None:
    """Print the compatibility matrix: Design Matrix, Navigator, document schemas, DuckDB storage.

    A run that meets a version which is not in it, or not supported, is stopped (rule E04).
    """
    from harness.compat import rows

    found = rows()
    if as_json:
        shown = [
            row
            | {name: row[name] == "true" for name in ("is_supported", "is_current")}
            | {"held_kinds": [kind for kind in row["held_kinds"].split("|") if kind]}
            for row in found
        ]
        click.echo(json.dumps(shown, indent=2))
        return
    component = None
    for row in found:
        if row["component"] != component:
            component = row["component"]
            click.echo(component)
        marks = [mark for mark, name in (("current", "is_current"),) if row[name] == "true"]
        marks += ["not supported"] if row["is_supported"] != "true" else []
        click.echo(f"  {row['version']}" + (f" ({', '.join(marks)})" if marks else ""))
        for name in ("lacks", "exported", "source"):
            if row[name]:
                click.echo(
                    textwrap.fill(
                        row[name], _WIDTH, initial_indent=f"    {name + ':':<10}", subsequent_indent=" " * 14
                    )
                )
