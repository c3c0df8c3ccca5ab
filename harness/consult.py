"""What a consultant asks of one client: place among peers, gaps, what is recommended, what is missing.

Read from published marts only. Every figure is a mart's, and is written by SQL (harness/sql/consult_*.sql).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.config import Settings
from harness.errors import SourceError
from harness.queries import Answer, ask, known_or_refused
from harness.warehouse import opened, sql, tables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Consultation:
    """The answers of harness/sql/consult_*.sql of one client."""

    client: Answer
    """client_ref, name, status with reasons, segment, and the cohort: plans, organisations, widening step."""
    steps: list[Answer]
    features: list[Answer]
    gaps: list[Answer]
    recommendations: list[Answer]
    missing: list[Answer]

    def as_json(self, *parts: str) -> dict[str, Any]:
        """The client and these parts, as JSON values but for decimals and dates."""
        return {"client": self.client} | {part: getattr(self, part) for part in parts}


def consult(settings: Settings, asked: str) -> Consultation:
    """Answer for a client, by its id or reference, as of the last publication.

    SourceError (exit 2): nothing is published, no such client (the nearest are named), marts too old for it.
    """
    ref = reference(settings, [asked])[asked]
    with opened(settings.current) as connection:
        return of_client(connection, ref)


def of_client(connection: "DuckDBPyConnection", client_ref: str) -> Consultation:
    """Answer from a file of marts that is open: the published ones, or a warehouse."""
    connection.execute(sql("figures"))

    def answers(name: str) -> list[Answer]:
        return ask(connection, f"consult_{name}", client_ref=client_ref)

    found = answers("client")
    if not found:
        raise SourceError("unknown_client", f"the marts have no client {client_ref}", "run it first")
    names = ("steps", "features", "gaps", "recommendations", "missing")
    return Consultation(found[0], *(answers(name) for name in names))


def reference(settings: Settings, asked: list[str], *, refuse: bool = True) -> dict[str, str]:
    """The client_ref of each published client that was asked for, by its id or by itself.

    Unknown ones raise SourceError (exit 2), or with `refuse=False` are left out.
    """
    if not settings.current.exists():
        raise SourceError(
            "nothing_published",
            f"nothing was published in {settings.home} yet",
            "run `planwise-export run SOURCE` first, or name its folder with --home",
        )
    with opened(settings.current) as connection:
        known = {row["client_ref"]: row["client_ref"] for row in ask(connection, "consult_clients")}
    if settings.state.exists():
        with opened(settings.state) as connection:
            if "client_ref" in tables(connection):
                pairs = connection.execute("select client_id, client_ref from client_ref").fetchall()
                known |= {client_id: ref for client_id, ref in pairs if ref in known}
    if refuse:
        known_or_refused(tuple(asked), list(known), settings.current.name)
    return {name: known[name] for name in asked if name in known}
