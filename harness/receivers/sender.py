"""One target of one endpoint: what both ways of sending share, and how a failure is recorded."""

import random as random_module
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from harness.errors import PlanwiseError, TransientDeliveryError
from harness.ledger import Delivery, Ledger, Move
from harness.ledger.backoff import Uniform
from harness.manifest import Entry
from harness.receivers.comparing import Compared, Since, moves
from harness.receivers.endpoint import Endpoint
from harness.receivers.outgoing import Outgoing

_ADDRESS = re.compile(r"\b[a-z0-9+]+://[^\s'\"]+")
_SETTINGS = "endpoint_settings"
_PATH = re.compile(r"(?<![\w./<])/[^\s'\":,;]+/?[^\s'\":,;]*")
Outcome = Literal["succeeded", "partial", "failed", "waiting", "nothing"]


@dataclass
class Sent:
    """What became of one target at one endpoint.

    outcome: succeeded (all is there), partial (some rows are not), failed, waiting (nothing is due yet),
    nothing (nothing was asked for). counts: documents by what became of them.
    """

    endpoint: str
    target: str
    release: str
    outcome: Outcome = "nothing"
    counts: Counter[str] = field(default_factory=Counter)
    error: PlanwiseError | None = None
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As commands and reports print it."""
        return {
            "endpoint": self.endpoint,
            "target": self.target,
            "release": self.release,
            "outcome": self.outcome,
            "counts": {name: number for name, number in sorted(self.counts.items()) if number},
            "error": {"code": self.error.code, "message": self.error.message} if self.error else None,
            "notes": self.notes,
        }


@dataclass
class Sender:
    """Moves rows of one (endpoint, target) in the ledger; each call is one transaction."""

    ledger: Ledger
    run_id: str
    endpoint: Endpoint
    target: str
    clock: Callable[[], datetime]
    random: Uniform = random_module.uniform
    gate_run_id: str | None = None

    def rows(self) -> dict[str, Delivery]:
        """The ledger's rows by delivery key."""
        found = self.ledger.deliveries(target=self.target, endpoint=self.endpoint.name)
        return {row.delivery_key: row for row in found}

    def move(self, state: str, several: Iterable[Move], detail: dict[str, Any] | None = None) -> None:
        """Bring rows into a state."""
        some = list(several)
        if some:
            self.ledger.move(
                self.run_id, self.target, state, some, self.endpoint.name, self.gate_run_id, detail
            )

    def intend(self, out: Outgoing, entries: list[Entry], *states: str) -> None:
        """Take documents through states before the effect."""
        found = moves(out, entries)
        with self.ledger.transaction():
            for state in states:
                self.move(state, found)

    def withdraw(self, found: Compared, message: str) -> None:
        """Rows of documents that are in the release no more."""
        stuck = [Move(row.delivery_key) for row in found.withdrawn if row.state == "promoting"]
        self.move("pending", stuck)
        self.move("superseded", [Move(row.delivery_key, message=message) for row in found.withdrawn])

    def since(self, written_by: str) -> Since:
        """From when on the endpoint got what these settings make of documents; told in the ledger if it is
        now. What was confirmed before anybody told is taken for something else: sending again does no harm.
        """
        place = self.target, self.endpoint.name
        known = self.ledger.events(target=place[0], endpoint=place[1], kinds=(_SETTINGS,), limit=1)
        if not known or known[0].facts.get("written_by") != written_by:
            self.ledger.event(self.run_id, _SETTINGS, *place, detail={"written_by": written_by})
            known = self.ledger.events(target=place[0], endpoint=place[1], kinds=(_SETTINGS,), limit=1)
        return Since(known[0].seq, known[0].at)

    def settle(self, out: Outgoing, found: Compared) -> None:
        """Rows that hold what they should say so, whatever was wanted of them in between."""
        self.move("unchanged", moves(out, found.unchanged))

    def failed(self, keys: Iterable[str], error: PlanwiseError) -> dict[str, list[str]]:
        """Record a failure of the endpoint, not of the documents.

        Transient: each waits for its next attempt. Terminal: they go back to pending, since none of them is
        to blame, and the next send tries them again when the endpoint was mended.
        """
        some = sorted(keys)
        if not some:
            return {}
        said = self.clean(error.message)
        if error.kind != "transient":
            self.move("pending", [Move(key, code=error.code, message=said) for key in some])
            return {"pending": some}
        after = getattr(error, "retry_after", None)
        told = TransientDeliveryError(error.code, said, retry_after=after)
        return self.ledger.fail(
            self.run_id, self.target, some, told, self.endpoint.name, after, self.clock, self.random
        )

    def clean(self, text: str) -> str:
        """A message as the ledger may keep it: its rows are published, without secret, address or path."""
        hidden = self.endpoint.hidden_in(text).replace(self.endpoint.place, self.endpoint.name)
        return _PATH.sub("<path>", _ADDRESS.sub("<address>", hidden))
