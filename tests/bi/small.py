"""A small published file, made by hand, with its catalogue: the release is tested without a run."""

from __future__ import annotations

from pathlib import Path

import duckdb

from harness.bi.catalogue import add_catalogue
from harness.bi.keys import Keys, declared

KEYS = {
    "dim_client": Keys(("client_ref",)),
    "fct_amount": Keys(("client_ref", "number"), foreign=((("client_ref",), "dim_client"),)),
    "fct_quality_result": Keys(("run_id",)),
    "fct_pair": Keys(("client_ref", "other_ref")),
}
TABLES = """
create table dim_client (client_ref varchar not null, client_name varchar, last_updated_on date);
insert into dim_client values
    ('c2', 'O''Brien; "and" sons', '2026-02-03'), ('c1', 'née Ünïcode', '2026-01-02');
create table fct_amount (client_ref varchar not null, number integer not null, rate decimal(18, 12),
    big decimal(38, 12), reasons varchar[], evidence json, seen_at timestamp, is_on boolean, share double);
insert into fct_amount
select 'c' || (1 + i % 2), i, cast('0.' || lpad(i::varchar, 12, '0') as decimal(18, 12)),
    cast('100000000000000000000.000000000001' as decimal(38, 12)), ['a', 'b' || i], '{"n": 0.10}',
    timestamp '2026-01-01' + to_microseconds(i), i % 3 = 0, null
from range(3000) as t (i) order by hash(i);
create table fct_quality_result (run_id varchar not null, checked_at timestamp not null);
insert into fct_quality_result values
    ('r3', '2026-03-01 01:00'), ('r1', '2026-01-31 23:59'), ('r2', '2026-03-02');
create view fct_pair as select a.client_ref, b.client_ref as other_ref from dim_client as a, dim_client as b;
"""


def published(path: Path, more: str = "") -> Path:
    """Make the file; `more` is SQL that changes its rows before they are described."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as published (storage_version 'v1.0.0'); use published.main")
        connection.execute(TABLES + more)
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'published'"
        ).fetchall():
            _describe(connection, "table", name)
        _describe(connection, "view", "fct_pair")
        own = {name: keys for name, keys in declared(Path("/nowhere")).items() if name.startswith("dim_mart")}
        add_catalogue(connection, "published", own | KEYS)
        connection.execute("use memory; detach published")
    return path


def _describe(connection: duckdb.DuckDBPyConnection, kind: str, name: str) -> None:
    connection.execute(f"comment on {kind} {name} is 'One row per thing of {name}. It''s \"small\".'")
    for column, *_ in connection.execute(f"describe {name}").fetchall():
        connection.execute(f"comment on column {name}.{column} is 'What {column} says.'")
