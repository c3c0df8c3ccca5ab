"""The review queue: fields that hold clients back, with what would settle each."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from harness.config import Settings
from harness.errors import SourceError
from harness.identifiers import Scanner
from harness.queries import ask, last_report
from harness.review.check import read_load, reviewable
from harness.review.file import as_csv
from harness.review.store import ids_by_ref
from harness.warehouse import opened

_MORE = ("client_name", "code", "message", "resolve", "readings")


@dataclass(frozen=True)
class Held:
    """One field that holds a client back."""

    client_id: str
    client_ref: str
    client_name: str | None
    rule: str
    field: str
    raw: str | None
    """The source's own text; null for a blank."""
    code: str
    message: str | None
    resolve: str | None
    readings: list[str]
    """Wordings between which a person could choose; empty where the text offers none."""

    @property
    def can_be_decided(self) -> bool:
        """Whether a resolution may name this field."""
        return self.field in reviewable()


def queue(
    settings: Settings, clients: Iterable[str] = (), fields: Iterable[str] = ()
) -> tuple[list[Held], bool]:
    """List what is held in the last build - or, without a warehouse, in the published marts - and whether the
    raw texts are known.

    `clients` (ids or references) and `fields` narrow it; all when empty. SourceError `nothing_built`.
    """
    has_warehouse = settings.warehouse.exists()
    found = _built(settings) if has_warehouse else _published(settings)
    asked, about = set(clients), set(fields)
    return [
        held
        for held in found
        if (not asked or asked & {held.client_id, held.client_ref}) and (not about or held.field in about)
    ], has_warehouse


def _built(settings: Settings) -> list[Held]:
    report = last_report(settings) or {"clients": []}
    reasons = [
        {"client_ref": client["client_ref"], **reason}
        for client in report["clients"]
        for reason in client["reasons"]
    ]
    with opened(settings.warehouse) as connection:
        rows = ask(connection, "review_queue", reasons=json.dumps(reasons))
        texts = read_load(connection, Scanner(())).texts
    # a decision may stand in the source's place in the marts: the queue is about the source's own text
    return [Held(**row | {"raw": texts.get((row["client_id"], row["field"]), row["raw"])}) for row in rows]


def _published(settings: Settings) -> list[Held]:
    known = ids_by_ref(settings.state)
    with opened(settings.current) as connection:
        rows = ask(connection, "review_queue_published", clients=json.dumps(known))
    return [Held(**row) for row in rows]


def as_template(found: Iterable[Held]) -> str:
    """The queue as a resolution file to fill in: value, reviewer, date and reason are empty."""
    decidable = [held for held in found if held.can_be_decided]
    return as_csv(
        (
            {
                "client_id": held.client_id,
                "field": held.field,
                "raw": held.raw or "",
                "client_name": held.client_name or "",
                "code": held.code,
                "message": held.message or "",
                "resolve": held.resolve or "",
                "readings": " | ".join(held.readings),
            }
            for held in decidable
        ),
        _MORE,
    )


def need_texts(has_texts: bool) -> None:
    """Raise SourceError where a resolution file can't be written, since the raw texts aren't known."""
    if not has_texts:
        raise SourceError(
            "no_raw_texts",
            "there is no warehouse in this home, and the published marts hold no raw texts of held clients",
            "run `planwise-export run SOURCE` first, or list the queue with --format table",
        )
