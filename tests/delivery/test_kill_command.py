"""The real command, killed: the promise of test_kill.py with dbt, Great Expectations and all targets."""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness.manifest import check_release
from tests.e2e.command import COMMAND, Place
from tests.e2e.matrices import sample_rows, shifted_sample
from tests.harness.builders import write_csv

TIMES = 3


def _command(place: Place, *asked: str) -> list[str]:
    return [str(COMMAND), *asked, "--home", str(place.home), "--out", str(place.out)]


def _run(place: Place, source: Path) -> subprocess.Popen[bytes]:
    # a process group of its own: the gates' worker dies with it, as in a power cut
    return subprocess.Popen(
        _command(place, "run", str(source), "--quiet", "--because", "a test"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _targets(place: Place) -> dict[str, str]:
    """Every target's current release, which must be whole."""
    found = {}
    for link in sorted(place.out.glob("*/current")):
        check_release(link)
        found[link.parent.name] = link.readlink().name
    return found


@pytest.mark.slow
def test_the_next_run_settles_it_when_the_command_is_killed(tmp_path: Path) -> None:
    """What holds for a small world may not hold for the process that people start."""
    seed = int(os.environ.get("PLANWISE_KILL_SEED", random.randrange(10**6)))
    print(f"PLANWISE_KILL_SEED={seed}")
    chosen, place = random.Random(seed), Place(tmp_path / "place")
    source = shifted_sample(tmp_path / "matrix.csv")
    begun = time.monotonic()
    assert _run(place, source).wait(600) == 3
    seconds = time.monotonic() - begun
    for number in range(TIMES):
        rows = sample_rows(source)
        for row in rows[:5]:
            row["participation_rate"] = f"{50 + number}.5%"
        write_csv(source, rows)
        before = _targets(place)
        process = _run(place, source)
        after = chosen.uniform(seconds * 0.2, seconds)
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)
        killed = _targets(place)
        assert killed.keys() == before.keys()
        again = _run(place, source)
        assert again.wait(600) == 3, again.stdout.read() if again.stdout else ""
        print(f"killed after {after:.1f} s (exit {process.returncode})")
        done = subprocess.run(_command(place, "verify", "--json"), capture_output=True, check=False)
        assert done.returncode == 0, json.loads(done.stdout)["faults"]
