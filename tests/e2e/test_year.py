"""A year of loads; `python -m tests.e2e.year --seed N` plays others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.year import play, start

LOADS = 12


@pytest.mark.slow
def test_history_counts_and_files_are_right_when_a_year_is_played(tmp_path: Path) -> None:
    """Without it a load could lose, double or rewrite what an edit, a refusal or a restore left alone."""
    year = start(tmp_path, seed=2026)
    play(year)
    assert year.load == LOADS
