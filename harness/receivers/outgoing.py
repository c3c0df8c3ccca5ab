"""A release on its way: read from our own tree and compared with its manifest, links never followed."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from harness.config import Settings
from harness.errors import DeliveryError
from harness.files import safe_join, safe_name
from harness.manifest import MANIFEST, Bundle, Entry, check_release, read_manifest

CHUNK = 1 << 20


@dataclass(frozen=True)
class Difference:
    """Something at a receiver that is not what was sent."""

    endpoint: str
    target: str
    release: str
    path: str
    """Inside the release; empty where it is about the release itself."""
    message: str

    def as_json(self) -> dict[str, str]:
        """As reports print it."""
        return asdict(self)

    def __str__(self) -> str:
        place = "/".join(part for part in (self.target, self.release, self.path) if part)
        return f"{self.endpoint}: {place}: {self.message}"


@dataclass(frozen=True)
class File:
    """One file of a release: its SHA-256 and size."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Outgoing:
    """A release of ours."""

    target: str
    run_id: str
    folder: Path
    entries: list[Entry]
    bundles: list[Bundle] = field(default_factory=list)

    @cached_property
    def files(self) -> dict[str, File]:
        """Every file but the manifest, by path, sorted."""
        files: list[Entry | Bundle] = [*self.entries, *self.bundles]
        return {one.path: File(one.sha256, one.bytes) for one in sorted(files, key=lambda one: one.path)}

    @cached_property
    def manifest(self) -> bytes:
        """The manifest's bytes, which go last."""
        return (self.folder / MANIFEST).read_bytes()

    @cached_property
    def all_files(self) -> dict[str, File]:
        """Every file, the manifest last."""
        return self.files | {MANIFEST: File(hashlib.sha256(self.manifest).hexdigest(), len(self.manifest))}

    def check(self) -> None:
        """Compare every file with the manifest. Raises DeliveryError `blocked_e03`."""
        check_release(self.folder)

    def content(self, path: str) -> bytes:
        """The bytes of one file, which are what the manifest says. Raises DeliveryError `changed_by_hand`."""
        if path == MANIFEST:
            return self.manifest
        found = (self.folder / path).read_bytes()
        if hashlib.sha256(found).hexdigest() != self.files[path].sha256:
            raise _changed(self.folder / path)
        return found


def current_release(settings: Settings, target: str) -> Path | None:
    """The folder of the target's current release; a run that ends meanwhile leaves it as it is."""
    link = settings.target(safe_name(target)) / "current"
    return link.resolve() if link.exists() else None


def outgoing(settings: Settings, target: str, run_id: str | None = None) -> Outgoing | None:
    """A release of ours, the current one by default, as its manifest says; null where there is none.

    Its files are not looked at yet: `check` does that before a release goes out, `content` for each document.
    Raises DeliveryError.
    """
    releases = settings.target(safe_name(target)) / "releases"
    folder = safe_join(releases, run_id) if run_id else current_release(settings, target)
    if folder is None or not folder.is_dir() or folder.is_symlink():
        return None
    if folder.parent != releases.resolve():
        raise DeliveryError(
            "foreign_release", f"{folder} is not below {releases}", "`current` must point into `releases`"
        )
    manifest = read_manifest(folder)
    return Outgoing(target, folder.name, folder, list(manifest.documents), list(manifest.bundles))


def compare(
    endpoint: str,
    out: Outgoing,
    present: Mapping[str, int | None],
    digest: Callable[[str], str],
    wanted: Mapping[str, File],
) -> list[Difference]:
    """Compare what is present (path to size; null: no plain file) with what is wanted."""

    def differs(path: str, message: str) -> Difference:
        return Difference(endpoint, out.target, out.run_id, path, message)

    found = [differs(path, "was not sent by us") for path in present if path not in wanted]
    for path, file in wanted.items():
        if path not in present:
            found.append(differs(path, "is missing"))
        elif present[path] is None:
            found.append(differs(path, "is a link or a folder, no file"))
        elif present[path] != file.bytes:
            found.append(differs(path, f"has {present[path]} bytes, sent were {file.bytes}"))
        elif (there := digest(path)) != file.sha256:
            found.append(differs(path, f"has SHA-256 {there[:16]}..., sent was {file.sha256[:16]}..."))
    return sorted(found, key=lambda one: one.path)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a local file, read in pieces."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def local_files(folder: Path) -> dict[str, int | None]:
    """Every file below a local folder with its size; null for links, which are not followed."""
    found: dict[str, int | None] = {}
    waiting = [folder]
    while waiting:
        for path in waiting.pop().iterdir():
            if path.is_dir() and not path.is_symlink():
                waiting.append(path)
            else:
                name = path.relative_to(folder).as_posix()
                found[name] = path.stat().st_size if path.is_file() and not path.is_symlink() else None
    return found


def refuse(place: str, differences: Iterable[Difference]) -> None:
    """Raise DeliveryError `receiver_differs` if there is any difference."""
    found = list(differences)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise DeliveryError(
            "receiver_differs",
            f"{place}: {found[0].target}/{found[0].release}/{found[0].path} {found[0].message}{more}",
            "nothing there is overwritten: move that release aside there, and send again",
        )


def _changed(path: Path) -> DeliveryError:
    return DeliveryError(
        "changed_by_hand",
        f"{path} is not what {MANIFEST} says was delivered",
        "run the export again; nothing was sent",
    )
