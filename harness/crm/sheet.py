"""What the receiver asks of the exporter: documents in, parts of an upload out (exporters/crm_csv.py)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Column(Protocol):
    """One mapped field: its API name in the org, and what it must hold."""

    @property
    def name(self) -> str:
        """The API name."""

    @property
    def type(self) -> str:
        """Salesforce's type: Text, Number, Percent, ..."""

    @property
    def length(self) -> int | None:
        """Characters of a text, digits of a number in all."""

    @property
    def scale(self) -> int | None:
        """Places of a number behind the point."""

    @property
    def picklist(self) -> tuple[str, ...]:
        """The values that a picklist must have."""


class Mapping(Protocol):
    """Where a record goes: the object, the field that it is found by, the columns."""

    @property
    def object(self) -> str:
        """The object's API name, as in Account."""

    @property
    def external_id(self) -> str:
        """The API name of the field that holds client_ref."""

    @property
    def columns(self) -> Sequence[Column]:
        """Every other mapped field."""


class Part(Protocol):
    """One upload, complete with its header."""

    @property
    def content(self) -> bytes:
        """The CSV."""

    @property
    def client_refs(self) -> tuple[str, ...]:
        """Whose records are in it."""


@dataclass(frozen=True)
class Sheet:
    """How documents become CSV for one org."""

    mapping: Mapping
    parts: Callable[[Sequence[Any]], Iterator[Part]]
    """Each below the API's limits. ValueError for a document that the mapping has no room for."""
