"""A delivery's row, and what a move makes of it: the one place that says which column a state changes."""

from typing import NamedTuple

from harness.ledger.moves import CONFIRMED, IN_FLIGHT, NEW, IllegalMove, Move


class Delivery(NamedTuple):
    """One document for one receiver: where it stands, what is under way, what the receiver holds."""

    target: str
    endpoint: str
    delivery_key: str
    client_ref: str
    state: str
    from_state: str
    """The settled state that the present operation began from; `new` for the first."""
    action: str
    """insert, update, retry, delete, withdraw, hold, reject, rollback; none for unchanged."""
    run_id: str
    """The run that moved it last."""
    gate_run_id: str
    document_checksum: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    release: str | None = None
    confirmed_checksum: str | None = None
    confirmed_sha256: str | None = None
    confirmed_bytes: int | None = None
    confirmed_release: str | None = None
    confirmed_run_id: str | None = None
    confirmed_at: str | None = None
    attempts: int = 0
    """Attempts in a row to deliver this document."""
    next_attempt_at: str | None = None
    code: str | None = None
    message: str | None = None
    updated_at: str = ""
    event_seq: int = 0
    """The last event about it."""

    @property
    def is_confirmed(self) -> bool:
        """Whether the receiver holds what it should."""
        return self.state in CONFIRMED


KEY = ("target", "endpoint", "delivery_key")
COLUMNS = Delivery._fields
TRIED = frozenset({"rejected", "retry_wait", "dead"})


def first(target: str, endpoint: str, move: Move, run_id: str, gate_run_id: str) -> Delivery:
    """The row of a delivery that had none."""
    return Delivery(
        target, endpoint, move.delivery_key, move.client_ref, NEW, NEW, "insert", run_id, gate_run_id
    )


def changes_nothing(old: Delivery, state: str, move: Move) -> bool:
    """Whether a move says what the row says already: nothing is written then."""
    if old.state != state or (move.withdrawn and old.confirmed_checksum is not None):
        return False
    if state == "unchanged":
        return move.document_checksum in (None, old.confirmed_checksum)
    return state == "held" and move.code == old.code and move.message == old.message


def moved(
    old: Delivery,
    state: str,
    move: Move,
    run_id: str,
    gate_run_id: str | None,
    now: str,
    next_attempt_at: str | None = None,
) -> Delivery:
    """The row after a move that is legal; `event_seq` is the caller's."""
    was_settled = old.state not in IN_FLIGHT
    is_same = move.document_checksum in (None, old.document_checksum)
    # what belonged to another document doesn't describe this one
    checksum = old.document_checksum if move.document_checksum is None else move.document_checksum
    # not _replace: a million rows
    new = Delivery(
        old.target,
        old.endpoint,
        old.delivery_key,
        move.client_ref or old.client_ref,
        state,
        old.state if was_settled else old.from_state,
        old.action,
        run_id,
        gate_run_id or old.gate_run_id,
        checksum,
        move.sha256 or (old.sha256 if is_same else None),
        move.bytes if move.bytes is not None else (old.bytes if is_same else None),
        move.release or (old.release if is_same else None),
        *old[13:20],
        next_attempt_at,
        move.code,
        move.message,
        now,
        old.event_seq,
    )
    return (
        _SPECIAL[state](old, new, move, is_same) if state in _SPECIAL else _left_out(old, new, move, is_same)
    )


def _pending(old: Delivery, new: Delivery, move: Move, is_same: bool) -> Delivery:
    goes_on = is_same and old.state in IN_FLIGHT | {"retry_wait"}
    action = "update" if old.confirmed_checksum else "insert"
    if is_same and (
        old.state in ("retry_wait", "dead") or (old.state in IN_FLIGHT and old.action == "retry")
    ):
        action = "retry"
    return new._replace(action=action, attempts=old.attempts if goes_on else 0)


def _rendered(old: Delivery, new: Delivery, move: Move, is_same: bool) -> Delivery:
    return new


def _promoting(old: Delivery, new: Delivery, move: Move, is_same: bool) -> Delivery:
    action = "retry" if old.state == "retry_wait" else old.action
    return new._replace(action=action, attempts=old.attempts + 1)


def _confirmed(old: Delivery, new: Delivery, move: Move, is_same: bool) -> Delivery:
    return _holding(new)


def _unchanged(old: Delivery, new: Delivery, move: Move, is_same: bool) -> Delivery:
    new = new._replace(action="none", attempts=0)
    if old.confirmed_checksum is None:
        # delivered before there was a ledger: what the caller found there is taken over, and only that
        return _holding(new._replace(document_checksum=move.document_checksum))
    if move.document_checksum not in (None, old.confirmed_checksum):
        raise IllegalMove(
            "not_unchanged",
            f"{new.target}: {new.delivery_key} can't be unchanged: its document is {move.document_checksum},"
            f" and {old.confirmed_checksum} was confirmed",
            "this is a fault of planwise; nothing was written",
        )
    return new._replace(
        document_checksum=old.confirmed_checksum,
        sha256=old.confirmed_sha256,
        bytes=old.confirmed_bytes,
        release=old.confirmed_release,
    )


def _superseded(old: Delivery, new: Delivery, move: Move, is_same: bool) -> Delivery:
    return _holding_nothing(new)._replace(action="delete")


def _rolled_back(old: Delivery, new: Delivery, move: Move, is_same: bool) -> Delivery:
    new = new._replace(
        action="rollback",
        attempts=0,
        document_checksum=move.document_checksum,
        sha256=move.sha256,
        bytes=move.bytes,
        release=move.release,
    )
    return _holding(new) if move.document_checksum else _holding_nothing(new)


def _left_out(old: Delivery, new: Delivery, move: Move, is_same: bool) -> Delivery:
    """held, rejected, retry_wait, dead: what the receiver holds stays, unless the caller took it away."""
    if old.state not in IN_FLIGHT and new.state in ("held", "rejected"):
        action = "withdraw" if move.withdrawn else "hold" if new.state == "held" else "reject"
        new = new._replace(action=action)
    if old.state in ("pending", "rendered") and new.state in TRIED:
        # it failed before anything was sent: that was an attempt, too
        new = new._replace(attempts=old.attempts + 1)
    return _holding_nothing(new) if move.withdrawn else new


def _holding_nothing(new: Delivery) -> Delivery:
    return new._replace(
        confirmed_checksum=None,
        confirmed_sha256=None,
        confirmed_bytes=None,
        confirmed_release=None,
        confirmed_run_id=None,
        confirmed_at=None,
    )


def _holding(new: Delivery) -> Delivery:
    if new.document_checksum is None:
        raise IllegalMove(
            "no_checksum",
            f"{new.target}: {new.delivery_key} can't be {new.state}: nobody said which document it is",
            "give document_checksum with the move to pending, or with this one",
        )
    return new._replace(
        confirmed_checksum=new.document_checksum,
        confirmed_sha256=new.sha256,
        confirmed_bytes=new.bytes,
        confirmed_release=new.release,
        confirmed_run_id=new.run_id,
        confirmed_at=new.updated_at,
    )


_SPECIAL = {
    "pending": _pending,
    "rendered": _rendered,
    "promoting": _promoting,
    "confirmed": _confirmed,
    "unchanged": _unchanged,
    "superseded": _superseded,
    "rolled_back": _rolled_back,
}
