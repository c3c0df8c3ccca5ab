"""What happened in the source since the last published load: by content, client by client and field by field.

The texts of that load are kept in the state (`published_load`), so that they outlive a rebuilt warehouse.
They move only when a run has delivered: a run that was blocked moves nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.backups import back_up
from harness.config import PUBLISHED_LOAD
from harness.warehouse import literal, sql, writing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_AT_ONCE = 10_000
"""References in one statement: one with all of a large book takes minutes to be planned."""
_KINDS = ("inserted", "changed", "deleted", "unchanged", "rejected")


@dataclass(frozen=True, slots=True)
class Change:
    """One client, and what happened to its texts: inserted, changed, deleted, unchanged, rejected (no id)."""

    client_ref: str
    client_id: str | None
    change: str
    fields: tuple[dict[str, Any], ...]
    """{field, before, after} of each that differs; empty but for a change."""


@dataclass(frozen=True)
class Changes:
    """All clients of the source and of the load that it is compared with."""

    clients: tuple[Change, ...]
    compared_with: str | None
    """The newest run whose texts these are; null where nothing was published yet."""

    @property
    def by_ref(self) -> dict[str, str]:
        """What happened to each client."""
        return {client.client_ref: client.change for client in self.clients}

    @property
    def counts(self) -> dict[str, int]:
        """Clients of each kind."""
        counted = Counter(client.change for client in self.clients)
        return {kind: counted[kind] for kind in _KINDS}

    def only(self, refs: Collection[str | None]) -> "Changes":
        """The part of it that is about these clients."""
        return Changes(tuple(c for c in self.clients if c.client_ref in refs), self.compared_with)

    def as_json(self) -> dict[str, Any]:
        """The report's entry; unchanged clients are only counted."""
        fields = Counter(entry["field"] for client in self.clients for entry in client.fields)
        return {
            "compared_with": self.compared_with,
            "counts": self.counts,
            "fields": dict(sorted(fields.items())),
            "clients": [
                {
                    "client_id": client.client_id,
                    "client_ref": client.client_ref,
                    "change": client.change,
                    "fields": list(client.fields),
                }
                for client in self.clients
                if client.change != "unchanged"
            ],
        }


def source_changes(connection: "DuckDBPyConnection", state: Path) -> Changes:
    """Compare the load that was just built, in the warehouse that is open, with the last published one."""
    connection.execute(f"attach {literal(state)} as state (read_only)")
    newest = None
    if _has_load(connection):
        connection.execute(f"create temp view published as select * from state.{PUBLISHED_LOAD}")
        newest = connection.execute(f"select max(run_id) from state.{PUBLISHED_LOAD}").fetchall()[0][0]
    else:
        connection.execute(
            "create temp table published (client_ref varchar, field varchar, raw varchar, run_id varchar)"
        )
    connection.execute("create temp view known as select client_ref, client_id from state.client_ref")
    found = connection.execute(sql("source_changes")).fetchall()
    return Changes(tuple(Change(ref, id_, kind, tuple(fields)) for ref, id_, kind, fields in found), newest)


def _has_load(connection: "DuckDBPyConnection") -> bool:
    found = connection.execute(
        "select count(*) from duckdb_tables()"
        f" where database_name = 'state' and schema_name = 'main' and table_name = {literal(PUBLISHED_LOAD)}"
    ).fetchall()
    return bool(found[0][0])


def confirm(state: Path, warehouse: Path, changes: Iterable[Change], run_id: str) -> Path | None:
    """Keep the texts that are being published, in one transaction, after a backup of the state; return that.

    Where no client changed nothing is written, and null comes back. A row that was rejected keeps what was
    published of it.
    """
    moved = sorted(c.client_ref for c in changes if c.change in ("inserted", "changed", "deleted"))
    if not moved:
        return None
    backup = back_up(state)
    with writing(state) as connection:
        connection.execute(f"attach {literal(warehouse)} as warehouse (read_only)")
        connection.execute("create temp table confirmed (client_ref varchar)")
        for start in range(0, len(moved), _AT_ONCE):
            listed = ", ".join(map(literal, moved[start : start + _AT_ONCE]))
            connection.execute(f"insert into confirmed select unnest([{listed}])")
        connection.execute(sql("confirm_load").format(run_id=literal(run_id)))
    return backup
