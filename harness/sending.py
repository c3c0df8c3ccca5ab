"""Endpoints get what they have not: our verified releases against what the ledger says that each one holds.

A step of its own after our own delivery: what fails here undoes nothing there.
"""

import random as random_module
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from datetime import datetime

import exporters
from harness.config import Settings, utc_now
from harness.errors import PlanwiseError, SourceError
from harness.ledger import Delivery, Ledger
from harness.ledger.backoff import Uniform
from harness.manifest import read_manifest
from harness.receivers.comparing import ALWAYS, Asked, compared
from harness.receivers.endpoint import REPORTS
from harness.receivers.opening import release_receiver, row_receiver
from harness.receivers.outgoing import Outgoing, current_release, outgoing
from harness.receivers.sender import Sender, Sent
from harness.receivers.settings import chosen
from harness.receivers.settings import endpoints as endpoints_of
from harness.receivers.single import reconcile_rows, send_rows
from harness.receivers.verifying import verify_endpoints
from harness.receivers.whole import reconcile_release, send_release

__all__ = ["Sent", "exit_status", "known", "send_all", "verify_endpoints"]


def send_all(
    settings: Settings,
    ledger: Ledger,
    run_id: str,
    targets: Collection[str] | None = None,
    endpoints: Sequence[str] | None = None,
    keys: Collection[str] | None = None,
    only_due: bool = False,
    again: bool = False,
    clock: Callable[[], datetime] = utc_now,
    random: Uniform = random_module.uniform,
) -> list[Sent]:
    """Send to every endpoint what it has not, target by target; one that fails keeps no other from its own.

    `run_id` is a run of the ledger. `targets` and `endpoints`: only these; `keys`: only these documents or
    clients; `only_due`: only what failed before and is due; `again`: what failed before whatever its time is,
    and what was given up. Rows that a killed run left on their way are looked up at the receiver first.
    Raises SourceError for settings that can't be; whatever an endpoint does is in what is returned.
    """
    asked = Asked(frozenset(keys or ()), only_due, again)
    found = []
    for endpoint in chosen(endpoints_of(settings), endpoints or ()):
        for target in endpoint.targets:
            if target != REPORTS and (targets is None or target in targets):
                sender = Sender(ledger, run_id, endpoint, target, clock, random)
                found.append(_send(settings, sender, asked))
    return found


def exit_status(found: Collection[Sent]) -> int:
    """0: everything is where it should be; 3: some documents are not; 5: an endpoint failed."""
    outcomes = {one.outcome for one in found}
    return 5 if "failed" in outcomes else 3 if outcomes & {"partial", "waiting"} else 0


def known(settings: Settings, keys: Collection[str]) -> None:
    """Refuse a key that is in no current release: SourceError `unknown_key`."""
    names: set[str] = set()
    for target in exporters.names() if keys else ():
        folder = current_release(settings, target)
        if folder:
            for entry in read_manifest(folder).documents:
                names |= {entry.delivery_key, entry.client_ref}
    for key in keys:
        if key not in names:
            raise SourceError(
                "unknown_key",
                f"{key!r} is neither a delivery key nor a client_ref of what is delivered",
                "`planwise-export status` lists them",
            )


def _send(settings: Settings, sender: Sender, asked: Asked) -> Sent:
    sent = Sent(sender.endpoint.name, sender.target, "")
    try:
        out = outgoing(settings, sender.target)
        if out is None:
            sent.notes.append("nothing of it was delivered to our own folder yet")
            return sent
        sent.release = out.run_id
        sender.gate_run_id = _gate(sender.ledger, out)
        _one(settings, sender, out, asked, sent)
    except PlanwiseError as error:
        sent.outcome, sent.error = "failed", error
    if sent.outcome not in ("waiting", "nothing"):
        code = sent.error.code if sent.error else None
        sender.ledger.target_ended(sender.run_id, sender.target, sender.endpoint.name, sent.outcome, code)
    return sent


def _one(settings: Settings, sender: Sender, out: Outgoing, asked: Asked, sent: Sent) -> None:
    endpoint = sender.endpoint
    if endpoint.takes_releases:
        with closing(release_receiver(endpoint, settings)) as whole:
            rows = sender.rows()
            left = _left_on_the_way(rows)
            for release, keys in left.items():
                before = outgoing(settings, sender.target, release) if release else None
                done = "finished" if reconcile_release(sender, whole, before, keys) else "put back"
                sent.notes.append(f"{len(keys)} left by a killed run: {done}")
            found = compared(out, sender.rows() if left else rows, sender.clock(), asked)
            send_release(sender, whole, out, found, asked, sent)
        return
    single = row_receiver(endpoint, settings)
    try:
        rows = sender.rows()
        stopped = [key for keys in _left_on_the_way(rows).values() for key in keys]
        if stopped:
            there, back = reconcile_rows(sender, single, out, stopped)
            sent.notes.append(f"{len(stopped)} left by a killed run: {there} finished, {back} put back")
            rows = sender.rows()
        written_by = getattr(single, "written_by", "")
        since = sender.since(written_by) if written_by else ALWAYS
        send_rows(sender, single, out, compared(out, rows, sender.clock(), asked, since), sent)
    finally:
        close = getattr(single, "close", None)
        if close:
            close()


def _left_on_the_way(rows: Mapping[str, Delivery]) -> dict[str, list[str]]:
    """Keys of rows left `promoting`, by release."""
    found: dict[str, list[str]] = {}
    for key, row in rows.items():
        if row.state == "promoting":
            found.setdefault(row.release or "", []).append(key)
    return found


def _gate(ledger: Ledger, out: Outgoing) -> str | None:
    """The run whose gates let this release out; null: the present run's, or each row's own.

    Not always the one that made it: `export` delivers again what an earlier run published.
    """
    passed = ledger.query("select run_id from gate_pass where run_id = ?", (out.run_id,))
    if passed:
        return out.run_id
    known = ledger.query(
        "select gate_run_id from delivery where target = ? and confirmed_release = ?"
        " order by updated_at desc limit 1",
        (out.target, out.run_id),
    )
    return str(known[0]["gate_run_id"]) if known else None
