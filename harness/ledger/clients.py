"""Who a client reference is, for the operator's eyes: the ledger itself knows references only."""

from harness.config import Settings
from harness.ledger.ledger import Ledger
from harness.queries import known_or_refused


def client_ids(settings: Settings) -> dict[str, str]:
    """client_id by client_ref, from the state of the home; empty where there is none."""
    if not settings.state.exists():
        return {}
    from harness.warehouse import opened, tables

    with opened(settings.state) as connection:
        if "client_ref" not in tables(connection):
            return {}
        pairs = connection.execute("select client_ref, client_id from client_ref").fetchall()
    return {str(ref): str(client_id) for ref, client_id in pairs}


def reference(ledger: Ledger, asked: str, ids: dict[str, str]) -> str:
    """The reference of a client that was named by its id or its reference.

    Raises SourceError (exit 2), with the nearest names, for one that nothing was ever recorded of.
    """
    known = {row["client_ref"] for row in ledger.query("select distinct client_ref from delivery")}
    by_id = {client_id: ref for ref, client_id in ids.items() if ref in known}
    known_or_refused((asked,), [*by_id, *(ref for ref in known if ref)], "the ledger")
    return by_id.get(asked, asked)
