"""One gate worker for many runs: Great Expectations is imported once. After one that died comes another."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from harness.errors import GateError
from harness.run import GateWorker

MOST = 500
"""Runs that one worker serves: whatever a library keeps of each does not add up for ever."""


class Worker(GateWorker, Protocol):
    """What is needed of harness.gate.client.Gate."""

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked."""


class KeptGate:
    """Has a worker, and lends it to a run: `execute(..., open_gate=kept.lend)`."""

    def __init__(self, open_gate: Callable[[], Worker], most: int = MOST) -> None:
        self._open = open_gate
        self._most = most
        self._worker: Worker | None = open_gate()
        self._served = 0

    def lend(self) -> "KeptGate":
        """Itself, with a worker that lives; a run's `close` lets it live on."""
        if self._worker and (self._served >= self._most or not self._worker.is_alive):
            self.end()
        if self._worker is None:
            self._worker, self._served = self._open(), 0
        return self

    def check(self, warehouse: Path, **asked: Any) -> dict[str, Any]:
        """Ask the worker; if it dies of it, a new one is asked the same once."""
        self._served += 1
        try:
            return self._alive().check(warehouse, **asked)
        except GateError as error:
            if error.code != "gate_died":
                raise
        self.end()
        return self._alive().check(warehouse, **asked)

    def close(self) -> None:
        """The run is over: nothing to do."""

    def end(self) -> None:
        """Let the worker go."""
        if self._worker:
            self._worker.close()
            self._worker = None

    def _alive(self) -> Worker:
        if self._worker is None:
            self._worker, self._served = self._open(), 1
        return self._worker
