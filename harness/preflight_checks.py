"""What is looked at before an operation. Each check reads, writes nothing, and says what would make it go."""

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from harness.config import Settings
from harness.errors import PlanwiseError

Result = Literal["ok", "warn", "stop"]
FLOOR = 200 * 1024 * 1024
"""Bytes that must be free in any case."""
BUSY = 2.0
"""Load by processor from which the machine is called busy."""
_JUST_NOW = 2.0
_RELEASE = re.compile(r"releases/[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_REPAIR = "see who put it there; `planwise-export repair --dry-run` says what it would do about it"
_OF_HOME = (
    "published", "runs", "backups", "backups/navigator", "logs", "target", "target/direct", "run.lock",
    "watch.lock", "state.duckdb", "warehouse.duckdb", "ledger.sqlite", "identifiers.json", "built.json",
    "scanned.json",
)  # fmt: skip
_TAIL = 64


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    result: Result
    message: str
    remedy: str = ""
    code: str = ""
    exit_status: int = 2
    detail: dict[str, Any] = field(default_factory=dict)


def of_error(name: str, error: PlanwiseError, result: Result = "stop") -> Check:
    """A check that found this error."""
    return Check(name, result, error.message, error.hint, error.code, error.exit_status)


def source(path: Path | None) -> list[Check]:
    """It is there, can be read, is of a kind that we know, and is all there."""
    from harness.extract.detect import detect, documents_in

    if path is None:
        return [Check("source", "stop", "no source was named", "name a Design Matrix", "no_source")]
    try:
        kind = detect(path)
        files = documents_in(path) if path.is_dir() else [path]
    except PlanwiseError as error:
        return [of_error("source", error)]
    size = sum(file.stat().st_size for file in files)
    told = f"{path} is there and looks like {kind} ({_bytes(size)})"
    detail = {"kind": kind, "bytes": size, "files": len(files)}
    return [Check("source", "ok", told, detail=detail), _complete(files, kind)]


def _complete(files: list[Path], kind: str) -> Check:
    from harness.extract.columns import missing_columns, missing_hint, missing_message

    get = "get it again from where it came, when it has been written to its end"
    for file in files:
        if short := _cut_short(file, kind):
            return Check("input", "stop", f"{file}: {short}", get, "input_incomplete")
        age = time.time() - file.stat().st_mtime
        log = file.with_name(f"{file.name}.wal")
        if kind == "duckdb" and log.is_file() and log.stat().st_size:
            return Check(
                "input", "warn", f"{file} has a log beside it: somebody may have it open", "close it"
            )
        if -_JUST_NOW < age < _JUST_NOW:
            return Check("input", "warn", f"{file} was written to just now", "is it complete? if not, wait")
    header = _header(files[0]) if kind == "csv" else []
    lacking = missing_columns(header) if header else []
    if lacking:
        told = missing_message(str(files[0]), lacking, header)
        return Check("input", "stop", told, missing_hint(header), "missing_column")
    return Check("input", "ok", "the input is whole, as far as its form tells")


def _cut_short(file: Path, kind: str) -> str:
    size = file.stat().st_size
    if size == 0:
        return "the file is empty"
    with file.open("rb") as stream:
        stream.seek(max(0, size - (1 << 16)))
        end = stream.read()
    if kind == "parquet" and not end.endswith(b"PAR1"):
        return "the file has no end: a Parquet file closes with PAR1"
    if kind == "xlsx" and b"PK\x05\x06" not in end:
        return "the file has no end: an Excel workbook closes with its list of parts"
    if kind == "document" and file.suffix.lower() == ".json" and not end.rstrip().endswith((b"}", b"]")):
        return "the file has no end: JSON closes with } or ]"
    return ""


def _header(file: Path) -> list[str]:
    """The first line with several columns of ours; empty where no line looks like it."""
    import csv

    from harness.extract.columns import known_count

    with file.open("rb") as stream:
        head = stream.read(1 << 16)
    try:
        lines = head.decode("utf-8-sig", "ignore").splitlines()[:_TAIL]
    except UnicodeError:
        return []
    for line in lines:
        for sign in (",", ";", "\t", "|"):
            try:
                names = next(csv.reader([line], delimiter=sign), [])
            except csv.Error:
                continue
            if known_count(names) > 2:
                return names
    return []


def folders(settings: Settings, targets: Iterable[str]) -> list[Check]:
    """The home, and each target's folder, or what it will be made in, can be written."""
    checks = [_writable("home", settings.home)]
    for name in targets:
        root = settings.target(name)
        releases, current = root / "releases", root / "current"
        if current.is_symlink() and not _RELEASE.fullmatch(str(current.readlink())):
            told = f"{current} leads to {current.readlink()}, which is none of our releases"
            checks.append(_target(name, told, _REPAIR, "foreign_link"))
        elif current.exists() and not current.is_symlink():
            told = f"{current} is no symbolic link, so it can't be switched"
            checks.append(_target(name, told, _REPAIR, "not_a_link"))
        else:
            checks.append(_writable(f"target {name}", releases))
    return checks


def links(settings: Settings, targets: Iterable[str]) -> list[Check]:
    """No symbolic link stands where a folder or a file of ours should: what is written there would leave."""
    ours = [settings.home / name for name in _OF_HOME]
    ours += [settings.out / name for name in (".staging", "reports", "reports/new_client")]
    ours += [path for name in targets for path in (settings.target(name), settings.target(name) / "releases")]
    found = [path for path in ours if path.is_symlink()]
    if not found:
        return [Check("links", "ok", "no symbolic link stands in a folder's or a file's place")]
    told = ", ".join(str(path) for path in found)
    remedy = "put a real one in its place; another disk is chosen with --home and --out"
    return [Check("links", "stop", f"a symbolic link leads out of the tree: {told}", remedy, "is_link", 5)]


def _target(name: str, message: str, remedy: str, code: str) -> Check:
    return Check(f"target {name}", "stop", message, remedy, code, 5)


def _writable(name: str, path: Path) -> Check:
    place = _nearest(path)
    if not place.is_dir():
        return Check(name, "stop", f"{place} is no folder", "move it aside", "not_a_folder", 5)
    if os.statvfs(place).f_flag & os.ST_RDONLY:
        return Check(
            name, "stop", f"{place} is on a disk that is read-only", "mount it for writing", "read_only", 5
        )
    if not os.access(place, os.W_OK | os.X_OK):
        told = f"{place} can't be written by you"
        return Check(
            name, "stop", told, "change its permissions, or choose another folder", "not_writable", 5
        )
    return Check(name, "ok", f"{place} can be written")


def _nearest(path: Path) -> Path:
    while not os.path.lexists(path):
        path = path.parent
    return path


def disk(settings: Settings, needed: int, because: str) -> list[Check]:
    """Enough room for the home and the deliveries, on each file system once."""
    checks, seen = [], set()
    for name, path in (("home", settings.home), ("out", settings.out)):
        place = _nearest(path)
        device = place.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        free = shutil.disk_usage(place).free
        told = f"{_bytes(free)} free in {place}, {_bytes(needed)} needed ({because})"
        detail = {"free": free, "needed": needed}
        if free < needed:
            remedy = "`planwise-export sweep --dry-run` shows what may go; or choose another folder"
            checks.append(Check(f"disk {name}", "stop", told, remedy, "disk_short", 5, detail))
        else:
            checks.append(Check(f"disk {name}", "ok", told, detail=detail))
    return checks


def lock(settings: Settings) -> Check:
    """Nobody else works in this home. The lock of this very process is its own."""
    try:
        descriptor = os.open(settings.lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return Check("lock", "ok", "nobody works in this home")
    except OSError as error:
        return Check("lock", "stop", f"{settings.lock}: {error.strerror}", "check permissions", "lock", 75)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _held(settings, os.pread(descriptor, 4096, 0))
        return Check("lock", "ok", "nobody works in this home")
    finally:
        os.close(descriptor)


def _held(settings: Settings, note: bytes) -> Check:
    try:
        owner = json.loads(note)
    except ValueError:
        owner = {}
    if owner.get("pid") == os.getpid():
        return Check("lock", "ok", "this run holds the lock")
    who = "process {pid} on {host}, run {run_id}, since {since}".format_map(
        {key: owner.get(key, "unknown") for key in ("pid", "host", "run_id", "since")}
    )
    told = f"another run is working in {settings.home}: {who}"
    return Check("lock", "stop", told, "wait until it has finished, or use another --home", "locked", 75)


def load() -> Check:
    """How busy the machine is; never a reason to stop."""
    busy, processors = os.getloadavg()[0], os.cpu_count() or 1
    told = f"load {busy:.1f} on {processors} processors"
    detail = {"load": round(busy, 2), "processors": processors}
    if busy > BUSY * processors:
        return Check("load", "warn", f"{told}: it will take longer", "wait, or go on", detail=detail)
    return Check("load", "ok", told, detail=detail)


def published(settings: Settings) -> Check:
    """There are published marts to work from."""
    if settings.current.is_file():
        return Check("published", "ok", f"{settings.current} is there")
    told = f"nothing is published in {settings.home}"
    return Check("published", "stop", told, "planwise-export run SOURCE", "nothing_published")


def database(path: Path | None) -> list[Check]:
    """It is a DuckDB file that can be written, beside which a copy of it fits."""
    checks = source(path)
    if path is None or any(check.result == "stop" for check in checks):
        return checks
    if checks[0].detail.get("kind") != "duckdb":
        return [
            Check("source", "stop", f"{path} is no DuckDB database", "name the matrix's own", "not_duckdb")
        ]
    size, free = path.stat().st_size, shutil.disk_usage(path.parent).free
    if free < 2 * size:
        told = f"{_bytes(free)} free beside {path}, {_bytes(2 * size)} needed for a copy of it"
        checks.append(Check("copy", "stop", told, "make room there", "disk_short", 5))
    for place in (path, path.parent):
        if not os.access(place, os.W_OK):
            told = f"{place} can't be written by you"
            checks.append(Check("database", "stop", told, "change its permissions", "not_writable", 5))
    return checks


def release(settings: Settings, target: str) -> Check:
    """There is a current release of the target, whole enough to have a manifest."""
    place = settings.target(target) / "current"
    if (place / "MANIFEST.json").is_file():
        return Check(f"release {target}", "ok", f"{place} is {place.resolve().name}")
    told = f"{target} has no release in {settings.out}"
    return Check(f"release {target}", "stop", told, "planwise-export run SOURCE", "no_release")


def _bytes(number: int) -> str:
    size = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
