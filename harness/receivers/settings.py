"""`[[endpoint]]` tables of planwise.toml: where deliveries go; checked before anything is sent."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.config import SETTINGS, Settings
from harness.errors import SourceError
from harness.receivers.endpoint import PAGE, Endpoint


def endpoints(settings: Settings) -> list[Endpoint]:
    """The endpoints of the home's planwise.toml, in its order. SourceError (exit 2) for what can't be."""
    path = settings.home / SETTINGS
    entries = tables(path, "endpoint")
    if not entries:
        return []
    from harness.receivers.checks import checked
    from harness.receivers.places import distinct

    found = [checked(entry, number, path) for number, entry in enumerate(entries, 1)]
    distinct(found, settings, path)
    return found


def chosen(known: Sequence[Endpoint], asked: Sequence[str]) -> list[Endpoint]:
    """Those of these names, all where none is named. SourceError for a name that is none."""
    for name in asked:
        if name not in [one.name for one in known]:
            raise SourceError(
                "unknown_endpoint",
                f"there is no endpoint {name!r}",
                f"there are: {', '.join(one.name for one in known)}"
                if known
                else f"{SETTINGS} has none; {PAGE}",
            )
    return [one for one in known if not asked or one.name in asked]


def tables(path: Path, *names: str) -> list[dict[str, Any]]:
    """The list of tables of that name in the settings file; empty where there is none."""
    if not path.is_file():
        return []
    import tomllib  # 8 ms that a home without the file is spared

    wanted = f"[[{'.'.join(names)}]]"
    try:
        found: Any = tomllib.loads(path.read_text(encoding="utf-8"))
        for name in names[:-1]:
            found = found.get(name, {})
        found = found.get(names[-1], [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError) as error:
        raise SourceError("bad_settings", f"{path}: {error}", f"{PAGE}: {wanted} tables") from error
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise SourceError(
            "bad_settings", f"{path}: {'.'.join(names)} is no list of tables", f"write {wanted}"
        )
    return found
