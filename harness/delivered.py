"""What is delivered and published when a run begins, as rows beside the load: rule R01 on it is SQL."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from exporters import TARGETS
from harness.config import Settings
from harness.errors import SourceError
from harness.manifest import MANIFEST
from harness.warehouse import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TABLE = """
    create or replace table raw.delivered_documents (
        target varchar not null,
        delivery_key varchar,
        client_ref varchar,
        document_checksum varchar,
        run_id varchar,
        is_kept boolean not null
    )
"""
_DOCUMENT = "struct(delivery_key varchar, client_ref varchar, document_checksum varchar)"


def land_nothing(connection: "DuckDBPyConnection") -> None:
    """Make the table without a row: a `dbt build` by hand delivers nothing and knows of no deliveries."""
    connection.execute("create schema if not exists raw")
    connection.execute(_TABLE)


def land_delivered(
    connection: "DuckDBPyConnection", settings: Settings, targets: Collection[str], clients: Sequence[str]
) -> None:
    """Land the manifest of every target's current release, and who is in the published marts.

    `is_kept` tells what this run leaves in place whatever becomes of the client: documents of other targets
    than `targets`, and of others than `clients` where it is about some only. A manifest that can't be read
    counts as none: a whole run replaces it, and a narrow one stops at it by itself.
    """
    land_nothing(connection)
    for name in sorted(TARGETS):
        manifest = settings.target(name) / "current" / MANIFEST
        if manifest.exists():
            _land_manifest(connection, name, manifest, _kept(name, targets, clients))
    if settings.current.exists():
        _land_published(connection, settings.current)


def _kept(target: str, targets: Collection[str], clients: Sequence[str]) -> str:
    if target not in targets:
        return "true"
    if not clients:
        return "false"
    return f"coalesce(document.client_ref not in ({', '.join(map(literal, clients))}), true)"


def _land_manifest(connection: "DuckDBPyConnection", target: str, manifest: Path, kept: str) -> None:
    import duckdb

    try:
        connection.execute(
            "insert into raw.delivered_documents"
            f" select {literal(target)}, document.delivery_key, document.client_ref,"
            f" document.document_checksum, run_id, {kept}"
            f" from (select run_id, unnest(documents) as document from read_json({literal(manifest)},"
            f" columns = {{run_id: 'varchar', documents: '{_DOCUMENT}[]'}}, format = 'unstructured',"
            # a manifest is one JSON object, and DuckDB makes room for the largest that may come
            f" maximum_object_size = {manifest.stat().st_size + 1}))"
        )
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return


def _land_published(connection: "DuckDBPyConnection", current: Path) -> None:
    """Add one row per client of the published marts, and one per client of the history in them."""
    import duckdb

    try:
        connection.execute(f"attach {literal(current.resolve())} as published (read_only)")
    except duckdb.Error as error:
        raise SourceError(
            "unreadable_file",
            f"{current} can't be read: {str(error).splitlines()[0]}",
            "move it aside and run the export again",
        ) from error
    try:
        present = {
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where database_name = 'published'"
            ).fetchall()
        }
        run_id = "(select max(run_id) from published.main.fct_quality_result)"
        for target, table in (("published marts", "dim_client"), ("published history", "dim_plan_design")):
            if {table, "fct_quality_result"} <= present:
                connection.execute(
                    f"insert into raw.delivered_documents select distinct {literal(target)}, client_ref,"
                    f" client_ref, null, {run_id}, false from published.main.{table}"
                )
    finally:
        connection.execute("detach published")
