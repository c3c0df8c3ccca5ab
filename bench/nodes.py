"""Seconds of every model, as JSON: `python -m bench.nodes HOME`: its SQL again, on what a run built."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

from bench.peer_duckdb import kept_plan, quoted


def seconds(home: Path) -> dict[str, float]:
    """Seconds by model, the slowest first; nothing in the home is changed."""
    found = {}
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        connection.execute("set timezone = 'UTC'")
        for name in ("warehouse", "state"):
            connection.execute(f"attach {quoted(str(home / f'{name}.duckdb'))} as {name} (read_only)")
        for node in kept_plan(home).nodes:
            if node.kind == "table":
                begun = time.perf_counter()
                connection.execute(f"create or replace temp table planwise_timed as ({node.sql}\n)")
                found[node.name] = time.perf_counter() - begun
    return dict(sorted(found.items(), key=lambda item: -item[1]))


if __name__ == "__main__":
    print(json.dumps(seconds(Path(sys.argv[1]))))
