"""`planwise-export review`: the queue, decisions, their history."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands.options import HOME, INNER_HOME, ending_well, inner_settings, on_terminal, safe
from harness.config import settings, utc_now

if TYPE_CHECKING:
    from harness.review.queue import Held


@click.group(invoke_without_command=True)
@HOME
@click.option("--client", "clients", multiple=True, metavar="ID", help="This client only; may be repeated.")
@click.option("--field", "fields", multiple=True, metavar="NAME", help="This field only; may be repeated.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(("table", "csv", "json")),
    default="table",
    show_default=True,
    help="csv is a resolution file to fill in.",
)
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file.")
@click.pass_context
@ending_well
def review(
    context: click.Context,
    home: Path,
    clients: tuple[str, ...],
    fields: tuple[str, ...],
    kind: str,
    write: Path | None,
) -> None:
    """List the fields that hold clients back, and what would settle each.

    As CSV the list is a resolution file: fill in value, reviewer, date and reason, and give it to
    `planwise-export run SOURCE --resolutions FILE`.
    """
    context.obj = home
    if context.invoked_subcommand:
        return
    from harness.files import atomic_write
    from harness.review.queue import as_template, need_texts, queue

    found, has_texts = queue(settings(home), clients, fields)
    if kind == "csv":
        need_texts(has_texts)
        text = as_template(found)
        left_out = sum(not held.can_be_decided for held in found)
        if left_out:
            click.echo(f"{left_out} held fields can only be mended in the source; see the table", err=True)
    elif kind == "json":
        text = json.dumps([asdict(held) for held in found], indent=2, ensure_ascii=False) + "\n"
    elif on_terminal() and not write:
        _draw(found)
        return
    else:
        text = _lines(found)
    if write:
        atomic_write(write.expanduser().resolve(), text.encode())
        click.echo(f"{len(found)} held fields: {write}")
    else:
        # a pipe gets CSV and JSON as they are, a terminal never gets what could steer it
        click.echo(safe(text) if kind == "table" or on_terminal() else text, nl=False)


def _lines(found: "list[Held]") -> str:
    blocks = [f"{len(found)} held fields"]
    for held in found:
        blocks.append(f"{held.client_id} {held.client_name or ''}  {held.field}  {held.rule} {held.code}")
        blocks += [f"    {name}: {value}" for name, value in _details(held)]
    return "\n".join(blocks) + "\n"


def _details(held: "Held") -> list[tuple[str, str]]:
    told = [
        ("raw", held.raw or "(blank)"),
        ("why", held.message or ""),
        ("to do", held.resolve or ""),
        ("readings", " | ".join(held.readings)),
    ]
    return [(name, value) for name, value in told if value]


def _draw(found: "list[Held]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"{len(found)} held fields", show_lines=True)
    for name, share in (("client", 2), ("field", 3), ("why, and what would settle it", 5)):
        table.add_column(name, overflow="fold", ratio=share)
    for held in found:
        (_, raw), *details = _details(held)
        cells = (
            f"{held.client_id}\n{held.client_name or ''}",
            f"{held.field}\n{raw}",
            "\n".join([f"{held.rule} {held.code}", *(f"{name}: {value}" for name, value in details)]),
        )
        table.add_row(*(Text(safe(cell)) for cell in cells))
    Console().print(table)


@review.command()
@click.argument("client")
@click.argument("field")
@click.option("--value", required=True, metavar="TEXT", help="The wording that settles it: 50% up to 6%.")
@click.option("--because", required=True, metavar="TEXT", help="Why; travels with the export.")
@click.option(
    "--reviewer",
    metavar="NAME",
    help="Who decides; else $PLANWISE_REVIEWER, else $USER.",
)
@INNER_HOME
@ending_well
def resolve(
    client: str, field: str, value: str, because: str, reviewer: str | None, inner_home: Path | None
) -> None:
    """Decide one field of one client, by its id or reference; the next run takes it."""
    from harness.review.answer import Answer
    from harness.review.answer import resolve as resolve_field

    who = reviewer if reviewer is not None else os.environ.get("PLANWISE_REVIEWER") or os.environ.get("USER")
    answer = Answer(client, field, value, who or "", because)
    decision, is_new = resolve_field(inner_settings(inner_home), answer, utc_now())
    about = "a blank field" if decision.raw is None else f"raw {decision.raw!r}"
    told = f"{decision.client_id} {decision.field} ({about}): {decision.told}"
    click.echo(safe(f"recorded: {told}" if is_new else f"unchanged, it is in force already: {told}"))
    if is_new:
        click.echo("the next `planwise-export run SOURCE` reads it")


@review.command()
@click.argument("client", required=False)
@INNER_HOME
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def history(client: str | None, inner_home: Path | None, as_json: bool) -> None:
    """Show every decision ever recorded, superseded ones too, and where each stands."""
    from harness.review.past import past

    found = past(inner_settings(inner_home), client)
    if as_json:
        told = [asdict(one.decision) | {"status": one.status, "why": one.why} for one in found]
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    click.echo(f"{len(found)} decisions")
    for entry in found:
        one = entry.decision
        why = f" ({entry.why})" if entry.why else ""
        click.echo(safe(f"{one.client_id} {one.field}: {entry.status}{why}"))
        about = "(blank)" if one.raw is None else repr(one.raw)
        click.echo(safe(f"    {about} is {one.told}"))
        click.echo(safe(f"    {one.resolution_id}, recorded {one.recorded_at}, {one.origin}"))
