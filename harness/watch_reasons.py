"""What a delivery depends on beside its source: reviewers' decisions, the home's settings, day and code."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

from harness import built
from harness.config import SETTINGS, Settings
from harness.errors import PlanwiseError
from harness.extract.clock import as_of_day
from harness.lock import glimpse
from harness.review.file import DEFAULT_NAME
from harness.warehouse import opened

_SETTINGS = (SETTINGS, "crm_mapping.yml")
Stat = tuple[int, int, int, int]


class Beside:
    """Remembers what a cycle began with, and tells what is another now."""

    def __init__(self, settings: Settings, source: Path, resolutions: Path | None) -> None:
        self._settings = settings
        self._source = source
        self._files = {
            "decisions": [resolutions or settings.home / DEFAULT_NAME],
            "settings": [settings.home / name for name in _SETTINGS],
        }
        self._stats: dict[str, list[Stat | None]] = {}
        self._content: dict[str, str] = {}

    def take(self) -> None:
        """A cycle begins with what is there now."""
        list(self.differing())

    def differing(self) -> Iterator[str]:
        """What has another content than when it was looked at last: decisions, settings, day."""
        for name, files in self._files.items():
            if self._is_other(name, [_stat(path) for path in files]):
                yield from self._told(name, "".join(_checksum(path) for path in files))
        yield from self._told("day", as_of_day(self._source))
        if self._is_other("state", [_stat(self._settings.state)]):
            decided = self._decided()
            if decided is None:
                self._stats.pop("state")  # somebody is working there: the next look asks again
            else:
                yield from self._told("decisions in the state", decided)

    def _is_other(self, name: str, stats: list[Stat | None]) -> bool:
        is_other = self._stats.get(name) != stats
        self._stats[name] = stats
        return is_other

    def _told(self, name: str, content: str) -> Iterator[str]:
        before = self._content.get(name)
        self._content[name] = content
        if before is not None and before != content:
            yield name

    def _decided(self) -> str | None:
        """A checksum of the decisions in the state; null where it can't be asked now."""
        import duckdb

        with glimpse(self._settings.lock) as is_free:
            if not is_free:
                return None
            if not self._settings.state.exists():
                return ""
            try:
                with opened(self._settings.state) as connection:
                    rows = connection.execute(
                        "select count(*), sum(hash(r)), bit_xor(hash(r)) from resolution as r"
                    ).fetchall()
            except (PlanwiseError, duckdb.Error):
                return None
        return str(rows) if rows[0][0] else ""


class Code:
    """The code that this process began with: it may be replaced on the disk while the process runs."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._begun = self._now()

    def is_other(self) -> bool:
        """Whether there is other code now: what is loaded must not be mixed with it."""
        return self._now() != self._begun

    def settled(self, seconds: float = 1.0) -> bool:
        """Whether it is all there, as far as standing still for a while tells."""
        before = self._now()
        time.sleep(seconds)
        return self._now() == before

    def _now(self) -> str:
        digest = hashlib.sha256()
        try:
            digest.update(built.code(self._project).encode())
            # what renders does not build, so it is not in there
            for path in sorted((self._project / "exporters").rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    digest.update(path.read_bytes())
        except (OSError, PlanwiseError):
            return "being replaced"
        return digest.hexdigest()


def _stat(path: Path) -> Stat | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _checksum(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "none"
