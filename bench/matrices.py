"""The generated matrices: our whole job on each, and the peers beside it on the same rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench import compare
from bench.matrix import write
from bench.measure import Cost, run
from bench.places import Place
from bench.results import Row, of_cost

LARGEST = 765_000
HAND_LARGEST = 100_000
"""The peers are measured up to this size; the script by hand would take half an hour beyond."""
HAND_BOUNDS = {10_000: 1.0, 100_000: 1 / 3}
LARGEST_SECONDS, LARGEST_GB = 1200.0, 8.0
SHARE_ABOVE = 20_000
"""Of more documents than this one in sixteen is compared: those whose client's reference ends in 0."""
ALIKE_ABOVE = 5_000
"""The same for the script by hand, which is not meant to be right."""
LIMITS = {1_000: 300.0, 10_000: 900.0, 100_000: 1500.0, LARGEST: 1500.0}
MODULES = [sys.executable, "-m"]


@dataclass
class Size:
    """One size: its matrix, its places, what was found."""

    root: Path
    clients: int
    budget: float
    """Seconds that a command may take at most."""
    peers: dict[str, Cost] = field(default_factory=dict)

    @property
    def section(self) -> str:
        """Its name in the table."""
        return f"{self.clients:,} clients"

    @property
    def source(self) -> Path:
        """The matrix."""
        return self.root / f"{self.clients}.csv"

    def place(self, name: str) -> Place:
        """A place of its own."""
        return Place(self.root / name)

    def measured(self, *command: str) -> Cost:
        """A command, within the time there is."""
        return run(command, timeout=min(self.budget, LIMITS.get(self.clients, 1500.0)))

    def module(self, *arguments: str) -> Cost:
        """A module of the bench."""
        return self.measured(*MODULES, *arguments)


def measure(size: Size) -> Iterator[Row]:
    """Row by row; the folders are the caller's to remove.

    All of them when all is measured: where many were just removed ext4 makes new files slowly, for minutes.
    """
    write(size.source, size.clients)
    navigator = None
    if size.clients <= HAND_LARGEST:
        navigator = _ours(size, "planwise, Navigator only", "--target", "navigator")
        yield navigator
        yield from _peers(size, navigator)
    yield from _whole(size)


def _ours(size: Size, name: str, *arguments: str) -> Row:
    place = size.place(arguments[-1] if arguments else "all")
    place.root.mkdir()
    cost = size.measured(*place.command("run", str(size.source), *arguments))
    report = place.report()
    counts = report["counts"]
    note = f"{counts['exported']:,} exported, {counts['held']:,} held, {counts['rejected']:,} rejected"
    steps = {"start and end": cost.wall - sum(report["seconds"].values()), **report["seconds"]}
    return of_cost(size.section, name, cost, disk_mb=place.size_mb, steps=steps, note=note)


def _peers(size: Size, ours: Row) -> Iterator[Row]:
    """Each peer's own row, ours beside it."""
    place = size.place("navigator")
    release = place.out / "navigator" / "current"
    bare = size.module("bench.peer_duckdb", str(size.source), str(place.home), str(size.root / "json"))
    size.peers["bare DuckDB"] = bare
    yield of_cost(size.section, "bare DuckDB, one JSON file a document", bare, note=bare.said)
    bound = 3.0 if size.clients == HAND_LARGEST else None
    same = _same(release, size.root / "json")
    yield replace(ours.against("bare DuckDB", bare, bound, same), models=_models(size, place))
    refs = place.references(size.root / "refs.csv")
    for name, arguments in (("by hand", ()), ("by hand with libyaml", ("--c-yaml",))):
        out = size.root / name
        hand = size.module("bench.peer_pandas", str(size.source), str(refs), str(out), *arguments)
        size.peers[name] = hand
        yield of_cost(size.section, f"pandas + PyYAML {name}", hand, note=hand.said)
        bound = None if arguments else HAND_BOUNDS.get(size.clients)
        yield ours.against(name, hand, bound, "" if arguments else _alike(release, out))
    delivered = size.module("bench.peer_dlt", str(release), str(size.root / "dlt"))
    yield of_cost(size.section, "dlt, custom destination: delivery only", delivered, note=delivered.said)
    yield Row(
        size.section,
        "planwise's step deliver / dlt",
        ours.steps.get("deliver"),
        beside=delivered.wall,
        beside_name="dlt, its start included",
        note="ours compares every file with what was verified, and syncs it",
    )


def _whole(size: Size) -> Iterator[Row]:
    """All four targets, beside peers that make only one of them."""
    row = _ours(size, "planwise, all four targets")
    if size.clients == LARGEST:
        yield replace(row, bound=LARGEST_SECONDS, is_absolute=True)
        memory = (row.peak_mb or 0) / 1000
        name = "peak memory of all processes"
        yield Row(size.section, name, memory, bound=LARGEST_GB, is_absolute=True, unit="GB")
    else:
        yield row
    for name, peer in size.peers.items():
        yield row.against(name, peer, None, "an extra: the peer makes Navigator's documents only")


def _models(size: Size, place: Place) -> dict[str, float]:
    said = run([*MODULES, "bench.nodes", str(place.home)], timeout=size.budget, keep=1_000_000).said
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def _same(release: Path, out: Path) -> str:
    names = {path.stem for path in release.glob("*.yaml")}
    only = "" if len(names) <= SHARE_ABOVE else "0"
    found = compare.compared(compare.checksums(release, only=only), compare.checksums(out, only=only))
    if found["differ"] or found["only_ours"]:
        raise RuntimeError(f"the documents are not the same: {found}")
    share = "" if not only else " (one in sixteen)"
    held = found["only_theirs"]
    return f"{found['equal']:,} documents equal{share}; {held:,} more there, which the gates hold"


def _alike(release: Path, out: Path) -> str:
    only = "" if sum(1 for _ in out.iterdir()) <= ALIKE_ABOVE else "0"
    part = compare.engine_part
    found = compare.compared(compare.checksums(release, part, only), compare.checksums(out, part, only))
    share = " (of one in sixteen)" if only else ""
    return (
        f"by hand {found['equal']:,} scenarios{share} say what ours say, {found['differ']:,} say something"
        f" else, {found['only_theirs']:,} are of clients that are held; {found['only_ours']:,} are only ours"
    )
