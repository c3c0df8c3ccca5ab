"""A process that makes many releases remembers the last two, and no more."""

import pytest

from exporters import remembered
from exporters.remembered import Remembered


def test_what_a_release_did_not_ask_for_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it a watch of a book whose records change would hold every record that it ever wrote."""
    monkeypatch.setattr(remembered, "_MOST", 3)
    made: list[int] = []

    def double(number: int) -> int | None:
        made.append(number)
        return None if number == 2 else 2 * number

    found: Remembered[int | None] = Remembered(double)
    for release in ((1, 2, 3), (2, 3, 4), (1, 2), (3,)):
        found.release()
        assert [found(number) for number in release] == [None if n == 2 else 2 * n for n in release]
    assert made == [1, 2, 3, 4, 1, 3], "what the release before asked for is not made again, null neither"


def test_no_more_is_held_than_is_allowed_when_a_release_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_MOST", 3)
    made: list[int] = []
    found = Remembered(lambda number: made.append(number) or number)
    for _ in range(2):
        found.release()
        assert [found(number) for number in range(5)] == [0, 1, 2, 3, 4]
    assert made == [0, 1, 2, 3, 4, 3, 4]
