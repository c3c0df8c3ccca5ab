"""What is delivered, as rows beside the load."""

import json
from pathlib import Path

import duckdb
import pytest

from harness.config import Settings, settings
from harness.delivered import land_delivered


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    found = settings(tmp_path / "home", tmp_path / "out")
    current = found.target("navigator") / "current"
    current.mkdir(parents=True)
    documents = [
        {
            "path": f"{ref}.yaml",
            "delivery_key": f"{ref}_baseline",
            "client_ref": ref,
            "document_checksum": "s",
        }
        for ref in ("c1", "c2")
    ]
    (current / "MANIFEST.json").write_text(json.dumps({"run_id": "r1", "documents": documents}))
    return found


def landed(
    where: Settings, targets: tuple[str, ...], *clients: str, memory: str = "3GB"
) -> list[tuple[object, ...]]:
    with duckdb.connect(config={"memory_limit": memory, "temp_directory": ""}) as connection:
        land_delivered(connection, where, targets, clients)
        return connection.execute(
            "select target, client_ref, delivery_key, document_checksum, run_id, is_kept"
            " from raw.delivered_documents order by client_ref"
        ).fetchall()


def test_documents_are_not_kept_when_the_run_is_about_everybody(where: Settings) -> None:
    assert landed(where, ("navigator",)) == [
        ("navigator", "c1", "c1_baseline", "s", "r1", False),
        ("navigator", "c2", "c2_baseline", "s", "r1", False),
    ]


def test_documents_of_others_are_kept_when_the_run_is_about_one(where: Settings) -> None:
    assert [row[5] for row in landed(where, ("navigator",), "c1")] == [False, True]


def test_every_document_is_kept_when_the_run_is_about_another_target(where: Settings) -> None:
    assert [row[5] for row in landed(where, ("crm",))] == [True, True]


@pytest.mark.parametrize("content", ["", "{", '{"documents": 3}', "[]"])
def test_no_document_is_known_when_the_manifest_is_damaged(where: Settings, content: str) -> None:
    (where.target("navigator") / "current" / "MANIFEST.json").write_text(content)
    assert [row for row in landed(where, ("navigator",)) if row[1]] == []


def test_a_manifest_is_read_in_little_memory(where: Settings) -> None:
    """Room for the largest that may come was more than a run may have; then nothing counted as delivered."""
    assert len(landed(where, ("navigator",), memory="50MB")) == 2


def test_want_of_memory_does_not_count_as_nothing_delivered(where: Settings) -> None:
    """Else rule R01 would be about nothing, and pass."""
    manifest = where.target("navigator") / "current" / "MANIFEST.json"
    manifest.write_text(manifest.read_text() + " " * 30_000_000)
    with pytest.raises(duckdb.OutOfMemoryException):
        landed(where, ("navigator",), memory="20MB")
