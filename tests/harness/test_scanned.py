"""What was looked through before is looked through for identifiers that are new, and for nothing else."""

import os
from pathlib import Path

import pytest

from exporters import TARGETS
from harness import files
from harness.config import Settings, settings
from harness.delivery import carry_over
from harness.errors import DeliveryError, GateError
from harness.files import fsync_tree
from harness.identifiers import Scanner
from harness.manifest import MANIFEST, write_manifest
from harness.scanned import FILE, Looking, remember, unseen
from harness.verify import verify
from tests.harness.test_verify import STAMP, staged
from tests.harness.world import reference

KNOWN = [("client_id", "70001"), ("plan_id", "P-9")]


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    """A home, and a release of two documents that is current in its out folder."""
    found = settings(tmp_path / "home", tmp_path / "out")
    folder = found.target("navigator") / "current"
    entries, _ = verify(TARGETS["navigator"], staged(folder, 1, 2), STAMP, Scanner(KNOWN))
    write_manifest(folder, entries, STAMP)
    remember(found, ["navigator"], KNOWN)
    return found


def test_only_what_is_new_is_looked_for_when_all_was_looked_through(where: Settings) -> None:
    assert unseen(where, "navigator", KNOWN) == []
    assert unseen(where, "navigator", [*KNOWN, ("plan_id", "P-10")]) == [("plan_id", "P-10")]
    assert (where.home / FILE).stat().st_mode & 0o077 == 0, "it holds the identifiers themselves"


@pytest.mark.parametrize("what", ["manifest", "code", "note", "gone", "target"])
def test_all_is_looked_for_when_anything_else_is_not_what_it_was(
    where: Settings, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A note that is taken for another release's would hide what stands in this one."""
    manifest = where.target("navigator") / "current" / MANIFEST
    if what == "manifest":
        manifest.write_bytes(manifest.read_bytes() + b"\n")
    elif what == "code":
        monkeypatch.setattr("harness.scanned._code", lambda: "other")
    elif what == "note":
        (where.home / FILE).write_text("[")
    elif what == "gone":
        (where.home / FILE).unlink()
    assert unseen(where, "fhi" if what == "target" else "navigator", KNOWN) == KNOWN


@pytest.mark.parametrize("value", ["graded_5_year", "GRADED_5_YEAR", 'no, such "text"', "5%"])
def test_a_carried_document_is_refused_when_a_new_identifier_stands_in_it(
    where: Settings, value: str
) -> None:
    """It went out before anybody knew that it is one."""
    current = where.target("navigator") / "current"
    pairs = [("plan_id", value)]
    everywhere = Scanner(pairs)
    documents = [TARGETS["navigator"].read(path.read_bytes()) for path in current.glob("*.yaml")]
    is_there = any(everywhere.scan("x", document) for document in documents)
    try:
        carry_over(current, None, TARGETS["navigator"], Looking(pairs), selected=())
        found = False
    except GateError as error:
        assert error.code == "blocked_e02"
        found = True
    assert found == is_there
    assert is_there or "5_" not in value.lower()


def test_a_carried_file_is_hashed_again_when_nothing_is_looked_for(where: Settings) -> None:
    """The note says what was found in bytes, not that these are still there."""
    current = where.target("navigator") / "current"
    path = current / f"{reference(1)}_baseline.yaml"
    path.write_bytes(path.read_bytes().replace(b"simple", b"simpel"))
    with pytest.raises(DeliveryError, match="is not what"):
        carry_over(current, None, TARGETS["navigator"], Looking([]), selected=())


def test_many_files_are_flushed_one_by_one_when_the_file_system_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that returns at once on some file systems would leave a release that a power cut empties."""
    for number in range(files._MANY):
        (tmp_path / str(number)).write_bytes(b"x")
    flushed: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (flushed.append(descriptor), real(descriptor))[1])
    monkeypatch.setattr(files, "_file_system", lambda _: "fuse")
    fsync_tree(tmp_path)
    assert len(flushed) == files._MANY + 1
    monkeypatch.setattr(files, "_file_system", lambda _: "ext4")
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "", "5.7.19", "", "")))
    flushed.clear()
    fsync_tree(tmp_path)
    assert len(flushed) == files._MANY + 1
