"""Reading back what was written."""

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from exporters import TARGETS
from harness.errors import DeliveryError, GateError
from harness.identifiers import Scanner
from harness.manifest import check_release, read_manifest, write_manifest
from harness.render import Rendered, Stamp, render
from harness.verify import bundled, same, verify
from harness.warehouse import Row
from tests.harness.world import document, reference

STAMP = Stamp("20260102T030405.000006Z-abcdef", "2026-01-02T03:04:05Z")
NAVIGATOR = TARGETS["navigator"]


def row(number: int, **design: Any) -> Row:
    return Row(f"{reference(number)}_baseline", reference(number), document(number, **design), "0" * 64)


def staged(folder: Path, *numbers: int) -> list[Rendered]:
    done, refused = render(NAVIGATOR, [row(number) for number in numbers], folder, STAMP)
    assert refused == []
    return done


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (Decimal("1.0"), 1, True),
        (Decimal("0.30"), Decimal("0.3"), True),
        (True, 1, False),
        (0, False, False),
        ("1", 1, False),
        (None, 0, False),
        (None, "", False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, False),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ([1, 2], [1], False),
        ([], {}, False),
        ({"a": [{"b": "x"}]}, {"a": [{"b": "x"}]}, True),
    ],
)
def test_documents_are_compared_strictly_when_types_differ(left: Any, right: Any, expected: bool) -> None:
    # `yes` read as true, or 1 as true, must not pass for the same document
    assert same(left, right) is expected


def test_entry_holds_size_and_hash_when_a_file_is_right(tmp_path: Path) -> None:
    import hashlib

    entries, refused = verify(NAVIGATOR, staged(tmp_path / "n", 1), STAMP, Scanner(()))
    content = (tmp_path / "n" / f"{reference(1)}_baseline.yaml").read_bytes()
    assert refused == []
    assert entries[0].bytes == len(content)
    assert entries[0].sha256 == hashlib.sha256(content).hexdigest()
    assert not entries[0].carried_over


@pytest.mark.parametrize("damage", [b"match_rate: 0.5", b"match_rate: 0.6", b"\x00", b"a: ["])
def test_file_is_refused_and_removed_when_it_reads_back_differently(tmp_path: Path, damage: bytes) -> None:
    items = staged(tmp_path / "n", 1, 2)
    path = items[0].path
    replaced = path.read_bytes().replace(b"match_rate: 0.5", damage) + (
        b"" if damage != b"match_rate: 0.5" else b"x: 1\n"
    )
    path.write_bytes(replaced)
    entries, refused = verify(NAVIGATOR, items, STAMP, Scanner(()))
    assert [entry.client_ref for entry in entries] == [reference(2)]
    assert [item.code for item in refused] == ["not_read_back"]
    assert not path.exists()


def test_file_is_refused_with_the_field_when_the_schema_does(tmp_path: Path) -> None:
    items, _ = render(NAVIGATOR, [row(1, current_participation=58)], tmp_path / "n", STAMP)
    _, refused = verify(NAVIGATOR, items, STAMP, Scanner(()))
    assert [(item.code, item.field) for item in refused] == [
        ("schema", "design_matrix.current_participation")
    ]


def test_run_stops_when_an_identifier_is_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(GateError) as caught:
        verify(NAVIGATOR, staged(tmp_path / "n", 1), STAMP, Scanner([("plan_id", "graded_5_year")]))
    assert caught.value.code == "blocked_e02"
    assert "design_matrix.vesting_schedule_type" in caught.value.message


def release(folder: Path) -> Path:
    entries, _ = verify(NAVIGATOR, staged(folder, 2, 1), STAMP, Scanner(()))
    write_manifest(folder, entries, STAMP)
    return folder


def test_manifest_is_sorted_and_comes_back_when_it_is_read(tmp_path: Path) -> None:
    found = read_manifest(release(tmp_path / "n")).documents
    assert [entry.delivery_key for entry in found] == [f"{reference(1)}_baseline", f"{reference(2)}_baseline"]
    assert check_release(tmp_path / "n") == found


def test_release_holds_no_other_yaml_when_the_manifest_is_written(tmp_path: Path) -> None:
    # Navigator runs every YAML file in the folder as a scenario
    release(tmp_path / "n")
    assert {path.name for path in (tmp_path / "n").iterdir() if not path.name.endswith("_baseline.yaml")} == {
        "MANIFEST.json"
    }


@pytest.mark.parametrize("damage", ["flipped", "missing", "extra", "no manifest"])
def test_release_is_refused_when_it_is_not_what_its_manifest_says(tmp_path: Path, damage: str) -> None:
    folder = release(tmp_path / "n")
    path = folder / f"{reference(1)}_baseline.yaml"
    if damage == "flipped":
        content = bytearray(path.read_bytes())
        content[100] ^= 1
        path.write_bytes(content)
    elif damage == "missing":
        path.unlink()
    elif damage == "extra":
        (folder / "notes.yml").write_text("x: 1\n")
    else:
        (folder / "MANIFEST.json").write_text("{}")
    with pytest.raises(DeliveryError) as caught:
        check_release(folder)
    assert caught.value.code == ("bad_manifest" if damage == "no manifest" else "blocked_e03")


def _bundle(folder: Path, name: str, content: str, *ids: str) -> None:
    """Have a bundle of this content looked through for these clients' ids."""

    def written(where: Path, *_: Any) -> list[str]:
        (where / name).write_text(content, encoding="utf-8")
        return [name]

    target: Any = SimpleNamespace(
        name="crm",
        bundle=written,
        check_bundle=lambda *_: None,
        amounts=lambda _: frozenset({"Head_Count__c"}),
    )
    bundled(target, folder, [], folder, Scanner([("client_id", each) for each in ids]))


AMOUNTS = {
    "lines.jsonl": '{"ref": "a1", "head_count": 70001, "rate": 70001.5}\n{"ref": "a2", "head_count": 3}\n',
    "outcomes.ndjson": '{"ref": "a1", "head_count": 70001}\n',
    "accounts.csv": 'Ref__c,Head_Count__c,Notes__c\na1,70001,"a, b"\na2,"70001",\n',
}


@pytest.mark.parametrize("name", AMOUNTS)
def test_bundle_passes_when_an_amount_in_it_looks_like_a_clients_id(tmp_path: Path, name: str) -> None:
    """Else one plan of 70,001 people would stop the delivery of everybody."""
    _bundle(tmp_path, name, AMOUNTS[name], "70001")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lines.jsonl", '{"ref": "a1", "notes": "see 70001"}\n'),
        ("lines.jsonl", '{"ref": "a1"}\n{"70001": 1}\n'),
        ("lines.jsonl", '{"notes": "70001"}\n'),
        ("outcomes.ndjson", '{"notes": "see \\u0037\\u0030001"}\n'),
        ("accounts.csv", 'Ref__c,Notes__c\na1,"see 70001, or not"\n'),
        ("accounts.csv", 'Ref__c,Notes__c\na1,"two lines:\n of 70001 there"\n'),
        ("mapping.yml", "fields:\n- of 70001\n"),
    ],
)
def test_run_stops_when_an_identifier_is_in_a_bundle(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(GateError) as caught:
        _bundle(tmp_path, name, content, "70001")
    assert caught.value.code == "blocked_e02"
