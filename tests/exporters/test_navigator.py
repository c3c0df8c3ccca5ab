"""One document in, the bytes of a scenario out."""

import copy
from pathlib import Path
from typing import Any

import pytest

from exporters import TARGETS, names
from exporters.navigator import read, render
from exporters.yaml import from_json
from harness.verify import same, validator

TESTS = Path(__file__).resolve().parent.parent
GOLDEN = TESTS / "golden"


def golden() -> Any:
    document = from_json((GOLDEN / "navigator_scenario.json").read_text(encoding="utf-8"))
    document["design_matrix"]["run_id"] = "20260102T030405.000006Z-abcdef"
    document["design_matrix"]["generated_at"] = "2026-01-02T03:04:05Z"
    return document


def problems(document: Any) -> list[str]:
    return [
        ".".join(map(str, error.absolute_path))
        for error in validator(TARGETS["navigator"]).iter_errors(document)
    ]


def test_bytes_are_the_golden_ones_when_the_document_is() -> None:
    # any change of layout or quoting shows here first
    assert render(golden()) == (GOLDEN / "navigator_scenario.yaml").read_bytes()


def test_document_comes_back_when_its_bytes_are_read() -> None:
    assert same(read(render(golden())), golden())


def test_document_is_left_alone_when_it_is_rendered() -> None:
    document = golden()
    before = copy.deepcopy(document)
    render(document)
    assert same(document, before)


@pytest.mark.parametrize(
    "path", sorted((TESTS / "navigator_examples").glob("*.json")), ids=lambda path: path.stem
)
def test_example_fits_the_schema_when_the_engine_tests_use_it(path: Path) -> None:
    # the schema would otherwise refuse what the engine needs, or a test would prove what no file may hold
    document = from_json(path.read_text(encoding="utf-8"))["document"]
    ref = document["scenario_id"].removesuffix("_baseline")
    document["design_matrix"] = golden()["design_matrix"] | {"client_ref": ref}
    assert problems(document) == []
    assert same(read(render(document)), document)


def without(*path: str) -> Any:
    document = golden()
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return document


def changed(value: Any, *path: Any) -> Any:
    document = golden()
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return document


def test_golden_document_fits_the_schema_when_it_is_unchanged() -> None:
    assert problems(golden()) == []


@pytest.mark.parametrize("block", sorted(golden()))
def test_schema_refuses_a_document_when_a_block_is_missing(block: str) -> None:
    # the base configuration would fill the gap with its own plan
    assert problems(without(block))


@pytest.mark.parametrize(
    "path",
    [
        ("dc_plan", "match_cap_percent"),
        ("dc_plan", "match_enabled"),
        ("dc_plan", "auto_enroll_hire_date_cutoff"),
        ("enrollment", "auto_enrollment", "default_deferral_rate"),
        ("deferral_auto_escalation", "maximum_rate"),
        ("employer_match", "eligibility", "allow_new_hires"),
        ("design_matrix", "vesting_schedule_array"),
        ("design_matrix", "run_id"),
    ],
)
def test_schema_refuses_a_document_when_a_needed_field_is_missing(path: tuple[str, ...]) -> None:
    assert problems(without(*path))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("simulation", ("scenario_id",)),
        ("C-1", ("scenario_id",)),
        (6, ("enrollment", "auto_enrollment", "default_deferral_rate")),
        ("0.06", ("enrollment", "auto_enrollment", "default_deferral_rate")),
        ("all_eligible", ("enrollment", "auto_enrollment", "scope")),
        ("01/01/2020", ("enrollment", "auto_enrollment", "hire_date_cutoff")),
        ("none", ("employer_core_contribution", "status")),
        (4, ("dc_plan", "match_cap_percent")),
        ([], ("dc_plan", "match_tiers")),
        (1, ("dc_plan", "match_percent")),
        (True, ("employer_match", "enabled")),
        (0, ("simulation", "random_seed")),
        ("70001", ("design_matrix", "client_ref")),
        ("unresolved", ("design_matrix", "employer_match_spec", "kind")),
        ([0, 2], ("design_matrix", "vesting_schedule_array")),
    ],
)
def test_schema_refuses_a_document_when_a_value_would_mislead_the_engine(
    value: Any, path: tuple[str, ...]
) -> None:
    assert problems(changed(value, *path))


def test_registry_names_a_schema_and_functions_when_a_target_is_listed() -> None:
    for name, target in TARGETS.items():
        assert name in names()
        assert target.name == name
        assert target.schema_path.is_file()
        assert callable(target.render)
        assert callable(target.read)
