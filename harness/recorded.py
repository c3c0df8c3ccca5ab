"""What a run tells the ledger: gates, plan, intent, confirmation, failure. It decides nothing.

Intent is committed before any link is switched, confirmation after; what lies between is for reconcile.py.
Each of the two is one transaction for all targets: it costs one wait for the disk, and is never half there.
"""

import getpass
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exporters import TARGETS
from harness.errors import PlanwiseError
from harness.files import sha256_of_file
from harness.ledger import Ledger, Move
from harness.manifest import MANIFEST, Entry, Manifest, read_manifest
from harness.published_tables import status_rows
from harness.redact import redactor

if TYPE_CHECKING:
    from harness.reconcile import Place
    from harness.report import Outcome
    from harness.run import Run

OPEN = ("pending", "rendered", "promoting")
"""States of a delivery that a run has begun and not ended."""
CONFIRMED = ("confirmed", "unchanged")
_PLACE = "place"


def who() -> str:
    """The operating system's name of whoever runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def local_endpoint(ledger: Ledger, home: Path, out: Path, run_id: str) -> str:
    """The ledger's name of an out folder: '' for the first that this home delivered to, else folder-<digest>.

    One home may deliver to several folders, and each of them holds what was delivered there. A folder that
    moves together with its home is the same one.
    """
    digest, known = _digest(home, out), _known(ledger)
    if digest in known:
        return known[digest]
    endpoint = f"folder-{digest[:8]}" if known else ""
    # the folder's digest and not its path: the ledger's rows are published, too
    ledger.event(run_id, _PLACE, endpoint=endpoint, detail={"sha256": digest})
    return endpoint


def known_endpoint(ledger: Ledger, home: Path, out: Path) -> str | None:
    """The same name, where it has one; null for a folder that was never delivered to. Nothing is written."""
    return _known(ledger).get(_digest(home, out))


def _known(ledger: Ledger) -> dict[str, str]:
    """By digest. They are about no document: with that said, the ledger's other events are not read."""
    rows = ledger.query(
        "select endpoint, detail from event where kind = ? and delivery_key is null order by seq desc",
        (_PLACE,),
    )
    return {json.loads(row["detail"])["sha256"]: row["endpoint"] for row in rows}


def _digest(home: Path, out: Path) -> str:
    return hashlib.sha256(os.path.relpath(out, home).encode()).hexdigest()


@dataclass
class Record:
    """The ledger's side of one run."""

    ledger: Ledger
    run_id: str
    endpoint: str = ""
    gate_run_id: str = ""
    """The run whose gates the documents passed: this one, or the one that published what goes out again."""

    def described(self, **columns: Any) -> None:
        """What the run works on: checksums of the input, of the code, of what dbt compiled."""
        self.ledger.describe_run(self.run_id, **columns)

    def knows(self, run: "Run") -> None:
        """The identifiers of the load are known now: none of them gets into the ledger."""
        self.ledger.scrub = redactor(run.settings, run.identifiers)

    def describe(self, **columns: Any) -> None:
        """Add to the run's own record."""
        self.ledger.describe_run(self.run_id, **columns)

    def gates(self, results: Sequence[Mapping[str, Any]]) -> None:
        """Keep what the gates found, whether it blocks or not."""
        self.ledger.record_gates(self.run_id, results)

    def passed(self) -> None:
        """No gate blocks: from here on there may be deliveries of this run."""
        self.ledger.pass_gates(self.run_id)
        self.gate_run_id = self.run_id

    def passed_before(self, run_id: str) -> None:
        """The documents are those of an earlier run, which passed its gates."""
        passed(self.ledger, run_id, "the marts that this run published are current")
        self.gate_run_id = run_id

    def is_of_code(self, run: "Run", target: str) -> bool:
        """Whether what a target holds was made by this very code: by its last whole run, and all since."""
        rows = self.ledger.query(
            "select r.code_checksum, r.detail from artifact as a join run as r on r.run_id = a.run_id"
            " where a.kind = 'release' and a.target = ? and a.endpoint = ? order by a.created_at desc",
            (target, self.endpoint),
        )
        for row in rows:
            if row["code_checksum"] is None or row["code_checksum"] != run.built_from.get("code"):
                return False
            if "clients" not in json.loads(row["detail"]):
                return True
        return False

    def planned(self, run: "Run") -> None:
        """The documents that differ from what was confirmed last become pending."""
        for name, plan in run.plans.items():
            checksums = {row.delivery_key: row.checksum for row in run.rows[name]}
            due = [
                Move(entry.delivery_key, entry.client_ref, document_checksum=checksums[entry.delivery_key])
                for entry in plan.documents
                if entry.action in ("insert", "update")
            ]
            self._move(name, "pending", due)

    def rendered(self, run: "Run") -> None:
        """What was read back equal is rendered; what was refused is rejected, with the field."""
        with self.ledger.transaction():
            for name, entries in run.entries.items():
                written = [moved(entry) for entry in _new(entries)]
                if name not in run.plans:
                    self._move(name, "pending", written)
                self._move(name, "rendered", written)
                done = {entry.delivery_key for entry in entries}
                refused = [item for item in run.refused.get(name, ()) if item.row.delivery_key not in done]
                self._move(
                    name,
                    "rejected",
                    [
                        Move(item.row.delivery_key, item.row.client_ref, code=item.code, message=item.message)
                        for item in refused
                    ],
                )

    def published(self, run: "Run") -> None:
        """Record the marts that are about to be current, while nobody sees them yet."""
        if run.published:
            path = run.published.path
            self.ledger.artifact(
                self.run_id,
                "",
                self.endpoint,
                "published",
                f"published/{path.name}",
                sha256_of_file(path),
                path.stat().st_size,
            )

    def staged(self, name: str, entries: Iterable[Entry]) -> None:
        """Files that are about no client, written and read back."""
        written = [moved(entry) for entry in _new(entries)]
        self._move(name, "pending", written)
        self._move(name, "rendered", written)

    def intent(self, run: "Run", targets: Sequence[str]) -> None:
        """Commit what is about to be switched: which release, in whose place, and which documents."""
        with self.ledger.transaction():
            for name in targets:
                content = (run.staging / name / MANIFEST).read_bytes()
                self.place(run, name).intend("delivery", self.run_id, content, self.gate_run_id)
                moves = [
                    moved(entry, self.run_id) for entry in _new(read_manifest(run.staging / name).documents)
                ]
                self._move(name, "promoting", moves)

    def confirmed(self, run: "Run", targets: Sequence[str]) -> None:
        """Record what the receivers hold now, what they no longer hold, and who waits for what."""
        with self.ledger.transaction():
            for name in targets:
                manifest = read_manifest(run.releases[name])
                self._move(
                    name, "confirmed", [moved(entry, self.run_id) for entry in _new(manifest.documents)]
                )
                if name in run.plans:
                    self._gone(name, run.plans[name].documents)
                    self._refused(run, name, manifest)
                else:
                    self._left_out(name, manifest)
                # last: whoever is killed before finds the intent open, and brings every row to what is there
                self.place(run, name).settle(self.run_id, "delivered")
            for name, plan in run.plans.items():
                same = [
                    Move(entry.delivery_key, entry.client_ref)
                    for entry in plan.documents
                    if entry.action == "unchanged"
                ]
                self._move(name, "unchanged", self._standing(name, same))
            self._waiting(run)

    def ended(self, run: "Run", outcome: "Outcome") -> None:
        """Record how the run ended; a delivery that failed is due again, or needs somebody."""
        from harness.report import exit_status

        error = outcome.error
        if error:
            for name in run.request.targets:
                self._failed(run, name, error)
        with self.ledger.transaction():
            for name in run.request.targets:
                ended = "succeeded"
                if error:
                    ended = "blocked" if error.exit_status == 4 else "failed"
                elif any(not client.goes_to(name) for client in run.clients):
                    ended = "partial"
                code = error.code if error else None
                self.ledger.target_ended(self.run_id, name, self.endpoint, ended, code)
            self.ledger.end_run(
                self.run_id,
                status=outcome.status,
                exit_status=exit_status(outcome),
                seconds=outcome.seconds,
                counts=outcome.counts,
                error=error,
            )

    def _failed(self, run: "Run", name: str, error: PlanwiseError) -> None:
        if error.exit_status == 5:
            keys = [
                found.delivery_key
                for found in self.ledger.deliveries(name, self.endpoint, states=OPEN)
                if found.run_id == self.run_id
            ]
            if keys:
                self.ledger.fail(self.run_id, name, keys, error, endpoint=self.endpoint)
        self._left_half_way(run, name)

    def _left_half_way(self, run: "Run", target: str) -> None:
        """Settle now what a delivery began that failed; the rest is the next start's."""
        from harness.reconcile import INTENT, SETTLED, reconciled

        place = self.place(run, target)
        last = place.last(INTENT, SETTLED)
        if last and last["event"] == INTENT and last["release"] == self.run_id:
            with suppress(PlanwiseError, OSError):
                reconciled(place)

    def place(self, run: "Run", target: str) -> "Place":
        """One target in the out folder."""
        from harness.reconcile import Place

        return Place(self.ledger, self.run_id, target, self.endpoint, run.settings.target(target))

    def _left_out(self, name: str, manifest: Manifest) -> None:
        kept = {entry.delivery_key for entry in manifest.documents}
        gone = [
            Move(row.delivery_key, row.client_ref, code="withdrawn", withdrawn=True)
            for row in self.ledger.deliveries(name, self.endpoint)
            if row.confirmed_checksum and row.delivery_key not in kept
        ]
        self._move(name, "superseded", gone)

    def _gone(self, name: str, documents: Iterable[Any]) -> None:
        states = {"held": "held", "rejected": "rejected"}
        by_state: dict[str, list[Move]] = {}
        for entry in documents:
            if entry.action in ("withdraw", "delete"):
                state = states.get(entry.cause, "superseded")
                code = f"withdrawn_{entry.cause}"
                move = Move(entry.delivery_key, entry.client_ref, code=code, withdrawn=True)
                by_state.setdefault(state, []).append(move)
        for state, moves in by_state.items():
            self._move(name, state, moves)

    def _refused(self, run: "Run", name: str, manifest: Manifest) -> None:
        """What was refused is out of the release: the receiver holds nothing of it any more."""
        kept = {entry.delivery_key for entry in manifest.documents}
        held = {
            row.delivery_key
            for row in self.ledger.deliveries(name, self.endpoint, states=("rejected",))
            if row.confirmed_checksum and row.delivery_key not in kept
        }
        moves = [
            Move(row.delivery_key, row.client_ref, code=item.code, message=item.message, withdrawn=True)
            for item in run.refused.get(name, ())
            if (row := item.row).delivery_key in held
        ]
        self._move(name, "rejected", moves)

    def _standing(self, name: str, moves: list[Move]) -> list[Move]:
        confirmed = {
            row.delivery_key
            for row in self.ledger.deliveries(name, self.endpoint, states=("confirmed", "rolled_back"))
        }
        return [move for move in moves if move.delivery_key in confirmed]

    def _waiting(self, run: "Run") -> None:
        """Who is held or rejected has a row that says why, for each target that waits for it."""
        sentences = {str(result["rule"]): str(result["sentence"]) for result in run.results}
        first: dict[tuple[str, str], dict[str, Any]] = {}
        for row in status_rows(run.clients, run.scanner, sentences):
            first.setdefault((row["client_ref"], row["target"] or ""), row)
        for name in run.targets:
            by_state: dict[str, list[Move]] = {"held": [], "rejected": []}
            for client in run.clients:
                if client.client_ref is None or client.goes_to(name):
                    continue
                why = first.get((client.client_ref, name)) or first.get((client.client_ref, "")) or {}
                is_refused = client.status == "rejected" or client.client_ref in run.refused_for(name)
                state = "rejected" if is_refused else "held"
                key = TARGETS[name].key(client.client_ref)
                by_state[state].append(
                    Move(key, client.client_ref, code=why.get("code"), message=why.get("message"))
                )
            for state, moves in by_state.items():
                self._move(name, state, moves)

    def _move(self, name: str, state: str, moves: Sequence[Move]) -> None:
        if moves:
            self.ledger.move(
                self.run_id, name, state, moves, endpoint=self.endpoint, gate_run_id=self.gate_run_id
            )


def passed(ledger: Ledger, run_id: str, because: str) -> None:
    """Vouch for the gates of a run that this ledger has not seen: what it made could not be there without."""
    if ledger.query("select 1 from gate_pass where run_id = ?", (run_id,)):
        return
    if not ledger.query("select 1 from run where run_id = ?", (run_id,)):
        ledger.begin_run(run_id, "adopted", who=who(), why=because)
        ledger.end_run(run_id, status="succeeded", exit_status=0)
    ledger.record_gates(run_id, [{
        "rule": "E03", "checkpoint": "export", "severity": "block", "sentence": because, "rows_checked": 1,
        "rows_failing": 0, "passed": True, "name": "adopted", "relation": "MANIFEST.json", "exception": None,
        "findings": [],
    }])  # fmt: skip
    ledger.pass_gates(run_id)


def _new(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if not entry.carried_over]


def moved(entry: Entry, release: str | None = None) -> Move:
    """What a delivery of this document becomes."""
    return Move(
        entry.delivery_key, entry.client_ref, entry.document_checksum, entry.sha256, entry.bytes, release
    )
