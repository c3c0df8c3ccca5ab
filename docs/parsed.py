"""A parsed field in words short enough for a table: figures as they are, nothing computed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Row = dict[str, Any]
_SHOWN_APART = {
    "kind",
    "status",
    "reasons",
    "tiers",
    "bands",
    "array",
    "conditions",
    "value",
    "core",
    "match",
    "deferral",
    "text",
}
_NAMES = {
    "low": "low",
    "high": "high",
    "max_match_percentage": "match at most",
    "max_matched_deferral": "at a deferral of",
}


def shown(result: Row) -> str:
    """What a text became: kind, tiers, bands, figures and conditions, as far as there are any."""
    parts = [str(result["kind"])] if result.get("kind") not in (None, "unresolved") else []
    if "value" in result and result["value"] not in (None, "rejected"):
        parts.append(plain(result["value"]))
    parts += [_tiers(result["tiers"])] if result.get("tiers") else []
    parts += [_band(band) for band in result.get("bands") or []]
    if result.get("array"):
        parts.append("[" + ", ".join(map(plain, result["array"])) + "]")
    parts += _figures({key: value for key, value in result.items() if key not in _SHOWN_APART})
    parts += _figures(result.get("conditions") or {})
    for money in ("deferral", "match", "core"):
        part = result.get(money)
        if part and (said := shown(part) or ", ".join(part.get("reasons") or [])):
            parts.append(f"{money}: ({said})")
    return ", ".join(parts)


def plain(value: Any) -> str:
    """A value as a person writes it: decimals without zeros at the end, yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def _tiers(tiers: list[list[Any]]) -> str:
    return ", ".join(f"{plain(low)}-{plain(high)} @ {plain(rate)}" for low, high, rate in tiers)


def _band(band: list[Any]) -> str:
    low, high, content = band
    said = _tiers(content) if isinstance(content, list) else plain(content)
    return f"from {low}{'' if high is None else f' to {high}'}: {said}"


def _figures(row: Row) -> list[str]:
    return [
        _NAMES.get(key, key.replace("_", " ")) + ("" if value is True else f" {plain(value)}")
        for key, value in row.items()
        if value is not None and value is not False
    ]
