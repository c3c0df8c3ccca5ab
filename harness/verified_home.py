"""All of `verify`: out folder, published marts, state, the ledger's chain, and remote receivers."""

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import ExitStack

from harness.config import Settings
from harness.errors import PlanwiseError
from harness.files import sha256_of_file
from harness.ledger import Ledger, open_ledger
from harness.lock import run_lock
from harness.recorded import known_endpoint
from harness.verified import REPAIR, Fault, Verified, places, verify_place
from harness.warehouse import opened, tables


def verify_all(settings: Settings) -> Verified:
    """Compare everything with everything that tells of it; under the locks, and without writing.

    Raises SourceError `no_ledger_yet`, LockedError while a run is at work.
    """
    with ExitStack() as held:
        ledger = looking(settings, held)
        found = Verified()
        endpoint = known_endpoint(ledger, settings.home, settings.out)
        for place in places(settings, ledger, endpoint):
            verify_place(settings, place, found)
        found.faults += [
            *_published(settings, ledger, found),
            *_state(settings, found),
            *_chain(ledger, found),
            *_endpoints(settings, ledger),
        ]
    return found


def looking(settings: Settings, held: ExitStack) -> Ledger:
    """Open the ledger while nobody works in the home or the out folder; no file is made."""
    for lock in (settings.lock, settings.out_lock):
        if lock.exists():
            held.enter_context(run_lock(lock, "verify"))
    return held.enter_context(open_ledger(settings, create=False))


def _published(settings: Settings, ledger: Ledger, found: Verified) -> Iterator[Fault]:
    """The published files against the checksums that the ledger has of them."""
    recorded = ledger.query(
        "select run_id, path, sha256 from artifact where kind = 'published' order by created_at, run_id"
    )
    by_checksum = {row["sha256"]: row["run_id"] for row in recorded}
    for row in recorded:
        path = settings.home / row["path"]
        if path.is_file():
            found.count("published")
            if sha256_of_file(path) != row["sha256"]:
                yield Fault(
                    "published",
                    row["path"],
                    "is not what was published: its SHA-256 differs from the ledger's",
                )
    if not recorded:
        return
    if not settings.current.is_file():
        yield Fault("published", "published/current.duckdb", "is not there, and marts were published")
    elif sha256_of_file(settings.current) not in by_checksum:
        yield Fault("published", "published/current.duckdb", "is none of the files that were published")


def _state(settings: Settings, found: Verified) -> Iterator[Fault]:
    hint = "`planwise-export state list` has its backups, `state restore BACKUP` puts one back"
    if not settings.state.exists():
        yield Fault("state", settings.state.name, "is not there", hint)
        return
    try:
        with opened(settings.state) as connection:
            if "client_ref" not in tables(connection):
                yield Fault("state", settings.state.name, "has no table client_ref", hint)
    except PlanwiseError as error:
        yield Fault("state", settings.state.name, f"can't be opened: {error.message}", hint)
    found.count("state")


def _chain(ledger: Ledger, found: Verified) -> Iterator[Fault]:
    found.count("events", ledger.head()[0])
    for fault in ledger.verify_chain():
        is_row = fault.table == "delivery"
        hint = (
            REPAIR if is_row else f"nothing can mend it; backups of {ledger.name} are in the folder backups"
        )
        yield Fault("ledger_row" if is_row else "chain", "ledger", str(fault), hint)


def _endpoints(settings: Settings, ledger: Ledger) -> Iterator[Fault]:
    """Remote receivers, where this planwise has them."""
    if importlib.util.find_spec("harness.sending") is None:
        return
    verify_endpoints = getattr(importlib.import_module("harness.sending"), "verify_endpoints", None)
    for said in verify_endpoints(settings, ledger) if verify_endpoints else ():
        yield Fault("endpoint", "endpoint", str(said), "`planwise-export retry --all` sends it again")
