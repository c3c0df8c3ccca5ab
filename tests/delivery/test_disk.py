"""A full disk, a read-only target, a failure that passes: what was delivered stays, the next run delivers."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import delivery, preflight, preflight_checks
from tests.delivery.place import asked, change, clean, edit, make_place, run, sent_twice, shown, states
from tests.harness.world import World

ALL = (1, 2, 3, 4, 5, 6)


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """An out folder that is a file system of its own, and small."""
    out = tmp_path / "out"
    out.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(out)], capture_output=True)
    if made.returncode:
        pytest.skip("no file system may be mounted here; the injected faults below are tested all the same")
    yield out
    subprocess.run(["umount", "-l", str(out)], check=True)


def _used(folder: Path) -> int:
    found = os.statvfs(folder)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def _stays(world: World, before: dict[str, bytes]) -> None:
    assert shown(world) == before and shown(world, "second") == before


def test_the_old_delivery_stays_when_the_disk_is_full(
    mounted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a file would be read as a plan."""
    world = make_place(tmp_path, monkeypatch)
    assert run(world).error is None
    before = shown(world)
    change(world, *ALL)
    subprocess.run(["mount", "-o", f"remount,size={_used(mounted) + 20_000}", str(mounted)], check=True)
    with monkeypatch.context() as patch:
        # without what looks at the room before: it may be gone a moment later
        patch.setattr(preflight_checks, "FLOOR", 0)
        patch.setattr(preflight, "FULL_SETS", 0)
        failed = run(world).error
    assert failed is not None and failed.exit_status == 5 and failed.kind == "transient", failed
    assert "No space left" in failed.message
    _stays(world, before)
    told = run(world).error
    assert told is not None and told.code == "disk_short", "nobody looked at the room first"
    _stays(world, before)
    subprocess.run(["mount", "-o", "remount,size=400m", str(mounted)], check=True)
    assert run(world).error is None
    assert shown(world) != before and shown(world).keys() == before.keys()
    clean(world)
    assert sent_twice(world) == []


def test_the_old_delivery_stays_when_the_target_is_read_only(
    mounted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that can't be written to must be told as that, and not break what it holds."""
    world = make_place(tmp_path, monkeypatch)
    assert run(world).error is None
    before = shown(world)
    change(world, *ALL)
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    failed = run(world).error
    assert failed is not None and failed.exit_status in (2, 4, 5), failed
    _stays(world, before)
    subprocess.run(["mount", "-o", "remount,rw", str(mounted)], check=True)
    assert run(world).error is None
    assert shown(world) != before
    clean(world)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS], ids=["full", "read-only"])
@pytest.mark.parametrize("place", ["fsync_tree", "switch_link"])
def test_a_failure_that_passes_is_due_again_when_the_source_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, code: int
) -> None:
    """A failed row whose source stays the same would never be tried again; the moment is stored."""
    world = make_place(tmp_path, monkeypatch)
    assert run(world).error is None
    before = shown(world)
    edit(world)

    def broken(*_: Any) -> None:
        raise OSError(code, os.strerror(code), str(tmp_path / "out"))

    with monkeypatch.context() as patch:
        patch.setattr(delivery, place, broken)
        failed = run(world)
    assert failed.error is not None and failed.error.exit_status == 5 and failed.error.kind == "transient"
    _stays(world, before)
    waiting = asked(
        world,
        "select q.target, q.attempts, q.next_attempt_at > r.started_at from retry_queue as q"
        " join run as r on r.run_id = q.run_id order by q.target",
    )
    clean(world)  # settled at once, not by the next start: the disk may be full of what was never seen
    assert not list(world.where.out.glob(f"*/releases/{failed.run_id}"))
    assert waiting == [("navigator", 1, 1)] * 2 + [("second", 1, 1)] * 2, "the insert and the update of each"
    again = run(world)
    assert again.error is None
    assert states(world)["retry_wait"] == 0 and asked(world, "select count(*) from retry_queue") == [(0,)]
    tried = asked(world, "select distinct number, action from attempt where run_id = ?", again.run_id)
    assert tried == [(2, "retry")]
    clean(world)
    assert sent_twice(world) == []
