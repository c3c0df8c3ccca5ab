"""Bytes that leave the house: the manifest, identifiers, sameness over runs, and the life of a client_ref."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import socket
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.e2e.command import Place, Ran, scenario_names, tokens
from tests.e2e.conftest import SHARED_FILES, History
from tests.e2e.exact_json import document_checksum

REFERENCE = re.compile(r"c[0-9a-f]{15}")


def check_manifest(ran: Ran) -> None:
    """Path, SHA-256, bytes and document checksum, each computed here again."""
    manifest = ran.manifest
    if not ran.report["nothing_written"]:
        assert manifest["run_id"] == ran.report["run_id"]
    entries = {entry["path"]: entry for entry in manifest["documents"]}
    assert set(entries) == set(ran.files) - {"MANIFEST.json"}
    assert len(manifest["documents"]) == len(entries)
    for path, entry in entries.items():
        content = ran.files[path]
        assert entry["bytes"] == len(content)
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["document_checksum"] == document_checksum(content), path
        assert path == f"{entry['delivery_key']}.yaml"
        assert re.fullmatch(r"c[0-9a-f]{15}(_baseline|__[a-z0-9_]+)", entry["delivery_key"])
        document = yaml.load(content, Loader=yaml.CSafeLoader)
        assert document["scenario_id"] == document["plan_design_id"] == entry["delivery_key"]
        assert document["design_matrix"]["client_ref"] == entry["client_ref"]
        assert re.fullmatch(r"[a-z0-9_]+", entry["delivery_key"]) and entry["delivery_key"] != "simulation"


def test_manifest_is_right_when_documents_are_delivered(
    sample: History, untouched: Ran, kinds: dict[str, Ran]
) -> None:
    for ran in (sample.first, sample.again, sample.narrowed, sample.rebuilt, untouched, *kinds.values()):
        check_manifest(ran)


@pytest.mark.shared
@pytest.mark.parametrize("name", SHARED_FILES)
def test_manifest_is_right_when_the_real_files_are_delivered(shared_runs: dict[str, Ran], name: str) -> None:
    check_manifest(shared_runs[name])


def test_nothing_else_ends_in_yaml_when_navigator_reads_the_folder(sample: History) -> None:
    # Navigator runs whatever ends so
    suffixes = {Path(name).suffix for name in sample.first.files}
    assert suffixes == {".yaml", ".json"}
    assert [name for name in sample.first.files if name.endswith(".json")] == ["MANIFEST.json"]


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, inner in value.items() for text in [str(key), *_strings(inner)]]
    if isinstance(value, list | tuple | set):
        return [text for inner in value for text in _strings(inner)]
    return [] if value is None else [str(value)]


def published_strings(place: Place) -> dict[str, list[str]]:
    """Every value of every table of the published marts as text, by table, with names and comments."""
    found: dict[str, list[str]] = {}
    with duckdb.connect(str(place.marts), read_only=True) as marts:
        marts.execute("set timezone = 'UTC'")
        for (name,) in marts.execute("select table_name from duckdb_tables()").fetchall():
            cursor = marts.execute(f'select * from "{name}"')
            found[name] = [column[0] for column in cursor.description or ()] + _strings(cursor.fetchall())
        catalogue = "select comment from duckdb_tables() union all select comment from duckdb_columns()"
        found["comments"] = _strings(marts.execute(catalogue).fetchall())
    return found


def internal(ran: Ran, source: Path) -> set[str]:
    """What must not go out: names of places, files and machines."""
    return {
        str(ran.place.home),
        str(ran.place.out),
        str(source),
        source.name,
        socket.gethostname(),
        str(Path.home()),
    }


def test_no_internal_id_leaves_when_the_sample_is_delivered(sample: History) -> None:
    # the ids are of a shape of their own, so the bytes themselves can be searched, keys as well as values
    place = sample.first.place
    outgoing = [*sample.first_snapshot.items(), *place.snapshot().items()]
    for name, content in outgoing:
        data = content if isinstance(content, bytes) else content.encode()
        assert not re.search(rb"(?i)dm-?1[01]\d\d\b", data), name
        assert not re.search(r"(?i)dm-?1[01]\d\d", name)
    for table, texts in published_strings(place).items():
        assert [text for text in texts if re.search(r"(?i)dm-?1[01]\d\d\b", text)] == [], table
        for secret in internal(sample.first, sample.source):
            assert [text for text in texts if secret in text] == [], (table, secret)
    for name, content in sample.rebuilt.files.items():
        for secret in internal(sample.first, sample.source):
            assert secret.encode() not in content, (name, secret)


@pytest.mark.shared
@pytest.mark.parametrize("name", SHARED_FILES)
def test_no_internal_id_leaves_when_ids_are_plain_numbers(shared_runs: dict[str, Ran], name: str) -> None:
    ran = shared_runs[name]
    ids = {client_id.lower() for client_id in ran.clients}
    for file, content in ran.files.items():
        assert not ids & tokens([file]), file
        texts = _strings(
            json.loads(content) if file.endswith(".json") else yaml.load(content, Loader=yaml.CSafeLoader)
        )
        assert not ids & tokens(texts), file
    for table, texts in published_strings(ran.place).items():
        assert not ids & tokens(texts), table


def test_no_file_is_touched_when_the_same_source_comes_twice(sample: History) -> None:
    # not one byte and not one time, in home or target: whoever watches the folder has nothing to do
    ran = sample.again
    assert sample.touched == {}
    assert ran.status == sample.first.status == 3
    assert ran.report["nothing_written"] is True
    assert "nothing was written" in ran.stdout
    assert ran.report["counts"] == sample.first.report["counts"]
    assert ran.report["clients"] == sample.first.report["clients"]
    assert ran.report["changes"]["counts"]["unchanged"] == ran.report["rows_read"]
    assert ran.report["rules"] == sample.first.report["rules"]  # no check is skipped


def test_one_document_is_written_when_one_field_changed(sample: History) -> None:
    # the warehouse was deleted before, the rows are in another order: neither makes a document differ
    ran = sample.rebuilt
    found = ran.report["plan"]["navigator"]["differing"]
    # what is recommended to others may move with their peers; a plan as it is moves with its own row alone
    (differing,) = (entry for entry in found if entry["document"].endswith("_baseline.yaml"))
    assert (differing["client_id"], differing["action"], differing["cause"]) == (
        "DM-1003",
        "update",
        "source",
    )
    (changed,) = ran.report["changes"]["clients"]
    (entry,) = changed["fields"]
    assert (changed["client_id"], entry["field"], entry["after"]) == (
        "DM-1003",
        "participation_rate",
        "77.7%",
    )
    new = {name for name, content in ran.files.items() if sample.narrowed.files.get(name) != content}
    assert new == {entry["document"] for entry in found if entry["action"] != "delete"} | {"MANIFEST.json"}
    accounted = ran.report["accounted"]
    plans = ran.report["plan"].values()
    sent = len({entry["client_ref"] for plan in plans for entry in plan["differing"]})
    assert (accounted["sent"], accounted["deleted"]) == (sent, 0)
    assert accounted["unchanged"] == ran.report["counts"]["exported"] - sent


def checksums(ran: Ran) -> dict[str, str]:
    """Of every client's plan as it is."""
    return {
        entry["client_ref"]: entry["document_checksum"]
        for entry in ran.manifest["documents"]
        if entry["delivery_key"].endswith("_baseline")
    }


def references(ran: Ran) -> dict[str, str]:
    return {client_id: client["client_ref"] for client_id, client in ran.clients.items()}


def test_client_ref_stays_when_runs_repeat_rows_move_and_the_warehouse_is_gone(sample: History) -> None:
    first = references(sample.first)
    assert all(REFERENCE.fullmatch(ref) for ref in first.values())
    assert len(set(first.values())) == len(first)
    assert references(sample.again) == first
    assert references(sample.rebuilt) == first
    changed = {first[client_id] for client_id in ("DM-1001", "DM-1002", "DM-1003")}
    before = checksums(sample.first)
    assert {ref for ref, now in checksums(sample.rebuilt).items() if now != before[ref]} == changed


def test_client_ref_is_another_one_when_the_home_is(sample: History, untouched: Ran) -> None:
    # nobody can tell from a reference which client it is, not even with the matrix at hand
    assert not set(references(sample.first).values()) & set(references(untouched).values())


def test_other_documents_stay_byte_for_byte_when_a_run_is_about_two_clients(sample: History) -> None:
    ran, before = sample.narrowed, sample.again.files
    about = {name for client in ran.clients.values() for name in scenario_names(client)}
    assert {f"{client['client_ref']}_baseline.yaml" for client in ran.clients.values()} <= about
    assert set(ran.clients) == {"DM-1001", "DM-1002"}
    assert ran.report["counts"] == {"source": 2, "exported": 2, "held": 0, "rejected": 0}
    assert set(ran.files) == set(before)
    changed = {name for name in before if ran.files[name] != before[name]}
    assert changed == about | {"MANIFEST.json"}


def test_releases_before_stay_as_they_were_when_a_new_one_is_current(sample: History) -> None:
    first = {
        name: content
        for name, content in sample.first_snapshot.items()
        if "/releases/" in name or name.endswith("Z.duckdb")
    }
    now = sample.rebuilt.place.snapshot()
    assert {name: content for name, content in now.items() if name in first} == first


def test_scenarios_carry_the_day_of_the_data_when_the_sample_is_shifted(sample: History) -> None:
    with sample.source.open(newline="", encoding="utf-8") as stream:
        days = {row["client_id"]: row["last_updated"] for row in csv.DictReader(stream)}
    block = sample.first.documents["DM-1001"]["design_matrix"]
    assert block["data_as_of"] == days["DM-1001"]
    assert block["run_id"] == sample.first.report["run_id"]
    assert block["generated_at"] == sample.first.report["started_at"]
    assert block["schema_version"]
