"""Back twice and forward again: each release is there as it was, and the next run delivers what differs."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import cli
from tests.delivery.place import change, clean, edit, make_place, run, shown, states
from tests.harness.world import World


def _roll_back(world: World, release: str, *targets: str) -> int:
    where = ["--home", str(world.where.home), "--out", str(world.where.out), "--because", "a test"]
    named = [part for target in targets for part in ("--target", target)]
    return CliRunner().invoke(cli, ["--role", "admin", "rollback", *named, "--to", release, *where]).exit_code


def test_every_release_is_as_it_was_when_rolled_back_twice_and_forward(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A way back that works once is no way back, and one without a way forward is a trap."""
    world = make_place(tmp_path, monkeypatch)
    releases, seen = [], []
    for step in (lambda: None, lambda: change(world, 1, 3), lambda: edit(world)):
        step()
        outcome = run(world)
        assert outcome.error is None
        releases.append(outcome.run_id)
        seen.append(shown(world))
    for number in (1, 0, 2, 0):
        assert _roll_back(world, releases[number], "navigator") == 0
        assert shown(world) == seen[number] and shown(world, "second") == seen[2], "the other target moved"
        clean(world)
    assert states(world)["rolled_back"] > 0
    again = run(world)
    assert again.error is None and shown(world).keys() == seen[2].keys()
    assert (world.where.target("second") / "current").readlink().name == releases[2], "it did not differ"
    clean(world)
    assert _roll_back(world, releases[1], "navigator", "second") == 0
    assert shown(world) == shown(world, "second") == seen[1]


def test_nothing_moves_when_the_release_is_not_whole_or_never_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Going back to a damaged release is worse than staying."""
    world = make_place(tmp_path, monkeypatch)
    first = run(world).run_id
    change(world, 1)
    assert run(world).error is None
    before = shown(world)
    path = next((world.where.target("navigator") / "releases" / first).glob("*.yaml"))
    path.write_bytes(path.read_bytes() + b"#")
    assert _roll_back(world, first, "navigator") == 5
    assert _roll_back(world, "20200101T000000.000000Z-aaaaaa", "navigator") == 2
    assert shown(world) == before
