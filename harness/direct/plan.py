"""What dbt compiled, in the order in which it builds it: made from a manifest, kept by fingerprint."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.built import code
from harness.files import PRIVATE_FILE, atomic_write, make_dir

_ENV_VAR = re.compile(rb"""env_var\(\s*["']([A-Z_]+)["']""")
_REMEMBERS = re.compile(r"\{\{ readings_stamped\(ref\('(\w+)'\)(, is_seed=true)?\) \}\}")
_FORMAT = 2


class Unknown(Exception):
    """The project uses something that only dbt knows how to do."""


@dataclass(frozen=True)
class Node:
    """One thing to build or to test."""

    name: str
    kind: str
    """seed, table, view, append, snapshot, test."""
    relation: str
    """Quoted name, `"database"."main"."name"`; empty for a test."""
    sql: str
    """The select that dbt compiled; for a seed the file, relative to the project."""
    tags: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    """Names and definitions of an enforced contract, or of a seed's columns."""
    comments: tuple[tuple[str, str], ...] = ()
    """Column ("" for the relation) and text."""
    is_warning: bool = False
    tests: tuple[str, ...] = ()
    """Names of the nodes that a test is about."""
    reads: str = ""
    """Relation on which the readings depend that the model remembers (macros/remembered)."""
    is_reading_seed: bool = False
    again: str = ""
    """The select that reads only what the model's table has no reading of."""
    inputs: tuple[str, ...] = ()
    """Quoted names of the relations that it reads."""
    rows_of: str = ""
    """`client`: a client's rows are made of that client's rows alone; `text`: a text's of that text."""
    in_parts: bool = False
    """Built of some thousand clients at a time where there are many."""


@dataclass(frozen=True)
class Plan:
    """Every node of the project, each after what it depends on."""

    fingerprint: str
    nodes: tuple[Node, ...] = field(default=())


def fingerprint(project: Path, environment: Mapping[str, str]) -> str:
    """SHA-256 of all that the compiled SQL depends on: code, seeds, versions, environment variables."""
    values = os.environ | environment
    checksum = code(project)
    asked = [(name, values.get(name, "")) for name in _variables(project, checksum)]
    return hashlib.sha256(f"{_FORMAT}\0{checksum}\0{asked}".encode()).hexdigest()


@lru_cache(maxsize=4)
def _variables(project: Path, _: str) -> tuple[str, ...]:
    """Environment variables that the project asks for; its profile only asks where the files lie.

    The checksum of the code stands for all that is read here.
    """
    found: set[str] = set()
    for folder in ("models", "macros", "snapshots", "tests/dbt"):
        for path in (project / folder).rglob("*.*"):
            found |= {name.decode() for name in _ENV_VAR.findall(path.read_bytes())}
    return tuple(sorted(found))


def load(folder: Path, print_: str) -> Plan | None:
    """The plan kept under a fingerprint; null when there is none that can be read whole."""
    try:
        return _read((folder / f"{print_}.json").read_bytes(), print_)
    except OSError:
        return None


@lru_cache(maxsize=2)
def _read(content: bytes, print_: str) -> Plan | None:
    """The plan in these bytes, under this fingerprint: a build and the history after it read the same."""
    try:
        found = json.loads(content)
        nodes = tuple(
            Node(
                **node
                | {
                    "tags": tuple(node["tags"]),
                    "columns": tuple(map(tuple, node["columns"])),
                    "comments": tuple(map(tuple, node["comments"])),
                    "tests": tuple(node["tests"]),
                    "inputs": tuple(node["inputs"]),
                }
            )
            for node in found["nodes"]
        )
    except (ValueError, KeyError, TypeError):
        return None
    plan = Plan(found["fingerprint"], nodes)
    return plan if plan.fingerprint == print_ and found["sha256"] == _checksum(plan) else None


def keep(folder: Path, plan: Plan) -> None:
    """Write a plan in one piece."""
    make_dir(folder)
    content = {"fingerprint": plan.fingerprint, "sha256": _checksum(plan), "nodes": _as_json(plan)}
    atomic_write(folder / f"{plan.fingerprint}.json", json.dumps(content).encode(), PRIVATE_FILE)


def _as_json(plan: Plan) -> list[dict[str, Any]]:
    return [asdict(node) for node in plan.nodes]


def _checksum(plan: Plan) -> str:
    return hashlib.sha256(json.dumps(_as_json(plan), sort_keys=True).encode()).hexdigest()


def of_manifest(manifest: Mapping[str, Any], again: Mapping[str, Any], print_: str, project: Path) -> Plan:
    """Make a plan of a manifest of which every node is compiled from nothing; raises Unknown.

    In `again` the models that remember readings are compiled over what they have read.
    """
    wanted = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in _BUILDERS}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "operation" and node["raw_code"] != "set timezone = 'UTC'":
            raise Unknown(f"hook {node['name']}")
        if node["resource_type"] not in {*_BUILDERS, "operation", "unit_test", "analysis"}:
            raise Unknown(f"{node['resource_type']} {node['name']}")
    for key, node in wanted.items():
        node["again"] = again["nodes"].get(key, {}).get("compiled_code")
    relations = {node["name"]: node["relation_name"] for node in wanted.values()}
    sources = {key: str(source["relation_name"]) for key, source in manifest["sources"].items()}
    named = sources | {key: str(node["relation_name"]) for key, node in wanted.items()}
    nodes = [
        replace(
            _remembering(_BUILDERS[node["resource_type"]](node, project), node, relations),
            inputs=tuple(sorted(named[up] for up in node["depends_on"].get("nodes", ()) if up in named)),
            rows_of=str((node["config"].get("meta") or {}).get("rows_of", "")),
            in_parts=bool((node["config"].get("meta") or {}).get("in_parts")),
        )
        for node in (wanted[key] for key in _ordered(wanted))
    ]
    return Plan(print_, tuple(nodes))


def _ordered(nodes: Mapping[str, Any]) -> list[str]:
    """Each node after those that it needs, a test before whatever is built on what it tests."""
    needs = {
        key: {up for up in node["depends_on"].get("nodes", ()) if up in nodes} for key, node in nodes.items()
    }
    tests = [key for key, node in nodes.items() if node["resource_type"] == "test"]
    for test in tests:
        for key, up in needs.items():
            # as dbt does: a test of models that are all upstream of a node must pass first
            if nodes[key]["resource_type"] != "test" and needs[test] and needs[test] <= _upstream(key, needs):
                needs[key] = up | {test}
    done: dict[str, None] = {}
    while len(done) < len(nodes):
        ready = sorted(key for key in nodes if key not in done and needs[key] <= done.keys())
        if not ready:
            raise Unknown("nodes that wait for one another")
        done |= dict.fromkeys(ready)
    return list(done)


def _upstream(key: str, needs: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(needs[key])
    while waiting:
        up = waiting.pop()
        if up not in found:
            found.add(up)
            waiting += needs[up]
    return found


def _remembering(made: Node, node: Mapping[str, Any], relations: Mapping[str, str]) -> Node:
    hooks = [hook["sql"] for hook in node["config"].get("post-hook") or ()]
    if not hooks:
        return made
    found = _REMEMBERS.fullmatch(hooks[0].strip())
    if len(hooks) > 1 or not found or made.kind != "table" or not node["again"]:
        raise Unknown(f"hook of {made.name}")
    return replace(made, reads=relations[found[1]], is_reading_seed=bool(found[2]), again=str(node["again"]))


def _model(node: Mapping[str, Any], project: Path) -> Node:
    config = node["config"]
    kind = {"table": "table", "view": "view", "incremental": "append"}.get(config["materialized"])
    if kind is None or config["pre-hook"] or node["language"] != "sql":
        raise Unknown(f"model {node['name']}")
    if kind == "append" and (
        config["incremental_strategy"] != "append" or config["full_refresh"] is not False
    ):
        raise Unknown(f"incremental model {node['name']}")
    columns: tuple[tuple[str, str], ...] = ()
    if config["contract"]["enforced"]:
        columns = tuple((name, _definition(column)) for name, column in node["columns"].items())
        if node.get("constraints"):
            raise Unknown(f"constraints of {node['name']}")
    return Node(
        node["name"],
        kind,
        node["relation_name"],
        _compiled(node),
        tuple(node["tags"]),
        columns,
        _comments(node, config["persist_docs"] or {}),
    )


def _definition(column: Mapping[str, Any]) -> str:
    kinds = [constraint["type"] for constraint in column["constraints"]]
    if any(kind != "not_null" for kind in kinds) or not column["data_type"]:
        raise Unknown(f"column {column['name']}")
    return f"{column['data_type']}{' not null' if kinds else ''}"


def _comments(node: Mapping[str, Any], wanted: Mapping[str, bool]) -> tuple[tuple[str, str], ...]:
    of_relation = [("", node["description"])] if wanted.get("relation") and node["description"] else []
    of_columns = [(name, column["description"]) for name, column in node["columns"].items()]
    return (*of_relation, *(of_columns if wanted.get("columns") else ()))


def _compiled(node: Mapping[str, Any]) -> str:
    if not node.get("compiled_code"):
        raise Unknown(f"{node['name']}, which is not compiled")
    return str(node["compiled_code"])


def _seed(node: Mapping[str, Any], project: Path) -> Node:
    config = node["config"]
    with (project / node["original_file_path"]).open(newline="", encoding="utf-8") as file:
        header = next(csv.reader(file))
    types = config["column_types"]
    if set(header) - set(types) or config["delimiter"] != ",":
        raise Unknown(f"seed {node['name']}, whose columns have no types")
    return Node(
        node["name"],
        "seed",
        node["relation_name"],
        node["original_file_path"],
        tuple(node["tags"]),
        tuple((name, types[name]) for name in header),
        _comments(node, config["persist_docs"] or {}),
    )


def _snapshot(node: Mapping[str, Any], project: Path) -> Node:
    config = node["config"]
    names = config["snapshot_meta_column_names"] or {}
    given = (config["strategy"], config["unique_key"], config["check_cols"], config["updated_at"])
    ours = ("check", "client_ref", ["design_checksum"], "loaded_at")
    if given != ours or config["hard_deletes"] != "invalidate" or names.get("dbt_scd_id") != "version_id":
        raise Unknown(f"snapshot {node['name']}")
    return Node(node["name"], "snapshot", node["relation_name"], _compiled(node), tuple(node["tags"]))


def _test(node: Mapping[str, Any], project: Path) -> Node:
    config = node["config"]
    usual = (config["fail_calc"], config["warn_if"], config["error_if"], config["limit"], config["where"])
    if usual != ("count(*)", "!= 0", "!= 0", None, None) or config["store_failures"]:
        raise Unknown(f"test {node['name']}")
    return Node(
        node["name"],
        "test",
        "",
        _compiled(node),
        tuple(node["tags"]),
        is_warning=str(config["severity"]).lower() == "warn",
        tests=tuple(up.rsplit(".", 1)[-1] for up in node["depends_on"]["nodes"]),
    )


_BUILDERS = {"model": _model, "seed": _seed, "snapshot": _snapshot, "test": _test}
