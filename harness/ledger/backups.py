"""Before a ledger is migrated it is copied, with a timestamp, and the copy is read back."""

from datetime import UTC, datetime
from pathlib import Path

from harness.errors import DeliveryError
from harness.files import PRIVATE_FILE, fsync_dir, fsync_file, make_dir
from harness.ledger.database import Database
from harness.ledger.migrations import Backup
from harness.ledger.sqlite import SQLite

FOLDER = "backups"


def backup_of(home: Path, moment: datetime) -> Backup:
    """What `migrate` calls before it changes anything."""

    def make(database: Database, version: int) -> str:
        if isinstance(database, SQLite):
            return str(back_up_file(database, home, moment))
        return _back_up_schema(database, moment, version)

    return make


def back_up_file(database: SQLite, home: Path, moment: datetime) -> Path:
    """Copy an SQLite ledger to `<home>/backups/ledger_<UTC>.sqlite`, and compare every table's rows.

    Raises DeliveryError `backup_differs`; the ledger is then as it was.
    """
    folder = make_dir(home / FOLDER)
    copy = folder / moment.astimezone(UTC).strftime("ledger_%Y%m%dT%H%M%S.%fZ.sqlite")
    draft = copy.with_name(f".{copy.name}.tmp")
    draft.unlink(missing_ok=True)
    try:
        # no writer between the copy and its comparison
        with database.transaction():
            database.back_up(draft)
            before = _contents(database)
        draft.chmod(PRIVATE_FILE)
        fsync_file(draft)
        read_back = SQLite(draft)
        try:
            same = _contents(read_back) == before and read_back.rows("pragma integrity_check") == [("ok",)]
            read_back.rows("pragma journal_mode = delete")
        finally:
            read_back.close()
        if not same:
            raise DeliveryError(
                "backup_differs",
                f"the copy of {database.path} in {folder} is not what was copied",
                "check free space there; nothing was changed",
            )
        copy.hardlink_to(draft)
    finally:
        for name in (draft.name, f"{draft.name}-wal", f"{draft.name}-shm"):
            draft.with_name(name).unlink(missing_ok=True)
    fsync_dir(folder)
    return copy


def _contents(database: SQLite) -> dict[str, tuple[int, str]]:
    """Rows and a checksum of each table."""
    import hashlib

    found = {}
    for table in sorted(database.tables()):
        if table.startswith("sqlite_"):
            continue
        hashed, rows = hashlib.sha256(), 0
        for row in database.stream(f"select * from {table} order by rowid"):
            hashed.update(repr(row).encode())
            rows += 1
        found[table] = (rows, hashed.hexdigest())
    return found


def _back_up_schema(database: Database, moment: datetime, version: int) -> str:
    """Copy every table of a PostgreSQL ledger to a schema beside it, and compare."""
    schema = moment.astimezone(UTC).strftime(f"planwise_backup_v{version}_%Y%m%dt%H%M%S_%f")
    with database.transaction():
        database.execute(f"create schema {schema}")
        for table in sorted(database.tables()):
            database.execute(f"create table {schema}.{table} as table {table}")
            ((differing,),) = database.rows(
                f"select (select count(*) from (select * from {table} except all"
                f" select * from {schema}.{table}) a) + (select count(*) from"
                f" (select * from {schema}.{table} except all select * from {table}) b)"
            )
            if differing:
                raise DeliveryError(
                    "backup_differs",
                    f"the copy of {table} in the schema {schema} differs in {differing} rows",
                    "nothing was changed; try again",
                )
    return schema
