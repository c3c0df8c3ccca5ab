"""Whether two folders hold the same Navigator documents, whatever they are written in; never timed.

A document is normalised: numbers by value, keys sorted, without what tells of the run (run_id, generated_at,
the source's checksum) or was put in by the gates (warnings); and hashed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from exporters.canonical import dump

OF_THE_RUN = ("run_id", "generated_at", "warnings", "source_checksum")
_PLACES = Decimal("0.0000000001")


class _Loader(yaml.CSafeLoader):
    """Numbers exact, days as they stand."""


_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: Decimal(str(node.value)))
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: str(node.value))


def normal(value: Any) -> Any:
    """The value, keys sorted, every number as the shortest decimal of ten places."""
    if isinstance(value, Mapping):
        return {key: normal(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    number = Decimal(value).quantize(_PLACES).normalize()
    return Decimal(format(number, "f"))


def whole(document: dict[str, Any]) -> dict[str, Any]:
    """All of it but what tells of the run."""
    block = document["design_matrix"]
    return document | {"design_matrix": {key: block[key] for key in block if key not in OF_THE_RUN}}


def engine_part(document: dict[str, Any]) -> dict[str, Any]:
    """What Navigator computes with: all but the block that it keeps and never reads."""
    return {key: value for key, value in document.items() if key != "design_matrix"}


def checksums(
    folder: Path, part: Callable[[dict[str, Any]], dict[str, Any]] = whole, only: str = ""
) -> dict[str, str]:
    """SHA-256 of every document in a folder, by its file's name without the ending.

    `only` is what the last digits of the client's reference must be, where not all are looked at; files are
    told from others by name before they are read.
    """
    found = {}
    for path in folder.iterdir():
        reference = path.stem.partition("_")[0]
        if path.suffix in (".yaml", ".json") and path.name != "MANIFEST.json" and reference.endswith(only):
            text = path.read_text(encoding="utf-8")
            read = (
                json.loads(text, parse_float=Decimal) if path.suffix == ".json" else yaml.load(text, _Loader)
            )
            found[path.stem] = hashlib.sha256(dump(normal(part(read))).encode()).hexdigest()
    return found


def compared(ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, int]:
    """How many documents are equal, differ, and stand on one side only."""
    both = ours.keys() & theirs.keys()
    equal = sum(ours[key] == theirs[key] for key in both)
    return {
        "ours": len(ours),
        "theirs": len(theirs),
        "equal": equal,
        "differ": len(both) - equal,
        "only_ours": len(ours.keys() - both),
        "only_theirs": len(theirs.keys() - both),
    }
