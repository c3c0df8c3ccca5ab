"""The command line: reads arguments, hands them down, prints what came of it.

Imports nothing that takes time.
"""

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exporters import names
from harness.commands.late import Late
from harness.commands.options import HOME, OUT, SOURCE, options, safe, say
from harness.commands.roles import guarded
from harness.config import Settings, settings

if TYPE_CHECKING:
    from harness.report import Outcome
    from harness.run import GateWorker, Request, Step

_EXPORTING = (
    click.option(
        "--target",
        "targets",
        multiple=True,
        type=click.Choice(names()),
        default=names(),
        show_default=True,
        help="Target system; may be given more than once.",
    ),
    click.option(
        "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the run report here, too."
    ),
    click.option(
        "--dry-run", is_flag=True, help="All steps and gates, on a copy of the home; nothing is written."
    ),
    click.option("--quiet", is_flag=True, help="Print nothing but errors."),
    click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
)


@click.group(cls=Late, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="planwise")
def cli() -> None:
    """Turn a Design Matrix into the documents that other systems need.

    Exit status: 0 all, 2 usage or bad input, 3 partial (some held or rejected, a decision refused), 4 blocked
    by a gate, 5 delivery failed, 75 another run is working in the same home.
    """


@cli.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--client",
    "clients",
    multiple=True,
    metavar="ID",
    help="Export this client only; may be given more than once.",
)
@options(*SOURCE, HOME, OUT, *_EXPORTING)
def run(source: Path, clients: tuple[str, ...], **shared: Any) -> None:
    """Do the whole job: extract, build, gates, render, verify, publish, deliver, report.

    SOURCE is a Design Matrix: a DuckDB file, an Excel template, CSV, Parquet, or plan documents (YAML, JSON).
    """
    from harness.gate.client import Gate
    from harness.steps import RUN

    _finish(_asked("run", source, clients, shared), RUN, Gate, shared)


@cli.command()
@click.argument("clients", nargs=-1, required=True, metavar="CLIENT...")
@options(HOME, OUT, *_EXPORTING)
def export(clients: tuple[str, ...], **shared: Any) -> None:
    """Render clients again from the published marts, without building anything.

    CLIENT is a client_id or a client_ref.
    """
    from harness.from_published import EXPORT
    from harness.run import Request

    request = Request(
        "export",
        clients=tuple(dict.fromkeys(clients)),
        targets=tuple(dict.fromkeys(shared["targets"])),
        report=shared["report"],
    )
    _finish(request, EXPORT, None, shared)


@cli.command("new-client")
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--client",
    "clients",
    multiple=True,
    required=True,
    metavar="ID",
    help="The new client; may be given more than once.",
)
@options(*SOURCE, HOME, OUT, *_EXPORTING)
def new_client(source: Path, clients: tuple[str, ...], **shared: Any) -> None:
    """Take a new client on: extract, validate, peers, recommendations, export, report.

    SOURCE is the whole Design Matrix with the client in it; the documents of everybody else stay. A run that
    was stopped goes on where it stopped when it is started again with the same source. The report for people
    is OUT/reports/new_client/<client_ref>.md.
    """
    from harness.gate.client import Gate
    from harness.new_client import NewClient

    _finish(_asked("new-client", source, clients, shared), NewClient().steps(), Gate, shared)


def _asked(command: str, source: Path, clients: tuple[str, ...], shared: dict[str, Any]) -> "Request":
    from harness.run import Request

    return Request(
        command,
        source,
        shared["units"],
        tuple(dict.fromkeys(clients)),
        tuple(dict.fromkeys(shared["targets"])),
        shared["because"],
        shared["report"],
        shared["resolutions"],
        shared["navigator_version"],
    )


def _finish(
    request: "Request",
    steps: "tuple[Step, ...]",
    gate: "Callable[[], GateWorker] | None",
    shared: dict[str, Any],
) -> None:
    from harness.errors import PlanwiseError
    from harness.progress import progress_for
    from harness.run import execute

    where = settings(shared["home"], shared["out"])
    progress = progress_for(shared["quiet"], shared["as_json"])
    try:
        if shared["dry_run"]:
            from harness.dry_run import copy_of, without_delivery

            with copy_of(where) as copy:
                outcome = execute(copy, request, without_delivery(steps), progress, gate)
                outcome.report = request.report
        else:
            outcome = execute(where, request, steps, progress, gate)
    except PlanwiseError as error:
        say(error)
        sys.exit(error.exit_status)
    except OSError as error:
        # not even the report could be written
        click.echo(f"error: {error.filename or where.home}: {error.strerror or error}", err=True)
        sys.exit(5)
    sys.exit(_show(outcome, where, shared["quiet"], shared["as_json"]))


def _show(outcome: "Outcome", where: Settings, quiet: bool, as_json: bool) -> int:
    from harness.report import exit_status, summary
    from harness.run import as_json as in_json

    if as_json:
        click.echo(in_json(outcome))
    elif not quiet:
        click.echo(safe("\n".join(summary(outcome, where))))
        if outcome.command == "new-client":
            from harness.commands.taken_on import taken_on

            click.echo(safe("\n".join(taken_on(outcome, where))))
        if outcome.command == "export":
            held = [client for client in outcome.clients if client.status != "exported"]
            for client in held:
                for reason in client.reasons:
                    why = reason["message"] or reason["code"]
                    click.echo(f"  {client.client_id} {client.status}: {reason['rule']} {why}")
    if outcome.error:
        say(outcome.error)
    return exit_status(outcome)


cli.add_late(
    *("status", "audit", "lineage"),
    *("review", "explain", "peers", "recommend", "batch", "gates", "compat", "pull", "push", "write_back"),
    *("send", "retry", "rollback", "verify", "repair", "state", "preflight", "metrics", "sweep", "watch"),
)
guarded(cli)


def main() -> None:
    """Entry point `planwise-export`."""
    # nearly all that a command makes lives to its end: to look for garbage in it time and again, and once
    # more when it ends, would be an eighth of the time that a short one takes
    gc.set_threshold(50_000, 20, 100)
    try:
        cli()
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
