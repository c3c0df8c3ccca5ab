"""Whether endpoints would meet: with each other, or with our own folders."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from harness.config import Settings
from harness.errors import SourceError
from harness.receivers.endpoint import Endpoint


def distinct(found: Sequence[Endpoint], settings: Settings, path: Path) -> None:
    """Refuse two of one name, two at one place, and any in our own folders: SourceError `bad_endpoint`."""
    named: dict[str, Endpoint] = {}
    for one in found:
        if one.name in named:
            raise SourceError(
                "bad_endpoint", f"{path}: two endpoints are named {one.name!r}", "names are unique"
            )
        named[one.name] = one
        _outside(one, settings, path)
    for number, one in enumerate(found):
        for other in found[:number]:
            if where(one, settings) == where(other, settings) or _nested(one, other, settings):
                raise SourceError(
                    "bad_endpoint",
                    f"{path}: {other.name!r} and {one.name!r} lead to the same place",
                    "one would switch what the other sent: give each a place of its own, or make them one"
                    " endpoint with all targets",
                )


def where(one: Endpoint, settings: Settings) -> str:
    """The place of an endpoint, so that two that write to the same place are equal."""
    if one.kind == "directory":
        return f"file://{one.folder(settings)}"
    parts = urlsplit(one.place)
    if one.kind == "fsspec" and parts.scheme in ("file", "local"):
        return f"file://{Path(parts.netloc + parts.path).resolve()}"
    server = str(_found(one.options, "endpoint_url") or "").rstrip("/").lower()
    host = str(one.options.get("host") or parts.hostname or "").lower()
    port = one.options.get("port") or parts.port or ""
    more = str(one.options.get("workspace", "")) if one.kind == "navigator" else ""
    scheme = {"ssh": "sftp", "s3a": "s3", "gcs": "gs"}.get(parts.scheme, parts.scheme)
    if one.kind == "fsspec" and scheme == "sftp" and port == 22:
        port = ""
    return f"{scheme}://{host}:{port}{PurePosixPath('/', parts.path.strip('/'))}|{server}|{more}"


def _nested(one: Endpoint, other: Endpoint, settings: Settings) -> bool:
    """Whether one's folder lies in a target's folder of the other."""
    if not (one.takes_releases and other.takes_releases):
        return False
    pairs = ((one, other), (other, one))
    for outer, inner in pairs:
        place, _, rest = where(outer, settings).partition("|")
        inside, _, same = where(inner, settings).partition("|")
        if rest == same and any(f"{inside}/".startswith(f"{place}/{target}/") for target in outer.targets):
            return True
    return False


def _outside(one: Endpoint, settings: Settings, path: Path) -> None:
    if not one.takes_releases or not where(one, settings).startswith("file://"):
        return
    place = Path(where(one, settings).removeprefix("file://"))
    for ours in (settings.out, settings.home):
        ours = ours.resolve()
        if (
            place == ours
            or ours in place.parents
            or any((place / t) in (ours, *ours.parents) for t in one.targets)
        ):
            raise SourceError(
                "bad_endpoint",
                f"{path}: endpoint {one.name!r} lies in our own folder {ours}",
                "what is there is planwise's own: choose a folder outside of --out and --home",
            )


def _found(options: Mapping[str, Any], name: str) -> Any:
    if name in options:
        return options[name]
    for value in options.values():
        if isinstance(value, Mapping) and (found := _found(value, name)):
            return found
    return None
