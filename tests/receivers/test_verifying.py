"""`verify` of endpoints: what is not what was confirmed is named, and so is what can't be asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import cli
from harness.receivers.opening import probes
from harness.receivers.verifying import verify_endpoints
from tests.harness.test_sending import SHELF, TEXTS, World, key
from tests.receivers.releases import NEXT, RUN

RELEASE = f"shelf/navigator/releases/{RUN}"


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path, SHELF)
    made.send()
    return made


def told(world: World) -> list[str]:
    with world.ledger() as ledger:
        return [str(one) for one in verify_endpoints(world.where, ledger)]


def test_nothing_is_told_when_everything_is_there(world: World) -> None:
    assert told(world) == []
    world.deliver(TEXTS | {1: "newer\n"}, NEXT)
    assert told(world) == [], "what was not sent yet is no fault of the endpoint's"


def test_file_is_named_when_a_byte_was_flipped_there(world: World) -> None:
    path = world.root / RELEASE / "documents" / f"{key(2)}.json"
    path.write_bytes(path.read_bytes().replace(b"2", b"3"))
    (found,) = told(world)
    assert found.startswith(f"shelf: navigator/{RUN}/documents/{key(2)}.json: has SHA-256")


def test_pointer_is_named_when_somebody_moved_it(world: World) -> None:
    (world.root / "shelf" / "navigator" / "current").unlink()
    assert told(world) == [f"shelf: navigator: nothing is current there; the ledger says that {RUN} is"]


def test_endpoint_is_named_when_it_can_not_be_asked(world: World) -> None:
    """Without it an endpoint that is away would count as verified."""
    (world.root / "shelf").rename(world.root / "away")
    (found,) = told(world)
    assert "can't be looked at" in found and "is not there" in found


def test_document_is_named_when_the_ledger_and_the_release_disagree(world: World) -> None:
    with world.ledger() as ledger:
        ledger.database.execute("drop trigger delivery_next_state")
        ledger.database.execute(
            "update delivery set confirmed_sha256 = 'x' where delivery_key = ?", (key(1),)
        )
        (found,) = verify_endpoints(world.where, ledger)
    assert found.path == key(1)


def test_probe_says_which_endpoint_is_away_when_one_is(tmp_path: Path) -> None:
    world = World(tmp_path, SHELF + SHELF.replace("shelf", "gone"))
    shelf, gone = probes(world.where)
    assert shelf[:2] == ("shelf", True)
    assert gone[:2] == ("gone", False)
    assert "mounted" in gone[2]


def command(world: World, *words: str) -> Result:
    where = world.where
    return CliRunner().invoke(cli, [*words, "--home", str(where.home), "--out", str(where.out)])


def test_send_and_retry_end_as_the_table_says_when_they_are_commands(tmp_path: Path) -> None:
    """Without it a scheduler could not tell what is left to do."""
    world = World(tmp_path, SHELF)
    (tmp_path / "shelf").rename(tmp_path / "away")
    failed = command(world, "send")
    assert (failed.exit_code, "receiver_away" in failed.output) == (5, True), failed.output
    (tmp_path / "away").rename(tmp_path / "shelf")
    waiting = command(world, "retry")
    assert (waiting.exit_code, "5 not due yet" in waiting.output) == (3, True), waiting.output
    done = command(world, "retry", "--all", "--json")
    assert done.exit_code == 0, done.output
    (told,) = json.loads(done.stdout)
    assert told["counts"] == {"confirmed": 5}
    assert command(world, "send", "shelf").exit_code == 0
    assert command(world, "send", "nobody").exit_code == 2
    assert command(world, "retry", "nobody").exit_code == 2
    assert command(world, "retry", key(1), "--all").exit_code == 2
    assert command(world, "retry", key(1)).exit_code == 0
    with world.ledger() as ledger:
        statuses = [(run["command"], run["status"], run["exit_status"]) for run in ledger.runs()][1:]
        assert ledger.verify_chain() == []
    assert statuses[:3] == [("send", "failed", 5), ("retry", "partial", 3), ("retry", "succeeded", 0)]
