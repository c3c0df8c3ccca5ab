"""A delivered release without a build: a few documents, rendered, verified, made current by the real code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from exporters import TARGETS
from harness.config import Settings, settings
from harness.delivery import promote
from harness.identifiers import Scanner
from harness.manifest import write_manifest
from harness.render import Stamp, render
from harness.verify import verify
from harness.warehouse import Row
from tests.harness.world import document, reference

TARGET = TARGETS["navigator"]


def key(number: int) -> str:
    """The delivery key of client `number`."""
    return f"{reference(number)}_baseline"


def deliver(
    root: Path,
    numbers: Sequence[int] = (1, 2, 3),
    run_id: str = "20261122T100000.000000Z-aaaaaa",
    plan: Mapping[str, Any] | None = None,
    **design: Any,
) -> Settings:
    """Deliver these clients as the current release of a home and out folder below `root`.

    `plan` changes the dc_plan block, `design` the simulation block, so that two releases can differ.
    """
    where = settings(root / "home", root / "out")
    where.home.mkdir(parents=True, exist_ok=True)
    rows = [_row(number, design, plan or {}) for number in numbers]
    stamp = Stamp(run_id, "2026-11-22T10:00:00Z")
    folder = where.staging(run_id) / TARGET.name
    done, refused = render(TARGET, rows, folder, stamp)
    entries, odd = verify(TARGET, done, stamp, Scanner(()))
    assert not refused and not odd
    write_manifest(folder, entries, stamp)
    promote(where, TARGET.name, run_id)
    return where


def _row(number: int, design: dict[str, Any], plan: Mapping[str, Any]) -> Row:
    content = json.loads(document(number))
    content["simulation"] |= design
    content["dc_plan"] |= plan
    checksum = f"{number:02x}{content['simulation']['end_year']}".ljust(64, "0")
    return Row(key(number), reference(number), json.dumps(content), checksum)
