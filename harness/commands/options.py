"""What commands share: options, how errors end them, text that is safe on a terminal."""

import functools
import os
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from harness.config import DEFAULT_HOME, DEFAULT_OUT, Settings, settings
from harness.errors import PlanwiseError
from harness.memory import want_of_memory

Command = Callable[..., Any]

HOME = click.option(
    "--home",
    envvar="PLANWISE_HOME",
    default=DEFAULT_HOME,
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of the warehouse, the published marts and the run records.",
)
OUT = click.option(
    "--out",
    default=DEFAULT_OUT,
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of the deliveries.",
)
SOURCE = (
    click.option(
        "--units",
        type=click.Choice(("auto", "percent", "fraction")),
        default="auto",
        show_default=True,
        envvar="PLANWISE_UNITS",
        help="What a bare number in a rate column is.",
    ),
    click.option(
        "--resolutions",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Reviewers' decisions to take; by default resolutions.csv of the home, if it is there.",
    ),
    click.option(
        "--because",
        metavar="TEXT",
        help="Why so much fewer clients, or so many changed documents, are right; kept in the report.",
    ),
    click.option(
        "--navigator-version",
        metavar="VERSION",
        envvar="PLANWISE_NAVIGATOR_VERSION",
        help="What the scenarios will run on (`planwise-export compat` has a list); else the current one.",
    ),
)
"""What every command that reads a source is told about it."""
# of a command inside a group that has --home itself: given in either place
INNER_HOME = click.option(
    "--home", "inner_home", type=click.Path(path_type=Path), help="The same as --home of the group."
)


def options(*several: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Give a command several options, listed in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(several):
            command = option(command)
        return command

    return decorate


def inner_settings(inner_home: Path | None) -> Settings:
    """The settings of a command inside a group: its own --home, else the group's."""
    return settings(inner_home or click.get_current_context().obj)


def say(error: PlanwiseError) -> None:
    """Print an error and what to do next, to stderr."""
    click.echo(f"error ({error.code}): {safe(error.message)}", err=True)
    if error.hint:
        click.echo(f"  {safe(error.hint)}", err=True)


def ending_well(command: Command) -> Command:
    """End the command with the error's message and status instead of a trace."""

    @functools.wraps(command)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        try:
            return command(*arguments, **named)
        except PlanwiseError as error:
            say(error)
            sys.exit(error.exit_status)
        except OSError as error:
            click.echo(f"error: {error.filename or 'disk'}: {error.strerror or error}", err=True)
            sys.exit(5)
        except Exception as error:
            if short := want_of_memory(error):
                say(short)
                sys.exit(short.exit_status)
            raise

    return wrapped


def safe(text: str) -> str:
    """Text as it may go to a terminal: control and direction marks of the data are spelled out."""
    return "".join(
        sign if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cf") else f"\\u{ord(sign):04x}"
        for sign in text
    )


def on_terminal() -> bool:
    """Whether stdout is a terminal that draws."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
