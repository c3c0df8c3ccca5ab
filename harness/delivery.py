"""A release becomes the current one in a single rename; the release before stays, as the backup."""

import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from exporters import Target
from harness.config import Settings
from harness.errors import DeliveryError
from harness.files import (
    PUBLIC_DIR,
    fsync_dir,
    fsync_tree,
    make_dir,
    read_regular,
    safe_join,
    safe_relative,
    switch_link,
    write_new,
)
from harness.manifest import MANIFEST, Entry, check_release, read_manifest
from harness.scanned import Looking
from harness.verify import no_identifier


def carry_over(
    current: Path,
    folder: Path | None,
    target: Target,
    looking: Looking,
    *,
    selected: Collection[str],
    unchanged: Collection[str] = (),
) -> list[Entry]:
    """Give the new release the current documents that this run does not write, byte for byte.

    `selected` are the client_refs that the run is about: of theirs, only the delivery keys in `unchanged` are
    kept. With `folder` null there is no new release: the documents are checked and stay where they are. Each
    file is compared with its manifest first, and looked through for the identifiers that are new since it was
    looked through last. Raises DeliveryError, GateError (E02).
    """
    if not current.exists():
        return []
    carried, made, root = [], set[str](), str(current)
    for entry in read_manifest(current).documents:
        is_unchanged = entry.delivery_key in unchanged
        if entry.client_ref in selected and not is_unchanged:
            continue
        path = safe_relative(entry.path)
        source = f"{root}/{path}"
        content = read_regular(source)
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise DeliveryError(
                "changed_by_hand",
                f"{source} is not what {MANIFEST} says was delivered",
                "run without --client, which writes every document anew that is not what was delivered",
            )
        if looking.may_hold(path, content):
            no_identifier(looking.scanner, path, target.read(content))
        if folder is not None:
            below = path.rpartition("/")[0]
            if below not in made:
                make_dir(folder / below, PUBLIC_DIR)
                made.add(below)
            _copied(source, content, f"{folder}/{path}")
        # what was found to be what today's renderer writes need not be compared with it again
        renderer = target.fingerprint if is_unchanged else entry.renderer
        is_same = entry.carried_over and renderer == entry.renderer
        carried.append(entry if is_same else replace(entry, carried_over=True, renderer=renderer))
    return carried


def _copied(source: str, content: bytes, path: str) -> None:
    """A copy and no second name for the same file, since the release before is a backup; of the same age."""
    write_new(path, content)
    found = os.stat(source)  # noqa: PTH116 - a million times
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def promote(settings: Settings, target: str, run_id: str) -> Path:
    """Move the staged release of a target in place and point `current` at it. Returns the release's folder.

    Everything is on disk before the switch, and is compared with its manifest on both sides of it.
    """
    staged = settings.staging(run_id) / target
    check_release(staged)
    fsync_tree(staged)
    root = settings.target(target)
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
    settings: Settings, targets: Sequence[str], run_id: str, last: Callable[[], None]
) -> dict[str, Path]:
    """Promote every target, then call `last` (the published marts). Returns the release folders by target.

    When one of them fails, every link that was switched is put back: nobody sees half a run.
    """
    links = {target: settings.target(target) / "current" for target in targets}
    before = {name: str(link.readlink()) if link.is_symlink() else None for name, link in links.items()}
    releases: dict[str, Path] = {}
    try:
        for target in targets:
            releases[target] = promote(settings, target, run_id)
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
        fsync_dir(link.parent)
    else:
        switch_link(link, before)


def clear_staging(settings: Settings, run_id: str) -> None:
    """Take away what a run left in staging, and the staging folder if it was the last."""
    staging = settings.staging(run_id)
    if staging.exists():
        shutil.rmtree(staging)
    if staging.parent.exists() and not any(staging.parent.iterdir()):
        staging.parent.rmdir()


def clear_killed(settings: Settings, run_id: str) -> None:
    """Take away what runs of this home left in staging when they were killed; call it under the lock only.

    A folder of a run that this home doesn't know is left: several homes may deliver to one place.
    """
    staging = settings.staging(run_id).parent
    for left in sorted(staging.iterdir()) if staging.is_dir() else []:
        if left.name != run_id and settings.run_folder(left.name).is_dir():
            clear_staging(settings, left.name)
