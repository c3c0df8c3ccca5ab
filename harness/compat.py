"""The compatibility matrix (seeds/compatibility.csv), and the versions that a run meets."""

import csv
from pathlib import Path

from harness import warehouse
from harness.config import PROJECT

SEED = Path("seeds") / "compatibility.csv"
GATED = ("navigator_version", "source_storage_version")
"""Those of `met` that the gates can't read in the warehouse."""


def rows(project: Path = PROJECT) -> list[dict[str, str]]:
    """The matrix, in the order of the file."""
    with (project / SEED).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def current(component: str, project: Path = PROJECT) -> str | None:
    """The version of a component that is taken where nobody says which."""
    return next(
        (
            row["version"]
            for row in rows(project)
            if row["component"] == component and row["is_current"] == "true"
        ),
        None,
    )


def met(built: Path, source: Path | None, navigator: str | None) -> dict[str, str | None]:
    """Versions for rule E04 and the report: Design Matrix, its storage where it is a DuckDB file, the schemas
    of the documents, and the Navigator that the operator declares.
    """
    from exporters import TARGETS
    from harness.extract.duckdb_source import storage_version

    with warehouse.opened(built) as connection:
        columns = connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'raw' and table_name = 'load'"
        ).fetchall()
        found = (
            connection.execute("select schema_version from raw.load").fetchall()
            if ("schema_version",) in columns
            else []
        )
    storage = storage_version(source) if source and source.is_file() else None
    return {
        "design_matrix": found[0][0] if found else None,
        "source_storage_version": None if storage is None else str(storage),
        "navigator_version": navigator or current("Navigator"),
        **{
            f"{name}_schema": "/".join(Path(target.schema).stem.rsplit("-", 1))
            for name, target in TARGETS.items()
        },
    }
