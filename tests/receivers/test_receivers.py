"""Every kind of receiver of releases keeps the same promises: whole or not at all, resumed, compared."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from harness.config import Settings
from harness.errors import DeliveryError
from harness.receivers import directory as directory_module
from harness.receivers.directory import DirectoryReceiver
from harness.receivers.endpoint import Endpoint
from harness.receivers.objects import FsspecReceiver
from harness.receivers.opening import release_receiver
from tests.receivers.releases import NEXT, RUN, deliver, directory, fsspec_at, going

PROJECT = Path(__file__).resolve().parents[2]
TEXTS = {number: f'{{"client": {number}}}\n' for number in range(1, 8)}
Place = tuple[Endpoint, Callable[[str], bytes | None], Callable[[str, bytes], None]]
"""An endpoint, how to read a file of it (null: not there), how to change one behind its back."""


def _local(root: Path) -> tuple[Callable[[str], bytes | None], Callable[[str, bytes], None]]:
    def read(path: str) -> bytes | None:
        return (root / path).read_bytes() if (root / path).exists() else None

    def write(path: str, content: bytes) -> None:
        (root / path).write_bytes(content)

    return read, write


def _memory() -> tuple[Callable[[str], bytes | None], Callable[[str, bytes], None]]:
    store = MemoryFileSystem()

    def read(path: str) -> bytes | None:
        return bytes(store.cat_file(f"/shelf/{path}")) if store.exists(f"/shelf/{path}") else None

    return read, lambda path, content: store.pipe_file(f"/shelf/{path}", content)


@pytest.fixture(params=["directory", "local", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    if request.param == "memory":
        MemoryFileSystem.store.clear()
        MemoryFileSystem.pseudo_dirs[:] = [""]
        yield fsspec_at("memory://shelf"), *_memory()
        MemoryFileSystem.store.clear()
    elif request.param == "local":
        yield fsspec_at(f"file://{shelf}"), *_local(shelf)
    else:
        yield directory(shelf), *_local(shelf)


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    return deliver(tmp_path, TEXTS)


def sent(place: Place, where: Settings) -> DirectoryReceiver | FsspecReceiver:
    receiver = release_receiver(place[0], where)
    receiver.put(going(where))
    receiver.switch("navigator", RUN)
    return receiver


def test_whole_release_is_there_when_it_was_sent(place: Place, where: Settings) -> None:
    receiver = sent(place, where)
    assert receiver.current("navigator") == RUN
    assert receiver.verify(going(where)) == []
    release = f"navigator/releases/{RUN}"
    for path in going(where).all_files:
        assert place[1](f"{release}/{path}") == (where.out / release / path).read_bytes()


def test_nobody_is_pointed_at_a_release_when_it_was_only_put(place: Place, where: Settings) -> None:
    """Without it a reader could see a release of which the ledger knows nothing yet."""
    receiver = sent(place, where)
    deliver(where.home.parent, TEXTS | {1: "changed\n"}, NEXT)
    receiver.put(going(where))
    assert receiver.current("navigator") == RUN
    receiver.switch("navigator", NEXT)
    assert receiver.current("navigator") == NEXT
    assert place[1](f"navigator/releases/{RUN}/MANIFEST.json"), "the release before is the way back"


def test_there_is_no_current_release_when_nothing_was_sent(place: Place, where: Settings) -> None:
    assert release_receiver(place[0], where).current("navigator") is None


@pytest.mark.parametrize("path", [f"documents/c{3:015x}.json", "all.ndjson", "MANIFEST.json"])
def test_file_is_named_when_one_byte_was_flipped(place: Place, where: Settings, path: str) -> None:
    """Without it a wrong value at the receiver would go unseen for as long as its source stays the same."""
    receiver = sent(place, where)
    there = f"navigator/releases/{RUN}/{path}"
    content = bytearray(place[1](there) or b"")
    content[3] ^= 1
    place[2](there, bytes(content))
    (found,) = receiver.verify(going(where))
    assert (found.endpoint, found.release, found.path) == (place[0].name, RUN, path)
    assert "SHA-256" in found.message


def test_added_and_missing_files_are_named_when_somebody_was_there(place: Place, where: Settings) -> None:
    receiver = sent(place, where)
    place[2](f"navigator/releases/{RUN}/documents/extra.json", b"x")
    deliver(where.home.parent, TEXTS, NEXT)
    assert [one.message for one in receiver.verify(going(where))][:1] != []
    named = {one.path: one.message for one in receiver.verify(going(where, run_id=RUN))}
    assert named == {"documents/extra.json": "was not sent by us"}


def test_release_is_not_overwritten_when_it_differs_there(place: Place, where: Settings) -> None:
    """Without it a second attempt would write over a release that readers have open."""
    receiver = sent(place, where)
    there = f"navigator/releases/{RUN}/all.ndjson"
    place[2](there, b"other bytes\n")
    with pytest.raises(DeliveryError) as refused:
        receiver.put(going(where))
    assert refused.value.code == "receiver_differs"
    assert place[1](there) == b"other bytes\n"


def test_same_release_is_taken_when_it_is_sent_twice(place: Place, where: Settings) -> None:
    sent(place, where)
    assert sent(place, where).verify(going(where)) == []


class Failing:
    """Counts the writes of a file system, and lets those from the n-th on fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        self.left, self.error, self.written = 10**9, error, []
        for kind in (LocalFileSystem, MemoryFileSystem):
            self._watch(monkeypatch, kind, "pipe_file")
        self._watch(monkeypatch, directory_module, "write_new")

    def _watch(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            path = arguments[0] if owner is directory_module else arguments[1]
            if self.left <= 0:
                raise self.error
            self.left -= 1
            self.written.append(str(path).rpartition("/")[2])
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, watched)


@pytest.mark.parametrize("after", range(9))
def test_only_the_rest_is_sent_when_a_send_broke_off(
    place: Place, where: Settings, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it a large release on a bad line would begin anew every time, and might never end."""
    failing = Failing(monkeypatch, ConnectionResetError(errno.ECONNRESET, "reset by peer"))
    failing.left = after
    receiver = release_receiver(place[0], where)
    with pytest.raises(DeliveryError) as broken:
        receiver.put(going(where))
    assert (broken.value.code, broken.value.kind) == ("receiver_away", "transient")
    assert receiver.current("navigator") is None
    assert place[1](f"navigator/releases/{RUN}/MANIFEST.json") is None
    first, failing.written, failing.left = list(failing.written), [], 10**9
    sent(place, where)
    again = set(first) & set(failing.written) - {"MANIFEST.json"}
    assert len(first) == after
    assert not again, f"sent twice: {again}"


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full", "transient"),
        (PermissionError(errno.EACCES, "Permission denied"), "permission_denied", "terminal"),
        (OSError(errno.EROFS, "Read-only file system"), "read_only", "terminal"),
        (TimeoutError(errno.ETIMEDOUT, "timed out"), "receiver_away", "transient"),
        (RuntimeError("what is this"), "unclassified", "terminal"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_error_says_what_to_do_when_a_write_fails(
    place: Place,
    where: Settings,
    error: Exception,
    code: str,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent(place, where)
    deliver(where.home.parent, TEXTS | {1: "changed\n"}, NEXT)
    Failing(monkeypatch, error).left = 2
    receiver = release_receiver(place[0], where)
    with pytest.raises(DeliveryError) as failed:
        receiver.put(going(where))
    assert (failed.value.code, failed.value.kind) == (code, kind)
    assert place[0].name in failed.value.message
    assert failed.value.hint
    assert receiver.current("navigator") == RUN
    assert receiver.verify(going(where, run_id=RUN)) == []


CHILD = """
import os, signal, sys
from pathlib import Path
from harness.config import settings
from harness.receivers import directory
from harness.receivers.opening import release_receiver
from tests.receivers.releases import directory as at, going
left = int(sys.argv[2])
real = directory.write_new
def write(path, content):
    global left
    left -= 1
    if left < 0:
        path.write_bytes(content[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    real(path, content)
directory.write_new = write
root = Path(sys.argv[1])
where = settings(root / "home", root / "out")
release_receiver(at(root / "shelf"), where).put(going(where))
"""


def test_half_a_file_is_sent_again_when_the_sender_was_killed(tmp_path: Path) -> None:
    """Without it half a document could be renamed into place as if it were whole."""
    where = deliver(tmp_path, TEXTS)
    (tmp_path / "shelf").mkdir()
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), "4"], cwd=PROJECT, capture_output=True, check=False
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    receiver = release_receiver(directory(tmp_path / "shelf"), where)
    assert receiver.current("navigator") is None
    receiver.put(going(where))
    receiver.switch("navigator", RUN)
    assert receiver.verify(going(where)) == []


def test_pointer_says_what_is_current_when_there_are_no_links(
    tmp_path: Path, where: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it nothing could be delivered to a FAT or SMB share."""
    (tmp_path / "shelf").mkdir()

    def no_links(*_: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    receiver = release_receiver(directory(tmp_path / "shelf"), where)
    receiver.put(going(where))
    with monkeypatch.context() as broken:
        broken.setattr(os, "symlink", no_links)
        receiver.switch("navigator", RUN)
    pointer = json.loads((tmp_path / "shelf" / "navigator" / "current.json").read_text())
    assert pointer["path"] == f"releases/{RUN}"
    assert not (tmp_path / "shelf" / "navigator" / "current").exists()
    assert receiver.current("navigator") == RUN
    receiver.switch("navigator", RUN)
    assert not (tmp_path / "shelf" / "navigator" / "current.json").exists(), "one of the two would grow old"


@pytest.mark.parametrize("link", ["navigator", "navigator/releases", "navigator/.staging"])
def test_nothing_is_written_when_a_link_leads_out_of_the_folder(
    tmp_path: Path, where: Settings, link: str
) -> None:
    """Without it whoever may make a link on the share chooses what planwise writes to."""
    (tmp_path / "elsewhere").mkdir()
    place = tmp_path / "shelf" / link
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DeliveryError) as refused:
        release_receiver(directory(tmp_path / "shelf"), where).put(going(where))
    assert refused.value.code == "foreign_link"
    assert not list((tmp_path / "elsewhere").iterdir())


def test_folder_is_not_made_when_the_share_is_away(tmp_path: Path, where: Settings) -> None:
    """Without it a delivery would fill the disk below the mount point, and count as delivered."""
    with pytest.raises(DeliveryError) as away:
        release_receiver(directory(tmp_path / "shelf"), where).put(going(where))
    assert (away.value.code, away.value.kind) == ("receiver_away", "transient")
    assert not (tmp_path / "shelf").exists()


def test_pointer_is_refused_when_somebody_else_wrote_it(place: Place, where: Settings) -> None:
    """Without it a pointer with `../` in it would be followed."""
    sent(place, where)
    if place[0].kind == "directory":
        (Path(place[0].place) / "navigator" / "current").unlink()
    place[2]("navigator/current.json", b'{"schema_version": "planwise-current/1.0", "run_id": "../x"}')
    with pytest.raises(DeliveryError) as refused:
        release_receiver(place[0], where).current("navigator")
    assert refused.value.code == "bad_pointer"


def test_probe_leaves_nothing_behind_when_it_succeeds(place: Place, where: Settings, tmp_path: Path) -> None:
    assert "can be written to" in release_receiver(place[0], where).probe()
    assert not list((tmp_path / "shelf").iterdir())
    assert not MemoryFileSystem().find("/shelf")


def test_large_file_is_sent_in_pieces_when_there_is_one(place: Place, tmp_path: Path) -> None:
    """Without it an account file of 100 MB would have to fit into memory several times."""
    where = deliver(tmp_path, {1: "x\n"}, bundle=os.urandom(5 << 20))
    assert sent(place, where).verify(going(where)) == []


def test_release_is_not_put_in_place_when_what_was_written_reads_back_differently(
    place: Place, where: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it a faulty disk, or a gateway that changes line ends, would be delivered to unseen."""
    real = {kind: kind.pipe_file for kind in (LocalFileSystem, MemoryFileSystem)}
    written = directory_module.write_new

    def changed(content: bytes) -> bytes:
        return content.replace(b'"client": 3', b'"client": 8')

    for kind, pipe in real.items():
        monkeypatch.setattr(
            kind,
            "pipe_file",
            lambda self, path, value, pipe=pipe, **more: pipe(self, path, changed(value), **more),
        )
    monkeypatch.setattr(directory_module, "write_new", lambda path, value: written(path, changed(value)))
    receiver = release_receiver(place[0], where)
    with pytest.raises(DeliveryError) as refused:
        receiver.put(going(where))
    assert refused.value.code == "receiver_differs"
    assert place[1](f"navigator/releases/{RUN}/MANIFEST.json") is None
    assert receiver.current("navigator") is None
