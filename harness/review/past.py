"""Decisions as history: every one that was recorded, and where it stands now."""

from dataclasses import dataclass

from harness.config import Settings
from harness.queries import client_id_of
from harness.review.store import Recorded, history, ids_by_ref
from harness.review.taking import judged
from harness.warehouse import opened


@dataclass(frozen=True)
class Past:
    """A decision and its standing: superseded, applied, stale, refused, or waiting for the next run."""

    decision: Recorded
    status: str
    why: str | None


def past(settings: Settings, client: str | None = None) -> list[Past]:
    """List the decisions of all clients, or of one by its id or reference, oldest first."""
    if client is not None:
        by_ref = ids_by_ref(settings.state)
        decided = {entry.client_id for entry in history(settings.state)}
        client = client_id_of(client, sorted({*by_ref.values(), *decided}), by_ref, settings.state.name)
    standing: dict[str, tuple[str, str | None]] = {}
    if settings.warehouse.exists():
        with opened(settings.warehouse) as connection:
            standing = {name: (status, why) for status, why, name in judged(connection).values()}
    return [
        Past(entry, "superseded", f"by {entry.superseded_by} at {entry.superseded_at}")
        if entry.superseded_at
        else Past(entry, *standing.get(entry.resolution_id, ("waiting", "for the next run with this client")))
        for entry in history(settings.state, client)
    ]
