"""A small layer over SQLite and PostgreSQL: the same SQL, bound parameters, one writer at a time.

SQL is written with `?`, and holds no literal `?` or `%`. Nothing here knows a table of the ledger but
`event_head`, which a writing transaction locks.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol

from harness.errors import DeliveryError, Kind, PlanwiseError

Values = Sequence[Any]
HEAD = "select seq, hash from event_head where id = 1"


class LedgerBusy(PlanwiseError):
    """The ledger can't be reached, or somebody else is writing for too long: later it may work."""

    kind: ClassVar[Kind] = "transient"
    default_exit_status = 5


class LedgerConflict(DeliveryError):
    """A constraint or trigger of the ledger refused what was to be written; nothing of it was."""


class Database(Protocol):
    """What both backends offer."""

    dialect: str
    name: str
    """Where it is, for messages; never with a password."""

    def rows(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """All rows of a question."""

    def stream(self, sql: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        """The rows one after the other, without holding them all."""

    def columns(self, sql: str, values: Values = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Names of the columns, and all rows; refused by the database where it would write."""

    def execute(self, sql: str, values: Values = ()) -> int:
        """Do one statement; return the number of rows it touched."""

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Insert many rows, fast."""

    def update(self, table: str, key: Sequence[str], columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Update many rows; each holds the values of `key`, then those of `columns`."""

    def delete(self, table: str, key: Sequence[str], rows: Sequence[Values]) -> None:
        """Delete many rows by key."""

    def transaction(self) -> AbstractContextManager[None]:
        """A context manager: one writer at a time, all or nothing."""

    def script(self, text: str) -> None:
        """Do several statements inside a transaction (migrations)."""

    def tables(self) -> set[str]:
        """Names of the tables that are there."""

    def close(self) -> None:
        """Let go."""


def classed(text: str) -> PlanwiseError | None:
    """The named error for what a trigger said; null when it was none of ours."""
    from harness.ledger.moves import IllegalMove

    found = re.search(r"(illegal_move|gate_not_passed|append_only): ([^\n]*)", text)
    if not found:
        return None
    code, message = found.groups()
    if code == "illegal_move":
        return IllegalMove(code, f"the ledger refused a move: {message}", "nothing was written; report this")
    hints = {
        "gate_not_passed": "no delivery row without a passed gate of the same run: run the gates first",
        "append_only": "the audit trail only grows; nothing was written",
    }
    return LedgerConflict(code, f"the ledger refused it: {message}", hints[code])


def chunks(rows: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    """Slices of at most `size`."""
    return (rows[start : start + size] for start in range(0, len(rows), size))
