"""How an alert leaves the house: a webhook and mail, both off until planwise.toml names them.

A channel gets a few seconds and no more, by the clock: a receiver that drips bytes can't hold a delivery up.
"""

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.config import SETTINGS, Settings
from harness.errors import SourceError

PAGE = "docs/operations.md shows the table [alerts]"
_ALERTS = {"webhook_env", "webhook_token_env", "timeout_seconds", "failures", "mail"}
_MAIL = {"host", "port", "from", "to", "user", "password_env", "starttls"}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_LONGEST = 30.0


@dataclass(frozen=True)
class Mail:
    """Where mail goes, and by whom it is sent on."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    user: str | None
    password_env: str | None
    starttls: bool


@dataclass(frozen=True)
class Alerting:
    """The settings of alerts; nothing in them is a secret."""

    failures: int = 3
    timeout: float = 3.0
    webhook_env: str | None = None
    webhook_token_env: str | None = None
    mail: Mail | None = None

    @property
    def channels(self) -> dict[str, Callable[[Mapping[str, Any]], None]]:
        """By name, what sends a message, or raises."""
        found: dict[str, Callable[[Mapping[str, Any]], None]] = {}
        if self.webhook_env:
            found["webhook"] = lambda message: _post(self, message)
        if self.mail:
            found["mail"] = lambda message: _mail(self, message)
        return found


def alerting(settings: Settings) -> Alerting:
    """The settings in the home. SourceError (exit 2) for what can't be."""
    path = settings.home / SETTINGS
    content: dict[str, Any] = {}
    if path.is_file():
        import tomllib  # 8 ms that a home without the file is spared

        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise _bad(f"{path}: {error}") from error
    given = content.get("alerts", {})
    if not isinstance(given, dict) or (unknown := given.keys() - _ALERTS):
        raise _bad(
            f"{path}: [alerts] has {', '.join(sorted(unknown)) if isinstance(given, dict) else given!r}"
        )
    for name in ("webhook_env", "webhook_token_env"):
        _variable(given.get(name), f"{path}: alerts.{name}")
    failures, timeout = given.get("failures", 3), given.get("timeout_seconds", 3)
    if type(failures) is not int or failures < 1:
        raise _bad(f"{path}: alerts.failures is {failures!r}, not a number of failures in a row")
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout <= _LONGEST:
        raise _bad(f"{path}: alerts.timeout_seconds is {timeout!r}, not a number up to {_LONGEST:.0f}")
    mail = _mail_of(given["mail"], f"{path}: alerts.mail") if "mail" in given else None
    return Alerting(failures, float(timeout), given.get("webhook_env"), given.get("webhook_token_env"), mail)


def send(
    settings: Alerting,
    messages: Sequence[Mapping[str, Any]],
    only: Mapping[str, Sequence[bool]] | None = None,
) -> dict[str, list[str | None]]:
    """Send the messages through every channel; by channel, for each message null or what went wrong.

    `only`: by channel, which of the messages it gets. All channels at once; after the timeout whoever isn't
    done has failed, and is left behind.
    """
    results: dict[str, list[str | None]] = {}
    threads = []
    for name, channel in settings.channels.items():
        results[name] = [f"no answer within {settings.timeout:g} seconds"] * len(messages)
        wanted = list(only[name]) if only else [True] * len(messages)
        arguments = (channel, messages, wanted, results[name])
        threads.append(threading.Thread(target=_all, args=arguments, name=f"alert-{name}", daemon=True))
    for thread in threads:
        thread.start()
    if threads:
        _wait(threads, settings.timeout)
    # a copy: a thread that is left behind may still write
    return {name: list(found) for name, found in results.items()}


def _wait(threads: Sequence[threading.Thread], seconds: float) -> None:
    import time

    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def _all(
    channel: Callable[[Mapping[str, Any]], None],
    messages: Sequence[Mapping[str, Any]],
    wanted: Sequence[bool],
    results: list[str | None],
) -> None:
    for position, message in enumerate(messages):
        if not wanted[position]:
            continue
        try:
            channel(message)
            results[position] = None
        except Exception as error:  # noqa: BLE001 - a channel never breaks what it tells about
            if "Timeout" not in type(error).__name__:  # what stands there says it already
                results[position] = _told(error)


def _told(error: Exception) -> str:
    """What went wrong, without an address: a webhook's is a secret."""
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, _Refused | SourceError) else name


class _Refused(Exception):
    """The receiver answered, but not with yes."""


def _post(settings: Alerting, message: Mapping[str, Any]) -> None:
    import requests

    url = os.environ.get(settings.webhook_env or "", "").strip()
    if not url:
        raise _Refused(f"the variable {settings.webhook_env} is not set")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise _Refused(f"the address in {settings.webhook_env} is not https")
    headers = {"Content-Type": "application/json", "User-Agent": "planwise"}
    if token := os.environ.get(settings.webhook_token_env or "", ""):
        headers["Authorization"] = f"Bearer {token}"
    answer = requests.post(
        url,
        data=json.dumps(message).encode(),
        headers=headers,
        timeout=settings.timeout,
        allow_redirects=False,
        stream=True,
    )
    with answer:
        if not 200 <= answer.status_code < 300:
            raise _Refused(f"the webhook answered {answer.status_code}")


def _mail(settings: Alerting, message: Mapping[str, Any]) -> None:
    import smtplib
    import ssl
    from email.message import EmailMessage

    mail = settings.mail
    if mail is None:
        return
    letter = EmailMessage()
    letter["From"], letter["To"] = mail.sender, ", ".join(mail.to)
    # a header is one line, whatever an error says
    letter["Subject"] = " ".join(f"planwise: {message['text']}".split())[:200]
    letter["Message-ID"] = f"<{message['alert_id']}.{message['kind']}@planwise.invalid>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(f"{message['text']}\n\n{json.dumps(message, indent=2)}\n")
    with smtplib.SMTP(mail.host, mail.port, timeout=settings.timeout) as server:
        if mail.starttls:
            server.starttls(context=ssl.create_default_context())
        if mail.user:
            server.login(mail.user, os.environ.get(mail.password_env or "", ""))
        server.send_message(letter)


def _mail_of(given: Any, where: str) -> Mail:
    if not isinstance(given, dict) or not given.keys() <= _MAIL:
        raise _bad(f"{where} holds {', '.join(sorted(_MAIL))}, nothing else")
    host, sender, to = given.get("host"), given.get("from"), given.get("to")
    to = [to] if isinstance(to, str) else to
    if not isinstance(host, str) or not host or not _address(sender):
        raise _bad(f"{where} names no host, or no address in from")
    if not isinstance(to, list) or not to or not all(_address(one) for one in to):
        raise _bad(f"{where}: to is no list of addresses")
    user, starttls, port = (
        given.get("user"),
        given.get("starttls", host not in _LOOPBACK),
        given.get("port", 25),
    )
    if type(port) is not int or not 0 < port < 1 << 16 or not isinstance(starttls, bool):
        raise _bad(f"{where}: port is a number, starttls true or false")
    if user is not None and (not isinstance(user, str) or not given.get("password_env")):
        raise _bad(f"{where}: a user needs password_env, the name of a variable")
    if user and not starttls and host not in _LOOPBACK:
        raise _bad(f"{where}: a password does not go out without starttls")
    _variable(given.get("password_env"), f"{where}.password_env")
    return Mail(host, port, str(sender), tuple(to), user, given.get("password_env"), starttls)


def _address(value: Any) -> bool:
    return isinstance(value, str) and "@" in value and value.isprintable() and not set(value) & set(" ,;<>")


def _variable(value: Any, where: str) -> None:
    if value is not None and not (isinstance(value, str) and value.isidentifier()):
        # not repeated: it may be the secret itself
        raise _bad(f"{where} is no name of an environment variable")


def _bad(what: str) -> SourceError:
    return SourceError("bad_settings", what, PAGE)
