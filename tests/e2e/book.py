"""A whole book of clients with wordings of their own, and random edits of it: for deltas and their timing."""

from __future__ import annotations

import random
from typing import Any

from tests.e2e.matrices import many, rows
from tests.parsing.generator import cases

Row = dict[str, Any]
WORDED = ("match_formula", "vesting_schedule", "eligibility", "nonelective_formula")
_RATES = ("3%", "4%", "5%", "6%")


def texts(seed: int, count: int) -> dict[str, list[str]]:
    """Different wordings for each of WORDED, nearly all of them settled."""
    return {
        field: [case.raw for case in cases(seed, count * 2, {field}) if case.settled][:count]
        for field in WORDED
    }


def book(count: int, seed: int = 7) -> list[Row]:
    """`count` clients: about half as many different formulas as clients, and a match for everybody."""
    rng = random.Random(seed)
    found = texts(seed, max(count // 2, 8))
    plain = rows()
    clients = many(count)
    for client in clients:
        client["match_formula"] = rng.choice(found["match_formula"])
        client["vesting_schedule"] = rng.choice([*found["vesting_schedule"], "3-year cliff"])
        client["eligibility"] = rng.choice([*found["eligibility"], "Immediate", "1 year"])
        client["nonelective_formula"] = rng.choice(["", "", "", *found["nonelective_formula"][:3]])
        client["industry"] = rng.choice([row["industry"] for row in plain])
        client["employee_count"] = str(rng.randint(20, 9000))
    return clients


def edited(clients: list[Row], seed: int, share: float = 0.1) -> list[Row]:
    """The book some weeks later: clients changed, gone and new; the rows in another order."""
    rng = random.Random(seed)
    found = texts(seed, 12)
    after = [dict(client) for client in clients if rng.random() > share / 4]
    for client in after:
        if rng.random() < share:
            field = rng.choice(WORDED)
            client[field] = rng.choice(found[field])
        if rng.random() < share:
            client["participation_rate"] = rng.choice(("70%", "71.5%", "88%", ""))
    new = [
        dict(rng.choice(clients), client_id=f"NX-{seed:02d}-{number}", client_name=f"New {seed} {number}")
        for number in range(rng.randint(0, 3))
    ]
    rng.shuffle(after)
    return after + new
