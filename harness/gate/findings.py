"""Failing rows become findings: all texts, with what the SQL left out (client_id, raw, place) looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

import duckdb

from harness.gate.suite import COLUMNS

_REF = re.compile(r"[A-Za-z0-9_]{1,64}")
"""What may stand in a SQL literal unquoted; a client_ref of another shape is looked up for nothing."""


class Finding(TypedDict):
    """One failing row. `client_id` is for the operator's report only; `target` null means every target."""

    client_ref: str | None
    client_id: str | None
    field: str | None
    raw: str | None
    code: str | None
    message: str | None
    resolve: str | None
    target: str | None
    file: str | None
    sheet: str | None
    row_number: int | None


class Result(TypedDict):
    """What one expectation found. With an `exception` it could not be evaluated: it failed and blocks."""

    name: str
    rule: str
    checkpoint: str
    severity: str
    sentence: str
    relation: str
    rows_checked: int
    rows_failing: int
    passed: bool
    exception: str | None
    findings: list[Finding]


class Summary(TypedDict):
    """Who may not go out. `held` counts for every target, `held_by_target` for the one named."""

    blocked: bool
    held: list[str]
    held_by_target: dict[str, list[str]]
    held_unidentified: list[Finding]
    warned: list[str]


def finding(row: dict[str, Any], columns: Sequence[str] = COLUMNS) -> Finding:
    """Make a finding of a failing row, null where the SQL gives nothing. ValueError for another column."""
    if unknown := sorted(set(row) - set(columns)):
        raise ValueError(f"the failing rows have the columns {unknown}; the suite declares {list(columns)}")

    def text(name: str) -> str | None:
        return None if row.get(name) is None else str(row[name])

    return Finding(
        client_ref=text("client_ref"),
        client_id=text("client_id"),
        field=text("field"),
        raw=text("raw"),
        code=text("code"),
        message=text("message"),
        resolve=text("resolve"),
        target=text("target"),
        file=text("file"),
        sheet=text("sheet"),
        row_number=None if row.get("row_number") is None else int(row["row_number"]),
    )


def complete(
    connection: duckdb.DuckDBPyConnection, relations: Iterable[str], findings: Sequence[Finding]
) -> None:
    """Fill in the client_id and place of each named client, and the raw text of each named field."""
    present = set(relations)
    refs = sorted({f["client_ref"] for f in findings if f["client_ref"] and _REF.fullmatch(f["client_ref"])})
    if not refs:
        return
    wanted = ", ".join(f"'{ref}'" for ref in refs)
    places: dict[str, tuple[Any, ...]] = {}
    raws: dict[tuple[str, str], str] = {}
    if "int_clients" in present:
        columns = "client_ref, client_id, file, sheet, row_number"
        rows = connection.execute(
            f"select {columns} from int_clients where client_ref in ({wanted})"
        ).fetchall()
        places = {row[0]: row[1:] for row in rows}
    if "fct_field_status" in present:
        rows = connection.execute(
            "select client_ref, field, raw from fct_field_status "
            f"where raw is not null and client_ref in ({wanted})"
        ).fetchall()
        raws = {(ref, field): raw for ref, field, raw in rows}
    for found in findings:
        if not (ref := found["client_ref"]):
            continue
        client_id, file, sheet, row_number = places.get(ref, (None, None, None, None))
        found["client_id"] = found["client_id"] or client_id
        if found["row_number"] is None:
            found["file"], found["sheet"], found["row_number"] = file, sheet, row_number
        if found["raw"] is None:
            found["raw"] = raws.get((ref, found["field"] or ""))


def summary(results: Iterable[Result]) -> Summary:
    """Sum up checkpoints. A hold that names neither client nor source row can't be honoured, so it blocks."""
    blocked = False
    held: set[str] = set()
    warned: set[str] = set()
    by_target: dict[str, set[str]] = {}
    unidentified: list[Finding] = []
    for result in results:
        if result["passed"]:
            continue
        blocked = blocked or result["severity"] == "block" or result["exception"] is not None
        for found in result["findings"]:
            ref = found["client_ref"]
            if result["severity"] == "warn":
                warned |= {ref} if ref else set()
            elif result["severity"] == "hold" and ref is None:
                unidentified.append(found)
                blocked = blocked or found["row_number"] is None
            elif result["severity"] == "hold" and ref is not None:
                group = by_target.setdefault(found["target"], set()) if found["target"] else held
                group.add(ref)
    return Summary(
        blocked=blocked,
        held=sorted(held),
        held_by_target={target: sorted(refs) for target, refs in sorted(by_target.items())},
        held_unidentified=unidentified,
        warned=sorted(warned),
    )
