"""Documents of two kinds are the same where they say the same, and where not it is seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.compare import checksums, compared, engine_part
from bench.peer_words import core, rate, tiers, vesting, wait


def _folders(root: Path, changed: dict[str, Any]) -> tuple[Path, Path]:
    document = {
        "scenario_id": "c1_baseline",
        "dc_plan": {"match_cap_percent": 0.0400, "auto_enroll_hire_date_cutoff": "1900-01-01", "core": 2},
        "design_matrix": {"run_id": "one", "generated_at": "", "client_ref": "c1", "bands": []},
    }
    left, right = root / "left", root / "right"
    left.mkdir()
    right.mkdir()
    yaml = "scenario_id: c1_baseline\ndc_plan:\n  match_cap_percent: 0.04\n  core: 2.0\n"
    yaml += '  auto_enroll_hire_date_cutoff: "1900-01-01"\n'
    yaml += "design_matrix: {client_ref: c1, run_id: other, generated_at: x, bands: []}\n"
    (left / "c1_baseline.yaml").write_text(yaml)
    (right / "c1_baseline.json").write_text(json.dumps(document | changed))
    (right / "c2_baseline.json").write_text(json.dumps(document))
    return left, right


def test_documents_are_equal_when_they_differ_in_spelling_and_run_only(tmp_path: Path) -> None:
    """Unseen else: a peer that is called wrong for its JSON."""
    left, right = _folders(tmp_path, {})
    found = compared(checksums(left), checksums(right))
    assert found == {"ours": 1, "theirs": 2, "equal": 1, "differ": 0, "only_ours": 0, "only_theirs": 1}
    assert checksums(right, only="2").keys() == {"c2_baseline"}


@pytest.mark.parametrize(
    "changed",
    [
        {"dc_plan": {"match_cap_percent": 0.0401, "auto_enroll_hire_date_cutoff": "1900-01-01", "core": 2}},
        {"design_matrix": {"client_ref": "c1", "bands": [1]}},
        {"more": None},
    ],
)
def test_documents_differ_when_one_says_something_else(tmp_path: Path, changed: dict[str, Any]) -> None:
    """Unseen else: a peer that does less, and is beaten for the wrong reason."""
    left, right = _folders(tmp_path, changed)
    assert compared(checksums(left), checksums(right))["differ"] == 1
    is_kept_only = "design_matrix" in changed
    assert compared(checksums(left, engine_part), checksums(right, engine_part))["differ"] == (
        not is_kept_only
    )


def test_the_script_by_hand_reads_common_wordings_when_they_are_plain() -> None:
    """Unseen else: a straw man, whose speed is that of understanding nothing."""
    assert tiers("100% up to 3%, then 50% up to 5%") == [
        {"employee_min": 0, "employee_max": 0.03, "match_rate": 1.0},
        {"employee_min": 0.03, "employee_max": 0.05, "match_rate": 0.5},
    ]
    assert (tiers("No match"), tiers("see plan document")) == ([], None)
    assert (rate("6%"), rate("0.06"), core("3% of compensation")) == (0.06, 0.06, 0.03)
    assert vesting("5-year graded") == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert (wait("90 days") or {})["months"] == 3
