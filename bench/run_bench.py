"""Where the time of planwise goes on this machine: `make bench`, or `python -m bench.run_bench [--repeat N]`.

Everything runs as a user runs it, as processes of its own, one after the other. Prints Markdown and writes
bench/out/<time>.json. Seconds are wall-clock medians; `ratio` is to the first row of the same table.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docs.sample import sample_day

PROJECT = Path(__file__).resolve().parent.parent
OUT = Path(__file__).resolve().parent / "out"
SAMPLE = PROJECT / "seeds" / "sample_design_matrix.csv"
COMMAND = str(Path(sys.executable).with_name("planwise-export"))
IMPORTS = ("", "click", "duckdb", "dbt.cli.main", "great_expectations")
Measured = dict[str, Any]
"""name, wall (seconds), steps ({step: seconds}; empty for an import)."""


def timed(*command: str) -> float:
    """Wall seconds of a command; RuntimeError with what it said if it neither succeeded nor was partial."""
    environment = {**os.environ, "PLANWISE_AS_OF": sample_day()}
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    if done.returncode not in (0, 3):
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return seconds


def planwise(folder: Path, *arguments: str) -> Measured:
    """One call of the command with its home and out below `folder`: wall, and the seconds of its steps."""
    report = folder / "report.json"
    places = (
        "--home",
        str(folder / "home"),
        "--out",
        str(folder / "out"),
        "--report",
        str(report),
        "--quiet",
    )
    wall = timed(COMMAND, *arguments, *places)
    return {"wall": wall, "steps": json.loads(report.read_text(encoding="utf-8"))["seconds"]}


def median(name: str, measure: Callable[[], Measured], repeat: int) -> Measured:
    """The median of several measurements, wall and step by step."""
    all_of_them = [measure() for _ in range(repeat)]
    steps = {
        step: statistics.median(one["steps"].get(step, 0.0) for one in all_of_them)
        for step in all_of_them[0]["steps"]
    }
    return {"name": name, "wall": statistics.median(one["wall"] for one in all_of_them), "steps": steps}


def one_client(folder: Path) -> Path:
    """A Design Matrix of the sample's first client alone."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    path = folder / "one_client.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows[:2])
    return path


def commands(root: Path, repeat: int) -> list[Measured]:
    """The main job, cold and warm, and the export of one client from the published marts."""
    one = one_client(root)
    client = one.read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    warm = root / "warm"
    warm.mkdir()

    def cold(source: Path) -> Measured:
        return planwise(Path(tempfile.mkdtemp(dir=root)), "run", str(source))

    found = [median("run: one new client, cold home", lambda: cold(one), repeat)]
    found.append(median("run: sample, cold home", lambda: cold(SAMPLE), repeat))
    planwise(warm, "run", str(SAMPLE))
    found.append(median("run: sample, warm home", lambda: planwise(warm, "run", str(SAMPLE)), repeat))
    found.append(median("export: one client", lambda: planwise(warm, "export", client), repeat))
    return found


def imports(repeat: int) -> list[Measured]:
    """What it costs to start Python and import a module, bytecode present."""

    def cost(module: str) -> Measured:
        return {"wall": timed(sys.executable, "-c", f"import {module}" if module else "pass"), "steps": {}}

    found = []
    for module in IMPORTS:
        cost(module)
        name = f"import {module}" if module else "python alone"
        found.append(median(name, lambda module=module: cost(module), repeat))  # type: ignore[misc]
    return found


def markdown(head: str, rows: Sequence[Measured]) -> str:
    """A table: wall seconds, ratio to the first row, and the steps that any of the rows has."""
    steps = list(dict.fromkeys(step for row in rows for step in row["steps"]))
    lines = [
        f"| {' | '.join((head, 'seconds', 'ratio', *steps))} |",
        "| --- |" + " ---: |" * (2 + len(steps)),
    ]
    for row in rows:
        cells = [f"{row['steps'][step]:.2f}" if step in row["steps"] else "" for step in steps]
        ratio = row["wall"] / rows[0]["wall"]
        wall = f"{row['wall']:.2f}"
        lines.append(f"| {' | '.join((row['name'], wall, f'{ratio:.2f}', *cells))} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and keep."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--repeat", type=int, default=3, help="measurements of which the median counts")
    repeat = arguments.parse_args().repeat
    load = os.getloadavg()[0]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}"
    with tempfile.TemporaryDirectory() as folder:
        measured = {"commands": commands(Path(folder), repeat), "imports": imports(repeat)}
    machine += f", load {load:.1f} before and {os.getloadavg()[0]:.1f} after"
    print(f"{machine}; medians of {repeat}\n")
    print(markdown("command", measured["commands"]), markdown("start", measured["imports"]), sep="\n\n")
    OUT.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = OUT / f"{now}.json"
    path.write_text(
        json.dumps({"measured_at": now, "machine": machine, "repeat": repeat, **measured}, indent=2) + "\n"
    )
    print(f"\n{path.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
