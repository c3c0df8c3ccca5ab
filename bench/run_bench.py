"""planwise beside its peers: `make bench`, or `python -m bench.run_bench [--quick] [--sizes N ...]`.

Everything runs as a user runs it, one process after the other. Each figure is printed when it is there, and
written to bench/out/<time>.json and .md at once; a full bench fills docs/bench.md, too. What fails is a row
that says why, and the rest goes on. Exit status 1 when something failed or is not within its bound.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import matrices
from bench.matrix import SIZES
from bench.measure import Overdue, run
from bench.places import OUT, PROJECT, SAMPLE, Place
from bench.results import Row, machine, markdown, of_cost, unmet
from docs.blocks import filled
from docs.sample import sample_day

PAGE = PROJECT / "docs" / "bench.md"
QUICK = (1_000, 10_000)
MINUTES = 60.0
LIMIT, LIMIT_OF_SMALL, LEAST = 2400.0, 600.0, 60.0
"""Seconds of an item: of a size or of 100 changes, of any other, and what each gets however late it is."""
STARTING = ("commands", "one_client", "hundred_clients", "new_client")
IMPORTS = ("", "click", "duckdb", "dbt.cli.main", "great_expectations")
WATCH_BOUND = 1.0
Item = tuple[str, Callable[[], Iterable[Row]]]


def starting(name: str) -> Iterator[Row]:
    """What bench/startup.py finds under a name: one finding or several."""
    found = getattr(importlib.import_module("bench.startup"), name)()
    for one in [found] if isinstance(found, Mapping) else found:
        section = "Start-up of every command" if name == "commands" else "One client"
        note = str(one.get("note") or "")
        yield Row(
            section, str(one["name"]), one["ours"], beside=one.get("beside"), bound=one.get("bound"),
            beside_name=str(one.get("beside_name") or "beside it"), note=note,
        )  # fmt: skip


def imports() -> Iterator[Row]:
    """What Python itself takes, and the packages that every start-up is made of: medians of five."""
    for name in IMPORTS:
        command = [sys.executable, "-c", f"import {name}" if name else ""]
        costs = sorted((run(command, timeout=120) for _ in range(5)), key=lambda cost: cost.wall)
        yield of_cost("Imports", f"import {name}" if name else "python alone", costs[2])


def sample(root: Path) -> Iterator[Row]:
    """The bundled sample: with dbt, with what dbt has compiled, and once more."""
    for name, folder in (
        ("first run (dbt may compile)", "a"),
        ("in a new home", "b"),
        ("the same again", "b"),
    ):
        place = Place(root / folder)
        place.root.mkdir(exist_ok=True)
        cost = run(place.command("run", str(SAMPLE)), timeout=300)
        steps = place.report()["seconds"]
        yield of_cost("Sample of 120", f"sample, {name}", cost, disk_mb=place.size_mb, steps=steps)


def watching(quick: bool) -> Iterator[Row]:
    """One changed client of 850, from the change to its delivery."""
    found: dict[str, Any] = importlib.import_module("bench.watch").measure(850, 20 if quick else 100)
    seconds = found["seconds"]
    steps = {name: spread["p95"] for name, spread in found["steps"].items()}
    memory = found["memory_mb"]
    leak = "a leak" if found["leaks"] else "no leak"
    yield Row(
        "Watch",
        f"p95 from change to delivered, one of {found['clients']}, {found['changes']} changes",
        seconds["p95"], found["cpu_seconds"], max(memory.values()), found["bytes_a_cycle"] / 1e6,
        bound=WATCH_BOUND, is_absolute=True, steps=steps,
note=f"p50 {seconds['p50']} s, longest {seconds['max']} s; {leak}",
    )  # fmt: skip


def sized(root: Path, clients: int, ends: float) -> Iterator[Row]:
    """One size; its folders stay for what is measured next, but where the disk has to take the largest."""
    if clients > matrices.HAND_LARGEST:
        for before in root.iterdir():
            shutil.rmtree(before, ignore_errors=True)
    folder = root / str(clients)
    folder.mkdir()
    yield from matrices.measure(matrices.Size(folder, clients, max(60.0, ends - time.monotonic())))


def linear(rows: Iterable[Row]) -> Iterator[Row]:
    """Seconds by client of the largest size against those at 10,000."""
    of = {row.section: row for row in rows if row.name == "planwise, all four targets" and not row.error}
    small = of.get(f"{10_000:,} clients")
    for clients in (matrices.LARGEST, matrices.HAND_LARGEST):
        large = of.get(f"{clients:,} clients")
        if small and large and small.wall and large.wall:
            times = clients / 10_000
            yield Row(
                "Linear", f"{clients:,} clients / {times:g} times 10,000", large.wall,
                beside=small.wall * times, bound=1.25, beside_name=f"{times:g} times 10,000",
                note="1.25: a quarter for what a machine's caches do",
            )  # fmt: skip
            return


def items(root: Path, sizes: Iterable[int], quick: bool, ends: float) -> Iterator[Item]:
    """Everything that is measured, in order."""
    yield "Sample of 120", lambda: sample(root)
    yield "Imports", imports
    for name in STARTING:
        yield name, lambda name=name: starting(name)  # type: ignore[misc]
    # what removes files comes last: the watch when it ends, the largest size before it begins
    ordered = [(clients > matrices.HAND_LARGEST, clients) for clients in sorted(sizes)]
    for is_late in (False, True):
        if is_late:
            yield "Watch", lambda: watching(quick)
        for clients in (clients for late, clients in ordered if late is is_late):
            yield f"{clients:,} clients", lambda clients=clients: sized(root, clients, ends)  # type: ignore[misc]


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Overdue, raised wherever the bench is then, when what is inside takes longer."""

    def ring(*_: object) -> None:
        raise Overdue(f"not done after {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def measured(todo: Iterable[Item], tell: Callable[[Row], None], ends: float = math.inf) -> None:
    """One item after the other; what fails, or takes too long, is told, too."""
    for name, measure in todo:
        limit = LIMIT if name.endswith((" clients", "Watch")) else LIMIT_OF_SMALL
        try:
            with within(max(LEAST, min(limit, ends - time.monotonic()))):
                for row in measure():
                    tell(row)
        except ModuleNotFoundError as absent:
            tell(Row(name, f"{name}: not there", note=f"{absent.name} is not installed or not written yet"))
        except Exception as error:  # noqa: BLE001 - an item that fails must not stop the bench
            said = " ".join(str(error).split())[:300]
            tell(Row(name, f"{name}: stopped", error=f"{type(error).__name__}: {said}"))


def merged(before: Iterable[Mapping[str, Any]], now: Iterable[Row]) -> list[Row]:
    """Earlier rows in their order, those that were measured again as they are now; what is new comes last."""
    again = {(row.section, row.name): row for row in now}
    names = {field.name for field in fields(Row)}
    sections = {section for section, _ in again}
    rows = []
    for row in before:
        earlier = Row(**{name: value for name, value in row.items() if name in names})
        # one that was stopped has another name than when it is measured
        if not (earlier.error and earlier.section in sections):
            rows.append(again.pop((earlier.section, earlier.name), earlier))
    return [*rows, *again.values()]


class Told:
    """Rows as they come: printed, and written down at once."""

    def __init__(self, stem: Path) -> None:
        self.rows: list[Row] = []
        self.where = machine()
        self.stem = stem
        self.begun = time.monotonic()

    def __call__(self, row: Row) -> None:
        """Take a row."""
        self.rows.append(row)
        figures = [f"{value:.2f} {unit}" for value, unit in ((row.wall, "s"), (row.ratio, "x")) if value]
        met = {True: "met", False: "NOT MET", None: ""}[row.is_met]
        said = ", ".join(filter(None, (*figures, met, row.error or row.note)))
        print(f"[{time.monotonic() - self.begun:6.0f} s] {row.section} | {row.name}: {said}", flush=True)
        content = {"machine": self.where, "rows": [one.as_json() for one in self.rows]}
        self.stem.with_suffix(".json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        self.stem.with_suffix(".md").write_text(markdown(self.rows, self.where) + "\n", encoding="utf-8")


def main() -> None:
    """Measure, print, write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="1,000 and 10,000 clients only: in minutes")
    arguments.add_argument("--sizes", type=int, nargs="+", help=f"clients; by default {SIZES}")
    arguments.add_argument("--only-sizes", action="store_true", help="neither start-up nor watch")
    arguments.add_argument("--minutes", type=float, default=MINUTES, help="what takes longer is ended")
    arguments.add_argument("--docs", action="store_true", help="fill docs/bench.md, as a full bench does")
    arguments.add_argument(
        "--only", nargs="+", metavar="ITEM", help="e.g. Watch, one_client, '1,000 clients'"
    )
    arguments.add_argument(
        "--after",
        type=Path,
        metavar="JSON",
        help="rows of an earlier bench of this machine, where not measured now",
    )
    asked = arguments.parse_args()
    os.environ.setdefault("PLANWISE_AS_OF", sample_day())
    # ended from outside it ends what it started, and clears up
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    OUT.mkdir(exist_ok=True)
    told = Told(OUT / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"))
    sizes = asked.sizes or (QUICK if asked.quick else SIZES)
    ends = time.monotonic() + asked.minutes * 60
    with tempfile.TemporaryDirectory(prefix="planwise-bench-") as folder:
        todo = items(Path(folder), sizes, asked.quick, ends)
        if asked.only_sizes:
            # the sample all the same, since its run has dbt compile what the sizes are built with
            todo = (item for item in todo if item[0].endswith((" clients", " of 120")))
        if asked.only:
            todo = (item for item in todo if item[0] in asked.only)
        measured(todo, told, ends)
    if asked.after:
        told.rows = merged(json.loads(asked.after.read_text(encoding="utf-8"))["rows"], told.rows)
    measured([("Linear", lambda: linear(list(told.rows)))], told)
    if asked.docs or not (asked.quick or asked.sizes or asked.only_sizes):
        page = filled(PAGE.read_text(encoding="utf-8"), {"bench": markdown(told.rows, told.where)})
        PAGE.write_text(page, encoding="utf-8")
    left = unmet(told.rows)
    print(
        f"\n{told.stem.with_suffix('.md')}: "
        + (f"not met: {'; '.join(left)}" if left else "every bound is kept")
    )
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
