"""Where things are. One frozen value, made once from the command line and the environment, handed down."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_HOME = "./var"
DEFAULT_OUT = "./out"
SETTINGS = "planwise.toml"
"""In the home, where there is one: endpoints and alerts."""
PUBLISHED_LOAD = "published_load"
"""Table of the state with the texts that were published last."""


@dataclass(frozen=True)
class Settings:
    """The two folders of a run, absolute, and every path that follows from them."""

    home: Path
    out: Path
    project: Path = PROJECT
    lasting: Path | None = None
    """In a dry run the home that this one is a copy of; null where the home is the real one."""

    @property
    def lasting_home(self) -> Path:
        """The home that stays: what must not be named outside."""
        return self.lasting or self.home

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that dbt builds; thrown away and rebuilt at will."""
        return self.home / "warehouse.duckdb"

    @property
    def state(self) -> Path:
        """The DuckDB file that no rebuild drops: client_id to client_ref."""
        return self.home / "state.duckdb"

    @property
    def published(self) -> Path:
        """Folder of the immutable copies of the marts."""
        return self.home / "published"

    @property
    def current(self) -> Path:
        """The published marts of the last run that passed its gates."""
        return self.published / "current.duckdb"

    @property
    def identifiers(self) -> Path:
        """The internal identifiers of the last load, for rule E02 where no warehouse is open."""
        return self.home / "identifiers.json"

    @property
    def built(self) -> Path:
        """The note of what the warehouse was built from (harness/built.py)."""
        return self.home / "built.json"

    @property
    def lock(self) -> Path:
        """The file whose flock makes runs of one home exclude each other."""
        return self.home / "run.lock"

    @property
    def ledger(self) -> Path:
        """The SQLite file of what was done and what each receiver holds, where no server keeps it."""
        return self.home / "ledger.sqlite"

    @property
    def out_lock(self) -> Path:
        """The file whose flock makes runs of several homes exclude each other that deliver to one folder."""
        return (self.home if self.lasting else self.out) / ".lock"

    def run_folder(self, run_id: str) -> Path:
        """Where one run leaves its report."""
        return self.home / "runs" / run_id

    def staging(self, run_id: str) -> Path:
        """Where one run renders; on the file system of the releases, so that a rename is enough."""
        return (self.home if self.lasting else self.out) / ".staging" / run_id

    def target(self, name: str) -> Path:
        """Folder of one target: releases/ and current."""
        return self.out / name


def settings(home: str | Path = DEFAULT_HOME, out: str | Path = DEFAULT_OUT) -> Settings:
    """Make the settings, both folders absolute; nothing is created."""
    return Settings(Path(home).expanduser().resolve(), Path(out).expanduser().resolve())


def utc_now() -> datetime:
    """The one clock of the harness."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """Write a UTC moment as ISO 8601 with Z, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_run_id(moment: datetime, token: str | None = None) -> str:
    """Make a run id that sorts by time: 20261122T121314.123456Z-1a2b3c."""
    return f"{moment.astimezone(UTC).strftime('%Y%m%dT%H%M%S.%fZ')}-{token or secrets.token_hex(3)}"
