"""Independent random designs, written out in many wordings: (text, what it must become).

The design is drawn first, as plain numbers; its wording is drawn second, from small grammars (one module a
field);
typing noise comes last. No code and no SQL is shared with the parser. One seed gives one list of cases.
Look at some: `python -m tests.parsing.generator --seed 3 --count 20 --field match_formula`.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from .contradictions import contradiction_case
from .core_wordings import core_case
from .eligibility_wordings import eligibility_case
from .match_additions import match_case
from .phrases import Case, Writer
from .scalar_wordings import scalar_case
from .typing_noise import typed
from .vesting_wordings import vesting_case

KINDS: list[tuple[Callable[[Writer], Case], int]] = [
    (match_case, 40),
    (core_case, 12),
    (vesting_case, 12),
    (eligibility_case, 14),
    (scalar_case, 10),
    (contradiction_case, 12),
]
CASE_MATTERS = {"date"}  # 2024-01-15t10:00:00z is not what anybody types


def generate(seed: int, fields: set[str] | None = None, settled_share: float = 0.8) -> Iterator[Case]:
    """Endless cases; about `settled_share` of them use only wordings that the contract clearly settles."""
    rng = random.Random(seed)
    makers, weights = [k[0] for k in KINDS], [k[1] for k in KINDS]
    while True:
        writer = Writer(rng, strict=rng.random() < settled_share, fancy=rng.random() < 0.4)
        case = rng.choices(makers, weights)[0](writer)
        case = replace(case, raw=typed(rng, case.raw, case.field not in CASE_MATTERS))
        if fields is None or case.field in fields:
            yield case


def cases(seed: int, count: int, fields: set[str] | None = None) -> list[Case]:
    """The first `count` different texts of a seed."""
    seen: dict[tuple[str, str, str | None], Case] = {}
    source = generate(seed, fields)
    for _ in range(count * 50):
        if len(seen) == count:
            break
        case = next(source)
        seen.setdefault((case.field, case.raw, case.unit), case)
    return list(seen.values())


def main() -> None:
    """Prints cases, to see what the wordings look like."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--field")
    args = parser.parse_args()
    for case in cases(args.seed, args.count, {args.field} if args.field else None):
        print(f"{case.field:20} {'settled' if case.settled else 'free   '} {case.raw!r}\n    {case.expect}")


if __name__ == "__main__":
    main()
