"""MANIFEST.json of a release: what it holds, byte for byte; written once, compared ever after."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

from harness.errors import DeliveryError
from harness.files import digest_of, files_below, safe_relative, write_new
from harness.render import Stamp

MANIFEST = "MANIFEST.json"
MANIFEST_VERSION = "planwise-manifest/1.2"


@dataclass(frozen=True, slots=True)
class Entry:
    """One document in a release's manifest."""

    path: str
    delivery_key: str
    client_ref: str
    """Empty where the file is about no client alone."""
    document_checksum: str
    sha256: str
    bytes: int
    carried_over: bool = False
    """From the release before, byte for byte: nothing of it differs, or the run was about other clients."""
    renderer: str = ""
    """What wrote it (Target.fingerprint); empty in releases of before 1.1."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One file of a release that is made of its documents."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """A release's manifest."""

    run_id: str
    documents: tuple[Entry, ...]
    bundles: tuple[Bundle, ...] = ()
    bundle_settings: str = ""
    """Checksum of the settings that the bundles were written by."""

    @property
    def files(self) -> tuple[Entry | Bundle, ...]:
        """Every file that the release must hold beside the manifest."""
        return (*self.documents, *self.bundles)

    @property
    def paths(self) -> set[str]:
        """Every path that the release must hold, the manifest's own among them."""
        return {file.path for file in self.files} | {MANIFEST}


def write_manifest(
    folder: Path,
    entries: Iterable[Entry],
    stamp: Stamp,
    bundles: Iterable[Bundle] = (),
    bundle_settings: str = "",
) -> None:
    """Write MANIFEST.json beside the files, sorted by path; no YAML, for Navigator would run that, too."""
    content = {
        "schema_version": MANIFEST_VERSION,
        "run_id": stamp.run_id,
        "generated_at": stamp.generated_at,
        "bundles": list(bundles),
        "bundle_settings": bundle_settings,
        "documents": sorted(entries, key=lambda entry: entry.path),
    }
    write_new(
        folder / MANIFEST, orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )


def read_manifest(folder: Path) -> Manifest:
    """Read a release's manifest. Raises DeliveryError `bad_manifest` when it is absent or not ours."""
    path = folder / MANIFEST
    try:
        content = orjson.loads(path.read_bytes())
        return Manifest(
            content["run_id"],
            tuple(Entry(**entry) for entry in content["documents"]),
            tuple(Bundle(**bundle) for bundle in content.get("bundles", ())),
            content.get("bundle_settings", ""),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DeliveryError(
            "bad_manifest",
            f"{path} can't be read: {error}",
            "restore the release, or move it aside and run again",
        ) from error


def faults(folder: Path) -> list[tuple[str, str]]:
    """Compare a release with its manifest: (path, what is wrong), sorted; none where it is whole.

    Raises DeliveryError `bad_manifest`.
    """
    return _compared(folder, read_manifest(folder))


def _compared(folder: Path, manifest: Manifest) -> list[tuple[str, str]]:
    present, paths = files_below(folder), manifest.paths
    found = [(path, "is not there") for path in paths - present]
    found += [(path, f"is not in {MANIFEST}") for path in present - paths]
    if len(paths) != len(manifest.files) + 1:
        found.append((MANIFEST, "names a file twice"))
    root = str(folder)
    for file in manifest.files:
        if file.path not in present:
            continue
        size, digest = digest_of(f"{root}/{safe_relative(file.path)}")
        if size != file.bytes or digest != file.sha256:
            found.append((file.path, f"is not what was written: its SHA-256 differs from {MANIFEST}"))
    return sorted(found)


def check_release(folder: Path) -> tuple[Entry, ...]:
    """Compare a release with its manifest (E03): the same files, no other, the same bytes.

    Returns its documents. Raises DeliveryError.
    """
    manifest = read_manifest(folder)
    found = _compared(folder, manifest)
    if found:
        path, what = found[0]
        more = f" (and {len(found) - 1} more files)" if len(found) > 1 else ""
        raise DeliveryError(
            "blocked_e03",
            f"E03: {folder / path} {what}{more}",
            "somebody changed the release; run the export again to put a right one in place",
        )
    return manifest.documents
