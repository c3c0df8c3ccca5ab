"""Moments as the ledger writes them: ISO 8601, UTC, microseconds, Z; they sort as text."""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """2026-11-22T18:00:00.000000Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Read a stamp back."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
