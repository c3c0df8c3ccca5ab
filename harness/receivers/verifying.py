"""What endpoints hold, read back whole, against the ledger and our own releases. Nothing is changed."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from harness.config import Settings
from harness.errors import PlanwiseError
from harness.ledger import Delivery, Ledger
from harness.receivers.endpoint import REPORTS, Endpoint
from harness.receivers.opening import release_receiver, row_receiver
from harness.receivers.outgoing import Difference, outgoing
from harness.receivers.settings import chosen
from harness.receivers.settings import endpoints as endpoints_of
from harness.receivers.single import out_rows

_LAST = (
    "select path, sha256 from artifact where kind = 'release' and target = ? and endpoint = ?"
    " order by created_at desc, run_id desc limit 1"
)


def verify_endpoints(
    settings: Settings, ledger: Ledger, names: Sequence[str] = (), targets: Sequence[str] | None = None
) -> list[Difference]:
    """Everything at an endpoint that is not what the ledger says was confirmed there; each file by its path.

    An endpoint that can't be asked is a difference, too: nobody knows then.
    """
    found = []
    for endpoint in chosen(endpoints_of(settings), names):
        for target in endpoint.targets:
            if target == REPORTS or (targets is not None and target not in targets):
                continue
            look = _release if endpoint.takes_releases else _rows
            try:
                found += list(look(settings, ledger, endpoint, target))
            except PlanwiseError as error:
                what = f"can't be looked at: {error.message}"
                found.append(Difference(endpoint.name, target, "", "", what))
    return found


def _release(settings: Settings, ledger: Ledger, endpoint: Endpoint, target: str) -> Iterator[Difference]:
    known = ledger.query(_LAST, (target, endpoint.name))
    if not known:
        return
    release = str(known[0]["path"]).rpartition("/")[2]
    ours = outgoing(settings, target, release)
    with closing(release_receiver(endpoint, settings)) as receiver:
        there = receiver.current(target)
        if there != release:
            what = f"{there or 'nothing'} is current there; the ledger says that {release} is"
            yield Difference(endpoint.name, target, "", "", what)
        if ours is None:
            what = "our own copy was swept, so there is nothing to compare with: `send` brings a newer one"
            yield Difference(endpoint.name, target, release, "", what)
            return
        yield from receiver.verify(ours)
    entries = {entry.delivery_key: entry for entry in ours.entries}
    for row in _confirmed(ledger, endpoint, target):
        entry = entries.get(row.delivery_key)
        if entry is None or entry.sha256 != row.confirmed_sha256:
            what = "the ledger confirms another document than the release has"
            yield Difference(endpoint.name, target, release, row.delivery_key, what)


def _rows(settings: Settings, ledger: Ledger, endpoint: Endpoint, target: str) -> Iterator[Difference]:
    rows = {row.delivery_key: row for row in _confirmed(ledger, endpoint, target)}
    ours = outgoing(settings, target)
    receiver = row_receiver(endpoint, settings)
    check = getattr(receiver, "check", None)
    if not rows or ours is None or check is None:
        return
    same = [
        entry
        for entry in ours.entries
        if entry.delivery_key in rows and rows[entry.delivery_key].confirmed_sha256 == entry.sha256
    ]
    for one in check(target, out_rows(ours, same)):
        if one.outcome != "confirmed":
            release = rows[one.delivery_key].confirmed_release or ""
            yield Difference(endpoint.name, target, release, one.delivery_key, one.message or "differs")


def _confirmed(ledger: Ledger, endpoint: Endpoint, target: str) -> list[Delivery]:
    rows = ledger.deliveries(target=target, endpoint=endpoint.name)
    return [row for row in rows if row.confirmed_sha256 is not None]
