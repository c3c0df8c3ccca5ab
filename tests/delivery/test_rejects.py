"""A document that is refused stops nothing else, and the ledger knows that the receiver lost it."""

from pathlib import Path

import pytest

from tests.delivery.place import asked, clean, make_place, reference, run, shown
from tests.harness.world import document


def test_a_document_that_was_delivered_is_withdrawn_when_its_successor_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger would say that the receiver still holds what the release has no more."""
    world = make_place(tmp_path, monkeypatch)
    assert run(world).error is None
    world.documents[2], world.texts[2] = document(2, vesting_kind="often"), "75% up to 4%"
    assert run(world).error is None
    assert f"{reference(2)}_baseline.yaml" not in shown(world)
    rows = asked(
        world, "select state, confirmed_sha256, code from delivery where client_ref = ?", reference(2)
    )
    assert rows == [("rejected", None, "schema")] * 2
    clean(world)
