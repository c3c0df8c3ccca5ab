"""Options of the commands that talk to a Navigator server, and the connection that follows from them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from harness.commands.options import Command, options

if TYPE_CHECKING:
    from harness.navigator.api import Navigator

TOKEN_ENV = "PLANALIGN_API_TOKEN"  # noqa: S105 - the variable's name


def connection(command: Command) -> Command:
    """Give a command --workspace, --token-env and --plain-http; --api is its own, required or not."""
    return options(
        click.option("--workspace", metavar="NAME", help="Workspace on the server, by its name."),
        click.option(
            "--token-env",
            default=TOKEN_ENV,
            show_default=True,
            metavar="NAME",
            help="Environment variable that holds the server's token; unset: no token.",
        ),
        click.option(
            "--plain-http", is_flag=True, help="Send the token over http:// to another machine all the same."
        ),
    )(command)


@contextmanager
def connected(url: str, token_env: str, plain_http: bool) -> "Iterator[Navigator]":
    """The API of the server at this address."""
    from harness.navigator.api import Navigator
    from harness.navigator.http import Http
    from harness.navigator.server import server

    http = Http(server(url, token_env, allow_plain_http=plain_http))
    try:
        yield Navigator(http)
    finally:
        http.close()
