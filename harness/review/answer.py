"""A decision given on the terminal: checked as a row of a file is, about the text that is there now."""

from dataclasses import dataclass
from datetime import datetime

from harness import identifiers
from harness.config import Settings
from harness.errors import SourceError
from harness.identifiers import Scanner
from harness.lock import run_lock
from harness.queries import client_id_of
from harness.review.check import Load, problems, read_load
from harness.review.store import Decision, history, ids_by_ref, record
from harness.review.taking import against, decision_of
from harness.warehouse import opened


@dataclass(frozen=True)
class Answer:
    """What was asked to be recorded."""

    client: str
    """client_id or client_ref."""
    field: str
    value: str
    reviewer: str
    reason: str


def resolve(settings: Settings, answer: Answer, now: datetime) -> tuple[Decision, bool]:
    """Record a decision about the field's present text: (the decision, whether it is new).

    Raises SourceError (exit 2) that names what is wrong with it, LockedError while a run is working.
    """
    from harness.extract import ensure_state

    with run_lock(settings.lock, f"review-{answer.client}"):
        ensure_state(settings.home)
        load, client_id = _load(settings, answer.client)
        cells = {
            "client_id": client_id,
            "field": answer.field.strip(),
            "value": answer.value.strip(),
            "reviewer": answer.reviewer.strip(),
            "date": now.date().isoformat(),
            "reason": answer.reason.strip(),
        }
        raw = load.texts.get((client_id, cells["field"]))
        found = problems(cells | {"raw": raw or ""}, load)
        if found:
            wrong = "; ".join(f"{column} {problem}" for column, problem in found)
            raise SourceError("refused", f"not recorded: {wrong}", "nothing was changed")
        decision = decision_of(cells, load)
        before = [entry for entry in history(settings.state, client_id) if entry.about == decision.about]
        in_force = [entry for entry in before if entry.superseded_at is None]
        is_new = against(decision, raw, in_force)[0] == "taken"
        if is_new:
            record(settings.state, [decision], "terminal", now)
    return decision, is_new


def _load(settings: Settings, asked: str) -> tuple[Load, str]:
    """The present load, and the id of the client that was asked for by id or reference."""
    with opened(settings.warehouse) as connection:
        pairs = identifiers.collect(connection, None, settings.home)
        load = read_load(connection, Scanner(pairs))
    by_ref = {ref: known for ref, known in ids_by_ref(settings.state).items() if known in load.clients}
    return load, client_id_of(asked, sorted(load.clients), by_ref, load.name)
