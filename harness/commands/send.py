"""`planwise-export send`: endpoints get what they have not, without a run."""

import json
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands.options import HOME, OUT, ending_well, options, safe, say
from harness.config import settings

if TYPE_CHECKING:
    from harness.receivers.sender import Sent

SENDING = (
    click.option("--target", "targets", multiple=True, help="This target only; may be repeated."),
    HOME,
    OUT,
    click.option("--quiet", is_flag=True, help="Print nothing but errors."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
)
WORDS = {
    "confirmed": "sent",
    "unchanged": "there already",
    "deleted": "not in the release any more",
    "left_there": "withdrawn here, left there",
    "retry_wait": "to be tried again",
    "pending": "to be sent when the endpoint is mended",
    "waiting": "not due yet",
    "given_up": "rejected or given up before (retry --all tries them)",
    "rejected": "rejected",
    "dead": "given up",
    "not_asked": "not asked for",
}


@click.command()
@click.argument("endpoints", nargs=-1, metavar="[ENDPOINT...]")
@options(*SENDING)
@ending_well
def send(
    endpoints: tuple[str, ...],
    targets: tuple[str, ...],
    home: Path,
    out: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Send what is delivered here to the endpoints of planwise.toml: what differs there, and what is due.

    Nothing is built: the current releases are compared with what the ledger says that each endpoint holds.
    Without ENDPOINT all of them. Exit status: 0 all is there, 2 usage, 3 some documents are not (rejected, or
    not due yet), 5 an endpoint failed, 75 another run is working in the same home.
    """
    sending("send", home, out, quiet, as_json, endpoints, targets)


def sending(
    command: str,
    home: Path,
    out: Path,
    quiet: bool,
    as_json: bool,
    endpoints: Collection[str],
    targets: Collection[str],
    keys: Collection[str] = (),
    only_due: bool = False,
    again: bool = False,
) -> None:
    """Send, print what came of it, and end with its status."""
    from exporters import BI, TARGETS
    from harness.operation import operation
    from harness.receivers.settings import chosen
    from harness.receivers.settings import endpoints as endpoints_of
    from harness.reconcile import reconcile
    from harness.sending import exit_status, known, send_all

    where = settings(home, out)
    # what was asked for wrongly is told before anything is recorded
    chosen(endpoints_of(where), tuple(endpoints))
    known(where, keys)
    with operation(where, command) as op:
        # what the ledger does not know (it was lost, or another home delivered) is taken over first
        reconcile(where, op.ledger, op.run_id, op.endpoint, (*TARGETS, BI))
        found = send_all(
            where,
            op.ledger,
            op.run_id,
            targets or None,
            tuple(endpoints),
            keys,
            only_due=only_due,
            again=again,
        )
        op.exit_status = exit_status(found)
        op.status = {0: "succeeded", 3: "partial"}.get(op.exit_status, "failed")
    show(found, quiet, as_json)
    sys.exit(op.exit_status)


def show(found: "Collection[Sent]", quiet: bool, as_json: bool) -> None:
    """Print what became of each target at each endpoint."""
    if as_json:
        click.echo(json.dumps([one.as_json() for one in found], indent=2))
    elif not quiet:
        if not found:
            click.echo("no endpoint of planwise.toml takes it: docs/endpoints.md")
        for one in found:
            click.echo(safe(line(one)))
    for one in found:
        if one.error and not as_json:
            say(one.error)


def line(one: "Sent") -> str:
    """One target at one endpoint, in words."""
    counts = [f"{number} {WORDS.get(name, name)}" for name, number in one.counts.items() if number]
    told = "; ".join([", ".join(counts), *one.notes]).strip("; ")
    return f"{one.endpoint}  {one.target}  {one.outcome}{f': {told}' if told else ''}"
