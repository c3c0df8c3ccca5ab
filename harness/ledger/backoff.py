"""When to try again: exponential backoff with full jitter. The moment is stored, nobody sleeps."""

import random as random_module
from collections.abc import Callable
from datetime import datetime, timedelta

BASE = 30.0
CAP = 6 * 3600.0
MOST_ATTEMPTS = 8
_MOST_DOUBLINGS = 30
Uniform = Callable[[float, float], float]


def wait(failures: int, uniform: Uniform = random_module.uniform) -> float:
    """Seconds to wait after so many failures in a row (1, 2, ...): uniform(0, min(cap, base * 2**n)), n from
    0.
    """
    if failures < 1:
        raise ValueError(f"{failures} failures: there is nothing to wait for before the first")
    return uniform(0.0, min(CAP, BASE * 2 ** min(failures - 1, _MOST_DOUBLINGS)))


def next_attempt(
    failures: int,
    now: datetime,
    retry_after: float | None = None,
    uniform: Uniform = random_module.uniform,
) -> datetime | None:
    """The moment of the next attempt; null when there were enough of them.

    `retry_after`: seconds that the receiver asked for; never earlier than that, and not capped, since it
    knows best.
    """
    if failures >= MOST_ATTEMPTS:
        return None
    return now + timedelta(seconds=max(wait(failures, uniform), retry_after or 0.0))
