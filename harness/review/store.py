"""Decisions in the state database: recorded, superseded, never deleted."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.backups import back_up
from harness.config import iso
from harness.warehouse import literal, opened, writing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Decision:
    """What one reviewer decided about one field of one client."""

    client_id: str
    field: str
    raw: str | None
    """The source's text that it is about; null for a blank."""
    value: str
    reviewer: str
    decided_on: str
    """ISO day."""
    reason: str

    @property
    def about(self) -> tuple[str, str]:
        """Client and field; one decision at most is in force for each."""
        return self.client_id, self.field

    @property
    def told(self) -> str:
        """The decision in words."""
        return f"{self.value!r} by {self.reviewer} on {self.decided_on} ({self.reason})"


@dataclass(frozen=True)
class Recorded(Decision):
    """A decision as the state holds it."""

    resolution_id: str
    recorded_at: str
    origin: str
    superseded_at: str | None
    superseded_by: str | None


def ids_by_ref(state: Path) -> dict[str, str]:
    """Read every client that was ever seen: {client_ref: client_id}."""
    with opened(state) as connection:
        found = connection.execute("select client_ref, client_id from client_ref order by all").fetchall()
    return dict(found)


def history(state: Path, client_id: str | None = None) -> list[Recorded]:
    """Read every decision that was ever recorded, or a client's, oldest first."""
    if not state.exists():
        return []
    chosen = f"where client_id = {literal(client_id)}" if client_id is not None else ""
    with opened(state) as connection:
        found = connection.execute(
            "select client_id, field, raw, value, reviewer, cast(decided_on as varchar), reason,"
            " resolution_id, strftime(timezone('UTC', recorded_at), '%Y-%m-%dT%H:%M:%SZ'), origin,"
            " strftime(timezone('UTC', superseded_at), '%Y-%m-%dT%H:%M:%SZ'), superseded_by"
            f" from resolution {chosen} order by resolution.recorded_at, client_id, field"
        ).fetchall()
    return [Recorded(*row) for row in found]


def record(state: Path, decisions: Iterable[Decision], origin: str, moment: datetime) -> Path | None:
    """Record decisions, all or none, after a backup, whose path is returned; nothing to record, no backup.

    Each supersedes the one in force for its client and field.
    """
    new = list(decisions)
    if not new:
        return None
    backup = back_up(state)
    with writing(state) as connection:
        connection.execute("begin transaction")
        for decision in new:
            _insert(connection, decision, origin, literal(iso(moment)))
        connection.execute("commit")
    return backup


def _insert(connection: "DuckDBPyConnection", decision: Decision, origin: str, now: str) -> None:
    name = literal(f"r_{secrets.token_hex(8)}")
    connection.execute(
        f"update resolution set superseded_at = {now}, superseded_by = {name}"
        f" where client_id = {literal(decision.client_id)} and field = {literal(decision.field)}"
        " and superseded_at is null"
    )
    raw = "null" if decision.raw is None else literal(decision.raw)
    said = (decision.value, decision.reviewer, decision.decided_on, decision.reason)
    connection.execute(
        "insert into resolution (resolution_id, client_id, field, raw, value, reviewer, decided_on, reason,"
        f" recorded_at, origin) values ({name}, {', '.join(map(literal, decision.about))}, {raw},"
        f" {', '.join(map(literal, said))}, {now}, {literal(origin)})"
    )
