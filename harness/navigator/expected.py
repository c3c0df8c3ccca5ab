"""The scenarios that were delivered from this home, by delivery key: what a result is held against."""

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from exporters import TARGETS
from harness.config import Settings
from harness.errors import DeliveryError, PlanwiseError, SourceError
from harness.files import safe_join
from harness.manifest import read_manifest
from harness.navigator.trust import Expected
from harness.warehouse import documents, opened, tables

TARGET = "navigator"


def expected(settings: Settings, asked: Iterable[str]) -> dict[str, Expected]:
    """What is known of these scenarios: from the published marts, else from the newest release that has them.

    A name that was never delivered is left out. SourceError `nothing_delivered` where nothing ever was.
    """
    target = TARGETS[TARGET]
    releases = _releases(settings.target(TARGET))
    if not settings.current.exists() and not releases:
        raise SourceError(
            "nothing_delivered",
            f"nothing was delivered from {settings.home}: no result can be compared with what was asked for",
            "run `planwise-export run SOURCE` first, or name the home and the folder of the deliveries",
        )
    known = _published(settings, target.table)
    wanted = {name for name in asked if name not in known}
    for release in releases:
        if not wanted:
            break
        known |= _delivered(release, wanted)
        wanted -= known.keys()
    return known


def _published(settings: Settings, table: str) -> dict[str, Expected]:
    if not settings.current.exists():
        return {}
    with opened(settings.current) as connection:
        rows = documents(connection, table) if table in tables(connection) else []
    return {
        row.delivery_key: Expected(row.delivery_key, row.client_ref, _decoded(row.document)) for row in rows
    }


def _decoded(document: str) -> Any:
    return json.loads(document, parse_float=Decimal)


def _releases(root: Path) -> list[Path]:
    folder = root / "releases"
    return (
        sorted((path for path in folder.glob("*") if path.is_dir()), reverse=True) if folder.exists() else []
    )


def _delivered(release: Path, wanted: set[str]) -> dict[str, Expected]:
    try:
        entries = read_manifest(release).documents
    except DeliveryError:
        return {}  # an older release that was tidied away in part proves nothing
    found = {}
    for entry in entries:
        if entry.delivery_key not in wanted:
            continue
        try:
            document = TARGETS[TARGET].read(safe_join(release, entry.path).read_bytes())
        except (OSError, ValueError, PlanwiseError):
            continue
        found[entry.delivery_key] = Expected(entry.delivery_key, entry.client_ref, document)
    return found
