"""Rule E02 for the published marts: no internal identifier in any value that a dashboard can read."""

import re
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import GateError
from harness.identifiers import Found, Scanner, is_amount
from harness.warehouse import identifier, literal, opened, tables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

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


_AMOUNT = r"\s*[0-9][0-9,]*(\.[0-9]+)?[% ]*\s*"
"""Nothing that is_amount() takes for none; it takes more."""
_NO_TEXT = re.compile(
    r"(BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|BIGNUM|VARINT|BIT|FLOAT|DOUBLE|DECIMAL\([0-9]+,[0-9]+\)"
    r"|DATE|INTERVAL|TIME(STAMP)?(_S|_MS|_NS)?( WITH TIME ZONE)?)(\[[0-9]*\])*"
)
"""The types that hold no text, and lists of them."""
_AS_IT_IS = re.compile(r"VARCHAR(\[\])*|JSON")
"""Types that Python gives as texts and lists; any other is looked at as DuckDB writes it in JSON."""
_MEMBER = re.compile("'((?:[^']|'')*)'")
_DOCUMENTS = "exp_"
_ABOUT = ("client_ref", "field")
"""Columns that say what a value is about."""
_SUSPECT = '"\\u"'
"""What no sieve lets pass."""
_FEW_ROWS = 2048
_MANY_ROWS = 61440
"""Rows that are read at once: of documents, and of other tables."""
Column = tuple[str, str, str]
"""Table, column and type."""


def scan_published(
    path: Path,
    scanner: Scanner,
    warehouse: Path | None = None,
    connection: "DuckDBPyConnection | None" = None,
) -> None:
    """Look through every column of a published file that can hold a text for internal identifiers (E02).

    All of a table's texts go through the scanner's sieve at once; only a column of which it can't say that
    there is nothing is looked through value by value. Raises GateError for the first one found; with
    `warehouse` it names the source row, too; `connection` is one that has the file open.
    """
    with nullcontext(connection) if connection else opened(path) as connection:
        is_named = bool(scanner.scan(path.name, None))  # and the sieve is made, before two threads ask it
        named = sorted(set(tables(connection)) - set(_OURS))
        kinds: dict[str, dict[str, str]] = {name: {} for name in named}
        for table, column, kind in connection.execute(
            "select table_name, column_name, data_type from duckdb_columns()"
            " where database_name = current_database() and schema_name = 'main' order by column_index"
        ).fetchall():
            if table in kinds:
                kinds[table][column] = kind
        texts = {
            table: [(table, name, kind) for name, kind in columns.items() if _is_text(kind)]
            for table, columns in kinds.items()
        }
        for columns in texts.values():
            for text in columns:
                _scan_members(path.name, scanner, text)
        suspected = texts if is_named else _sieved(connection, scanner, texts)
        for table, columns in suspected.items():
            about = [name for name in _ABOUT if name in kinds[table]]
            for found in columns:
                _scan_column(connection, path.name, scanner, found, about, warehouse)


def _sieved(
    connection: "DuckDBPyConnection", scanner: Scanner, texts: dict[str, list[Column]]
) -> dict[str, list[Column]]:
    """By table, the columns that the sieve doesn't let pass; one table is read while another is sieved."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda columns: _suspected(connection.cursor(), scanner, columns), texts.values())
        return dict(zip(texts, found, strict=True))


def _is_text(kind: str) -> bool:
    # numbers, dates and booleans have no words, and are amounts whatever they are; of all else nobody knows
    return not _NO_TEXT.fullmatch(kind)


def _suspected(connection: "DuckDBPyConnection", scanner: Scanner, columns: list[Column]) -> list[Column]:
    """Columns of a table that the sieve doesn't let pass, in their order."""
    left = list(columns)
    if not left:
        return []
    table = left[0][0]
    has_field = "field" in [name for _, name, _ in columns]
    rows = connection.execute(f"select coalesce(max(rowid) + 1, 0) from {identifier(table)}").fetchall()[0][0]
    step = _FEW_ROWS if table.startswith(_DOCUMENTS) else _MANY_ROWS
    distinct = "distinct " if rows > _FEW_ROWS and step > _FEW_ROWS else ""
    suspected: list[Column] = []
    for start in range(0, rows, step):
        if not left:
            break
        where = f" where rowid between {start} and {start + step - 1}" if rows > step else ""
        found = connection.execute(
            f"select {', '.join(_as_json(column, distinct, has_field) for column in left)}"
            f" from {identifier(table)}{where}"
        ).fetchall()[0]
        texts = [text.encode() if text else b"" for text in found]
        if scanner.may_hold(b",".join(texts)):
            odd = [column for column, text in zip(left, texts, strict=True) if scanner.may_hold(text)]
            suspected += odd
            left = [column for column in left if column not in odd]
    return [column for column in columns if column in suspected]


def _as_json(column: Column, distinct: str, has_field: bool) -> str:
    """All values of a column as JSON text, with commas between; what is an amount may be left out."""
    table, name, kind = column
    value = identifier(name)
    if has_field and name in _CELLS.get(table, ()):
        text = f"array_to_string({value}, ' ')" if kind.endswith("[]") else value
        names = ", ".join(map(literal, _NAMES))
        value = (
            f"case when not coalesce(field not in ({names}) and (field = 'employee_count'"
            f" or regexp_full_match({text}, {literal(_AMOUNT)})), false) then {value} end"
        )
    if kind == "JSON":
        return f"string_agg({distinct}cast({value} as varchar), ',')"
    if "BLOB" in kind:  # only ASCII is written as it is: looked through value by value
        return f"case when count({value}) > 0 then {literal(_SUSPECT)} end"
    return f"to_json(list({distinct}{value}))"


def _scan_members(file: str, scanner: Scanner, column: Column) -> None:
    """The file holds the members of an enumeration, too, that no row has."""
    table, name, kind = column
    members = [text.replace("''", "'") for text in _MEMBER.findall(kind)] if "ENUM(" in kind else []
    hits = scanner.scan(file, members) if members else []
    if hits:
        raise _outgoing(f"{table}.{name}", hits[0].value, hits[0], {}, None)


def _scan_column(
    connection: "DuckDBPyConnection",
    file: str,
    scanner: Scanner,
    column: Column,
    about: list[str],
    warehouse: Path | None,
) -> None:
    """Look at each value of a column by itself."""
    table, name, kind = column
    json = "null" if _AS_IT_IS.fullmatch(kind) else f"cast(to_json({identifier(name)}) as varchar)"
    selected = ", ".join([identifier(name), json, *map(identifier, about)])
    found = connection.execute(
        f"select distinct {selected} from {identifier(table)} where {identifier(name)} is not null"
    )
    while rows := found.fetchmany(_MANY_ROWS):
        for value, text, *where in rows:
            place = dict(zip(about, where, strict=True))
            if _is_amount(table, name, place.get("field"), value):
                continue
            hits = scanner.scan(file, _decoded(value, kind, text))
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


def _decoded(value: Any, kind: str, text: str | None) -> Any:
    import orjson

    if text is not None:
        decoded = orjson.loads(text)
        return [decoded, _bytes_read(value)] if "BLOB" in kind else decoded
    return orjson.loads(value) if kind == "JSON" else value


def _bytes_read(value: Any) -> Any:
    """The texts in bytes: a receiver would read them as UTF-8."""
    if isinstance(value, dict):
        return [[_bytes_read(key), _bytes_read(inner)] for key, inner in value.items()]
    if isinstance(value, list | tuple):
        return [*map(_bytes_read, value)]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else None
