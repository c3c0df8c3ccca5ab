"""The mapping: which of our fields goes into which field of the firm's CRM, read safely and checked at start.

What our fields are is settled by seeds/crm_fields.csv; exporters/mappings/ has the default, with all of them.
"""

import csv
import hashlib
import os
import re
from collections.abc import Mapping as Object
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from exporters.yaml import dump, load
from harness.errors import SourceError

VERSION = "crm-mapping/1.0"
DEFAULT = Path(__file__).parent / "mappings" / "crm-account-1.0.yml"
FIELDS = Path(__file__).parents[1] / "seeds" / "crm_fields.csv"
VARIABLE = "PLANWISE_CRM_MAPPING"
FILE = "crm_mapping.yml"

NUMBERS = ("Number", "Percent", "Currency")
_TYPES = {
    "Number": ("Number",),
    "Percent": ("Percent", "Number"),
    "Currency": ("Currency", "Number"),
    "Picklist": ("Picklist", "Text"),
    "Text": ("Text", "TextArea", "LongTextArea"),
    "LongTextArea": ("LongTextArea", "TextArea", "Text"),
    "Date": ("Date",),
    "DateTime": ("DateTime",),
}
_LONGEST = {"Text": 255, "TextArea": 255, "Picklist": 255, "LongTextArea": 32_000}
_MOST_DIGITS = 18
_SHORTEST_FREE_TEXT = 80  # room for one line and for how many are left out
_FRACTION_PLACES = 6
_API_NAME = re.compile(r"(?:[A-Za-z][A-Za-z0-9]{0,14}__)?[A-Za-z](?:_?[A-Za-z0-9])*(?:__(?:c|pc))?")
_LONGEST_NAME = 40  # without namespace and suffix


@dataclass(frozen=True)
class Column:
    """One field of ours and where it goes."""

    field: str
    """Our name of it."""
    name: str
    """The CRM's API name."""
    type: str
    """Salesforce's type of it."""
    length: int | None
    """Characters of a text, digits of a number in all; null for dates."""
    scale: int | None
    """Places of a number behind the point; null for what is none."""
    picklist: tuple[str, ...] = ()
    """The values that a picklist must have."""
    is_shortened: bool = False
    """Whether a text that is too long is shortened, visibly; else such a record is refused."""

    @cached_property
    def is_text(self) -> bool:
        """Whether a spreadsheet could take the cell for a formula."""
        return self.type not in (*NUMBERS, "Date", "DateTime")


@dataclass(frozen=True)
class Mapping:
    """Where a record goes: the object, the field that the account is found by, the columns in order."""

    object: str
    external_id: str
    columns: tuple[Column, ...]

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The API names in the order of the cells, the external id first."""
        return (self.external_id, *(column.name for column in self.columns))

    @property
    def text(self) -> str:
        """The mapping as used, as a mapping file that says everything."""
        return dump(
            {
                "schema_version": VERSION,
                "object": self.object,
                "external_id": self.external_id,
                "fields": {column.field: _said(column) for column in self.columns},
            }
        )

    @property
    def checksum(self) -> str:
        """SHA-256 of what the mapping says: another one writes other files."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def _said(column: Column) -> dict[str, Any]:
    said = {"name": column.name, "type": column.type, "length": column.length, "scale": column.scale}
    return {key: value for key, value in said.items() if value is not None}


@cache
def catalogue() -> dict[str, Column]:
    """Our fields in the order of the record, with the type and the length that we would choose."""
    with FIELDS.open(encoding="utf-8", newline="") as handle:
        rows = sorted(csv.DictReader(handle), key=lambda row: int(row["position"]))
    return {
        row["field"]: Column(
            row["field"],
            "",
            row["type"],
            int(row["length"]) if row["length"] else None,
            int(row["scale"]) if row["scale"] else None,
            tuple(row["picklist"].split("|")) if row["picklist"] else (),
            row["when_too_long"] == "shorten",
        )
        for row in rows
    }


def mapping_path(home: Path) -> Path:
    """The mapping file in use: PLANWISE_CRM_MAPPING, else crm_mapping.yml of the home, else the default."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    own = home / FILE
    return own if own.exists() else DEFAULT


def load_mapping(home: Path) -> Mapping:
    """Read and check the mapping of this home. Raises SourceError that names every fault of it."""
    path = mapping_path(home)
    hint = f"mend {path}; {DEFAULT} shows every field that there is"
    try:
        content = load(path.read_bytes())
    except OSError as error:
        raise SourceError(
            "no_crm_mapping",
            f"the CRM mapping {path} can't be read: {error.strerror}",
            f"point {VARIABLE} to a mapping file, or unset it",
        ) from error
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise SourceError(
            "bad_crm_mapping", f"the CRM mapping {path} can't be used: {error}", hint
        ) from error
    faults: list[str] = []
    mapping = _read(content, faults)
    if faults:
        listed = "".join(f"\n  - {fault}" for fault in faults)
        raise SourceError("bad_crm_mapping", f"the CRM mapping {path} can't be used:{listed}", hint)
    return mapping


def _read(content: Any, faults: list[str]) -> Mapping:
    if not isinstance(content, Object):
        faults.append("it is no YAML mapping of schema_version, object, external_id and fields")
        return Mapping("", "", ())
    for key in sorted(map(str, content.keys() - {"schema_version", "object", "external_id", "fields"})):
        faults.append(f"{key} is no setting of a mapping")
    if content.get("schema_version") != VERSION:
        faults.append(f"schema_version is {content.get('schema_version')!r}; this version reads {VERSION}")
    for key, means in (
        ("object", "the object that is updated, such as Account"),
        ("external_id", "the field that the account is found by, such as PlanWise_Ref__c"),
    ):
        if not content.get(key):
            faults.append(f"{key} is missing: {means}")
        else:
            _named(key, content[key], faults)
    fields = content.get("fields")
    if not isinstance(fields, Object) or not fields:
        faults.append("fields is missing: which of our fields goes where, at least one")
        fields = {}
    known = catalogue()
    for field in fields.keys() - known.keys():
        faults.append(f"fields.{field} is no field of a record")
    columns = tuple(_column(known[field], fields[field], faults) for field in known if field in fields)
    _twice([("external_id", content.get("external_id")), *((c.field, c.name) for c in columns)], faults)
    return Mapping(str(content.get("object")), str(content.get("external_id")), columns)


def _named(where: str, name: Any, faults: list[str]) -> None:
    core = (
        re.sub(r"\A[A-Za-z][A-Za-z0-9]*__(?=.)(?!(?:c|pc)\Z)|__(?:c|pc)\Z", "", name)
        if isinstance(name, str)
        else ""
    )
    if not isinstance(name, str) or not _API_NAME.fullmatch(name) or len(core) > _LONGEST_NAME:
        faults.append(
            f"{where}: {name!r} is no API name (letters, digits and single underscores, a letter first, no "
            f"underscore last, at most {_LONGEST_NAME} characters before __c)"
        )


def _twice(names: list[tuple[str, Any]], faults: list[str]) -> None:
    """One field of the CRM would get two values; API names differ by more than their case."""
    owner: dict[str, str] = {}
    for field, name in names:
        if isinstance(name, str) and name:
            first = owner.setdefault(name.lower(), field)
            if first != field:
                faults.append(f"{name} is the API name of {first} and of {field}")


def _column(ours: Column, given: Any, faults: list[str]) -> Column:
    where = f"fields.{ours.field}"
    if not isinstance(given, Object):
        faults.append(f"{where} says {given!r}; write name, type, length and scale, as the default does")
        return ours
    for key in sorted(map(str, given.keys() - {"name", "type", "length", "scale"})):
        faults.append(f"{where}.{key} is no setting of a field")
    if "name" not in given:
        faults.append(f"{where}.name is missing: the API name of the CRM's field")
    else:
        _named(f"{where}.name", given["name"], faults)
    kind = given.get("type", ours.type)
    if kind not in _TYPES[ours.type]:
        faults.append(f"{where}.type is {kind!r}; its values fit {' or '.join(_TYPES[ours.type])}")
        kind = ours.type
    length, scale = given.get("length", _default(ours, kind)), given.get("scale", ours.scale)
    if kind != ours.type and "scale" not in given:
        scale = _scale(ours, kind)
    column = replace(ours, name=str(given.get("name", "")), type=kind, length=length, scale=scale)
    faults += [f"{where}.{fault}" for fault in _sizes(ours, column)]
    return column


def _default(ours: Column, kind: str) -> int | None:
    return min(ours.length, _LONGEST[kind]) if ours.length and kind in _LONGEST else ours.length


def _scale(ours: Column, kind: str) -> int | None:
    """The places that the values need: a fraction has two more than the percent number that it is."""
    return _FRACTION_PLACES if (ours.type, kind) == ("Percent", "Number") else ours.scale


def _sizes(ours: Column, column: Column) -> list[str]:
    """What is wrong with length and scale, for a value would be refused later, or rounded by the CRM."""
    length, scale = column.length, column.scale
    if column.type in ("Date", "DateTime"):
        return [
            f"{key} is for texts and numbers" for key, set_ in (("length", length), ("scale", scale)) if set_
        ]
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        return [f"length is {length!r}; a whole number from 1 on is asked for"]
    if column.type in NUMBERS:
        needs = _scale(ours, column.type) or 0
        whole = 1 if (ours.type, column.type) == ("Percent", "Number") else 3
        if length > _MOST_DIGITS:
            return [f"length is {length}; a number has {_MOST_DIGITS} digits at most"]
        if isinstance(scale, bool) or not isinstance(scale, int) or scale < needs:
            return [f"scale is {scale!r}; its values have up to {needs} places, and none is rounded away"]
        if length - scale < whole:
            return [f"length is {length} with {scale} places; {whole + scale} digits are needed at least"]
        return []
    if scale is not None:
        return ["scale is for numbers"]
    if length > _LONGEST[column.type]:
        return [f"length is {length}; a {column.type} has {_LONGEST[column.type]} characters at most"]
    needs = max(map(len, ours.picklist), default=_SHORTEST_FREE_TEXT if ours.is_shortened else 1)
    return [f"length is {length}; {needs} characters are needed at least"] if length < needs else []
