"""Everything about one client in one value: text, reading, design, the engine's view, gates, documents."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from harness.config import Settings
from harness.errors import SourceError
from harness.queries import Answer, ask, client_id_of, last_report
from harness.warehouse import opened

PAY = 60_000
"""The yearly pay, in dollars, of the employee in whose terms the engine's view is told."""


@dataclass(frozen=True)
class Explanation:
    """What harness/sql/explain_*.sql say of one client, and the last run's report."""

    design: Answer
    fields: list[Answer]
    match: list[Answer]
    core: list[Answer]
    run: Answer | None
    """run_id, finished_at, status, warnings, reasons, documents (paths); null when no run told of it."""

    def as_json(self) -> dict[str, Any]:
        """The explanation as JSON values but for decimals."""
        return {
            "client": self.design,
            "fields": self.fields,
            "engine": {"pay": PAY, "match": self.match, "core": self.core},
            "run": self.run,
        }


def explain(settings: Settings, client: str, field: str | None = None) -> Explanation:
    """Explain a client, by its id or reference - all its fields, or one - as of the last build.

    SourceError (exit 2): nothing was built, no such client or field (the nearest are named).
    """
    with opened(settings.warehouse) as connection:
        pairs = ask(connection, "explain_clients")
        by_ref = {row["client_ref"]: row["client_id"] for row in pairs}
        client_id = client_id_of(client, by_ref.values(), by_ref, "the last build")
        ref = next(ref for ref, known in by_ref.items() if known == client_id)
        (design,) = ask(connection, "explain_design", client_ref=ref)
        fields = ask(connection, "explain_fields", client_ref=ref)
        match = ask(connection, "explain_match", client_ref=ref, pay=str(PAY))
        core = ask(connection, "explain_core", client_ref=ref, pay=str(PAY))
    return Explanation(design, _chosen(fields, field), match, core, _run(settings, client_id))


def _chosen(fields: list[Answer], field: str | None) -> list[Answer]:
    if field is None:
        return fields
    names = [row["field"] for row in fields]
    if field not in names:
        near = get_close_matches(field, names, n=3, cutoff=0.4)
        raise SourceError(
            "unknown_field", f"there is no field {field!r}", f"nearest: {', '.join(near or names)}"
        )
    return [row for row in fields if row["field"] == field]


def _run(settings: Settings, client_id: str) -> Answer | None:
    report = last_report(settings, client_id)
    if report is None:
        return None
    (told,) = [client for client in report["clients"] if client["client_id"] == client_id]
    return {
        "run_id": report["run_id"],
        "finished_at": report["finished_at"],
        "status": told["status"],
        "warnings": told["warnings"],
        "reasons": told["reasons"],
        "documents": [f"{report['asked']['out']}/{document}" for document in told["documents"]],
    }
