"""How much memory DuckDB may take, and what is told when that is too little. Imports nothing heavy."""

import os
import re
from contextlib import suppress
from pathlib import Path

from harness.errors import PlanwiseError, SourceError

SETTING = "PLANWISE_MEMORY"
_GIGABYTES = 3
"""For DuckDB's own blocks; what it does not count comes on top."""
_CONTAINER = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?([KMGT])(i?)B", re.IGNORECASE)
_LEAST, _MOST = 10**8, 10**15
_HINT = f"{SETTING}=8GB lets DuckDB take so much, if it is there; what was delivered stays"


def configuration(gigabytes: int = _GIGABYTES) -> dict[str, str | bool | int | float | list[str]]:
    """How DuckDB is opened for files of ours: nothing is fetched from the net, and of a book of any size most
    waits on the disk. By itself DuckDB takes four fifths of the machine, in each of our processes.
    """
    return {"autoinstall_known_extensions": "false", "memory_limit": memory(gigabytes)}


def memory(gigabytes: int = _GIGABYTES) -> str:
    """What PLANWISE_MEMORY says; else so many gigabytes, or a half of a small machine or container.

    SourceError `unusable_setting`.
    """
    return said() or f"{min(gigabytes * 1000, _of_machine() // 2_000_000)}MB"


def said() -> str:
    """PLANWISE_MEMORY as DuckDB takes it; empty where it is not set. SourceError `unusable_setting`."""
    text = os.environ.get(SETTING, "").strip()
    size = _SIZE.fullmatch(text)
    if text and not (size and _LEAST <= _bytes(*size.groups()) <= _MOST):
        raise SourceError(
            "unusable_setting",
            f"{SETTING} is {text!r}; that is no size between 100MB and 1000TB",
            "say it as in 3GB or 500MB",
        )
    return text


def want_of_memory(error: BaseException) -> PlanwiseError | None:
    """The error for people, where that is what is the matter."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":  # DuckDB's own
        return PlanwiseError("out_of_memory", (str(error).splitlines() or ["no memory is left"])[0], _HINT)
    return None


def _bytes(number: str, unit: str, binary: str) -> float:
    return float(number) * float(1024 if binary else 1000) ** ("KMGT".index(unit.upper()) + 1)


def _of_machine() -> int:
    """Bytes of memory that there are, or that the container may have."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for limit in _CONTAINER:
        with suppress(OSError, ValueError):  # "max" says that there is none
            found.append(int(limit.read_bytes()))
    return min(found)
