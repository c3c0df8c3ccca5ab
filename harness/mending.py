"""The documents of a damaged release again, byte for byte where that can be: from the release, from others,
or rendered from the published marts. Nothing is written here but a new staged release.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from exporters import BI, TARGETS
from harness import identifiers, warehouse
from harness.config import Settings
from harness.errors import SourceError
from harness.files import PUBLIC_DIR, make_dir, safe_path, write_new
from harness.identifiers import Scanner
from harness.manifest import MANIFEST, Entry, read_manifest, write_manifest
from harness.reconcile import Place
from harness.render import Stamp, stamped
from harness.verified import holds
from harness.verify import bundled

Contents = dict[str, tuple[Entry, bytes]]
"""By path."""


def entries_of(place: Place, release: str) -> list[Entry]:
    """What a release held: its manifest says so where that is the delivered one, else the ledger's rows."""
    path = place.root / "releases" / release / MANIFEST
    content = path.read_bytes() if path.is_file() else b""
    if content and place.was_delivered(release, content):
        return list(read_manifest(path.parent).documents)
    target = TARGETS.get(place.target)
    return [
        Entry(
            target.path(row.delivery_key) if target else row.delivery_key,
            row.delivery_key,
            row.client_ref,
            row.confirmed_checksum or "",
            row.confirmed_sha256 or "",
            row.confirmed_bytes or 0,
        )
        for row in place.rows()
        if holds(row)
    ]


def found_again(settings: Settings, place: Place, release: str) -> Contents | None:
    """The documents of a release with their bytes; null when one of them can't be had again."""
    entries = entries_of(place, release)
    contents: Contents = {}
    missing = []
    for entry in entries:
        content = next(_copies(settings, place, release, entry), None)
        if content is None:
            missing.append(entry)
        else:
            contents[entry.path] = replace(entry, carried_over=True), content
    if missing and not _rendered(settings, place, missing, contents):
        return None
    return contents if entries else None


def _copies(settings: Settings, place: Place, release: str, entry: Entry) -> Iterator[bytes]:
    """Files that hold the very bytes."""
    folder = place.root / "releases"
    others = (
        sorted((path for path in folder.iterdir() if path.name != release), reverse=True)
        if folder.is_dir()
        else []
    )
    paths = [safe_path(each, entry.path) for each in (folder / release, *others)]
    if place.target == BI and entry.path.endswith(".duckdb"):
        paths.append(settings.published / f"{release}.duckdb")
    for path in paths:
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() == entry.sha256:
                yield content


def _rendered(settings: Settings, place: Place, missing: list[Entry], contents: Contents) -> bool:
    """Render what the published marts still have as it was delivered; false when that is not all."""
    target = TARGETS.get(place.target)
    if target is None or not settings.current.exists():
        return False
    with warehouse.opened(settings.current) as connection:
        rows = {row.delivery_key: row for row in warehouse.documents(connection, target.table)}
    own = Stamp(place.run_id, _moment(place.run_id))
    for entry in missing:
        row = rows.get(entry.delivery_key)
        if row is None or row.checksum != entry.document_checksum:
            return False
        for stamp in (*_stamps(place), own):
            content = target.render(stamped(target, row, stamp))
            digest = hashlib.sha256(content).hexdigest()
            if digest == entry.sha256:
                break
        again = replace(
            entry, sha256=digest, bytes=len(content), carried_over=digest == entry.sha256,
            renderer=target.fingerprint,
        )  # fmt: skip
        contents[entry.path] = again, content
    return True


def _stamps(place: Place) -> list[Stamp]:
    """Runs by which documents of this place may have been written."""
    stamps = []
    for path in sorted(place.root.glob(f"releases/*/{MANIFEST}"), reverse=True):
        try:
            content = json.loads(path.read_bytes())
            stamps.append(Stamp(str(content["run_id"]), str(content["generated_at"])))
        except (ValueError, KeyError, TypeError):
            continue
    return stamps


def _moment(run_id: str) -> str:
    """When an operation began, to the second; its id says so."""
    day, time = run_id[:8], run_id[9:15]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}Z"


def stage(settings: Settings, place: Place, contents: Contents) -> Path:
    """Write a release of these documents in the staging folder of this operation, with its manifest."""
    folder = make_dir(settings.staging(place.run_id) / place.target, PUBLIC_DIR)
    scanner = scanner_of(settings)
    for path, (_, content) in contents.items():
        file = safe_path(folder, path)
        make_dir(file.parent, PUBLIC_DIR)
        write_new(file, content)
    entries = [entry for entry, _ in contents.values()]
    target = TARGETS.get(place.target)
    bundles = bundled(target, folder, entries, settings.home, scanner) if target else []
    stamp = Stamp(place.run_id, _moment(place.run_id))
    write_manifest(folder, entries, stamp, bundles, target.bundle_settings(settings.home) if target else "")
    return folder


def scanner_of(settings: Settings) -> Scanner:
    """What must never go out, as of the last load."""
    known = identifiers.machine(None, settings.lasting_home)
    if settings.identifiers.exists():
        known += [(kind, value) for kind, value in json.loads(settings.identifiers.read_bytes())]
    try:
        with warehouse.opened(settings.state) as connection:
            known += identifiers.from_state(connection)
    except SourceError as error:
        if error.code not in ("nothing_built", "unreadable_file"):
            raise
        # a state that is lost is what some repairs are about
    return Scanner(known)
