"""A dashboard in a process of its own: slow queries on the published marts until it is told to stop.

`python dashboard.py MARTS STOP`: one session after the other; with `long` one session all the time. A line of
JSON a session: the run that it saw, every table's checksum at its begin and its end, how many slow queries it
made. Two processes, since in one DuckDB hands out the file that is already open under that name.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

SLOW = (
    "select count(*), sum(hash(a.value) % 1000) from fct_field_status as a, fct_field_status as b, range(2)"
    " where a.status <> b.status and a.client_ref < b.client_ref"
)


def run_id(connection: duckdb.DuckDBPyConnection) -> str:
    return str(
        connection.execute("select max(run_id) from fct_quality_result where is_latest").fetchall()[0][0]
    )


def checksums(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    names = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
    return {
        name: str(connection.execute(f"select count(*), sum(hash(t)) from {name} as t").fetchall()[0])
        for (name,) in names
    }


def session(marts: str, stop: Path, is_long: bool) -> None:
    started = time.monotonic()
    with duckdb.connect(marts, read_only=True) as connection:
        connection.execute("set threads = 1")
        run, before, queries = run_id(connection), checksums(connection), 0
        while not queries or (is_long and not stop.exists()):
            connection.execute(SLOW).fetchall()
            queries += 1
            time.sleep(1 if is_long else 0)
        said = {"run_id": run, "before": before, "after": checksums(connection), "queries": queries}
        assert run_id(connection) == run
    print(json.dumps(said | {"seconds": time.monotonic() - started}), flush=True)


def main(marts: str, stop: Path, is_long: bool) -> None:
    while not stop.exists():
        session(marts, stop, is_long)
        time.sleep(1)
    print(json.dumps({"end": True}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), "long" in sys.argv)
