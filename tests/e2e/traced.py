"""A command under strace, and what it did to the files below a folder."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.e2e.command import COMMAND, Place, Ran, environment, finish

_CALLS = (
    "open", "openat", "openat2", "creat", "truncate", "ftruncate", "fallocate", "rename", "renameat",
    "renameat2", "unlink", "unlinkat", "rmdir", "link", "linkat", "symlink", "symlinkat",
    "copy_file_range", "sendfile",
)  # fmt: skip
_LINE = re.compile(r"^(\w+)\((.*)\)\s+= (\d+)(?:<.*>)?(?:\s.*)?$")
_TEXT = re.compile(r'(?:(AT_FDCWD|\d+)(?:<([^>]*)>)?, )?"((?:[^"\\]|\\.)*)"')
_DESCRIPTOR = re.compile(r"^\d+<([^>]*)>")


class Touched(NamedTuple):
    """One call that succeeded and may change something."""

    call: str
    flags: str
    paths: tuple[str, ...]


def can_trace() -> str:
    """Empty where strace works; else why it does not."""
    strace = shutil.which("strace")
    if not strace:
        return "strace is not installed (Debian: apt-get install strace)"
    done = subprocess.run([strace, "-qq", "-e", "trace=none", "true"], capture_output=True, text=True)
    return "" if done.returncode == 0 else f"strace may not trace here: {done.stderr.strip()}"


def traced(place: Place, log: Path, *arguments: str | Path, **env: str) -> tuple[Ran, list[Touched]]:
    """Run a command to its end; what every process of it did."""
    log.mkdir(parents=True)
    command = [str(COMMAND), *map(str, arguments), "--home", str(place.home), "--out", str(place.out)]
    tracing = ["strace", "-ff", "-y", "-qq", "-s", "4096", "--seccomp-bpf", "-e", f"trace={','.join(_CALLS)}"]
    process = subprocess.Popen(
        [*tracing, "-o", str(log / "trace"), *command],
        cwd=place.root,
        env=environment(**env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    ran = finish(process, place)
    return ran, [found for file in sorted(log.iterdir()) for found in read(file.read_text(errors="replace"))]


def read(text: str) -> Iterator[Touched]:
    """The calls of one thread that succeeded."""
    for line in text.splitlines():
        match = _LINE.match(line)
        if not match:
            continue  # it failed, or is none of ours
        call, given = match[1], match[2]
        paths = []
        if by_descriptor := _DESCRIPTOR.match(given):
            paths.append(by_descriptor[1])
        named = [(folder, name) for _, folder, name in _TEXT.findall(given)]
        if named:
            paths = [name if name.startswith("/") else f"{folder}/{name}" for folder, name in named]
        yield Touched(call, _TEXT.sub("", given), tuple(paths))


def destroyed(done: list[Touched], out: Path) -> list[str]:
    """What may have changed a byte that was delivered: below `out`, but for staging, which nobody reads."""
    return [f"{one.call} {' '.join(one.paths)} {one.flags}" for one in done if _destroys(one, str(out))]


def _destroys(one: Touched, out: str) -> bool:
    below = [path for path in one.paths if path.startswith(f"{out}/")]
    # neither staging nor the lock is read by anybody
    delivered = [path for path in below if not path.startswith((f"{out}/.staging", f"{out}/.lock"))]
    if not delivered:
        return False
    if one.call in ("open", "openat", "openat2"):
        writes = re.search(r"O_(WRONLY|RDWR|TRUNC|APPEND)", one.flags)
        return bool(writes) and "O_EXCL" not in one.flags
    in_release = [path for path in delivered if re.match(re.escape(out) + r"/[^/]+/releases/[^/]+/.", path)]
    if one.call in ("rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir"):
        return bool(in_release)
    # making a link refuses a name that is taken
    return one.call not in ("link", "linkat", "symlink", "symlinkat")
