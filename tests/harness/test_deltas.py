"""Runs one after the other over the hand-made warehouse: what a second one writes, says and leaves alone."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from harness.report import exit_status, summary
from tests.harness.world import World, document, finding, make_world, reference, result

Seen = dict[str, tuple[int, bytes | str]]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(tmp_path, monkeypatch)


def change(world: World, *numbers: int, day: str = "2026-01-02") -> None:
    """Another text, and with it another document, for these clients."""
    for number in numbers:
        world.texts[number] = f"100% up to {len(day)}% from {day}"
        world.documents[number] = document(number, data_as_of=day)


def seen(world: World) -> Seen:
    """Every file of home and target with its time and bytes, but for the records of runs and the locks."""
    return {
        str(path): (
            path.lstat().st_mtime_ns,
            str(path.readlink()) if path.is_symlink() else path.read_bytes(),
        )
        for top in (world.where.home, world.where.out)
        for path in sorted(top.rglob("*"))
        if (path.is_symlink() or path.is_file()) and "runs" not in path.parts and not is_record(path)
    }


def is_record(path: Path) -> bool:
    """A lock, or the ledger, which tells of every run."""
    return path.name in ("run.lock", ".lock") or path.name.startswith("ledger.sqlite")


def report_of(outcome: Any) -> Any:
    return json.loads(outcome.report.read_bytes())


def test_no_file_is_touched_when_the_same_source_comes_twice(world: World) -> None:
    world.failing = [result("P10", "hold", [finding(2)]), result("P08", "warn", [finding(1)])]
    first = world.run()
    before = seen(world)
    again = world.run()
    assert seen(world) == before
    assert world.builds == 1
    assert exit_status(again) == exit_status(first) == 3
    assert again.counts == first.counts
    assert world.gate.asked["last_published_rows"] == 3  # the gates were asked all the same
    report = report_of(again)
    assert report["nothing_written"] is True
    assert report["changes"]["counts"] == {
        "inserted": 0,
        "changed": 0,
        "deleted": 0,
        "unchanged": 3,
        "rejected": 0,
    }
    assert report["changes"]["compared_with"] == first.run_id
    assert report["published"] is None
    assert report["delivered"] == {}
    assert report["clients"] == report_of(first)["clients"]
    assert any("nothing was written" in line for line in summary(again, world.where))
    assert not any("nothing was written" in line for line in summary(first, world.where))


def test_release_is_not_made_again_when_the_same_document_is_refused_again(world: World) -> None:
    world.documents[2] = document(2, vesting_kind="often")
    world.run()
    before = seen(world)
    assert exit_status(world.run()) == 3
    assert seen(world) == before


def test_each_client_has_its_lot_when_all_sorts_come_in_one_run(world: World) -> None:
    world.numbers = [1, 2, 3, 4]
    world.rows_without_id = 1
    first = world.run()
    old = world.current()
    times = {
        path.name: path.stat().st_mtime_ns for path in (world.where.target("navigator") / "current").iterdir()
    }
    world.numbers = [1, 2, 4, 5]  # 3 is gone, 5 is new
    change(world, 2)
    world.failing = [result("P10", "hold", [finding(4)])]
    outcome = world.run()
    assert outcome.error is None
    report = report_of(outcome)
    plan = report["plan"]["navigator"]
    assert {entry["client_id"]: (entry["action"], entry["cause"]) for entry in plan["differing"]} == {
        "70002": ("update", "source"),
        "70003": ("delete", "gone"),
        "70004": ("withdraw", "held"),
        "70005": ("insert", "new"),
    }
    assert report["accounted"] == {
        "source": 5,
        "deleted": 1,
        "sent": 2,
        "unchanged": 1,
        "held": 1,
        "rejected": 1,
    }
    assert plan["documents"] == {"insert": 1, "update": 1, "unchanged": 1, "withdraw": 1, "delete": 1}
    assert plan["compared_with"] == first.run_id
    changes = {entry["client_id"]: entry for entry in report["changes"]["clients"]}
    assert {key: entry["change"] for key, entry in changes.items()} == {
        "70002": "changed",
        "70003": "deleted",
        "70005": "inserted",
    }
    assert changes["70002"]["fields"] == [
        {"field": "match_formula", "before": "50% up to 6%", "after": world.texts[2]}
    ]
    new = world.current()
    name = f"{reference(1)}_baseline.yaml"
    assert set(new) == {"MANIFEST.json", *(f"{reference(n)}_baseline.yaml" for n in (1, 2, 5))}
    assert new[name] == old[name]
    release = world.where.target("navigator") / "current"
    assert (release / name).stat().st_mtime_ns == times[name]
    assert (release / name).stat().st_nlink == 1
    assert first.run_id.encode() in new[name]
    assert outcome.run_id.encode() in new[f"{reference(2)}_baseline.yaml"]
    said = "\n".join(summary(outcome, world.where))
    assert "1 inserted, 1 changed, 1 deleted, 2 unchanged" in said
    assert "2 sent + 1 unchanged + 1 held + 1 rejected + 1 deleted" in said


def test_changes_are_found_against_what_was_published_when_a_run_between_was_blocked(world: World) -> None:
    # what was merely read, and never delivered, is no base to compare with
    first = world.run()
    change(world, 1)
    world.failing = [result("S02", "block", [finding(None)])]
    state = world.where.state.read_bytes()
    assert exit_status(world.run()) == 4
    assert world.where.state.read_bytes() == state
    world.failing = []
    changes = report_of(world.run())["changes"]
    assert (changes["compared_with"], changes["counts"]["changed"]) == (first.run_id, 1)


def test_changes_are_found_when_the_warehouse_was_deleted_between(world: World) -> None:
    world.run()
    world.where.warehouse.unlink()
    change(world, 3)
    report = report_of(world.run())
    assert report["changes"]["counts"]["changed"] == 1
    assert report["plan"]["navigator"]["documents"]["unchanged"] == 2


def test_nothing_moves_when_the_guard_stops_the_run_and_all_does_when_a_reason_is_given(world: World) -> None:
    world.numbers = list(range(1, 21))
    world.run()
    before = seen(world)
    change(world, 1, 2, 3, 4, 5, 6)
    stopped = world.run()
    now = seen(world)
    rebuilt = ("warehouse.duckdb", "built.json")  # built and judged, but nothing that anybody reads
    assert {k: v for k, v in now.items() if not k.endswith(rebuilt)} == {
        k: v for k, v in before.items() if not k.endswith(rebuilt)
    }
    assert exit_status(stopped) == 4
    assert stopped.error is not None
    assert stopped.error.code == "volume_guard"
    assert "70001" in stopped.error.message
    assert "70006" not in stopped.error.message
    assert report_of(stopped)["plan"]["navigator"]["guards"][0]["overridden_because"] is None
    done = world.run(because="new plan year")
    assert done.error is None
    (kept,) = report_of(done)["plan"]["navigator"]["guards"]
    assert (kept["guard"], kept["affected"], kept["overridden_because"]) == ("changes", 6, "new plan year")
    assert any("new plan year" in line for line in summary(done, world.where))


def test_guard_looks_at_the_named_clients_only_when_a_run_is_about_them(world: World) -> None:
    world.numbers = list(range(1, 21))
    world.run()
    change(world, *range(1, 21))
    outcome = world.run("70001", "70002")
    assert outcome.error is None
    report = report_of(outcome)
    assert report["accounted"] == {
        "source": 2,
        "deleted": 0,
        "sent": 2,
        "unchanged": 0,
        "held": 0,
        "rejected": 0,
    }
    assert report["changes"]["counts"]["changed"] == 2
    # the others' texts were not delivered: they are still to come
    later = report_of(world.run(because="all of them"))
    assert later["changes"]["counts"]["changed"] == 18
    assert later["accounted"]["sent"] == 18


def test_marts_are_published_without_a_release_when_only_they_differ(world: World) -> None:
    world.run()
    current = world.where.target("navigator") / "current"
    link = current.readlink()
    build = world.build

    def renaming(connection: duckdb.DuckDBPyConnection) -> None:
        build(connection)
        connection.execute("update dim_client set client_name = 'Bank of Erin'")

    world.build = renaming  # type: ignore[method-assign]
    world.texts[1] = "another text, the same document"
    outcome = world.run()
    assert outcome.error is None
    assert current.readlink() == link
    report = report_of(outcome)
    assert report["published"] == f"{outcome.run_id}.duckdb"
    assert report["nothing_written"] is False
    assert report["delivered"] == {}


def test_warehouse_is_built_again_when_anybody_wrote_to_it(world: World) -> None:
    world.run()
    with duckdb.connect(str(world.where.warehouse)) as connection:
        connection.execute("delete from fct_match_tier")
    world.run()
    assert world.builds == 2


def test_document_is_put_right_when_it_was_changed_by_hand(world: World) -> None:
    world.run()
    path = (world.where.target("navigator") / "current").resolve() / f"{reference(1)}_baseline.yaml"
    content = path.read_bytes()
    path.write_bytes(content + b"# mine\n")
    (path.parent / "notes.txt").write_text("mine")
    outcome = world.run()
    assert outcome.error is None
    assert b"# mine" not in world.current()[path.name]
    assert "notes.txt" not in world.current()
    assert report_of(outcome)["plan"]["navigator"]["documents"]["update"] == 1


def test_what_a_killed_run_left_is_cleared_and_nobody_elses_when_the_next_one_starts(world: World) -> None:
    killed = "20260101T000000.000000Z-aaaaaa"
    for name in (killed, "of-another-home"):
        (world.where.staging(name) / "navigator").mkdir(parents=True)
    world.where.run_folder(killed).mkdir(parents=True)
    world.run()
    assert [path.name for path in world.where.staging("x").parent.iterdir()] == ["of-another-home"]
    shutil.rmtree(world.where.staging("x").parent)


def test_backup_is_not_made_again_when_the_newest_one_is_the_same(world: World) -> None:
    from harness.backups import back_up

    world.run()
    first = back_up(world.where.state)
    assert back_up(world.where.state) == first
    first.write_bytes(first.read_bytes()[:-1])  # a damaged one is no backup
    assert back_up(world.where.state) != first


def test_what_was_delivered_is_taken_back_when_nothing_of_it_is_left(world: World) -> None:
    # a target without any document left would else keep those of the clients that are held now
    world.numbers = [1]
    assert world.run().error is None
    world.failing = [result("P10", "hold", [finding(1)])]
    outcome = world.run("70001")
    assert outcome.error is None
    assert list(world.current()) == ["MANIFEST.json"]
    assert world.run("70001").more["nothing_written"]
