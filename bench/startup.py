"""What it costs to begin: every command, one client and a hundred from published marts, a new client.

Each function measures a place of its own, both sides in turn, and gives {name, ours, beside, ratio, bound} in
wall seconds (medians), what is beside it, and a note. `python -m bench.startup` prints all of them.
"""

from __future__ import annotations

import atexit
import contextlib
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.matrix import write
from bench.places import PROJECT, SAMPLE
from docs.sample import sample_day

COMMAND = str(Path(sys.executable).with_name("planwise-export"))
COMMANDS = (
    *("status", "audit", "lineage", "review", "explain", "peers", "recommend", "batch", "gates", "compat"),
    *("pull", "push", "write-back", "send", "retry", "rollback", "verify", "repair", "state", "preflight"),
    *("metrics", "sweep", "watch", "run", "export", "new-client"),
)
TIMES = 5
# no more than: python, import duckdb, read, write and sync
BARE = """
import duckdb, os, sys
marts, client, path = sys.argv[1:]
with duckdb.connect(marts, read_only=True) as connection:
    rows = connection.execute(
        "select delivery_key, cast(document as varchar) from exp_navigator__scenario"
        f" where client_ref = '{client}'"
    ).fetchall()
with open(path, "wb") as file:
    for _, document in rows:
        file.write(document.encode())
    file.flush()
    os.fsync(file.fileno())
"""
Found = dict[str, Any]


def seconds(*command: str, expected: Sequence[int] = (0, 3)) -> float:
    """Wall seconds of a process; RuntimeError with what it said if it ended otherwise."""
    # bytecode is kept, as for anybody who has run a command before
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
        "PLANWISE_AS_OF": sample_day()
    }
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    passed = time.perf_counter() - begun
    if done.returncode not in expected:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return passed


def in_turn(
    ours: Callable[[], float], beside: Callable[[], float], times: int = TIMES
) -> tuple[float, float]:
    """The medians of both, measured in turn, so that whatever else the machine does is beside both."""
    ours(), beside()  # once for caches and bytecode
    pairs = [(ours(), beside()) for _ in range(times)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def found(
    name: str, pair: tuple[float, float], bound: float | None, beside_name: str, note: str = ""
) -> Found:
    """One finding as the bench wants it."""
    ours, beside = pair
    return {
        "name": name, "ours": round(ours, 3), "beside": round(beside, 3), "ratio": round(ours / beside, 2),
        "bound": bound, "beside_name": beside_name, "note": note,
    }  # fmt: skip


class Home:
    """A home and an out folder with the sample of 120 published."""

    def __init__(self, root: Path, source: Path = SAMPLE) -> None:
        self.root, self.home, self.out = root, root / "home", root / "out"
        self.marts = self.home / "published" / "current.duckdb"
        self.planwise("run", str(source))
        os.sync()  # what the run left to be written is beside neither side

    def planwise(self, *arguments: str) -> float:
        """Seconds of a command in this place."""
        return seconds(COMMAND, *arguments, "--home", str(self.home), "--out", str(self.out), "--quiet")

    def references(self) -> list[str]:
        """Clients that have a Navigator document, in order."""
        code = (
            "import duckdb, json, sys; c = duckdb.connect(sys.argv[1], read_only=True); print(json.dumps("
            "[r[0] for r in c.execute('select distinct client_ref from exp_navigator__scenario order by 1')"
            ".fetchall()]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(self.marts)], capture_output=True, text=True, check=True
        )
        return [str(ref) for ref in json.loads(done.stdout)]


def folder() -> Path:
    """One that stays until this process ends: where many were just removed ext4 makes new files slowly."""
    return Path(_FOLDERS.enter_context(tempfile.TemporaryDirectory(prefix="planwise-startup-")))


_FOLDERS = contextlib.ExitStack()
atexit.register(_FOLDERS.close)


def one_client(times: int = TIMES) -> Found:
    """`export` of one client for Navigator, beside a bare script that reads its documents and writes them."""
    place = Home(folder())
    client = place.references()[0]
    written = str(place.root / "bare.json")
    pair = in_turn(
        lambda: place.planwise("export", client, "--target", "navigator"),
        lambda: seconds(sys.executable, "-c", BARE, str(place.marts), client, written),
        times,
    )
    note = "of a release of the sample of 120: its other documents are compared and carried over"
    return found("one client from published marts", pair, 2.0, "python + import duckdb + read + write", note)


def hundred_clients(times: int = TIMES) -> Found:
    """`export` of a hundred clients beside `export` of one."""
    root = folder()
    source = root / "matrix.csv"
    write(source, 300)
    place = Home(root, source)
    clients = place.references()[:100]
    pair = in_turn(
        lambda: place.planwise("export", *clients, "--target", "navigator"),
        lambda: place.planwise("export", clients[0], "--target", "navigator"),
        times,
    )
    return found(f"{len(clients)} clients of 300 from published marts", pair, 1.5, "one client")


def new_client(times: int = 3) -> Found:
    """`new-client` with all gates, beside both imports at once and then the SQL in bare DuckDB."""
    place = Home(folder())
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    source = place.root / "matrix.csv"
    numbers = iter(range(1, 1_000))

    def ours() -> float:
        client = f"NEW-{next(numbers):04}"
        rows.append([client, *rows[1][1:]])
        with source.open("w", encoding="utf-8", newline="") as matrix:
            csv.writer(matrix).writerows(rows)
        return place.planwise("new-client", str(source), "--client", client)

    def beside() -> float:
        begun = time.perf_counter()
        imports = [
            subprocess.Popen([sys.executable, "-c", f"import {module}"], stderr=subprocess.DEVNULL)
            for module in ("dbt.cli.main", "great_expectations")
        ]
        for process in imports:
            process.wait()
        peer = str(folder() / "peer")
        seconds(sys.executable, "-m", "bench.peer_duckdb", str(source), str(place.home), peer)
        return time.perf_counter() - begun

    pair = in_turn(ours, beside, times)
    note = (
        "dbt is not imported while what it compiled is that of the present code; bare DuckDB runs only what"
        " the Navigator documents are made of, without gates"
    )
    name = "new-client in a home of 120, all gates and targets"
    return found(name, pair, 1.3, "import dbt and Great Expectations at once + bare DuckDB", note)


def commands(times: int = 3) -> list[Found]:
    """`--help` of every command, and what reads a home, beside Python that imports click."""
    place = Home(folder())
    asked: dict[str, Callable[[], float]] = {"--help": lambda: seconds(COMMAND, "--help")}
    asked |= {
        f"{name} --help": (lambda name=name: seconds(COMMAND, name, "--help"))  # type: ignore[misc]
        for name in COMMANDS
    }
    asked["status"] = lambda: seconds(COMMAND, "status", "--home", str(place.home))
    bare = [seconds(sys.executable, "-c", "import click") for _ in range(times)]
    answer = []
    for name, ask in asked.items():
        taken = statistics.median(ask() for _ in range(times))
        bare.append(seconds(sys.executable, "-c", "import click"))
        answer.append((name, taken))
    beside = statistics.median(bare)
    return [found(name, (taken, beside), None, "python + import click") for name, taken in answer]


def measure() -> dict[str, Found | list[Found]]:
    """Everything, by the functions' names."""
    return {
        "one_client": one_client(),
        "hundred_clients": hundred_clients(),
        "new_client": new_client(),
        "commands": commands(),
    }


def main() -> None:
    """Print what was measured."""
    names = sys.argv[1:] or ["one_client", "hundred_clients", "new_client", "commands"]
    for name in names:
        print(json.dumps({name: globals()[name]()}, indent=1))


if __name__ == "__main__":
    main()
