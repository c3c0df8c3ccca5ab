"""What was delivered to Navigator: the documents of the current release, compared with its manifest first."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exporters import TARGETS
from harness.config import Settings
from harness.errors import DeliveryError, SourceError
from harness.files import safe_join
from harness.manifest import MANIFEST, check_release
from harness.queries import known_or_refused
from harness.verify import Checker
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
    def slug(self) -> str | None:
        """Our name of the match (dc_plan.match_template); see trust.expected_echo for the echo."""
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
    wanted = client_refs(settings, clients, {entry.client_ref for entry in entries})
    checker = Checker(target)
    scenarios = []
    for entry in entries:
        document = target.read(safe_join(folder, entry.path).read_bytes())
        if checker.problem(document) or document["scenario_id"] != entry.delivery_key:
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


def client_refs(settings: Settings, clients: tuple[str, ...], refs: set[str]) -> set[str]:
    """Turn what the user names (client_id or client_ref) into references; none named: all of `refs`.

    Raises SourceError `unknown_client` for one that is not among them.
    """
    if not clients:
        return refs
    by_id: dict[str, str] = {}
    if settings.state.exists():
        with opened(settings.state) as connection:
            if "client_ref" in tables(connection):
                found = connection.execute("select client_id, client_ref from client_ref").fetchall()
                by_id = {client_id: ref for client_id, ref in found if ref in refs}
    known_or_refused(clients, [*by_id, *sorted(refs)], "what was delivered")
    return {by_id.get(asked, asked) for asked in clients}
