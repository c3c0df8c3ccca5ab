"""From a delivered value back to the cell that it came from: text, decision, models, run, checksums, events.

What the operator sees here may name clients; nothing of it is published.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exporters import TARGETS
from harness.config import Settings
from harness.errors import PlanwiseError, SourceError
from harness.ledger import Delivery, Ledger
from harness.lineage_models import models_of
from harness.lineage_source import source_of
from harness.manifest import MANIFEST, read_manifest
from harness.queries import Answer, client_id_of
from harness.recorded import known_endpoint
from harness.warehouse import opened


@dataclass
class Lineage:
    """One client, and each document that was delivered of it."""

    client_ref: str
    client_id: str | None
    source: Answer
    """File, sheet and row, and what a person needs to find them: load, checksum, when."""
    fields: list[Answer]
    """Column, raw text, reading, decision, value and status of each field (or the one that was asked for)."""
    history: list[Answer]
    documents: list[Answer] = field(default_factory=list)

    def as_json(self) -> Answer:
        """The lineage as JSON values but for decimals and times."""
        return {
            "client_ref": self.client_ref,
            "client_id": self.client_id,
            "source": self.source,
            "fields": self.fields,
            "history": self.history,
            "documents": self.documents,
        }


def lineage(settings: Settings, ledger: Ledger, asked: str, name: str | None = None) -> Lineage:
    """Trace a client (client_id or reference), a delivery key, or a delivered file; one field, or all.

    Raises SourceError (exit 2) for what is none of these, and for an unknown field; the nearest are named.
    """
    endpoint = known_endpoint(ledger, settings.home, settings.out)
    target, key, ref, client_id = _meant(settings, ledger, asked)
    source, fields, history = source_of(settings, ref, name)
    found = Lineage(ref, client_id, source, fields, history)
    for row in ledger.deliveries(target=target, endpoint=endpoint or "", client_ref=ref):
        if key is None or row.delivery_key == key:
            found.documents.append(_document(settings, ledger, row, fields, name))
    return found


def _meant(settings: Settings, ledger: Ledger, asked: str) -> tuple[str | None, str | None, str, str | None]:
    """Target, delivery key, reference and client_id; the first two null where a client was meant."""
    with opened(settings.state) as connection:
        by_ref = dict(connection.execute("select client_ref, client_id from client_ref").fetchall())
    path = Path(asked)
    if path.is_file():
        target, key, ref = _of_file(settings, path)
        return target, key, ref, by_ref.get(ref)
    rows = ledger.query("select distinct client_ref from delivery where delivery_key = ?", (asked,))
    if rows and asked not in by_ref:
        ref = str(rows[0]["client_ref"])
        return None, asked, ref, by_ref.get(ref)
    client_id = client_id_of(asked, by_ref.values(), by_ref, "the state, nor a delivery or file of that name")
    return None, None, next(ref for ref, known in by_ref.items() if known == client_id), client_id


def _of_file(settings: Settings, path: Path) -> tuple[str, str, str]:
    found = path.resolve()
    for folder in found.parents:
        if (folder / MANIFEST).is_file() and folder.parent.name == "releases":
            name = found.relative_to(folder).as_posix()
            for entry in read_manifest(folder).documents:
                if entry.path == name and entry.client_ref:
                    return folder.parent.parent.name, entry.delivery_key, entry.client_ref
    raise SourceError(
        "no_document",
        f"{path} is no delivered document of one client: no manifest of a release names it",
        f"give a file below {settings.out}/<target>/current, a delivery key, or a client",
    )


def _document(
    settings: Settings, ledger: Ledger, row: Delivery, fields: list[Answer], name: str | None
) -> Answer:
    """A delivered document: where it lies, its checksums, the run that made it, the events that tell so."""
    release = settings.target(row.target) / "releases" / (row.confirmed_release or row.release or "none")
    if row.confirmed_checksum and (current := settings.target(row.target) / "current").exists():
        release = current.resolve()  # carried over from the release that it was confirmed in
    written = _written(row, release, fields if name else [])
    events = ledger.events(target=row.target, endpoint=row.endpoint, delivery_key=row.delivery_key)
    settled = ledger.query(
        "select path, sha256 from artifact"
        " where kind = 'release' and target = ? and endpoint = ? and run_id = ?",
        (row.target, row.endpoint, release.name),
    )
    target = TARGETS.get(row.target)
    return {
        "target": row.target,
        "delivery_key": row.delivery_key,
        "state": row.state,
        "why": row.message or row.code,
        "release": release.name,
        "confirmed_in": row.confirmed_release,
        "document_checksum": row.confirmed_checksum,
        "sha256": row.confirmed_sha256,
        "bytes": row.confirmed_bytes,
        "confirmed_at": row.confirmed_at,
        "manifest_sha256": settled[0]["sha256"] if settled else None,
        "file": written,
        "gate_run": row.gate_run_id,
        "run": _run(ledger, row.confirmed_run_id or row.run_id),
        "events": [
            {"seq": event.seq, "kind": event.kind, "at": event.at, "run_id": event.run_id, "hash": event.hash}
            for event in events
        ],
        "models": models_of(settings, target.table, name) if target else [],
    }


def _written(row: Delivery, release: Path, fields: list[Answer]) -> Answer:
    """What lies there now, compared with what was recorded."""
    if not (release / MANIFEST).is_file() or row.confirmed_checksum is None:
        return {"path": None, "is_as_recorded": False, "what": "is not there (withdrawn, held, or swept)"}
    try:
        manifest = read_manifest(release)
        entry = next((one for one in manifest.documents if one.delivery_key == row.delivery_key), None)
    except PlanwiseError as error:
        return {"path": None, "is_as_recorded": False, "what": error.message}
    if entry is None or not (release / entry.path).is_file():
        return {"path": None, "is_as_recorded": False, "what": f"is not in release {release.name}"}
    content = (release / entry.path).read_bytes()
    same = hashlib.sha256(content).hexdigest() == row.confirmed_sha256 == entry.sha256
    return {
        "path": str(release / entry.path),
        "is_as_recorded": same,
        "what": "is what was recorded" if same else "is NOT what was recorded: `planwise-export verify`",
        "written_by": _stamp(row.target, content).get("run_id"),
        "generated_at": _stamp(row.target, content).get("generated_at"),
        "carried_over": entry.carried_over,
        "renderer": entry.renderer,
        "found_at": sorted({path for one in fields for path in _places(row.target, content, one)}),
    }


def _stamp(name: str, content: bytes) -> Any:
    target = TARGETS.get(name)
    try:
        return target.block(target.read(content)) if target else {}
    except (ValueError, KeyError):
        return {}


def _places(name: str, content: bytes, told: Answer) -> list[str]:
    """Keys of the document that are named like the field, or hold its very text."""
    target, texts = TARGETS.get(name), {told["raw"], told.get("text_read")} - {None, ""}
    found: list[str] = []

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                here = f"{path}.{key}" if path else str(key)
                is_text = key == "formula_text" and inner in texts
                if key == told["field"]:
                    found.append(here)
                elif is_text:
                    found.append(path or here)
                walk(inner, here)
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                walk(inner, f"{path}[{number}]")

    try:
        walk(target.read(content) if target else {}, "")
    except ValueError:
        return []
    return found


def _run(ledger: Ledger, run_id: str) -> Answer:
    rows = ledger.query(
        "select run_id, command, who, why, status, code_checksum, input_checksum, manifest_checksum,"
        " versions, started_at from run where run_id = ?",
        (run_id,),
    )
    if not rows:
        return {"run_id": run_id}
    passed = ledger.query(
        "select passed_at, (select count(*) from gate_result as g where g.run_id = p.run_id) as gates"
        " from gate_pass as p where run_id = ?",
        (run_id,),
    )
    return rows[0] | {
        "versions": json.loads(rows[0]["versions"]),
        "gates": dict(passed[0]) if passed else None,
    }
