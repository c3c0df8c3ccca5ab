"""The first half of a lineage: from a field back to file, sheet, row, column, text and who decided."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

from harness.config import Settings
from harness.errors import SourceError
from harness.queries import Answer, ask
from harness.warehouse import opened, tables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Found = tuple[Answer, list[Answer], list[Answer]]


def source_of(settings: Settings, client_ref: str, name: str | None) -> Found:
    """Where a client stands in the source, its fields, and its design's history.

    From the warehouse of the last build; where that is gone or does not know the client, from the published
    marts, which tell of no file. Raises SourceError (exit 2) for an unknown field.
    """
    if settings.warehouse.exists():
        with opened(settings.warehouse) as connection:
            found = _built(connection, client_ref)
        if found:
            return found[0], _chosen(found[1], name), _only(found[2], name)
    if settings.current.exists():
        with opened(settings.current) as connection:
            fields = _published(connection, client_ref)
            history = _history(connection, client_ref)
        told = "the last build does not know this client (it has left the source, or the warehouse is gone)"
        return {"file": None, "what": told}, _chosen(fields, name), _only(history, name)
    raise SourceError("nothing_built", "nothing was built in this home yet", "planwise-export run SOURCE")


def _built(connection: "DuckDBPyConnection", client_ref: str) -> Found | None:
    present = tables(connection)
    if "int_source_rows" not in present:
        return None
    rows = ask(connection, "lineage_source", client_ref=client_ref)
    if not rows:
        return None
    fields = ask(connection, "lineage_fields", client_ref=client_ref)
    for one in fields:
        # a column of the matrix has the field's name; what its heading was is in the load's own notes
        one["column"] = one["field"]
    return rows[0], fields, _history(connection, client_ref)


def _published(connection: "DuckDBPyConnection", client_ref: str) -> list[Answer]:
    rows = ask(connection, "lineage_published", client_ref=client_ref)
    return [row | {"column": row["field"], "resolution": None} for row in rows]


def _history(connection: "DuckDBPyConnection", client_ref: str) -> list[Answer]:
    if "fct_design_change" not in tables(connection):
        return []
    return ask(connection, "lineage_history", client_ref=client_ref)


def _chosen(fields: list[Answer], name: str | None) -> list[Answer]:
    if name is None:
        return fields
    names = [row["field"] for row in fields]
    if name not in names:
        near = ", ".join(get_close_matches(name, names, n=3, cutoff=0.4) or names)
        raise SourceError("unknown_field", f"there is no field {name!r}", f"nearest: {near}")
    return [row for row in fields if row["field"] == name]


def _only(history: list[Answer], name: str | None) -> list[Answer]:
    return [row for row in history if name is None or row["field"] in (name, None)]
