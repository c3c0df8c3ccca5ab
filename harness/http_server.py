"""Where a server is, checked before anything is sent to it, and secrets, which are shown nowhere."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, urlsplit

from harness.errors import SourceError

_LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")


class Secret:
    """A token or password that prints as stars, and takes itself out of texts that others wrote."""

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

    def told(self) -> str:
        """The secret itself: only for the body of the one request that needs it."""
        return self._value

    def hidden_in(self, text: str) -> str:
        """The text without the secret: a server or a proxy may repeat what it was sent, as it was sent."""
        for form in {self._value, quote(self._value, safe=""), quote_plus(self._value)} - {""}:
            text = text.replace(form, "***")
        return text


def hidden(text: str, secrets: Iterable[Secret]) -> str:
    """The text without any of these secrets."""
    for secret in secrets:
        text = secret.hidden_in(text)
    return text


@dataclass(frozen=True)
class Server:
    """One server: address without a trailing slash, and the token for it, none for one that needs none."""

    url: str
    token: Secret
    is_loopback: bool = False


def address(url: str, *, what: str, example: str, instead: str) -> tuple[str, bool]:
    """The address without a trailing slash, and whether it is this machine.

    Raises SourceError (exit 2) for one that is none (`what` it should be of, an `example`) or holds a
    password (`instead`: where that belongs).
    """
    parts = urlsplit(url.strip())
    if "@" in parts.netloc:
        raise SourceError(
            "secret_in_address",
            "the address holds a user or a password",
            f"everybody on this machine can read it there: {instead}",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise SourceError("bad_address", f"{url!r} is no address of {what}", f"it looks like {example}")
    is_loopback = parts.hostname in _LOOPBACK
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", is_loopback


def secret_of(name: str, value: str) -> Secret:
    """The secret of an environment variable; SourceError where no header could hold it, or it has blanks."""
    value = value.strip()
    if value and not (value.isascii() and value.isprintable() and " " not in value):
        raise SourceError(
            "bad_token",
            f"what ${name} holds can't be a token: it has blanks or signs that no header takes",
            "set it again, without quotes and line ends",
        )
    return Secret(value)


def is_variable(name: str) -> bool:
    """Whether it can be the name of a variable that holds a secret, and not the secret itself."""
    return bool(_VARIABLE.match(name))
