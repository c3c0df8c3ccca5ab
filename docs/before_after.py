"""The tables of before_after.md: corpus strings through the real parser, one table a field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docs.blocks import code, table
from docs.parsed import shown
from tests.parsing.parser import parse

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "corpus"
HEAD = ("the text", "becomes", "status", "because")


def corpus(field: str) -> dict[str, dict[str, Any]]:
    """The labelled strings of a field by id."""
    lines = (CORPUS / f"{field}.jsonl").read_text(encoding="utf-8").split("\n")
    return {row["id"]: row for row in map(json.loads, filter(str.strip, lines))}


def field_table(field: str, ids: str) -> str:
    """One row per id: the text, what the parser made of it, its status, and its reasons or what it shows."""
    known = corpus(field)
    rows = [known[name] for name in ids.split()]
    results = parse(field, [(row["raw"], row.get("unit")) for row in rows])
    return table(HEAD, [_row(row, got) for row, got in zip(rows, results, strict=True)])


def _row(row: dict[str, Any], got: dict[str, Any]) -> tuple[str, str, str, str]:
    unit = f" ({row['unit']} column)" if row.get("unit") in ("percent", "fraction") else ""
    reasons = ", ".join(code(reason) for reason in got["reasons"])
    because = f"{reasons}; {row['why']}" if reasons and row.get("why") else reasons or row.get("why", "")
    return code(row["raw"]) + unit, shown(got) or "-", got["status"] or "-", because.replace("\n", " ")


def tables(examples: Mapping[str, str]) -> dict[str, str]:
    """A block for every field."""
    return {field: field_table(field, ids) for field, ids in examples.items()}
