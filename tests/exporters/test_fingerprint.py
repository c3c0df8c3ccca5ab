"""Documents are made and judged again when what makes or judges them is another one."""

from pathlib import Path

import pytest

import exporters


def test_fingerprint_is_another_when_a_schema_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what is carried over would never be judged by the new schema."""
    for path in exporters.SCHEMAS.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = exporters._fingerprint.__wrapped__()
    monkeypatch.setattr(exporters, "SCHEMAS", tmp_path)
    assert exporters._fingerprint.__wrapped__() == before
    schema = next(tmp_path.glob("*.json"))
    schema.write_text(schema.read_text() + "\n")
    assert exporters._fingerprint.__wrapped__() != before
