"""The plan of a delivery: what is due now against the last confirmed release; by SQL, guarded by volume.

The release that is current, with its manifest, is what was confirmed. Nothing is written here.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from exporters import TARGETS, Target
from harness.errors import GateError
from harness.files import digest_of, files_below, read_regular, safe_relative
from harness.manifest import Entry, Manifest, read_manifest
from harness.render import Stamp, stamped
from harness.verify import Checker
from harness.warehouse import Row, sql

_NAMED = 5
_GUARDS = {
    "rows": "{affected} of the {confirmed} clients delivered last would have no document any more, and fewer"
    " than {share} of as many would go out",
    "deletes": "{affected} of the {confirmed} clients delivered last are not in the source any more, which is"
    " more than {share}",
    "changes": "the documents of {affected} of the {confirmed} clients delivered last would change, which is"
    " more than {share}",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """What becomes of one document (insert, update, unchanged, withdraw, delete), and why."""

    delivery_key: str
    client_ref: str
    action: str
    cause: str | None
    """new; source (its texts changed), planwise (they did not), others (nor did planwise: peers, outcomes or
    a decision did), renderer (same document, new bytes), damaged (changed by hand); held, rejected; gone
    (client), not_due (document)."""


@dataclass(frozen=True)
class Guard:
    """A volume guard that the plan trips: rows, deletes or changes."""

    guard: str
    affected: int
    confirmed: int
    same_designs: int
    """Of a change: how many of the clients' texts are what they were."""
    threshold: Any
    client_refs: tuple[str, ...]

    def told(self, ids: Mapping[str, str]) -> str:
        """The guard in words, with the first clients' ids, for the operator's eyes."""
        named = [ids.get(ref, ref) for ref in self.client_refs[:_NAMED]]
        more = self.affected - len(named)
        said = _GUARDS[self.guard].format(
            affected=self.affected, confirmed=self.confirmed, share=f"{float(self.threshold):.0%}"
        )
        if self.same_designs:
            said += f"; {self.same_designs} of them say what they said before: same designs, new documents"
        return f"{said} ({', '.join(named)}{f' and {more} more' if more > 0 else ''})"


@dataclass(frozen=True)
class Plan:
    """One target's documents, what that means by client, and the guards that it trips."""

    documents: tuple[Planned, ...]
    counts: dict[str, int]
    """Clients: sent, unchanged, held, rejected, deleted."""
    guards: tuple[Guard, ...] = ()
    compared_with: str | None = None
    """The release that was current; null where there was none."""
    is_release_whole: bool = True
    """Whether the current release holds exactly the files that its manifest names, its bundles of today's
    settings."""

    def keys(self, *actions: str) -> frozenset[str]:
        """Delivery keys of the documents with these actions."""
        return frozenset(entry.delivery_key for entry in self.documents if entry.action in actions)

    @property
    def sent(self) -> frozenset[str]:
        """Clients of whose documents any differs."""
        return frozenset(entry.client_ref for entry in self.documents if entry.action != "unchanged")


@dataclass
class Clients:
    """The clients that the run is about, as a plan sees them: (status, change) by reference."""

    statuses: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    without_id: dict[str, str | None] = field(default_factory=dict)
    """Clients that are known, but whose rows share an id: their documents are withdrawn, not deleted."""
    is_same_code: bool = False
    """Whether all that is delivered was made by this very code."""


def make_plan(
    target: Target,
    current: Path,
    rows: Iterable[Row],
    clients: Clients,
    numbers: Mapping[str, str],
    selected: Collection[str] | None,
    bundle_settings: str = "",
) -> Plan:
    """Compare the documents that are due with the current release; `selected` narrows it to some clients.

    `bundle_settings` is what the release's bundles would be written by today (Target.bundle_settings).
    Raises DeliveryError `bad_manifest`, GateError `plan_differs` when clients are lost between the two.
    """
    import duckdb

    from harness.extract.spool import Spool

    due = {row.delivery_key: row for row in rows}
    before = read_manifest(current) if current.exists() else None
    about = [
        entry
        for entry in (before.documents if before else ())
        if selected is None or entry.client_ref in selected
    ]
    same = int(clients.is_same_code)
    known = [[ref, status, change, 1, same] for ref, (status, change) in clients.statuses.items()]
    known += [[ref, "rejected", change, 0, same] for ref, change in clients.without_id.items()]
    with duckdb.connect() as connection, Spool(connection) as spool:
        connection.execute("create schema raw")
        document = dict.fromkeys(("delivery_key", "client_ref", "document_checksum"), "varchar")
        spool.replace("due", document, ([r.delivery_key, r.client_ref, r.checksum] for r in due.values()))
        spool.replace(
            "delivered",
            document | {"fault": "varchar"},
            (
                [e.delivery_key, e.client_ref, e.document_checksum, _fault(target, current, e, due)]
                for e in about
            ),
        )
        kinds = dict.fromkeys(("client_ref", "status", "change"), "varchar") | {
            "has_row": "bigint",
            "is_same_code": "bigint",
        }
        spool.replace("client", kinds, known)
        connection.execute("set search_path = 'main,raw'")
        connection.execute(f"create table planned as {sql('plan_documents')}")
        documents = connection.execute(
            "select delivery_key, client_ref, action, cause from planned order by delivery_key"
        ).fetchall()
        *counted, silent = connection.execute(sql("plan_counts")).fetchall()[0]
        guards = connection.execute(sql("plan_guards").format_map(numbers)).fetchall()
    counts = dict(zip(("sent", "unchanged", "held", "rejected", "deleted"), counted, strict=True))
    found = sum(counts.values()) - counts["deleted"]
    if silent or found != len(clients.statuses):
        raise GateError(
            "plan_differs",
            f"the plan for {target.name} accounts for {found} of {len(clients.statuses)} clients",
            "this is a fault of planwise; nothing was written",
        )
    return Plan(
        tuple(Planned(*row) for row in documents),
        counts,
        tuple(Guard(row[0], row[1], row[2], row[3], row[4], tuple(row[5])) for row in guards),
        current.resolve().name if current.exists() else None,
        before is None or _is_whole(current, before, target, bundle_settings),
    )


def _is_whole(current: Path, manifest: Manifest, target: Target, bundle_settings: str) -> bool:
    if files_below(current) != manifest.paths:
        return False
    if (target.bundle is None) != (not manifest.bundles) or manifest.bundle_settings != bundle_settings:
        return False
    return all(
        digest_of(f"{current}/{safe_relative(bundle.path)}") == (bundle.bytes, bundle.sha256)
        for bundle in manifest.bundles
    )


def _fault(target: Target, current: Path, entry: Entry, due: Mapping[str, Row]) -> str | None:
    """Why a delivered document can't stay although its design is the same; null when it can."""
    # what a link points at was never delivered, and may be anything tomorrow
    content = read_regular(f"{current}/{safe_relative(entry.path)}")
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        return "damaged"
    row = due.get(entry.delivery_key)
    if row is None or row.checksum != entry.document_checksum or entry.renderer == target.fingerprint:
        return None
    try:
        document = target.read(content)
        if _checker(target, target.fingerprint).problem(document):
            return "renderer"  # what went out does not fit its schema any more: verifying says so
        block = target.block(document)
        again = target.render(stamped(target, row, Stamp(block["run_id"], block["generated_at"])))
    except (ValueError, TypeError, KeyError):
        return "renderer"  # it can't even be read any more, or not be written: rendering says which
    return None if again == content else "renderer"


@cache
def _checker(target: Target, _: str) -> Checker:
    """A target's schema, as it is under a fingerprint."""
    return Checker(target)


def guard(plans: Mapping[str, Plan], ids: Mapping[str, str], because: str | None) -> None:
    """Raise GateError `volume_guard` (exit 4) when a plan trips a guard and nobody said why that is right."""
    told = [f"{target}: {tripped.told(ids)}" for target, plan in plans.items() for tripped in plan.guards]
    if told and not (because or "").strip():
        raise GateError(
            "volume_guard",
            "; ".join(told),
            "nothing was written and what was delivered stays; if that is right, say why:"
            " run again with --because TEXT, which the report keeps",
        )


def plan_as_json(name: str, plan: Plan, ids: Mapping[str, str], because: str | None) -> dict[str, Any]:
    """A target's entry in the report; unchanged documents are only counted."""
    actions = ("insert", "update", "unchanged", "withdraw", "delete")
    return {
        "compared_with": plan.compared_with,
        "documents": {action: len(plan.keys(action)) for action in actions},
        "differing": [
            {
                "document": TARGETS[name].path(entry.delivery_key),
                "client_id": ids.get(entry.client_ref),
                "client_ref": entry.client_ref,
                "action": entry.action,
                "cause": entry.cause,
            }
            for entry in plan.documents
            if entry.action != "unchanged"
        ],
        "guards": [
            {
                "guard": tripped.guard,
                "affected": tripped.affected,
                "confirmed": tripped.confirmed,
                "threshold": str(tripped.threshold),
                "message": tripped.told(ids),
                "overridden_because": because,
            }
            for tripped in plan.guards
        ],
    }
