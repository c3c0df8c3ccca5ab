"""Tables that the published marts get from the run: who goes out, which rules were checked, what was sent."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.identifiers import Scanner
from harness.ledger.marts import FCT_SYNC_OPERATION
from harness.outcome import Client
from harness.warehouse import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ADDED = {
    "fct_client_status": (
        "One row per client and reason, or one without a reason: who is exported, and who is not and why.",
        {
            "client_ref": ("varchar not null", "Opaque, lasting reference of the client; key of dim_client."),
            "reason_number": (
                "integer not null",
                "Number of the reason within the client, from 1; 1, too, where there is none.",
            ),
            "status": (
                "varchar not null",
                "exported, exportable (passed, but not asked for), held or rejected.",
            ),
            "rule": (
                "varchar",
                "Rule of the quality contract that holds the client; null where nothing does.",
            ),
            "field": ("varchar", "Field that the rule found fault with."),
            "code": ("varchar", "Reason code."),
            "message": ("varchar", "The reason, for a person."),
            "target": ("varchar", "The one target that the reason is about; null where it holds for all."),
        },
    ),
    "fct_quality_result": (
        "One row per run and check of a rule, of every run of this home, blocked ones included.",
        {
            "run_id": ("varchar not null", "The run; its report tells more. Sorts by time."),
            "checked_at": ("timestamp not null", "When the check was made, UTC."),
            "checkpoint": ("varchar not null", "source, marts or export."),
            "rule": ("varchar not null", "Rule of the quality contract."),
            "expectation": ("varchar not null", "The check's own name; a rule may have several."),
            "severity": ("varchar not null", "block, hold or warn."),
            "sentence": ("varchar not null", "The check in words."),
            "rows_checked": ("bigint", "Rows that the check looked at."),
            "rows_failing": ("bigint", "Rows that failed it."),
            "is_passed": ("boolean not null", "Whether no row failed."),
            "sample": (
                "varchar",
                "Up to three failing rows as JSON: client_ref, field, code, message; null without any.",
            ),
            "is_latest": ("boolean not null", "Whether the run that published this file made the check."),
        },
    ),
    "fct_sync_operation": FCT_SYNC_OPERATION,
}


def status_rows(
    clients: Iterable[Client], scanner: Scanner, sentences: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Rows of fct_client_status; no message in them names an internal identifier."""
    rows = []
    for client in clients:
        for number, reason in enumerate(sorted(client.reasons, key=_order) or [{}], 1):
            message = reason.get("message")
            if message and scanner.in_text(message):
                # a gate may name the source row or the client's own id: that stays in the report
                message = sentences.get(reason["rule"], "see the run report")
            rows.append(
                {
                    "client_ref": client.client_ref,
                    "reason_number": number,
                    "status": client.status,
                    "rule": reason.get("rule"),
                    "field": reason.get("field"),
                    "code": reason.get("code"),
                    "message": message,
                    "target": reason.get("target"),
                }
            )
    return rows


def _order(reason: Mapping[str, Any]) -> tuple[str, ...]:
    """The same reasons have the same numbers, in whatever order the gates were done."""
    return tuple(str(reason.get(part) or "") for part in ("rule", "field", "code", "message"))


def add_table(
    connection: "DuckDBPyConnection", name: str, rows: Sequence[Mapping[str, Any]], scratch: Path
) -> None:
    """Create and fill one of them in the attached database `published`; `scratch` is a file name to use
    up.
    """
    about, columns = _ADDED[name]
    definition = ", ".join(f"{column} {kind}" for column, (kind, _) in columns.items())
    connection.execute(f"create table published.main.{name} ({definition})")
    if rows:
        scratch.write_text("".join(json.dumps(dict(row)) + "\n" for row in rows), encoding="utf-8")
        types = ", ".join(f"{column}: {literal(kind.split()[0])}" for column, (kind, _) in columns.items())
        connection.execute(
            f"insert into published.main.{name} select {', '.join(columns)}"
            f" from read_json({literal(scratch)}, format = 'newline_delimited', columns = {{{types}}})"
        )
        scratch.unlink()
    connection.execute(f"comment on table published.main.{name} is {literal(about)}")
    for column, (_, text) in columns.items():
        connection.execute(f"comment on column published.main.{name}.{column} is {literal(text)}")
