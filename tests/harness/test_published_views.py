"""A mart that is a view: made anew over published tables, compared for one client, never read as a whole."""

from pathlib import Path

import duckdb
import pytest

from harness.errors import DeliveryError, GateError
from harness.identifiers import Scanner
from harness.publish import publish
from tests.harness.world import World, make_world

AT = "20260101T000000.000000Z-000000"
VIEW = """
create view fct_pair as
select a.client_ref, b.client_ref as other_ref
from warehouse.main.dim_client as a inner join warehouse.main.dim_client as b on a.client_ref <> b.client_ref;
comment on view fct_pair is 'One row per pair';
comment on column fct_pair.other_ref is 'The other client';
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = make_world(tmp_path, monkeypatch)
    assert made.run().error is None
    return made


def change(world: World, sql: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{world.where.warehouse}' as warehouse; use warehouse.main; {sql}")


def test_view_reads_the_published_tables_when_the_file_is_opened_or_attached(world: World) -> None:
    # a view that names the warehouse would work here, and nowhere else
    change(world, VIEW)
    made = publish(world.where, AT, [], [], Scanner(()))
    assert "fct_pair" not in made.rows
    with duckdb.connect(str(made.path), read_only=True) as connection:
        assert connection.execute("select count(*) from fct_pair").fetchall() == [(6,)]
        assert connection.execute(
            "select comment from duckdb_views() where view_name = 'fct_pair' union all"
            " select comment from duckdb_columns()"
            " where table_name = 'fct_pair' and column_name = 'other_ref'"
        ).fetchall() == [("One row per pair",), ("The other client",)]
        assert "warehouse" not in str(connection.execute("select sql from duckdb_views()").fetchall())
    with duckdb.connect() as connection:
        connection.execute(f"attach '{made.path}' as planwise (read_only)")
        assert connection.execute("select count(*) from planwise.fct_pair").fetchall() == [(6,)]


def test_nothing_is_left_when_a_view_reads_what_is_not_published(world: World) -> None:
    change(world, "create view fct_pair as select client_ref from warehouse.main.int_clients;")
    with pytest.raises(GateError) as caught:
        publish(world.where, AT, [], [], Scanner(()))
    assert caught.value.code == "view_not_published"
    assert "fct_pair" in caught.value.message
    assert not list(world.where.published.glob("*20260101*"))


def test_file_is_refused_when_its_view_says_something_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(world, VIEW)
    monkeypatch.setattr(
        "harness.publish.add_view",
        lambda connection, name, _: connection.execute(
            f"create view {name} as select client_ref, client_ref as other_ref from dim_client"
        ),
    )
    with pytest.raises(DeliveryError) as caught:
        publish(world.where, AT, [], [], Scanner(()))
    assert caught.value.code == "published_differs"


def test_view_that_is_no_mart_stays_behind_when_marts_are_published(world: World) -> None:
    change(world, "create view stg_bank as select client_id from int_clients;")
    made = publish(world.where, AT, [], [], Scanner(()))
    with duckdb.connect(str(made.path), read_only=True) as connection:
        named = connection.execute("select view_name from duckdb_views() where not internal").fetchall()
    assert named == [("sync_status",)]
