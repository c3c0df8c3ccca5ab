"""What one run sends: nothing that does not differ, everything that does, whatever else is in the source."""

import itertools
from pathlib import Path

import pytest

from tests.delivery.place import asked, clean, make_place, reference, run, sent_twice, shown, snapshot, states
from tests.harness.world import World, document, finding, result

KINDS = ("insert", "update", "delete", "unchanged", "reject")
ORDERS = list(itertools.permutations(KINDS))
ROTATIONS = [KINDS[number:] + KINDS[:number] for number in range(len(KINDS))]


def test_nothing_is_sent_and_no_file_is_touched_when_the_same_input_comes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receiver would take every night's run for news; the ledger and the run's own report grow, no more."""
    world = make_place(tmp_path, monkeypatch)
    assert run(world).error is None
    before, attempts = (
        snapshot(world.where.home, world.where.out),
        asked(world, "select count(*) from attempt"),
    )
    again = run(world)
    assert again.error is None and again.more["nothing_written"]
    after = snapshot(world.where.home, world.where.out)
    touched = {Path(path) for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    own = world.where.run_folder(again.run_id)
    allowed = {world.where.ledger, world.where.lock, world.where.out_lock, own, own / "report.json"}
    allowed |= {Path(f"{world.where.ledger}{end}") for end in ("-wal", "-shm")}
    assert touched - allowed - set(own.iterdir()) == set()
    assert asked(world, "select count(*) from attempt") == attempts
    clean(world)


def test_all_others_go_out_when_1_row_of_850_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One bad row would keep 849 clients from Navigator, or be counted as delivered with them."""
    world = make_place(tmp_path, monkeypatch, range(1, 851))
    world.documents[425] = document(425, vesting_kind="often")
    outcome = world.run()
    assert outcome.error is None
    assert outcome.counts == {"source": 850, "exported": 849, "held": 0, "rejected": 1}
    assert len(shown(world)) == 849 and f"{reference(425)}_baseline.yaml" not in shown(world)
    assert states(world) == {"confirmed": 849, "rejected": 1}
    rows = asked(world, "select delivery_key, code from reject")
    assert rows == [(f"{reference(425)}_baseline", "schema")]


@pytest.mark.parametrize("order", ROTATIONS, ids=["-".join(order) for order in ROTATIONS])
def test_each_row_has_its_lot_when_all_sorts_come_in_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: tuple[str, ...]
) -> None:
    """What becomes of one client would depend on which others stand beside it."""
    _all_sorts(tmp_path, monkeypatch, order)


@pytest.mark.slow
def test_each_row_has_its_lot_when_all_sorts_come_in_every_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same in all 120 orders."""
    for number, order in enumerate(ORDERS):
        _all_sorts(tmp_path / str(number), monkeypatch, order)


def _all_sorts(folder: Path, patch: pytest.MonkeyPatch, order: tuple[str, ...]) -> None:
    at = {kind: number for number, kind in enumerate(order, 1)}
    world = make_place(folder, patch, range(1, 6))
    world.numbers.remove(at["insert"])
    assert run(world).error is None
    old = shown(world)
    world.numbers = [number for number in range(1, 6) if number != at["delete"]]
    world.documents[at["update"]] = document(at["update"], data_as_of="2026-02-02")
    world.texts[at["update"]] = "75% up to 4%"
    world.documents[at["reject"]] = document(at["reject"], vesting_kind="often")
    outcome = run(world)
    assert outcome.error is None
    name = {kind: f"{reference(number)}_baseline.yaml" for kind, number in at.items()}
    new = shown(world)
    assert set(new) == {name["insert"], name["update"], name["unchanged"]}
    assert new[name["unchanged"]] == old[name["unchanged"]] and new[name["update"]] != old[name["update"]]
    found = dict(asked(world, "select delivery_key, state from delivery where target = 'second'"))
    lots = {kind: found[key.removesuffix(".yaml")] for kind, key in name.items()}
    assert lots == {
        "insert": "confirmed",
        "update": "confirmed",
        "delete": "superseded",
        "unchanged": "unchanged",
        "reject": "rejected",
    }
    clean(world)
    assert sent_twice(world) == []


def _smaller(tmp_path: Path, patch: pytest.MonkeyPatch) -> World:
    world = make_place(tmp_path, patch, range(1, 21))
    assert run(world).error is None
    world.numbers = list(range(1, 13))
    return world


def test_nothing_goes_out_when_40_percent_of_the_rows_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an export of the source would withdraw the other half of the clients everywhere."""
    world = _smaller(tmp_path, monkeypatch)
    before = snapshot(world.where.out)
    stopped = run(world, because=None)
    assert stopped.error is not None and stopped.error.exit_status == 4
    after = {path: seen for path, seen in snapshot(world.where.out).items() if not path.endswith(".lock")}
    assert after == {path: seen for path, seen in before.items() if not path.endswith(".lock")}
    clean(world)
    assert (
        asked(world, "select outcome from target_run where run_id = ?", stopped.run_id) == [("blocked",)] * 2
    )


def test_the_reason_is_in_the_ledger_when_40_percent_are_meant_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guard that was passed without a trace is no guard."""
    world = _smaller(tmp_path, monkeypatch)
    passed = run(world, because="the bank sold four plans")
    assert passed.error is None and len(shown(world)) == 12
    assert asked(world, "select why from run where run_id = ?", passed.run_id) == [
        ("the bank sold four plans",)
    ]
    assert states(world)["superseded"] == 8
    clean(world)


def test_no_delivery_has_a_row_when_a_gate_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something could be sent that no gate ever saw."""
    world = make_place(tmp_path, monkeypatch)
    world.failing = [result("S02", findings=[finding(1)])]
    assert (blocked := run(world).error) is not None and blocked.exit_status == 4
    assert asked(world, "select count(*) from delivery") == [(0,)]
    assert not world.where.target("navigator").exists()
