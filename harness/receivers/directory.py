"""Another folder of this machine or a mounted share: copied beside, flushed, read back, renamed, linked."""

import errno
import os
import secrets
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from harness.config import Settings
from harness.errors import DeliveryError, TransientDeliveryError
from harness.files import (
    PUBLIC_DIR,
    PUBLIC_FILE,
    atomic_write,
    fsync_dir,
    fsync_tree,
    make_dir,
    safe_join,
    safe_name,
    switch_link,
    write_new,
)
from harness.manifest import MANIFEST
from harness.receivers.endpoint import Endpoint
from harness.receivers.faults import told
from harness.receivers.outgoing import CHUNK, Difference, Outgoing, compare, local_files, refuse, sha256_of
from harness.receivers.pointer import POINTER, pointer, release_of

_NO_LINKS = frozenset((errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL))


class DirectoryReceiver:
    """`<path>/<target>/releases/<run_id>/`, and `current`: a link, or current.json where there are none."""

    def __init__(self, endpoint: Endpoint, settings: Settings) -> None:
        self._endpoint = endpoint
        self._root = endpoint.folder(settings)

    def probe(self) -> str:
        """Write a file of a name of its own there, and take it away again."""
        with self._told("the probe"):
            self._there()
            path = self._root / f".planwise-probe-{secrets.token_hex(4)}"
            write_new(path, b"probe\n")
            path.unlink()
            free = shutil.disk_usage(self._root).free
        return f"{self._root} can be written to; {free / 1e9:.1f} GB are free"

    def put(self, outgoing: Outgoing) -> None:
        """Copy what is not there yet, read it back, rename."""
        with self._told(f"sending {outgoing.target}/{outgoing.run_id}"):
            self._there()
            release = self._inside(outgoing.target, "releases", outgoing.run_id)
            if release.is_dir():
                refuse(self._endpoint.name, self._differences(outgoing, release))
                return
            staging = self._inside(outgoing.target, ".staging", outgoing.run_id)
            make_dir(staging, PUBLIC_DIR)
            self._copy(outgoing, staging)
            fsync_tree(staging)
            refuse(self._endpoint.name, self._differences(outgoing, staging))
            make_dir(release.parent, PUBLIC_DIR)
            staging.rename(release)
            fsync_dir(release.parent)
            fsync_dir(staging.parent)

    def switch(self, target: str, run_id: str) -> None:
        """Point `current` at the release in one rename."""
        with self._told(f"switching {target} to {run_id}"):
            root = self._inside(target)
            manifest = self._inside(target, "releases", run_id) / MANIFEST
            content = manifest.read_bytes()
            try:
                switch_link(root / "current", f"releases/{run_id}")
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                atomic_write(root / POINTER, pointer(run_id, content), PUBLIC_FILE)
                return
            (root / POINTER).unlink(missing_ok=True)

    def current(self, target: str) -> str | None:
        """What the link says, else the pointer."""
        with self._told(f"asking for the current {target}"):
            self._there()
            root = self._inside(target)
            link = root / "current"
            if link.is_symlink():
                return self._of_link(link)
            path = root / POINTER
            return release_of(f"{self._endpoint.name}: {path}", path.read_bytes()) if path.exists() else None

    def verify(self, outgoing: Outgoing) -> list[Difference]:
        """Read the release back."""
        with self._told(f"reading {outgoing.target}/{outgoing.run_id} back"):
            self._there()
            release = self._inside(outgoing.target, "releases", outgoing.run_id)
            if not release.is_dir():
                return [
                    Difference(
                        self._endpoint.name, outgoing.target, outgoing.run_id, "", "is not there any more"
                    )
                ]
            return self._differences(outgoing, release)

    def report(self, folder: str, files: dict[str, bytes]) -> str:
        """Put a report there as one folder, whole or not at all; return where it is."""
        with self._told(f"sending the report {folder}"):
            self._there()
            place, staging = self._inside("reports", folder), self._inside("reports", f"{folder}.part")
            make_dir(place.parent, PUBLIC_DIR)
            if staging.exists():
                shutil.rmtree(staging)
            staging.mkdir(PUBLIC_DIR)
            for name, content in files.items():
                write_new(safe_join(staging, name), content)
            fsync_tree(staging)
            _read_back(self._endpoint.name, staging, files)
            if place.exists():
                raise DeliveryError("report_exists", f"{place} is there already", "move it aside")
            staging.rename(place)
            fsync_dir(place.parent)
        return str(place)

    def close(self) -> None:
        """Nothing is held."""

    def _copy(self, outgoing: Outgoing, staging: Path) -> None:
        there = local_files(staging)
        for path, file in outgoing.all_files.items():
            if path in there:
                size = there.pop(path)
                if size == file.bytes and sha256_of(staging / path) == file.sha256:
                    continue
                (staging / path).unlink()
            place = staging / path
            make_dir(place.parent, PUBLIC_DIR)
            if file.bytes > CHUNK:
                with (outgoing.folder / path).open("rb") as source, place.open("xb") as target:
                    shutil.copyfileobj(source, target, CHUNK)
            else:
                write_new(place, outgoing.content(path))
        for path in there:
            (staging / path).unlink()

    def _differences(self, outgoing: Outgoing, folder: Path) -> list[Difference]:
        present = local_files(folder)
        wanted = outgoing.all_files
        return compare(self._endpoint.name, outgoing, present, lambda path: sha256_of(folder / path), wanted)

    def _of_link(self, link: Path) -> str:
        folder, _, run_id = str(link.readlink()).partition("/")
        if folder != "releases" or not run_id or "/" in run_id:
            raise DeliveryError(
                "foreign_link",
                f"{self._endpoint.name}: {link} leads elsewhere than to a release beside it",
                "somebody else works there: give planwise a folder of its own",
            )
        return safe_name(run_id)

    def _inside(self, *names: str) -> Path:
        """A path below the root whose existing parts are no links."""
        place = self._root
        for name in names:
            place = place / (name if name == ".staging" else safe_name(name))
            if place.is_symlink():
                raise DeliveryError(
                    "foreign_link",
                    f"{self._endpoint.name}: {place} is a link; nothing is written through links",
                    "make it a real folder, or set the endpoint's path to where it leads",
                )
        return place

    def _there(self) -> None:
        if not self._root.is_dir():
            raise TransientDeliveryError(
                "receiver_away",
                f"{self._endpoint.name}: {self._root} is not there",
                "is the share mounted? If the folder is new, make it: planwise does not, lest it fills the"
                " disk below a share that is away",
            )
        if not os.access(self._root, os.R_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "no permission to look into it", str(self._root))

    def _told(self, doing: str) -> AbstractContextManager[None]:
        return told(self._endpoint.name, doing, self._endpoint.hidden_in)


def _read_back(place: str, folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        if (folder / name).read_bytes() != content:
            raise DeliveryError(
                "receiver_differs", f"{place}: {folder / name} is not what was written", "check the disk"
            )
