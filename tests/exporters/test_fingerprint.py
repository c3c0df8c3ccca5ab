"""Documents are made and judged again when what makes or judges them is another one."""

from pathlib import Path

import pytest

import exporters


def test_fingerprint_is_another_when_a_schema_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what is carried over would never be judged by the new schema."""
    for path in exporters.SCHEMAS.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = {name: target.fingerprint for name, target in exporters.TARGETS.items()}
    monkeypatch.setattr(exporters, "SCHEMAS", tmp_path)
    assert {name: target.fingerprint for name, target in exporters.TARGETS.items()} == before
    exporters._fingerprint.cache_clear()
    schema = exporters.TARGETS["crm"].schema_path
    schema.write_text(schema.read_text() + "\n")
    differing = {name for name, target in exporters.TARGETS.items() if target.fingerprint != before[name]}
    assert differing == {"crm"}
