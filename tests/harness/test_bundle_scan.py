"""Rule E02 judges a release's bundles as it judges the documents that they are made of."""

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exporters import TARGETS
from harness.bundle_scan import suspects
from harness.errors import GateError
from harness.identifiers import Scanner
from harness.manifest import Entry
from harness.verify import bundled, no_identifier
from tests.exporters.crm_records import FULL, GOLDEN, mapped, record

ID = "70001"
CRM, FHI = TARGETS["crm"], TARGETS["fhi"]
TEXT = "Match 50% up to {} of pay."


def fhi(**changes: Any) -> Any:
    """The golden document with a count and a warning of ours."""
    found = FHI.read((GOLDEN / "fhi_outcome.line.json").read_bytes())
    found["modelled"]["scenarios"][0]["years"][0]["eligible_count"]["value"] = changes.pop("count", 1000)
    found["warnings"][0]["message"] = changes.pop("said", "nothing")
    return found | changes


def crm(**changes: Any) -> Any:
    """The golden record with an amount and a text of ours."""
    found = record(
        recommendation_1_cost_amount_low=changes.pop("count", 1000),
        recommendation_1=changes.pop("said", "Match."),
    )
    return found | {"client_ref": FULL} | changes


def released(folder: Path, target: Any, documents: list[Any], scanner: Scanner, home: Path) -> bool:
    """Make a release of the documents; tell whether E02 stops its bundles."""
    entries = []
    for number, document in enumerate(documents):
        path = target.path(f"c{number:015x}")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(target.render(document))
        entries.append(Entry(path, f"c{number:015x}", FULL, "0" * 64, "0" * 64, 1))
    try:
        bundled(target, folder, entries, home, scanner)
    except GateError as error:
        assert error.code == "blocked_e02", error
        return True
    return False


def documents_stopped(documents: list[Any], scanner: Scanner) -> bool:
    try:
        for document in documents:
            no_identifier(scanner, "document.json", document)
    except GateError:
        return True
    return False


@pytest.mark.parametrize("made", [crm, fhi])
def test_bundle_goes_out_when_an_amount_equals_an_identifier(tmp_path: Path, made: Any) -> None:
    """One client's cost of 70,001 dollars would stop everybody's delivery."""
    target = CRM if made is crm else FHI
    scanner = Scanner([("client_id", ID)])
    document = made(count=int(ID))
    assert not documents_stopped([document], scanner)
    assert not released(tmp_path, target, [document, made()], scanner, tmp_path)


@pytest.mark.parametrize("made", [crm, fhi])
@pytest.mark.parametrize(
    ("identifier", "said"),
    [
        (ID, ID),
        (ID, f"as client {ID}, twice"),
        ("AC ME", "of AC ME"),
        ('Joe "X" Co', 'by Joe "X" Co, once'),
        ("A\\B 7", "A\\B 7"),
        ("A\n7", "one A\n7 two"),
        ("Smith, John", "for Smith, John"),
        ("caf\u00e9\u2028next", "a caf\u00e9\u2028next b"),
        ("42", "42"),
    ],
)
def test_bundle_is_stopped_when_a_text_holds_an_identifier(
    tmp_path: Path, made: Any, identifier: str, said: str
) -> None:
    """Quoted and escaped as its format wants it, it would leave the house unseen."""
    target = CRM if made is crm else FHI
    scanner = Scanner([("client_id", identifier)])
    assert documents_stopped([made(said=said)], scanner)
    assert released(tmp_path, target, [made(), made(said=said)], scanner, tmp_path)


def test_bundle_is_stopped_when_a_name_of_the_firms_mapping_is_an_identifier(tmp_path: Path) -> None:
    """The header of the CSV and the keys of the JSON lines are texts of the mapping."""
    home = mapped(tmp_path / "home", ("PlanWise_Rec_1__c", "Acme_401__c"))
    assert released(tmp_path / "r", CRM, [crm()], Scanner([("plan_id", "acme_401__c")]), home)


def test_bundle_is_stopped_when_an_identifier_is_its_file_name(tmp_path: Path) -> None:
    assert released(tmp_path, CRM, [crm()], Scanner([("plan_id", "accounts")]), tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "is_found"),
    [
        ("x.jsonl", rb'{"a":"7000\u0031"}', True),
        ("x.jsonl", rb'{"\u0037\u0030001":1}', True),
        ("x.jsonl", b'{"a":1}\n{"a":[{"b":"as 70001"}]}', True),
        ("x.ndjson", b'{"a":70001}\n{"a":[70001,-70001]}', False),
        ("x.csv", b"n,a\n1,70001", True),
        ("x.csv", b"70001,a\n1,2", True),
        ("x.csv", b"n,a\n1,2,70001", True),
        ("x.csv", b"a,a\n70001,2", True),
        ("x.csv", b"n,a\nof 70001,2", True),
        ("x.csv", b"n,a\n70001,2", False),
        ("x.csv", b"n,a\n-70001.50,2", False),
        ("x.yml", rb'a: "7000\x31"', True),
        ("x.yml", b"a: 70001", False),
        ("x.md", b"| 70001 |", True),
        ("70001.csv", b"a", False),
    ],
)
def test_identifier_is_found_when_it_is_a_text_in_whatever_form(
    tmp_path: Path, name: str, content: bytes, is_found: bool
) -> None:
    """Numbers of a column that holds numbers, and of JSON and YAML, are amounts; all else is looked at."""
    path, scanner = tmp_path / name, Scanner([("client_id", ID)])
    path.write_bytes(content)
    values = list(suspects(path, scanner, {"n"}))
    assert any(scanner.scan("file", value) for value in values) == is_found


@pytest.mark.parametrize("made", [crm, fhi])
def test_bundle_is_judged_as_its_documents_when_they_are_any(tmp_path: Path, made: Any) -> None:
    """What stops one and not the other holds everybody up, or lets an identifier out."""
    target, draw = CRM if made is crm else FHI, random.Random(7)
    words = [ID, "170001", "AB-12", "42", "ab", "$70001", '"', "\\", "\n", ",", "'", "\u2028", "=", "7"]
    verdicts = set()
    for number in range(30):
        identifier = "".join(draw.choice(words) for _ in range(draw.choice((1, 1, 2, 3)))).strip()
        said = " ".join(draw.choice(words) for _ in range(3))
        said = draw.choice(("Text.", said, f"x {identifier} y", identifier, TEXT.format(identifier)))
        count = draw.choice((int(ID), 42, 1000, Decimal("70001.5")))
        documents = [made(), made(said=said.strip() or "x", count=count)]
        scanner = Scanner([("client_id", identifier)])
        stopped = documents_stopped(documents, scanner)
        verdicts.add(stopped)
        found = released(tmp_path / str(number), target, documents, scanner, tmp_path)
        assert found == stopped, (identifier, said, count)
    assert verdicts == {True, False}
