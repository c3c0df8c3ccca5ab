"""What a weekly refresh takes against a full run: `python -m bench.refresh [--clients N] [--changed N]`.

A generated book of clients with wordings of their own; every command is a process of its own, medians. A full
run has dbt's parsed project, like a refresh, but neither warehouse nor anything delivered.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.measure import run
from bench.places import Place
from docs.blocks import table
from docs.sample import sample_day
from tests.e2e.book import Row, book, texts
from tests.harness.builders import write_csv

Measured = dict[str, float]
"""wall, cpu and every step: seconds."""


def changed(clients: list[Row], count: int, seed: int) -> list[Row]:
    """`count` clients with another match formula, or another rate."""
    rng = random.Random(seed)
    formulas = texts(seed + 1000, count)["match_formula"]
    after = [dict(client) for client in clients]
    for index in rng.sample(range(len(after)), count):
        after[index]["match_formula"] = rng.choice(formulas)
        after[index]["participation_rate"] = f"{rng.randint(50, 99)}%"
    return after


def measured(folder: Path, source: Path) -> Measured:
    """One run; its processor seconds, with those of its processes, stand behind the wall's."""
    place = Place(folder)
    cost = run(place.command("run", str(source)), timeout=3600, environment={"PLANWISE_AS_OF": sample_day()})
    return {"wall": cost.wall, "cpu": cost.cpu, **place.report()["seconds"]}


def median(name: str, measure: Callable[[], Measured], repeat: int) -> tuple[str, Measured]:
    """The median of several measurements, wall, processor and step by step."""
    found = [measure() for _ in range(repeat)]
    return name, {key: statistics.median(one.get(key, 0.0) for one in found) for key in found[0]}


def refreshes(root: Path, clients: int, count: int, repeat: int) -> list[tuple[str, Measured]]:
    """A full run, a refresh with `count` changed, and the same source once more."""
    folder = root / "place"
    folder.mkdir()
    table = book(clients)
    # one name for all: a source's name is part of what is compared
    source = write_csv(root / "book.csv", table)
    measured(folder, source)

    def full() -> Measured:
        for path in ("home/warehouse.duckdb", "home/state.duckdb", "home/built.json"):
            (folder / path).unlink(missing_ok=True)
        for path in ("home/published", "home/backups", "out"):
            shutil.rmtree(folder / path, ignore_errors=True)
        write_csv(source, table)
        return measured(folder, source)

    weeks = iter(range(100))

    def refresh() -> Measured:
        nonlocal table
        table = changed(table, count, next(weeks))
        write_csv(source, table)
        return measured(folder, source)

    return [
        median(f"full run, {clients} clients", full, repeat),
        median(f"refresh, {count} of them changed", refresh, repeat),
        median("the same source again", lambda: measured(folder, source), repeat),
    ]


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--clients", type=int, default=850)
    arguments.add_argument("--changed", type=int, default=20)
    arguments.add_argument("--repeat", type=int, default=3)
    asked = arguments.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        rows = refreshes(Path(folder), asked.clients, asked.changed, asked.repeat)
    print(f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after; medians of {asked.repeat}\n")
    keys = dict.fromkeys(key for _, found in rows for key in found)
    print(
        table(
            ("command", *keys),
            [(name, *(f"{found.get(key, 0):.2f}" for key in keys)) for name, found in rows],
        )
    )


if __name__ == "__main__":
    main()
