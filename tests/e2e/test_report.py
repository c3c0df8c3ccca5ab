"""What a run says of itself: counts, fields, exit codes, and what is expected of the sample's clients."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from tests.e2e.command import PROJECT, Place, Ran, planwise
from tests.e2e.conftest import SHARED_FILES, History

EXPECTATIONS = PROJECT / "tests" / "corpus" / "sample_expectations.csv"
REPORT_FIELDS = {"run_id", "versions", "status", "started_at", "finished_at", "seconds", "counts", "clients"}
CLIENT_FIELDS = {"client_id", "client_ref", "status", "documents", "warnings", "reasons"}
STEPS = ["extract", "build", "gates", "plan", "render", "verify", "history", "publish", "deliver"]


def expectations() -> list[dict[str, str]]:
    with EXPECTATIONS.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_clients_are_exported_or_held_as_expected_when_the_sample_runs(
    sample: History, untouched: Ran
) -> None:
    for ran in (sample.first, untouched):
        wanted = {row["client_id"]: row["expected_status"] for row in expectations()}
        assert {
            key: (status, wanted[key]) for key, status in ran.statuses().items() if status != wanted[key]
        } == {}
        assert set(ran.statuses()) == set(wanted)


def test_expected_rule_is_among_the_reasons_when_a_client_is_held(sample: History, untouched: Ran) -> None:
    for ran in (sample.first, untouched):
        missed = [
            row["client_id"]
            for row in expectations()
            if row["expected_status"] == "held"
            and (row["rule"], row["field"]) not in {reason[:2] for reason in ran.reasons(row["client_id"])}
        ]
        assert missed == []


def test_every_main_reason_and_sixty_exports_are_there_when_the_sample_runs(sample: History) -> None:
    # the sample is there to show what holds a client
    rules = {reason["rule"] for client in sample.first.clients.values() for reason in client["reasons"]}
    assert {"S04", "S05", "P01", "P02", "P04", "P06", "P09", "P10", "P11", "P12"} <= rules
    assert sample.first.report["counts"]["exported"] >= 60


def check_report(ran: Ran) -> None:
    """All that holds of any report."""
    report, counts = ran.report, ran.report["counts"]
    assert set(report) >= REPORT_FIELDS
    assert set(counts) == {"source", "exported", "held", "rejected"}
    assert counts["source"] == counts["exported"] + counts["held"] + counts["rejected"]
    statuses = Counter(client["status"] for client in report["clients"])
    assert statuses["exported"] == counts["exported"]
    assert statuses["held"] == counts["held"]
    assert statuses["rejected"] + len(report["rejected_rows"]) == counts["rejected"]
    assert set(statuses) <= {"exported", "held", "rejected"}
    assert report["started_at"] <= report["finished_at"]
    assert report["started_at"].endswith("Z")
    assert set(report["versions"]) >= {"planwise", "duckdb", "dbt-core", "great-expectations"}
    for client in report["clients"]:
        assert set(client) == CLIENT_FIELDS
        assert bool(client["documents"]) == (client["status"] == "exported"), client
        # a reason about one target leaves the others as they are
        of_all = [reason for reason in client["reasons"] if not reason["target"]]
        assert bool(of_all) == (client["status"] != "exported"), client
        for warning in client["warnings"]:
            assert set(warning) == {"rule", "field", "message"}
            assert warning["message"]
        for reason in client["reasons"]:
            assert set(reason) == {
                "rule", "field", "raw", "code", "message", "resolve", "target"
            }  # fmt: skip
            assert reason["rule"] and reason["message"] and reason["resolve"], reason
        for document in client["documents"]:
            assert not Path(document).is_absolute()


def test_report_is_complete_and_adds_up_when_a_run_ends(
    sample: History, untouched: Ran, kinds: dict[str, Ran]
) -> None:
    for ran in (sample.first, sample.again, sample.narrowed, sample.rebuilt, untouched, *kinds.values()):
        check_report(ran)
        assert [step for step in ran.report["seconds"] if step in STEPS] == STEPS
        assert ran.status == (3 if ran.report["status"] == "partial" else 0)


@pytest.mark.shared
@pytest.mark.parametrize("name", SHARED_FILES)
def test_every_client_of_the_real_files_is_accounted_for_when_they_run(
    shared_runs: dict[str, Ran], name: str
) -> None:
    ran = shared_runs[name]
    check_report(ran)
    assert ran.status in (0, 3), ran.said()
    assert ran.report["counts"]["exported"] > 0


def test_documents_are_where_the_report_says_when_they_are_delivered(sample: History) -> None:
    out = sample.first.place.out
    every = [path for client in sample.rebuilt.report["clients"] for path in client["documents"]]
    assert all((out / path).is_file() for path in every)
    for target in ("fhi", "crm"):
        of_target = [path for path in every if path.startswith(f"{target}/")]
        assert len(of_target) == sample.rebuilt.report["delivered"][target]["documents"] > 0
    listed = [path for path in every if path.startswith("navigator/")]
    assert len(listed) == len(set(listed)) == sample.rebuilt.report["delivered"]["navigator"]["documents"]
    exported = list(sample.rebuilt.statuses().values()).count("exported")
    assert sample.rebuilt.report["delivered"]["navigator"]["clients"] == exported
    assert sum(path.endswith("_baseline.yaml") for path in listed) == exported
    said = f"navigator: {len(listed)} documents of {exported} clients"
    assert said in sample.rebuilt.stdout
    assert {Path(path).name for path in listed} | {"MANIFEST.json"} == set(sample.rebuilt.files)


def test_held_reason_names_value_and_remedy_when_a_field_is_not_understood(sample: History) -> None:
    (reason,) = sample.first.clients["DM-1071"]["reasons"]
    assert reason["raw"] == "4% match"
    assert reason["code"] == "no_match_rate"
    assert reason["field"] == "match_formula"


def test_warnings_of_gates_and_of_the_document_are_in_both_when_a_client_goes_out(sample: History) -> None:
    # "the warning travels with the export": neither list may know less than the other
    def read(found: list[dict[str, str]]) -> set[tuple[str, str, str]]:
        return {(item["rule"], item["field"], item["message"]) for item in found}

    unlike = {}
    for client_id, document in sample.first.documents.items():
        said = read(sample.first.clients[client_id]["warnings"])
        carried = read(document["design_matrix"]["warnings"])
        for target in ("fhi", "crm"):
            (content,) = (
                content
                for name, content in sample.first_snapshot.items()
                if name.startswith(f"out/{target}/releases/")
                and name.endswith(f"/{sample.first.clients[client_id]['client_ref']}.json")
            )
            carried |= read(json.loads(content)["warnings"])
        if said != carried:
            unlike[client_id] = said ^ carried
    assert unlike == {}
    rules = {
        "DM-1022": "S05",
        "DM-1111": "P03",
        "DM-1106": "P05",
        "DM-1003": "P12",
        "DM-1014": "P10",
        "DM-1032": "P08",
    }
    for client_id, rule in rules.items():
        assert rule in {w["rule"] for w in sample.first.documents[client_id]["design_matrix"]["warnings"]}, (
            client_id
        )


def test_report_copy_is_the_report_when_one_is_asked_for(published: Place, tmp_path: Path) -> None:
    copy = tmp_path / "my report.json"
    ran = planwise(published.copy(tmp_path / "place"), "export", "MX-0003", "--report", copy)
    assert ran.status == 0, ran.said()
    assert json.loads(copy.read_bytes()) == ran.report
    assert copy.stat().st_mode & 0o077 == 0


def test_counts_of_the_marts_are_those_of_the_report_when_they_are_published(sample: History) -> None:
    ran = sample.rebuilt
    with duckdb.connect(str(ran.place.marts), read_only=True) as marts:
        found = dict(
            marts.execute(
                "select status, count(distinct client_ref) from fct_client_status group by 1"
            ).fetchall()
        )
        total = marts.execute("select count(*) from dim_client").fetchall()[0][0]
        scenarios = marts.execute(
            "select count(distinct client_ref) from exp_navigator__scenario where scenario = 'baseline'"
        ).fetchall()[0][0]
    counts = ran.report["counts"]
    assert (found["exported"], found["held"]) == (counts["exported"], counts["held"])
    assert total == counts["source"]
    assert scenarios == list(ran.statuses().values()).count("exported")
