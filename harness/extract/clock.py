"""The day that ages are counted from (rule S05): today, for every source but the bundled sample."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[2] / "seeds" / "sample_design_matrix.csv"


def as_of_day(source: Path) -> str:
    """The ISO day that `source` is judged on.

    PLANWISE_AS_OF holds for the bundled sample alone, whose made-up dates would grow old; were it heard for
    any other source, a variable could talk rule S05 out of holding outdated plans.
    """
    day = os.environ.get("PLANWISE_AS_OF")
    if day and (source.resolve() == SAMPLE.resolve() or not _is_day(day)):
        return day  # what is no day is refused where it is recorded
    return datetime.now(UTC).date().isoformat()


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
