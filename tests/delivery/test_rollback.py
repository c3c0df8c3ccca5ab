"""Back twice and forward again: each release is there as it was, and the next run delivers what differs."""

import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.bi import release
from harness.cli import cli
from harness.manifest import Entry, write_manifest
from harness.recorded import Record
from harness.render import Stamp
from tests.delivery.place import BOTH, asked, change, clean, edit, make_place, run, shown, states
from tests.harness.world import World, reference


def _roll_back(world: World, to: str, *targets: str) -> int:
    where = ["--home", str(world.where.home), "--out", str(world.where.out), "--because", "a test"]
    named = [part for target in targets for part in ("--target", target)]
    return CliRunner().invoke(cli, ["--role", "admin", "rollback", *named, "--to", to, *where]).exit_code


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


def test_no_target_moves_when_one_of_them_has_not_that_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run makes no release of a target that did not differ: half a rollback is no rollback."""
    world = make_place(tmp_path, monkeypatch)
    assert run(world).error is None
    change(world, 1)
    only_one = run(world, targets=("navigator",)).run_id
    change(world, 2)
    assert run(world).error is None
    before = shown(world), shown(world, "second")
    assert _roll_back(world, only_one, "navigator", "second") == 2
    assert (shown(world), shown(world, "second")) == before
    assert asked(world, "select count(*) from delivery where state = 'rolled_back'") == [(0,)]
    clean(world)


def test_the_marts_follow_when_bi_goes_back_to_a_release_whose_run_published_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`bi` asked for later gets marts that an earlier run published; a link without them is torn."""
    world = make_place(tmp_path, monkeypatch)
    monkeypatch.setattr(release, "stage_bi", _staged)
    assert run(world).error is None
    marts = world.where.current.read_bytes()
    first = run(world, targets=(*BOTH, "bi"))
    assert first.error is None and not (world.where.published / f"{first.run_id}.duckdb").exists()
    change(world, 1)
    assert run(world, targets=(*BOTH, "bi")).error is None and world.where.current.read_bytes() != marts
    for _ in range(2):
        assert _roll_back(world, first.run_id, "bi") == 0
        assert (world.where.target("bi") / "current").readlink().name == first.run_id
        assert world.where.current.read_bytes() == marts
        clean(world)
        world.where.current.unlink()  # as after a death between the link and the marts: asked again, it ends


def _staged(published: Path, folder: Path, run_id: str, *_: object) -> list[Entry]:
    """The marts alone: these have no catalogue."""
    folder.mkdir(parents=True)
    content = published.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    entries = []
    for name, kept in (("views.sql", digest.encode()), (release.DATABASE, content)):
        (folder / name).write_bytes(kept)
        found = hashlib.sha256(kept).hexdigest()
        entries.append(Entry(name, name, "", found, found, len(kept)))
    write_manifest(folder, entries, Stamp(run_id, "2026-11-22T00:00:00Z"))
    return entries


def test_the_release_of_an_export_comes_back_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its documents passed the gates of the run that published them: an export has none of its own."""
    world = make_place(tmp_path, monkeypatch)
    assert run(world).error is None
    exported = world.export(reference(1))
    assert exported.error is None
    seen = shown(world)
    change(world, 1, 3)
    assert run(world).error is None
    assert _roll_back(world, exported.run_id, "navigator") == 0
    assert shown(world) == seen
    clean(world)


def test_an_export_is_finished_by_the_next_start_when_it_was_stopped_behind_the_switch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else no command would go on in that home."""
    world = make_place(tmp_path, monkeypatch)
    assert run(world).error is None

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Record, "confirmed", stopped)
        patch.setattr(Record, "ended", lambda *_: None)  # as if killed: nothing is settled behind it
        with pytest.raises(KeyboardInterrupt):
            world.export(reference(1))
    assert run(world).error is None
    clean(world)
