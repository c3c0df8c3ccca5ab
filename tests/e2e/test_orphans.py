"""Rule R01: each kind of orphan, planted in a copy of what a run built, is found by the project's own SQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from harness.config import PROJECT
from harness.direct import plan as plans
from tests.e2e.conftest import History

COMPILED = "int_orphans.sql"
ONE = "(select arg_min(client_ref, client_id) from int_clients)"
FACTS = ("fct_plan_design", "fct_field_status", "fct_match_tier", "fct_core_band", "fct_vesting_step")
DELIVERED = "insert into raw.delivered_documents values"
# a client that has left the source and is still known
LEFT = "insert into state.client_ref values ('70001', 'c000000000000001', now());"
VERSION = (
    "insert into state.plan_design_history by name select * replace ('c9' as client_ref)"
    " from state.plan_design_history limit 1"
)
PLANTED = {
    **{
        f"row of {fact}": (
            f"insert into {fact} select * replace ('c9' as client_ref) from {fact} limit 1",
            "row_without_client",
        )
        for fact in FACTS
    },
    "row of nobody": (
        "alter table fct_core_band alter client_ref drop not null;"
        " insert into fct_core_band select * replace (null as client_ref) from fct_core_band limit 1",
        "row_without_client",
    ),
    "document row": (
        "insert into exp_navigator__scenario select * replace ('c9' as client_ref)"
        " from exp_navigator__scenario limit 1",
        "row_without_client",
    ),
    "decision": (
        "insert into state.resolution values ('r_1', 'gone', 'state', 'x', 'OH', 'ana', current_date, 'w',"
        " now(), 'terminal', null, null)",
        "decision_without_client",
    ),
    "version": (VERSION, "history_without_client"),
    "history lost": (
        f"{LEFT} {DELIVERED} ('published history', 'k', 'c000000000000001', null, 'run', false)",
        "client_without_history",
    ),
    "published row": (
        f"{DELIVERED} ('published marts', 'c9', 'c9', null, 'run', false)",
        "delivered_without_client",
    ),
    "delivered document": (
        f"{DELIVERED} ('navigator', 'c9_baseline', 'c9', 'sum', 'run', false)",
        "delivered_without_client",
    ),
    "document that would stay": (
        f"{LEFT} {DELIVERED} ('navigator', 'k', 'c000000000000001', 'sum', 'run', true)",
        "delivered_would_stay",
    ),
}
WELL = {
    "nothing": "select 1",
    "client that has left": LEFT,
    "its document leaves with this run": (
        f"{LEFT} {DELIVERED} ('navigator', 'k', 'c000000000000001', 'sum', 'run', false)"
    ),
    "document of a client that is there stays": f"{DELIVERED} ('navigator', 'k', {ONE}, 'sum', 'run', true)",
    "history begins again with this run": (
        f"delete from state.plan_design_history where client_ref = {ONE};"
        f" {DELIVERED} ('published history', 'k', {ONE}, null, 'run', false)"
    ),
}


@pytest.fixture(scope="module")
def built(sample: History, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Warehouse and state of the sample, alone, and the rule's SQL as dbt compiled it."""
    home, folder = sample.first.place.home, tmp_path_factory.mktemp("orphans")
    for name in ("warehouse.duckdb", "state.duckdb"):
        shutil.copy(home / name, folder)
    plan = plans.load(PROJECT / "target" / "direct", plans.fingerprint(PROJECT, {}))
    assert plan
    (rule,) = (node.sql for node in plan.nodes if node.name == "int_orphans")
    (folder / COMPILED).write_text(rule, encoding="utf-8")
    return folder


@pytest.fixture
def connection(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """What was built, in a transaction that no test ever commits."""
    with duckdb.connect() as opened:
        for name in ("warehouse", "state"):
            opened.execute(f"attach '{built / name}.duckdb' as {name}_file (read_only)")
            opened.execute(f"attach ':memory:' as {name}")
            opened.execute(f"copy from database {name}_file to {name}")
        opened.execute("use warehouse.main")
        yield opened


def orphans(connection: duckdb.DuckDBPyConnection, built: Path) -> list[tuple[str, str | None, str | None]]:
    found = connection.execute((built / COMPILED).read_text(encoding="utf-8")).fetchall()
    assert all(message and resolve for *_, message, resolve in found)
    return [(code, client_ref, client_id) for code, _, client_ref, client_id, *_ in found]


@pytest.mark.parametrize("what", PLANTED)
def test_orphan_is_found_when_one_is_planted(
    connection: duckdb.DuckDBPyConnection, built: Path, what: str
) -> None:
    planted, code = PLANTED[what]
    connection.execute(planted)
    ((found, client_ref, client_id),) = orphans(connection, built)
    assert found == code
    assert client_ref in ("c9", "c000000000000001") or what == "row of nobody" or client_id == "gone"


@pytest.mark.parametrize("what", WELL)
def test_nothing_is_orphaned_when_all_is_well(
    connection: duckdb.DuckDBPyConnection, built: Path, what: str
) -> None:
    connection.execute(WELL[what])
    assert orphans(connection, built) == []


def test_what_was_delivered_is_landed_when_a_run_begins(sample: History, built: Path) -> None:
    with duckdb.connect(str(built / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select target, count(distinct client_ref), count(*) filter (where is_kept)"
            " from raw.delivered_documents group by all order by 1"
        ).fetchall()
    # the last run of the sample was about everybody, after one about two
    assert found == [
        ("crm", 84, 0), ("fhi", 84, 0), ("navigator", 81, 0), ("published history", 122, 0),
        ("published marts", 122, 0),
    ]  # fmt: skip
    assert sample.rebuilt.status == 3
