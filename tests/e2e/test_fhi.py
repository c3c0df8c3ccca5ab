"""The FHI documents of the sample: every number again, from the delivered bytes alone."""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import History
from tests.fhi_recomputed import exact, problems, values

STAMP = re.compile(rb'"generated_at":"[^"]*","run_id":"[^"]*"')


@pytest.fixture(scope="module")
def release(sample: History) -> Path:
    return sample.first.place.out / "fhi" / "current"


@pytest.fixture(scope="module")
def documents(release: Path) -> dict[str, Any]:
    """The delivered documents by client_ref, every number a Decimal."""
    return {path.stem: exact(path.read_bytes()) for path in sorted((release / "documents").iterdir())}


def test_every_number_follows_from_its_document_when_the_sample_was_delivered(
    documents: dict[str, Any],
) -> None:
    """Without it a formula of the SQL could differ from the one that stands beside the value."""
    assert {ref: found for ref, document in documents.items() if (found := problems(document))} == {}
    told = [node for document in documents.values() for _, node in values(document)]
    known = {node["formula"] for node in told if node["value"] is not None}
    unknown = {node["formula"] for node in told if node["value"] is None}
    # what is known of nobody, or of everybody, was not put to the test
    assert {
        "fhi.total_savings_rate/1", "fhi.preparedness_gap/1", "fhi.retirement_readiness/1",
        "fhi.plan_health_score/1", "fhi.financial_wellness_continuum/1", "fhi.match_capture/1",
    } <= known & unknown  # fmt: skip
    bands = {document["financial_wellness_continuum"]["value"] for document in documents.values()}
    assert bands == {None, "vulnerable", "coping", "healthy"}


def test_inputs_are_those_of_the_scenario_when_navigator_has_the_plan_too(
    sample: History, documents: dict[str, Any]
) -> None:
    """Without it a document could be consistent in itself and tell of another plan."""
    compared = 0
    for path in sample.first.place.current.glob("*_baseline.yaml"):
        design = yaml.load(path.read_bytes(), Loader=yaml.BaseLoader)["design_matrix"]
        document = documents[design["client_ref"]]
        match = document["match_at_average_deferral"]["inputs"]
        pairs = [
            (
                document["participant_journey"]["participating"]["share"]["value"],
                design["current_participation"],
            ),
            (match["average_deferral_rate"], design["average_contribution_rate"]),
        ]
        vesting = document["plan_health_score"]["components"][-1]["inputs"]["vesting_schedule"]
        pairs += zip(vesting or [], design["vesting_schedule_array"], strict=True)
        if match["match_tiers"]:
            pairs += [
                (mine[key], theirs[key])
                for mine, theirs in zip(
                    match["match_tiers"], design["employer_match_spec"]["tiers"], strict=True
                )
                for key in ("employee_min", "employee_max", "match_rate")
            ]
        for mine, theirs in pairs:
            assert mine == (None if theirs in ("null", "") else Decimal(theirs)), path.name
            compared += mine is not None
    assert compared > 500


def test_client_has_a_document_when_navigator_alone_holds_it(
    sample: History, documents: dict[str, Any]
) -> None:
    scenarios = {path.name[:16] for path in sample.first.place.current.glob("*_baseline.yaml")}
    assert scenarios < set(documents)
    assert all(document["client_ref"] == ref for ref, document in documents.items())


def test_manifest_and_bundle_are_of_the_same_bytes_when_read_back(release: Path) -> None:
    """A document's checksum is of the text without the two fields of its run; NDJSON is the documents."""
    manifest = json.loads((release / "MANIFEST.json").read_bytes())
    lines = []
    for entry in manifest["documents"]:
        content = (release / entry["path"]).read_bytes()
        bare, count = STAMP.subn(b'"generated_at":null,"run_id":null', content.removesuffix(b"\n"))
        assert count == 1
        assert hashlib.sha256(bare).hexdigest() == entry["document_checksum"], entry["path"]
        lines.append(content)
    assert lines
    assert (release / "outcomes.ndjson").read_bytes() == b"".join(lines)
    assert [entry["path"] for entry in manifest["bundles"]] == ["outcomes.ndjson"]
