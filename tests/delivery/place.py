"""Worlds with two targets, and what the tests of deliveries ask about them."""

import json
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from exporters import TARGETS
from harness import warehouse
from harness.ledger import open_ledger
from harness.ledger.marts import FCT_SYNC_OPERATION, sync_operations
from harness.manifest import faults
from harness.report import Outcome
from harness.verified import Verified
from harness.verified_home import verify_all
from tests.harness.world import World, document, make_world, reference

BOTH = ("navigator", "second")


def make_place(folder: Path, patch: Any, numbers: range = range(1, 7), **more: Any) -> World:
    """A world that delivers to two targets: the second is the first once more, under another name."""
    patch.setitem(TARGETS, "second", replace(TARGETS["navigator"], name="second"))
    return make_world(folder, patch, numbers=list(numbers), **more)


def run(world: World, *clients: str, **more: Any) -> Outcome:
    """One run to both targets."""
    return world.run(*clients, **({"targets": BOTH, "because": "a test"} | more))


def change(world: World, *numbers: int, day: str = "2026-02-02") -> None:
    """Other texts and other documents of these clients."""
    for number in numbers:
        world.texts[number] = f"75% up to 4%, {day}"
        world.documents[number] = document(number, data_as_of=day)


def edit(world: World) -> None:
    """The source a day later: client 2 changed, 6 is gone, 7 is new; the others are as they were."""
    change(world, 2)
    world.numbers = [1, 2, 3, 4, 5, 7]


def shown(world: World, target: str = "navigator") -> dict[str, bytes]:
    """What a reader of `current` sees: documents by name."""
    folder = world.where.target(target) / "current"
    return {path.name: path.read_bytes() for path in folder.glob("*.yaml")}


def sums(world: World, target: str = "navigator") -> dict[str, str]:
    """What a reader sees, by document and not by bytes: checksum by delivery key, of a whole release."""
    folder = world.where.target(target) / "current"
    if not folder.exists():
        return {}
    assert faults(folder) == [], f"{target}: current is not whole"
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    return {entry["delivery_key"]: entry["document_checksum"] for entry in manifest["documents"]}


def verified(world: World) -> Verified:
    """All of `verify`."""
    return verify_all(world.where)


def clean(world: World) -> None:
    """Files, manifests, links, ledger rows, published marts and chain agree."""
    found = verified(world)
    assert not found.faults, "\n".join(fault.told() for fault in found.faults)
    assert_operations_are_those_of_the_ledger(world)


def assert_operations_are_those_of_the_ledger(world: World) -> None:
    """Whatever of fct_sync_operation was taken over from the publication before: the ledger says the same."""
    if not world.where.current.exists():
        return
    columns = ", ".join(
        f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%f')" if kind.startswith("timestamp") else name
        for name, (kind, _) in FCT_SYNC_OPERATION[1].items()
    )
    with warehouse.opened(world.where.current) as connection:
        rows = connection.execute(f"select {columns} from fct_sync_operation").fetchall()
        ((by,),) = connection.execute("select max(run_id) from fct_quality_result where is_latest").fetchall()
    found = [dict(zip(FCT_SYNC_OPERATION[1], row, strict=True)) for row in rows]
    with open_ledger(world.where) as ledger:
        if not ledger.query("select 1 from artifact where kind = 'published' and run_id = ?", (by,)):
            return  # another ledger than the one that it was published from
        told = sync_operations(ledger)
    # those of runs that were over when it was published: the rest went on afterwards
    over = {_operation(row): row for row in found if row["ended_at"] and row["run_id"] < by}
    assert over == {_operation(row): _to_micros(row) for row in told if _operation(row) in over}
    assert {_operation(row) for row in told if row["run_id"] < by} == {
        _operation(row) for row in found if row["run_id"] < by
    }
    assert len({_operation(row) for row in found}) == len(found)


def _operation(row: dict[str, Any]) -> tuple[str, ...]:
    return row["run_id"], row["target"], row["endpoint"], row["delivery_key"]


def _to_micros(row: dict[str, Any]) -> dict[str, Any]:
    times = [name for name, (kind, _) in FCT_SYNC_OPERATION[1].items() if kind.startswith("timestamp")]
    return row | {name: row[name] and row[name].rstrip("Z") for name in times}


def states(world: World, target: str = "navigator") -> Counter[str]:
    """Deliveries by state."""
    with open_ledger(world.where) as ledger:
        return Counter(row.state for row in ledger.deliveries(target))


def asked(world: World, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """A question to the ledger's file."""
    connection = sqlite3.connect(world.where.home / "ledger.sqlite")
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def tampered(world: World, sql: str) -> None:
    """Change the ledger behind everybody's back."""
    connection = sqlite3.connect(world.where.home / "ledger.sqlite", isolation_level=None)
    try:
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f"drop trigger {name}")
        connection.execute(sql)
    finally:
        connection.close()


def sent_twice(world: World) -> list[tuple[Any, ...]]:
    """Documents that were confirmed as delivered more than once, though nothing took them back between."""
    return asked(
        world,
        "select target, delivery_key, document_checksum, count(*) from attempt where outcome = 'confirmed'"
        " group by all having count(*) > 1".replace("group by all", "group by 1, 2, 3"),
    )


def snapshot(*roots: Path) -> dict[str, tuple[Any, ...]]:
    """Every file below these folders with its bytes and time, every folder and link."""
    found: dict[str, tuple[Any, ...]] = {}
    for root in roots:
        for path in sorted(root.rglob("*")):
            if path.is_symlink():
                found[str(path)] = ("link", str(path.readlink()))
            elif path.is_dir():
                found[str(path)] = ("folder",)
            else:
                found[str(path)] = (path.read_bytes(), path.stat().st_mtime_ns, oct(path.stat().st_mode))
    return found


__all__ = [
    "BOTH", "asked", "change", "clean", "edit", "make_place", "reference", "run", "sent_twice", "shown",
    "snapshot", "states", "sums", "tampered", "verified",
]  # fmt: skip
