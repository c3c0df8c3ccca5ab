"""Who goes out and who waits, by the gates' findings alone: one place, so that report, marts and release
agree.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from harness.errors import GateError

if TYPE_CHECKING:
    from exporters import Target
    from harness.warehouse import Row

GateResult = Mapping[str, Any]
"""One result of harness.gate.findings: rule, checkpoint, severity, sentence, rows_failing, passed, findings,
...
"""

_REASON = ("rule", "field", "raw", "code", "message", "resolve", "target")
_WARNING = ("rule", "field", "message")


@dataclass(slots=True)
class Client:
    """One source row with a usable id, and what becomes of it.

    status: exportable until it is decided, then exported, held or rejected. client_ref is null only while
    nothing was ever built for the client.
    """

    client_id: str
    client_ref: str | None
    status: str = "exportable"
    documents: list[str] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    held_for: set[str] = field(default_factory=set)
    """Targets that the client is held for, where it isn't held for all."""

    def hold(self, reason: Mapping[str, Any], status: str = "held") -> None:
        """Leave the client out, for one more reason; `status` is held or rejected."""
        self.status = status
        self.documents = []
        self.reasons.append({key: reason.get(key) for key in _REASON})

    def hold_for(self, target: str, reason: Mapping[str, Any]) -> None:
        """Leave the client out of one target, for one more reason."""
        self.held_for.add(target)
        self.reasons.append({key: reason.get(key) for key in _REASON})

    def refuse(self, target: str, reason: Mapping[str, Any], targets: Collection[str]) -> None:
        """Leave the client out of a target that has no right document of it; of all, if it is the last."""
        if set(targets) - self.held_for <= {target}:
            self.hold(reason, status="rejected")
        else:
            self.hold_for(target, {**reason, "target": target})

    def goes_to(self, target: str) -> bool:
        """Tell whether nothing holds the client back from this target."""
        return self.status in ("exportable", "exported") and target not in self.held_for

    def as_json(self) -> dict[str, Any]:
        """The client's entry in report.json."""
        names = ("client_id", "client_ref", "status", "documents", "warnings", "reasons")
        return {name: getattr(self, name) for name in names}


def _sentence(result: GateResult) -> str:
    findings = result["findings"]
    first = f"; first: {findings[0]['message']}" if findings and findings[0].get("message") else ""
    share = f"{result['rows_failing']} of {result['rows_checked']} rows"
    return f"{result['rule']} ({share}): {result['sentence']}{first}"


def require(checkpoint: str, results: Iterable[GateResult]) -> None:
    """Raise GateError when a rule that blocks failed, when a check could not be run, or when nothing was
    checked.

    An expectation that raised has checked nothing, so it blocks whatever its severity.
    """
    results = list(results)
    if not results:
        raise GateError(
            "empty_gate", f"the {checkpoint} gate returned no result", "look at tests/expectations/"
        )
    for result in results:
        if result["exception"]:
            raise GateError(
                "gate_broken",
                f"{result['rule']} could not be checked at {result['relation']}: {result['exception']}",
                "mend the suite or the model it reads; a check that can't run is never taken as passed",
            )
    blocking = [result for result in results if not result["passed"] and result["severity"] == "block"]
    if blocking:
        more = f" (and {len(blocking) - 1} more)" if len(blocking) > 1 else ""
        hint = next((f.get("resolve") for f in blocking[0]["findings"] if f.get("resolve")), None)
        raise GateError(
            f"blocked_{blocking[0]['rule'].lower()}",
            _sentence(blocking[0]) + more,
            hint or "nothing was published and what was published stays; correct the source and run again",
        )


class Clients:
    """All clients of a load, found by client_ref or by client_id."""

    def __init__(self, clients: Iterable[Client], rejected_ids: Iterable[str | None] = ()) -> None:
        self._all = list(clients)
        self.by_ref = {client.client_ref: client for client in self._all if client.client_ref}
        self.by_id = {client.client_id: client for client in self._all}
        self._rejected = frozenset(rejected_ids)

    def __iter__(self) -> Iterator[Client]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def take_warnings(self, target: "Target", rows: Iterable["Row"]) -> None:
        """Give every client the warnings that stand in its documents; they include the gates'."""
        for row in rows:
            client = self.by_ref[row.client_ref]
            for warning in target.block(orjson.loads(row.document))["warnings"]:
                entry = {key: warning.get(key) for key in _WARNING}
                if entry not in client.warnings:
                    client.warnings.append(entry)

    def apply(self, results: Iterable[GateResult], targets: Collection[str]) -> None:
        """Give every hold and warning of the gates to its client.

        A finding for one target holds the client for that target, and altogether when no other was asked for;
        one for a target that nobody asked for is left alone. A failed hold that names nobody can't be
        honoured, so it blocks: GateError `unattributed`.
        """
        for result in results:
            if result["passed"] or result["severity"] == "block":
                continue
            named = [self._give(result, found, targets) for found in result["findings"]]
            if result["severity"] == "hold" and not all(named or [False]):
                raise GateError(
                    "unattributed",
                    f"{_sentence(result)} - but not every failing row names a client that was read",
                    "the suite's query must return client_ref or client_id for each row that fails",
                )

    def _give(self, result: GateResult, found: Mapping[str, Any], targets: Collection[str]) -> bool:
        client_id = str(found.get("client_id") or "").strip()
        client = self.by_ref.get(str(found.get("client_ref"))) or self.by_id.get(client_id)
        if client is None:
            # rows without a usable id are counted as rejected already; a hold on one of them changes nothing
            return client_id in self._rejected if client_id else found.get("row_number") is not None
        entry = {**found, "rule": result["rule"]}
        target = found.get("target")
        if result["severity"] == "warn":
            client.warnings.append({key: entry.get(key) for key in _WARNING})
        elif target is None or {target} == set(targets) - client.held_for:
            client.hold(entry)
        elif target in targets:
            client.hold_for(target, entry)
        return True
