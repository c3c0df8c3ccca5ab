"""A release of ours, made by hand: documents in a folder, one file made of all of them, a manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.config import Settings, settings
from harness.files import make_dir, switch_link
from harness.manifest import Bundle, Entry, write_manifest
from harness.receivers.endpoint import Endpoint
from harness.receivers.outgoing import Outgoing, outgoing
from harness.render import Stamp
from tests.harness.world import reference

RUN = "20261122T100000.000000Z-aaaaaa"
NEXT = "20261123T100000.000000Z-bbbbbb"


def deliver(
    root: Path,
    texts: Mapping[int, str],
    run_id: str = RUN,
    target: str = "navigator",
    folder: str = "documents",
    bundle: bytes | None = b"all of them\n",
) -> Settings:
    """Make a current release with a document per client of these texts."""
    where = settings(root / "home", root / "out")
    where.home.mkdir(parents=True, exist_ok=True)
    release = where.target(target) / "releases" / run_id
    make_dir(release, 0o755)
    entries = []
    for number, text in texts.items():
        name = f"{folder}/{reference(number)}.json" if folder else f"{reference(number)}.json"
        make_dir((release / name).parent, 0o755)
        (release / name).write_text(text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        entries.append(
            Entry(name, reference(number), reference(number), digest[::-1], digest, len(text.encode()))
        )
    bundles = []
    if bundle is not None:
        (release / "all.ndjson").write_bytes(bundle)
        bundles = [Bundle("all.ndjson", hashlib.sha256(bundle).hexdigest(), len(bundle))]
    write_manifest(release, entries, Stamp(run_id, "2026-11-22T10:00:00Z"), bundles)
    switch_link(where.target(target) / "current", f"releases/{run_id}")
    return where


def going(where: Settings, target: str = "navigator", run_id: str | None = None) -> Outgoing:
    """The release, checked."""
    found = outgoing(where, target, run_id)
    assert found is not None
    return found


def directory(path: Path, **more: Any) -> Endpoint:
    """An endpoint that is a folder."""
    return Endpoint("shelf", "directory", ("navigator",), str(path), **more)


def fsspec_at(url: str, **more: Any) -> Endpoint:
    """An endpoint that fsspec reaches."""
    return Endpoint("store", "fsspec", ("navigator",), url, **more)
