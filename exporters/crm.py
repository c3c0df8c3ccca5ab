"""CRM records: one complete document in, one JSON file out; and all of a release as CSV and as JSON lines.

The document says of every field what is to become of it; the mapping says where it goes. Nothing is added.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from exporters import Document
from exporters.canonical import dump
from exporters.crm_cells import CLEAR, LEAVE, Stated, cells, decimal_of, rest_record, said, stated, unguarded
from exporters.crm_csv import LIMITS, Limits, line, packed, rows
from exporters.crm_mapping import NUMBERS, Column, Mapping, catalogue, load_mapping
from exporters.remembered import Remembered
from exporters.yaml import from_json, load
from harness.errors import SourceError
from harness.files import write_new

JSON_LINES = "accounts.jsonl"
MAPPING = "mapping.yml"


def render(document: Document) -> bytes:
    """Write one record as UTF-8 JSON, its keys in their order.

    Raises TypeError for a binary float, UnicodeEncodeError for text that has no UTF-8 form.
    """
    return (dump(document, indent=2) + "\n").encode("utf-8")


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
        field = document["fields"][column.field]
        if document.get(field.get("from"), ...) is None:
            continue
        try:
            stated(document, column)
        except ValueError as error:
            return column.field, str(error)
    return None


def bundle_settings(home: Path) -> str:
    """The checksum of the home's mapping: with another one the same records make other files."""
    return load_mapping(home).checksum


def amounts(home: Path) -> frozenset[str]:
    """The columns of the CSV that hold numbers: no cell of them is a text."""
    return frozenset(column.name for column in load_mapping(home).columns if column.type in NUMBERS)


def bundle(folder: Path, documents: Iterable[bytes], home: Path, limits: Limits = LIMITS) -> list[str]:
    """Write accounts.csv (or accounts-0001.csv ... where one job is too small), accounts.jsonl, mapping.yml.

    Raises SourceError when the mapping has no room for a record.
    """
    mapping = load_mapping(home)
    lines_of, names = _lines_of(mapping).release(), [JSON_LINES]
    try:
        with (folder / JSON_LINES).open("xb") as json_lines:

            def lines() -> Iterator[tuple[str, bytes]]:
                for content in documents:
                    ref, row, rest = lines_of(content)
                    json_lines.write(rest)
                    yield ref, row

            for number, part in enumerate(packed(lines(), mapping, limits), 1):
                write_new(folder / _part(number), part.content)
                names.append(_part(number))
    except ValueError as error:
        for name in names:
            (folder / name).unlink()
        raise SourceError(
            "crm_value_refused",
            f"a CRM record does not fit the mapping: {error}",
            "give the field more room in the mapping (and in the org), or leave it out there; nothing is cut",
        ) from error
    csv_names = _names(len(names) - 1)
    (folder / names[1]).rename(folder / csv_names[0])
    write_new(folder / MAPPING, mapping.text.encode("utf-8"))
    return [*csv_names, JSON_LINES, MAPPING]


def _names(count: int) -> list[str]:
    return ["accounts.csv"] if count == 1 else [_part(number) for number in range(1, count + 1)]


def _part(number: int) -> str:
    return f"accounts-{number:04}.csv"


@lru_cache(2)
def _lines_of(mapping: Mapping) -> Remembered[tuple[str, bytes, bytes]]:
    """What makes a record's reference, its line of the CSV and its JSON line of its bytes.

    Both follow from the bytes and the mapping alone: a record which is the same needn't be asked twice.
    """

    def lines(content: bytes) -> tuple[str, bytes, bytes]:
        record = read(content)
        ref = str(record["client_ref"])
        try:
            found = said(record, mapping)
            rest = dump(rest_record(ref, found, mapping)) + "\n"
            return ref, line(cells(ref, found)), rest.encode("utf-8")
        except ValueError as error:
            raise ValueError(f"{ref}, {error}") from error

    return Remembered(lines)


def check_bundle(folder: Path, documents: Iterable[bytes], home: Path) -> None:
    """Read the files of a release back and compare them with its records, cell by cell.

    Raises ValueError that names file, line and field of the first difference.
    """
    mapping = load_mapping(home)
    if load((folder / MAPPING).read_bytes()) != load(mapping.text):
        raise ValueError(f"{MAPPING} is not the mapping that the files were written by")
    difference = _difference_of(mapping).release()
    with (folder / JSON_LINES).open("rb") as json_lines:
        found = zip_longest(documents, _csv_rows(folder, mapping), json_lines)
        for number, (content, row, rest) in enumerate(found, 1):
            if content is None or row is None or rest is None:
                what = "the CSV" if row is None or (content is None and row) else JSON_LINES
                raise ValueError(
                    f"{what} has not as many records as the release: it differs from {number} on"
                )
            told = difference(content, tuple(row), rest)
            if told:
                raise ValueError(f"record {number}: {told}")


@lru_cache(2)
def _difference_of(mapping: Mapping) -> Remembered[str | None]:
    """What compares a record's row and JSON line with its bytes, and says what differs; null: nothing.

    The answer follows from these three and the mapping alone.
    """

    def difference(content: bytes, row: tuple[str, ...], rest: bytes) -> str | None:
        record = read(content)
        ref = record["client_ref"]
        wanted = [
            _plain(one, column) for one, column in zip(said(record, mapping), mapping.columns, strict=True)
        ]
        if len(row) != len(mapping.header) or row[0] != ref:
            return f"that of the CSV is not that of {ref}"
        there = read(rest)
        if not rest.endswith(b"\n") or there.pop("attributes", None) != {"type": mapping.object}:
            return f"that of {JSON_LINES} is no record of the object {mapping.object}"
        if set(there) - set(mapping.header) or there.get(mapping.external_id) != ref:
            return f"that of {JSON_LINES} is not that of {ref}, or has keys that the mapping has not"
        for column, text, value in zip(mapping.columns, row[1:], wanted, strict=True):
            if _of_cell(text, column) != value:
                return f"{column.field} of {ref} reads back differently from the CSV"
            if _of_json(there.get(column.name, ...), column) != value:
                return f"{column.field} of {ref} reads back differently from {JSON_LINES}"
        return None

    return Remembered(difference)


def _csv_rows(folder: Path, mapping: Mapping) -> Iterator[list[str]]:
    names = sorted(path.name for path in folder.glob("accounts*.csv"))
    if names != _names(len(names)):
        raise ValueError(f"the parts of the CSV are not whole: {', '.join(names) or 'none'}")
    for name in names:
        found = rows(folder / name)
        if tuple(next(found, ())) != mapping.header:
            raise ValueError(f"{name}: its header is not the mapping's")
        yield from found


def _plain(found: Stated, column: Column) -> Stated:
    """What a record says, without the apostrophe of the files."""
    return Stated(found.action, unguarded(found.value)) if found.action == "set" and column.is_text else found


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
