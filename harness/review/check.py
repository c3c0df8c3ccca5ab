"""Whether a row can be a decision at all: its form by the JSON Schema, its client and field by the load."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

from exporters import SCHEMAS
from harness.identifiers import Scanner
from harness.warehouse import identifier, sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

SCHEMA = SCHEMAS / "resolutions-1.0.json"


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of one row."""
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


def reviewable() -> tuple[str, ...]:
    """The fields that can be decided."""
    return tuple(schema()["properties"]["field"]["enum"])


@dataclass(frozen=True)
class Load:
    """The present load as decisions see it."""

    name: str
    texts: Mapping[tuple[str, str], str | None]
    """The source's own text by client_id and field, for each client with a usable id; null for a blank."""
    scanner: Scanner

    @property
    def clients(self) -> set[str]:
        """The client_ids."""
        return {client_id for client_id, _ in self.texts}


def read_load(connection: "DuckDBPyConnection", scanner: Scanner) -> Load:
    """Read what was landed last; nothing needs to be built."""
    columns = ", ".join(identifier(field) for field in reviewable())
    found = connection.execute(sql("present_texts").format(columns=columns)).fetchall()
    name = connection.execute("select max(source_name) from raw.load").fetchall()[0][0]
    return Load(str(name), {(client_id, field): raw for client_id, field, raw in found}, scanner)


def same_text(one: str | None, other: str | None) -> bool:
    """Whether two raw texts are the same, as int_resolutions__matched compares them."""
    return (one or "").strip(" ") == (other or "").strip(" ")


def problems(cells: Mapping[str, str], load: Load) -> list[tuple[str, str]]:
    """List (column, what is wrong and what would be right); empty for a row that can be taken."""
    found = [_told(error) for error in _validator().iter_errors(dict(cells))]
    return sorted({*found, *_by_load(cells, load)})


@cache
def _validator() -> "Validator":
    from jsonschema import Draft202012Validator, FormatChecker

    return Draft202012Validator(schema(), format_checker=FormatChecker(["date"]))


def _told(error: "ValidationError") -> tuple[str, str]:
    column, value = str(error.absolute_path[-1]), str(error.instance)
    shown = repr(value[:80])
    if not value:
        problem = f"is empty; needed: {schema()['properties'][column]['description'].rstrip('.')}"
    elif column == "field":
        near = get_close_matches(value, reviewable(), n=3, cutoff=0.4) or reviewable()
        problem = f"{shown} can't be decided; nearest: {', '.join(near)}"
    elif column == "date":
        problem = f"{shown} is no day; write it as 2026-11-22"
    elif error.validator == "maxLength":
        problem = f"{shown} is longer than {error.validator_value} characters; shorten it"
    else:
        problem = f"{shown} holds a line break or another control character; write it in one line"
    return column, problem


def _by_load(cells: Mapping[str, str], load: Load) -> Iterator[tuple[str, str]]:
    client_id = cells["client_id"]
    if client_id and client_id not in load.clients:
        near = get_close_matches(client_id, sorted(load.clients), n=3, cutoff=0.5)
        hint = f"nearest: {', '.join(near)}" if near else "no client there has a name like it"
        yield "client_id", f"{client_id[:80]!r} is not in {load.name}; {hint}"
    for column in ("value", "reviewer", "reason"):
        # in a sentence, as it will stand in the export: a word that is an identifier only by itself may stay
        for kind, name in load.scanner.in_text(f"said: {cells[column]}"):
            yield column, f"names an internal identifier ({kind} {name!r}), and it travels with the export"
