"""Documents are made and judged again when what makes or judges them is another one."""

import shutil
from pathlib import Path

import pytest

import exporters


def test_fingerprint_is_another_when_a_schema_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what is carried over would never be judged by the new schema."""
    before = exporters._fingerprint.__wrapped__()
    copied = shutil.copytree(exporters.SCHEMAS, tmp_path / "schemas")
    monkeypatch.setattr(exporters, "SCHEMAS", copied)
    assert exporters._fingerprint.__wrapped__() == before
    schema = next(copied.glob("*.json"))
    schema.write_text(schema.read_text() + "\n")
    assert exporters._fingerprint.__wrapped__() != before
