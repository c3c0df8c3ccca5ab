"""Bare numbers: a matrix of percents and the same one of fractions are the same plans."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.command import Place, Ran, planwise, side_by_side
from tests.e2e.designs import Design, design
from tests.e2e.engine_check import engine_differences, mapped_differences
from tests.e2e.matrices import RECENT
from tests.harness.builders import write_csv

RATES = (
    "match_effective_rate",
    "nonelective_formula",
    "auto_enrollment_rate",
    "auto_escalation_cap",
    "auto_escalation_rate",
    "participation_rate",
    "avg_deferral_rate",
)
# percents, as a person would type them, of clients whose ids look like percents
PERCENTS: dict[str, tuple[str, ...]] = {
    "1": ("3", "2.5", "3", "10", "1", "84.5", "6.1"),
    "2": ("3", "9.5", "4", "12", "2", "90", "7.25"),
    "3": ("3", "3", "6", "15", "1", "55.5", "4.8"),
    "4": ("3", "4", "2", "8", "1", "61.25", "5"),
}
TEXTS = {"source_checksum", "formula_text", "run_id", "generated_at", "client_ref"}


def _fraction(percent: str) -> str:
    whole, _, rest = percent.partition(".")
    digits = whole.rjust(3, "0")
    return f"{digits[:-2]}.{digits[-2:]}{rest}"


def _matrix(path: Path, spelled: Callable[[str], str]) -> Path:
    rows = []
    for client_id, rates in PERCENTS.items():
        row = {
            "client_id": client_id,
            "client_name": f"Unit Works {client_id}",
            "industry": "manufacturing",
            "employee_count": "900",
            "state": "OH",
            "eligibility": "Immediate",
            "match_formula": "50% up to 6%",
            "auto_enrollment_enabled": "yes",
            "auto_enrollment_effective_year": "1900",
            "auto_escalation_enabled": "yes",
            "vesting_schedule": "3-year cliff",
            "data_source": "SPD",
            "last_updated": RECENT,
        }
        rows.append(row | {name: spelled(rate) for name, rate in zip(RATES, rates, strict=True)})
    return write_csv(path, rows)


def _designs() -> dict[str, Design]:
    return {
        client_id: design(
            {
                "match": [["0", "0.06", "0.5"]],
                "core": _fraction(rates[1]),
                "auto_enrolment": [_fraction(rates[2]), 1900],
                "escalation": [_fraction(rates[4]), _fraction(rates[3])],
                "wait": {"months": 0},
                "match_rule": [0, 0, False],
                "core_rule": [0, 0, False],
                "vesting": [0, 0, 0, 1],
                "participation": _fraction(rates[5]),
                "deferral": _fraction(rates[6]),
            }
        )
        for client_id, rates in PERCENTS.items()
    }


@pytest.fixture(scope="module")
def runs(new_place: Callable[[str], Place], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    folder = tmp_path_factory.mktemp("units")
    percent = _matrix(folder / "percent.csv", str)
    fraction = _matrix(folder / "fraction.csv", _fraction)
    places = new_place("units-percent"), new_place("units-fraction")

    def percents() -> dict[str, Ran]:
        return {
            "auto percent": planwise(places[0], "run", percent),
            "percent": planwise(places[0], "run", percent, "--units", "percent"),
        }

    def fractions() -> dict[str, Ran]:
        return {
            "fraction": planwise(places[1], "run", fraction, "--units", "fraction"),
            "wrong": planwise(places[1], "run", percent, "--units", "fraction"),
        }

    done = side_by_side({"percents": percents, "fractions": fractions})
    return done["percents"] | done["fractions"]


@pytest.mark.parametrize("name", ["auto percent", "percent", "fraction"])
def test_engine_runs_the_same_plans_when_units_are_told_or_found(runs: dict[str, Ran], name: str) -> None:
    ran = runs[name]
    assert ran.status == 0, ran.said()
    assert engine_differences(ran.documents, _designs()) == []
    assert mapped_differences(ran.documents, _designs()) == []


def _content(ran: Ran) -> dict[str, Any]:
    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without(inner) for key, inner in value.items() if key not in TEXTS}
        return [without(inner) for inner in value] if isinstance(value, list) else value

    found = {}
    for client_id, document in ran.documents.items():
        reference = ran.clients[client_id]["client_ref"]
        found[client_id] = json.loads(json.dumps(without(document)).replace(reference, "REF"))
    return found


def test_documents_are_the_same_when_percents_are_written_as_fractions(runs: dict[str, Ran]) -> None:
    percent = _content(runs["percent"])
    for name in ("auto percent", "fraction"):
        assert _content(runs[name]) == percent, name


def test_clients_are_held_when_percents_are_called_fractions(runs: dict[str, Ran]) -> None:
    # 3 as a fraction is 300 %
    ran = runs["wrong"]
    assert ran.status == 4, ran.said()
    assert ran.report["counts"]["exported"] == 0
    assert ran.report["asked"]["units"] == "fraction"
    assert set(ran.files) == set(runs["fraction"].files)


def test_setting_is_kept_with_the_run_when_units_are_told(runs: dict[str, Ran]) -> None:
    assert [runs[name].report["asked"]["units"] for name in ("auto percent", "percent")] == [
        "auto",
        "percent",
    ]
    assert json.loads(runs["percent"].files["MANIFEST.json"])
    assert all(
        yaml.safe_load(content) for name, content in runs["percent"].files.items() if name.endswith(".yaml")
    )
