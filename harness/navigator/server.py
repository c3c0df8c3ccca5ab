"""Where a Navigator server is, and the token for it, which is shown nowhere."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from harness.errors import SourceError
from harness.http_server import Secret, Server, address, secret_of

__all__ = ["TOKEN_ENV", "Secret", "Server", "server"]

TOKEN_ENV = "PLANALIGN_API_TOKEN"  # noqa: S105 - the variable's name


def server(
    url: str,
    token_env: str = TOKEN_ENV,
    *,
    allow_plain_http: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Server:
    """Read the address as it was typed; take the token from the variable of that name, none when it is unset.

    Raises SourceError (exit 2): an address that is none or holds a password, a token that can't be a header,
    a token that would cross a network readably.
    """
    root, is_loopback = address(
        url,
        what="a Navigator API",
        example="https://navigator.example or http://127.0.0.1:8000",
        instead=f"give the token in ${token_env}",
    )
    token = secret_of(token_env, (os.environ if environment is None else environment).get(token_env, ""))
    if token and root.startswith("http:") and not is_loopback and not allow_plain_http:
        raise SourceError(
            "token_in_the_clear",
            f"{urlsplit(root).hostname} is asked over plain http: everybody on the way could read the token",
            "use https://, or a tunnel to 127.0.0.1, or say --plain-http when the network is yours alone",
        )
    return Server(root.removesuffix("/api"), token, is_loopback)
