"""One `[[endpoint]]` table, looked through word by word before anything is sent."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from exporters import names
from harness.errors import SourceError
from harness.http_server import is_variable
from harness.receivers.endpoint import PAGE, REPORTS, Endpoint

KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "directory": ("path", ()),
    "fsspec": ("url", ()),
    "navigator": ("url", ("navigator",)),
    "salesforce": ("url", ("crm",)),
}
"""By kind: the setting that says where, and the targets that it takes (none: all)."""
_NAME = re.compile(r"(?!folder-)[a-z0-9][a-z0-9_-]{0,39}\Z")
_FIELDS = ("name", "kind", "targets", "url", "path", "options", "secrets")
_SECRET_WORDS = ("password", "secret", "token", "passphrase", "pkey", "account_key", "credential")
_NAVIGATOR = {"workspace": str, "create_workspace": bool, "plain_http": bool}
_Wrong = Callable[..., SourceError]


def checked(entry: Mapping[str, Any], number: int, path: Path) -> Endpoint:
    """The endpoint of one table. Raises SourceError `bad_endpoint`."""
    label = f"{path}, endpoint {number}" + (f" ({entry['name']!r})" if "name" in entry else "")

    def wrong(what: str, hint: str = PAGE) -> SourceError:
        return SourceError("bad_endpoint", f"{label}: {what}", hint)

    for key in entry:
        if key not in _FIELDS:
            near = get_close_matches(key, _FIELDS, n=1)
            raise wrong(f"there is no setting {key!r}", f"is it {near[0]!r}?" if near else PAGE)
    name, kind = entry.get("name"), entry.get("kind")
    if not isinstance(name, str) or not _NAME.match(name):
        raise wrong(
            "its name is missing or not plain", "small letters, digits, - and _: 'sftp-bank'; not folder-..."
        )
    if kind not in KINDS:
        raise wrong(f"there is no kind {kind!r}", f"there is: {', '.join(KINDS)}")
    where, only = KINDS[kind]
    place = entry.get(where)
    if not isinstance(place, str) or not place.strip():
        raise wrong(f"an endpoint of kind {kind} has no {where}", f"{where} = ...; {PAGE}")
    if ("url" if where == "path" else "path") in entry:
        raise wrong(f"an endpoint of kind {kind} has a {where}, and not both url and path")
    found = Endpoint(
        name,
        kind,
        _targets(entry.get("targets"), kind, only, wrong),
        place.strip(),
        _options(entry.get("options", {}), wrong),
        _secrets(entry.get("secrets", {}), wrong),
    )
    if where == "url":
        _url(found, wrong)
    if kind == "navigator":
        _navigator(found.options, wrong)
    return found


def _navigator(options: Mapping[str, Any], wrong: _Wrong) -> None:
    example = 'options = { workspace = "its name", create_workspace = false, plain_http = false }'
    for name, value in options.items():
        if name not in _NAVIGATOR or not isinstance(value, _NAVIGATOR[name]):
            raise wrong(f"options.{name} = {value!r} is nothing that Navigator takes", example)
    if not options.get("workspace"):
        raise wrong("it names no workspace", example)


def _targets(given: Any, kind: str, only: tuple[str, ...], wrong: _Wrong) -> tuple[str, ...]:
    known = only or (*dict.fromkeys((*names(), "fhi", "crm")), REPORTS)
    if not isinstance(given, list) or not given or not all(isinstance(one, str) for one in given):
        raise wrong("targets names nothing", f'targets = ["{known[0]}"]; there is: {", ".join(known)}')
    for target in given:
        if target not in known:
            raise wrong(f"kind {kind} takes no target {target!r}", f"there is: {', '.join(known)}")
    return tuple(dict.fromkeys(given))


def _options(given: Any, wrong: _Wrong, under: str = "options") -> dict[str, Any]:
    if not isinstance(given, dict):
        raise wrong(f"{under} is no table", f"{under} = {{ name = value }}")
    for key, value in given.items():
        if isinstance(value, dict):
            _options(value, wrong, f"{under}.{key}")
        elif key == "key" or any(word in key.lower() for word in _SECRET_WORDS):
            raise wrong(
                f"{under} holds {key}, which looks like a secret",
                f'settings hold no secrets: secrets = {{ {key} = "NAME_OF_A_VARIABLE" }}',
            )
    return given


def _secrets(given: Any, wrong: _Wrong) -> dict[str, str]:
    if not isinstance(given, dict):
        raise wrong("secrets is no table", 'secrets = { password = "NAME_OF_A_VARIABLE" }')
    for key, value in given.items():
        if not isinstance(value, str) or not is_variable(value):
            # the value is not repeated: it may be the secret itself
            raise wrong(
                f"secrets.{key} is no name of an environment variable",
                f'secrets = {{ {key} = "NAME_OF_A_VARIABLE" }}; a secret that stood here is none any more',
            )
    return given


def _url(found: Endpoint, wrong: _Wrong) -> None:
    try:
        parts = urlsplit(found.place)
        _ = parts.port
    except ValueError:
        raise wrong("its url is none", "s3://bucket/folder, sftp://host/folder, https://host") from None
    if parts.password is not None or (found.kind != "fsspec" and parts.username is not None):
        raise wrong("its url holds a password", "give it as a secret, by the name of a variable")
    if not parts.scheme or not (parts.netloc or parts.path) or parts.query or parts.fragment:
        raise wrong(f"{found.place!r} is no address", "s3://bucket/folder, sftp://host/folder, https://host")
    if found.kind == "fsspec":
        if "::" in found.place or parts.scheme in ("http", "https", "zip", "tar", "github", "git"):
            raise wrong(f"{parts.scheme}: can't be written to as folders", "s3, gs, abfs, sftp, ...")
        if ".." in PurePosixPath(parts.path).parts:
            raise wrong("its url has .. in it", "write the folder itself")
        if not parts.path.strip("/") and parts.scheme in ("sftp", "ssh", "file", "local"):
            raise wrong("its url names no folder", f"{parts.scheme}://{parts.netloc}/a/folder")
    elif parts.scheme not in ("http", "https"):
        raise wrong(f"{found.place!r} is no web address", "https://host")
