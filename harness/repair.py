"""What can be done about what `reconcile` refuses or `verify` finds, and doing it: never guessing, nothing
deleted.
"""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config import Settings, utc_now
from harness.delivery import promote
from harness.errors import DeliveryError
from harness.files import fsync_dir, safe_join, switch_link
from harness.ledger import Move
from harness.ledger.chain import Fault as ChainFault
from harness.manifest import MANIFEST, faults, read_manifest
from harness.mending import Contents, found_again, stage
from harness.reconcile import INTENT, SETTLED, Place, holds_now, reconciled
from harness.recorded import moved, passed
from harness.rollback import releases, roll_back
from harness.verified import DAMAGED, Verified, holds, verify_rows


@dataclass(frozen=True)
class Remedy:
    """One thing that is wrong, and what is done about it."""

    target: str
    code: str
    said: str
    """What is wrong, and what mends it."""
    do: Callable[[Place], None] | None
    """Null where nothing here can."""
    keys: tuple[str, ...] = ()
    """Deliveries that it is about, where it is about rows."""

    @property
    def can(self) -> bool:
        """Whether it can be mended."""
        return self.do is not None


def whole(place: Place, release: str | None) -> bool:
    """Whether a release is there as it was delivered, to the byte."""
    if not release:
        return False
    folder = place.root / "releases" / release
    path = folder / MANIFEST
    if not path.is_file() or not place.was_delivered(release, path.read_bytes()):
        return False
    with suppress(DeliveryError):
        return not faults(folder)
    return False


def diagnose(settings: Settings, place: Place, told: Iterable[ChainFault] = ()) -> list[Remedy]:
    """What is wrong with one target, in the order in which it is mended; empty where all is well.

    `told`: what the ledger's chain says of its rows.
    """
    last = place.last(INTENT, SETTLED)
    head = (
        _interrupted(settings, place, last)
        if last and last["event"] == INTENT
        else _settled(settings, place, last)
    )
    found = [head] if head else []
    if not head and last and whole(place, last["release"]):
        found += _rows(place, str(last["release"]), told)
    for name in releases(place.root):
        if (
            DAMAGED in name
            or name.startswith(".")
            or (last and name in (last["release"], last.get("release_before")))
        ):
            continue
        if place.was_delivered(name) and not whole(place, name):
            said = f"release {name} is damaged: nobody can roll back to it, so it is moved aside"
            found.append(Remedy(place.target, "damaged", said, _aside(name)))
        elif not place.was_delivered(name) and settings.run_folder(name).is_dir() and name != _linked(place):
            said = f"release {name} of this home was never delivered: it is moved aside"
            found.append(Remedy(place.target, "left_over", said, _aside(name)))
    return found


def _linked(place: Place) -> str | None:
    """Name that the link has, whether it leads anywhere or not."""
    return place.link.readlink().name if place.link.is_symlink() else None


def _is_clear(place: Place) -> bool:
    """Whether the link is one that can be followed, or absent."""
    return not place.link.exists() if not place.link.is_symlink() else place.link.exists()


def _interrupted(settings: Settings, place: Place, intent: dict[str, Any]) -> Remedy | None:
    release, before, linked = intent["release"], intent["release_before"], _linked(place)
    is_as_expected = _is_clear(place) and linked in (release, before)
    if is_as_expected and (linked is None or whole_or_new(place, linked, intent)):
        said = f"the delivery of {release} was interrupted: it is finished, or put back, as every start does"
        return Remedy(place.target, "interrupted", said, _reconcile)
    if before is None or whole(place, before):
        old = before or "nothing"
        said = (
            f"the delivery of {release} was interrupted, and current is neither that, whole, nor {old}:"
            f" current is {old} again, and what was to be delivered is due"
        )
        return Remedy(place.target, "link", said, _point_at(before, aside=release))
    if whole_or_new(place, release, intent):
        said = f"{release} was to be current and is whole, {before} is not: current is {release}"
        return Remedy(place.target, "link", said, _point_at(release))
    return _mend(settings, place, before)


def whole_or_new(place: Place, release: str, intent: dict[str, Any]) -> bool:
    """Whether a release is whole: one that was settled, or the one that is about to be."""
    folder = place.root / "releases" / release
    path = folder / MANIFEST
    if release != intent["release"] or place.was_delivered(release):
        return whole(place, release)
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != intent["manifest_sha256"]:
        return False
    with suppress(DeliveryError):
        return not faults(folder)
    return False


def _settled(settings: Settings, place: Place, last: dict[str, Any] | None) -> Remedy | None:
    wanted, linked = (last["release"] if last else None), _linked(place)
    if linked and linked != wanted and _is_clear(place) and not place.was_delivered(linked):
        with suppress(DeliveryError):
            if not faults(place.link):
                return None  # a whole release of another home: the next start takes it over
    if wanted is None:
        if _is_clear(place) and linked is None:
            return None
        said = f"current ({linked or 'no link'}) is nothing that was delivered: it is moved aside"
        return Remedy(place.target, "link", said, _point_at(None))
    if not whole(place, wanted):
        return _mend(settings, place, wanted)
    if linked == wanted and _is_clear(place):
        return None
    present = linked or "no link to it"
    said = f"{wanted} was delivered last and is whole, but current is {present}: the link is put back"
    return Remedy(place.target, "link", said, _point_at(wanted))


def _rows(place: Place, release: str, told: Iterable[ChainFault]) -> list[Remedy]:
    """Rows that are not what the verified manifest says."""
    manifest = read_manifest(place.root / "releases" / release)
    entries = {entry.delivery_key: entry for entry in manifest.documents}
    differing = {fault.where.split("/", 1)[1] for fault in verify_rows(place, manifest, Verified())}
    prefix = "/".join(part for part in (place.target, place.endpoint) if part) + "/"
    differing |= {
        fault.key.removeprefix(prefix)
        for fault in told
        if fault.table == "delivery" and fault.key.startswith(prefix)
    }
    known = {row.delivery_key for row in place.rows()} | set(entries)
    keys = sorted(differing & known)
    if not keys:
        return []
    some = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
    said = f"{len(keys)} rows of the ledger are not what is delivered ({some}): brought to what is there"
    return [Remedy(place.target, "rows", said, lambda at: restate(at, keys), tuple(keys))]


def restate(place: Place, keys: Iterable[str]) -> None:
    """Bring rows to what the current release holds, by legal moves, whatever they say now."""
    manifest = read_manifest(place.link)
    entries = {entry.delivery_key: entry for entry in manifest.documents}
    passed(place.ledger, manifest.run_id, "a release that is whole was made by a run whose gates passed")
    wanted = list(keys)
    there = [moved(entries[key], manifest.run_id) for key in wanted if key in entries]
    for state in ("pending", "rendered", "promoting", "confirmed"):
        place.move(state, there, manifest.run_id)
    gone = [
        Move(row.delivery_key, row.client_ref, code="withdrawn", withdrawn=True)
        for row in place.rows()
        if row.delivery_key in wanted and row.delivery_key not in entries and holds(row)
    ]
    place.move("pending", gone, manifest.run_id)
    place.move("superseded", gone, manifest.run_id)


def _mend(settings: Settings, place: Place, release: str) -> Remedy:
    """A damaged release: made again, or the newest whole one before it, or nothing, and all is due."""
    contents = found_again(settings, place, release)
    if contents is not None:
        anew = sum(not entry.carried_over for entry, _ in contents.values())
        said = (
            f"release {release} is damaged: its {len(contents)} documents are delivered again, {anew} of them"
            " rendered from the published marts; the damaged one is moved aside"
        )
        return Remedy(place.target, "release", said, _again(settings, release, contents))
    earlier = next((name for name in releases(place.root) if name < release and whole(place, name)), None)
    if earlier:
        said = (
            f"release {release} is damaged and can't be made again: {earlier}, the newest whole one"
            " before it, is current again; the next run delivers what differs; the damaged one is moved aside"
        )
        return Remedy(place.target, "release", said, _back(settings, release, earlier))
    said = (
        f"release {release} is damaged, can't be made again, and there is none before it: it is moved aside,"
        " and the next run delivers all"
    )
    return Remedy(place.target, "release", said, _point_at(None, aside=release))


def _again(settings: Settings, release: str, contents: Contents) -> Callable[[Place], None]:
    def do(place: Place) -> None:
        passed(place.ledger, place.run_id, "documents that had passed the gates were delivered again")
        folder = stage(settings, place, contents)
        _clear_link(place)
        place.intend("repair", place.run_id, (folder / MANIFEST).read_bytes())
        promote(settings, place.target, place.run_id)
        holds_now(place, "confirmed")
        place.settle(place.run_id, "repaired")
        move_aside(place, release)

    return do


def _back(settings: Settings, release: str, earlier: str) -> Callable[[Place], None]:
    def do(place: Place) -> None:
        _clear_link(place)
        roll_back(settings, place.ledger, place.run_id, place.endpoint, place.target, earlier)
        move_aside(place, release)

    return do


def _point_at(release: str | None, aside: str | None = None) -> Callable[[Place], None]:
    def do(place: Place) -> None:
        _clear_link(place)
        if aside:
            place.link.unlink(missing_ok=True)
            move_aside(place, aside)
        if release:
            switch_link(place.link, f"releases/{release}")
        else:
            place.link.unlink(missing_ok=True)
        reconciled(place)

    return do


def _reconcile(place: Place) -> None:
    reconciled(place)


def _aside(name: str) -> Callable[[Place], None]:
    return lambda place: move_aside(place, name)


def _clear_link(place: Place) -> None:
    """A folder or file in the link's place is kept beside it; a link that leads nowhere is taken away."""
    if place.link.exists() and not place.link.is_symlink():
        move_path_aside(place.link)
    elif place.link.is_symlink() and not place.link.exists():
        place.link.unlink()


def move_aside(place: Place, release: str) -> None:
    """Give a release another name, under which it is evidence and nothing else."""
    folder = safe_join(place.root, "releases", release)
    if folder.exists():
        move_path_aside(folder)


def move_path_aside(path: Path) -> None:
    """Keep a file or folder beside where it was, under a name that says when."""
    moment = utc_now().strftime("%Y%m%dT%H%M%S.%fZ")
    path.rename(path.with_name(f"{path.name}{DAMAGED}{moment}"))
    fsync_dir(path.parent)
