"""Files that are whole or not there."""

import os
from pathlib import Path
from typing import Any

import pytest

from harness import files
from harness.errors import DeliveryError


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "a\\b", "a b", "a\x00b", "é", "x" * 121, "a\n"]
)
def test_safe_join_refuses_a_name_when_it_could_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        files.safe_join(tmp_path, name)
    assert caught.value.code == "unsafe_name"


def test_safe_join_returns_the_path_when_the_name_is_plain(tmp_path: Path) -> None:
    assert files.safe_join(tmp_path, "c0_baseline.yaml") == tmp_path / "c0_baseline.yaml"


def test_atomic_write_leaves_the_old_bytes_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a full disk must not leave half a report in place of a whole one
    path = tmp_path / "report.json"
    files.atomic_write(path, b"old")

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "fsync_file", full)
    with pytest.raises(OSError, match="No space"):
        files.atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]


def test_atomic_write_makes_a_private_file_when_no_mode_is_given(tmp_path: Path) -> None:
    files.atomic_write(tmp_path / "a" / "b" / "x", b"1")
    assert (tmp_path / "a" / "b" / "x").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700


def test_make_dir_leaves_the_mode_alone_when_the_folder_exists(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o755)
    files.make_dir(tmp_path / "out", 0o700)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755


def test_write_new_refuses_when_the_file_exists(tmp_path: Path) -> None:
    # two documents of one name would silently become one
    files.write_new(tmp_path / "x", b"1")
    with pytest.raises(FileExistsError):
        files.write_new(tmp_path / "x", b"2")


def test_replace_file_leaves_an_open_reader_its_bytes_when_it_switches(tmp_path: Path) -> None:
    (tmp_path / "current").write_bytes(b"old")
    (tmp_path / "next").write_bytes(b"new")
    with (tmp_path / "current").open("rb") as reader:
        files.replace_file(tmp_path / "next", tmp_path / "current")
        assert reader.read() == b"old"
    assert (tmp_path / "current").read_bytes() == b"new"
    assert (tmp_path / "next").exists()


def test_replace_file_copies_when_there_are_no_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "next").write_bytes(b"new")

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    synced = []
    monkeypatch.setattr(files, "fsync_file", lambda path: synced.append(path.read_bytes()))
    files.replace_file(tmp_path / "next", tmp_path / "current")
    assert (tmp_path / "current").read_bytes() == b"new"
    # else a power failure would leave an empty file where a whole one was
    assert b"new" in synced


def test_copy_is_on_the_disk_before_it_is_named_when_there_are_no_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut after the rename would leave an empty file under the name that everybody opens."""
    (tmp_path / "next").write_bytes(b"new")
    done: list[tuple[str, str]] = []

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    def flushed(descriptor: int, real: Any = os.fsync) -> None:
        done.append(("flushed", Path(f"/proc/self/fd/{descriptor}").readlink().name))
        real(descriptor)

    def renamed(path: Path, target: Path, real: Any = Path.replace) -> Path:
        done.append(("renamed", path.name))
        return Path(real(path, target))

    monkeypatch.setattr(os, "link", refused)
    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "replace", renamed)
    files.replace_file(tmp_path / "next", tmp_path / "current")
    beside = f".current.{os.getpid()}.tmp"
    assert done == [("flushed", beside), ("renamed", beside), ("flushed", tmp_path.name)]


def test_switch_link_refuses_when_a_real_folder_is_in_its_place(tmp_path: Path) -> None:
    # somebody's own folder must not be replaced
    (tmp_path / "current").mkdir()
    with pytest.raises(DeliveryError) as caught:
        files.switch_link(tmp_path / "current", "releases/1")
    assert caught.value.code == "not_a_link"


def test_switch_link_replaces_the_link_when_there_is_one(tmp_path: Path) -> None:
    files.switch_link(tmp_path / "current", "releases/1")
    files.switch_link(tmp_path / "current", "releases/2")
    assert str((tmp_path / "current").readlink()) == "releases/2"
    assert [entry.name for entry in tmp_path.iterdir()] == ["current"]
