"""The compiled SQL, run straight on DuckDB, does what dbt does, relation by relation; the rest is dbt's."""

from __future__ import annotations

import copy
import csv
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from harness import transform, warehouse
from harness.built import note_code
from harness.config import PROJECT
from harness.delivered import land_nothing
from harness.direct import build as direct
from harness.direct import plan as plans
from harness.extract import ensure_state, land, read_source
from tests.e2e.command import SAMPLE

_HISTORY = transform.Nodes(select=("tag:history",))
Relations = dict[str, list[tuple[object, ...]]]


def _landed(home: Path, source: Path) -> None:
    ensure_state(home)
    with warehouse.writing(home / "warehouse.duckdb") as connection:
        land(connection, read_source(source), "auto", as_of="2026-11-22")
        note_code(connection, PROJECT)
        land_nothing(connection)


def _both(home: Path, source: Path) -> list[transform.BuildResult]:
    results = [transform.build(home, source), transform.build(home, source, nodes=_HISTORY)]
    assert all(result.succeeded for result in results), [result.failed[:2] for result in results]
    return results


def _changed(source: Path, target: Path) -> None:
    """A second load: one client gone, one changed, one that can't be read."""
    with source.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    match = rows[0].index("match_formula")
    rows[3][match], rows[4][match] = "100% up to 4%", "something or other"
    with target.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows[:1] + rows[2:])


def _relations(home: Path) -> Relations:
    """Columns with types, nullability and comments, and every row, of all that the builds made."""
    found: Relations = {}
    with warehouse.opened(home / "warehouse.duckdb") as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach {warehouse.literal(home / 'state.duckdb')} as state (read_only)")
        names = connection.execute(
            "select distinct database_name, table_name from duckdb_columns()"
            " where schema_name = 'main' and not internal order by all"
        ).fetchall()
        for database, name in names:
            of = f"database_name = '{database}' and schema_name = 'main'"
            columns = connection.execute(
                "select column_name, data_type, is_nullable, comment from duckdb_columns()"
                f" where {of} and table_name = '{name}' order by column_index"
            ).fetchall()
            about = connection.execute(
                f"select 'table', comment from duckdb_tables() where {of} and table_name = '{name}'"
                f" union all select 'view', comment from duckdb_views() where {of} and view_name = '{name}'"
            ).fetchall()
            rows = connection.execute(
                f'select cast(r as varchar) from "{database}".main."{name}" as r order by all'
            ).fetchall()
            found[f"{database}.{name}"] = [*about, *columns, *rows]
    return found


@dataclass(frozen=True)
class Ways:
    """What each way made, and dbt's manifest."""

    by_dbt: Relations
    directly: Relations
    side_by_side: Relations
    """As of a large book, whose nodes are built at once where they do not wait for one another."""
    manifest: dict[str, Any]


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Ways:
    """Two loads, the second built by dbt and by its compiled SQL from the same beginnings."""
    root = tmp_path_factory.mktemp("direct")
    first, second, third = root / "by_dbt", root / "directly", root / "side_by_side"
    _landed(first, SAMPLE)
    _both(first, SAMPLE)
    source = root / "second.csv"
    _changed(SAMPLE, source)
    _landed(first, source)
    shutil.copytree(first, second)
    shutil.copytree(first, third)
    found = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(transform, "_kept", lambda *_: None)
        counted = [result.nodes for result in _both(first, source)]
    found["by dbt"] = _relations(first)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(transform, "_invoke", lambda *_, **__: pytest.fail("dbt was called"))
        assert [result.nodes for result in _both(second, source)] == counted
        patched.setattr(direct, "_LARGE", 0)
        assert [result.nodes for result in _both(third, source)] == counted
    manifest = json.loads((first / "target/manifest.json").read_bytes())
    return Ways(found["by dbt"], _relations(second), _relations(third), manifest)


@pytest.mark.parametrize("how", ["directly", "side_by_side"])
def test_every_relation_is_the_same_when_the_compiled_sql_runs_directly(how: str, ways: Ways) -> None:
    by_dbt, directly = ways.by_dbt, getattr(ways, how)
    assert by_dbt.keys() == directly.keys()
    assert len(by_dbt) > 40
    differing = {name: (by_dbt[name], directly[name]) for name in by_dbt if by_dbt[name] != directly[name]}
    assert not differing, next(iter(differing.items()))


def test_history_moves_when_the_compiled_sql_runs_directly(ways: Ways) -> None:
    # else the comparison above would compare two histories in which nothing happened
    rows = [row for row in ways.directly["state.plan_design_history"] if len(row) == 1]
    assert len(rows) > 122


@pytest.fixture
def plan() -> plans.Plan:
    """The plan of this very project; made by the builds above, or by any run."""
    found = plans.load(PROJECT / "target" / "direct", plans.fingerprint(PROJECT, {}))
    assert found
    return found


@pytest.mark.usefixtures("ways")
def test_plan_is_refused_when_a_byte_of_it_differs(plan: plans.Plan, tmp_path: Path) -> None:
    plans.keep(tmp_path, plan)
    assert plans.load(tmp_path, plan.fingerprint) == plan
    path = next(tmp_path.glob("*.json"))
    content = json.loads(path.read_bytes())
    content["nodes"][-1]["sql"] += " where false"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert plans.load(tmp_path, plan.fingerprint) is None
    path.write_text("{", encoding="utf-8")
    assert plans.load(tmp_path, plan.fingerprint) is None


@pytest.mark.parametrize(
    "name", ["models/marts/dim_client.sql", "macros/dialect/exact.sql", "dbt_project.yml"]
)
def test_fingerprint_is_another_when_a_file_of_the_project_changes(name: str, tmp_path: Path) -> None:
    prints = {plans.fingerprint(PROJECT, {})}
    for number in range(2):
        copied = tmp_path / str(number)
        for folder in ("models", "macros", "seeds", "snapshots", "tests", "profiles", "harness"):
            shutil.copytree(PROJECT / folder, copied / folder)
        shutil.copy(PROJECT / "dbt_project.yml", copied)
        if number:
            with (copied / name).open("a", encoding="utf-8") as file:
                file.write("\n")
        prints.add(plans.fingerprint(copied, {}))
    assert len(prints) == 2


def test_fingerprint_is_another_when_a_variable_that_the_sql_asks_for_changes() -> None:
    assert plans.fingerprint(PROJECT, {"PLANWISE_BECAUSE": "x"}) != plans.fingerprint(PROJECT, {})
    assert plans.fingerprint(PROJECT, {"PLANWISE_HOME": "x"}) == plans.fingerprint(PROJECT, {})


@pytest.mark.usefixtures("ways")
def test_building_stops_and_leaves_nothing_when_a_test_finds_a_row(plan: plans.Plan, tmp_path: Path) -> None:
    """Without it a warehouse of two loads, half of each, could be taken for one of either."""
    ensure_state(tmp_path)
    good = next(node for node in plan.nodes if node.kind == "seed")
    test = next(node for node in plan.nodes if node.kind == "test" and not node.is_warning)
    with pytest.raises(direct.Failed, match=test.name):
        direct.build(tmp_path, PROJECT, [good, replace(test, sql="select 1"), replace(good, name="later")])
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select table_name from duckdb_tables()").fetchall() == []


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("model", {"materialized": "external"}),
        ("model", {"pre-hook": ["select 1"]}),
        ("test", {"error_if": "> 10"}),
        ("test", {"where": "true"}),
        ("snapshot", {"strategy": "timestamp"}),
    ],
)
def test_project_is_left_to_dbt_when_it_uses_what_the_direct_way_does_not_know(
    kind: str, change: dict[str, object], ways: Ways
) -> None:
    manifest = copy.deepcopy(ways.manifest)
    for each in manifest["nodes"].values():
        each["compiled_code"] = "select 1"
    plans.of_manifest(manifest, manifest, "x", PROJECT)
    node = next(node for node in manifest["nodes"].values() if node["resource_type"] == kind)
    node["config"] |= change
    with pytest.raises(plans.Unknown, match=node["name"]):
        plans.of_manifest(manifest, manifest, "x", PROJECT)
