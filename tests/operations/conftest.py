"""A home with a ledger whose clock is set by hand; no setting of the caller's reaches a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.config import Settings, settings
from harness.files import make_dir
from harness.ledger import Ledger, open_ledger
from tests.ledger.world import Clock


@pytest.fixture(autouse=True)
def nobody_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PLANWISE_ROLE", "PLANWISE_LEDGER", "PLANWISE_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    found = settings(tmp_path / "home", tmp_path / "out")
    make_dir(found.home)
    return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(where: Settings, clock: Clock) -> Iterator[Ledger]:
    with open_ledger(where, clock=clock) as found:
        yield found
