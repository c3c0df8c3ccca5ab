"""`lineage`: the way back from a delivered value ends at the very cell of the source, and is complete."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
from click.testing import CliRunner

from harness.cli import cli
from tests.e2e.command import Place
from tests.e2e.conftest import History


def _lineage(place: Place, *asked: str) -> dict[str, Any]:
    where = ["--home", str(place.home), "--out", str(place.out), "--json"]
    done = CliRunner().invoke(cli, ["lineage", *asked, *where])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.output)
    return found


def _delivered(sample: History) -> Path:
    """The same client's in every home: of the first id that has one."""
    ran = sample.rebuilt
    names = (f"{client['client_ref']}_baseline.yaml" for _, client in sorted(ran.clients.items()))
    return next(path for name in names if (path := ran.place.current / name).exists())


def test_every_text_is_that_of_its_cell_when_a_delivered_file_is_traced(sample: History) -> None:
    """A way back to the wrong row would acquit a wrong value."""
    file = _delivered(sample)
    found = _lineage(sample.rebuilt.place, str(file))
    (rows,) = [list(csv.reader(path.open(newline="", encoding="utf-8"))) for path in _sources(sample, found)]
    cells = dict(zip(rows[0], rows[found["source"]["row_number"] - 1], strict=True))
    assert cells["client_id"] == found["client_id"]
    told = {one["column"]: one["raw"] or "" for one in found["fields"]}
    shared = told.keys() & cells.keys()
    assert len(shared) > 15
    assert {name: told[name] for name in shared} == {name: cells[name] for name in shared}


def _sources(sample: History, found: dict[str, Any]) -> list[Path]:
    """The file with the checksum that the lineage names."""
    folder = sample.source.parent
    paths = [path for path in folder.rglob(found["source"]["file"]) if path.is_file()]
    return [
        path
        for path in paths
        if hashlib.sha256(path.read_bytes()).hexdigest() == found["source"]["source_sha256"]
    ]


def test_checksums_run_models_and_events_are_named_when_a_delivered_file_is_traced(sample: History) -> None:
    """Whoever asks two years later has the bytes, and needs everything that made them."""
    file = _delivered(sample)
    found = _lineage(sample.rebuilt.place, str(file), "--field", "match_formula")
    (document,) = found["documents"]
    assert document["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert document["file"]["is_as_recorded"] and document["bytes"] == file.stat().st_size
    manifest = file.resolve().parent / "MANIFEST.json"
    assert document["manifest_sha256"] == hashlib.sha256(manifest.read_bytes()).hexdigest()
    (entry,) = [e for e in json.loads(manifest.read_text())["documents"] if e["path"] == file.name]
    assert document["document_checksum"] == entry["document_checksum"]
    assert document["file"]["found_at"] == ["design_matrix.employer_match_spec"]
    run = document["run"]
    assert (
        run["input_checksum"]
        and run["code_checksum"]
        and run["versions"]["dbt-core"]
        and run["gates"]["gates"]
    )
    assert [event["kind"] for event in document["events"]].count("confirmed") >= 1
    models = [model["model"] for model in document["models"]]
    assert models[-1] == "exp_navigator__scenario"
    assert models.index("stg_design_matrix__plans") < models.index("fct_plan_design")
    assert any(model["names_field"] for model in document["models"])


def test_client_reference_and_key_lead_to_the_same_place_when_each_is_traced(sample: History) -> None:
    """Support gets whatever the caller has at hand."""
    place, file = sample.rebuilt.place, _delivered(sample)
    of_file = _lineage(place, str(file))
    of_key = _lineage(place, file.stem)
    of_ref, of_id = _lineage(place, of_file["client_ref"]), _lineage(place, of_file["client_id"])
    assert of_ref == of_id
    assert of_key["source"] == of_ref["source"] == of_file["source"]
    assert file.stem in {one["delivery_key"] for one in of_id["documents"]}


def test_the_reviewer_is_named_when_a_decision_settled_the_text(sample: History, tmp_path: Path) -> None:
    """A value that a person decided would look as if the source said so."""
    place = sample.rebuilt.place.copy(tmp_path / "place")
    ref = _delivered(sample).name.removesuffix("_baseline.yaml")
    with duckdb.connect(str(place.home / "warehouse.duckdb")) as connection:
        connection.execute(
            "insert into int_resolutions__judged by name"
            " select client_ref, client_id, 'match_formula' as field, '50% up to 6%' as value,"
            " 'ana' as reviewer, date '2026-01-02' as decided_on, 'plan document' as reason,"
            " 'rs_1' as resolution_id, 'applied' as status"
            f" from int_clients where client_ref = '{ref}'"
        )
    (one,) = _lineage(place, ref, "--field", "match_formula")["fields"]
    assert (one["resolution"]["reviewer"], one["text_read"]) == ("ana", "50% up to 6%")


def test_the_nearest_is_named_when_nothing_has_that_name(sample: History) -> None:
    """A typing error must not look like a client without deliveries."""
    where = ["--home", str(sample.rebuilt.place.home), "--out", str(sample.rebuilt.place.out)]
    done = CliRunner().invoke(cli, ["lineage", "DM-10021", *where])
    assert done.exit_code == 2 and "DM-1002" in done.output
    done = CliRunner().invoke(cli, ["lineage", "DM-1002", "--field", "match_formulas", *where])
    assert done.exit_code == 2 and "match_formula" in done.output
