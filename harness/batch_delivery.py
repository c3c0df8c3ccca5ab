"""A batch goes to each endpoint of the settings, after rule E02 looked through every file of it."""

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from exporters.yaml import from_json
from harness import identifiers
from harness.batch import Batch
from harness.batch_report import files
from harness.bundle_scan import csv_rows
from harness.config import Settings
from harness.endpoints import Place
from harness.errors import DeliveryError
from harness.identifiers import Scanner
from harness.new_client_report import texts_seen
from harness.verify import no_identifier
from harness.warehouse import opened


def deliver(
    settings: Settings, batch: Batch, places: Iterable[Place]
) -> tuple[dict[str, Path | str], list[DeliveryError]]:
    """Where the report is by endpoint, and what failed; one that fails keeps none of the others from it.

    Raises GateError (exit 4) when an internal identifier is found (E02); then nobody gets it.
    """
    with texts_seen() as texts:
        content = files(batch)
    _look_through(content, texts, batch, _identifiers(settings))
    delivered: dict[str, Path | str] = {}
    failed: list[DeliveryError] = []
    for place in places:
        try:
            delivered[place.name] = place.deliver(f"batch_{batch.run_id}", content)
        except DeliveryError as error:
            failed.append(error)
    return delivered, failed


def _look_through(
    content: Mapping[str, bytes], texts: list[str], batch: Batch, pairs: list[tuple[str, str]]
) -> None:
    """Judge a number of the batch as an amount, whatever form it has in a file; all else is text.

    `texts` are those of the Markdown as they came, before its signs were escaped.
    """
    scanner = Scanner(pairs)
    no_identifier(scanner, "report.md", texts)
    # of the Markdown's numbers nothing says that they are: what is none has been among the texts
    numbers = _numbers([batch.as_json(), len(batch.segments)])
    amounts = {part for number in numbers for part in re.findall("[0-9]+", str(number))}
    lenient = Scanner((kind, value) for kind, value in pairs if value not in amounts)
    for name, found in content.items():
        no_identifier(scanner, name, None)
        if name.endswith(".json"):
            no_identifier(scanner, name, from_json(found))
        elif name.endswith(".csv"):
            rows = batch.segments if name == "segments.csv" else batch.clients
            columns = {key for key in rows[0] if not any(isinstance(row[key], str) for row in rows)}
            text = io.StringIO(found.decode(), newline="")
            no_identifier(scanner, name, list(csv_rows(text, columns)))
        else:
            no_identifier(lenient, name, found.decode().splitlines())


def _numbers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _numbers(inner)
    elif isinstance(value, int | float | Decimal):
        yield value


def _identifiers(settings: Settings) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    if settings.identifiers.exists():
        pairs += [(kind, value) for kind, value in json.loads(settings.identifiers.read_bytes())]
    if settings.state.exists():
        with opened(settings.state) as connection:
            pairs += identifiers.from_state(connection)
    return pairs + identifiers.machine(None, settings.home)
