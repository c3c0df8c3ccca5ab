"""What was delivered to Navigator: the documents of the current release, compared with its manifest first."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exporters import TARGETS
from harness.config import Settings
from harness.errors import DeliveryError, SourceError
from harness.files import safe_join
from harness.queries import known_or_refused
from harness.verify import MANIFEST, Entry, check_release, validator
from harness.warehouse import opened, tables

STAMPS = frozenset((("design_matrix", "run_id"), ("design_matrix", "generated_at")))
"""The two fields that say when a document was rendered and nothing about the design."""


@dataclass(frozen=True)
class Delivered:
    """One scenario that was delivered."""

    delivery_key: str
    """Scenario id, file stem, and the scenario's name in Navigator."""
    client_ref: str
    document_checksum: str
    document: Any
    """Decoded, decimals exact."""

    @property
    def echo(self) -> str | None:
        """What Navigator's engine repeats when it simulated this design."""
        slug = self.document["dc_plan"].get("match_template")
        return str(slug) if slug else None

    @property
    def years(self) -> tuple[int, int]:
        """First and last year to be simulated."""
        simulation = self.document["simulation"]
        return simulation["start_year"], simulation["end_year"]

    @property
    def vesting_schedule(self) -> str | None:
        """Navigator's name of the vesting schedule; null where it has none."""
        name = self.document["design_matrix"].get("vesting_schedule_type")
        return str(name) if name else None


@dataclass(frozen=True)
class Release:
    """The current release."""

    run_id: str
    folder: Path
    scenarios: list[Delivered]


def delivered(settings: Settings, clients: tuple[str, ...] = ()) -> Release:
    """Read the current release, all or some clients (client_id or client_ref). Nothing is read unverified.

    Raises SourceError `nothing_delivered`, `unknown_client`; DeliveryError `blocked_e03`, `blocked_e01`.
    """
    target = TARGETS["navigator"]
    current = settings.target(target.name) / "current"
    if not current.exists():
        raise SourceError(
            "nothing_delivered",
            f"there is no release in {current.parent}",
            "run `planwise-export run SOURCE` first, or name the folder with --out",
        )
    # a run that ends meanwhile switches the link; what it pointed at stays
    folder = current.resolve()
    entries = check_release(folder)
    wanted = _wanted(settings, entries, clients)
    checker = validator(target)
    scenarios = []
    for entry in entries:
        document = target.read(safe_join(folder, entry.path).read_bytes())
        if not checker.is_valid(document) or document["scenario_id"] != entry.delivery_key:
            raise DeliveryError(
                "blocked_e01",
                f"E01: {folder / entry.path} does not fit its schema or carries another scenario's id",
                "it was written by another version: run the export again",
            )
        if entry.client_ref in wanted:
            scenarios.append(
                Delivered(entry.delivery_key, entry.client_ref, entry.document_checksum, document)
            )
    run_id = json.loads((folder / MANIFEST).read_bytes())["run_id"]
    return Release(run_id, folder, sorted(scenarios, key=lambda scenario: scenario.delivery_key))


def _wanted(settings: Settings, entries: list[Entry], clients: tuple[str, ...]) -> set[str]:
    refs = {entry.client_ref for entry in entries}
    if not clients:
        return refs
    by_id: dict[str, str] = {}
    if settings.state.exists():
        with opened(settings.state) as connection:
            if "client_ref" in tables(connection):
                found = connection.execute("select client_id, client_ref from client_ref").fetchall()
                by_id = {client_id: ref for client_id, ref in found if ref in refs}
    known_or_refused(clients, [*by_id, *sorted(refs)], "the current release")
    return {by_id.get(asked, asked) for asked in clients}
