"""Sources that nobody can use, each with what the error must name."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tests.e2e.matrices import Row, many, typed
from tests.harness.builders import set_storage_version, write_csv, write_duckdb, write_workbook

Make = Callable[[Path], Path]


@dataclass(frozen=True)
class Bad:
    """A source that is refused, exit 2; `names` must be in what is printed."""

    make: Make
    names: tuple[str, ...]


def database(path: Path, rows: list[Row]) -> Path:
    """A Design Matrix database, typed as the real ones are."""
    return write_duckdb(path, [typed(row) for row in rows])


def _text(name: str, content: str | bytes) -> Make:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def _folder(folder: Path) -> Path:
    path = folder / "empty of plans"
    path.mkdir()
    (path / "notes.txt").write_text("nothing")
    return path


def _newer(folder: Path) -> Path:
    return set_storage_version(database(folder / "newer.duckdb", many(2)), 9_999)


def _cut(make: Make, keep: float = 0.6) -> Make:
    def cut(folder: Path) -> Path:
        path = make(folder)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * keep)])
        return path

    return cut


def _book(rows: list[dict[str, Any]], header: list[str] | None = None) -> Make:
    def make(folder: Path) -> Path:
        return write_workbook(
            folder / "plans.xlsx", [header or list(rows[0]), *(list(row.values()) for row in rows)]
        )

    return make


def _csv(rows: list[dict[str, Any]]) -> Make:
    return lambda folder: write_csv(folder / "plans.csv", rows)


def _renamed(old: str, new: str) -> list[dict[str, Any]]:
    return [{new if key == old else key: value for key, value in row.items()} for row in many(3)]


def _twice(folder: Path) -> Path:
    path = write_csv(folder / "plans.csv", many(3))
    header, *rest = path.read_text().splitlines()
    path.write_text("\n".join([f"{header}, Industry ", *(f"{line},healthcare" for line in rest)]) + "\n")
    return path


def _database_without_rows(folder: Path) -> Path:
    path = database(folder / "plans.duckdb", many(1))
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from plan_designs")
    return path


def _other_database(folder: Path) -> Path:
    path = folder / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table orders as select 1 as id")
    return path


def _ragged(folder: Path) -> Path:
    path = write_csv(folder / "plans.csv", many(3))
    with path.open("a") as stream:
        stream.write("MX-9,one cell too few\n")
    return path


def _not_a_workbook(folder: Path) -> Path:
    path = folder / "plans.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    return path


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
_DOCUMENT = "client_id: MX-1\nclient_name: One\n"

BAD = {
    "no such file": Bad(lambda folder: folder / "absent.csv", ("absent.csv", "no such file")),
    "folder without documents": Bad(_folder, ("empty of plans", "*.yaml")),
    "text named duckdb": Bad(
        _text("plans.duckdb", "client_id,client_name\n"), ("plans.duckdb", "not a DuckDB")
    ),
    "newer duckdb": Bad(_newer, ("newer.duckdb", "newer version", "9999", "storage_version")),
    "truncated duckdb": Bad(
        _cut(lambda folder: database(folder / "plans.duckdb", many(9))), ("plans.duckdb",)
    ),
    "database without plans": Bad(_other_database, ("shop.duckdb", "orders")),
    "database without rows": Bad(_database_without_rows, ("plans.duckdb", "plan_designs", "row")),
    "encrypted workbook": Bad(
        _text("plans.xlsx", _OLE + "EncryptedPackage".encode("utf-16-le")), ("plans.xlsx", "password")
    ),
    "truncated workbook": Bad(_cut(_book(many(40))), ("plans.xlsx",)),
    "zip that is no workbook": Bad(_not_a_workbook, ("plans.xlsx",)),
    "workbook without a column": Bad(
        _book(_renamed("match_formula", "match_formulla")),
        ("plans.xlsx", "Plan Data", "match_formula", "match_formulla"),
    ),
    "workbook without rows": Bad(_book([], list(many(1)[0])), ("plans.xlsx", "Plan Data", "row")),
    "missing column": Bad(
        _csv(_renamed("client_name", "client name")), ("plans.csv", "client_name", "client name")
    ),
    "column twice": Bad(_twice, ("plans.csv", "industry", "2 times")),
    "zero rows": Bad(_text("plans.csv", ",".join(many(1)[0]) + "\n"), ("plans.csv", "row")),
    "empty file": Bad(_text("plans.csv", ""), ("plans.csv", "empty")),
    "ragged row": Bad(_ragged, ("plans.csv", "line 5", "2 cells")),
    "open quote": Bad(
        _text("plans.csv", ",".join(many(1)[0]) + '\n"MX-1,never closed\n'), ("plans.csv", "line 2", "quot")
    ),
    "broken yaml": Bad(_text("plan.yaml", _DOCUMENT + "notes: [unclosed\n"), ("plan.yaml", "line")),
    "broken json": Bad(_text("plan.json", '{"client_id": "MX-1",}'), ("plan.json", "line 1", "column")),
    "document without an id": Bad(_text("plan.yaml", "client_name: One\n"), ("plan.yaml", "client_id")),
    "list for a text": Bad(
        _text("plan.yaml", _DOCUMENT + "match_formula: [50% up to 6%]\n"),
        ("plan.yaml", "match_formula", "list"),
    ),
    "unknown ending": Bad(_text("plans.docx.bak", "x"), ("plans.docx.bak", ".csv")),
    "undecodable": Bad(
        _text("plans.csv", b"client_id,client_name\nMX-1,\x81\x8d\n"), ("plans.csv", "line 2", "UTF-8")
    ),
}
