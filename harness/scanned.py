"""For which identifiers the delivered documents and the published marts were looked through already, so that
only new ones are looked for in them (rule E02).

What a scan finds depends on the bytes, the identifiers and the code, and on nothing else. The bytes are those
of a manifest whose checksum is kept here, and each file is hashed again by whoever asks; those of the marts,
which nobody may write, are known by the file's number, size and times. The identifiers are kept as they are,
in the home, where they are anyhow; the code by its checksum. Where any of it differs, all is looked through
again.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from harness.config import Settings
from harness.files import atomic_write, read_regular
from harness.identifiers import Scanner
from harness.installed import versions_of
from harness.manifest import MANIFEST

FILE = "scanned.json"
_FEW = 50
"""From so many new identifiers on a file is decoded and looked through at once."""
Pair = tuple[str, str]


def unseen(settings: Settings, target: str, pairs: Sequence[Pair]) -> list[Pair]:
    """Those of the identifiers for which the target's current release was not looked through yet."""
    known, manifest = _read(settings.home / FILE), _manifest(settings, target)
    if not manifest or known.get("manifests", {}).get(target) != manifest:
        return list(pairs)
    return _new(known, pairs)


def unseen_published(settings: Settings, pairs: Sequence[Pair]) -> list[Pair]:
    """Those of the identifiers for which the published file was not looked through yet."""
    known, file = _read(settings.home / FILE), _published(settings)
    if not file or known.get("published") != file:
        return list(pairs)
    return _new(known, pairs)


def _new(known: dict[str, Any], pairs: Sequence[Pair]) -> list[Pair]:
    if known.get("code") != _code():
        return list(pairs)
    seen = {(str(kind), str(value)) for kind, value in known["identifiers"]}
    return [pair for pair in pairs if tuple(pair) not in seen]


def remember(
    settings: Settings, targets: Iterable[str], pairs: Sequence[Pair], *, published: bool = False
) -> None:
    """Keep that the current releases of these targets, and perhaps the published file, were looked through
    for all of these.
    """
    manifests = {target: digest for target in targets if (digest := _manifest(settings, target))}
    content = {
        "code": _code(),
        "manifests": manifests,
        "published": _published(settings) if published else None,
        "identifiers": sorted({*map(tuple, pairs)}),
    }
    path, text = settings.home / FILE, json.dumps(content).encode()
    if read_regular(str(path)) != text:
        with suppress(OSError):  # without the note all is looked through again
            atomic_write(path, text)


def _manifest(settings: Settings, target: str) -> str | None:
    path = settings.target(target) / "current" / MANIFEST
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _published(settings: Settings) -> list[int] | None:
    if not settings.current.is_file():
        return None
    found = settings.current.stat()
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_regular(str(path)) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


_LOOKS = ("identifiers.py", "sieve.py", "scanned.py", "delivery.py", "verify.py", "published_scan.py")
_PACKAGES = ("ahocorasick-rs", "orjson", "PyYAML")


@cache
def _code() -> str:
    """A checksum of all that decides what a scan finds: how files are read, what is looked for in them."""
    from exporters import TARGETS

    digest = hashlib.sha256()
    for path in (Path(__file__).parent / name for name in _LOOKS):
        digest.update(path.read_bytes())
    digest.update(next(iter(TARGETS.values())).fingerprint.encode())
    digest.update(f"{sys.version} {versions_of(_PACKAGES)}".encode())
    return digest.hexdigest()


class Looking:
    """Looks through bytes that were delivered before, for identifiers that are new since."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self.scanner = Scanner(pairs)
        folded = [value.casefold() for _, value in pairs]
        self._is_nothing = not folded
        # such a text stands in a file as itself, whatever the file's format: nothing in it is ever escaped
        is_plain = all(
            low.isascii() and low.isprintable() and not {'"', "'", "\\"} & {*low} for low in folded
        )
        self._folded = folded if is_plain and len(folded) < _FEW else None

    def may_hold(self, path: str, content: bytes) -> bool:
        """Whether a file has to be decoded and looked through; False only where nothing can be found."""
        if self._is_nothing:
            return False
        if self._folded is None:
            return True
        try:
            text = f"{path}\n{content.decode('utf-8')}".casefold()
        except UnicodeDecodeError:
            return True
        return any(low in text for low in self._folded)
