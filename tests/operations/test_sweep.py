"""Sweep: what is old goes; what somebody may still need never does; nobody is led out by a link."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import cli
from harness.config import Settings, new_run_id, utc_now
from harness.files import make_dir
from harness.ledger import Ledger, Move, open_ledger
from harness.lock import run_lock
from harness.sweep import Swept, sweep
from harness.sweepable import LEAVING


def days_ago(days: float) -> str:
    return new_run_id(utc_now() - timedelta(days=days), "abc123")


def release(where: Settings, days: float, target: str = "navigator") -> str:
    """A release of so many days ago, with its marts and its record."""
    name = days_ago(days)
    folder = make_dir(where.target(target) / "releases" / name)
    (folder / "MANIFEST.json").write_text("{}", encoding="utf-8")
    make_dir(where.published)
    (where.published / f"{name}.duckdb").write_bytes(name.encode())
    (make_dir(where.run_folder(name)) / "report.json").write_text("{}", encoding="utf-8")
    return name


def point(where: Settings, name: str, target: str = "navigator") -> None:
    link = where.target(target) / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(f"releases/{name}")
    where.current.unlink(missing_ok=True)
    where.current.hardlink_to(where.published / f"{name}.duckdb")


def there(where: Settings, target: str = "navigator") -> set[str]:
    return {path.name for path in (where.target(target) / "releases").iterdir()}


def why(done: Swept, name: str, kind: str = "release") -> str:
    (item,) = [item for item in done.items if item.path.name == name and kind in item.kind]
    return item.why


@pytest.fixture
def releases(where: Settings) -> list[str]:
    """Ten releases, a hundred days ago and older, the last of them current; the oldest first."""
    names = [release(where, 100 + days) for days in range(10, 0, -1)]
    point(where, names[-1])
    return names


def test_old_ones_go_and_the_last_stay_when_there_are_many(where: Settings, releases: list[str]) -> None:
    done = sweep(where, keep=3, older_than=90)
    assert not done.failed
    # three, and so many more to go back to before the current one
    assert there(where) == set(releases[-4:])
    assert {path.stem for path in where.published.iterdir()} == {*releases[-4:], "current"}
    assert {path.name for path in (where.home / "runs").iterdir()} == set(releases[-4:])
    assert where.current.read_bytes() == releases[-1].encode()


def test_nothing_goes_when_nothing_is_old(where: Settings) -> None:
    names = [release(where, days) for days in range(10)]
    point(where, names[0])
    sweep(where, keep=1, older_than=90)
    assert there(where) == set(names)


def test_current_stays_when_it_is_the_oldest_of_all(where: Settings, releases: list[str]) -> None:
    # after a rollback the current one is old, and no longer the newest
    point(where, releases[0])
    done = sweep(where, keep=0, older_than=0)
    assert there(where) == {releases[0]}
    assert why(done, releases[0]) == "it is current"
    assert where.current.read_bytes() == releases[0].encode()
    assert (where.published / f"{releases[0]}.duckdb").exists()


def test_those_before_the_current_one_stay_when_somebody_may_go_back_further(
    where: Settings, releases: list[str]
) -> None:
    point(where, releases[5])
    sweep(where, keep=2, older_than=90)
    assert there(where) == {*releases[3:6], *releases[-2:]}


def held(where: Settings, name: str, endpoint: str, *states: str) -> None:
    with open_ledger(where) as ledger:
        if not ledger.runs():
            ledger.begin_run(name, "run")
            ledger.record_gates(name, [{"rule": "P01", "severity": "block", "passed": True}])
            ledger.pass_gates(name)
        for state in states:
            ledger.move(name, "navigator", state, [Move("k1", "c1", "a" * 64, "b" * 64, 1, name)], endpoint)


@pytest.mark.parametrize(
    "states", [("pending", "rendered", "promoting", "confirmed"), ("pending", "rendered")]
)
def test_release_stays_when_a_receiver_holds_it_or_waits_for_it(
    where: Settings, releases: list[str], states: tuple[str, ...]
) -> None:
    # what is on its way to the bank would be gone before it got there
    held(where, releases[1], "bank", *states)
    sweep(where, keep=0, older_than=0)
    assert there(where) == {releases[1], releases[-1]}


def test_nothing_is_touched_when_it_is_a_dry_run(
    where: Settings, releases: list[str], tmp_path: Path
) -> None:
    before = {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")}
    done = sweep(where, keep=1, older_than=0, dry_run=True)
    assert {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    would = {item.path.name for item in done.items if item.goes and item.kind == "release"}
    sweep(where, keep=1, older_than=0)
    assert there(where) == set(releases) - would


def test_journal_says_what_will_go_before_and_what_went_after_when_it_sweeps(
    where: Settings, releases: list[str]
) -> None:
    done = sweep(where, keep=3, older_than=90)
    with open_ledger(where) as ledger:
        begun, swept = ledger.events(run_id=done.run_id, kinds=["sweep_begun", "swept"])
        assert not ledger.verify_chain()
    assert begun.facts["items"] == swept.facts["items"]
    assert f"out/navigator/releases/{releases[0]}" in [item["path"] for item in swept.facts["items"]]


def test_half_a_release_has_no_releases_name_when_the_sweep_is_killed(
    where: Settings, releases: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path) -> None:
        (Path(path) / "MANIFEST.json").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            sweep(where, keep=3, older_than=90)
    left = there(where)
    assert f"{LEAVING}{releases[0]}" in left
    assert all(
        (where.target("navigator") / "releases" / name / "MANIFEST.json").exists()
        for name in left
        if LEAVING not in name
    )
    # the next one takes it away
    sweep(where, keep=3, older_than=90)
    assert there(where) == set(releases[-4:])


def test_release_is_named_and_goes_only_when_it_is_old_and_the_ledger_does_not_know_it(
    where: Settings, releases: list[str]
) -> None:
    held(where, releases[-1], "", "pending", "rendered", "promoting", "confirmed")
    young = release(where, 5)
    for name in [days_ago(days) for days in (1, 2, 3, 4)]:
        shutil.copytree(
            where.target("navigator") / "releases" / young, where.target("navigator") / "releases" / name
        )
    done = sweep(where, keep=0, older_than=90)
    assert "the ledger does not know it" in why(done, young)
    assert "the ledger does not know it" in why(done, releases[0])
    assert young in there(where)
    assert releases[0] not in there(where)


@pytest.mark.parametrize("at", ["navigator", "navigator/releases"])
def test_nothing_is_followed_when_a_folder_of_releases_is_a_link(
    where: Settings, tmp_path: Path, at: str
) -> None:
    names = [release(where, 200 + days) for days in range(3)]
    elsewhere = tmp_path / "elsewhere"
    (where.out / at).rename(elsewhere)
    (where.out / at).symlink_to(elsewhere)
    done = sweep(where, keep=0, older_than=0)
    assert {path.name for path in elsewhere.rglob("*")} >= set(names)
    assert any("symbolic link" in item.why for item in done.items)


def test_what_a_link_points_at_stays_when_the_link_lies_among_what_goes(
    where: Settings, releases: list[str], tmp_path: Path
) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "only copy").write_text("gold", encoding="utf-8")
    root = where.target("navigator") / "releases"
    (root / releases[0] / "inside").symlink_to(treasure)
    (root / days_ago(500)).symlink_to(treasure)
    (make_dir(where.home / "backups") / "state_20200101T000000.000000Z.duckdb").symlink_to(
        treasure / "only copy"
    )
    (make_dir(where.home / "runs") / days_ago(400)).symlink_to(treasure)
    (where.published / f"{days_ago(300)}.duckdb").symlink_to(treasure / "only copy")
    make_dir(where.out / ".staging").joinpath(days_ago(300)).symlink_to(treasure)
    sweep(where, keep=0, older_than=0)
    assert (treasure / "only copy").read_text(encoding="utf-8") == "gold"
    assert releases[0] not in there(where)


def backup(where: Settings, name: str) -> Path:
    path = make_dir((where.home / "backups" / name).parent) / Path(name).name
    path.write_bytes(b"x")
    return path


def test_only_backup_stays_when_it_is_ever_so_old(where: Settings) -> None:
    names = ("state_20200101T000000.000000Z.duckdb", "ledger_20200101T000000.000000Z.sqlite")
    kept = [backup(where, name) for name in names]
    kept.append(backup(where, "navigator/c01_baseline_20200101T000000.000000Z.json"))
    kept.append(backup(where, "damaged_20200101T000000.000000Z.duckdb"))
    sweep(where, keep=0, older_than=0)
    assert all(path.exists() for path in kept)


def test_newest_backup_of_each_stays_when_older_ones_go(where: Settings) -> None:
    old = [
        backup(where, f"navigator/{key}_2020010{day}T000000.000000Z.json")
        for key in ("c1", "c2")
        for day in (1, 2)
    ]
    states = [backup(where, f"state_2020010{day}T000000.000000Z.duckdb") for day in (1, 2, 3)]
    sweep(where, keep=1, older_than=90)
    assert [path.exists() for path in old] == [False, True, False, True]
    assert [path.exists() for path in states] == [False, False, True]


def test_staging_of_nobody_goes_only_when_it_is_old(where: Settings) -> None:
    old, young = (make_dir(where.staging(days_ago(days))) for days in (200, 1))
    sweep(where, keep=10, older_than=90)
    assert not old.exists()
    assert young.exists()


def test_nothing_goes_when_a_run_is_under_way(where: Settings, releases: list[str]) -> None:
    with run_lock(where.lock, "a-run"):
        done = CliRunner().invoke(
            cli,
            [
                "sweep",
                "--role",
                "admin",
                "--older-than",
                "0",
                "--home",
                str(where.home),
                "--out",
                str(where.out),
            ],
        )
    assert done.exit_code == 75
    assert there(where) == set(releases)


def test_bundles_of_a_target_without_documents_go_too_when_they_are_old(where: Settings) -> None:
    names = [release(where, 100 + days, "bi") for days in range(4, 0, -1)]
    point(where, names[-1], "bi")
    sweep(where, keep=1, older_than=90)
    assert there(where, "bi") == set(names[-2:])


def test_rest_goes_and_the_status_is_3_when_one_cannot_be_removed(
    where: Settings, releases: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness import sweep as module

    remove = module._remove

    def stubborn(path: Path) -> None:
        if path.name == releases[0]:
            raise PermissionError(13, "Permission denied", str(path))
        remove(path)

    monkeypatch.setattr(module, "_remove", stubborn)
    at = ["--home", str(where.home), "--out", str(where.out), "--role", "admin", "--json", "--keep", "3"]
    done = CliRunner().invoke(cli, ["sweep", *at])
    assert done.exit_code == 3
    errors = {item["path"]: item["error"] for item in json.loads(done.stdout)["items"] if item["error"]}
    assert errors[f"out/navigator/releases/{releases[0]}"] == "Permission denied"
    assert there(where) == {releases[0], *releases[-4:]}


def test_ledger_is_not_made_when_a_dry_run_finds_none(where: Settings, ledger: Ledger) -> None:
    ledger.close()
    for path in where.home.glob("ledger*"):
        path.unlink()
    sweep(where, dry_run=True)
    assert not list(where.home.glob("ledger*"))
