"""Verified copies of the state database: made before each write, put back on request, never overwritten."""

import shutil
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.config import utc_now
from harness.errors import DeliveryError, SourceError
from harness.files import (
    PRIVATE_FILE,
    atomic_write,
    fsync_dir,
    fsync_file,
    make_dir,
    sha256_of_file,
    write_new,
)
from harness.warehouse import opened, tables, writing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FOLDER = "backups"
_PIECE = 1 << 20
_CONTENT = ("client_ref", "resolution")
_NAME = "state_%Y%m%dT%H%M%S.%fZ.duckdb"


def back_up(state: Path, moment: datetime | None = None) -> Path:
    """Copy the state to `backups/state_<UTC>.duckdb` (mode 0600) beside it; return the copy.

    The copy has its name only after its bytes were compared and it was opened. Where the newest backup holds
    these very bytes already, that one is returned and nothing is written. Raises DeliveryError
    `backup_differs`, SourceError, LockedError; the state itself is then as it was.
    """
    _merge_log(state)
    folder = make_dir(state.parent / FOLDER)
    checksum = sha256_of_file(state)
    newest = _newest(folder)
    if newest and _size(newest) == _size(state) and sha256_of_file(newest) == checksum:
        _readable(newest)
        return newest
    copy = folder / (moment or utc_now()).astimezone(UTC).strftime(_NAME)
    draft = copy.with_name(f".{copy.name}.tmp")
    draft.unlink(missing_ok=True)
    try:
        _copy(state, draft)
        fsync_file(draft)
        if sha256_of_file(draft) != checksum:
            raise DeliveryError(
                "backup_differs",
                f"the copy of {state} in {folder} is not what was copied",
                "check free space there and whether somebody else writes to the state; nothing was changed",
            )
        _readable(draft)
        copy.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    fsync_dir(folder)
    return copy


def restore(state: Path, backup: Path) -> Path | None:
    """Put a backup in the state's place; return the backup of what was there, null where there was nothing.

    A state that can't be read any more is what backups are for: its bytes are kept as `damaged_<UTC>.duckdb`.
    `backup` is a path, or a file's name in the backups folder. Raises SourceError (exit 2) when it isn't
    there or is no state; nothing is changed then.
    """
    found = backup if backup.exists() else state.parent / FOLDER / backup.name
    if not found.is_file():
        newest = ", ".join(path.name for path in reversed(known(state)[-3:])) or "there is none"
        raise SourceError("no_backup", f"there is no backup {backup}", f"the newest in this home: {newest}")
    _readable(found)
    kept = _kept(state) if state.exists() else None
    # merged by now, or of a state that is gone
    state.with_name(f"{state.name}.wal").unlink(missing_ok=True)
    atomic_write(state, found.read_bytes(), PRIVATE_FILE)
    if sha256_of_file(state) != sha256_of_file(found):
        raise DeliveryError("restore_differs", f"{state} is not what {found} holds", "restore again")
    return kept


def _kept(state: Path) -> Path:
    """Back up what is there, readable or not."""
    try:
        return back_up(state)
    except SourceError:
        copy = make_dir(state.parent / FOLDER) / utc_now().astimezone(UTC).strftime(f"damaged{_NAME[5:]}")
        write_new(copy, state.read_bytes(), PRIVATE_FILE)
        log = state.with_name(f"{state.name}.wal")
        if log.exists():
            write_new(copy.with_name(f"{copy.name}.wal"), log.read_bytes(), PRIVATE_FILE)
        fsync_file(copy)
        return copy


def known(state: Path) -> list[Path]:
    """List the backups of a state, oldest first."""
    return sorted((state.parent / FOLDER).glob("state_*.duckdb"))


def contents(state: Path) -> str:
    """What a state or a backup holds, in words."""
    nouns = {"client_ref": "clients", "resolution": "decisions", "plan_design_history": "versions of designs"}
    try:
        with opened(state) as connection:
            present = tables(connection)
            found = [
                f"{connection.execute(f'select count(*) from {name}').fetchall()[0][0]} {noun}"
                for name, noun in nouns.items()
                if name in present
            ]
    except SourceError:
        return "unreadable"
    return ", ".join(found) or "no state of planwise"


def is_empty(state: Path, connection: "DuckDBPyConnection | None" = None) -> bool:
    """Whether there is nothing in the state that could be lost; `connection` has it attached as `state`."""
    with nullcontext(connection) if connection else opened(state) as asked:
        found = [
            asked.execute(f"select count(*) from state.main.{name}").fetchall()[0][0] for name in _CONTENT
        ]
    return not any(found)


def _copy(state: Path, draft: Path) -> None:
    """Copy piece by piece, to a new file: the state of a large book is larger than memory."""
    write_new(draft, b"", PRIVATE_FILE)
    with state.open("rb") as read, draft.open("ab") as written:
        shutil.copyfileobj(read, written, _PIECE)


def _size(path: Path) -> int:
    return path.stat().st_size


def _newest(folder: Path) -> Path | None:
    return max(folder.glob("state_*.duckdb"), key=lambda path: path.name, default=None)


def _merge_log(state: Path) -> None:
    """Write a log that a crash left behind into the file, so that its bytes are the whole state."""
    if state.with_name(f"{state.name}.wal").exists():
        with writing(state) as connection:
            connection.execute("checkpoint")


def _readable(path: Path) -> None:
    with opened(path) as connection:
        present = tables(connection)
    if "client_ref" not in present:
        raise SourceError(
            "no_state",
            f"{path} is no state of planwise: it has no table client_ref",
            f"backups are the files state_*.duckdb in the folder {FOLDER} of a home",
        )
