"""The events of a move: one a document for an outcome, one a batch for what is under way."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from harness.ledger.deliveries import Delivery
from harness.ledger.events import Chain, digest, line
from harness.ledger.moves import BATCHED, FINAL, NEW
from harness.ledger.rows import (
    QUEUE,
    REJECT,
    Attempt,
    Moving,
    Pair,
    delivery_image,
    image,
    row_print,
    row_sum,
)

_PRINTS = 200
"""A batch's event holds a print of every row up to so many, so that a changed one can be named."""


def with_events(
    chain: Chain,
    asked: Moving,
    pairs: list[Pair],
    attempts: Mapping[str, Attempt],
    queue: Mapping[str, Sequence[Any]],
    rejects: Mapping[str, Sequence[Any]],
) -> list[Pair]:
    """Append the events and give each row the seq of its own."""
    extra = dict(asked.detail) | _left(pairs)
    place = asked.target, asked.endpoint
    # what was delivered before there was a ledger has no image yet that a batch's event could build on
    single = [
        pair
        for pair in pairs
        if asked.state in FINAL or (pair[0].state == NEW and asked.state == "unchanged")
    ]
    batch = pairs if not single else [pair for pair in pairs if pair[0].state != NEW]
    if asked.state in FINAL:
        batch = []
    done: list[Pair] = []
    for before, after in single:
        key = after.delivery_key
        seq = chain.seq + 1
        after = after._replace(event_seq=seq)
        images: dict[str, Any] = {"delivery": delivery_image(after)}
        if key in attempts:
            images["attempt"] = image(Attempt._fields, attempts[key])
        if key in queue:
            images["retry_queue"] = image(QUEUE[3:], queue[key][3:])
        if key in rejects:
            images["reject"] = image(REJECT, rejects[key])
        detail = {"from": before.state, "rows": images} | extra
        extra = dict(asked.detail)
        chain.append(asked.now, asked.run_id, asked.state, detail, *place, key)
        done.append((before, after))
    if batch:
        seq = chain.seq + 1
        several = [(before, after._replace(event_seq=seq)) for before, after in batch]
        rows = [after for _, after in several]
        detail = extra | {
            "count": len(rows),
            "digest": digest(line(row.delivery_key, row.document_checksum) for row in rows),
            "from": dict(Counter(before.state for before, _ in several)),
            "sum": f"{row_sum(rows):064x}",
        }
        if len(rows) <= _PRINTS:
            detail["prints"] = {row.delivery_key: row_print(row) for row in rows}
        ended = [image(Attempt._fields, row) for row in attempts.values() if row.ended_at]
        if ended:
            detail["rows"] = {"attempts": ended}
        chain.append(asked.now, asked.run_id, asked.state, detail, *place)
        done += several
    return done


def _left(pairs: list[Pair]) -> dict[str, Any]:
    """How many rows left which batch, and their sum: what verification takes out of it again."""
    left: dict[int, list[Delivery]] = {}
    for before, _ in pairs:
        if before.state in BATCHED:
            left.setdefault(before.event_seq, []).append(before)
    if not left:
        return {}
    return {"left": {str(seq): [len(rows), f"{row_sum(rows):064x}"] for seq, rows in sorted(left.items())}}
