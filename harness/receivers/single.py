"""Documents one by one to an endpoint: intent first, each result kept as it comes, the rest goes on."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator

from harness.errors import PlanwiseError, TransientDeliveryError
from harness.ledger import Move
from harness.manifest import Entry
from harness.receivers import OutRow, RowReceiver, RowResult
from harness.receivers.comparing import Compared
from harness.receivers.outgoing import Outgoing
from harness.receivers.sender import Sender, Sent

_TOGETHER = 200
_SECONDS = 1.0
"""So many results, or what came in so many seconds, are kept in one transaction."""


def send_rows(sender: Sender, receiver: RowReceiver, out: Outgoing, found: Compared, sent: Sent) -> None:
    """Send what is new, changed or due. One that fails keeps no other."""
    with sender.ledger.transaction():
        sender.settle(out, found)
        sender.withdraw(found, "withdrawn here; the receiver keeps what it has")
    if found.withdrawn:
        sent.notes.append(f"{len(found.withdrawn)} withdrawn here are left there as they are")
        sent.counts["left_there"] = len(found.withdrawn)
    entries = sorted((*found.fresh, *found.due), key=lambda one: one.delivery_key)
    rest = len(found.waiting) + len(found.given_up)
    sent.counts.update(
        unchanged=len(found.unchanged),
        waiting=len(found.waiting),
        given_up=len(found.given_up),
        not_asked=len(found.left),
    )
    if not entries:
        sent.outcome = "waiting" if rest else "nothing" if found.left else "succeeded"
        return
    sender.intend(out, entries, "pending", "rendered", "promoting")
    open_keys = {entry.delivery_key for entry in entries}
    try:
        for some in _batches(receiver.send(out.target, out_rows(out, entries))):
            _keep(sender, [one for one in some if one.delivery_key in open_keys], sent)
            open_keys -= {one.delivery_key for one in some}
        if open_keys:
            raise TransientDeliveryError(
                "no_result", f"{sender.endpoint.name}: {len(open_keys)} documents got no answer", "send again"
            )
    except PlanwiseError as error:
        sent.error = error
        for state, keys in sender.failed(open_keys, error).items():
            sent.counts[state] += len(keys)
    is_whole = sent.counts["confirmed"] == len(entries) and not rest
    sent.outcome = "failed" if sent.error else "succeeded" if is_whole else "partial"


def out_rows(out: Outgoing, entries: Iterable[Entry]) -> list[OutRow]:
    """The documents with their bytes."""
    return [
        OutRow(one.delivery_key, one.client_ref, out.content(one.path), one.document_checksum, out.run_id)
        for one in entries
    ]


def reconcile_rows(
    sender: Sender, receiver: RowReceiver, out: Outgoing | None, keys: list[str]
) -> tuple[int, int]:
    """Rows that a killed run left on their way: what the receiver shows as it is now is confirmed, the others
    are put back. A receiver that can't be read back keeps a journal of its own, and takes the same document
    twice as once. Returns how many were finished, and how many put back.
    """
    entries = {one.delivery_key: one for one in out.entries} if out else {}
    rows = sender.rows()
    same = [
        entries[key]
        for key in keys
        if key in entries and rows[key].document_checksum == entries[key].document_checksum
    ]
    confirmed: list[Move] = []
    check = getattr(receiver, "check", None)
    if check and out and same:
        confirmed = [
            Move(one.delivery_key)
            for one in check(out.target, out_rows(out, same))
            if one.outcome == "confirmed"
        ]
    there = {move.delivery_key for move in confirmed}
    with sender.ledger.transaction():
        sender.move("confirmed", confirmed)
        back = [Move(key, message="a run was stopped on the way") for key in keys if key not in there]
        sender.move("pending", back)
    return len(confirmed), len(back)


def _batches(results: Iterator[RowResult]) -> Iterator[list[RowResult]]:
    some: list[RowResult] = []
    begun = time.monotonic()
    try:
        for one in results:
            some.append(one)
            if len(some) >= _TOGETHER or time.monotonic() - begun >= _SECONDS:
                yield some
                some, begun = [], time.monotonic()
    except PlanwiseError:
        # what came before the error is kept first
        if some:
            yield some
        raise
    if some:
        yield some


def _keep(sender: Sender, results: list[RowResult], sent: Sent) -> None:
    """Record results, all in one transaction."""
    done = [one for one in results if one.outcome == "confirmed"]
    rejected = [one for one in results if one.outcome == "rejected"]
    again: dict[tuple[str, str, float | None], list[str]] = defaultdict(list)
    for one in results:
        if one.outcome == "retry":
            again[one.code or "retry", one.message or "", one.retry_after].append(one.delivery_key)
    with sender.ledger.transaction():
        ids = {one.delivery_key: one.receiver_id for one in done if one.receiver_id}
        sender.move(
            "confirmed", [Move(one.delivery_key) for one in done], {"receiver_ids": ids} if ids else None
        )
        sender.move(
            "rejected",
            [
                Move(one.delivery_key, code=one.code, message=sender.clean(one.message or ""))
                for one in rejected
            ],
        )
        for (code, message, after), keys in again.items():
            error = TransientDeliveryError(code, message, retry_after=after)
            for state, some in sender.failed(keys, error).items():
                sent.counts[state] += len(some)
    sent.counts["confirmed"] += len(done)
    sent.counts["rejected"] += len(rejected)
