"""Where a Navigator server is, and the token for it, which is shown nowhere."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.errors import SourceError

TOKEN_ENV = "PLANALIGN_API_TOKEN"  # noqa: S105 - the variable's name
_LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))


class Secret:
    """A token that prints as stars, and takes itself out of texts that others wrote."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "***" if self._value else "none"

    def header(self) -> str:
        """The value of the Authorization header."""
        return f"Bearer {self._value}"

    def hidden_in(self, text: str) -> str:
        """The text without the token: a server or a proxy may repeat what it was sent."""
        return text.replace(self._value, "***") if self._value else text


@dataclass(frozen=True)
class Server:
    """One server: address without a trailing slash, and the token."""

    url: str
    token: Secret
    is_loopback: bool = False


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
    parts = urlsplit(url.strip())
    if "@" in parts.netloc:
        raise SourceError(
            "secret_in_address",
            "the address holds a user or a password",
            f"everybody on this machine can read it there: give the token in ${token_env}",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise SourceError(
            "bad_address",
            f"{url!r} is no address of a Navigator API",
            "it looks like https://navigator.example or http://127.0.0.1:8000",
        )
    token = Secret(_token(token_env, os.environ if environment is None else environment))
    is_loopback = parts.hostname in _LOOPBACK
    if token and parts.scheme == "http" and not is_loopback and not allow_plain_http:
        raise SourceError(
            "token_in_the_clear",
            f"{parts.hostname} is asked over plain http: everybody on the way could read the token",
            "use https://, or a tunnel to 127.0.0.1, or say --plain-http when the network is yours alone",
        )
    path = parts.path.rstrip("/").removesuffix("/api")
    return Server(f"{parts.scheme}://{parts.netloc}{path}", token, is_loopback)


def _token(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "").strip()
    if value and not (value.isascii() and value.isprintable() and " " not in value):
        raise SourceError(
            "bad_token",
            f"what ${name} holds can't be a token: it has blanks or signs that no header takes",
            "set it again, without quotes and line ends",
        )
    return value
