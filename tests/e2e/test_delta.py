"""What is built of the clients that changed is what a whole build makes of them all."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import transform, warehouse
from harness.config import PROJECT
from harness.direct import base, parts
from harness.direct import build as direct
from harness.direct import delta as deltas
from harness.direct import plan as plans
from harness.direct.plan import Node
from tests.e2e.book import WORDED, book, edited, texts
from tests.e2e.command import SAMPLE
from tests.e2e.test_direct import _landed, _relations
from tests.harness.builders import write_csv

Row = dict[str, Any]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> list[Node]:
    """What a run builds before the gates, as dbt compiled it for this test or any before."""
    folder, print_ = PROJECT / "target" / "direct", plans.fingerprint(PROJECT, {})
    if not (plan := plans.load(folder, print_)):
        home = tmp_path_factory.mktemp("compiled")
        _landed(home, SAMPLE)
        assert transform.build(home, SAMPLE).succeeded
        plan = plans.load(folder, print_)
    assert plan
    return direct.chosen(plan, (), transform.BEFORE_THE_GATES.exclude)


@pytest.fixture(scope="module")
def clients() -> list[Row]:
    return book(60)


@pytest.fixture(scope="module")
def built(
    nodes: list[Node], clients: list[Row], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Path]:
    """Give copies of a home in which a book of clients was built whole."""
    folder = tmp_path_factory.mktemp("delta")
    _landed(folder / "home", write_csv(folder / "book.csv", clients))
    direct.build(folder / "home", PROJECT, nodes)
    numbers = iter(range(1000))
    return lambda: Path(shutil.copytree(folder / "home", folder / f"copy{next(numbers)}"))


@pytest.fixture
def was_delta(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each build since was of what changed only."""
    found: list[bool] = []
    real = direct._brought_up_to_date

    def told(*arguments: Any) -> bool:
        found.append(real(*arguments))
        return found[-1]

    monkeypatch.setattr(direct, "_brought_up_to_date", told)
    return found


def _land(home: Path, clients: list[Row], is_standing: bool = True) -> None:
    _landed(home, write_csv(home.parent / "book.csv", clients))
    with warehouse.writing(home / "warehouse.duckdb") as connection:
        base.note_standing(connection, is_standing)


def _differing(home: Path, nodes: list[Node]) -> list[str]:
    """Relations that a whole build makes in another way from what is landed in the home."""
    whole = Path(shutil.copytree(home, home.with_name(f"{home.name}_whole")))
    with warehouse.writing(whole / "warehouse.duckdb") as connection:
        base.note_standing(connection, False)
    direct.build(whole, PROJECT, nodes)
    ours, theirs = _relations(home), _relations(whole)
    shutil.rmtree(whole)
    return sorted(name for name in ours | theirs if ours.get(name) != theirs.get(name))


def _some_edited(clients: list[Row], seed: int) -> list[Row]:
    """Two clients changed where they stand, perhaps one gone from the end, perhaps one new there."""
    rng = random.Random(seed)
    found = texts(seed, 6)
    after = [dict(client) for client in clients]
    for client in rng.sample(after, 2):
        field = rng.choice(
            (*WORDED, "participation_rate", "industry", "auto_enrollment_enabled", "last_updated")
        )
        given = ("", "n/a", "Yes", "71.5%", "2019-01-01", "Construction", "6 percnt")
        client[field] = rng.choice(found.get(field, given))
    if rng.random() < 0.3:
        after.pop()
    if rng.random() < 0.5:
        after.append(dict(rng.choice(clients), client_id=f"NX-{seed}", client_name=f"New {seed}"))
    return after


@pytest.mark.parametrize(
    "loads", [2, *(pytest.param(4, marks=pytest.mark.slow, id=f"{n}") for n in range(12))]
)
def test_everything_is_as_a_whole_build_makes_it_when_some_clients_changed(
    loads: int,
    request: pytest.FixtureRequest,
    built: Callable[[], Path],
    nodes: list[Node],
    clients: list[Row],
    was_delta: list[bool],
) -> None:
    """Without it a client's document could be of the load before, or of a neighbour's figures."""
    home, rows = built(), clients
    first = sum(map(ord, request.node.name))
    for load in range(loads):
        rows = _some_edited(rows, first + load)
        _land(home, rows)
        direct.build(home, PROJECT, nodes)
    assert was_delta == [True] * loads
    assert _differing(home, nodes) == []


def _copied_above(clients: list[Row]) -> list[Row]:
    """The last row moves down, and where it stood stands another client of the same figures."""
    return [*clients[:-1], dict(clients[-1], client_id="NX-1", client_name="New 1"), clients[-1]]


def _between_equals(clients: list[Row]) -> list[Row]:
    """Of three clients of the same figures at the end, a new one above them."""
    equal = [dict(clients[-1], client_id=row["client_id"], client_name=row["client_name"]) for row in clients]
    return [*clients[:-3], dict(clients[-1], client_id="NX-1", client_name="New 1"), *equal[-3:]]


def _hardly_blank(clients: list[Row]) -> list[Row]:
    """One list is empty that was none before: DuckDB's hash of both is one."""
    return [*clients[:-4], dict(clients[-4], eligibility="-"), *clients[-3:]]


@pytest.mark.parametrize("change", [_copied_above, _between_equals, _hardly_blank])
def test_everything_is_as_a_whole_build_makes_it_when_little_is_to_be_seen_of_a_change(
    change: Callable[[list[Row]], list[Row]],
    built: Callable[[], Path],
    nodes: list[Node],
    clients: list[Row],
    was_delta: list[bool],
) -> None:
    home = built()
    before = [*clients[:-4], dict(clients[-4], eligibility=""), *clients[-3:]]
    if change is _between_equals:
        before = [row for row in _between_equals(before) if row["client_id"] != "NX-1"]
    for rows in (before, change(before)):
        _land(home, rows)
        direct.build(home, PROJECT, nodes)
    assert was_delta == [True, True]
    assert _differing(home, nodes) == []


def _doubled(clients: list[Row]) -> list[Row]:
    return [*clients, dict(clients[3])]


def _nameless(clients: list[Row]) -> list[Row]:
    return [*clients[:-1], dict(clients[-1], client_id="")]


@pytest.mark.slow
@pytest.mark.parametrize("change", [_doubled, _nameless, lambda rows: edited(rows, 3, 0.3)])
def test_everything_is_as_a_whole_build_makes_it_when_rows_name_nobody_or_moved(
    change: Callable[[list[Row]], list[Row]],
    built: Callable[[], Path],
    nodes: list[Node],
    clients: list[Row],
) -> None:
    home = built()
    for rows in (change(clients), clients):
        _land(home, rows)
        direct.build(home, PROJECT, nodes)
        assert _differing(home, nodes) == []


@contextmanager
def _begun(home: Path, nodes: list[Node]) -> Iterator[deltas.Delta]:
    """A delta build of the home, its views and keys; nothing of it is kept."""
    with warehouse.writing(home / "warehouse.duckdb") as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach {warehouse.literal(home / 'state.duckdb')} as state")
        connection.execute("begin transaction")
        yield deltas.begun(connection, nodes)
        connection.execute("rollback")


@pytest.mark.parametrize(
    "change",
    [
        "update raw.load set as_of_on = '2026-11-23'",
        "update raw.load set unit_setting = 'percent'",
        "update raw.code set fingerprint = 'another'",
        "insert into raw.source_columns by name select 'another' as column_name",
        "update state.main.client_ref set client_ref = 'c000000000000001' where client_id = 'MX-0000'",
    ],
)
def test_all_is_built_when_anything_else_than_clients_changed(
    change: str, built: Callable[[], Path], nodes: list[Node], clients: list[Row]
) -> None:
    """Without it what another day, decision or unit means for all clients would reach some of them only."""
    home = built()
    _land(home, clients)
    with warehouse.writing(home / "warehouse.duckdb") as connection:
        connection.execute(f"attach {warehouse.literal(home / 'state.duckdb')} as state")
        connection.execute(change)
    with pytest.raises(deltas.Doubt), _begun(home, nodes):
        pass


@pytest.mark.parametrize("client_id", ["", "  ", "MX-0003"])
def test_all_is_built_when_a_row_that_names_nobody_appears_beside_a_changed_one(
    client_id: str, built: Callable[[], Path], nodes: list[Node], clients: list[Row]
) -> None:
    """It is in no client's part: without it what is told of such rows would be that of the load before."""
    home, before, changed = built(), clients, dict(clients[0], participation_rate="12%")
    _land(home, [changed, *before[1:]])
    with _begun(home, nodes) as delta:
        assert delta.changes[base.NAMED].rows or delta.changes[base.NAMED].columns
    _land(home, [changed, *before[1:], dict(before[3], client_id=client_id)])
    with pytest.raises(deltas.Doubt, match="without a usable id"), _begun(home, nodes):
        pass


def test_all_is_built_when_dbt_built_the_last_load(
    built: Callable[[], Path],
    clients: list[Row],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without it a client that changed, and changed back, would be delivered as it was in between."""
    home = built()
    monkeypatch.setattr(transform, "_kept", lambda *_: None)
    monkeypatch.setattr(transform, "_invoke", lambda *_, **__: pytest.fail("dbt begins here"))
    with pytest.raises(pytest.fail.Exception):
        transform.build(home, home.parent / "book.csv")
    _land(home, clients)
    with warehouse.opened(home / "warehouse.duckdb") as connection:
        assert not base.is_standing(connection)


def test_documents_are_made_again_when_the_gates_wrote_in_them(
    built: Callable[[], Path], nodes: list[Node], clients: list[Row]
) -> None:
    """Without it a warning of the last load would go out again, whatever is so now."""
    home = built()
    with warehouse.writing(home / "warehouse.duckdb") as connection:
        ((client,),) = connection.execute("select min(client_ref) from exp_crm__account").fetchall()
        connection.execute(
            f"update exp_crm__account set document_checksum = 'x' where client_ref = '{client}'"
        )
    _land(home, clients)
    with _begun(home, nodes) as delta:
        assert delta.forced == {'"warehouse"."main"."exp_crm__account"': {client}}
        delta.build(next(node for node in nodes if node.name == "exp_crm__account"))
        assert delta.ran == ["exp_crm__account"]
        asked = f"select document_checksum from exp_crm__account where client_ref = '{client}'"
        assert delta.connection.execute(asked).fetchall() != [("x",)]


def test_a_large_book_is_built_as_a_small_one_when_it_is_built_in_parts(
    built: Callable[[], Path], nodes: list[Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the last of some thousand clients, or all but the last, could be without a document."""
    home = built()
    small = _relations(home)
    monkeypatch.setattr(direct, "_LARGE", 10)
    monkeypatch.setattr(parts, "_AT_ONCE", 25)
    assert sum(node.in_parts for node in nodes) == 4
    direct.build(home, PROJECT, nodes)
    large = _relations(home)
    assert [name for name in small | large if small.get(name) != large.get(name)] == []


def test_a_clients_rows_are_made_of_its_own_alone_where_the_model_says_so(
    built: Callable[[], Path], nodes: list[Node], clients: list[Row]
) -> None:
    """Each such model, over the rows of some clients, gives the rows that they have; another would not."""
    home = built()
    _land(home, clients)
    with _begun(home, nodes) as delta:
        everybody = sorted({client for found in delta.by_id.values() for client in found})
        for seed, count in ((1, 1), (2, 7), (3, 30)):
            delta._keys(set(random.Random(seed).sample(everybody, count)))
            for node in nodes:
                if node.rows_of == "client" and node.kind == "table":
                    found = delta._differing(node, delta._selected(node, True), True)
                    assert found is None, node.name
        steps = next(node for node in nodes if node.name == "fct_peer_step")
        assert delta._differing(steps, delta._selected(replace(steps, rows_of="client"), True), True)
