"""A dry run is the real path up to the switch, and leaves every byte where it was."""

import os
from pathlib import Path

import pytest

from harness.dry_run import copy_of, without_delivery
from harness.report import Outcome, exit_status
from harness.run import Request, execute
from harness.steps import RUN
from tests.delivery.place import BOTH, edit, make_place, run, snapshot
from tests.harness.world import RULES, FakeGate, World, _silent, document, finding, result


def _dry(world: World, because: str | None) -> Outcome:
    failed = {entry["rule"] for entry in world.failing}
    gate = FakeGate([*(result(rule) for rule in RULES if rule not in failed), *world.failing])
    request = Request("run", world.source, targets=BOTH, because=because)
    with copy_of(world.where) as copy:
        return execute(copy, request, without_delivery(RUN), _silent(), lambda: gate)


def _dirty(world: World) -> None:
    edit(world)
    world.documents[3] = document(3, vesting_kind="often")  # refused when it is read back
    world.failing = [result("P10", "hold", [finding(4)])]  # held
    world.rows_without_id = 1  # rejected


@pytest.mark.parametrize("because", [None, "a test"], ids=["stopped by a guard", "goes through"])
def test_a_dry_run_leaves_every_byte_and_ends_as_the_run_when_the_data_are_dirty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, because: str | None
) -> None:
    """A dry run that skips a check says yes to what the run refuses; one that writes is none."""
    world = make_place(tmp_path, monkeypatch, range(1, 21))
    assert run(world).error is None
    _dirty(world)
    world.numbers = list(range(1, 13))  # 40 % are gone
    before = snapshot(world.where.home, world.where.out)
    dry = _dry(world, because)
    after = snapshot(world.where.home, world.where.out)
    # the lock of the home is held meanwhile: its time moves, its bytes are the same
    lock = str(world.where.lock)
    assert (after.pop(lock)[0], after) == (before.pop(lock)[0], before)
    real = run(world, because=because)
    assert exit_status(dry) == exit_status(real) == (3 if because else 4)
    assert dry.counts == real.counts


def test_a_dry_run_makes_nothing_when_there_is_no_home_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trying it out would leave a home behind that looks like one that has delivered."""
    world = make_place(tmp_path, monkeypatch)
    assert exit_status(_dry(world, None)) == 0
    assert not world.where.home.exists() and not world.where.out.exists()


def test_a_dry_run_sends_nothing_when_an_endpoint_waits_for_what_is_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger of a dry run is thrown away: what it sent would be sent, and nobody would know."""
    world = make_place(tmp_path, monkeypatch)
    assert run(world).error is None
    (tmp_path / "share").mkdir()
    (world.where.home / "planwise.toml").write_text(
        '[[endpoint]]\nname = "share"\nkind = "directory"\ntargets = ["navigator"]\n'
        f'path = "{tmp_path}/share"\n'
    )
    dry = _dry(world, "a test")
    assert dry.error is None
    assert list((tmp_path / "share").iterdir()) == []


def test_the_server_of_the_ledger_is_known_again_when_a_dry_run_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real run in the same process would begin a second ledger in a file, and deliver everything anew."""
    world = make_place(tmp_path, monkeypatch)
    monkeypatch.setenv("PLANWISE_LEDGER", "postgresql://ledger.example/planwise")
    with copy_of(world.where):
        assert "PLANWISE_LEDGER" not in os.environ
    assert os.environ["PLANWISE_LEDGER"] == "postgresql://ledger.example/planwise"
