"""Whether the warehouse is what this very input would become: then there is nothing to land or to build.

A note in the home says what the warehouse was built from and which bytes it had then. Another
source, another day, a decision, other code, a shell on the file: then the note says nothing any more.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exporters import TARGETS
from harness.config import PUBLISHED_LOAD, Settings
from harness.files import atomic_write, sha256_of_file
from harness.installed import versions_of
from harness.manifest import MANIFEST
from harness.warehouse import content, identifier, literal, opened, tables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CODE = (
    "dbt_project.yml",
    "profiles",
    "models",
    "macros",
    "seeds",
    "snapshots",
    "harness",
    "tests/dbt",
    "tests/expectations",
)
_PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb")
_NOT_BUILT_FROM = frozenset((PUBLISHED_LOAD, "schema_version"))
"""Tables of the state that no model reads; any other one that changes means a build."""
Note = dict[str, Any]


_of_run: dict[Path, str] | None = None


@contextmanager
def one_code() -> Iterator[None]:
    """While it lasts `code` reads a project once: one run is of one code, and asks for it five times."""
    global _of_run
    _of_run = {}
    try:
        yield
    finally:
        _of_run = None


def code(project: Path) -> str:
    """A checksum of all code that lands and builds, and of the versions that run it."""
    if _of_run is None:
        return code_now(project)
    if project not in _of_run:
        _of_run[project] = code_now(project)
    return _of_run[project]


def code_now(project: Path) -> str:
    """The same, read now whatever was read before."""
    digest = hashlib.sha256(sys.version.split()[0].encode())
    for package, version in versions_of(_PACKAGES).items():
        digest.update(f"{package} {version}\n".encode())
    for path in _files(project):
        digest.update(f"{path.relative_to(project)}\0{sha256_of_file(path)}\n".encode())
    return digest.hexdigest()


def _files(project: Path) -> Iterator[Path]:
    for name in _CODE:
        top = project / name
        found = [top] if top.is_file() else sorted(top.rglob("*"))
        yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


def note_code(connection: "DuckDBPyConnection", project: Path, found: str | None = None) -> None:
    """Say in raw.code what reads the texts: models that remember readings compare it (macros/remembered).

    `found` is the checksum, where this run has it already.
    """
    text = literal(found or code(project))
    connection.execute(f"create or replace table raw.code as select {text} as fingerprint")


def note(
    source_name: str,
    sha256: str,
    units: str,
    as_of: str,
    targets: Sequence[str],
    clients: Sequence[str],
    project: Path,
) -> Note:
    """What a warehouse is built from, but for the state and what is delivered."""
    return {
        "source": source_name,
        "sha256": sha256,
        "units": units,
        "as_of": as_of,
        "targets": sorted(targets),
        "clients": sorted(clients),
        "code": code(project),
    }


def state_checksum(state: Path) -> str:
    """A checksum of the rows of the state that a build reads: references, decisions, what is new to it."""
    digest = hashlib.sha256()
    with opened(state) as connection:
        for name in tables(connection):
            if name not in _NOT_BUILT_FROM:
                rows = connection.execute(content(identifier(name))).fetchall()
                digest.update(f"{name} {rows}\n".encode())
    return digest.hexdigest()


def delivered_checksum(settings: Settings) -> str:
    """A checksum of what is delivered and published: the models read its manifests and keys (rule R01)."""
    digest = hashlib.sha256()
    manifests = [settings.target(name) / "current" / MANIFEST for name in sorted(TARGETS)]
    for path in (*manifests, settings.current):
        digest.update(f"{sha256_of_file(path) if path.exists() else 'none'}\n".encode())
    return digest.hexdigest()


@contextmanager
def remembering(settings: Settings, about: Note) -> Iterator[Callable[[str], None]]:
    """What notes, after a delivery by the run of this id, what the warehouse as it stands was built from.

    A delivery leaves the warehouse alone, so that it is read beside it, by a thread of its own; the file is
    open until the end, since to close it would take DuckDB's lock from it.
    """
    if not about:
        yield lambda run_id: None
        return
    from concurrent.futures import ThreadPoolExecutor

    with settings.warehouse.open("rb") as file, ThreadPoolExecutor(1) as beside:
        checksum = beside.submit(lambda: hashlib.file_digest(file, "sha256").hexdigest())
        yield lambda run_id: _remember(settings, about, run_id, checksum.result())


def _remember(settings: Settings, about: Note, run_id: str, warehouse: str) -> None:
    new = about | {
        "state": state_checksum(settings.state),
        "warehouse": warehouse,
        "delivered": delivered_checksum(settings),
    }
    before = recalled(settings)
    if {key: before.get(key) for key in new} != new:
        atomic_write(settings.built, (json.dumps(new | {"run_id": run_id}, indent=2) + "\n").encode())


def recalled(settings: Settings) -> Note:
    """Read the note; empty where there is none."""
    try:
        found = json.loads(settings.built.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_landed(settings: Settings, about: Note) -> bool:
    """Tell whether the warehouse is as it was built from this source, by this code, for this day."""
    before = recalled(settings)
    return (
        bool(before)
        and all(before.get(key) == value for key, value in about.items())
        and is_standing(settings)
        and before.get("delivered") == delivered_checksum(settings)
    )


def is_standing(settings: Settings) -> bool:
    """Tell whether the warehouse is, byte for byte, as the last run that delivered left it."""
    before = recalled(settings)
    return (
        bool(before)
        and settings.warehouse.is_file()
        # what a killed run wrote stands in the log beside the file, whose bytes are as they were
        and not settings.warehouse.with_name(f"{settings.warehouse.name}.wal").exists()
        and before.get("warehouse") == sha256_of_file(settings.warehouse)
    )


def is_built(settings: Settings) -> bool:
    """Tell whether what the build reads of the state is what it was, too."""
    return recalled(settings).get("state") == state_checksum(settings.state)
