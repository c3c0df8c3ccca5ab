"""Symbolic links that somebody planted: refused, or replaced themselves; what they point at is unharmed."""

from pathlib import Path

import pytest

from harness.backups import back_up
from harness.config import Settings, settings
from harness.delivery import clear_killed
from harness.errors import PlanwiseError
from harness.extract import ensure_state
from harness.files import atomic_write, make_dir, replace_file, switch_link, write_new
from harness.lock import run_lock
from harness.preflight import preflight
from tests.harness.world import make_world, reference


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    folder = tmp_path / "victim"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").write_text("precious", encoding="utf-8")
    (folder / "file").write_text("precious", encoding="utf-8")
    return folder


def unharmed(victim: Path) -> bool:
    return {
        str(path.relative_to(victim)): path.read_text(encoding="utf-8") if path.is_file() else None
        for path in victim.rglob("*")
    } == {"deep": None, "deep/file": "precious", "file": "precious"}


def stopped(where: Settings, operation: str = "export") -> set[str]:
    decision = preflight(where, None, operation, targets=("navigator",), role="admin")
    return {check.code for check in decision.stopped}


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    """A home and an out folder as a run leaves them, as far as preflight looks at them."""
    found = settings(tmp_path / "home", tmp_path / "out")
    make_dir(found.published)
    found.current.touch()
    make_dir(found.target("navigator") / "releases" / "r1")
    (found.target("navigator") / "current").symlink_to("releases/r1")
    return found


_OUT = (".staging", "reports", "reports/new_client", "navigator", "navigator/releases")
_HOME = (
    "published",
    "runs",
    "backups",
    "backups/navigator",
    "logs",
    "target",
    "state.duckdb",
    "ledger.sqlite",
)


@pytest.mark.parametrize("at", [*(f"out/{name}" for name in _OUT), *(f"home/{name}" for name in _HOME)])
def test_operation_is_refused_when_something_of_ours_is_a_link(
    where: Settings, victim: Path, at: str
) -> None:
    path = where.home.parent / at
    if path.exists():
        path.rename(path.with_name("aside"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(victim / "file" if path.suffix and path.name[0] != "." else victim)
    assert "is_link" in stopped(where)
    assert unharmed(victim)


@pytest.mark.parametrize("to", ["/etc", "../../victim", "releases/../../victim", "releases/", "releases/a/b"])
def test_operation_is_refused_when_current_leads_elsewhere(where: Settings, to: str) -> None:
    # documents of others would be carried over from there, with a manifest that fits them
    link = where.target("navigator") / "current"
    link.unlink()
    link.symlink_to(to)
    assert "foreign_link" in stopped(where)


def test_operation_goes_when_the_links_are_ours(where: Settings) -> None:
    assert stopped(where) == set()


def test_link_itself_is_switched_when_current_leads_elsewhere(where: Settings, victim: Path) -> None:
    link = where.target("navigator") / "current"
    link.unlink()
    link.symlink_to(victim)
    switch_link(link, "releases/r1")
    assert str(link.readlink()) == "releases/r1"
    assert unharmed(victim)


def test_file_behind_a_link_is_delivered_anew_when_it_stands_in_a_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # whoever points it elsewhere tomorrow decides what a client's system reads
    world = make_world(tmp_path, monkeypatch)
    world.run()
    release = (world.where.target("navigator") / "current").resolve()
    (name, *_) = sorted(path.name for path in release.glob("*.yaml"))
    outside = tmp_path / "outside.yaml"
    (release / name).rename(outside)
    (release / name).symlink_to(outside)
    world.run()
    now = (world.where.target("navigator") / "current").resolve()
    assert now != release
    assert not (now / name).is_symlink()


def test_nothing_is_carried_over_when_a_file_of_another_client_is_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(tmp_path, monkeypatch)
    world.run()
    release = (world.where.target("navigator") / "current").resolve()
    (name,) = (path.name for path in release.glob(f"{reference(2)}*.yaml"))
    (release / name).rename(tmp_path / "outside.yaml")
    (release / name).symlink_to(tmp_path / "outside.yaml")
    done = world.run("70001")
    assert done.error
    assert done.error.code == "changed_by_hand"


def test_target_of_a_link_is_unharmed_when_our_writers_meet_it(victim: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(victim / "file")
    with pytest.raises(FileExistsError):
        write_new(link, b"x")
    atomic_write(link, b"new")
    assert (link.is_symlink(), link.read_bytes()) == (False, b"new")
    link.unlink()
    link.symlink_to(victim / "file")
    (tmp_path / "source").write_bytes(b"other")
    replace_file(tmp_path / "source", link)
    assert (link.is_symlink(), link.read_bytes()) == (False, b"other")
    assert unharmed(victim)


def test_temporary_name_that_is_a_link_is_replaced_when_somebody_guessed_it(
    victim: Path, tmp_path: Path
) -> None:
    import os

    guessed = tmp_path / f".report.json.{os.getpid()}.tmp"
    guessed.symlink_to(victim / "file")
    atomic_write(tmp_path / "report.json", b"new")
    assert (tmp_path / "report.json").read_bytes() == b"new"
    assert unharmed(victim)


def test_lock_is_refused_when_its_file_is_a_link(victim: Path, tmp_path: Path) -> None:
    # the note of the owner is written into it, after it was cut to nothing
    (tmp_path / "run.lock").symlink_to(victim / "file")
    with pytest.raises(OSError, match="symbolic link"), run_lock(tmp_path / "run.lock", "r1"):
        pass
    assert unharmed(victim)


def test_staging_of_a_killed_run_is_cleared_without_following_when_it_holds_links(
    where: Settings, victim: Path
) -> None:
    make_dir(where.run_folder("r1"))
    left = make_dir(where.staging("r1"))
    (left / "link").symlink_to(victim)
    clear_killed(where, "r2")
    assert not left.exists()
    assert unharmed(victim)


def test_backup_goes_beside_when_its_name_is_taken_by_a_link(tmp_path: Path, victim: Path) -> None:
    from datetime import UTC, datetime

    state = ensure_state(tmp_path / "home")
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    folder = tmp_path / "home" / "backups"
    folder.mkdir(mode=0o700)
    (folder / "state_20261122T000000.000000Z.duckdb").symlink_to(victim / "file")
    with pytest.raises((OSError, PlanwiseError)):
        back_up(state, moment)
    assert unharmed(victim)
