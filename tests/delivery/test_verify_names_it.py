"""`verify` names what is not as it was recorded: one byte, one row, one link, one checksum."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import cli
from harness.config import settings
from tests.delivery.place import change, clean, make_place, reference, run, tampered, verified
from tests.harness.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Six clients, delivered to two targets, published."""
    made = make_place(tmp_path, monkeypatch)
    assert run(made).error is None
    return made


def _verify(world: World, *more: str) -> tuple[int, str]:
    where = ["--home", str(world.where.home), "--out", str(world.where.out)]
    done = CliRunner().invoke(cli, ["verify", *where, *more])
    return done.exit_code, done.output


def test_verify_finds_nothing_when_nothing_was_touched(world: World) -> None:
    """A verify that always finds something would be ignored within a week."""
    clean(world)
    found = verified(world)
    assert found.checked["files"] == 2 * 7 and found.checked["rows"] == 12 and found.checked["events"] > 0
    status, output = _verify(world)
    assert (status, "all is as it was recorded" in output) == (0, True)


def test_verify_names_the_file_when_one_byte_of_a_delivered_file_is_flipped(world: World) -> None:
    """A scenario changed on disk would be modelled as the client's plan, and nobody would know."""
    path = world.where.target("second") / "current" / f"{reference(3)}_baseline.yaml"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    status, output = _verify(world)
    assert status == 5
    assert f"second/releases/{path.resolve().parent.name}/{path.name}" in output and "SHA-256" in output
    assert "repair" in output and "navigator/" not in output


def test_verify_names_the_row_when_one_audit_row_is_changed(world: World) -> None:
    """An audit trail that can be edited without a trace proves nothing."""
    tampered(
        world,
        "update delivery set confirmed_sha256 = 'ffff' where target = 'navigator'"
        f" and delivery_key = '{reference(2)}_baseline'",
    )
    status, output = _verify(world)
    assert status == 5
    assert f"navigator/{reference(2)}_baseline" in output and "ffff" in output
    assert "event" in output  # the chain says which event tells otherwise


def test_verify_names_the_event_when_the_chain_itself_is_changed(world: World) -> None:
    """Whoever changes a row may change the event about it, too: then the hashes don't fit."""
    tampered(world, "update event set detail = '{\"count\":1}' where seq = 4")
    status, output = _verify(world)
    assert status == 5 and "event 4" in output and "not what was hashed" in output


def test_verify_names_the_link_when_it_was_switched_by_hand(world: World) -> None:
    """An old release shown as the current one is whole, and wrong."""
    change(world, 1)
    first = (world.where.target("navigator") / "current").readlink()
    assert run(world).error is None
    link = world.where.target("navigator") / "current"
    link.unlink()
    link.symlink_to(first)
    status, output = _verify(world)
    assert status == 5 and f"navigator/current: leads to {first.name}" in output


def test_verify_finds_nothing_when_home_and_out_folder_moved_together(world: World, tmp_path: Path) -> None:
    """A backup put back elsewhere is the same delivery; a verify that doesn't know it says all is foreign."""
    (tmp_path / "elsewhere").mkdir()
    for folder in (world.where.home, world.where.out):
        folder.rename(tmp_path / "elsewhere" / folder.name)
    world.where = settings(tmp_path / "elsewhere" / "home", tmp_path / "elsewhere" / "out")
    clean(world)
    assert verified(world).checked["rows"] == 12


def test_verify_sends_nobody_to_repair_when_another_home_delivered_there(
    world: World, tmp_path: Path
) -> None:
    """`repair` finds nothing to mend there; who is sent in circles trusts neither."""
    first, other = world.where, settings(tmp_path / "other", world.where.out)
    change(world, 1)
    world.where = other
    assert run(world).error is None
    world.where = first
    status, output = _verify(world)
    assert status == 5 and "navigator/current" in output and "the next run settles it" in output
    assert "repair" not in output
    assert run(world).error is None
    clean(world)


def test_verify_names_the_marts_when_the_published_file_was_changed(world: World) -> None:
    """A dashboard would show figures that no run ever made."""
    world.where.current.chmod(0o644)
    with world.where.current.open("r+b") as handle:
        handle.seek(5000)
        handle.write(b"\0\1\2")
    status, output = _verify(world)
    assert status == 5 and "published/current.duckdb" in output


def test_verify_names_the_state_when_it_is_gone(world: World) -> None:
    """Without the state every client would get a new reference at the next run."""
    world.where.state.unlink()
    status, output = _verify(world)
    assert status == 5 and "state.duckdb: is not there" in output and "state restore" in output


def test_verify_says_that_nothing_was_recorded_when_the_home_is_new(tmp_path: Path) -> None:
    """An empty home that verifies would be taken for a sound one."""
    done = CliRunner().invoke(cli, ["verify", "--home", str(tmp_path / "h"), "--out", str(tmp_path / "o")])
    assert done.exit_code == 2 and not (tmp_path / "h").exists()
