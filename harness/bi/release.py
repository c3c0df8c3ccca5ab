"""A release of the target `bi`: every published table as Parquet, a catalogue, and the DuckDB file itself."""

import hashlib
import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.bi import parquet
from harness.bi.parquet import Column
from harness.config import iso, utc_now
from harness.errors import DeliveryError
from harness.files import PUBLIC_DIR, make_dir, safe_join, write_new
from harness.manifest import MANIFEST, Entry, read_manifest, write_manifest
from harness.render import Stamp
from harness.warehouse import literal, opened

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCHEMA_VERSION = "bi-catalogue/1.0"
SCHEMA = "bi-catalogue-1.0.json"
CATALOGUE = "catalogue.json"
VIEWS = "views.sql"
DATABASE = "planwise.duckdb"
_WRITER = "bi-1"
"""What wrote the files; another one where the same rows get other bytes."""
_OF_EACH_RUN = (CATALOGUE, DATABASE)
"""Files that differ with every run, whatever the tables say."""
_MEMORY = "256MB"


def stage_bi(
    published: Path, folder: Path, run_id: str, previous: Path | None = None, generated_at: str = ""
) -> list[Entry]:
    """Make a complete release in `folder` (made here) of a published DuckDB file; its entries.

    Files whose rows are those of the release `previous` are copied from there, byte for byte. Views are not
    materialised: views.sql makes them over the Parquet files. Raises DeliveryError `parquet_differs` when
    a file does not read back equal, `not_described` for a published file of before the catalogue.
    """
    import orjson

    make_dir(folder, PUBLIC_DIR)
    stamp = Stamp(run_id, generated_at or iso(utc_now()))
    before = {entry.path: entry for entry in read_manifest(previous).documents} if previous else {}
    with opened(published) as connection:
        connection.execute("set threads = 1")  # the same bytes on every machine
        connection.execute("set preserve_insertion_order = true")
        connection.execute("set timezone = 'UTC'")
        marts = _marts(connection, published)
        entries: list[Entry] = []
        tables: list[dict[str, Any]] = []
        for mart in marts:
            files = []
            if not mart["is_view"]:
                written = _files(connection, folder, mart, previous, before)
                entries += [entry for entry, _ in written]
                files = [
                    {"path": entry.path, "sha256": entry.sha256, "bytes": entry.bytes, "rows": rows}
                    for entry, rows in written
                ]
            tables.append(_told(connection, mart, files))
        data_as_of = connection.execute("select max(last_updated_on) from dim_client").fetchall()[0][0]
    shutil.copyfile(published, folder / DATABASE)
    _write(folder / VIEWS, _views_sql(tables))
    content = {
        "schema_version": SCHEMA_VERSION,
        "generated_at": stamp.generated_at,
        "run_id": run_id,
        "data_as_of": data_as_of.isoformat() if isinstance(data_as_of, date) else None,
        "database": DATABASE,
        "views_script": VIEWS,
        "tables": tables,
    }
    _valid(content)
    catalogue = orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    _write(folder / CATALOGUE, catalogue.decode())
    entries += [_entry(folder, name) for name in (VIEWS, CATALOGUE, DATABASE)]
    write_manifest(folder, entries, stamp)
    return sorted(entries, key=lambda entry: entry.path)


def differs(entries: list[Entry], previous: Path | None) -> bool:
    """Whether any table, description or key is another than in the release `previous`: if not, skip it."""
    if previous is None or not (previous / MANIFEST).exists():
        return True

    def said(found: list[Entry]) -> dict[str, str]:
        return {entry.path: entry.sha256 for entry in found if entry.path not in _OF_EACH_RUN}

    return said(entries) != said(list(read_manifest(previous).documents))


def _marts(connection: "DuckDBPyConnection", published: Path) -> list[dict[str, Any]]:
    import duckdb

    names = ("table_name", "kind", "is_view", "grain", "primary_key", "nullable_key_columns", "description")
    try:
        found = connection.execute(f"select {', '.join(names)} from dim_mart order by table_name").fetchall()
        columns = connection.execute(
            "select table_name, column_name, data_type, description, is_nullable, is_key"
            " from dim_mart_column order by table_name, position"
        ).fetchall()
    except duckdb.Error as error:
        raise DeliveryError(
            "not_described",
            f"{published} has no catalogue of its tables: an older planwise made it",
            "run `planwise-export run SOURCE` once; it publishes a new one",
        ) from error
    marts = [dict(zip(names, row, strict=True)) for row in found]
    keys = connection.execute(
        "select table_name, key_columns, to_table, to_columns from dim_mart_key order by key_columns"
    ).fetchall()
    for mart in marts:
        mart["keys"] = [rest for table, *rest in keys if table == mart["table_name"]]
        mart["columns"] = [Column(*rest) for table, *rest in columns if table == mart["table_name"]]
    return marts


def _files(
    connection: "DuckDBPyConnection",
    folder: Path,
    mart: dict[str, Any],
    previous: Path | None,
    before: dict[str, Entry],
) -> list[tuple[Entry, int]]:
    table, columns = str(mart["table_name"]), mart["columns"]
    written = []
    for part in parquet.parts(connection, table, columns):
        counted = parquet.counted(connection, table, columns, part)
        found = parquet.checksum(columns, part, counted)
        path = safe_join(folder, *part.name.split("/"))
        old = before.get(part.name)
        is_same = old is not None and (old.document_checksum, old.renderer) == (found, _WRITER)
        if previous and old and is_same and _digest(previous / old.path) == old.sha256:
            make_dir(path.parent, PUBLIC_DIR)
            # no second name for the same file: one damaged block would damage the backup, too
            shutil.copy2(previous / old.path, path)
        else:
            parquet.write(connection, folder, table, columns, part, counted)
            is_same = False
        written.append((_entry(folder, part.name, found, carried_over=is_same), counted[0]))
    return written


def _entry(folder: Path, name: str, checksum: str = "", *, carried_over: bool = False) -> Entry:
    path = folder / name
    digest = _digest(path)
    return Entry(name, name, "", checksum or digest, digest, path.stat().st_size, carried_over, _WRITER)


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _told(connection: "DuckDBPyConnection", mart: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    table = str(mart["table_name"])
    said = {
        "name": table,
        "kind": mart["kind"],
        "description": mart["description"],
        "grain": mart["grain"],
        "primary_key": mart["primary_key"].split(", "),
        "nullable_key_columns": (mart["nullable_key_columns"] or "").split(", ")
        if mart["nullable_key_columns"]
        else [],
        "foreign_keys": [
            {"columns": names.split(", "), "table": to, "to_columns": others.split(", ")}
            for names, to, others in mart["keys"]
        ],
        "columns": [
            {
                "name": column.name,
                "type": column.kind,
                "is_nullable": column.is_nullable,
                "description": column.description,
            }
            for column in mart["columns"]
        ],
        "is_view": mart["is_view"],
        "rows": sum(file["rows"] for file in files) if not mart["is_view"] else None,
        "files": files,
    }
    if mart["is_view"]:
        sql = connection.execute(
            f"select sql from duckdb_views() where view_name = {literal(table)} and not internal"
        ).fetchall()[0][0]
        said["sql"] = sql
    return said


def _views_sql(tables: list[dict[str, Any]]) -> str:
    """A script for DuckDB, run in the release's folder: tables as views over their files, then the views."""
    lines = [
        "-- The marts over these Parquet files, for DuckDB 1.4 or later, from the folder that they are in:",
        "--   duckdb -init views.sql",
    ]
    for table in sorted(tables, key=lambda table: table["is_view"]):
        if table["is_view"]:
            lines.append(table["sql"].rstrip(";") + ";")
            continue
        files = ", ".join(literal(file["path"]) for file in table["files"])
        lines.append(f"create or replace view {table['name']} as from read_parquet([{files}]);")
    for table in tables:
        lines.append(f"comment on view {table['name']} is {literal(table['description'])};")
    return "\n".join(lines) + "\n"


def _valid(content: dict[str, Any]) -> None:
    import jsonschema_rs

    from exporters import SCHEMAS

    schema = json.loads((SCHEMAS / SCHEMA).read_bytes(), parse_float=Decimal)
    if not jsonschema_rs.Draft202012Validator(schema).is_valid(content):
        _refuse(content, schema)


def _refuse(content: dict[str, Any], schema: dict[str, Any]) -> None:
    """Say in a sentence what is wrong: a hundred times slower than to see that it is."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema).iter_errors(content))
    where, what = (error.json_path, error.message[:300]) if error else ("$", "it does not fit its schema")
    raise DeliveryError(
        "bad_catalogue",
        f"{CATALOGUE}, {where}: {what}",
        "this is a fault of planwise; what was delivered before stays",
    )


def _write(path: Path, text: str) -> None:
    write_new(path, text.encode())
