"""A `new-client` run that was stopped goes on where it stopped: what it had landed and built stays good.

A note in the home (resume.json) says after each step what was done, from which input, and what the warehouse
and the state were like then. Another source, day, setting, decision or code, another delivery, a shell on the
file: then the note says nothing any more. After a delivery `built.json` (harness/built.py) says the same.
Gates are never taken over: nothing goes out without the gates of the same run.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from harness import built
from harness.files import atomic_write, sha256_of_file
from harness.warehouse import content, identifier, opened, tables

if TYPE_CHECKING:
    from pathlib import Path

    from harness.config import Settings
    from harness.run import Run

COMMAND = "new-client"


def note(run: "Run", step: str) -> None:
    """Note that a step is done, and what stands in the home now."""
    if step in run.resumed.get("reused", ()):
        return  # the note that says so stays
    before = _recalled(run.settings)
    goes_on = bool(before) and before["run_id"] in (run.stamp.run_id, run.resumed.get("run_id"))
    done = list(dict.fromkeys([*(before["done"] if goes_on else ()), step]))
    new = {
        "run_id": run.stamp.run_id,
        "done": done,
        "about": run.built_from,
        "delivered": built.delivered_checksum(run.settings),
        "raw": _raw_checksum(run.settings.warehouse),
    }
    if "build" in done:
        new |= {
            "state": built.state_checksum(run.settings.state),
            "warehouse": sha256_of_file(run.settings.warehouse),
        }
    atomic_write(_path(run.settings), (json.dumps(new, indent=2) + "\n").encode())


def is_landed(run: "Run") -> bool:
    """Tell whether a run before this one landed this very source, and nobody touched that since."""
    found = _recalled(run.settings) if _resumes(run) else {}
    is_good = (
        bool(found)
        and found.get("about") == run.built_from
        and run.settings.warehouse.is_file()
        and found.get("delivered") == built.delivered_checksum(run.settings)
        and found.get("raw") == _raw_checksum(run.settings.warehouse)
    )
    if is_good:
        run.resumed = {"run_id": found["run_id"], "done": found["done"], "reused": ["extract"]}
    return is_good


def is_built(run: "Run") -> bool:
    """Tell whether the warehouse, and what the build reads of the state, are as such a run left them."""
    found = _recalled(run.settings) if run.resumed else {}
    is_good = (
        "build" in found.get("done", ())
        and found.get("warehouse") == sha256_of_file(run.settings.warehouse)
        and found.get("state") == built.state_checksum(run.settings.state)
    )
    if is_good:
        run.resumed["reused"] = ["extract", "build"]
    return is_good


def finished(run: "Run") -> None:
    """Take the note away: everything was delivered."""
    _path(run.settings).unlink(missing_ok=True)


def _resumes(run: "Run") -> bool:
    return run.request.command == COMMAND


def _path(settings: "Settings") -> "Path":
    return settings.home / "resume.json"


def _recalled(settings: "Settings") -> dict[str, Any]:
    try:
        found = json.loads(_path(settings).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _raw_checksum(warehouse: "Path") -> str:
    digest = hashlib.sha256()
    with opened(warehouse) as connection:
        for name in tables(connection, "raw"):
            rows = connection.execute(content(f"raw.{identifier(name)}")).fetchall()
            digest.update(f"{name} {rows}\n".encode())
    return digest.hexdigest()
