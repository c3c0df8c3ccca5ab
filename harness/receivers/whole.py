"""A whole release to an endpoint: all or nothing, intent before the switch, confirmed after it."""

from harness.errors import DeliveryError, PlanwiseError
from harness.ledger import Move
from harness.receivers import ReleaseReceiver
from harness.receivers.comparing import Asked, Compared
from harness.receivers.outgoing import Outgoing
from harness.receivers.sender import Sender, Sent


def send_release(
    sender: Sender, receiver: ReleaseReceiver, out: Outgoing, found: Compared, asked: Asked, sent: Sent
) -> None:
    """Bring the release there if anything of it is not, or if another one is current there."""
    if not _is_wanted(found, asked):
        rest = found.waiting or found.given_up
        sent.outcome = "waiting" if rest else "nothing" if found.left else "succeeded"
        if not rest and not found.left and not asked.only_due:
            _look(sender, receiver, out, found, sent)
        _count(sent, found)
        return
    _bring(sender, receiver, out, found, sent)


def _is_wanted(found: Compared, asked: Asked) -> bool:
    if asked.keys or asked.only_due:
        return found.is_asked
    return bool(found.is_asked or found.withdrawn or asked.again)


def _look(sender: Sender, receiver: ReleaseReceiver, out: Outgoing, found: Compared, sent: Sent) -> None:
    """All documents are there, says the ledger: is this the current release there, too?"""
    try:
        there = receiver.current(out.target)
    except PlanwiseError as error:
        sent.outcome, sent.error = "failed", error
        return
    if there == out.run_id:
        sender.settle(out, found)
    else:
        if there:
            sent.notes.append(f"{there} was current there")
        _bring(sender, receiver, out, found, sent)


def _bring(sender: Sender, receiver: ReleaseReceiver, out: Outgoing, found: Compared, sent: Sent) -> None:
    entries = found.differing
    keys = [entry.delivery_key for entry in entries]
    sender.intend(out, entries, "pending")
    try:
        out.check()
        receiver.put(out)
        sender.intend(out, entries, "rendered", "promoting")
        receiver.switch(out.target, out.run_id)
        there = receiver.current(out.target)
        if there != out.run_id:
            raise DeliveryError(
                "not_switched",
                f"{sender.endpoint.name}: {out.target} was switched to {out.run_id}, but {there} is current",
                "somebody else switches there, too: give planwise a place of its own",
            )
    except PlanwiseError as error:
        sent.outcome, sent.error = "failed", error
        for state, some in sender.failed(keys, error).items():
            sent.counts[state] += len(some)
        sent.counts["unchanged"] += len(found.unchanged)
        return
    confirm(sender, out, keys, found)
    sent.outcome = "succeeded"
    sent.counts.update(confirmed=len(entries), unchanged=len(found.unchanged), deleted=len(found.withdrawn))


def confirm(sender: Sender, out: Outgoing, keys: list[str], found: Compared | None = None) -> None:
    """The release is there and current: say so of every document, and of the release."""
    with sender.ledger.transaction():
        sender.move("confirmed", [Move(key) for key in keys])
        if found:
            sender.settle(out, found)
            sender.withdraw(found, "not in the release any more")
        manifest = out.all_files["MANIFEST.json"]
        sender.ledger.artifact(
            sender.run_id,
            out.target,
            sender.endpoint.name,
            "release",
            f"releases/{out.run_id}",
            manifest.sha256,
            manifest.bytes,
        )


def reconcile_release(
    sender: Sender, receiver: ReleaseReceiver, out: Outgoing | None, keys: list[str]
) -> bool:
    """Rows that a killed run left on their way: finished if their release is current there and whole, else
    put back. Returns whether they were finished; raises when it can't be asked, and they stay as they are.
    """
    is_there = out is not None and receiver.current(out.target) == out.run_id and not receiver.verify(out)
    if out is not None and is_there:
        confirm(sender, out, keys)
    else:
        sender.move("pending", [Move(key, message="a run was stopped before the switch") for key in keys])
    return is_there


def _count(sent: Sent, found: Compared) -> None:
    if sent.outcome == "failed" or sent.counts:
        return
    sent.counts.update(
        unchanged=len(found.unchanged),
        waiting=len(found.waiting),
        given_up=len(found.given_up),
        not_asked=len(found.left),
    )
