"""`repair`: what reconcile refuses and verify names is mended, from what is known, and nothing is deleted."""

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from harness.backups import back_up, restore
from harness.cli import cli
from tests.delivery.place import (
    asked,
    change,
    clean,
    edit,
    make_place,
    reference,
    run,
    sent_twice,
    shown,
    snapshot,
    sums,
    tampered,
    verified,
)
from tests.harness.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Six clients delivered to two targets."""
    made = make_place(tmp_path, monkeypatch)
    assert run(made).error is None
    return made


def _repair(world: World, *more: str) -> tuple[int, str]:
    where = ["--home", str(world.where.home), "--out", str(world.where.out)]
    done = CliRunner().invoke(cli, ["--role", "admin", "repair", *where, *more])
    return done.exit_code, done.output


def _release(world: World, target: str = "navigator") -> Path:
    return (world.where.target(target) / "current").resolve()


def _damage(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))


def test_repair_does_nothing_when_all_is_as_it_was_recorded(world: World) -> None:
    """A repair that always does something would be the next thing to repair."""
    before = snapshot(world.where.home, world.where.out)
    status, output = _repair(world)
    assert (status, output) == (0, "nothing to repair: all is as it was recorded\n")
    after = snapshot(world.where.home, world.where.out)
    ignored = {path for path in before if path.endswith((".lock", "-shm", "-wal"))}
    assert {k: v for k, v in after.items() if k not in ignored} == {
        k: v for k, v in before.items() if k not in ignored
    }


def test_a_dry_repair_touches_nothing_when_something_is_wrong(world: World) -> None:
    """Looking at what could be done must be safe, or nobody looks."""
    _damage(_release(world) / f"{reference(1)}_baseline.yaml")
    before = snapshot(world.where.out)
    status, output = _repair(world, "--dry-run")
    assert status == 0 and "[to do]" in output and "delivered again" in output
    after = snapshot(world.where.out)
    assert {path: seen for path, seen in after.items() if not path.endswith(".lock")} == {
        path: seen for path, seen in before.items() if not path.endswith(".lock")
    }
    assert asked(world, "select count(*) from event where kind = 'repaired'") == [(0,)]


@pytest.mark.parametrize("how", ["switched", "gone", "dangling", "folder"])
def test_the_link_is_put_back_when_somebody_changed_it(world: World, how: str) -> None:
    """A run stops at a link that it can't explain, and stays stopped."""
    first = _release(world)
    change(world, 1)
    assert run(world).error is None
    right = _release(world)
    link = world.where.target("navigator") / "current"
    link.unlink()
    if how == "switched":
        link.symlink_to(f"releases/{first.name}")
    elif how == "dangling":
        link.symlink_to("releases/nowhere")
    elif how == "folder":
        link.mkdir()
        (link / "mine.txt").write_text("somebody's")
    if how != "gone":
        failed = run(world).error
        assert failed is not None and failed.code == "unreconciled" and "repair" in failed.hint
    status, output = _repair(world)
    assert status == 0 and "[done]" in output
    assert link.is_symlink() and _release(world) == right
    if how == "folder":
        (kept,) = world.where.target("navigator").glob("current.damaged-*")
        assert (kept / "mine.txt").read_text() == "somebody's"
    clean(world)
    assert run(world).error is None and _release(world) == right and sent_twice(world) == []


def test_a_damaged_document_is_the_same_again_when_the_marts_still_have_it(world: World) -> None:
    """One flipped byte would cost a whole delivery, or stay."""
    release, path = _release(world), _release(world) / f"{reference(1)}_baseline.yaml"
    before = shown(world)
    _damage(path)
    status, output = _repair(world)
    assert status == 0, output
    assert shown(world) == before, "not byte for byte what it was"
    assert [p.name.split(".damaged-")[0] for p in release.parent.glob("*.damaged-*")] == [release.name]
    clean(world)
    assert asked(world, "select count(*) from event where kind = 'repaired'") == [(1,)]
    assert list((world.where.home / "backups").glob("ledger_*.sqlite")), "no backup was made first"
    again = _repair(world)
    assert again == (0, "nothing to repair: all is as it was recorded\n"), "repair is not idempotent"
    assert run(world).error is None
    assert sent_twice(world) == []


def test_a_whole_manifest_is_written_again_when_it_was_changed(world: World) -> None:
    """The ledger's rows know what the release held, also where its own list is lost."""
    before = shown(world)
    manifest = _release(world) / "MANIFEST.json"
    manifest.write_text(manifest.read_text().replace(reference(1), reference(9)))
    assert (failed := run(world).error) is not None and failed.code == "unreconciled"
    status, output = _repair(world)
    assert status == 0, output
    assert shown(world) == before
    clean(world)


def test_the_newest_whole_release_is_current_when_the_damaged_one_can_not_be_made_again(world: World) -> None:
    """A document that nobody can write again must not be invented, and half a release not be shown."""
    first, old = _release(world), shown(world)
    change(world, 1)
    assert run(world).error is None
    new, damaged = sums(world), _release(world)
    _damage(damaged / f"{reference(1)}_baseline.yaml")
    # the marts have gone on since: a later run was published for the other target alone
    world.where.current.unlink()
    status, output = _repair(world, "--target", "navigator")
    assert status == 0 and "newest whole one" in output, output
    assert _release(world) == first and shown(world) == old
    assert run(world).error is None
    assert sums(world) == new
    clean(world)


def test_all_is_due_again_when_no_release_is_whole(world: World) -> None:
    """Without a release to go back to the next run has to deliver everything, and must be able to."""
    old = sums(world)
    _damage(_release(world) / f"{reference(1)}_baseline.yaml")
    world.where.current.unlink()
    status, output = _repair(world, "--target", "navigator")
    assert status == 0 and "the next run delivers all" in output
    assert not (world.where.target("navigator") / "current").exists()
    assert run(world).error is None
    assert sums(world) == old
    clean(world)


def test_a_ledger_row_is_brought_to_what_is_there_when_it_was_changed(world: World) -> None:
    """The next run would send again what is there, or not send what is not."""
    tampered(
        world,
        "update delivery set confirmed_checksum = 'ffff', document_checksum = 'ffff', state = 'dead'"
        f" where target = 'navigator' and delivery_key = '{reference(2)}_baseline'",
    )
    assert verified(world).faults
    status, output = _repair(world)
    assert status == 0 and f"{reference(2)}_baseline" in output, output
    clean(world)
    assert run(world).error is None


def test_repair_says_that_it_can_not_when_the_chain_was_changed(world: World) -> None:
    """An audit trail that a command can mend is none."""
    tampered(world, "update event set detail = '{}' where seq = 4")
    status, output = _repair(world)
    assert status == 5 and "can't be mended" in output and "event 4" in output and "backup" in output


def test_an_old_damaged_release_is_moved_aside_when_it_is_not_current(world: World) -> None:
    """Somebody could roll back to it in a hurry."""
    first = _release(world)
    change(world, 1)
    assert run(world).error is None
    _damage(first / f"{reference(3)}_baseline.yaml")
    assert any(first.name in fault.where for fault in verified(world).faults)
    status, _ = _repair(world)
    assert status == 0 and not first.exists() and len(list(first.parent.glob("*.damaged-*"))) == 1
    clean(world)


def test_what_nobody_knows_is_withdrawn_when_the_state_is_lost_for_good(world: World) -> None:
    """Rule R01 stops every run after an old state was restored: without a way out, for ever."""
    kept = back_up(world.where.state)
    edit(world)  # client 7 is new: the backup does not know it
    assert run(world).error is None
    restore(world.where.state, kept)
    world.numbers = [1, 2, 3, 4, 5]
    key = f"{reference(7)}_baseline"
    status, output = _repair(world, "--state")
    assert status == 5 and key in output and "--because" in output
    assert f"{key}.yaml" in shown(world), "looking must not withdraw"
    status, output = _repair(world, "--state", "--because", "the disk of the state burnt", "--json")
    told = json.loads(output)
    assert (status, told["withdrawn"], told["documents"]["second"]) == (0, True, [key])
    for target in ("navigator", "second"):
        assert f"{key}.yaml" not in shown(world, target) and len(shown(world, target)) == 5
    rows = asked(world, "select distinct state, confirmed_sha256 from delivery where delivery_key = ?", key)
    assert rows == [("superseded", None)]
    assert asked(world, "select why from run where command = 'repair'") == [("the disk of the state burnt",)]
    status, output = _repair(world, "--state")
    assert status == 0 and "nothing is orphaned" in output
    assert run(world).error is None
    clean(world)
    with duckdb.connect(str(world.where.current), read_only=True) as connection:
        assert connection.execute("select count(*) from dim_client").fetchall() == [(5,)]
