"""Linear cost: no model makes more rows per client when there are more clients; no plan makes pairs."""

from __future__ import annotations

import json

import pytest

from bench.peer_book import RECOMMENDING, PeerBook

MODELS_OF_CLIENTS = {
    "int_peer_memberships": 9,
    "fct_peer_group_member": 9,
    "fct_peer_step": 5,
    "int_peer_values__counted": 9 * 18,
    "int_peer_organisations__counted": 9 * 18,
    "int_peer_benchmarks__computed": 18,
    "fct_peer_benchmark": 18,
    "fct_recommendation": 8,
    "int_navigator__scenarios": 10,
}
"""The most rows a client can have in each."""


def largest_operator(book: PeerBook, name: str) -> int:
    """The most rows that any operator of a model's plan really puts out, its inputs included."""
    plan = book.run(f"explain (analyze, format json) {book.nodes[name].sql}").fetchall()[0][1]

    def walk(node: dict[str, object]) -> int:
        children = node.get("children") or []
        assert isinstance(children, list)
        own = int(str(node.get("operator_cardinality") or 0))
        return max([own, *(walk(child) for child in children)])

    return walk(json.loads(plan))


@pytest.fixture(scope="module")
def grown() -> dict[int, dict[str, int]]:
    """The largest operator of every model, by size of the book."""
    found: dict[int, dict[str, int]] = {}
    book = PeerBook(targets=RECOMMENDING)
    for clients in (1000, 4000):
        book.generate(clients)
        found[clients] = {}
        for name in book.order():
            book.build_one(name)
            if name != "fct_peer_cohort":
                found[clients][name] = largest_operator(book, name)
        for name, most in MODELS_OF_CLIENTS.items():
            rows = book.run(f"select count(*) from {name}").fetchall()[0][0]
            assert rows <= most * clients, name
    book.connection.close()
    return found


def test_no_operator_puts_out_pairs_when_clients_are_four_times_as_many(
    grown: dict[int, dict[str, int]],
) -> None:
    # pairs of 4,000 clients are 16 million; all features of all members are 9 * 18 a client at most
    for name, rows in grown[4000].items():
        assert rows <= 9 * 18 * 4000, f"{name} handles {rows} rows"
        assert rows <= 8 * max(grown[1000][name], 1000), f"{name}: {grown[1000][name]} rows, then {rows}"


def test_peers_of_one_client_are_found_by_key_when_somebody_asks(generated: PeerBook) -> None:
    (ref,) = generated.run("select min(client_ref) from fct_peer_step where is_chosen").fetchall()[0]
    plan = generated.run(f"explain select * from fct_peer_cohort where client_ref = '{ref}'").fetchall()[0][1]
    assert "CROSS_PRODUCT" not in plan
    assert "NESTED_LOOP" not in plan
    # the condition reaches the table, beneath the window
    assert plan.index("WINDOW") < plan.index(ref)
