"""An earlier release becomes the current one again, recorded like a delivery: intent, switch, outcome.

The release that was current stays where it is, so that the next step may be forward again.
"""

from pathlib import Path

from exporters import BI
from harness.bi.release import DATABASE
from harness.config import Settings
from harness.errors import SourceError
from harness.files import READ_ONLY, atomic_write, replace_file, safe_join, sha256_of_file, switch_link
from harness.ledger import Ledger
from harness.manifest import MANIFEST, check_release
from harness.reconcile import ROLLBACK, Place, holds_now

_NEWEST = 5


def releases(root: Path) -> list[str]:
    """Names of the releases of a target that are on disk, newest first."""
    folder = root / "releases"
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted((path.name for path in found if path.is_dir() and not path.is_symlink()), reverse=True)


def ready(place: Place, release: str) -> bytes:
    """The manifest of a release that can be rolled back to; nothing is changed.

    Raises SourceError (exit 2) for a release that is not there or was never delivered, DeliveryError for one
    that is not whole.
    """
    there = releases(place.root)
    if release not in there:
        known = ", ".join(there[:_NEWEST]) or "none"
        raise SourceError(
            "no_release",
            f"{place.target} has no release {release}",
            f"the newest in {place.root}/releases: {known}",
        )
    folder = safe_join(place.root, "releases", release)
    content = (folder / MANIFEST).read_bytes() if (folder / MANIFEST).is_file() else b""
    if not place.was_delivered(release, content):
        raise SourceError(
            "never_delivered",
            f"release {release} of {place.target}, as it is in {folder}, was never delivered by this home",
            "roll back to a release of `planwise-export status`",
        )
    check_release(folder)
    if place.target == BI and not _published(place.ledger, sha256_of_file(folder / DATABASE)):
        raise SourceError(
            "never_published",
            f"the marts of release {release} of {BI} were never published by this home",
            "another home made that release: roll back there",
        )
    return content


def roll_back(
    settings: Settings, ledger: Ledger, run_id: str, endpoint: str, target: str, release: str
) -> int:
    """Make a release of a target the current one; return how many deliveries that moves.

    Raises what `ready` raises; nothing is changed then.
    """
    place = Place(ledger, run_id, target, endpoint, settings.target(target))
    content = ready(place, release)
    moved = 0
    if place.current != release:
        place.intend(ROLLBACK, release, content)
        switch_link(place.link, f"releases/{release}")
        check_release(place.link)
        moved = holds_now(place, "rolled_back")
        place.settle(release, "rolled back")
    if target == BI:
        # each time: who was stopped between the two asks again
        _publish_again(place, settings)
    return moved


def _publish_again(place: Place, settings: Settings) -> None:
    """Make the marts that the release holds the published ones: what its own run published may be older."""
    marts = place.link / DATABASE
    digest = sha256_of_file(marts)
    if settings.current.is_file() and sha256_of_file(settings.current) == digest:
        return
    for path in _published(place.ledger, digest):
        kept = settings.home / path
        if kept.is_file() and sha256_of_file(kept) == digest:
            replace_file(kept, settings.current)
            return
    # swept: the release has the very bytes, but is no place that readers of the marts should hold open
    atomic_write(settings.current, marts.read_bytes(), READ_ONLY)


def _published(ledger: Ledger, digest: str) -> list[str]:
    known = ledger.query("select path from artifact where kind = 'published' and sha256 = ?", (digest,))
    return [str(row["path"]) for row in known]
