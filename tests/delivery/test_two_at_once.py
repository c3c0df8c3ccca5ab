"""Two processes at once: one works, the other says who does, and nothing is sent twice."""

from pathlib import Path

import pytest

from harness.config import settings
from harness.errors import LockedError
from tests.delivery.killed import at_work
from tests.delivery.place import clean, edit, make_place, run, sent_twice, shown


@pytest.mark.parametrize("home", ["home", "another home"])
def test_the_second_process_is_refused_when_the_first_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    """Two runs, of one home or of two that deliver to one folder, would switch each other's links."""
    world = make_place(tmp_path, monkeypatch)
    assert run(world).error is None
    before = shown(world)
    with at_work(tmp_path) as go_on:
        world.where = settings(tmp_path / home, tmp_path / "out")
        second = run(world)
        assert isinstance(second.error, LockedError) and second.error.exit_status == 75
        assert "process" in second.error.message and "run 20" in second.error.message
        assert shown(world) == before
        assert go_on() == 0
    world.where = settings(tmp_path / "home", tmp_path / "out")
    assert shown(world) != before
    edit(world)
    assert run(world).more["nothing_written"], "what the first delivered was delivered again"
    clean(world)
    assert sent_twice(world) == []
