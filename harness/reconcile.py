"""Every start begins here: what the ledger says was under way is compared with what is there, and finished or
put back. What fits neither is told, and nothing goes on.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config import Settings
from harness.errors import DeliveryError
from harness.files import fsync_dir, safe_join
from harness.ledger import Delivery, Ledger, Move
from harness.manifest import MANIFEST, check_release, read_manifest
from harness.recorded import OPEN, moved, passed

INTENT = "intent"
SETTLED = "settled"
ROLLBACK = "rollback"


@dataclass(frozen=True)
class Found:
    """What was found of one target, and what was done about it."""

    target: str
    what: str
    """finished, put_back, adopted or emptied."""
    release: str | None
    documents: int

    def told(self) -> str:
        """One line for the operator."""
        said = {
            "finished": "the delivery of release {release} was complete, but not recorded: recorded now",
            "put_back": "a delivery was interrupted before it was seen by anybody: {documents} documents are"
            " due again",
            "adopted": "release {release} is not known to this ledger: it is whole, and its {documents}"
            " documents are taken over",
            "emptied": "nothing is there any more: {documents} documents are due again",
        }
        return f"{self.target}: {said[self.what].format(release=self.release, documents=self.documents)}"


@dataclass(frozen=True)
class Place:
    """One target in one out folder, as the ledger and the folder tell of it."""

    ledger: Ledger
    run_id: str
    target: str
    endpoint: str
    root: Path

    @property
    def link(self) -> Path:
        """What readers open."""
        return self.root / "current"

    @property
    def current(self) -> str | None:
        """The release that is current; null where there is none. DeliveryError where that is unclear."""
        if self.link.exists() and not self.link.is_symlink():
            raise self.unclear(f"{self.link} is no symbolic link")
        if not self.link.is_symlink():
            return None
        if not self.link.exists():
            raise self.unclear(f"{self.link} points at {self.link.readlink()}, which is not there")
        return self.link.readlink().name

    def unclear(self, what: str) -> DeliveryError:
        """The error that stops everything."""
        return DeliveryError(
            "unreconciled",
            f"{self.target}: {what}",
            "nothing goes on while this is unclear: `planwise-export repair --dry-run` says what can be done",
        )

    def last(self, *kinds: str) -> dict[str, Any] | None:
        """The newest event of these kinds about this place: its kind and its detail."""
        marks = ", ".join("?" * len(kinds))
        found = self.ledger.query(
            f"select kind, detail from event where kind in ({marks}) and target = ? and endpoint = ?"
            " order by seq desc limit 1",
            (*kinds, self.target, self.endpoint),
        )
        return {**json.loads(found[0]["detail"]), "event": found[0]["kind"]} if found else None

    def was_delivered(self, release: str, manifest: bytes | None = None) -> bool:
        """Whether this ledger settled that release here; with this manifest, where one is given."""
        found = self.ledger.query(
            "select sha256 from artifact"
            " where kind = 'release' and target = ? and endpoint = ? and run_id = ?",
            (self.target, self.endpoint, release),
        )
        if not found or manifest is None:
            return bool(found)
        return bool(found[0]["sha256"] == hashlib.sha256(manifest).hexdigest())

    def rows(self) -> list[Delivery]:
        """The deliveries of this place."""
        return self.ledger.deliveries(self.target, self.endpoint)

    def move(self, state: str, moves: Sequence[Move], gate_run_id: str | None = None) -> None:
        """Move deliveries of this place."""
        if moves:
            self.ledger.move(
                self.run_id, self.target, state, moves, endpoint=self.endpoint, gate_run_id=gate_run_id
            )

    def gates_of(self, release: str) -> str | None:
        """The run whose gates let a release out: its own, or for an `export` the one that published."""
        if self.ledger.query("select 1 from gate_pass where run_id = ?", (release,)):
            return release
        intents = self.ledger.events(target=self.target, endpoint=self.endpoint, kinds=[INTENT])
        for event in reversed(intents):
            if event.facts["release"] == release and event.facts.get("gate_run_id"):
                return str(event.facts["gate_run_id"])
        return None

    def intend(self, kind: str, release: str, manifest: bytes, gate_run_id: str | None = None) -> None:
        """Commit what is about to become current, and whose gates let it."""
        detail = {
            "kind": kind,
            "release": release,
            "release_before": self.current,
            "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
            "gate_run_id": gate_run_id or self.gates_of(release),
        }
        self.ledger.event(self.run_id, INTENT, self.target, self.endpoint, detail=detail)

    def settle(self, release: str | None, how: str) -> None:
        """Record which release is current now, and close the intent."""
        digest = None
        if release:
            content = (self.root / "releases" / release / MANIFEST).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            if not self.was_delivered(release):
                path = f"releases/{release}/{MANIFEST}"
                self.ledger.artifact(
                    release, self.target, self.endpoint, "release", path, digest, len(content)
                )
        detail = {"release": release, "manifest_sha256": digest, "how": how}
        self.ledger.event(self.run_id, SETTLED, self.target, self.endpoint, detail=detail)


def reconcile(
    settings: Settings, ledger: Ledger, run_id: str, endpoint: str, targets: Iterable[str]
) -> list[Found]:
    """Make the ledger agree with the out folder, target by target; returns what was not in order.

    Raises DeliveryError `unreconciled` (exit 5) when what is there is neither what was before nor what was
    about to be.
    """
    found = [
        reconciled(Place(ledger, run_id, target, endpoint, settings.target(target))) for target in targets
    ]
    return [one for one in found if one]


def reconciled(place: Place) -> Found | None:
    """Make the ledger agree with one place."""
    current, last = place.current, place.last(INTENT, SETTLED)
    found = None
    if last and last["event"] == INTENT:
        found = _interrupted(place, current, last)
        last = place.last(SETTLED)
    begun = [row for row in place.rows() if row.state in OPEN]
    if begun:
        place.move("pending", [Move(row.delivery_key, row.client_ref) for row in begun])
        found = found or Found(place.target, "put_back", current, len(begun))
    settled = last["release"] if last else None
    if current is None:
        return _emptied(place) if settled else found
    if current == settled:
        _same_manifest(place, str(last["manifest_sha256"]) if last else "")
        return found
    if last and place.was_delivered(current):
        raise place.unclear(f"release {settled or 'none'} was delivered last, but {current} is current")
    return _adopted(place, current)


def _interrupted(place: Place, current: str | None, intent: dict[str, Any]) -> Found | None:
    release, before = str(intent["release"]), intent["release_before"]
    if current == release:
        check_release(place.link)
        _same_manifest(place, str(intent["manifest_sha256"]))
        moved = holds_now(place, "rolled_back" if intent["kind"] == ROLLBACK else "confirmed")
        place.settle(release, "finished")
        return Found(place.target, "finished", release, moved)
    if current != before:
        raise place.unclear(
            f"{release} was to follow {before or 'nothing'}, but {current or 'nothing'} is current"
        )
    if intent["kind"] != ROLLBACK:
        _discard(place.root, release)
    place.settle(before, "put back")
    return None


def holds_now(place: Place, state: str) -> int:
    """Bring every row to what the current release holds, as `confirmed` or `rolled_back`; count the moved."""
    manifest = read_manifest(place.link)
    gates = place.gates_of(manifest.run_id)
    rows = {row.delivery_key: row for row in place.rows()}
    differing = [
        entry
        for entry in manifest.documents
        if (row := rows.get(entry.delivery_key)) is None or row.confirmed_sha256 != entry.sha256
    ]
    moves = [moved(entry, manifest.run_id) for entry in differing]
    if state == "confirmed":
        # those that never got so far, because another program brought them here, take every step
        behind = [move for move in moves if _state(rows, move) != "promoting"]
        for step in ("pending", "rendered", "promoting"):
            place.move(step, behind, gates)
    kept = {entry.delivery_key for entry in manifest.documents}
    gone = [row for key, row in rows.items() if row.confirmed_checksum and key not in kept]
    emptied = [Move(row.delivery_key, row.client_ref, code="withdrawn", withdrawn=True) for row in gone]
    if state != "confirmed":
        # what was due again is due no more
        place.move("superseded", [move for move in (*moves, *emptied) if _state(rows, move) == "pending"])
    place.move(state, moves, gates)
    place.move("superseded" if state == "confirmed" else state, emptied, gates)
    return len(moves) + len(gone)


def _state(rows: Mapping[str, Delivery], move: Move) -> str:
    return rows[move.delivery_key].state if move.delivery_key in rows else "new"


def _same_manifest(place: Place, digest: str) -> None:
    if hashlib.sha256((place.link / MANIFEST).read_bytes()).hexdigest() != digest:
        raise place.unclear(f"{place.link / MANIFEST} is not the one that was delivered")


def _emptied(place: Place) -> Found:
    """The folder is gone, and with it all that was delivered: that is clear, and all is due again."""
    rows = [row for row in place.rows() if row.confirmed_checksum]
    moves = [Move(row.delivery_key, row.client_ref, code="receiver_empty", withdrawn=True) for row in rows]
    place.move("superseded", moves)
    place.settle(None, "emptied")
    return Found(place.target, "emptied", None, len(rows))


def _adopted(place: Place, current: str) -> Found:
    """A whole release that this ledger knows nothing of: of another home, or of before there was a ledger."""
    entries = check_release(place.link)
    passed(place.ledger, current, "a release that is whole was made by a run whose gates passed")
    holds_now(place, "confirmed")
    place.settle(current, "adopted")
    return Found(place.target, "adopted", current, len(entries))


def _discard(root: Path, release: str) -> None:
    """Take away a release that was moved in place and never became current."""
    folder = safe_join(root, "releases", release)
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
        fsync_dir(folder.parent)
