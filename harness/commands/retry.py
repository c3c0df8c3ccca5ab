"""`planwise-export retry`: what failed before goes out again."""

from pathlib import Path

import click

from harness.commands.options import ending_well, options
from harness.commands.send import SENDING, sending


@click.command()
@click.argument("keys", nargs=-1, metavar="[KEY...]")
@click.option("--due", is_flag=True, help="What is due now; so without anything, too.")
@click.option("--all", "everything", is_flag=True, help="All that failed: not due yet, rejected, given up.")
@click.option("--endpoint", "endpoints", multiple=True, help="This endpoint only; may be repeated.")
@options(*SENDING)
@ending_well
def retry(
    keys: tuple[str, ...],
    due: bool,
    everything: bool,
    endpoints: tuple[str, ...],
    targets: tuple[str, ...],
    home: Path,
    out: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Try documents again that an endpoint did not take: those that are due, all, or those of these KEYs.

    KEY is a delivery key or a client_ref. An endpoint that takes whole releases gets the whole release.
    Documents for our own folder are not retried here: the next run writes them. Exit status: 0 all that was
    tried is there, 2 usage, 3 some are not, 5 an endpoint failed, 75 another run is working in the same home.
    """
    if keys and (due or everything):
        raise click.UsageError("KEY says which by itself: leave --due and --all out")
    if due and everything:
        raise click.UsageError("--all has those that are due in it: leave --due out")
    sending(
        "retry",
        home,
        out,
        quiet,
        as_json,
        endpoints,
        targets,
        keys=keys,
        only_due=not keys and not everything,
        again=everything,
    )
