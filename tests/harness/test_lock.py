"""One run at a time for a home."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import LockedError
from harness.lock import run_lock

HOLDER = """
import sys
from pathlib import Path
from harness.lock import run_lock
with run_lock(Path(sys.argv[1]), "run-of-the-child"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_second_run_is_refused_when_another_process_holds_the_lock(tmp_path: Path) -> None:
    # two runs in one home would write one warehouse
    process = holder(tmp_path / "run.lock")
    try:
        with pytest.raises(LockedError) as caught, run_lock(tmp_path / "run.lock", "mine"):
            pass
        assert caught.value.exit_status == 75
        assert str(process.pid) in caught.value.message
        assert "run-of-the-child" in caught.value.message
        assert "--home" in caught.value.hint
    finally:
        process.kill()
        process.wait()


def test_lock_is_free_when_its_owner_was_killed(tmp_path: Path) -> None:
    # a lock file left behind must not need a person
    process = holder(tmp_path / "run.lock")
    process.kill()
    process.wait()
    assert json.loads((tmp_path / "run.lock").read_text())["run_id"] == "run-of-the-child"
    with run_lock(tmp_path / "run.lock", "mine"):
        assert json.loads((tmp_path / "run.lock").read_text())["run_id"] == "mine"


def test_owner_without_a_note_is_waited_for_when_it_is_just_leaving(tmp_path: Path) -> None:
    # between its last write and its end, an owner's note is empty: "process unknown" helps nobody
    path = tmp_path / "run.lock"
    leaving = (
        "import fcntl, sys, time; file = open(sys.argv[1], 'a+'); fcntl.flock(file, fcntl.LOCK_EX);"
        " print('held', flush=True); time.sleep(0.3)"
    )
    process = subprocess.Popen([sys.executable, "-c", leaving, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with run_lock(path, "mine"):
        assert json.loads(path.read_text())["run_id"] == "mine"
    process.wait()


def test_lock_is_free_when_the_block_raised(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), run_lock(tmp_path / "run.lock", "first"):
        raise ValueError("inside")
    # a note of a run that is over would name the wrong owner to whoever comes while the next one starts
    assert (tmp_path / "run.lock").read_bytes() == b""
    with run_lock(tmp_path / "run.lock", "second"):
        pass


def test_lock_file_is_private_when_it_is_made(tmp_path: Path) -> None:
    with run_lock(tmp_path / "home" / "run.lock", "mine"):
        assert (tmp_path / "home" / "run.lock").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
