"""What may go, and why the rest stays. Reads only; a symbolic link is named and never followed.

Two conditions, both of them: older than the limit, and not among the newest that are kept. And never, however
old: what `current` is, what a receiver holds or is being sent, the newest confirmed, the only backup.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from exporters import names
from harness.config import Settings

if TYPE_CHECKING:
    from harness.ledger import Ledger

LEAVING = ".swept-"
"""What a folder is called from when it is doomed until it is gone: no half release has a release's name."""
_STAMP = re.compile(r"(\d{8}T\d{6}\.\d{6}Z)")
_UNKNOWN = "the ledger does not know it"


@dataclass(frozen=True)
class Item:
    """One file or folder, and what is to become of it."""

    kind: str
    path: Path
    age_days: float
    bytes: int
    goes: bool
    why: str

    def named(self, settings: Settings) -> str:
        """Its path from the home or the out folder, without what is above them."""
        for root in (settings.out, settings.home):
            if self.path.is_relative_to(root):
                return f"{root.name}/{self.path.relative_to(root)}"
        return self.path.name


@dataclass(frozen=True)
class Limits:
    """How much is kept."""

    keep: int
    older_than: float
    now: datetime


Protects = Callable[[str], str | None]
"""Why the thing of this name has to stay; null where nothing speaks for it."""


def sweepable(settings: Settings, ledger: "Ledger | None", limits: Limits) -> list[Item]:
    """Everything that retention is about, release by release, file by file."""
    kept: set[str] = set()
    items: list[Item] = []
    known = {row["run_id"] for row in ledger.query("select run_id from run")} if ledger else set()
    for target in (*names(), *_other_targets(settings)):
        found = list(_releases(settings, ledger, target, known, limits))
        kept |= {item.path.name for item in found if not item.goes}
        items += found
    # marts and reports of a release that stays, stay: a rollback needs them
    items += _published(settings, kept, limits)
    items += _runs(settings, kept, limits)
    backups = settings.home / "backups"
    items += _newest(backups, "state_*.duckdb", "state backup", limits)
    items += _newest(backups, "ledger_*.sqlite", "ledger backup", limits)
    items += _navigator(backups / "navigator", limits)
    items += _newest(settings.home / "target" / "direct", "*.json", "compiled plan", limits)
    items += _reports(settings.out / "reports" / "new_client" / "before", limits)
    items += _staging(settings, limits)
    return items


def _other_targets(settings: Settings) -> list[str]:
    """Folders of releases of targets that have no documents (bi)."""
    if not settings.out.is_dir():
        return []
    found = (path for path in settings.out.iterdir() if not path.is_symlink() and path.name not in names())
    return sorted(
        path.name for path in found if (path / "releases").is_dir() and not path.name.startswith(".")
    )


def _releases(
    settings: Settings, ledger: "Ledger | None", target: str, known: set[str], limits: Limits
) -> Iterator[Item]:
    root = settings.target(target)
    releases = root / "releases"
    if refused := _link_in(settings.out, releases):
        yield _linked("release", refused)
        return
    current = _current(root)
    held = _held(ledger, target)
    folders = _children(releases)
    ids = [path.name for path in folders if not path.name.startswith(LEAVING)]
    newest = set(sorted(ids)[-limits.keep :]) if limits.keep else set()
    # after a rollback, the ones before the current are those that somebody may go back to next
    before = [name for name in sorted(ids) if current is None or name <= current]
    newest |= set(before[-(limits.keep + 1) :])

    def protects(name: str) -> str | None:
        if name == current:
            return "it is current"
        if name in held:
            return held[name]
        return f"among the last {limits.keep}, for a rollback" if name in newest else None

    for path in folders:
        if path.name.startswith(LEAVING):
            yield _item("left of a sweep", path, limits, None)
        elif path.is_symlink():
            yield _linked("release", path)
        else:
            kind = "release" if not known or path.name in known else "unknown release"
            yield _item(kind, path, limits, protects(path.name))


def _held(ledger: "Ledger | None", target: str) -> dict[str, str]:
    """Releases that some receiver holds something of, or is being sent; and the newest confirmed."""
    if ledger is None:
        return {}
    found = {}
    # each release is whole: what an endpoint was given long ago is in the newest that it confirmed, too
    for row in ledger.query(
        "select endpoint, max(confirmed_release) as name from delivery where target = ?"
        " and confirmed_release is not null group by endpoint",
        (target,),
    ):
        where = f"endpoint {row['endpoint']}" if row["endpoint"] else "our own folder"
        found[_last(row["name"])] = f"the newest that {where} confirmed"
    for row in ledger.query(
        "select distinct release as name from delivery where target = ? and release is not null"
        " and state in ('pending', 'rendered', 'promoting', 'retry_wait')",
        (target,),
    ):
        found[_last(row["name"])] = "documents of it are on their way"
    newest = ledger.query(
        "select max(a.path) as name from artifact as a join target_run as t on t.run_id = a.run_id"
        " and t.target = a.target and t.endpoint = a.endpoint where a.target = ? and a.kind = 'release'"
        " and t.outcome in ('succeeded', 'partial')",
        (target,),
    )
    if newest and newest[0]["name"]:
        found[_last(newest[0]["name"])] = "the newest that was confirmed"
    return found


def _last(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


def _current(root: Path) -> str | None:
    """The release that `current` points at, if it points into releases/."""
    link = root / "current"
    return link.readlink().name if link.is_symlink() else None


def _published(settings: Settings, kept: set[str], limits: Limits) -> Iterator[Item]:
    if refused := _link_in(settings.home, settings.published):
        yield _linked("published marts", refused)
        return
    files = [path for path in _children(settings.published) if path.suffix == ".duckdb"]
    files = [path for path in files if path.name != settings.current.name and not path.name.startswith(".")]
    newest = {path.name for path in files[-max(1, limits.keep) :]}
    now = settings.current.stat() if settings.current.is_file() else None

    def protects(path: Path) -> str | None:
        if now and not path.is_symlink() and path.stat().st_ino == now.st_ino:
            return "it is current"
        if path.stem in kept:
            return "its release is kept"
        return f"among the last {max(1, limits.keep)}" if path.name in newest else None

    for path in files:
        yield (
            _linked("published marts", path)
            if path.is_symlink()
            else _item("published marts", path, limits, protects(path))
        )


def _runs(settings: Settings, kept: set[str], limits: Limits) -> Iterator[Item]:
    root = settings.home / "runs"
    if refused := _link_in(settings.home, root):
        yield _linked("run record", refused)
        return
    folders = _children(root)
    newest = {path.name for path in folders[-max(1, limits.keep) :]}
    for path in folders:
        if path.is_symlink():
            yield _linked("run record", path)
            continue
        why = "its release is kept" if path.name in kept else None
        why = why or (f"among the last {max(1, limits.keep)}" if path.name in newest else None)
        yield _item("run record", path, limits, why)


def _newest(folder: Path, pattern: str, kind: str, limits: Limits) -> Iterator[Item]:
    """Files of one series: the newest are kept, one of them in any case."""
    if not folder.is_dir() or folder.is_symlink():
        return
    files = sorted(folder.glob(pattern), key=lambda path: (_made(path), path.name))
    yield from _series([path for path in files if not path.name.startswith(".")], kind, limits)


def _series(files: list[Path], kind: str, limits: Limits) -> Iterator[Item]:
    whole = [path for path in files if not path.is_symlink()]
    newest = set(whole[-max(1, limits.keep) :])
    for path in files:
        if path.is_symlink():
            yield _linked(kind, path)
        else:
            only = "the only one" if len(whole) == 1 else f"among the last {max(1, limits.keep)}"
            yield _item(kind, path, limits, only if path in newest else None)


def _navigator(folder: Path, limits: Limits) -> Iterator[Item]:
    """What was on a server before a push: of each scenario the newest."""
    yield from _by_name(folder, ".json", lambda name: _STAMP.split(name)[0], "navigator backup", limits)


def _reports(folder: Path, limits: Limits) -> Iterator[Item]:
    yield from _by_name(folder, ".md", lambda name: _STAMP.sub("", name), "report before", limits)


def _by_name(
    folder: Path, ending: str, about: Callable[[str], str], kind: str, limits: Limits
) -> Iterator[Item]:
    if not folder.is_dir() or folder.is_symlink():
        return
    several: dict[str, list[Path]] = {}
    for path in sorted(_children(folder), key=lambda path: (_made(path), path.name)):
        if path.suffix == ending:
            several.setdefault(about(path.name), []).append(path)
    for files in several.values():
        yield from _series(files, kind, limits)


def _staging(settings: Settings, limits: Limits) -> Iterator[Item]:
    """What a killed run left, of this home or of another that delivers to the same place."""
    root = settings.out / ".staging"
    if refused := _link_in(settings.out, root):
        yield _linked("staging", refused)
        return
    for path in _children(root):
        yield _linked("staging", path) if path.is_symlink() else _item("staging", path, limits, None)


def _item(kind: str, path: Path, limits: Limits, protected: str | None) -> Item:
    age = (limits.now - _made(path)).total_seconds() / 86400
    size = _size(path)
    if protected:
        return Item(kind, path, age, size, False, protected)
    if kind == "left of a sweep":
        return Item(kind, path, age, size, True, "a sweep was stopped while it removed this")
    if age <= limits.older_than:
        why = f"{age:.0f} days old, not yet {limits.older_than:g}"
        return Item(kind, path, age, size, False, f"{why}; {_UNKNOWN}" if kind == "unknown release" else why)
    why = f"{age:.0f} days old, and {limits.keep} newer ones are kept"
    return Item(kind, path, age, size, True, f"{why}; {_UNKNOWN}" if kind == "unknown release" else why)


def _linked(kind: str, path: Path) -> Item:
    return Item(
        kind, path, 0.0, 0, False, "a symbolic link: never followed, never removed; see who put it there"
    )


def _link_in(root: Path, path: Path) -> Path | None:
    """The first symbolic link on the way from `root` to `path`; null where there is none."""
    for parent in reversed([path, *path.parents]):
        if parent.is_relative_to(root) and parent != root and parent.is_symlink():
            return parent
    return None


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _made(path: Path) -> datetime:
    """By the moment in its name, since copies carry times over; else by its time."""
    found = _STAMP.search(path.name)
    if found:
        try:
            return datetime.strptime(found.group(), "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
        except ValueError:
            pass
    return datetime.fromtimestamp(path.lstat().st_mtime, UTC)


def _size(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(Path(folder, name).lstat().st_size for folder, _, files in os.walk(path) for name in files)


def total(items: Iterable[Item]) -> int:
    """Bytes of what goes."""
    return sum(item.bytes for item in items if item.goes)
