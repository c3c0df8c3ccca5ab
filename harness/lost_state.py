"""A state that is lost for good: what nobody knows the client of is listed and, with a reason, withdrawn.

An older state restored, or a new one, does not know the references of clients that came later; rule R01 then
stops every run. Their documents leave `current` with a release of the documents that are known; the release
before stays, and so do the published marts, under another name.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from harness.backups import back_up
from harness.config import Settings
from harness.delivery import promote
from harness.errors import SourceError
from harness.files import safe_path
from harness.manifest import MANIFEST, read_manifest
from harness.mending import Contents, stage
from harness.operation import operation
from harness.reconcile import Place, holds_now, reconciled
from harness.recorded import known_endpoint, passed
from harness.repair import move_path_aside
from harness.repairing import EVENT
from harness.verified import places
from harness.verified_home import looking
from harness.warehouse import opened, tables, writing

_BY_REF = ("dim_client", "dim_plan_design")
"""Published tables by which rule R01 knows who was published."""


@dataclass
class Lost:
    """What has no client any more."""

    documents: dict[str, list[str]] = field(default_factory=dict)
    """By target, delivery keys."""
    published: list[str] = field(default_factory=list)
    """References in the published marts."""
    history: list[str] = field(default_factory=list)
    """References with versions in the state's history."""
    decisions: list[str] = field(default_factory=list)
    """Reviewers' decisions, by resolution id."""
    is_withdrawn: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left that stops a run."""
        left = self.documents or self.published or self.history
        return not self.decisions and (self.is_withdrawn or not left)

    def lines(self) -> list[str]:
        """The finding for the operator."""
        did = "withdrawn" if self.is_withdrawn else "would be withdrawn with --because TEXT"
        found = [
            f"{target}: {len(keys)} documents ({_some(keys)}): {did}"
            for target, keys in self.documents.items()
        ]
        if self.published:
            moved = "moved aside" if self.is_withdrawn else "would be moved aside with --because TEXT"
            found.append(
                f"published marts: {len(self.published)} clients ({_some(self.published)}): current.duckdb"
                f" {moved}, and the next run publishes anew"
            )
        if self.history:
            took = "taken out" if self.is_withdrawn else "would be taken out with --because TEXT"
            found.append(f"history: versions of {len(self.history)} clients ({_some(self.history)}): {took}")
        found += [
            f"decision {one}: it is for a client that was never in a load; nothing here takes a reviewer's"
            " decision away: restore the state that knows the client"
            for one in self.decisions
        ]
        return found or ["nothing is orphaned: every reference that is delivered or published is known"]

    def as_json(self) -> dict[str, Any]:
        """The finding for a program."""
        return {
            "documents": self.documents,
            "published": self.published,
            "history": self.history,
            "decisions": self.decisions,
            "withdrawn": self.is_withdrawn,
            "settled": self.is_settled,
        }


def withdraw(settings: Settings, because: str | None) -> Lost:
    """List what belongs to references that the state doesn't know; with a reason, withdraw it.

    Raises SourceError where there is no state, or it can't be read: that is for `state restore` first.
    """
    if not settings.state.exists():
        raise SourceError(
            "no_state_yet",
            f"there is no {settings.state.name} to compare with",
            "`planwise-export state restore BACKUP`, or `planwise-export run SOURCE`, which makes a new one",
        )
    with ExitStack() as held:
        ledger = looking(settings, held)
        found = _lost(settings, places(settings, ledger, known_endpoint(ledger, settings.home, settings.out)))
    if not because or found.is_settled:
        return found
    with operation(settings, "repair", because) as op:
        refs = _known(settings)
        for place in places(settings, op.ledger, op.endpoint, op.run_id):
            reconciled(place)
            if place.target in found.documents:
                _without(settings, place, refs)
                detail = {"code": "lost_state", "withdrawn": len(found.documents[place.target])}
                op.ledger.event(op.run_id, EVENT, place.target, op.endpoint, detail=detail)
        if found.published:
            move_path_aside(settings.current)
            op.ledger.event(
                op.run_id, EVENT, detail={"code": "published_aside", "clients": len(found.published)}
            )
        if found.history:
            backup = back_up(settings.state)
            with writing(settings.state) as connection:
                connection.execute(
                    "delete from plan_design_history"
                    " where client_ref not in (select known.client_ref from client_ref as known)"
                )
            detail = {"code": "history_taken_out", "clients": len(found.history), "backup": backup.name}
            op.ledger.event(op.run_id, EVENT, detail=detail)
    found.is_withdrawn = True
    return found


def _without(settings: Settings, place: Place, refs: set[str]) -> None:
    """Deliver the current release again without the documents of unknown references."""
    manifest = read_manifest(place.link)
    contents: Contents = {}
    for entry in manifest.documents:
        if not entry.client_ref or entry.client_ref in refs:
            contents[entry.path] = entry, safe_path(place.link, entry.path).read_bytes()
    if not contents:
        # a release of nothing is none: the link goes, the release stays as the backup
        place.link.unlink()
        reconciled(place)
        return
    passed(place.ledger, place.run_id, "documents that had passed the gates stay; others were withdrawn")
    folder = stage(
        settings,
        place,
        {path: (replace(entry, carried_over=True), content) for path, (entry, content) in contents.items()},
    )
    place.intend("repair", place.run_id, (folder / MANIFEST).read_bytes())
    promote(settings, place.target, place.run_id)
    holds_now(place, "confirmed")
    place.settle(place.run_id, "withdrawn")


def _known(settings: Settings) -> set[str]:
    with opened(settings.state) as connection:
        return {row[0] for row in connection.execute("select client_ref from client_ref").fetchall()}


def _lost(settings: Settings, found: list[Place]) -> Lost:
    refs, lost = _known(settings), Lost()
    for place in found:
        if place.current is None:
            continue
        keys = [
            entry.delivery_key
            for entry in read_manifest(place.link).documents
            if entry.client_ref and entry.client_ref not in refs
        ]
        if keys:
            lost.documents[place.target] = keys
    if settings.current.exists():
        with opened(settings.current) as connection:
            present = [name for name in _BY_REF if name in tables(connection)]
            published = {
                str(row[0])
                for name in present
                for row in connection.execute(f"select distinct client_ref from {name}").fetchall()
            }
        lost.published = sorted(published - refs)
    with opened(settings.state) as connection:
        present = tables(connection)
        if "plan_design_history" in present:
            rows = connection.execute("select distinct client_ref from plan_design_history").fetchall()
            lost.history = sorted({str(row[0]) for row in rows} - refs)
        if "resolution" in present:
            rows = connection.execute(
                "select resolution_id from resolution"
                " where client_id not in (select client_id from client_ref) order by all"
            ).fetchall()
            lost.decisions = [str(row[0]) for row in rows]
    return lost


def _some(keys: list[str]) -> str:
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
