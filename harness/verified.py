"""Whether what lies there is what was delivered: files against manifests, manifests and links against ledger.

Nothing is written. Each fault names what, where, and what to do; a note is worth knowing and no fault.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.config import Settings
from harness.errors import DeliveryError
from harness.ledger import Delivery, Ledger
from harness.manifest import MANIFEST, Manifest, faults, read_manifest
from harness.reconcile import INTENT, SETTLED, Place

DAMAGED = ".damaged-"
"""What stands in the name of a release that `repair` moved aside."""
REPAIR = "`planwise-export repair --dry-run` says what can be done"
_AGAIN = "the next run settles it by itself"


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was recorded."""

    code: str
    where: str
    what: str
    hint: str = REPAIR

    def told(self) -> str:
        """Two lines for the operator."""
        return f"{self.where}: {self.what}\n  {self.hint}"


@dataclass
class Verified:
    """What was compared, and what was found."""

    checked: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)

    def count(self, what: str, number: int = 1) -> None:
        """Add to what was compared."""
        self.checked[what] = self.checked.get(what, 0) + number

    def as_json(self) -> dict[str, Any]:
        """The finding for a program."""
        return {
            "sound": not self.faults,
            "checked": self.checked,
            "faults": [asdict(fault) for fault in self.faults],
            "notes": [asdict(note) for note in self.notes],
        }


def places(settings: Settings, ledger: Ledger, endpoint: str | None, run_id: str = "verify") -> list[Place]:
    """Every target of the out folder, and every one that was ever delivered there."""
    found = (
        {row.target for row in ledger.deliveries(endpoint=endpoint or "")} if endpoint is not None else set()
    )
    if settings.out.is_dir():
        found |= {path.parent.name for path in settings.out.glob("*/releases")}
        found |= {path.parent.name for path in settings.out.glob("*/current") if path.is_symlink()}
    # a folder that this home never delivered to has no name in the ledger, so nothing is expected there
    name = endpoint if endpoint is not None else "none"
    return [Place(ledger, run_id, target, name, settings.target(target)) for target in sorted(found)]


def verify_place(settings: Settings, place: Place, found: Verified) -> None:
    """Compare one target: every release, the link, and every row that should be confirmed there."""
    folder = place.root / "releases"
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    broken = set()
    for name in names:
        if DAMAGED in name:
            found.notes.append(
                _at(place, f"releases/{name}", "moved_aside", "was moved aside by a repair", "")
            )
        elif list(verify_release(settings, place, name, found)):
            broken.add(name)
    last = place.last(INTENT, SETTLED)
    if last and last["event"] == INTENT:
        said = f"the delivery of {last['release']} was begun, and its end is not recorded"
        found.faults.append(
            _at(place, "current", "interrupted", said, f"{_AGAIN}, or `planwise-export repair`")
        )
        return
    settled = last["release"] if last else None
    try:
        current = place.current
    except DeliveryError as error:
        found.faults.append(_at(place, "current", "link", error.message))
        return
    if current != settled:
        said = f"leads to {current or 'nothing'}, and {settled or 'nothing'} was delivered last"
        # a whole release that another home brought here is nothing to repair
        is_new = current and not place.was_delivered(current) and current not in broken and _is_whole(place)
        found.faults.append(_at(place, "current", "link", said, _AGAIN if is_new else REPAIR))
    if settled and settled in names and settled not in broken:
        found.faults += list(verify_rows(place, read_manifest(folder / settled), found))
    elif settled and settled not in names:
        found.faults.append(
            _at(place, f"releases/{settled}", "release_missing", "was delivered last and is not there")
        )


def _is_whole(place: Place) -> bool:
    try:
        return not faults(place.link)
    except DeliveryError:
        return False


def verify_release(settings: Settings, place: Place, name: str, found: Verified) -> Iterator[Fault]:
    """Compare a release with its manifest, and that with the ledger; yields (and keeps) the faults."""
    folder = place.root / "releases" / name
    where = f"releases/{name}"
    faulty = []
    try:
        manifest = read_manifest(folder)
        faulty = [
            _at(place, f"{where}/{path}", "file", what, _damaged(place, name))
            for path, what in faults(folder)
        ]
        found.count("files", len(manifest.files) + 1)
        content = (folder / MANIFEST).read_bytes()
    except DeliveryError as error:
        content = b""
        faulty = [_at(place, f"{where}/{MANIFEST}", "manifest", error.message, _damaged(place, name))]
    found.count("releases")
    if not place.was_delivered(name):
        ours = settings.run_folder(name).is_dir()
        said = "was made by this home and never delivered" if ours else "is of no run in this ledger"
        note = _at(place, where, "left_over" if ours else "foreign", said, REPAIR if ours else "")
        found.notes.append(note)
        faulty = []
    elif content and not place.was_delivered(name, content):
        said = "is not the manifest that was delivered: its SHA-256 differs from the ledger's"
        faulty.append(_at(place, f"{where}/{MANIFEST}", "manifest", said, _damaged(place, name)))
    found.faults += faulty
    yield from faulty


def verify_rows(place: Place, manifest: Manifest, found: Verified) -> Iterator[Fault]:
    """Compare the ledger's confirmed rows with what the current release holds."""
    rows = {row.delivery_key: row for row in place.rows()}
    entries = {entry.delivery_key: entry for entry in manifest.documents}
    for key, entry in entries.items():
        found.count("rows")
        row = rows.get(key)
        if row is None or row.confirmed_checksum is None:
            said = f"is in release {manifest.run_id}, and the ledger has it not as delivered"
            yield _at(place, key, "row", said)
            continue
        held = {"document_checksum": row.confirmed_checksum, "sha256": row.confirmed_sha256}
        for name, value in {**held, "bytes": row.confirmed_bytes}.items():
            if value != getattr(entry, name):
                yield _at(
                    place,
                    key,
                    "row",
                    f"{name} is {value} in the ledger, and {getattr(entry, name)} in {MANIFEST}",
                )
    for key, row in rows.items():
        if holds(row) and key not in entries:
            said = f"is {row.state} in the ledger, and release {manifest.run_id} has it not"
            yield _at(place, key, "row", said)


def holds(row: Delivery) -> bool:
    """Whether the receiver should hold something of this delivery."""
    return row.confirmed_checksum is not None


def _damaged(place: Place, name: str) -> str:
    last = place.last(SETTLED)
    if last and last["release"] == name:
        return REPAIR
    return f"{name} can't be rolled back to any more; `planwise-export repair` moves it aside"


def _at(place: Place, where: str, code: str, what: str, hint: str = REPAIR) -> Fault:
    return Fault(code, f"{place.target}/{where}", what, hint)
