"""Peers by looking at every client for every client, statistics by numpy, scipy and statsmodels.

Shares no code and no table with the models: bands, regions, groups and spellings are written here again.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from statsmodels.stats.proportion import proportion_confint, proportion_effectsize, proportions_ztest

REGIONS = {
    "Northeast": "CT ME MA NH RI VT NJ NY PA",
    "Midwest": "IL IN MI OH WI IA KS MN MO NE ND SD",
    "South": "DE DC FL GA MD NC SC VA WV AL KY MS TN AR LA OK TX",
    "West": "AZ CO ID MT NV NM UT WY AK CA HI OR WA",
}
REGION = {state: region for region, states in REGIONS.items() for state in states.split()}
INSTITUTIONAL = {"healthcare", "higher_ed", "nonprofit", "government"}
PLAN_TYPES = {"401k": "401(k)", "403b": "403(b)", "457b": "457(b)", "401a": "401(a)"}
LEGAL = {"inc", "llc", "corporation", "corp", "company", "co", "ltd"}
YES_NO = {
    "auto_enrollment", "auto_escalation", "match", "true_up", "nonelective", "last_day_rule",
    "immediate_vesting",
}  # fmt: skip
Value = Decimal | None


def organisation(name: str | None) -> str | None:
    """The sponsor's name without case, punctuation and legal form."""
    words = re.sub(r"[^a-z0-9 ]+", " ", (name or "").lower().replace("'", "").replace("&", " and ")).split()
    if words[:1] == ["the"]:
        words = words[1:]
    while words and words[-1] in LEGAL:
        words.pop()
    return " ".join(words) or None


def band(employees: int | None) -> int | None:
    if employees is None or not 1 <= employees <= 5_000_000:
        return None
    return 1 + sum(employees >= limit for limit in (500, 1000, 5000, 10000))


@dataclass(frozen=True)
class Client:
    """A client as it is compared; None is like nothing."""

    ref: str
    organisation: str | None
    industry: str | None
    group: str | None
    band: int | None
    plan_type: str | None
    state: str | None
    region: str | None


def client(ref: str, name: Any, industry: Any, employees: Any, state: Any, plan_type: Any) -> Client:
    group = None if industry is None else "institutional" if industry in INSTITUTIONAL else "commercial"
    spelled = re.sub(r"[^a-z0-9]", "", (plan_type or "").lower()).removesuffix("plan")
    kind = PLAN_TYPES.get(spelled)
    return Client(ref, organisation(name), industry, group, band(employees), kind, state, REGION.get(state))


def similarity(a: Client, b: Client) -> float:
    total = 0.0
    if a.industry is not None and a.industry == b.industry:
        total += 0.4
    elif a.group is not None and a.group == b.group:
        total += 0.2
    if a.band is not None and b.band is not None:
        total += {0: 0.3, 1: 0.15}.get(abs(a.band - b.band), 0)
    if a.plan_type is not None and a.plan_type == b.plan_type:
        total += 0.2
    if a.state is not None and a.state == b.state:
        total += 0.1
    elif a.region is not None and a.region == b.region:
        total += 0.05
    return total


def _like(a: Client, b: Client, step: int) -> bool:
    if step == 4:
        return True
    if None in (a.industry, b.industry, a.band, b.band, a.plan_type) or a.plan_type != b.plan_type:
        return False
    assert a.band is not None and b.band is not None
    if step == 0 and (a.region is None or a.region != b.region):
        return False
    if (a.group != b.group) if step == 3 else (a.industry != b.industry):
        return False
    return abs(a.band - b.band) <= (1 if step >= 2 else 0)


def cohort(one: Client, book: list[Client]) -> tuple[int | None, list[Client]]:
    """Step and peers: the first step with 20 plans of 3 organisations; (None, []) where all are fewer."""
    for step in range(5):
        peers = [other for other in book if other.ref != one.ref and _like(one, other, step)]
        if len(peers) >= 20 and len({p.organisation for p in peers} - {None}) >= 3:
            return step, peers
    return None, []


def continuous(own: Value, peers: list[Decimal]) -> dict[str, float | str | None]:
    """Percentiles (numpy's default, linear), the client's percentile and quartile."""
    values = np.array([float(v) for v in peers])
    found: dict[str, float | str | None] = {"min": values.min(), "max": values.max(), "percentile": None}
    for name, percent in (("p25", 25), ("median", 50), ("p75", 75), ("p90", 90)):
        found[name] = float(np.percentile(values, percent))
    found["quartile"] = None
    if own is not None:
        place = (sum(v < own for v in peers) + sum(v == own for v in peers) / 2) / len(peers)
        names = ["bottom quartile", "second quartile", "third quartile", "top quartile"]
        found["percentile"], found["quartile"] = place, names[min(3, int(place * 4))]
    return found


def yes_no(own: Value, peers: list[Decimal]) -> dict[str, float | None]:
    """Adoption, Wilson interval, z-test and Cohen's h by statsmodels; p uncorrected."""
    count, n = sum(v == 1 for v in peers), len(peers)
    low, high = proportion_confint(count, n, alpha=0.05, method="wilson")
    found: dict[str, float | None] = {"adoption_share": count / n, "wilson_low": low, "wilson_high": high}
    found |= {"z": None, "p_value": None, "effect_h": None}
    if own is not None:
        found["effect_h"] = float(proportion_effectsize(float(own), count / n))
        if 0 < count + own < n + 1:
            z, p = proportions_ztest(np.array([float(own), count]), np.array([1, n]))
            found |= {"z": float(z), "p_value": float(p)}
    return found


def close(found: Any, expected: Any) -> bool:
    """Equal texts and nulls; numbers within 1e-9."""
    if expected is None or isinstance(expected, str):
        return bool(found == expected)
    return found is not None and math.isclose(float(found), float(expected), rel_tol=0, abs_tol=1e-9)
