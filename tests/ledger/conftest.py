"""Every test that asks for `ledger` runs on SQLite, and on a real PostgreSQL server where there is one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.config import Settings, settings
from harness.ledger import Ledger, open_ledger
from tests.ledger.server import Server, absent, emptied, running
from tests.ledger.world import Clock


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of Debian's packages on loopback, with a password; stopped at the end of the session."""
    if reason := absent():
        pytest.skip(reason)
    with running(tmp_path_factory.mktemp("postgresql")) as server:
        yield server


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    return settings(tmp_path / "home", tmp_path / "out")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ledger's backend, chosen as a team would: by PLANWISE_LEDGER."""
    if request.param == "sqlite":
        monkeypatch.delenv("PLANWISE_LEDGER", raising=False)
    else:
        server = request.getfixturevalue("postgresql")
        emptied(server)
        monkeypatch.setenv("PLANWISE_LEDGER", server.url)
    return str(request.param)


@pytest.fixture
def opened(backend: str, where: Settings, clock: Clock) -> Iterator[Callable[[], Ledger]]:
    """Opens the same ledger as often as it is called."""
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
