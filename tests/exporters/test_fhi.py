"""FHI documents: bytes, schema, the file of all documents, and the recomputation that tests them."""

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from exporters import SCHEMAS
from exporters.fhi import BUNDLE, bundle, check_bundle, read, render
from exporters.yaml import from_json
from harness.verify import same
from tests.fhi_recomputed import exact, problems

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
SCHEMA = Draft202012Validator(
    json.loads((SCHEMAS / "fhi-outcomes-1.0.json").read_text(encoding="utf-8"), parse_float=Decimal)
)


def golden() -> Any:
    document = from_json((GOLDEN / "fhi_outcome.json").read_text(encoding="utf-8"))
    document["run_id"] = "20260102T030405.000006Z-abcdef"
    document["generated_at"] = "2026-01-02T03:04:05Z"
    return document


def changed(value: Any, *path: Any) -> Any:
    """The golden document with one value replaced; `...` removes it."""
    document = golden()
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return document


def fits(document: Any) -> bool:
    return bool(SCHEMA.is_valid(document))


def test_bytes_are_the_golden_ones_when_the_document_is() -> None:
    # any change of layout or of a number's digits shows here first
    assert render(golden()) == (GOLDEN / "fhi_outcome.line.json").read_bytes()


def test_document_comes_back_when_its_bytes_are_read() -> None:
    document = golden()
    before = copy.deepcopy(document)
    assert same(read(render(document)), before)
    assert same(document, before)


def test_no_number_is_binary_when_a_document_is_read() -> None:
    """0.15 as a float is 0.1499999999999999944: a gap of nothing would become one."""

    def floats(value: Any) -> list[Any]:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        return [value] if isinstance(value, float) else [found for each in inner for found in floats(each)]

    assert floats(read(render(golden()))) == []


@pytest.mark.parametrize("content", [b"", b"\xff{}", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"{"])
def test_read_refuses_bytes_when_they_are_no_document(content: bytes) -> None:
    with pytest.raises(ValueError):
        read(content)


def test_golden_document_fits_the_schema_when_it_is_unchanged() -> None:
    assert [error.message for error in SCHEMA.iter_errors(golden())] == []


@pytest.mark.parametrize("element", sorted(golden()))
def test_schema_refuses_a_document_when_an_element_is_missing(element: str) -> None:
    # a reader would take what is not there for unknown, without a reason
    assert not fits(changed(..., element))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, ("run_id",)),
        ("DM-1001", ("client_ref",)),
        ("fhi-outcomes/1.1", ("schema_version",)),
        (101, ("plan_health_score", "value")),
        ("65", ("plan_health_score", "value")),
        (None, ("plan_health_score", "value")),
        ("no reason is needed", ("plan_health_score", "unknown_reason")),
        (..., ("plan_health_score", "inputs", "known_weight")),
        (1, ("plan_health_score", "inputs", "something_else")),
        ("fhi.preparedness_gap/1", ("plan_health_score", "formula")),
        ([], ("plan_health_score", "components")),
        ("fine", ("financial_wellness_continuum", "value")),
        (Decimal("1.5"), ("total_savings_rate", "inputs", "nonelective_rate")),
        (Decimal("0.5"), ("participant_journey", "eligible", "count", "value")),
        (..., ("modelled", "scenarios", 0, "years", 0, "participation", "change")),
        ("maybe", ("modelled", "scenarios", 0, "outcome_status")),
        ("high", ("warnings", 0, "severity")),
    ],
)
def test_schema_refuses_a_document_when_a_value_would_mislead(value: Any, path: tuple[Any, ...]) -> None:
    assert not fits(changed(value, *path))


def test_every_number_follows_from_the_document_when_nothing_is_changed() -> None:
    assert problems(exact(render(golden()))) == []


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (Decimal("0.000000000001"), ("preparedness_gap", "value")),
        (Decimal("0.16"), ("preparedness_gap", "inputs", "savings_target")),
        (Decimal("0.9"), ("participant_journey", "participating", "share", "inputs", "participation_rate")),
        (Decimal("50.000001"), ("plan_health_score", "value")),
        (31, ("plan_health_score", "components", 0, "weight")),
        (Decimal("0.999999999999"), ("plan_health_score", "components", 3, "value")),
        ([], ("plan_health_score", "missing_weights")),
        ("healthy", ("financial_wellness_continuum", "value")),
        (None, ("total_savings_rate", "unknown_reason")),
        (Decimal("0.001"), ("match_at_average_deferral", "inputs", "average_deferral_rate")),
        (
            Decimal("0.1"),
            ("modelled", "scenarios", 1, "years", 0, "participation", "change", "inputs", "baseline"),
        ),
        (
            Decimal("0.1"),
            ("modelled", "scenarios", 1, "years", 0, "employer_cost", "value"),
        ),
        (..., ("formulas", "fhi.preparedness_gap/1")),
    ],
)
def test_recomputation_finds_it_when_one_number_is_another(value: Any, path: tuple[Any, ...]) -> None:
    # a recomputation that accepts everything would prove nothing of the sample
    assert problems(exact(render(changed(value, *path))))


def lines(count: int) -> list[bytes]:
    return [render(changed(f"c{number:015x}", "client_ref")) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_bundle_holds_every_document_when_it_is_made(tmp_path: Path, count: int) -> None:
    assert bundle(tmp_path, iter(lines(count)), tmp_path) == [BUNDLE]
    check_bundle(tmp_path, iter(lines(count)), tmp_path)
    assert (tmp_path / BUNDLE).read_bytes() == b"".join(lines(count))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"".join(lines(2)), "ends after 2 lines; document 3 is missing"),
        (b"".join(lines(4)), "has a line 4, and there are 3 documents"),
        (b"".join(lines(3)).replace(b"0.15", b"0.16", 1), "line 1 of outcomes.ndjson is not document 1"),
        (b"".join(lines(3)[::-1]), "line 1 of outcomes.ndjson is not document 1"),
        (b"".join(lines(3))[:-1], "line 3 of outcomes.ndjson is not document 3"),
    ],
)
def test_bundle_is_refused_when_it_is_not_the_documents(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / BUNDLE).write_bytes(content)
    with pytest.raises(ValueError, match=said):
        check_bundle(tmp_path, iter(lines(3)), tmp_path)


@pytest.mark.parametrize("document", [b'{"a":\n1}\n', b"{}", b""])
def test_bundle_is_not_made_when_a_document_is_not_one_line(tmp_path: Path, document: bytes) -> None:
    with pytest.raises(ValueError, match="not one line"):
        bundle(tmp_path, iter([document]), tmp_path)
