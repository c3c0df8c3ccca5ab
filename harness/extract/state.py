"""The state database, apart from all rebuilds: references of clients, decisions, history of designs, and what
Navigator made of our scenarios.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import SourceError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STATE_FILE = "state.duckdb"
STATE_VERSION = 3
_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_CLIENT_REF = """
    create table if not exists client_ref (
        client_id varchar primary key,
        client_ref varchar unique not null,
        created_at timestamptz
    )
"""
_RESOLUTION = """
    create table if not exists resolution (
        resolution_id varchar primary key,
        client_id varchar not null,
        field varchar not null,
        raw varchar,
        value varchar not null,
        reviewer varchar not null,
        decided_on date not null,
        reason varchar not null,
        recorded_at timestamptz not null,
        origin varchar not null,
        superseded_at timestamptz,
        superseded_by varchar
    )
"""
# written by the dbt snapshot of this name; its own columns (version_id to valid_to) come last
_HISTORY = """
    create table if not exists plan_design_history (
        client_ref varchar not null,
        load_id varchar not null,
        loaded_at timestamp not null,
        design_checksum varchar not null,
        fields json not null,
        design json not null,
        version_id varchar not null,
        recorded_at timestamp not null,
        valid_from timestamp not null,
        valid_to timestamp
    )
"""
_EDITOR = """
    create table if not exists editor_ref (
        editor varchar primary key,
        editor_ref varchar unique not null,
        created_at timestamptz
    )
"""
_VERSION = """
    create table if not exists schema_version (
        version integer primary key,
        applied_at timestamptz not null
    )
"""
# every table of the state; a new one is a line here and one more in STATE_VERSION
_TABLES = (
    _CLIENT_REF,
    _RESOLUTION,
    _HISTORY,
    _EDITOR,
    _VERSION,
)


def ensure_state(home: Path) -> Path:
    """Make `<home>/state.duckdb` (mode 0600) unless it is there, or bring an older one up to date; its path.

    A new one appears whole or not at all: it is made under another name and linked into place, so that a
    crash or a second process never leaves half a state. An older one gets the tables that it lacks, after a
    backup. SourceError `newer_state` for one that a later planwise wrote: it is left as it is.
    """
    state = home / STATE_FILE
    if state.exists():
        _bring_up_to_date(state)
        return state
    import duckdb

    home.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
    draft = home / f".{STATE_FILE}.{os.getpid()}"
    draft.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(draft)) as connection:
            _create(connection)
        draft.chmod(_PRIVATE_FILE)
        try:
            state.hardlink_to(draft)
        except FileExistsError:
            return state  # another process was quicker; its file is as good
    finally:
        draft.unlink(missing_ok=True)
    return state


def _create(connection: DuckDBPyConnection) -> None:
    from harness.navigator.tables import TABLES

    for statement in (*_TABLES, *TABLES):
        connection.execute(statement)
    connection.execute(f"insert or ignore into schema_version values ({STATE_VERSION}, now())")


def _bring_up_to_date(state: Path) -> None:
    from harness.backups import back_up
    from harness.warehouse import opened, tables, writing

    with opened(state) as connection:
        version = 1
        if "schema_version" in tables(connection):
            found = connection.execute("select coalesce(max(version), 1) from schema_version").fetchall()
            version = int(found[0][0])
    if version > STATE_VERSION:
        raise SourceError(
            "newer_state",
            f"{state} was written by a later planwise (version {version}; this one knows {STATE_VERSION})",
            "install that version again, or restore an older state: planwise-export state restore BACKUP",
        )
    if version < STATE_VERSION:
        back_up(state)
        with writing(state) as connection:
            connection.execute("begin transaction")
            _create(connection)
            connection.execute("commit")
