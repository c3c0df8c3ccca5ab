"""What a source turns into before it is landed: columns, rows (or a relation), and what was left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["duckdb", "xlsx", "csv", "parquet", "document"]
SchemaVersion = Literal["v1", "v2", "v3", "template", "document"]
Text = str | None


@dataclass(frozen=True)
class SourceColumn:
    """One column as the source names it; `canonical` is null for an extra column nobody knows."""

    file: str
    sheet: str | None
    name: str
    canonical: str | None
    position: int
    source_type: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One client row as text; `row` is 1-based, as a person counts in the file."""

    file: str
    sheet: str | None
    row: int
    values: dict[str, Text]


@dataclass(frozen=True)
class SkippedRow:
    """A row that is no client (repeated header, description, example, blank), and why."""

    file: str
    sheet: str | None
    row: int
    reason: str


@dataclass(frozen=True)
class SideTable:
    """Another table of the source (audit log, validation rules): SQL name and {column: text expression}."""

    from_sql: str
    columns: dict[str, str]


@dataclass(frozen=True)
class Relation:
    """Rows that DuckDB itself can read, so that a large source never passes through Python.

    `attach` is the database file that must be attached as `ALIAS` first (None for Parquet), `from_sql` what
    follows `from`, `columns` {canonical name: text expression}, `row_sql` the 1-based row number.
    """

    attach: Path | None
    from_sql: str
    columns: dict[str, str]
    row_sql: str
    sheet: str | None = None
    side_tables: dict[str, SideTable] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A source that was read and understood; nothing has been written yet. Either `rows` or `relation`."""

    path: Path
    kind: Kind
    schema_version: SchemaVersion
    sha256: str
    columns: tuple[SourceColumn, ...]
    row_count: int
    rows: tuple[SourceRow, ...] = ()
    relation: Relation | None = None
    skipped_rows: tuple[SkippedRow, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's or folder's own name: no path leaves the machine (rule E02)."""
        return self.path.name

    @property
    def load_id(self) -> str:
        return f"ld_{self.sha256[:16]}"
