"""How documents become uploads: the home's mapping, and the exporter's CSV by it (exporters/crm_csv.py)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exporters.crm_csv import Part, parts
from exporters.crm_mapping import Mapping, load_mapping


@dataclass(frozen=True)
class Sheet:
    """The mapping, and what writes documents by it."""

    mapping: Mapping
    parts: Callable[[Sequence[Any]], Iterator[Part]]
    """Each below the API's limits. ValueError for a document that the mapping has no room for."""


def sheet_of(home: Path) -> Sheet:
    """The sheet of this home's mapping, which is checked. Raises SourceError (exit 2)."""
    mapping = load_mapping(home)
    return Sheet(mapping, lambda documents: parts(documents, mapping))
