"""The parts of one delivery, read back before anything is sent: every reference in them, once."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from exporters.crm_csv import Part
from harness.crm.sheet import Sheet
from harness.errors import DeliveryError

LARGEST = 100_000_000
"""Salesforce converts an upload to base64 and takes 150 MB of that: "upload data that does not exceed 100 MB"
(Bulk API 2.0, Upload Job Data)."""


def parted(sheet: Sheet, documents: Mapping[str, Any]) -> tuple[list[Part], dict[str, str]]:
    """The parts, and the documents that don't fit the mapping, each with the reason; those are in no part.

    Raises DeliveryError `csv_differs` where the parts have other references than the documents.
    """
    refused: dict[str, str] = {}
    try:
        parts = _written(sheet, list(documents.values()))
    except ValueError:
        refused = _refused(sheet, documents)
        try:
            parts = _written(sheet, [one for ref, one in documents.items() if ref not in refused])
        except ValueError as error:
            raise _differs(str(error)) from error
    for part in parts:
        _check(part, sheet.mapping.external_id)
    found = sorted(ref for part in parts for ref in part.client_refs)
    if found != sorted(documents.keys() - refused.keys()):
        raise _differs(f"{len(found)} references in it, {len(documents) - len(refused)} documents")
    return parts, refused


def _written(sheet: Sheet, documents: Sequence[Any]) -> list[Part]:
    return [part for part in sheet.parts(documents) if part.client_refs] if documents else []


def _refused(sheet: Sheet, documents: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for ref, document in documents.items():
        try:
            _written(sheet, [document])
        except ValueError as error:
            found[ref] = str(error)
    return found


def _check(part: Part, external_id: str) -> None:
    """What is in the CSV, not what is said to be."""
    if len(part.content) > LARGEST:
        raise _differs(f"a part of {len(part.content)} bytes; Salesforce takes {LARGEST}")
    reader = csv.DictReader(io.TextIOWrapper(io.BytesIO(part.content), "utf-8", newline=""), strict=True)
    if external_id not in (reader.fieldnames or ()):
        raise _differs(f"no column {external_id}")
    if tuple(row[external_id] for row in reader) != part.client_refs:
        raise _differs("a part has other references than it says")


def _differs(what: str) -> DeliveryError:
    return DeliveryError(
        "csv_differs",
        f"the CSV for the CRM is not what was to be sent: {what}",
        "nothing was sent; look at the mapping, or report this",
    )
