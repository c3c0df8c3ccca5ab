"""Where reports go: endpoints of the settings whose targets name `reports`, and folders for reports alone.

`[[endpoint]]` tables (docs/endpoints.md) and `[[batch.endpoint]]` tables (name, kind = "directory", path) of
`planwise.toml` in the home, or PLANWISE_BATCH_ENDPOINTS (`directory:/first/path,directory:/second`) instead
of both; without any, the folder `reports` of the deliveries.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from harness.config import SETTINGS, Settings
from harness.errors import DeliveryError, SourceError
from harness.files import PUBLIC_DIR, fsync_dir, fsync_tree, make_dir, safe_join, write_new
from harness.receivers import endpoint as receivers
from harness.receivers.endpoint import REPORTS
from harness.receivers.settings import endpoints as endpoints_of
from harness.receivers.settings import tables

VARIABLE = "PLANWISE_BATCH_ENDPOINTS"
Files = Mapping[str, bytes]


class Place(Protocol):
    """What takes reports."""

    @property
    def name(self) -> str:
        """Its name in the settings."""

    def deliver(self, folder: str, files: Files) -> Path | str:
        """Put the files there, as one folder; say where. Raises DeliveryError."""


@dataclass(frozen=True)
class Shared:
    """An endpoint that takes reports beside releases, or alone."""

    endpoint: "receivers.Endpoint"
    settings: Settings

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self.endpoint.name

    def deliver(self, folder: str, files: Files) -> str:
        """Put the files there, as one folder, and read them back. Raises DeliveryError."""
        from harness.receivers.opening import release_receiver

        try:
            return release_receiver(self.endpoint, self.settings).report(folder, dict(files))
        except SourceError as error:
            # a secret that is not set keeps no other endpoint from its report
            raise DeliveryError(error.code, error.message, error.hint) from error


@dataclass(frozen=True)
class Endpoint:
    """A folder for reports alone."""

    name: str
    kind: str
    path: Path

    def deliver(self, folder: str, files: Files) -> Path:
        """Put the files there, as one folder, whole or not at all, and verified. Raises DeliveryError."""
        return KINDS[self.kind](self, folder, files)


def endpoints(settings: Settings) -> list[Place]:
    """The endpoints of the settings that take reports. SourceError (exit 2) for one that can't be."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        parts = [part.strip().partition(":") for part in named.split(",") if part.strip()]
        given = [{"name": path, "kind": kind, "path": path} for kind, _, path in parts]
        where, shared = VARIABLE, list[Place]()
    else:
        path = settings.home / SETTINGS
        given, where = tables(path, "batch", "endpoint"), str(path)
        shared = shared_places(settings)
        if not given and not shared:
            return [Endpoint("reports", "directory", settings.out / "reports")]
    found: list[Place] = [*(_checked(entry, where, settings) for entry in given), *shared]
    names = [entry.name for entry in found]
    if not found or len(set(names)) < len(names):
        what = "names no endpoint" if not found else "names an endpoint twice"
        raise SourceError("bad_endpoint", f"{where} {what}", "docs/workflows.md shows what it may hold")
    return found


def shared_places(settings: Settings) -> list[Place]:
    """The `[[endpoint]]` tables whose targets name `reports`; those of new clients go there, too."""
    return [Shared(one, settings) for one in endpoints_of(settings) if REPORTS in one.targets]


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
