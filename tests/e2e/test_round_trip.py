"""The whole way there and back: export, Navigator's real results under our slugs, pull, marts, write-back."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from harness.navigator.trust import expected_echo
from tests.e2e.command import Place, Ran, planwise
from tests.e2e.matrices import write_kind
from tests.fhi_recomputed import exact, problems, values
from tests.harness.navigator_fixture import REAL, batch, merged, real_copy
from tests.older_duckdb import python_with_duckdb

pytestmark = [pytest.mark.slow, pytest.mark.shared]
AUDIT_LOG = """
    create table audit_log (
        id varchar primary key, client_id varchar not null, field_name varchar not null, old_value varchar,
        new_value varchar, change_type varchar not null, reason varchar not null, notes varchar,
        updated_by varchar not null, updated_at timestamp default current_timestamp,
        confidence_score decimal(3, 2))
"""
READER = """
import duckdb, sys
assert duckdb.__version__.startswith("1.4"), duckdb.__version__
connection = duckdb.connect(sys.argv[1])
print(connection.execute("select count(*) from navigator_outcomes").fetchone()[0])
connection.execute("update plan_designs set notes = notes")
"""


@dataclass(frozen=True)
class Trip:
    """What was seen on the way."""

    place: Place
    matrix: Path
    documents: dict[str, Any]
    refused: str
    failed: str
    pulled: Ran
    again: Ran
    shown: Ran
    dry: Ran
    before: str
    after_dry: str
    written: Ran
    rewritten: Ran
    last: Ran

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.place.marts), read_only=True) as connection:
            return connection.execute(question).fetchall()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def trip(tmp_path_factory: pytest.TempPathFactory) -> Trip:
    if not REAL.is_dir():
        pytest.skip(f"needs the real results in {REAL}")
    root = tmp_path_factory.mktemp("round trip")
    place, matrix = Place(root / "place"), write_kind("v3", root / "matrix")
    with duckdb.connect(str(matrix)) as connection:
        connection.execute(AUDIT_LOG)
    first = planwise(place, "run", matrix)
    documents = {
        name.removesuffix(".yaml"): yaml.safe_load(content)
        for name, content in first.files.items()
        if name.endswith(".yaml")
    }
    # by id, for the order of references differs from home to home; what is refused echoes another design
    keys = (f"{client['client_ref']}_baseline" for _, client in sorted(first.clients.items()))
    baselines = [key for key in keys if key in documents]
    refused = next(key for key in baselines[::-1] if expected_echo(documents[key]) != "tiered")
    failed = next(key for key in baselines[::-1] if key != refused)
    configs: dict[str, Any] = {}
    for key, one in documents.items():
        if key == failed:
            continue
        years = one["simulation"]["start_year"], one["simulation"]["end_year"]
        echo = "tiered" if key == refused else expected_echo(one)
        real_copy(
            "baseline" if key in baselines else "dm_beta",
            root / "nav" / "dbt" / f"{key}.duckdb",
            key,
            echo,
            tuple(range(years[0], years[1] + 1)),
        )
        configs[key] = merged(one)
    folder = batch(root / "batch_1", configs, {failed: "worker process died"})

    def pull() -> Ran:
        return planwise(place, "pull", folder, "--root", root / "nav")

    pulled, again = pull(), pull()
    # every FHI document tells the outcomes now, which is more than the volume guard lets pass in silence
    shown = planwise(place, "run", matrix, "--because", "outcomes were pulled")
    before = digest(matrix)
    dry = planwise(place, "write-back", matrix, "--rates", "--dry-run")
    after_dry = digest(matrix)
    written, rewritten = (planwise(place, "write-back", matrix, "--rates") for _ in range(2))
    last = planwise(place, "run", matrix)
    return Trip(
        place, matrix, documents, refused, failed, pulled, again, shown, dry, before, after_dry, written,
        rewritten, last,
    )  # fmt: skip


def test_results_are_landed_once_and_what_is_not_ours_is_refused(trip: Trip) -> None:
    count = len(trip.documents)
    assert trip.pulled.status == 3, trip.pulled.said()
    assert f"{count} scenarios: {count - 2} accepted, 1 refused, 1 failed, 0 unread" in trip.pulled.stdout
    assert "Navigator did not simulate this design" in trip.pulled.stdout
    assert f"0 new, {count} pulled before" in trip.again.stdout


def test_marts_tell_navigators_figures_when_the_next_run_has_built_them(trip: Trip) -> None:
    assert trip.shown.status in (0, 3), trip.shown.said()
    rows = trip.ask(
        "select distinct row_number() over (partition by client_ref order by simulation_year),"
        " round(participation_rate_active, 4), employer_match_amount, employer_core_amount"
        " from fct_navigator_outcome where scenario = 'baseline' order by 1 limit 2"
    )
    assert rows == [
        (1, Decimal("0.9437"), Decimal("1715457.20"), Decimal("497250.31")),
        (2, Decimal("0.9717"), Decimal("1911584.65"), Decimal("525573.11")),
    ]
    statuses = dict(trip.ask("select delivery_key, outcome_status from dim_scenario"))
    expected = dict.fromkeys(trip.documents, "accepted") | {trip.refused: "refused", trip.failed: "failed"}
    assert {key: statuses[key] for key in expected} == expected
    designs = trip.ask("select distinct design_status from dim_scenario where outcome_status = 'accepted'")
    assert designs == [("current",)]


def test_effects_are_scenario_less_baseline_when_both_were_modelled(trip: Trip) -> None:
    scenarios = [key for key in trip.documents if not key.endswith("_baseline")]
    assert scenarios, "no recommended scenario was delivered, so no effect could be seen"
    lost = {key.split("_")[0] for key in (trip.refused, trip.failed)}
    rows = trip.ask(
        "select client_ref, refused_reason, employer_match_amount_change from fct_scenario_effect"
        " qualify row_number() over (partition by client_ref, scenario order by simulation_year) = 1"
    )
    assert len(rows) == len(scenarios)
    for client_ref, reason, change in rows:
        found = ("no_baseline", None) if client_ref in lost else (None, Decimal("-180017.32"))
        assert (reason, change) == found
    verdicts = {verdict for (verdict,) in trip.ask("select verdict from fct_recommendation_calibration")}
    assert verdicts & {"inside", "below", "above", "no_range_stated"}


def test_fhi_documents_tell_the_modelled_figures_when_the_next_run_has_built_them(trip: Trip) -> None:
    documents = trip.place.out / "fhi" / "current" / "documents"
    found = [exact(path.read_bytes()) for path in sorted(documents.iterdir())]
    assert [problems(document) for document in found] == [[]] * len(found)
    scenarios = [each for document in found for each in document["modelled"]["scenarios"]]
    told = {True: 0, False: 0}
    for scenario in scenarios:
        told[bool(scenario["years"])] += 1
        assert bool(scenario["years"]) == (scenario["unknown_reason"] is None)
    # one was refused, one failed: named, without a figure
    assert told == {True: len(trip.documents) - 2, False: 2}
    changes = [
        node["value"]
        for scenario in scenarios
        for path, node in values(scenario)
        if path.endswith("participation.change") and node["value"] is not None
    ]
    assert any(changes)


def test_nothing_is_touched_by_a_dry_run_and_everything_written_once(trip: Trip) -> None:
    assert (trip.dry.status, trip.before) == (0, trip.after_dry), trip.dry.said()
    assert trip.written.status == 0, trip.written.said()
    assert "rates written" in trip.written.stdout
    assert "0 outcomes and 0 rates written" in trip.rewritten.stdout
    accepted = len(trip.documents) - 2
    with duckdb.connect(str(trip.matrix), read_only=True) as connection:
        assert connection.execute("select count(*) from navigator_outcomes").fetchall() == [(3 * accepted,)]


def test_outcomes_stay_current_when_their_own_rates_were_written_back(trip: Trip) -> None:
    # the rates are new texts of the source, and no other design
    assert trip.last.status in (0, 3), trip.last.said()
    found = trip.ask("select distinct outcome_status from dim_scenario where design_status is not null")
    assert found == [("accepted",)]


def test_owner_reads_the_matrix_with_duckdb_14_when_it_came_back(trip: Trip, tmp_path: Path) -> None:
    python = python_with_duckdb("1.4.5", tmp_path)
    done = subprocess.run([str(python), "-c", READER, str(trip.matrix)], capture_output=True, text=True)
    assert done.stdout.strip() == str(3 * (len(trip.documents) - 2)), done.stderr
