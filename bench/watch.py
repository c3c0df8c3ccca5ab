"""How fast `planwise-export watch` delivers one changed client, and whether it keeps memory.

`python -m bench.watch [--clients 850] [--changes 100]`, and with `--leak 1000` that many cycles on a small
book, whose memory must not grow. The watch is a process of its own, as a user starts it; the clock begins
when the source's write is complete, and stops when the ledger has confirmed the last target and its link
shows the release. Prints JSON, then Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.durations import quantile
from tests.e2e.book import WORDED, book, texts
from tests.harness.builders import write_csv

PROJECT = Path(__file__).resolve().parent.parent
COMMAND = str(Path(sys.executable).with_name("planwise-export"))
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
GROWTH_SHARE, GROWTH_MB = 0.10, 30.0
"""Memory may grow by this much from a tenth of the cycles to the end; more is a leak."""
SMALL = 12
KEPT = 2
"""Rows that no change befalls: changed at random for long, a small book has nobody left who goes out."""
Measured = dict[str, Any]


class Watching:
    """A watch at work on a file of ours."""

    def __init__(self, folder: Path, clients: int) -> None:
        self.folder = folder
        self.source = folder / "matrix.csv"
        self.rows = book(clients)
        self._random = random.Random(1)
        self._texts = texts(5, 40)
        write_csv(self.source, self.rows)
        self.start()

    def start(self) -> None:
        """Start the command."""
        places = ("--home", str(self.folder / "home"), "--out", str(self.folder / "out"))
        self.process = subprocess.Popen(
            [COMMAND, "watch", str(self.source), *places, "--json"],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
            text=True,
        )

    def cycle(self) -> Measured:
        """What it says of its next cycle."""
        assert self.process.stdout
        for line in self.process.stdout:
            told: Measured = json.loads(line)
            if told["event"] == "cycle":
                if (told["error"] or {}).get("code") == "source_changed":
                    continue  # another cycle (at midnight) met our writing, and reads it again
                if told["error"] or told["exit_status"] not in (0, 3):
                    raise RuntimeError(f"a cycle failed: {line}")
                return told
        raise RuntimeError(f"the watch ended with {self.process.wait()}")

    def change(self) -> Measured:
        """Change one client at one field, wait for its delivery: seconds by the ledger, and what was told."""
        begun = self.write()
        told = self.cycle()
        while not told["changes"]["changed"]:
            told = self.cycle()
        return told | {
            "seconds_by_ledger": self._confirmed(told["run_id"]) - begun,
            "until_told": time.time() - begun,
        }

    def memory(self) -> float:
        """Resident MB of the watch and its worker."""
        return sum(_resident(pid) for pid in self.processes()) / 1e6

    def processor(self) -> float:
        """CPU seconds of both so far."""
        return sum(_processor(pid) for pid in self.processes())

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def _edit(self) -> None:
        row = self._random.choice(self.rows[KEPT:])
        field = self._random.choice([*WORDED, "participation_rate", "avg_deferral_rate", "employee_count"])
        before = row.get(field)
        while row.get(field) == before:
            if field in self._texts:
                row[field] = self._random.choice(self._texts[field])
            elif field == "employee_count":
                row[field] = str(self._random.randint(20, 9000))
            else:
                row[field] = f"{self._random.randint(2, 95)}.{self._random.randint(0, 9)}%"

    def write(self) -> float:
        """Change one client and write the source, in place or by a rename; when that was complete."""
        self._edit()
        if self._random.random() < 0.5:
            write_csv(self.source, self.rows)
        else:
            write_csv(self.source.with_name("new.csv"), self.rows).replace(self.source)
        return time.time()

    def _confirmed(self, run_id: str) -> float:
        """When the ledger settled the last target of a run; each one's link must show its release."""
        connection = sqlite3.connect(f"file:{self.folder / 'home' / 'ledger.sqlite'}?mode=ro", uri=True)
        try:
            found = connection.execute(
                "select target, at from event where run_id = ? and kind = 'settled'", (run_id,)
            ).fetchall()
        finally:
            connection.close()
        if not found:
            raise RuntimeError(f"{run_id} delivered nothing")
        for target, _ in found:
            shown = (self.folder / "out" / target / "current").readlink().name
            if shown != run_id:
                raise RuntimeError(f"{target} shows {shown}, not {run_id}")
        return max(datetime.fromisoformat(at).timestamp() for _, at in found)

    def processes(self) -> list[int]:
        """The watch, and its worker."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]


@contextmanager
def watching(clients: int) -> Iterator[Watching]:
    """A watch that has done its first cycle."""
    with tempfile.TemporaryDirectory(prefix="planwise-watch-") as folder:
        found = Watching(Path(folder), clients)
        try:
            found.cycle()
            yield found
        finally:
            found.end()


def measure(clients: int = 850, changes: int = 100, warm: int = 3) -> Measured:
    """Change-to-delivered of one changed client, over so many changes: seconds, steps, CPU, memory, disk."""
    with watching(clients) as at_work:
        for _ in range(warm):
            at_work.change()
        memory = [at_work.memory()]
        cpu, disk = at_work.processor(), _bytes(at_work.folder)
        told = []
        for number in range(changes):
            told.append(at_work.change())
            if number + 1 == max(changes // 10, 1):
                memory.append(at_work.memory())
            if (number + 1) % max(changes // 10, 1) == 0:
                print(f"{number + 1} changes: {at_work.memory():.0f} MB", file=sys.stderr, flush=True)
        memory.append(at_work.memory())
        return {
            "clients": clients,
            "changes": changes,
            "seconds": _spread([one["seconds_by_ledger"] for one in told]),
            "until_told": _spread([one["until_told"] for one in told]),
            "cycle_seconds": _spread([one["cycle_seconds"] for one in told]),
            "steps": {name: _spread([one["seconds"][name] for one in told]) for name in told[0]["seconds"]},
            "beside_the_steps": _spread(
                [one["cycle_seconds"] - sum(one["seconds"].values()) for one in told]
            ),
            "cpu_seconds": (at_work.processor() - cpu) / changes,
            "bytes_a_cycle": (_bytes(at_work.folder) - disk) / changes,
            "memory_mb": dict(zip(("start", "after_a_tenth", "end"), memory, strict=True)),
            "leaks": leaks(memory),
        }


def leaks(memory: Sequence[float]) -> bool:
    """Whether the last figure is more above the one of a tenth of the cycles than chance makes it."""
    return memory[-1] - memory[1] > max(GROWTH_MB, GROWTH_SHARE * memory[1])


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {
        "p50": round(statistics.median(values), 3),
        "p95": round(quantile(values, 0.95), 3),
        "max": round(max(values), 3),
    }


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def _processor(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _bytes(folder: Path) -> int:
    """Bytes on the disk, a file with several names once."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        found[status.st_ino] = status.st_blocks * 512
    return sum(found.values())


def markdown(found: Measured) -> str:
    """A table of it."""
    rows = [("**change to delivered**", found["seconds"]), ("change to told", found["until_told"])]
    rows += [
        ("cycle", found["cycle_seconds"]),
        *found["steps"].items(),
        ("beside the steps", found["beside_the_steps"]),
    ]
    memory = found["memory_mb"]
    table = [f"| {name} | {of['p50']:.3f} | {of['p95']:.3f} | {of['max']:.3f} |" for name, of in rows]
    return "\n".join([
        f"One changed client of {found['clients']}, {found['changes']} changes, seconds:",
        "",
        "| | p50 | p95 | max |",
        "| --- | --- | --- | --- |",
        *table,
        "",
        f"CPU {found['cpu_seconds']:.2f} s and {found['bytes_a_cycle'] / 1e6:.1f} MB on the disk a cycle."
        f" Memory: {memory['start']:.0f} MB at the start, {memory['after_a_tenth']:.0f} after a tenth,"
        f" {memory['end']:.0f} at the end: {'it leaks' if found['leaks'] else 'no leak'}.",
    ])  # fmt: skip


def main() -> None:
    """Measure as the arguments say; exit status 1 where memory leaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=850)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument(
        "--leak", type=int, metavar="CYCLES", help=f"So many cycles on a book of {SMALL} clients."
    )
    asked = parser.parse_args()
    found = measure(SMALL, asked.leak) if asked.leak else measure(asked.clients, asked.changes)
    print(json.dumps(found, indent=2))
    print(markdown(found))
    sys.exit(int(bool(found["leaks"])))


if __name__ == "__main__":
    main()
