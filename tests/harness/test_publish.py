"""The published marts: complete, private, read-only, and readable while the next run builds."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from harness.errors import DeliveryError, GateError
from harness.identifiers import Scanner
from harness.outcome import Client
from harness.publish import _memory, make_current, publish
from harness.published_scan import scan_published
from tests.harness.world import World, document, finding, make_world, reference, result


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(tmp_path, monkeypatch)


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_marts_are_published_with_their_descriptions_when_a_run_passes(world: World) -> None:
    world.run()
    path = world.where.current
    tables = {row[0] for row in rows(path, "select table_name from duckdb_tables()")}
    assert tables == {
        "dim_client", "fct_plan_design", "fct_match_tier", "fct_core_band", "fct_vesting_step",
        "fct_field_status", "exp_navigator__scenario", "fct_client_status", "fct_quality_result",
        "dim_plan_design", "fct_design_change", "fct_sync_operation",
        "dim_mart", "dim_mart_column", "dim_mart_key",
    }  # fmt: skip
    comments = dict(rows(path, "select table_name, comment from duckdb_tables()"))
    assert comments["dim_client"] == "One row per client; the bank's own name"
    columns = "select comment from duckdb_columns() where table_name = '{}' and column_name = 'client_ref'"
    assert rows(path, columns.format("dim_client")) == [("Opaque reference",)]
    assert rows(path, columns.format("fct_client_status"))[0][0]
    assert rows(
        path, "select tags['storage_version'] from duckdb_databases() where database_name = 'current'"
    ) == [("v1.0.0+",)]


def test_constraints_are_those_that_duckdb_1_0_reads_when_a_mart_is_copied(world: World) -> None:
    # a primary key written by 1.5 makes the whole file unreadable for the DuckDB that Navigator pins
    world.run()
    found = rows(
        world.where.current,
        "select constraint_type from duckdb_constraints() where table_name = 'dim_client'",
    )
    assert found == [("NOT NULL",)]


def test_held_client_is_seen_but_has_no_document_when_marts_are_published(world: World) -> None:
    world.failing = [result("P10", "hold", [finding(2), finding(2, field="vesting_schedule")])]
    world.run()
    path = world.where.current
    assert len(rows(path, "from dim_client")) == 3
    assert {row[0] for row in rows(path, "select client_ref from exp_navigator__scenario")} == {
        reference(1),
        reference(3),
    }
    status = rows(
        path, "select client_ref, status, rule, field, code, message from fct_client_status order by all"
    )
    assert status == [
        (reference(1), "exported", None, None, None, None),
        (reference(2), "held", "P10", "match_formula", "no_match_rate", "the match has no rate"),
        (reference(2), "held", "P10", "vesting_schedule", "no_match_rate", "the match has no rate"),
        (reference(3), "exported", None, None, None, None),
    ]


def test_message_is_replaced_by_the_rule_when_it_names_a_client(world: World) -> None:
    # gates may say whose row it is; the dashboard may not
    world.failing = [
        result("P10", "hold", [finding(2, message="client 70002 of matrix_of_the_bank.csv, row 3")])
    ]
    outcome = world.run()
    assert outcome.error is None
    assert rows(world.where.current, "select message from fct_client_status where status = 'held'") == [
        ("Rule P10 holds.",)
    ]
    assert b"70002" not in world.where.current.read_bytes().replace(b"\x00", b"")


def test_file_is_read_only_when_it_is_published(world: World) -> None:
    outcome = world.run()
    for name in ("current.duckdb", f"{outcome.run_id}.duckdb"):
        assert (world.where.published / name).stat().st_mode & 0o777 == 0o444


def test_dashboard_keeps_its_file_when_the_next_run_publishes(world: World) -> None:
    # DuckDB's single-writer lock must never meet a dashboard
    world.run()
    dashboard = (
        "import duckdb, sys\n"
        "connection = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print('open', flush=True); sys.stdin.readline()\n"
        "print(connection.execute('select count(*) from dim_client').fetchall()[0][0], flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", dashboard, str(world.where.current)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    world.numbers = [1, 2]
    assert world.run().error is None
    assert process.communicate("go\n")[0] == "3\n"
    assert len(rows(world.where.current, "from dim_client")) == 2


def ready(world: World) -> None:
    world.run()
    world.where.current.unlink()


def test_nothing_is_left_when_a_mart_is_missing(world: World) -> None:
    ready(world)
    with duckdb.connect(str(world.where.warehouse)) as connection:
        connection.execute("drop table fct_core_band")
    with pytest.raises(GateError) as caught:
        publish(world.where, "20260101T000000.000000Z-000000", [], [], Scanner(()))
    assert caught.value.code == "mart_missing"
    assert not list(world.where.published.glob("*20260101*"))


def test_half_a_file_has_no_name_of_its_own_and_goes_when_its_run_was_killed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it a dashboard could open marts that were never verified, and they would stay for ever."""
    ready(world)
    seen: list[str] = []
    monkeypatch.setattr(
        "harness.publish.scan_published", lambda path, *_: seen.extend(p.name for p in path.parent.iterdir())
    )
    left = world.where.published / ".draft_20251231T000000.000000Z-000000.duckdb"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"half")
    published = publish(world.where, "20260101T000000.000000Z-000000", [], [], Scanner(()))
    assert published.path.exists()
    assert "20260101T000000.000000Z-000000.duckdb" not in seen
    assert not [path for path in world.where.published.iterdir() if path.name.startswith(".")]


def test_nothing_is_left_when_an_identifier_is_in_a_mart(world: World) -> None:
    ready(world)
    with duckdb.connect(str(world.where.warehouse)) as connection:
        connection.execute("update dim_client set client_name = 'Bank (70001)'")
    with pytest.raises(GateError) as caught:
        publish(world.where, "20260101T000000.000000Z-000000", [], [], Scanner([("client_id", "70001")]))
    assert "dim_client.client_name" in caught.value.message
    assert not list(world.where.published.glob("*20260101*"))


def test_identifier_is_found_when_it_is_in_a_list(world: World) -> None:
    ready(world)
    with duckdb.connect(str(world.where.warehouse)) as connection:
        connection.execute("update fct_plan_design set core_reasons = ['see 70001']")
    with pytest.raises(GateError, match="core_reasons"):
        publish(world.where, "20260101T000000.000000Z-000000", [], [], Scanner([("client_id", "70001")]))


def test_identifier_is_found_when_a_table_is_read_in_parts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it a mart of more rows than are read at once could end with rows that nobody looked at."""
    ready(world)
    monkeypatch.setattr("harness.published_scan._FEW_ROWS", 1)
    monkeypatch.setattr("harness.published_scan._MANY_ROWS", 2)
    for client in (1, 2, 3):
        with duckdb.connect(str(world.where.warehouse)) as connection:
            connection.execute("update dim_client set client_name = 'Bank'")
            connection.execute(
                f"update dim_client set client_name = '(70001)' where client_ref = '{reference(client)}'"
            )
        with pytest.raises(GateError, match=r"dim_client\.client_name"):
            publish(world.where, "20260101T000000.000000Z-000000", [], [], Scanner([("client_id", "70001")]))


KINDS = {
    "enumeration": "cast('{}' as enum ('{}', 'b'))",
    "member that no row has": "cast('b' as enum ('{}', 'b'))",
    "enumeration in a list": "[cast('{}' as enum ('{}', 'b'))]",
    "array": "cast(['{}'] as varchar[1])",
    "list of lists": "[['{}']]",
    "struct": "{{'a': [{{'b': '{}'}}]}}",
    "key of a struct": "{{'{}': 1}}",
    "map": "map {{1: '{}'}}",
    "key of a map": "map {{'{}': 1}}",
    "union": "union_value(k := '{}')",
    "bytes": "cast('{}' as blob)",
    "bytes in a struct": "{{'a': [cast('{}' as blob)]}}",
    "JSON": 'cast(\'[{{"a": "{}"}}]\' as json)',
    "JSON in a list": '[cast(\'[{{"a": "{}"}}]\' as json)]',
    "JSON in a struct": "{{'j': cast('{{\"a\": \"of {}\"}}' as json)}}",
    "text": "'of {}'",
}


@pytest.mark.parametrize("of", ["DM-4711", "of (70001)", "70001"])
@pytest.mark.parametrize("kind", KINDS)
def test_identifier_is_found_when_a_column_is_of_any_kind_that_holds_texts(
    tmp_path: Path, kind: str, of: str
) -> None:
    """A list of the types that are looked at leaves out the one that a mart gets next."""
    path = tmp_path / "m.duckdb"
    with duckdb.connect(str(path)) as connection:
        value = KINDS[kind].format(of, of)
        connection.execute(f"create table dim_client as select 'c' as client_ref, {value} as x")
    scan_published(path, Scanner([("client_id", "DM-5")]))
    with pytest.raises(GateError, match=r"dim_client\.x"):
        scan_published(path, Scanner([("client_id", of.strip("of ()"))]))


@pytest.mark.parametrize(
    "value",
    [
        "70001", "cast(70001 as hugeint)", "cast(70001 as decimal(9, 2))", "[70001]", "cast(1 as bignum)",
        "cast([70001, 1] as integer[2])", "{'a': 70001}", "[{'a': [70001]}]", "map {1: 70001}",
        "union_value(k := 70001)", "cast('[70001]' as json)", "cast(70001 as double)", "interval 70001 days",
        "cast('10101' as bit)", "date '2026-01-01'", "timestamptz '2026-01-01'", "uuid()",
    ],
)  # fmt: skip
def test_number_is_no_finding_when_it_equals_an_identifier_in_a_column_of_any_kind(
    tmp_path: Path, value: str
) -> None:
    path = tmp_path / "m.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create table dim_client as select 'c' as client_ref, {value} as x")
    scan_published(path, Scanner([("client_id", "70001"), ("client_id", "10101"), ("plan_id", "2026")]))


def test_head_count_is_no_finding_when_it_equals_an_id(world: World) -> None:
    # 70,001 employees are an amount, also in the raw text; the world's fct_field_status holds just that
    world.run()
    scan_published(world.where.current, Scanner([("client_id", "70001")]))


def test_bare_number_is_no_finding_when_it_is_a_rate_or_a_year_that_equals_a_short_id(world: World) -> None:
    # ids 1, 2, 3, ... and rates of 3 percent are both common
    ready(world)
    with duckdb.connect(str(world.where.warehouse)) as connection:
        connection.execute("update fct_field_status set field = 'auto_enrollment_rate', raw = '3'")
    at = "20260101T000000.000000Z-000000"
    assert publish(world.where, at, [], [], Scanner([("client_id", "3")])).rows
    with duckdb.connect(str(world.where.warehouse)) as connection:
        connection.execute("update fct_field_status set field = 'client_name'")
    with pytest.raises(GateError, match="client_id '3'"):
        publish(world.where, at.replace("-0", "-1"), [], [], Scanner([("client_id", "3")]))


def test_error_names_row_and_text_when_an_identifier_would_be_published(world: World) -> None:
    ready(world)
    with duckdb.connect(str(world.where.warehouse)) as connection:
        connection.execute("update fct_field_status set field = 'match_formula', raw = 'as 70003 does'")
    with pytest.raises(GateError) as caught:
        publish(world.where, "20260101T000000.000000Z-000000", [], [], Scanner([("client_id", "70003")]))
    for part in ("E02", "fct_field_status.raw", "match_formula", "as 70003 does", "m.csv, row "):
        assert part in caught.value.message


def test_published_file_is_refused_when_it_differs_from_the_warehouse(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(world)
    monkeypatch.setattr("harness.publish._copy_marts", lambda _: {"fct_client_status": (5, 1)})
    with pytest.raises(DeliveryError) as caught:
        publish(world.where, "20260101T000000.000000Z-000000", [Client("1", reference(1))], [], Scanner(()))
    assert caught.value.code == "published_differs"
    assert not list(world.where.published.glob("*20260101*"))


def test_delivery_fails_with_the_path_when_duckdb_cant_write_or_read(world: World) -> None:
    # a full disk is no fault of the program: exit 5 and what to do, not a trace
    ready(world)
    world.where.warehouse.write_bytes(b"no database")
    with pytest.raises(DeliveryError) as caught:
        publish(world.where, "20260101T000000.000000Z-000000", [], [], Scanner(()))
    assert caught.value.code == "not_published"
    assert not list(world.where.published.glob("*20260101*"))


def test_marts_are_published_after_a_run_that_was_killed_while_it_looked_them_through(world: World) -> None:
    """DuckDB's folder for what has no room in memory lay in the way of every later run."""
    ready(world)
    left = world.where.published / ".draft_20251231T000000.000000Z-000000.duckdb.tmp"
    left.mkdir(parents=True)
    (left / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"of the run before")
    publish(world.where, "20260101T000000.000000Z-000000", [Client("1", reference(1))], [], Scanner(()))
    assert not left.exists()


def test_what_has_no_room_in_memory_waits_in_the_home(world: World) -> None:
    """By itself DuckDB takes the working directory, where anybody may look."""
    with _memory(world.where.home) as connection:
        found = connection.execute("select current_setting('temp_directory')").fetchall()[0][0]
    assert Path(found).parent == world.where.home


def test_current_is_switched_only_when_told(world: World) -> None:
    ready(world)
    made = publish(
        world.where, "20260101T000000.000000Z-000000", [Client("1", reference(1))], [], Scanner(())
    )
    assert not world.where.current.exists()
    make_current(world.where, made)
    assert world.where.current.read_bytes() == made.path.read_bytes()


def test_every_delivery_is_told_when_a_run_publishes(world: World) -> None:
    """Else nobody could chart how delivery goes. A run whose file is current has delivered."""
    first = world.run()
    asked = (
        "select run_id, target, client_ref, state, is_confirmed from {} where target <> 'bi'"
        " order by run_id, client_ref"
    )
    told = [(first.run_id, "navigator", reference(number), "confirmed", True) for number in (1, 2, 3)]
    assert rows(world.where.current, asked.format("fct_sync_operation")) == told
    again = world.run()
    assert again.error is None
    # what was delivered is no news of its own: the same input publishes nothing
    assert rows(world.where.current, asked.format("fct_sync_operation")) == told
    world.documents[2] = document(2, data_as_of="2026-01-02")
    world.texts[2] = "25% up to 4%"
    third = world.run()
    assert third.error is None
    told.append((third.run_id, "navigator", reference(2), "confirmed", True))
    assert rows(world.where.current, asked.format("fct_sync_operation")) == told
    assert rows(world.where.current, asked.format("sync_status")) == [told[0], *told[2:]]
    unended = "select count(*) from fct_sync_operation where ended_at is null or ended_at < started_at"
    assert rows(world.where.current, unended) == [(0,)]


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The published files that were looked through."""
    seen: list[str] = []

    def scanned(path: Path, *arguments: Any) -> None:
        seen.append(path.name)
        scan_published(path, *arguments)

    for place in ("publish", "published_scan"):
        monkeypatch.setattr(f"harness.{place}.scan_published", scanned)
    return seen


def test_published_file_is_looked_through_for_what_is_new_when_no_mart_differs(
    world: World, monkeypatch: pytest.MonkeyPatch, looked: list[str]
) -> None:
    """An id of a new row, or a new name of this machine, may stand in marts that stay as they are."""
    assert world.run().error is None
    looked.clear()
    assert world.run().error is None
    assert looked == [], "nothing is new, and it was looked through"
    uname = SimpleNamespace(nodename="somewhere-else")
    monkeypatch.setattr("os.uname", lambda: uname)
    assert world.run().error is None
    assert looked == ["current.duckdb"]
    assert world.run().error is None
    assert looked == ["current.duckdb"]
    uname.nodename = "bank"
    for _ in range(2):
        outcome = world.run()
        assert outcome.error and outcome.error.code == "blocked_e02"
        assert "dim_client.client_name" in outcome.error.message


@pytest.mark.parametrize("what", ["file", "code", "note", "export"])
def test_published_file_is_looked_through_for_all_when_it_may_not_have_been(
    world: World, monkeypatch: pytest.MonkeyPatch, looked: list[str], what: str
) -> None:
    """A note about another file, or by other code, would hide what stands in this one."""
    assert world.run().error is None
    looked.clear()
    if what == "file":
        changed(world.where.current)
    elif what == "code":
        monkeypatch.setattr("harness.scanned._code", lambda: "other")
    elif what == "note":
        (world.where.home / "scanned.json").write_text('{"published": 1}')
    else:
        changed(world.where.current)
        assert world.export("70001").error is None
    assert world.run().error is None
    assert looked == ["current.duckdb"]


def changed(path: Path) -> None:
    """Put another file of the same bytes in its place: what is in it, the file's number no longer says."""
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.chmod(0o444)
    copy.replace(path)
