"""A ledger whose clock stands still until it is told, and the moves that every test needs."""

from datetime import UTC, datetime, timedelta

from harness.ledger import Ledger, Move

START = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
TARGET = "navigator"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


def gate(rule: str = "P01", severity: str = "block", passed: bool = True) -> dict[str, object]:
    return {
        "rule": rule, "severity": severity, "passed": passed, "checkpoint": "marts", "sentence": "It holds.",
        "rows_checked": 3, "rows_failing": 0 if passed else 1,
        "findings": [{"client_id": "DM-1001", "message": "DM-1001 is wrong"}],
    }  # fmt: skip


def passed(ledger: Ledger, run_id: str = "r1") -> str:
    """A run whose gates were passed."""
    ledger.begin_run(run_id, "run", who="ana", versions={"planwise": "0.1"})
    ledger.record_gates(run_id, [gate(), gate("P02", "hold", passed=False)])
    ledger.pass_gates(run_id)
    return run_id


def document(number: int, version: int = 1) -> Move:
    """A document of one client; its checksum tells number and version."""
    return Move(
        f"k{number}",
        f"c{number:016x}",
        f"{version:032x}{number:032x}",
        f"{version + 100:032x}{number:032x}",
        100 + number,
        "r1",
    )


def through(
    ledger: Ledger, run_id: str, moves: list[Move], *states: str, target: str = TARGET, endpoint: str = ""
) -> None:
    """The moves through these states, one after the other."""
    for state in states or ("pending", "rendered", "promoting", "confirmed"):
        ledger.move(run_id, target, state, moves, endpoint)


def states(ledger: Ledger) -> dict[str, str]:
    """State by delivery key."""
    return {row.delivery_key: row.state for row in ledger.deliveries()}
