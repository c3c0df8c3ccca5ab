"""CRM records: one complete document in, one JSON file out; and all of a release as CSV and as JSON lines.

The document says of every field what is to become of it; the mapping says where it goes. Nothing is added.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from exporters import Document
from exporters.crm_cells import CLEAR, LEAVE, Stated, decimal_of, rest_record, stated, unguarded
from exporters.crm_csv import LIMITS, Limits, parts, rows
from exporters.crm_mapping import NUMBERS, Column, Mapping, catalogue, load_mapping
from exporters.exact_json import dumps
from exporters.yaml import from_json, load
from harness.errors import SourceError
from harness.files import write_new

JSON_LINES = "accounts.jsonl"
MAPPING = "mapping.yml"


def render(document: Document) -> bytes:
    """Write one record as UTF-8 JSON, its keys in their order.

    Raises TypeError for a binary float, UnicodeEncodeError for text that has no UTF-8 form.
    """
    return (dumps(document, indent=2) + "\n").encode("utf-8")


def read(content: bytes) -> Any:
    """Read a record back, decimals exact. Raises ValueError for bytes that are no JSON."""
    return from_json(content)


def refusals(home: Path) -> Callable[[Document], tuple[str, str] | None] | None:
    """What refuses a record by the home's mapping; null where it has the room that rule E01 asks for."""
    mapping = load_mapping(home)
    if all(replace(column, name="") == catalogue()[column.field] for column in mapping.columns):
        return None
    return lambda document: refusal(document, mapping)


def refusal(document: Document, mapping: Mapping) -> tuple[str, str] | None:
    """The field of a record that the firm's mapping has no room for, and why; null when it fits.

    What only the stamp says is left out: it always fits.
    """
    for column in mapping.columns:
        said = document["fields"][column.field]
        if document.get(said.get("from"), ...) is None:
            continue
        try:
            stated(document, column)
        except ValueError as error:
            return column.field, str(error)
    return None


def bundle_settings(home: Path) -> str:
    """The checksum of the home's mapping: with another one the same records make other files."""
    return load_mapping(home).checksum


def bundle(folder: Path, documents: Iterable[bytes], home: Path, limits: Limits = LIMITS) -> list[str]:
    """Write accounts.csv (or accounts-0001.csv ... where one job is too small), accounts.jsonl, mapping.yml.

    Raises SourceError when the mapping has no room for a record.
    """
    mapping = load_mapping(home)
    records = [read(content) for content in documents]
    try:
        files = [part.content for part in parts(records, mapping, limits)]
        lines = [dumps(rest_record(record, mapping)) + "\n" for record in records]
    except ValueError as error:
        raise SourceError(
            "crm_value_refused",
            f"a CRM record does not fit the mapping: {error}",
            "give the field more room in the mapping (and in the org), or leave it out there; nothing is cut",
        ) from error
    names = _names(len(files))
    for name, content in zip(names, files, strict=True):
        write_new(folder / name, content)
    write_new(folder / JSON_LINES, "".join(lines).encode("utf-8"))
    write_new(folder / MAPPING, mapping.text.encode("utf-8"))
    return [*names, JSON_LINES, MAPPING]


def _names(count: int) -> list[str]:
    return ["accounts.csv"] if count == 1 else [f"accounts-{n:04}.csv" for n in range(1, count + 1)]


def check_bundle(folder: Path, documents: Iterable[bytes], home: Path) -> None:
    """Read the files of a release back and compare them with its records, cell by cell.

    Raises ValueError that names file, line and field of the first difference.
    """
    mapping = load_mapping(home)
    records = [read(content) for content in documents]
    if load((folder / MAPPING).read_bytes()) != load(mapping.text):
        raise ValueError(f"{MAPPING} is not the mapping that the files were written by")
    _compare("the CSV", list(_csv_rows(folder, mapping)), records, mapping, _of_cell)
    found = []
    for number, text in enumerate((folder / JSON_LINES).read_bytes().decode("utf-8").split("\n")[:-1], 1):
        record = read(text.encode("utf-8"))
        if record.pop("attributes", None) != {"type": mapping.object}:
            raise ValueError(f"{JSON_LINES}, line {number}: it is no record of the object {mapping.object}")
        if set(record) - set(mapping.header):
            raise ValueError(f"{JSON_LINES}, line {number}: it has keys that the mapping has not")
        found.append([record.get(name, ...) for name in mapping.header])
    _compare(JSON_LINES, found, records, mapping, _of_json)


def _csv_rows(folder: Path, mapping: Mapping) -> Iterator[list[str]]:
    names = sorted(path.name for path in folder.glob("accounts*.csv"))
    if names != _names(len(names)):
        raise ValueError(f"the parts of the CSV are not whole: {', '.join(names) or 'none'}")
    for name in names:
        header, *body = rows((folder / name).read_bytes())
        if tuple(header) != mapping.header:
            raise ValueError(f"{name}: its header is not the mapping's")
        yield from body


def _compare(
    what: str, found: Sequence[Sequence[Any]], records: Sequence[Any], mapping: Mapping, decode: Any
) -> None:
    if len(found) != len(records):
        raise ValueError(f"{what} has {len(found)} records instead of {len(records)}")
    for number, (row, record) in enumerate(zip(found, records, strict=True), 1):
        if len(row) != len(mapping.header) or row[0] != record["client_ref"]:
            raise ValueError(f"{what}, record {number}: it is not that of {record['client_ref']}")
        for column, value in zip(mapping.columns, row[1:], strict=True):
            if decode(value, column) != _plain(stated(record, column), column):
                raise ValueError(
                    f"{what}, record {number} ({record['client_ref']}): {column.field} reads back differently"
                )


def _plain(said: Stated, column: Column) -> Stated:
    """What a record says, without the apostrophe of the files."""
    return Stated(said.action, unguarded(said.value)) if said.action == "set" and column.is_text else said


def _of_cell(text: str, column: Column) -> Stated:
    if text in (LEAVE, CLEAR):
        return Stated("leave" if text == LEAVE else "clear")
    if column.type in NUMBERS:
        return Stated("set", decimal_of(text))
    return Stated("set", unguarded(text) if column.is_text else text)


def _of_json(value: Any, column: Column) -> Stated:
    if value is ... or value is None:
        return Stated("leave" if value is ... else "clear")
    return Stated("set", unguarded(value) if column.is_text else value)
