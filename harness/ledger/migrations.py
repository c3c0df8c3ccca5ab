"""A ledger's version: an older one is backed up and migrated, a newer one and somebody else's are refused."""

from collections.abc import Callable
from pathlib import Path

from harness.errors import SourceError
from harness.ledger.database import Database
from harness.ledger.moves import LEGAL_MOVES

FOLDER = Path(__file__).parent / "sql"
Backup = Callable[[Database, int], str]
"""Makes a verified copy of a ledger that has this version; returns where it is."""


def known(folder: Path = FOLDER) -> list[int]:
    """Versions that there is SQL for, in order."""
    return sorted(int(path.stem) for path in folder.glob("[0-9][0-9][0-9][0-9].sql"))


def version_of(database: Database) -> int:
    """The ledger's version; 0 for an empty database. Raises SourceError when it is not a ledger."""
    tables = database.tables()
    if not tables:
        return 0
    if "schema_version" not in tables or not {"event", "delivery"} & tables:
        raise SourceError(
            "no_ledger",
            f"{database.name} is no ledger of planwise: it holds {', '.join(sorted(tables)[:5])}",
            "move it aside, or point PLANWISE_LEDGER elsewhere; nothing was changed",
        )
    ((version,),) = database.rows("select coalesce(max(version), 0) from schema_version")
    return int(version)


def migrate(database: Database, now: str, back_up: Backup, folder: Path = FOLDER) -> list[int]:
    """Bring the ledger to the newest version; return the versions that were applied.

    All of it is one transaction: after a crash the ledger is what it was. Raises SourceError (exit 2) for a
    ledger of a newer planwise.
    """
    versions = known(folder)
    found = version_of(database)
    if found > versions[-1]:
        raise SourceError(
            "ledger_newer",
            f"{database.name} has version {found}, and this planwise knows versions up to {versions[-1]}",
            "use the planwise that wrote it, or a newer one; nothing was changed",
        )
    if found == versions[-1]:
        return []
    if found:
        back_up(database, found)
    with database.transaction():
        # somebody else may have been faster
        found = version_of(database)
        due = [version for version in versions if version > found]
        if due and not found:
            database.execute(
                "create table schema_version (version bigint primary key, applied_at text not null)"
            )
        for version in due:
            for name in (f"{version:04}.sql", f"{version:04}.{database.dialect}.sql"):
                if (folder / name).exists():
                    database.script((folder / name).read_text(encoding="utf-8"))
            database.insert("schema_version", ("version", "applied_at"), [(version, now)])
        if due:
            database.execute("delete from legal_move")
            database.insert("legal_move", ("from_state", "to_state"), sorted(LEGAL_MOVES))
    return due
