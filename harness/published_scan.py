"""Rule E02 for the published marts: no internal identifier in any value that a dashboard can read."""

from pathlib import Path
from typing import Any

from harness.errors import GateError
from harness.identifiers import Found, Scanner, is_amount
from harness.warehouse import identifier, literal, opened, tables

_NAMES = ("client_name", "plan_name", "plan_type", "state", "data_source", "notes")
"""Fields in which a bare number is no amount."""
_CELLS = {
    "fct_field_status": ("raw", "value", "leftover_tokens"),
    "fct_design_change": ("old_raw", "new_raw", "old_value", "new_value"),
    "fct_source_audit": ("old_value", "new_value"),
}
"""Columns by table that hold a cell of the matrix or what was read from it."""

_OURS = ("dim_date", "dim_mart", "dim_mart_column", "dim_mart_key")
"""Tables without a word of the source: a client whose id is a word of a description stops nothing."""


def scan_published(path: Path, scanner: Scanner, warehouse: Path | None = None) -> None:
    """Look through every text, list and JSON column of a published file for internal identifiers (E02).

    Raises GateError for the first one found; with `warehouse` it names the source row, too.
    """
    with opened(path) as connection:
        for name in sorted(set(tables(connection)) - set(_OURS)):
            columns = dict(
                connection.execute(
                    f"select column_name, data_type from duckdb_columns() where table_name = {literal(name)}"
                ).fetchall()
            )
            about = [column for column in ("client_ref", "field") if column in columns]
            for column, kind in columns.items():
                if "VARCHAR" in kind or "JSON" in kind:
                    selected = ", ".join(map(identifier, [column, *about]))
                    found = connection.execute(
                        f"select distinct {selected} from {identifier(name)}"
                    ).fetchall()
                    rows = [
                        (value, dict(zip(about, where, strict=True)))
                        for value, *where in found
                        if value is not None
                    ]
                    _scan_column(path.name, scanner, (name, column, kind), rows, warehouse)


def _scan_column(
    file: str,
    scanner: Scanner,
    column: tuple[str, str, str],
    rows: list[tuple[Any, dict[str, str]]],
    warehouse: Path | None,
) -> None:
    """All values of one (table, column, type) at once, and one by one only where something was found."""
    table, name, kind = column
    texts = [
        (value, place) for value, place in rows if not _is_amount(table, name, place.get("field"), value)
    ]
    different = {str(value): value for value, _ in texts}
    if scanner.scan(file, [_decoded(value, kind) for value in different.values()]):
        for value, place in texts:
            hits = scanner.scan(file, _decoded(value, kind))
            if hits:
                raise _outgoing(f"{table}.{name}", str(value), hits[0], place, warehouse)


def _is_amount(table: str, column: str, field: str | None, value: Any) -> bool:
    """A head count, a rate or a year is an amount, even as the text that was read."""
    if column not in _CELLS.get(table, ()) or field in _NAMES:
        return False
    # tokens are pieces of a text, and no field by themselves
    text = " ".join(value) if isinstance(value, list) else str(value)
    return field == "employee_count" or is_amount(text)


def _outgoing(
    column: str, value: str, hit: Found, place: dict[str, str], warehouse: Path | None
) -> GateError:
    of = ""
    if warehouse and place.get("client_ref"):
        with opened(warehouse) as connection:
            rows = connection.execute(
                "select client_id, file, sheet, row_number from int_clients"
                f" where client_ref = {literal(place['client_ref'])}"
            ).fetchall()
        for client_id, file, sheet, row in rows:
            sheet = f", sheet {sheet}" if sheet else ""
            of = f" of client {client_id} ({file}{sheet}, row {row})"
    field = f"{place['field']} " if place.get("field") else ""
    return GateError(
        "blocked_e02",
        f"E02: the published {column} would hold the {hit.kind} {hit.value!r}: {field}{value[:200]!r}{of}",
        "no internal identifier may leave: take it out of that text in the source, and run again",
    )


def _decoded(value: Any, kind: str) -> Any:
    import orjson

    return orjson.loads(value) if kind == "JSON" else value
