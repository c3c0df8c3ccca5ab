"""Extraction: any kind of Design Matrix in, everything as text in schema `raw` of the warehouse.

Light to import: DuckDB, openpyxl and YAML come in only where a source needs them.
"""

from __future__ import annotations

from pathlib import Path

from harness.extract.detect import detect, fingerprint
from harness.extract.landing import is_landed, land, refresh_load
from harness.extract.source import Source, SourceColumn, SourceRow
from harness.extract.state import ensure_state

__all__ = [
    "Source",
    "SourceColumn",
    "SourceRow",
    "ensure_state",
    "fingerprint",
    "is_landed",
    "land",
    "read_source",
    "refresh_load",
]


def read_source(path: Path, *, deadline_seconds: float = 20.0) -> Source:
    """Read and check a source; nothing is written.

    A DuckDB file that another process writes to is waited for, up to `deadline_seconds`. Raises SourceError
    (exit 2) for anything wrong with the source, LockedError (exit 75) when the wait was in vain.
    """
    kind = detect(path)
    if kind == "duckdb":
        from harness.extract.duckdb_source import read_duckdb

        return read_duckdb(path, deadline_seconds)
    if kind == "xlsx":
        from harness.extract.excel import read_excel

        return read_excel(path)
    if kind == "document":
        from harness.extract.documents import read_documents

        return read_documents(path)
    from harness.extract.tabular import read_csv, read_parquet

    return read_csv(path) if kind == "csv" else read_parquet(path)
