"""Every test that asks for `ledger` runs on SQLite, and on a real PostgreSQL server where there is one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.config import Settings, settings
from harness.ledger import Ledger, open_ledger
from tests.ledger.world import Clock


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    return settings(tmp_path / "home", tmp_path / "out")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite"])
def opened(
    request: pytest.FixtureRequest, where: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Ledger]]:
    """Opens the same ledger as often as it is called."""
    monkeypatch.delenv("PLANWISE_LEDGER", raising=False)
    several: list[Ledger] = []

    def open_one() -> Ledger:
        several.append(open_ledger(where, clock=clock))
        return several[-1]

    yield open_one
    for one in several:
        one.close()


@pytest.fixture
def ledger(opened: Callable[[], Ledger]) -> Ledger:
    return opened()
