"""The models between the source's rows and an export, in the order in which they are built: dbt's graph."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.config import Settings
from harness.queries import Answer

_ROWS = "source.planwise.raw.plan_designs"


def manifest_of(settings: Settings) -> Path | None:
    """What dbt last compiled: in the home, or in the project."""
    places = (settings.home / "target" / "manifest.json", settings.project / "target" / "manifest.json")
    return next((path for path in places if path.is_file()), None)


def models_of(settings: Settings, table: str, field: str | None) -> list[Answer]:
    """Every model on the way from the landed rows to the export `table`: name, file, checksum of its text.

    `names_field` marks those whose text names the field that was asked for. Empty where dbt has compiled
    nothing here: `planwise-export run` does.
    """
    path = manifest_of(settings)
    if path is None:
        return []
    manifest = json.loads(path.read_bytes())
    nodes: dict[str, Mapping[str, Any]] = manifest["nodes"]
    export = next(
        (key for key, node in nodes.items() if node["name"] == table and key.startswith("model.")), None
    )
    if export is None:
        return []
    ordered: list[str] = []
    _visit(export, nodes, {}, ordered)
    word = re.compile(rf"\b{re.escape(field)}\b") if field else None
    return [
        {
            "model": nodes[key]["name"],
            "file": nodes[key]["original_file_path"],
            "checksum": nodes[key]["checksum"]["checksum"],
            "names_field": bool(word and word.search(nodes[key].get("raw_code") or "")),
        }
        for key in ordered
    ]


def _visit(
    key: str, nodes: Mapping[str, Mapping[str, Any]], seen: dict[str, bool], ordered: list[str]
) -> bool:
    """Whether a node reads the source's rows, through whatever; those that do are listed, parents first."""
    if key == _ROWS:
        return True
    if key in seen or key not in nodes:
        return seen.get(key, False)
    seen[key] = False
    parents = nodes[key]["depends_on"].get("nodes", [])
    reads = [_visit(parent, nodes, seen, ordered) for parent in sorted(parents)]
    seen[key] = any(reads)
    if seen[key]:
        ordered.append(key)
    return seen[key]
