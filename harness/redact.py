"""Texts without secrets and without internal identifiers: for the ledger, alerts, diagnostics and logs."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from harness.config import PROJECT, SETTINGS, Settings
from harness.identifiers import Scanner, machine

SECRET = "***"  # noqa: S105 - what stands where a secret was
_NAMED = re.compile(r"(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIAL)")
_IN_URL = re.compile(r"(?<=://)([^/\s:@]*):([^/\s@]+)@")
_SHORTEST = 4
_EVERYDAY = 2
"""Parts of a path that is an everyday word behind a slash: /data."""
_NAMELESS = frozenset({"client_id", "plan_id", "client_name", "plan_name", "file", "path", "source_name"})
"""Fields of a sample row that name a client, a person or a place of the firm."""


def secret_variables(settings: Settings) -> set[str]:
    """Names of the environment variables that hold secrets: named in planwise.toml, or by their own name."""
    found = {name for name in os.environ if _NAMED.search(name.upper())} | {"PLANWISE_LEDGER"}
    try:
        text = (settings.home / SETTINGS).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return found
    import tomllib

    try:
        content = tomllib.loads(text)
    except ValueError:
        return found
    return found | set(_named_in(content))


def _named_in(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            # below `secrets`, and at `*_env`, there are names of variables
            yield from _named_in(inner, "_env" if key == "secrets" else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _named_in(inner, key)
    elif isinstance(value, str) and key.endswith("_env"):
        yield value


def secret_values(settings: Settings) -> list[str]:
    """The secrets themselves as they may stand in a text, the longest first."""
    found: set[str] = set()
    for name in secret_variables(settings):
        value = os.environ.get(name, "").strip()
        if name == "PLANWISE_LEDGER":
            value = _password(value)
        if len(value) >= _SHORTEST:
            found |= {value, quote(value, safe=""), unquote(value)}
    return sorted(found, key=lambda value: (-len(value), value))


def _password(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return url


def redactor(settings: Settings, pairs: Iterable[tuple[str, str]] = ()) -> Callable[[str], str]:
    """A function that takes secrets, and the internal identifiers in `pairs`, out of a text.

    `pairs` as in harness.identifiers: (kind, value). This machine's paths and names are always taken out.
    """
    secrets = secret_values(settings)
    places = (settings.out, PROJECT, settings.home.parent, settings.out.parent)
    known = [*pairs, *machine(None, settings.home)]
    known += [("path", str(place)) for place in places if len(place.parts) > _EVERYDAY]
    scanner = Scanner(known)

    def redact(text: str) -> str:
        for value in secrets:
            text = text.replace(value, SECRET)
        text = _IN_URL.sub(f"{SECRET}@", text)
        for kind, value in sorted(set(scanner.in_text(text)), key=lambda hit: -len(hit[1])):
            text = re.sub(re.escape(value), f"[{kind}]", text, flags=re.IGNORECASE)
        # what is no plain text of the identifier any more, but still reads as one
        return text if not scanner.in_text(text) else "[text with an internal identifier]"

    return redact


def redacted(value: Any, redact: Callable[[str], str]) -> Any:
    """A JSON value with every text in it redacted; numbers and nulls stay, anything else is said as text."""
    if isinstance(value, Mapping):
        return {redact(str(name)): redacted(inner, redact) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(inner, redact) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(str(value))


def sample_row(row: Mapping[str, Any], redact: Callable[[str], str]) -> dict[str, Any]:
    """A row for a diagnosis: what names a client or a place is left out, the rest is redacted."""
    kept = {name: value for name, value in row.items() if str(name).lower() not in _NAMELESS}
    found: dict[str, Any] = redacted(kept, redact)
    return found
