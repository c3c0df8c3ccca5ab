"""An earlier release becomes the current one again, recorded like a delivery: intent, switch, outcome.

The release that was current stays where it is, so that the next step may be forward again.
"""

from collections.abc import Iterable
from pathlib import Path

from harness.config import Settings
from harness.errors import DeliveryError, SourceError
from harness.files import replace_file, safe_join, switch_link
from harness.ledger import Ledger
from harness.manifest import MANIFEST, check_release
from harness.reconcile import ROLLBACK, Place, holds_now

_NEWEST = 5


def releases(root: Path) -> list[str]:
    """Names of the releases of a target that are on disk, newest first."""
    folder = root / "releases"
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted((path.name for path in found if path.is_dir() and not path.is_symlink()), reverse=True)


def roll_back(
    settings: Settings, ledger: Ledger, run_id: str, endpoint: str, target: str, release: str
) -> int:
    """Make a release of a target the current one; return how many deliveries that moves.

    Raises SourceError (exit 2) for a release that is not there or was never delivered, DeliveryError for one
    that is not whole; nothing is changed then.
    """
    place = Place(ledger, run_id, target, endpoint, settings.target(target))
    there = releases(place.root)
    if release not in there:
        known = ", ".join(there[:_NEWEST]) or "none"
        raise SourceError(
            "no_release",
            f"{target} has no release {release}",
            f"the newest in {place.root}/releases: {known}",
        )
    folder = safe_join(place.root, "releases", release)
    content = (folder / MANIFEST).read_bytes() if (folder / MANIFEST).is_file() else b""
    if not place.was_delivered(release, content):
        raise SourceError(
            "never_delivered",
            f"release {release} of {target}, as it is in {folder}, was never delivered by this home",
            "roll back to a release of `planwise-export status`",
        )
    check_release(folder)
    if place.current == release:
        return 0
    place.intend(ROLLBACK, release, content)
    switch_link(place.link, f"releases/{release}")
    if target == "bi":
        publish_again(settings, [release])
    check_release(place.link)
    moved = holds_now(place, "rolled_back")
    place.settle(release, "rolled back")
    return moved


def publish_again(settings: Settings, run_ids: Iterable[str]) -> None:
    """Make the published marts of a run current again, of the first that is there."""
    for run_id in run_ids:
        path = safe_join(settings.published, f"{run_id}.duckdb")
        if path.is_file():
            replace_file(path, settings.current)
            return
    raise DeliveryError(
        "not_published_any_more",
        f"the marts that {', '.join(run_ids)} published are not in {settings.published}",
        "roll back to a newer run",
    )
