"""Generated matrices: the same for a seed, dirty in one row of twenty, of wordings that come back."""

from __future__ import annotations

from datetime import date
from itertools import islice

import pytest

from bench.dirt import Dirt
from bench.matrix import BLOCK, COLUMNS, Matrix, Row
from bench.wordings import FIELDS, stream
from harness.extract.columns import CANONICAL, REQUIRED

DAY = date(2026, 11, 22)


def _rows(count: int, seed: int = 1) -> list[Row]:
    return list(islice(Matrix(seed, DAY), count))


def test_rows_are_the_same_when_the_seed_is() -> None:
    """Unseen else: two benches that are compared, or a bug to be reproduced, on different rows."""
    assert _rows(200) == _rows(200)
    assert _rows(200) != _rows(200, seed=2)


def test_a_matrix_begins_with_a_shorter_one_when_the_seed_is_the_same() -> None:
    """Unseen else: sizes whose seconds can't be compared, since their rows are others."""
    assert _rows(300)[:120] == _rows(120)


def test_one_row_of_twenty_is_dirty_in_every_way_when_there_are_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Unseen else: a bench of clean rows, on which nothing is held and no rule finds anything."""
    spoiled: list[tuple[Row, Row]] = []
    made = Dirt.made

    def noted(self: Dirt, row: Row) -> Row:
        before = dict(row)
        spoiled.append((before, made(self, row)))
        return row

    monkeypatch.setattr(Dirt, "made", noted)
    assert len(_rows(4000)) == 4000
    assert len(spoiled) == 4000 / BLOCK
    changed = [{name for name in before if before[name] != after[name]} for before, after in spoiled]
    # now and then what is drawn already stood there
    assert sum(not columns for columns in changed) <= 4
    assert set().union(*changed) >= {"client_id", "match_formula", "last_updated", "employee_count"}


def test_columns_are_the_design_matrix_s_when_rows_are_made() -> None:
    """Unseen else: a column whose name is wrong is read by nobody."""
    assert set(COLUMNS) <= set(CANONICAL)
    assert set(REQUIRED) <= set(COLUMNS)
    assert all(tuple(row) == COLUMNS for row in _rows(40))


@pytest.mark.parametrize("field", FIELDS)
def test_different_texts_grow_slower_than_rows_when_a_matrix_gets_longer(field: str) -> None:
    """Unseen else: as many texts as rows, which no book has, or the same few again and again."""
    texts = list(islice(stream(field, 1), 8000))
    few, many = len(set(texts[:1000])), len(set(texts))
    assert few * 2 < many < few * 6.5
