"""Two books of clients: one generated and built once, to compare with; one to try rule R03 on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.peer_book import PeerBook


@pytest.fixture(scope="session")
def generated() -> Iterator[PeerBook]:
    """2,000 clients through all the peer models."""
    book = PeerBook()
    book.generate(2000)
    book.build()
    yield book
    book.connection.close()


@pytest.fixture(scope="session")
def small() -> Iterator[PeerBook]:
    """A book without clients: test_k_anonymity.py puts them in, and values of features beside them."""
    book = PeerBook()
    yield book
    book.connection.close()
