"""The CSV of CRM records for Salesforce's Bulk API 2.0: UTF-8, one header row, LF, split at its limits.

Salesforce, Bulk API 2.0 Developer Guide: upload data that does not exceed 100 MB, for it becomes base64 on
receipt (at most 150 MB a job).
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from exporters import Document
from exporters.crm_cells import cells, said
from exporters.crm_mapping import Mapping

_QUOTED = frozenset(',"\r\n;\t')


@dataclass(frozen=True)
class Limits:
    """What one job takes."""

    data_bytes: int = 100_000_000
    base64_bytes: int = 150_000_000

    def take(self, size: int) -> bool:
        """Tell whether a file of so many bytes is within both."""
        return size <= self.data_bytes and (size + 2) // 3 * 4 <= self.base64_bytes


LIMITS = Limits()


@dataclass(frozen=True)
class Part:
    """One file, complete with its header, and whose records are in it."""

    content: bytes
    client_refs: tuple[str, ...]


def line(row: Iterable[str]) -> bytes:
    """One line by RFC 4180, quoted where it must be, and where a semicolon or tab would part it elsewhere."""
    return (",".join(map(_quoted, row)) + "\n").encode("utf-8")


def _quoted(text: str) -> str:
    if _QUOTED.isdisjoint(text) and text == text.strip():
        return text
    return '"' + text.replace('"', '""') + '"'


def parts(documents: Iterable[Document], mapping: Mapping, limits: Limits = LIMITS) -> Iterator[Part]:
    """Write records into as few files as the limits allow, no record cut; one file at least.

    Raises ValueError that names client and field for a record that the mapping has no room for.
    """

    def lines() -> Iterator[tuple[str, bytes]]:
        for document in documents:
            ref = document["client_ref"]
            try:
                yield ref, line(cells(ref, said(document, mapping)))
            except ValueError as error:
                raise ValueError(f"{ref}, {error}") from error

    yield from packed(lines(), mapping, limits)


def packed(written: Iterable[tuple[str, bytes]], mapping: Mapping, limits: Limits = LIMITS) -> Iterator[Part]:
    """Put lines, each with its record's reference, into as few files as the limits allow; one at least."""
    header = line(mapping.header)
    lines, size = [header], len(header)
    refs: list[str] = []
    for ref, row in written:
        if not limits.take(len(header) + len(row)):
            raise ValueError(f"{ref}: the record has {len(row)} bytes, more than one job takes")
        if not limits.take(size + len(row)):
            yield Part(b"".join(lines), tuple(refs))
            lines, refs, size = [header], [], len(header)
        lines.append(row)
        refs.append(ref)
        size += len(row)
    yield Part(b"".join(lines), tuple(refs))


def rows(path: Path) -> Iterator[list[str]]:
    """Read a file back, header first, as any CSV reader does. Raises ValueError."""
    with path.open(encoding="utf-8", newline="") as file:
        try:
            yield from csv.reader(file, strict=True)
        except csv.Error as error:
            raise ValueError(f"{path.name}: not readable as CSV: {error}") from error
