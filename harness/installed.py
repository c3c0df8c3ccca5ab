"""Versions of installed packages by the names of their folders: importlib.metadata costs 10 ms to import."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

_FOLDER = re.compile(r"(.+)-([^-]+)\.dist-info")


def versions_of(packages: Iterable[str]) -> dict[str, str]:
    """The version of each package, "not installed" where there is none. Nothing is imported for it.

    Where the folder's name doesn't say (an egg, a zip), importlib.metadata is asked.
    """
    found: dict[str, str] = {}
    for folder in reversed(sys.path):
        try:
            names = [path.name for path in Path(folder or ".").iterdir()]
        except OSError:
            continue
        for name in names:
            if match := _FOLDER.fullmatch(name):
                found[_normal(match[1])] = match[2]
    return {name: found.get(_normal(name)) or _asked(name) for name in packages}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _asked(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
