"""What the tests of the CRM client share: a receiver on a fake org, documents, a clock that remembers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from exporters.crm_csv import Part, parts
from exporters.crm_mapping import Column, Mapping
from harness.config import settings
from harness.crm.receiver import SalesforceReceiver
from harness.crm.sheet import Sheet
from harness.http import Patience
from harness.receivers import OutRow, RowResult
from harness.receivers.endpoint import Endpoint
from tests.crm_server import KEY, FakeOrg

QUICK = Patience(connect=1, silence=0.4, whole=2, attempts=3, largest=20_000_000)
SECRETS = {"client_id": "T_SF_ID", "client_secret": "T_SF_SECRET"}


class Clock:
    """Time that passes only when it is slept."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


SMALL = Mapping(
    "Account",
    KEY,
    (
        Column("score", "Score__c", "Number", 18, 6),
        Column("note", "Note__c", "Text", 40, None),
        Column("band", "Band__c", "Picklist", 255, None, ("healthy", "coping")),
    ),
)


def small_sheet(rows_a_part: int = 1000) -> Sheet:
    """A sheet of a small mapping; a note of more than 40 characters does not fit."""

    def written(documents: Sequence[Any]) -> Iterator[Part]:
        for start in range(0, len(documents), rows_a_part):
            yield from parts(documents[start : start + rows_a_part], SMALL)

    return Sheet(SMALL, written)


def ref(number: int) -> str:
    """A client_ref."""
    return f"c{number:016x}"


def row(number: int, score: str = "61.250000", note: str = "plan, with a comma", **changes: Any) -> OutRow:
    """One document on its way; the score is written as it is given, digit for digit."""
    fields = {
        "score": {"value": 0, "action": "set"},
        "note": {"value": note, "action": "set"},
        "band": {"value": None, "action": "leave"},
    } | changes
    document = {"schema_version": "crm-account/1.0", "client_ref": ref(number), "fields": fields}
    content = json.dumps(document).replace('"value": 0,', f'"value": {score},').encode()
    return OutRow(ref(number), ref(number), content, hashlib.sha256(content).hexdigest())


def rows(count: int, first: int = 1) -> list[OutRow]:
    """Documents of so many clients."""
    return [row(number) for number in range(first, first + count)]


def receiver(
    fake: FakeOrg,
    home: Path,
    clock: Clock | None = None,
    *,
    sheet: Sheet | None = None,
    patience: Patience = QUICK,
    options: dict[str, Any] | None = None,
    secret: str | None = None,
) -> SalesforceReceiver:
    """A receiver that is signed in at the fake org and never really sleeps."""
    clock = clock or Clock()
    environment = {"T_SF_ID": fake.client_id, "T_SF_SECRET": secret or fake.client_secret}
    return SalesforceReceiver(
        Endpoint("crm", "salesforce", ("crm",), fake.url, options or {}, SECRETS),
        settings(home, home / "out"),
        sheet=sheet or small_sheet(),
        environment=environment,
        patience=patience,
        clock=clock,
        sleep=clock.sleep,
        uniform=lambda low, high: high,
    )


def sent(made: SalesforceReceiver, documents: Sequence[OutRow]) -> dict[str, RowResult]:
    """Send them; every document must have exactly one result."""
    found = list(made.send("crm", documents))
    keys = [one.delivery_key for one in found]
    assert sorted(keys) == sorted(one.delivery_key for one in documents), "one result for each, exactly"
    return {one.delivery_key: one for one in found}


def outcomes(found: dict[str, RowResult]) -> dict[str, int]:
    """How many of each outcome."""
    counts: dict[str, int] = {}
    for one in found.values():
        counts[one.outcome] = counts.get(one.outcome, 0) + 1
    return counts
