"""Endpoints get what they have not: our verified releases against what the ledger says that each one holds.

A step of its own after our own delivery: what fails here undoes nothing there.
"""

import random as random_module
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import exporters
from harness.config import Settings, utc_now
from harness.errors import PlanwiseError, SourceError
from harness.ledger import Ledger
from harness.ledger.backoff import Uniform
from harness.manifest import read_manifest
from harness.receivers.comparing import Asked, compared
from harness.receivers.endpoint import REPORTS
from harness.receivers.opening import release_receiver, row_receiver
from harness.receivers.outgoing import Outgoing, current_release, outgoing
from harness.receivers.sender import Sender, Sent
from harness.receivers.settings import chosen
from harness.receivers.settings import endpoints as endpoints_of
from harness.receivers.single import reconcile_rows, send_rows
from harness.receivers.whole import reconcile_release, send_release


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
        whole = release_receiver(endpoint, settings)
        for release, keys in _left_on_the_way(sender).items():
            before = outgoing(settings, sender.target, release) if release else None
            is_there = reconcile_release(sender, whole, before, keys)
            sent.notes.append(f"{len(keys)} left by a killed run: {'finished' if is_there else 'put back'}")
        send_release(sender, whole, out, compared(out, sender.rows(), sender.clock(), asked), asked, sent)
        return
    single = row_receiver(endpoint, settings)
    try:
        left = [key for keys in _left_on_the_way(sender).values() for key in keys]
        if left:
            done = reconcile_rows(sender, single, out, left)
            sent.notes.append(
                f"{len(left)} left by a killed run: {done['finished']} finished, {done['put_back']} put back"
            )
        send_rows(sender, single, out, compared(out, sender.rows(), sender.clock(), asked), sent)
    finally:
        close = getattr(single, "close", None)
        if close:
            close()


def _left_on_the_way(sender: Sender) -> dict[str, list[str]]:
    """Keys of rows left `promoting`, by release."""
    found: dict[str, list[str]] = {}
    for key, row in sender.rows().items():
        if row.state == "promoting":
            found.setdefault(row.release or "", []).append(key)
    return found


def _gate(ledger: Ledger, out: Outgoing) -> str | None:
    """The run whose gates let this release out; null: the present run's, or each row's own."""
    passed = ledger.query("select run_id from gate_pass where run_id = ?", (out.run_id,))
    return out.run_id if passed else None
