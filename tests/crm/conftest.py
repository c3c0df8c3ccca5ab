"""Fixtures of the CRM client's tests."""

from collections.abc import Iterator

import pytest

from tests.crm.bench import Clock
from tests.crm_server import FakeOrg, crm_server


@pytest.fixture
def fake() -> Iterator[FakeOrg]:
    with crm_server() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()
