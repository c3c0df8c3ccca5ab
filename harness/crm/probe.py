"""A look at the org before anything is sent: can we sign in, and does it have the fields of the mapping?

One GET of the object's description (REST API, sObject Describe: name, type, length, precision, scale,
createable, updateable, externalId, unique, picklistValues of every field that the user may see). Nothing is
changed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from exporters.crm_mapping import Column
from harness.crm.session import Call, Session, odd
from harness.crm.sheet import Sheet
from harness.http_faults import ApiError

_KINDS: Mapping[str, frozenset[str]] = {
    "Text": frozenset(("string", "textarea")),
    "TextArea": frozenset(("textarea",)),
    "LongTextArea": frozenset(("textarea",)),
    "Picklist": frozenset(("picklist", "string")),
    "Number": frozenset(("double",)),
    "Percent": frozenset(("percent",)),
    "Currency": frozenset(("currency",)),
    "Date": frozenset(("date",)),
    "DateTime": frozenset(("datetime",)),
}
"""A mapping's type, and the types that a description gives such a field."""
_TEXTS = frozenset(("string", "textarea"))
_NUMBERS = frozenset(("double", "percent", "currency"))
_REFERENCE_LENGTH = 16
_SHOWN = 12


def probed(session: Session, sheet: Sheet) -> str:
    """A sentence about what was found. Raises ApiError `fields_missing` that names all that does not fit."""
    where, mapping = session.org.server.url, sheet.mapping
    path = f"{session.org.data}/sobjects/{mapping.object}/describe"
    found = session.data(Call("GET", path))
    if not isinstance(found, dict) or not isinstance(found.get("fields"), list):
        raise odd(session.org, path, "no description of an object")
    fields = {str(field.get("name")): field for field in found["fields"] if isinstance(field, dict)}
    wrong = [*_rights(found), *_key(fields.get(mapping.external_id), mapping.external_id)]
    for column in mapping.columns:
        wrong += _column(fields.get(column.name), column)
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise ApiError(
            "fields_missing",
            f"{where}: {mapping.object} does not fit the mapping: {'; '.join(wrong[:_SHOWN])}{more}",
            "make or change the fields in the org, let the integration user see and edit them, or name others"
            " in the mapping (docs/crm_delivery.md)",
        )
    return (
        f"{where}: signed in; {mapping.object} has all {len(mapping.columns)} mapped fields, and"
        f" {mapping.external_id} for the reference"
    )


def _rights(found: Mapping[str, Any]) -> Iterator[str]:
    for right, word in (("createable", "create"), ("updateable", "edit")):
        if found.get(right) is not True:
            yield f"the user may not {word} records of it"


def _key(field: Mapping[str, Any] | None, name: str) -> Iterator[str]:
    if field is None:
        yield f"{name} is not there, or the user may not see it"
        return
    if field.get("type") != "string" or int(field.get("length") or 0) < _REFERENCE_LENGTH:
        yield f"{name} must be a Text of {_REFERENCE_LENGTH} characters or more"
    if field.get("externalId") is not True:
        yield f"{name} is not marked as External ID"
    if field.get("unique") is not True:
        # without it two records could have one reference, and every upsert of it would be refused
        yield f"{name} is not marked as Unique"


def _column(field: Mapping[str, Any] | None, column: Column) -> Iterator[str]:
    if field is None:
        yield f"{column.name} is not there, or the user may not see it"
        return
    kind = str(field.get("type"))
    is_whole = column.type == "Number" and not column.scale and kind == "int"
    if kind not in _KINDS.get(column.type, frozenset()) and not is_whole:
        yield f"{column.name} is a {kind}, the mapping says {column.type}"
        return
    if field.get("createable") is not True or field.get("updateable") is not True:
        yield f"{column.name} may not be written by the user"
    length, precision, scale = (int(field.get(name) or 0) for name in ("length", "precision", "scale"))
    if kind in _TEXTS and column.type != "Picklist" and length < (column.length or 0):
        yield f"{column.name} takes {length} characters, the mapping says {column.length}"
    if kind in _NUMBERS and column.length:
        places = column.scale or 0
        if scale < places:
            yield f"{column.name} has {scale} places behind the point, the mapping says {places}"
        if precision - scale < column.length - places:
            whole = column.length - places
            yield f"{column.name} takes {precision - scale} places before the point, the mapping says {whole}"
    if kind == "picklist" and field.get("restrictedPicklist") is True:
        values = field.get("picklistValues") or []
        known = {one.get("value") for one in values if one.get("active") is not False}
        absent = [value for value in column.picklist if value not in known]
        if absent:
            yield f"{column.name} does not permit {', '.join(absent)}"
