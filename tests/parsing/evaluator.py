"""What a design pays, computed from its plain numbers: two designs are the same when they pay the same
everywhere.

Match amount at deferrals 0..20 % of pay in steps of 0.25 % and service years 0..30; core rate by service or
age; vested
fraction by year. Knows the shape of the corpus' `expect`, and nothing of the parser.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

DEFERRALS = [Decimal(step) / 400 for step in range(81)]
YEARS = range(31)
AGES = range(16, 91)
TEN_PLACES = Decimal("1e-10")
EIGHT_PLACES = Decimal("1e-8")
FrozenTiers = tuple[tuple[Decimal, Decimal | None, Decimal], ...]


def number(value: Any, places: Decimal = TEN_PLACES) -> Any:
    """A number as Decimal at 10 places; anything else (None, bool, text, list) as it is, lists entry by
    entry.
    """
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [number(v, places) for v in value]
    if isinstance(value, (int, float, Decimal, str)):
        try:
            return Decimal(str(value)).quantize(places) + 0
        except InvalidOperation:
            return value
    return str(value)


def same_number(one: Any, other: Any) -> bool:
    """Equality at 10 places; None is equal to None only, True to True only; within the last place
    (thirds).
    """
    a, b = number(one), number(other)
    if isinstance(a, Decimal) and isinstance(b, Decimal):
        return abs(a - b) <= TEN_PLACES
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same_number(x, y) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and bool(a == b)


def frozen(tiers: Sequence[Any]) -> FrozenTiers:
    """Tiers as hashable Decimals."""
    return tuple(
        (Decimal(str(a)), None if b is None else Decimal(str(b)), Decimal(str(r))) for a, b, r in tiers
    )


@lru_cache(maxsize=50_000)
def match_curve(tiers: FrozenTiers) -> tuple[Decimal, ...]:
    """Employer match as a fraction of pay at each of the deferrals."""
    return tuple(
        sum(
            (max(Decimal(0), (d if b is None else min(d, b)) - a) * r for a, b, r in tiers), Decimal(0)
        ).quantize(EIGHT_PLACES)
        for d in DEFERRALS
    )


def band_at(bands: Sequence[Any], value: int) -> Any:
    """What the band [low, high) that holds the value says; None outside all bands, 'several' in two of
    them.
    """
    found = [
        b[2] for b in bands if Decimal(str(b[0])) <= value and (b[1] is None or value < Decimal(str(b[1])))
    ]
    return found[0] if len(found) == 1 else ("several" if found else None)


def match_surface(design: dict[str, Any]) -> list[Any]:
    """The match curve of every service year, then dollar cap and discretionary flag."""
    bands = design.get("bands") or []
    if not bands:
        curves: list[Any] = [match_curve(frozen(design.get("tiers") or []))] * len(YEARS)
    else:
        found = [band_at(bands, year) for year in YEARS]
        curves = [match_curve(frozen(f)) if isinstance(f, (list, tuple)) else f for f in found]
    return [*curves, number(design.get("annual_dollar_cap")), bool(design.get("discretionary"))]


def core_curve(design: dict[str, Any]) -> list[Any]:
    """The core rate at every service year or age; a flat rate everywhere."""
    if design.get("kind") == "flat":
        return [number(design.get("rate"))] * (len(YEARS) + len(AGES))
    years = [number(band_at(design.get("bands") or [], y)) for y in YEARS]
    return [design.get("kind"), *years, *(number(band_at(design.get("bands") or [], a)) for a in AGES)]


def vested_curve(array: Sequence[Any] | None) -> list[Any]:
    """Vested fraction after 0..30 completed years; the last entry holds for ever."""
    return [number(array[min(y, len(array) - 1)]) for y in YEARS] if array else []


def close(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Curves are equal when every point is, thirds allowed their last place."""
    return len(one) == len(other) and all(
        a == b or (isinstance(a, (tuple, Decimal)) and isinstance(b, (tuple, Decimal)) and near(a, b))
        for a, b in zip(one, other, strict=True)
    )


def near(one: Any, other: Any) -> bool:
    """Two amounts, or two tuples of amounts, within 2e-8 of pay."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(near(a, b) for a, b in zip(one, other, strict=True))
    return isinstance(one, Decimal) and isinstance(other, Decimal) and abs(one - other) <= 2 * EIGHT_PLACES


def same_design(field: str, one: dict[str, Any], other: dict[str, Any]) -> bool:
    """True when both pay, vest or say the same; for scalars and eligibility, use the fields (see
    verdicts).
    """
    if field == "match_formula":
        return close(match_surface(one), match_surface(other))
    if field == "nonelective_formula":
        return close(core_curve(one), core_curve(other))
    if field == "vesting_schedule":
        return close(vested_curve(one.get("array")), vested_curve(other.get("array")))
    return True
