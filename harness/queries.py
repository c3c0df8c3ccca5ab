"""The questions that `review` and `explain` ask, each a file in harness/sql, answered as plain rows."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config import Settings
from harness.errors import SourceError
from harness.warehouse import identifier, literal, sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Answer = dict[str, Any]
"""One row by column name; lists and structs are Python lists and dicts, decimals stay decimals."""


def ask(connection: "DuckDBPyConnection", name: str, **variables: str) -> list[Answer]:
    """Run `harness/sql/<name>.sql` with these DuckDB variables set.

    SourceError `built_otherwise` where the file lacks a table or column that the question is about.
    """
    import duckdb

    for variable, value in variables.items():
        connection.execute(f"set variable {identifier(variable)} = {literal(value)}")
    try:
        cursor = connection.execute(sql(name))
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise SourceError(
            "built_otherwise",
            f"the last build lacks what this command reads: {str(error).splitlines()[0]}",
            "it was stopped, or made by another version; run `planwise-export run SOURCE` again",
        ) from error
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def known_or_refused(asked: tuple[str, ...], known: list[str], where: str) -> None:
    """Raise SourceError (exit 2), naming the nearest, for a name that was asked for and is not known."""
    unknown = [name for name in asked if name not in set(known)]
    if unknown:
        from difflib import get_close_matches  # 5 ms that only a mistake costs

        near = get_close_matches(unknown[0], known, n=3, cutoff=0.5)
        hint = (
            f"nearest: {', '.join(near)}" if near else f"{len(set(known))} names are known; none is like it"
        )
        raise SourceError("unknown_client", f"there is no client {unknown[0]!r} in {where}", hint)


def client_id_of(asked: str, ids: Iterable[str], by_ref: Mapping[str, str], where: str) -> str:
    """The client_id that was asked for, by itself or by reference. SourceError (exit 2) names the nearest."""
    known_or_refused((asked,), [*ids, *by_ref], where)
    return by_ref.get(asked, asked)


def last_report(settings: Settings, client_id: str | None = None) -> Answer | None:
    """The newest report of a `run` that reached the gates - and tells of this client, when one is named."""
    for path in sorted(settings.home.glob("runs/*/report.json"), reverse=True):
        report = _read(path)
        told = {client["client_id"] for client in report.get("clients", [])}
        is_run = report.get("rules") and report["command"] in ("run", "new-client", "watch")
        if is_run and (client_id is None or client_id in told):
            return report
    return None


def _read(path: Path) -> Answer:
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        return {}  # a run that is writing it now
    return found if isinstance(found, dict) else {}
