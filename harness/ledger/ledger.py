"""The façade of the ledger: the only thing that other parts use."""

import gc
import os
import random as random_module
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from harness.config import Settings, utc_now
from harness.errors import PlanwiseError, SourceError
from harness.ledger import reading
from harness.ledger.alerts import Alerts
from harness.ledger.backoff import Uniform, next_attempt
from harness.ledger.backups import backup_of
from harness.ledger.chain import Fault
from harness.ledger.compare import faults
from harness.ledger.database import HEAD, Database, Values
from harness.ledger.deliveries import Delivery
from harness.ledger.events import Chain, Event
from harness.ledger.migrations import migrate, version_of
from harness.ledger.moves import Move
from harness.ledger.moving import apply, read
from harness.ledger.rows import Moving
from harness.ledger.stamps import stamp

SETTING = "PLANWISE_LEDGER"
FILE = "ledger.sqlite"
Clock = Callable[[], datetime]


def open_ledger(settings: Settings, *, create: bool = True, clock: Clock = utc_now) -> "Ledger":
    """Open the ledger of a home, migrate an older one (after a verified backup), and return it.

    `<home>/ledger.sqlite`, or the PostgreSQL database that the environment variable PLANWISE_LEDGER names
    (`postgresql://...`). With `create` false an absent one is not made: SourceError `no_ledger_yet`, exit 2.
    Raises SourceError (exit 2) for a ledger of a newer planwise, for a file that is none, and for a wrong
    setting; LedgerBusy (transient) where it can't be reached. Use it as a context manager, or `close` it.
    """
    url = os.environ.get(SETTING, "").strip()
    database: Database
    if url:
        from harness.ledger.postgresql import PostgreSQL

        database = PostgreSQL(url, create)
    else:
        from harness.ledger.sqlite import SQLite

        path = settings.home / FILE
        if not create and not path.exists():
            raise _none_yet(str(path))
        database = SQLite(path)
    try:
        if not create and not version_of(database):
            raise _none_yet(database.name)
        migrate(database, stamp(clock()), backup_of(settings.home, clock()))
    except BaseException:
        database.close()
        raise
    return Ledger(database, clock)


def _none_yet(name: str) -> SourceError:
    return SourceError(
        "no_ledger_yet",
        f"there is no ledger {name}: nothing was recorded yet",
        "the first `planwise-export run SOURCE` makes it; --home names another home",
    )


class Ledger(Alerts):
    """An open ledger. Every method that writes is one transaction, or part of the one around it.

    `scrub`, if set, is applied to every text that comes from data or errors (messages, reasons): the ledger
    must never hold a client_id, a path or a secret. `name` says where the ledger is, without a password.
    """

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        """Take over an open, migrated database."""
        self.database = database
        self.name = database.name
        self.clock = clock
        self.scrub: Callable[[str], str] = lambda text: text
        self._chain: Chain | None = None

    def __enter__(self) -> Self:
        """Nothing more than the ledger."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the file or the server."""
        self.database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do several things as one: all of them are kept, or none. The only writer from its beginning on."""
        with self._writing():
            yield

    @contextmanager
    def _writing(self) -> Iterator[Chain]:
        if self._chain:
            yield self._chain
            # later statements of the same transaction read what was appended
            self._chain.flush()
            return
        with self.database.transaction():
            self._chain = Chain(self.database)
            try:
                yield self._chain
                self._chain.flush()
            finally:
                self._chain = None

    def move(
        self,
        run_id: str,
        target: str,
        state: str,
        moves: Iterable[Move],
        endpoint: str = "",
        gate_run_id: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> int:
        """Bring deliveries into a state; rows, events, attempts and retry queue in one transaction.

        `gate_run_id` is the run whose gates let the documents go out: by default this run, if it passed its
        gates, else what each row has. `detail` goes into the events. Returns how many rows changed: a move
        that says what is there already (unchanged, or held for the same reason) writes nothing. Raises
        IllegalMove, GateError `no_gate_pass`; nothing is written then. Not for retry_wait: that is `fail`.
        """
        if state == "retry_wait":
            raise ValueError("a delivery comes into retry_wait by fail(), which knows when to try again")
        asked = [self._scrubbed(move) for move in moves]
        with _uncollected(), self._writing() as chain:
            moving = Moving(
                run_id, target, endpoint, state, asked, self._now(), gate_run_id, self._clean(detail or {})
            )
            return len(apply(self.database, chain, moving))

    def fail(
        self,
        run_id: str,
        target: str,
        keys: Iterable[str],
        error: Exception,
        endpoint: str = "",
        retry_after: float | None = None,
        clock: Clock | None = None,
        random: Uniform = random_module.uniform,
    ) -> dict[str, list[str]]:
        """Record that deliveries failed; return the keys by the state that they are in now.

        A transient error: `retry_wait`, with the moment of the next attempt (exponential backoff, never
        before `retry_after` seconds), and `dead` at the eighth attempt in a row. Another one: `rejected`
        where the data have to change (SourceError, GateError), else `dead`; an error that nobody classed is
        terminal, and the message says so. `random` is uniform(low, high).
        """
        now = (clock or self.clock)()
        kind = getattr(error, "kind", None)
        code = error.code if isinstance(error, PlanwiseError) else "unclassified"
        message = error.message if isinstance(error, PlanwiseError) else _unclassified(error)
        done: dict[str, list[str]] = {}
        with self._writing() as chain:
            wanted = list(dict.fromkeys(keys))
            rows = read(self.database, target, endpoint, wanted)
            plan: dict[str, list[Move]] = {}
            due: dict[str, str] = {}
            for key in wanted:
                tried = rows[key].attempts + (rows[key].state != "promoting") if key in rows else 1
                again = next_attempt(tried, now, retry_after, random) if kind == "transient" else None
                if again:
                    due[key] = stamp(again)
                state = "retry_wait" if again else _given_up(error)
                plan.setdefault(state, []).append(Move(key, code=code, message=self.scrub(message)))
            for state, moves in plan.items():
                moving = Moving(run_id, target, endpoint, state, moves, stamp(now), next_attempts=due)
                done[state] = [row.delivery_key for row in apply(self.database, chain, moving)]
                chain.flush()
        return done

    def event(
        self,
        run_id: str,
        kind: str,
        target: str | None = None,
        endpoint: str = "",
        delivery_key: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> int:
        """Append an event to the chain; return its seq."""
        with self._writing() as chain:
            return chain.append(
                self._now(), run_id, kind, self._clean(detail or {}), target, endpoint, delivery_key
            )

    def deliveries(
        self,
        target: str | None = None,
        endpoint: str | None = None,
        client_ref: str | None = None,
        states: Iterable[str] | None = None,
    ) -> list[Delivery]:
        """The deliveries with all of these, by target, endpoint and key; null: whatever it is."""
        return reading.deliveries(self.database, target, endpoint, client_ref, states)

    def due(self, now: datetime | None = None) -> list[Delivery]:
        """Deliveries whose next attempt is due, the longest waiting first."""
        return reading.due(self.database, stamp(now or self.clock()))

    def runs(self, since: str | None = None) -> list[dict[str, Any]]:
        """The runs that began at or after `since` (ISO 8601), oldest first; JSON columns are read."""
        return reading.runs(self.database, since)

    def events(
        self,
        run_id: str | None = None,
        target: str | None = None,
        endpoint: str | None = None,
        delivery_key: str | None = None,
        kinds: Sequence[str] | None = None,
        since: str | None = None,
        limit: int | None = None,
    ) -> list[Event]:
        """Events with all of these, in the order of the chain; with `limit` the last ones."""
        return reading.events(
            self.database,
            {"run_id": run_id, "target": target, "endpoint": endpoint, "delivery_key": delivery_key},
            kinds,
            since,
            limit,
        )

    def alerts(self, open_only: bool = False) -> list[dict[str, Any]]:
        """Alerts, oldest first; `open_only`: those from which nobody has recovered."""
        where = "where recovered_at is null " if open_only else ""
        return self.query(f"select * from alert {where}order by raised_at, alert_id")

    def query(self, sql: str, values: Values = ()) -> list[dict[str, Any]]:
        """Ask anything, read-only (`?` for values); what would write is refused by the database."""
        names, rows = self.database.columns(sql, values)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def head(self) -> tuple[int, str]:
        """Seq and hash of the last event: noted elsewhere, it proves later that nothing was cut off."""
        ((seq, hashed),) = self.database.rows(HEAD)
        return seq, hashed

    def verify_chain(self) -> list[Fault]:
        """Every fault of the chain, and every row that is not what the last event about it says.

        Each names seq, table, key and column. Empty where all is well.
        """
        return list(faults(self.database))


@contextmanager
def _uncollected() -> Iterator[None]:
    """A move makes many small rows and no cycles: looking for garbage among them is a fifth of its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _given_up(error: Exception) -> str:
    from harness.errors import GateError

    return "rejected" if isinstance(error, SourceError | GateError) else "dead"


def _unclassified(error: Exception) -> str:
    return f"unclassified, so taken as terminal: {type(error).__name__}: {error}"
