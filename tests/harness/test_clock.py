"""No variable makes an outdated plan young again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.extract.clock import SAMPLE, as_of_day


def test_variable_is_heard_when_the_source_is_the_bundled_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANWISE_AS_OF", "2026-11-22")
    assert SAMPLE.exists()
    assert as_of_day(SAMPLE) == "2026-11-22"


def test_variable_is_not_heard_when_the_source_is_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLANWISE_AS_OF", "2020-01-01")
    copy = tmp_path / SAMPLE.name
    copy.write_bytes(SAMPLE.read_bytes())
    assert as_of_day(copy) == datetime.now(UTC).date().isoformat()
