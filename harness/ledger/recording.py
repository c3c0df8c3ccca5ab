"""The ledger's records of runs, gates, artifacts and ends of targets; each with its event."""

import getpass
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from harness.errors import PlanwiseError, SourceError
from harness.ledger.database import Database
from harness.ledger.events import Chain, canonical
from harness.ledger.stamps import stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.ledger.moves import Move

RUN = (
    "run_id", "command", "status", "who", "why", "is_dry_run", "code_checksum", "input_checksum",
    "manifest_checksum", "versions", "seconds", "counts", "detail", "started_at", "ended_at", "exit_status",
    "error_code", "error_message",
)  # fmt: skip
_DESCRIBED = ("code_checksum", "input_checksum", "manifest_checksum", "why")
GATE = (
    "run_id", "position", "checkpoint", "rule", "expectation", "severity", "sentence", "rows_checked",
    "rows_failing", "is_passed",
)  # fmt: skip
TARGET_RUN = ("run_id", "target", "endpoint", "outcome", "error_code", "consecutive_failures", "ended_at")
ARTIFACT = ("run_id", "target", "endpoint", "kind", "path", "sha256", "bytes", "created_at")


class Recording:
    """Half of the façade: what is not a move of deliveries."""

    database: Database
    clock: "Callable[[], datetime]"
    scrub: "Callable[[str], str]"

    def _writing(self) -> AbstractContextManager[Chain]:
        raise NotImplementedError

    def _now(self) -> str:
        return stamp(self.clock())

    def _clean(self, value: Any) -> Any:
        """The value with every text in it scrubbed."""
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, Mapping):
            return {str(key): self._clean(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(inner) for inner in value]
        return value if value is None or isinstance(value, bool | int | float) else self.scrub(str(value))

    def _scrubbed(self, move: "Move") -> "Move":
        return replace(move, message=self.scrub(move.message)) if move.message else move

    def begin_run(
        self,
        run_id: str,
        command: str,
        who: str | None = None,
        why: str | None = None,
        versions: Mapping[str, Any] | None = None,
        code_checksum: str | None = None,
        is_dry_run: bool = False,
    ) -> None:
        """Record that a run begins: who (else the user's name), why (--because), which versions."""
        row = dict.fromkeys(RUN) | {
            "run_id": run_id,
            "command": command,
            "status": "running",
            "who": who or getpass.getuser(),
            "why": self.scrub(why) if why else None,
            "is_dry_run": int(is_dry_run),
            "code_checksum": code_checksum,
            "versions": canonical(self._clean(versions or {})),
            "seconds": "{}",
            "counts": "{}",
            "detail": "{}",
            "started_at": self._now(),
        }
        with self._writing() as chain:
            self.database.insert("run", RUN, [tuple(row.values())])
            self._run_event(chain, run_id, "run_begun")

    def describe_run(self, run_id: str, **columns: Any) -> None:
        """Add to a run's record: input_checksum, manifest_checksum, code_checksum, why are columns of their
        own, whatever else (data_as_of, rows, plan, ...) goes into its `detail`.
        """
        with self._writing() as chain:
            detail = self._run(run_id)["detail"]
            own = {name: self._clean(value) for name, value in columns.items() if name in _DESCRIBED}
            more = {name: self._clean(value) for name, value in columns.items() if name not in _DESCRIBED}
            own["detail"] = canonical(_read(detail) | more)
            self.database.update("run", ("run_id",), list(own), [(run_id, *own.values())])
            self._run_event(chain, run_id, "run_described")

    def end_run(
        self,
        run_id: str,
        status: str,
        exit_status: int,
        seconds: Mapping[str, float] | None = None,
        counts: Mapping[str, int] | None = None,
        error: PlanwiseError | None = None,
    ) -> None:
        """Record how a run ended: succeeded, partial, blocked, failed or locked, and its exit status."""
        columns = {
            "status": status,
            "exit_status": exit_status,
            "seconds": canonical(dict(seconds or {})),
            "counts": canonical(dict(counts or {})),
            "error_code": error.code if error else None,
            "error_message": self.scrub(error.message) if error else None,
            "ended_at": self._now(),
        }
        with self._writing() as chain:
            self._run(run_id)
            self.database.update("run", ("run_id",), list(columns), [(run_id, *columns.values())])
            self._run_event(chain, run_id, "run_ended")

    def _run(self, run_id: str) -> dict[str, Any]:
        rows = self.database.rows(f"select {', '.join(RUN)} from run where run_id = ?", (run_id,))
        if not rows:
            raise SourceError("no_such_run", f"the ledger has no run {run_id}", "begin_run comes first")
        return dict(zip(RUN, rows[0], strict=True))

    def _run_event(self, chain: Chain, run_id: str, kind: str) -> None:
        self._imaged(chain, run_id, kind, "run", self._run(run_id))

    def _imaged(
        self,
        chain: Chain,
        run_id: str,
        kind: str,
        table: str,
        row: Mapping[str, Any],
        target: str | None = None,
        endpoint: str = "",
    ) -> None:
        """An event that holds the row as it is now."""
        image = {name: value for name, value in row.items() if value is not None}
        chain.append(self._now(), run_id, kind, {"rows": {table: image}}, target, endpoint)

    def record_gates(self, run_id: str, results: Iterable[Mapping[str, Any]]) -> None:
        """Record every gate's result (GateResult mappings); findings, which name clients, are left out."""
        with self._writing() as chain:
            ((before,),) = self.database.rows("select count(*) from gate_result where run_id = ?", (run_id,))
            rows = [_gate(run_id, before + number, result) for number, result in enumerate(results, 1)]
            rows = [tuple(self._clean(value) for value in row) for row in rows]
            if rows:
                self.database.insert("gate_result", GATE, rows)
            images = [dict(zip(GATE, row, strict=True)) for row in rows]
            failed = sum(1 for row in images if row["severity"] == "block" and not row["is_passed"])
            detail = {"count": len(rows), "blocking_failed": failed, "rows": {"gate_results": images}}
            chain.append(self._now(), run_id, "gates_recorded", detail)

    def pass_gates(self, run_id: str) -> None:
        """Record that all gates of a run let it go on: only then its deliveries may have rows.

        The database refuses it (LedgerConflict `gate_not_passed`) when no gate was recorded, or a blocking
        one failed.
        """
        with self._writing() as chain:
            row = {"run_id": run_id, "passed_at": self._now()}
            self.database.insert("gate_pass", tuple(row), [tuple(row.values())])
            self._imaged(chain, run_id, "gates_passed", "gate_pass", row)

    def target_ended(
        self, run_id: str, target: str, endpoint: str, outcome: str, error_code: str | None = None
    ) -> int:
        """Record how a run ended for one receiver: succeeded, partial, failed or blocked.

        Returns how many runs in a row failed or were blocked for it, this one included; 0 when it went well.
        """
        with self._writing() as chain:
            found = self.database.rows(
                "select consecutive_failures from target_run where target = ? and endpoint = ?"
                " and run_id <> ? order by ended_at desc, run_id desc limit 1",
                (target, endpoint, run_id),
            )
            failures = (found[0][0] if found else 0) + 1 if outcome in ("failed", "blocked") else 0
            row = (run_id, target, endpoint, outcome, error_code, failures, self._now())
            known = self.database.execute(
                "delete from target_run where run_id = ? and target = ? and endpoint = ?", row[:3]
            )
            self.database.insert("target_run", TARGET_RUN, [row])
            image = dict(zip(TARGET_RUN, row, strict=True))
            kind = "target_ended_again" if known else "target_ended"
            self._imaged(chain, run_id, kind, "target_run", image, target, endpoint)
            return failures

    def artifact(
        self,
        run_id: str,
        target: str,
        endpoint: str,
        kind: str,
        path: str,
        sha256: str | None = None,
        bytes: int | None = None,
    ) -> None:
        """Record a file or folder that a run made: release, bundle, backup, published, state or report.

        `path` is relative to the home or to the folder of deliveries: an absolute one would tell the
        machine's user. Recorded again, it is replaced.
        """
        row = (run_id, target, endpoint, kind, str(path), sha256, bytes, self._now())
        with self._writing() as chain:
            self.database.execute(
                "delete from artifact where run_id = ? and target = ? and endpoint = ? and kind = ?"
                " and path = ?",
                row[:5],
            )
            self.database.insert("artifact", ARTIFACT, [row])
            image = dict(zip(ARTIFACT, row, strict=True))
            self._imaged(chain, run_id, "artifact", "artifact", image, target or None, endpoint)


def _read(text: str) -> dict[str, Any]:
    import json

    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _gate(run_id: str, position: int, result: Mapping[str, Any]) -> tuple[Any, ...]:
    name = result.get("name") or f"{str(result['rule']).lower()}_files"
    return (
        run_id, position, str(result.get("checkpoint") or ""), str(result["rule"]), str(name),
        result["severity"], str(result.get("sentence") or ""), result.get("rows_checked"),
        result.get("rows_failing"), int(bool(result["passed"])),
    )  # fmt: skip
