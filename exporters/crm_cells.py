"""The cells of a CRM record: what each column says, as the Bulk API 2.0 and a REST client want it.

Salesforce, Bulk API 2.0 Developer Guide, "Prepare CSV Files": empty field values are ignored when records are
updated, and `#N/A` sets a field to null. OWASP, "CSV Injection": a cell that begins with one of = + - @, tab,
CR or LF may be run by a spreadsheet; a leading apostrophe makes it text.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from exporters import Document
from exporters.canonical import plain
from exporters.crm_mapping import NUMBERS, Column, Mapping

LEAVE = ""
CLEAR = "#N/A"
_RUNS = re.compile("'*(?:[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]|#N/A\\Z)")
"""What a spreadsheet would run, or the CRM take for a command, and each of these behind apostrophes: so that
taking one away again is never a guess."""
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_RECORD_CHARACTERS = 400_000


class Stated(NamedTuple):
    """What a record says of one column: set with a value, leave, or clear."""

    action: str
    value: Any = None


_LEFT = {action: Stated(action) for action in ("leave", "clear")}


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run; every other text stays as it is."""
    return "'" + text if _RUNS.match(text) else text


def unguarded(cell: str) -> str:
    """Take the apostrophe of `guarded` away again, and no other."""
    return cell[1:] if cell.startswith("'") and _RUNS.match(cell) else cell


def characters(text: str) -> int:
    """Count as a CRM in Java does: a character beyond the basic plane counts twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def stated(document: Document, column: Column) -> Stated:
    """What the record says of a column, in the unit of its type. Raises ValueError with the field's name."""
    field = document["fields"][column.field]
    if "from" in field:
        value = document[field["from"]]
        if isinstance(value, list):
            value = "\n".join(_line(warning) for warning in value)
        if value is None:
            raise ValueError(f"{column.field}: the record was not stamped yet")
        return _checked(Stated("set", value), column) if value else _LEFT[field["when_empty"]]
    if field["action"] != "set":
        return _LEFT[field["action"]]
    return _checked(Stated("set", field["percent" if column.type == "Percent" else "value"]), column)


def cell(found: Stated) -> str:
    """One cell of the CSV, not quoted yet."""
    if found.action != "set":
        return CLEAR if found.action == "clear" else LEAVE
    return found.value if isinstance(found.value, str) else plain(found.value)


def said(document: Document, mapping: Mapping) -> list[Stated]:
    """What the record says, column by column. Raises ValueError that names the field and the value."""
    return [stated(document, column) for column in mapping.columns]


def cells(client_ref: str, found: Iterable[Stated]) -> list[str]:
    """The row of a record, the external id first. Raises ValueError when the CRM takes no such record."""
    row = [client_ref, *map(cell, found)]
    length = sum(map(characters, row))
    if length > _RECORD_CHARACTERS:
        raise ValueError(f"the record has {length} characters; Salesforce takes {_RECORD_CHARACTERS}")
    return row


def rest_record(client_ref: str, found: Iterable[Stated], mapping: Mapping) -> dict[str, Any]:
    """The record for a REST client: null clears a field, one that is left is not named."""
    record: dict[str, Any] = {"attributes": {"type": mapping.object}, mapping.external_id: client_ref}
    for column, one in zip(mapping.columns, found, strict=True):
        if one.action != "leave":
            record[column.name] = one.value
    return record


def _line(warning: Any) -> str:
    return " ".join(filter(None, (warning["rule"], warning["field"]))) + f": {warning['message']}"


def _checked(found: Stated, column: Column) -> Stated:
    value = found.value
    if column.type in NUMBERS:
        _number(value, column)
        return found
    if not isinstance(value, str) or not value:
        raise ValueError(f"{where(column)}: {value!r} is no text")
    if column.type == "Date":
        return Stated("set", date.fromisoformat(value).isoformat())
    if column.type == "DateTime":
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return Stated("set", moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    if column.picklist and value not in column.picklist:
        raise ValueError(f"{where(column)}: {value!r} is none of {', '.join(column.picklist)}")
    control = _CONTROLS.search(value)
    if control and column.is_shortened:
        value = _CONTROLS.sub("\ufffd", value)  # a note that quotes a broken cell is still a note
    elif control:
        raise ValueError(
            f"{where(column)}: it holds the control character {control[0]!r}, which a CRM refuses"
        )
    text, longest = guarded(value), column.length or 0
    if characters(text) > longest:
        if not column.is_shortened:
            raise ValueError(
                f"{where(column)}: it has {characters(text)} characters, the mapping gives the field"
                f" {longest}: {value[:60]!r}..."
            )
        text = shortened(text, longest)
    return Stated("set", text)


def where(column: Column) -> str:
    """The field, as a sentence names it."""
    return f"{column.field} ({column.name})"


def _number(value: Any, column: Column) -> None:
    """Refuse what the field can't hold as it is: nothing is rounded for a receiver."""
    text = plain(value)
    whole, _, places = text.lstrip("-").partition(".")
    most, scale = column.length or 0, column.scale or 0
    if len(places.rstrip("0")) > scale or len(whole) > most - scale:
        raise ValueError(
            f"{where(column)}: {text} does not fit a {column.type} of {most} digits, {scale} behind the point"
        )


def shortened(text: str, longest: int) -> str:
    """Shorten visibly: whole lines as far as they go, and how many more there are."""
    lines = text.split("\n")
    for kept in range(len(lines) - 1, 0, -1):
        tail = f"\n\u2026 and {len(lines) - kept} more"
        shorter = "\n".join(lines[:kept]) + tail
        if characters(shorter) <= longest:
            return shorter
    for kept in range(longest, 0, -1):
        shorter = f"{text[:kept]}\u2026 and {len(text) - kept} more characters"
        if characters(shorter) <= longest:
            return shorter
    raise ValueError(f"a field of {longest} characters is too short to say that something is left out")


def decimal_of(cell_text: str) -> Decimal:
    """A number's cell as a number. Raises ValueError."""
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", cell_text):
        raise ValueError(f"{cell_text!r} is no plain number")
    return Decimal(cell_text)
