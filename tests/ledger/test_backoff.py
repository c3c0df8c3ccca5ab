"""When to try again: clock and random are arguments, so nothing here waits or is left to chance."""

from datetime import UTC, datetime

import pytest

from harness.ledger.backoff import next_attempt, wait

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def highest(_: float, high: float) -> float:
    return high


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 30), (2, 60), (3, 120), (4, 240), (7, 1920), (10, 15360), (11, 21600), (12, 21600), (10**6, 21600)],
)
def test_bound_doubles_up_to_six_hours_when_failures_go_on(failures: int, seconds: float) -> None:
    # without the cap a receiver that was away for a day is asked again in a month
    assert wait(failures, highest) == seconds


def test_whole_span_is_used_when_chance_decides() -> None:
    # full jitter: a thousand rows that failed together must not come back together
    asked = []

    def uniform(low: float, high: float) -> float:
        asked.append((low, high))
        return low

    assert wait(3, uniform) == 0
    assert asked == [(0.0, 120.0)]
    assert 0 <= wait(3) <= 120


def test_there_is_no_next_attempt_when_eight_have_failed() -> None:
    assert next_attempt(7, NOW, uniform=highest) is not None
    assert next_attempt(8, NOW, uniform=highest) is None
    assert next_attempt(8, NOW, retry_after=60, uniform=highest) is None


@pytest.mark.parametrize(("retry_after", "seconds"), [(None, 30), (5, 30), (90, 90), (100_000, 100_000)])
def test_attempt_is_never_earlier_than_asked_when_the_receiver_said_when(
    retry_after: float | None, seconds: float
) -> None:
    found = next_attempt(1, NOW, retry_after, highest)
    assert found is not None
    assert (found - NOW).total_seconds() == seconds


def test_waiting_before_the_first_failure_is_refused_when_somebody_counts_from_none() -> None:
    with pytest.raises(ValueError, match="0 failures"):
        wait(0)
