"""Any file system that fsspec knows: S3, SFTP, ... The manifest goes last, and the pointer after it.

Where a rename is one step (SFTP, local), a release is put together under `.staging` and renamed; in a store
of objects its files lie in their place from the start, and nobody looks at them before the pointer says so.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.config import Settings
from harness.errors import DeliveryError
from harness.files import safe_name
from harness.manifest import MANIFEST
from harness.receivers.endpoint import Endpoint
from harness.receivers.faults import told
from harness.receivers.filesystem import has_renames, opened
from harness.receivers.outgoing import CHUNK, Difference, Outgoing, compare, refuse
from harness.receivers.pointer import POINTER, pointer, release_of

_TOGETHER = 32
"""Small files that are sent, or read back, side by side where the library can."""
_LARGE = 4 * CHUNK


class FsspecReceiver:
    """`<url>/<target>/releases/<run_id>/`, and `<url>/<target>/current.json`, which says which is current."""

    def __init__(self, endpoint: Endpoint, settings: Settings) -> None:
        self._endpoint = endpoint

    def probe(self) -> str:
        """Write a file of a name of its own there, and take it away again; `probe = "read"` only looks."""
        with self._told("the probe"):
            if self._endpoint.options.get("probe") == "read":
                self._fs.exists(f"{self._root}/{POINTER}")
                return f"{self._endpoint.place} can be reached"
            path = f"{self._root}/.planwise-probe-{secrets.token_hex(4)}"
            if has_renames(self._endpoint):
                self._fs.makedirs(self._root, exist_ok=True)
            self._fs.pipe_file(path, b"probe\n")
            self._fs.rm_file(path)
        return f"{self._endpoint.place} can be written to"

    def put(self, outgoing: Outgoing) -> None:
        """Send what is not there yet, read back what was sent, the manifest last."""
        with self._told(f"sending {outgoing.target}/{outgoing.run_id}"):
            release = self._release(outgoing.target, outgoing.run_id)
            if self._exists(f"{release}/{MANIFEST}"):
                refuse(self._endpoint.name, self._differences(outgoing, release))
                return
            folder = release
            if has_renames(self._endpoint):
                refuse(self._endpoint.name, self._foreign(outgoing, release, set()))
                folder = self._path(outgoing.target, ".staging", outgoing.run_id)
            refuse(self._endpoint.name, self._foreign(outgoing, folder, set(outgoing.all_files)))
            self._send(outgoing, folder)
            self._fs.pipe_file(f"{folder}/{MANIFEST}", outgoing.manifest)
            if folder != release:
                refuse(self._endpoint.name, self._differences(outgoing, folder))
                self._fs.makedirs(self._fs._parent(release), exist_ok=True)
                self._rename(folder, release)
            elif self._read(f"{folder}/{MANIFEST}") != outgoing.manifest:
                raise self._differs(f"{folder}/{MANIFEST}")

    def switch(self, target: str, run_id: str) -> None:
        """Write the pointer, in one go."""
        with self._told(f"switching {target} to {run_id}"):
            content = pointer(run_id, self._read(f"{self._release(target, run_id)}/{MANIFEST}"))
            path = self._path(target, POINTER)
            if has_renames(self._endpoint):
                beside = self._path(target, f".{POINTER}.{secrets.token_hex(4)}.tmp")
                self._fs.pipe_file(beside, content)
                self._rename(beside, path)
            else:
                self._fs.pipe_file(path, content)
            if self._read(path) != content:
                raise self._differs(path)

    def current(self, target: str) -> str | None:
        """What the pointer says."""
        with self._told(f"asking for the current {target}"):
            path = self._path(target, POINTER)
            if not self._exists(path):
                return None
            return release_of(f"{self._endpoint.name}: {path}", self._read(path))

    def verify(self, outgoing: Outgoing) -> list[Difference]:
        """Read the release back."""
        with self._told(f"reading {outgoing.target}/{outgoing.run_id} back"):
            return self._differences(outgoing, self._release(outgoing.target, outgoing.run_id))

    def report(self, folder: str, files: dict[str, bytes]) -> str:
        """Put a report there as one folder; return where it is."""
        with self._told(f"sending the report {folder}"):
            place = self._path("reports", safe_name(folder))
            if self._present(place):
                raise DeliveryError("report_exists", f"{place} is there already", "move it aside")
            to = self._path("reports", f".{safe_name(folder)}.part") if has_renames(self._endpoint) else place
            self._folders({to})
            for name, content in files.items():
                path = f"{to}/{safe_name(name)}"
                self._fs.pipe_file(path, content)
                if self._read(path) != content:
                    raise self._differs(path)
            if to != place:
                self._rename(to, place)
        return f"{self._endpoint.place.rstrip('/')}/reports/{folder}"

    def close(self) -> None:
        """Give the connection back, where there is one."""
        client = getattr(self._fs, "client", None) if "_opened" in self.__dict__ else None
        if client is not None:
            client.close()

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        return opened(self._endpoint)

    @property
    def _fs(self) -> Any:
        return self._opened[0]

    @property
    def _root(self) -> str:
        return self._opened[1]

    def _path(self, target: str, *names: str) -> str:
        return "/".join((self._root, safe_name(target), *names))

    def _release(self, target: str, run_id: str) -> str:
        return self._path(target, "releases", safe_name(run_id))

    def _foreign(self, outgoing: Outgoing, folder: str, ours: set[str]) -> list[Difference]:
        """What lies in a folder that is not whole yet and did not come from an attempt of ours."""
        odd = sorted(set(self._present(folder)) - ours)
        name, target, run_id = self._endpoint.name, outgoing.target, outgoing.run_id
        return [Difference(name, target, run_id, path, "was not sent by us") for path in odd]

    def _send(self, outgoing: Outgoing, folder: str) -> None:
        """Send all but the manifest; what an attempt before has left there rightly is not sent again."""
        wanted, there = outgoing.files, self._present(folder)
        sized = [name for name, file in wanted.items() if there.get(name) == file.bytes]
        same = {
            name for name, digest in self._digests(outgoing, folder, sized) if digest == wanted[name].sha256
        }
        names = [name for name in wanted if name not in same]
        self._folders({f"{folder}/{name}".rpartition("/")[0] for name in (*names, MANIFEST)})
        for some in _groups([name for name in names if wanted[name].bytes <= _LARGE]):
            self._fs.pipe({f"{folder}/{name}": outgoing.content(name) for name in some})
            self._check(outgoing, folder, some)
        for name in names:
            if wanted[name].bytes > _LARGE:
                self._fs.put_file(str(outgoing.folder / name), f"{folder}/{name}")
                self._check(outgoing, folder, (name,))

    def _check(self, outgoing: Outgoing, folder: str, names: Sequence[str]) -> None:
        for name, digest in self._digests(outgoing, folder, names):
            if digest != outgoing.files[name].sha256:
                raise self._differs(f"{folder}/{name}")

    def _differs(self, path: str) -> DeliveryError:
        return DeliveryError(
            "receiver_differs",
            f"{self._endpoint.name}: {path} reads back differently from what was sent",
            "something on the way or there changes files; nothing was switched",
        )

    def _differences(self, outgoing: Outgoing, folder: str) -> list[Difference]:
        present, wanted = self._present(folder), outgoing.all_files
        plain = [name for name, file in wanted.items() if present.get(name) == file.bytes]
        digests = dict(self._digests(outgoing, folder, plain))
        return compare(self._endpoint.name, outgoing, present, digests.__getitem__, wanted)

    def _digests(self, outgoing: Outgoing, folder: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """SHA-256 of what is there, read back whole; small files side by side."""
        for some in _groups(names):
            small = [name for name in some if outgoing.all_files[name].bytes <= _LARGE]
            found = self._fs.cat([f"{folder}/{name}" for name in small]) if small else {}
            contents = {str(path).lstrip("/"): content for path, content in found.items()}
            for name in some:
                if name in small:
                    content = contents[f"{folder}/{name}".lstrip("/")]
                    yield name, hashlib.sha256(content).hexdigest()
                else:
                    with self._fs.open(f"{folder}/{name}", "rb") as handle:
                        yield name, _sha256(handle)

    def _present(self, folder: str) -> dict[str, int | None]:
        """Every file below a folder there with its size; null for what is no plain file."""
        self._fs.invalidate_cache()
        # else a folder that can't be read would count as empty
        loud = {"on_error": "raise"} if has_renames(self._endpoint) else {}
        try:
            found = self._fs.find(folder, detail=True, **loud)
        except FileNotFoundError:
            return {}
        inside = f"{folder.strip('/')}/"
        return {
            name.strip("/").removeprefix(inside): _size(info)
            for name, info in found.items()
            if name.strip("/").startswith(inside)
        }

    def _exists(self, path: str) -> bool:
        """Whether it is there; `fs.exists` would take every error for a no."""
        self._fs.invalidate_cache()
        try:
            self._fs.info(path)
        except FileNotFoundError:
            return False
        except PermissionError:
            # S3 answers a HEAD without a reason; the refusal of a listing has one
            self._fs.find(path)
            raise
        return True

    def _read(self, path: str) -> bytes:
        return bytes(self._fs.cat_file(path))

    def _folders(self, paths: set[str]) -> None:
        if has_renames(self._endpoint):
            for path in sorted(paths):
                self._fs.makedirs(path, exist_ok=True)

    def _rename(self, old: str, new: str) -> None:
        if self._endpoint.place.startswith(("file:", "local:")):
            Path(old).replace(new)
        else:
            self._fs.mv(old, new)

    def _told(self, doing: str) -> AbstractContextManager[None]:
        return told(self._endpoint.name, doing, self._endpoint.hidden_in)


def _groups(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(names), _TOGETHER):
        yield names[first : first + _TOGETHER]


def _size(info: dict[str, Any]) -> int | None:
    is_plain = info["type"] == "file" and not info.get("islink")
    return int(info["size"] or 0) if is_plain else None


def _sha256(handle: Any) -> str:
    digest = hashlib.sha256()
    while chunk := handle.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
