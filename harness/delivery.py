"""A release becomes the current one in a single rename; the release before stays, as the backup."""

import hashlib
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from exporters import Target
from harness.config import Settings
from harness.errors import DeliveryError
from harness.files import PUBLIC_DIR, fsync_dir, fsync_tree, make_dir, safe_join, switch_link, write_new
from harness.identifiers import Scanner
from harness.verify import MANIFEST, Entry, check_release, no_identifier, read_manifest


def carry_over(
    current: Path, folder: Path, target: Target, selected: Collection[str], scanner: Scanner
) -> list[Entry]:
    """Give the new release the current documents of every client that this run is not about, byte for byte.

    `selected` are the client_refs that the run is about. Each file is compared with its manifest first, and
    looked through again for identifiers: there may be new ones. Raises DeliveryError, GateError (E02).
    """
    if not current.exists():
        return []
    carried = []
    for entry in read_manifest(current):
        if entry.client_ref in selected:
            continue
        source = safe_join(current, entry.path)
        content = source.read_bytes() if source.exists() else b""
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise DeliveryError(
                "changed_by_hand",
                f"{source} is not what {MANIFEST} says was delivered",
                "run without --client, which writes every document anew",
            )
        no_identifier(scanner, entry.path, target.read(content))
        # a copy and no second name for the same file: the release before is a backup
        write_new(safe_join(folder, entry.path), content)
        carried.append(replace(entry, carried_over=True))
    return carried


def promote(settings: Settings, target: Target, run_id: str) -> Path:
    """Move the staged release of a target in place and point `current` at it. Returns the release's folder.

    Everything is on disk before the switch, and is compared with its manifest on both sides of it.
    """
    staged = settings.staging(run_id) / target.name
    check_release(staged)
    fsync_tree(staged)
    root = settings.target(target.name)
    releases = make_dir(root / "releases", PUBLIC_DIR)
    release = safe_join(releases, run_id)
    if release.exists():
        raise DeliveryError(
            "release_exists", f"{release} is there already", "run again: each run has its own id"
        )
    staged.replace(release)
    fsync_dir(releases)
    switch_link(root / "current", f"releases/{run_id}")
    check_release(root / "current")
    return release


def promote_all(
    settings: Settings, targets: Sequence[Target], run_id: str, last: Callable[[], None]
) -> dict[str, Path]:
    """Promote every target, then call `last` (the published marts). Returns the release folders by target.

    When one of them fails, every link that was switched is put back: nobody sees half a run.
    """
    links = {target.name: settings.target(target.name) / "current" for target in targets}
    before = {name: str(link.readlink()) if link.is_symlink() else None for name, link in links.items()}
    releases: dict[str, Path] = {}
    try:
        for target in targets:
            releases[target.name] = promote(settings, target, run_id)
        last()
    except BaseException:
        for name, link in links.items():
            _put_back(link, before[name], f"releases/{run_id}")
        raise
    return releases


def _put_back(link: Path, before: str | None, ours: str) -> None:
    if not link.is_symlink() or str(link.readlink()) != ours:
        return
    if before is None:
        link.unlink()
    else:
        switch_link(link, before)


def clear_staging(settings: Settings, run_id: str) -> None:
    """Take away what a run left in staging, and the staging folder if it was the last."""
    staging = settings.staging(run_id)
    if staging.exists():
        shutil.rmtree(staging)
    if staging.parent.exists() and not any(staging.parent.iterdir()):
        staging.parent.rmdir()
