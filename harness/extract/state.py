"""The state database: the client_ref of each client, made once and kept for ever, apart from rebuilds."""

from __future__ import annotations

import os
from pathlib import Path

STATE_FILE = "state.duckdb"
_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_CLIENT_REF = """
    create table client_ref (
        client_id varchar primary key,
        client_ref varchar unique not null,
        created_at timestamptz
    )
"""


def ensure_state(home: Path) -> Path:
    """Make `<home>/state.duckdb` (mode 0600, table main.client_ref) unless it is there; returns its path.

    It appears whole or not at all: it is made under another name and linked into place, so that a crash or a
    second process never leaves half a state. An existing one is never touched.
    """
    state = home / STATE_FILE
    if state.exists():
        return state
    import duckdb

    home.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
    draft = home / f".{STATE_FILE}.{os.getpid()}"
    draft.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(draft)) as connection:
            connection.execute(_CLIENT_REF)
        draft.chmod(_PRIVATE_FILE)
        try:
            state.hardlink_to(draft)
        except FileExistsError:
            return state  # another process was quicker; its file is as good
    finally:
        draft.unlink(missing_ok=True)
    return state
