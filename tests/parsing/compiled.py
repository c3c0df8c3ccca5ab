"""The project's parser models as dbt compiles them, in the order in which they build.

dbt compiles the real project once per content of macros, models and seeds (cached under target/parser), so
that a pytest session pays for it once and a second session not at all. Nothing is landed in the project's
own warehouse: dbt gets a home of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "target" / "parser"
STUB = "int_plan_texts__chosen"
COMPILED_FROM = ("dbt_project.yml", "macros/**/*.sql", "models/**/*.sql", "models/**/*.yml", "seeds/*.csv")
SCHEMA = '"warehouse"."main".'


class Node(NamedTuple):
    """A model: its name, its compiled SQL and the names of the models and seeds that it reads."""

    name: str
    sql: str
    reads: tuple[str, ...]


def content_hash() -> str:
    """sha256 over the files that dbt compiles, 16 hex."""
    digest = hashlib.sha256()
    for pattern in COMPILED_FROM:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def compile_project(names: Sequence[str]) -> dict[str, Node]:
    """All models that the named ones are made of, compiled by dbt; RuntimeError with dbt's own words."""
    from dbt.cli.main import dbtRunner

    with tempfile.TemporaryDirectory() as home, patch.dict(os.environ, PLANWISE_HOME=home):
        arguments = ["--quiet", "compile", "--select", *(f"+{name}" for name in names)]
        arguments += ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT / "profiles")]
        arguments += ["--target-path", home, "--log-path", home, "--no-partial-parse"]
        # dbt prints what it compiles, even when it is told to be quiet
        with contextlib.redirect_stdout(io.StringIO()):
            result = dbtRunner().invoke(arguments)
        if not result.success:
            raise RuntimeError(
                f"dbt could not compile the parser models: {result.exception or result.result}"
            )
        manifest = json.loads((Path(home) / "manifest.json").read_text(encoding="utf-8"))
    nodes = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node.get("compiled_code"):
            reads = tuple(key.rsplit(".", 1)[-1] for key in node["depends_on"]["nodes"])
            nodes[node["name"]] = Node(node["name"], node["compiled_code"], reads)
    return nodes


@cache
def compiled_nodes(names: tuple[str, ...]) -> dict[str, Node]:
    """The compiled models behind `names`, from the cache where nothing has changed."""
    folder = CACHE / content_hash()
    path = folder / f"{hashlib.sha256(' '.join(names).encode()).hexdigest()[:16]}.json"
    if path.exists():
        rows = json.loads(path.read_text(encoding="utf-8"))
        return {row[0]: Node(row[0], row[1], tuple(row[2])) for row in rows}
    nodes = compile_project(names)
    if not folder.exists():  # something has changed: what was compiled before is of no use
        shutil.rmtree(CACHE, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(nodes.values())), encoding="utf-8")
    return nodes


def build_order(nodes: dict[str, Node], target: str, given: frozenset[str]) -> list[str]:
    """Models to build for `target`, each behind those that it reads; `given` relations exist already."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in given or name in order:
            return
        for read in nodes[name].reads:
            visit(read)
        order.append(name)

    visit(target)
    return order
