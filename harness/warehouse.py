"""What the harness reads back from DuckDB files, always read-only and closed again: who is in the load, what
goes out.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from harness.errors import GateError, LockedError, SourceError
from harness.files import PRIVATE_FILE, make_dir
from harness.memory import configuration
from harness.outcome import Client

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CHUNK = 2000
_IN_MEMORY = 256 << 20
"""So many characters of documents of one target are held in memory."""
RejectedRow = dict[str, Any]
"""{file, sheet, row, client_id, problem: missing|duplicate}"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A text in a file without a name, which is gone with the process: a million documents are no memory."""

    file: "IO[bytes]"
    start: int
    size: int

    def read(self) -> str:
        """The text; from any process that was forked off, too."""
        return os.pread(self.file.fileno(), self.size, self.start).decode("utf-8")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an exports model."""

    delivery_key: str
    client_ref: str
    text: str | Stored
    """The document, or where it is kept."""
    checksum: str
    scenario: str = "baseline"
    """Which of the client's scenarios it is; targets that know of none have the baseline only."""

    @property
    def document(self) -> str:
        """JSON text, complete but for design_matrix.run_id and .generated_at."""
        return self.text if isinstance(self.text, str) else self.text.read()

    @property
    def is_baseline(self) -> bool:
        """Tell whether it is the client's plan as it is, and not a change of it."""
        return self.scenario == "baseline"


def literal(text: str | Path) -> str:
    """Quote a string for SQL. Bound parameters would import pandas (0.5-1.1 s)."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def row_hash(row: str) -> str:
    """SQL for what tells rows apart. `hash` alone takes NULL for an empty list, and two lists beside each
    other for one (DuckDB 1.5.5).
    """
    return f"hash({row}, cast({row} as varchar))"


def content(relation: str) -> str:
    """SQL for what tells relations apart, whatever the order of their rows: how many, and two sums."""
    return (
        f"select count(*), sum(hashed), bit_xor(hashed) from (select {row_hash('r')} as hashed"
        f" from {relation} as r)"
    )


def sql(name: str) -> str:
    """Read the text of `harness/sql/<name>.sql`."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _connect(path: Path, read_only: bool) -> "DuckDBPyConnection":
    import duckdb

    with _told_of(path):
        return duckdb.connect(str(path), read_only=read_only, config=configuration())


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """A file that can't be opened, told as SourceError or LockedError."""
    import duckdb

    try:
        yield
    except duckdb.IOException as error:
        first = str(error).splitlines()[0]
        if "lock" not in first.lower():
            hint = "move it aside and run the export again"
            if path.name == "state.duckdb":  # a new one would give every client another reference
                hint = "put a backup in its place: planwise-export state list, state restore BACKUP"
            raise SourceError("unreadable_file", f"{path} can't be read: {first}", hint) from error
        raise LockedError(
            "file_locked",
            f"another process has {path} open: {first}",
            "close it there (a `dbt` or a DuckDB shell?) and run again",
        ) from error


@contextmanager
def opened(path: Path, **beside: Path) -> Iterator["DuckDBPyConnection"]:
    """Open a DuckDB file of ours read-only, and others `beside` it under their names, which costs less than
    opening each. Raises SourceError `nothing_built`, LockedError `file_locked`.
    """
    for each in (path, *beside.values()):
        if not each.exists():
            raise SourceError(
                "nothing_built", f"there is no {each} yet", "run `planwise-export run SOURCE` first"
            )
    with _connect(path, read_only=True) as connection:
        for name, other in beside.items():
            with _told_of(other):
                connection.execute(f"attach {literal(other)} as {identifier(name)} (read_only)")
        yield connection


@contextmanager
def writing(path: Path) -> Iterator["DuckDBPyConnection"]:
    """Open, or make, a DuckDB file of ours for writing. Raises LockedError `file_locked`."""
    make_dir(path.parent)
    is_new = not path.exists()
    with _connect(path, read_only=False) as connection:
        if is_new:
            path.chmod(PRIVATE_FILE)
        yield connection


def tables(connection: "DuckDBPyConnection", schema: str = "main") -> list[str]:
    """Name the tables of a schema of the file that is open, sorted."""
    found = connection.execute(
        "select table_name from duckdb_tables() where not internal and schema_name = "
        f"{literal(schema)} and database_name = current_database() order by table_name"
    ).fetchall()
    return [name for (name,) in found]


def landed(settings_state: Path, connection: "DuckDBPyConnection") -> tuple[list[Client], list[RejectedRow]]:
    """Read who is in the load that was just landed, before anything is built: (clients, rows without a usable
    id).

    A client that was never built before has no client_ref yet.
    """
    refs: dict[str, str] = {}
    if settings_state.exists():
        with opened(settings_state) as state:
            if "client_ref" in tables(state):
                refs = dict(state.execute("select client_id, client_ref from client_ref").fetchall())
    found = connection.execute(
        """
        with landed_rows as (
            select _file, _sheet, _row, nullif(trim(coalesce(client_id, plan_id)), '') as client_id
            from raw.plan_designs
        )
        select *, count(*) over (partition by client_id) as times from landed_rows order by _file, _sheet,
        _row
        """
    ).fetchall()
    clients, rejected = [], []
    for file, sheet, row, client_id, times in found:
        if client_id is None or times > 1:
            problem = "missing" if client_id is None else "duplicate"
            rejected.append(
                {"file": file, "sheet": sheet, "row": row, "client_id": client_id, "problem": problem}
            )
        else:
            clients.append(Client(client_id, refs.get(client_id)))
    return clients, rejected


def built(connection: "DuckDBPyConnection") -> tuple[list[Client], list[RejectedRow]]:
    """Read who is in the load after the build: (clients, rows without a usable id)."""
    clients = [
        Client(str(client_id), client_ref)
        for client_id, client_ref in connection.execute(
            "select client_id, client_ref from int_clients order by client_id"
        ).fetchall()
    ]
    rejected = [
        dict(zip(("file", "sheet", "row", "client_id", "problem"), row, strict=True))
        for row in connection.execute(
            "select file, sheet, row_number, client_id, id_problem from int_source_rows"
            " where id_problem is not null order by file, sheet, row_number"
        ).fetchall()
    ]
    total = connection.execute("select count(*) from int_source_rows").fetchall()[0][0]
    if total != len(clients) + len(rejected):
        raise GateError(
            "rows_lost",
            f"{total} rows were read, but {len(clients)} have a usable id and {len(rejected)} have none",
            "int_clients and int_source_rows disagree; nothing was published",
        )
    return clients, rejected


def attach_warnings(
    connection: "DuckDBPyConnection", table: str, block: str, warnings: list[dict[str, Any]]
) -> None:
    """Add what the gates warned about to the documents of an exports table; `warnings` as in the SQL file.

    `block` is the key of the documents' block that has the list; empty where the document itself has it.
    """
    if warnings:
        connection.execute(
            f"update {identifier(table)} as exported"
            " set document = warned.document, document_checksum = warned.document_checksum"
            f" from ({_warned(table, block, warnings)}) as warned"
            " where exported.delivery_key = warned.delivery_key"
        )


def lacks_warnings(
    connection: "DuckDBPyConnection", table: str, block: str, warnings: list[dict[str, Any]]
) -> bool:
    """Tell whether `attach_warnings` would change any document, without writing to the file."""
    if not warnings:
        return False
    found = connection.execute(f"select 1 from ({_warned(table, block, warnings)}) limit 1").fetchall()
    return bool(found)


def _warned(table: str, block: str, warnings: list[dict[str, Any]]) -> str:
    inner = "{'warnings': listed.warnings}"
    return sql("warned_documents").format(
        table=identifier(table),
        path=literal(f"$.{block}.warnings" if block else "$.warnings"),
        patch=f"{{{literal(block)}: {inner}}}" if block else inner,
        warnings=literal(json.dumps(warnings, ensure_ascii=False)),
    )


def documents(
    connection: "DuckDBPyConnection",
    table: str,
    home: Path | None = None,
    refs: Iterable[str] | None = None,
) -> list[Row]:
    """Read the documents of a target, sorted by delivery key; a key that comes twice is a GateError.

    Of many the texts are kept in a nameless file in `home`, and read one by one. With `refs`, those of these
    clients only.
    """
    asked = "" if refs is None else f" where client_ref in ({', '.join(map(literal, sorted(refs)))})"
    # not of duckdb_columns(), which lists those of all tables first
    columns = connection.execute(f"from {identifier(table)} limit 0").description
    scenario = "scenario" if "scenario" in [column[0] for column in columns] else "'baseline'"
    found = connection.execute(
        "select delivery_key, client_ref, cast(document as varchar), document_checksum,"
        f" {scenario} from {identifier(table)}{asked}"
    )
    rows: list[Row] = []
    held, file = 0, None
    while chunk := found.fetchmany(_CHUNK):
        for key, ref, text, checksum, name in chunk:
            kept: str | Stored = text
            held += len(text)
            if home is not None and held > _IN_MEMORY:
                file = file or tempfile.TemporaryFile(dir=home)  # noqa: SIM115 - it lives as long as the rows
                content = text.encode("utf-8")
                kept = Stored(file, file.tell(), len(content))
                file.write(content)
            rows.append(Row(key, sys.intern(ref), kept, checksum, sys.intern(name)))
    if file:
        file.flush()
    rows.sort(key=lambda row: row.delivery_key)
    for before, after in pairwise(rows):
        if before.delivery_key == after.delivery_key:
            raise GateError(
                "key_twice", f"{table} holds the delivery key {after.delivery_key} twice", "mend the model"
            )
    return rows
