"""Where reports go: endpoints named in the settings, each of a kind in `KINDS`. Directories for now.

`[[batch.endpoint]]` tables (name, kind, path) of `planwise.toml` in the home, or PLANWISE_BATCH_ENDPOINTS
(`directory:/first/path,directory:/second`); without either, the folder `reports` of the deliveries.
"""

import hashlib
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config import Settings
from harness.errors import DeliveryError, SourceError
from harness.files import PUBLIC_DIR, fsync_dir, fsync_tree, make_dir, safe_join, write_new

VARIABLE = "PLANWISE_BATCH_ENDPOINTS"
SETTINGS = "planwise.toml"
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Endpoint:
    """One place that reports go to."""

    name: str
    kind: str
    path: Path

    def deliver(self, folder: str, files: Files) -> Path:
        """Put the files there, as one folder, whole or not at all, and verified. Raises DeliveryError."""
        return KINDS[self.kind](self, folder, files)


def endpoints(settings: Settings) -> list[Endpoint]:
    """The endpoints of the settings. SourceError (exit 2) for one that can't be."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        parts = [part.strip().partition(":") for part in named.split(",") if part.strip()]
        given = [{"name": path, "kind": kind, "path": path} for kind, _, path in parts]
        where = VARIABLE
    else:
        path = settings.home / SETTINGS
        given, where = (_of_file(path) if path.is_file() else []), str(path)
        if not given and not path.is_file():
            return [Endpoint("reports", "directory", settings.out / "reports")]
    found = [_checked(entry, where, settings) for entry in given]
    names = [entry.name for entry in found]
    if not found or len(set(names)) < len(names):
        what = "names no endpoint" if not found else "names an endpoint twice"
        raise SourceError("bad_endpoint", f"{where} {what}", "docs/workflows.md shows what it may hold")
    return found


def _of_file(path: Path) -> list[dict[str, Any]]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get("batch", {}).get("endpoint", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError) as error:
        raise SourceError(
            "bad_settings", f"{path}: {error}", "docs/workflows.md shows what it holds"
        ) from error
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise SourceError(
            "bad_settings", f"{path}: batch.endpoint is no list of tables", "write [[batch.endpoint]]"
        )
    return found


def _checked(entry: Mapping[str, Any], where: str, settings: Settings) -> Endpoint:
    kind, path = entry.get("kind"), entry.get("path")
    if kind not in KINDS:
        raise SourceError(
            "bad_endpoint", f"{where}: there is no kind of endpoint {kind!r}", f"there is: {', '.join(KINDS)}"
        )
    if not isinstance(path, str) or not path.strip():
        raise SourceError(
            "bad_endpoint", f"{where}: an endpoint of kind {kind} has no path", f"{kind}:/a/folder"
        )
    return Endpoint(
        str(entry.get("name") or path), str(kind), (settings.home / Path(path).expanduser()).resolve()
    )


def _directory(endpoint: Endpoint, folder: str, files: Files) -> Path:
    """Write beside, flush, rename, read back."""
    place = safe_join(endpoint.path, folder)
    staging = endpoint.path / f".{folder}.tmp"
    try:
        make_dir(endpoint.path, PUBLIC_DIR)
        staging.mkdir(mode=PUBLIC_DIR)
        for name, content in files.items():
            write_new(safe_join(staging, name), content)
        fsync_tree(staging)
        if place.exists():
            raise FileExistsError(17, "there is such a report already", str(place))
        staging.replace(place)
        fsync_dir(endpoint.path)
        _verify(place, files)
    except OSError as error:
        raise DeliveryError(
            "endpoint_failed",
            f"{endpoint.name}: {error.filename or endpoint.path}: {error.strerror or error}",
            "check free space and permissions there, and run the batch again",
        ) from error
    finally:
        _discard(staging)
    return place


def _verify(place: Path, files: Files) -> None:
    for name, content in files.items():
        if hashlib.sha256((place / name).read_bytes()).digest() != hashlib.sha256(content).digest():
            raise DeliveryError(
                "endpoint_differs",
                f"{place / name} is not what was written",
                "the disk may be full or faulty",
            )


def _discard(staging: Path) -> None:
    if staging.is_dir():
        for path in staging.iterdir():
            path.unlink(missing_ok=True)
        staging.rmdir()


KINDS: dict[str, Callable[[Endpoint, str, Files], Path]] = {"directory": _directory}
"""How each kind of endpoint takes a report; another kind is one function here."""
