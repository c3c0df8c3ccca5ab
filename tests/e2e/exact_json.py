"""The canonical form of a delivered scenario, by way of YAML alone: what a document checksum is taken of.

Numbers keep the digits that they are written with; nothing of exporters/ or harness/ is used.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import yaml


class _Number(str):
    """A number as it is written."""


class _Loader(yaml.SafeLoader):
    pass


def _as_written(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> _Number:
    return _Number(loader.construct_scalar(node))


for _tag in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _as_written)


def _written(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(
                f"{json.dumps(key, ensure_ascii=False)}:{_written(inner)}" for key, inner in value.items()
            )
            + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def document_checksum(content: bytes) -> str:
    """SHA-256 of the document without the two fields of its run."""
    document = yaml.load(content, Loader=_Loader)
    document["design_matrix"] |= {"run_id": None, "generated_at": None}
    return hashlib.sha256(_written(document).encode()).hexdigest()
