"""When a source is another one: looked at with a clock set by hand, on real files."""

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from harness import watch_source
from harness.watch_source import UNSURE, WatchedSource, is_written

SETTLE = 0.5


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def looked(source: WatchedSource, clock: Clock, seconds: float = SETTLE) -> str:
    """Look, wait, look again: what the second look says."""
    source.look()
    clock.now += seconds
    return source.look().state


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "matrix.csv"
    path.write_text("a,b\n1,2\n")
    return path


def test_file_is_not_read_when_somebody_writes_it(file: Path, clock: Clock) -> None:
    # half a CSV is a CSV: the clients that are missing would be withdrawn
    source = WatchedSource(file, SETTLE, clock)
    with file.open("a") as stream:
        stream.write("3,")
        stream.flush()
        assert looked(source, clock, 3600) == "writing"  # however long it pauses
        assert "open for writing" in source.look().why
    assert source.look().state == "changed"


def test_file_is_waited_for_when_it_grows_between_two_looks(file: Path, clock: Clock) -> None:
    # a copy that opens and closes the file for each block
    source = WatchedSource(file, SETTLE, clock)
    assert looked(source, clock) == "changed"
    for number in range(5):
        with file.open("a") as stream:
            stream.write(f"{number},x\n")
        assert source.look().state == "writing"
        clock.now += SETTLE * 0.9
        assert source.look().state == "writing"
    clock.now += SETTLE
    assert source.look().state == "changed"


def test_stable_file_waits_longer_when_nobody_can_say_who_has_it_open(
    file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # on a network's folder half a second between two blocks is nothing
    monkeypatch.setattr("harness.watch_source.is_written", lambda _: None)
    source = WatchedSource(file, SETTLE, clock)
    assert looked(source, clock) == "writing"
    clock.now += UNSURE
    assert source.look().state == "changed"


def test_source_is_the_same_when_only_its_times_are_others(file: Path, clock: Clock) -> None:
    source = WatchedSource(file, SETTLE, clock)
    assert looked(source, clock) == "changed"
    os.utime(file, (1, 1))
    assert looked(source, clock) == "same"
    file.write_bytes(file.read_bytes())
    assert looked(source, clock) == "same"


def test_source_is_another_when_size_and_time_are_as_before(file: Path, clock: Clock) -> None:
    # a tool that puts the time back, as a restore or rsync does
    source = WatchedSource(file, SETTLE, clock)
    assert looked(source, clock) == "changed"
    before = file.stat()
    file.write_text("a,b\n1,9\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert looked(source, clock) == "changed"


def test_source_is_another_when_it_is_replaced_by_a_rename(file: Path, clock: Clock) -> None:
    source = WatchedSource(file, SETTLE, clock)
    assert looked(source, clock) == "changed"
    other = file.with_name("other")
    other.write_text("a,b\n1,3\n")
    other.replace(file)
    assert looked(source, clock) == "changed"


def test_source_is_gone_when_it_is_missing_or_empty_and_the_same_when_it_is_back(
    file: Path, clock: Clock
) -> None:
    # an editor that deletes and writes anew, a share that is away for a moment: no client left
    source = WatchedSource(file, SETTLE, clock)
    assert looked(source, clock) == "changed"
    kept = file.read_bytes()
    file.unlink()
    assert looked(source, clock) == "gone"
    file.write_bytes(b"")
    assert looked(source, clock) == "gone"
    file.write_bytes(kept)
    assert looked(source, clock) == "same"


def test_folder_is_another_when_a_document_is_and_waits_longer_when_one_is_gone(
    tmp_path: Path, clock: Clock
) -> None:
    # a folder that is copied anew loses its documents first, one by one
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(name)
    source = WatchedSource(tmp_path, SETTLE, clock)
    assert looked(source, clock) == "changed"
    (tmp_path / "a.yaml").write_text("other")
    assert looked(source, clock) == "changed"
    (tmp_path / "note.txt").write_text("no document")
    assert looked(source, clock) == "same"
    (tmp_path / "b.yaml").unlink()
    assert looked(source, clock) == "writing"
    clock.now += UNSURE
    assert source.look().state == "changed"
    (tmp_path / "a.yaml").unlink()
    assert looked(source, clock) == "gone"


def test_database_is_waited_for_when_it_is_open_and_its_lock_is_never_taken(
    tmp_path: Path, clock: Clock
) -> None:
    # a watch that attached it at every look would keep the Design Matrix from saving
    path = tmp_path / "matrix.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table plan_designs as select 1 as client_id")
    source = WatchedSource(path, SETTLE, clock)
    assert looked(source, clock) == "changed"
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into plan_designs values (2)")
        assert looked(source, clock) == "writing"
        connection.execute("insert into plan_designs values (3)")  # nobody holds it against the writer
    assert looked(source, clock) == "changed"


def test_a_reader_is_no_writer_when_it_has_the_file_open(file: Path) -> None:
    with file.open():
        assert is_written(file) is False
    with file.open("a"):
        assert is_written(file) is True
    assert is_written(file.with_name("none")) is None


class Coarse:
    """A file system whose times are those of the last tick, as vfat's and an old NFS's are."""

    tick = 1_700_000_000_000_000_000

    def __call__(self, path: Path) -> watch_source.File:
        found = path.stat()
        return (path.name, found.st_dev, found.st_ino, found.st_size, self.tick, self.tick)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was read, each time."""
    seen: list[Path] = []

    def counted(path: Path, real: Callable[[Path], str] = watch_source.fingerprint) -> str:
        seen.append(path)
        return real(path)

    monkeypatch.setattr("harness.watch_source.fingerprint", counted)
    return seen


@pytest.mark.parametrize("is_folder", [False, True])
def test_second_write_is_seen_when_it_is_within_one_tick_of_the_file_system(
    file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, read: list[Path], is_folder: bool
) -> None:
    """The same size, inode and time: what was corrected at once would never go out."""
    monkeypatch.setattr("harness.watch_source._file", Coarse())
    written = file.with_name("a.yaml") if is_folder else file
    written.write_text("a,b\n1,2\n")
    source = WatchedSource(file.parent if is_folder else file, SETTLE, clock)
    assert looked(source, clock) == "changed"
    written.write_text("a,b\n1,9\n")
    seen = []
    for _ in range(40):
        clock.now += 0.1
        seen.append(source.look().state)
    assert seen.count("changed") == 1
    assert set(seen) == {"same", "changed"}
    assert len(read) == 2, "it is read again once, and not for ever"


def test_file_is_read_once_when_its_times_are_exact(file: Path, clock: Clock, read: list[Path]) -> None:
    """A large source would be read again after each change for nothing."""
    source = WatchedSource(file, SETTLE, clock)
    assert looked(source, clock) == "changed"
    for _ in range(40):
        clock.now += 0.1
        assert source.look().state == "same"
    assert len(read) == 1


def test_second_write_is_waited_for_when_it_goes_on_within_the_tick(
    file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of it would be read: the size tells nothing where a file is written in its place."""
    monkeypatch.setattr("harness.watch_source._file", Coarse())
    source = WatchedSource(file, SETTLE, clock)
    assert looked(source, clock) == "changed"
    with file.open("r+") as stream:
        stream.write("a,b\n1,9")
        stream.flush()
        clock.now += 60
        assert source.look().state == "writing"
    assert source.look().state == "changed"
    clock.now += 60
    assert source.look().state == "same"


def test_file_is_read_again_after_each_change_when_its_times_are_coarse(
    file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, read: list[Path]
) -> None:
    coarse = Coarse()
    monkeypatch.setattr("harness.watch_source._file", coarse)
    source = WatchedSource(file, SETTLE, clock)
    for number in range(3):
        file.write_text(f"a,b\n1,{number}\n")
        coarse.tick += 2_000_000_000
        assert looked(source, clock) == "changed"
        clock.now += 10
        assert source.look().state == "same"
    assert len(read) == 6
