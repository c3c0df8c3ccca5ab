"""A batch goes to each endpoint of the settings, after rule E02 looked through every file of it."""

import json
from collections.abc import Iterable
from pathlib import Path

from harness import identifiers
from harness.batch import Batch
from harness.batch_report import files
from harness.config import Settings
from harness.endpoints import Place
from harness.errors import DeliveryError
from harness.identifiers import Scanner
from harness.verify import no_identifier
from harness.warehouse import opened


def deliver(
    settings: Settings, batch: Batch, places: Iterable[Place]
) -> tuple[dict[str, Path | str], list[DeliveryError]]:
    """Where the report is by endpoint, and what failed; one that fails keeps none of the others from it.

    Raises GateError (exit 4) when an internal identifier is found (E02); then nobody gets it.
    """
    content = files(batch)
    scanner = _scanner(settings)
    for name, found in content.items():
        # in JSON a number is an amount, and an escaped sign the sign itself
        decoded = json.loads(found) if name.endswith(".json") else found.decode().splitlines()
        no_identifier(scanner, name, decoded)
    delivered: dict[str, Path | str] = {}
    failed: list[DeliveryError] = []
    for place in places:
        try:
            delivered[place.name] = place.deliver(f"batch_{batch.run_id}", content)
        except DeliveryError as error:
            failed.append(error)
    return delivered, failed


def _scanner(settings: Settings) -> Scanner:
    pairs: list[tuple[str, str]] = []
    if settings.identifiers.exists():
        pairs += [(kind, value) for kind, value in json.loads(settings.identifiers.read_bytes())]
    if settings.state.exists():
        with opened(settings.state) as connection:
            pairs += identifiers.from_state(connection)
    return Scanner(pairs + identifiers.machine(None, settings.home))
