"""What a command costs, with all processes that it starts: wall, CPU, peak memory, bytes written.

Memory and bytes are read from /proc five to fifty times a second: the peak is that of all processes at one
moment (a shared page counted once, where the kernel tells PSS), and what a process wrote between the last
look and its end is not seen. CPU is the kernel's own sum.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.places import PROJECT

_PROC = Path("/proc")
_PAUSE = 0.05


@dataclass(frozen=True)
class Cost:
    """What one command took."""

    wall: float
    cpu: float
    peak_mb: float
    written_mb: float
    status: int
    said: str = ""
    """The end of what it printed."""


class Overdue(RuntimeError):
    """A command took longer than it may; it was ended."""


def _children(pid: int) -> list[int]:
    """The process and all below it."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in _PROC.glob(f"{one}/task/*/children"):
            with contextlib.suppress(OSError, ValueError):
                waiting += [int(word) for word in task.read_text().split()]
    return found


def _field(path: Path, name: str) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in path.read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    return 0


def _memory_kb(pids: Sequence[int]) -> int:
    return sum(
        _field(_PROC / str(pid) / "smaps_rollup", "Pss:") or _field(_PROC / str(pid) / "status", "VmRSS:")
        for pid in pids
    )


def run(
    command: Sequence[str],
    *,
    timeout: float,
    environment: Mapping[str, str] | None = None,
    accepted: Sequence[int] = (0, 3),
    keep: int = 300,
) -> Cost:
    """Run a command and measure it.

    Raises Overdue after `timeout` seconds (all its processes are ended), RuntimeError for an exit status that
    is not among `accepted`, with the end of what it said; of that `keep` characters are kept.
    """
    os.sync()  # what the one before left to be written is no work of this one
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak, written = 0, dict[int, int]()
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        process = subprocess.Popen(
            list(command),
            cwd=PROJECT,
            env={**os.environ, **(environment or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            pause = 0.02
            while True:
                pids = _children(process.pid)
                peak = max(peak, _memory_kb(pids))
                for pid in pids:
                    written[pid] = max(written.get(pid, 0), _field(_PROC / str(pid) / "io", "write_bytes:"))
                try:
                    process.wait(pause)
                    break
                except subprocess.TimeoutExpired:
                    # looking at the memory of a large process costs; a second's peak lasts longer then
                    pause = _PAUSE if peak < 1_000_000 else 0.2
                if time.perf_counter() - begun > timeout:
                    raise Overdue(f"not done after {timeout:.0f} s")
            wall = time.perf_counter() - begun
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.seek(0)
        said = log.read().decode(errors="replace").strip()[-keep:]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if process.returncode not in accepted:
        raise RuntimeError(f"exit {process.returncode}: {said[-300:]}")
    return Cost(wall, cpu, peak / 1024, sum(written.values()) / 1e6, process.returncode, said)
