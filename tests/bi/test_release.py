"""A BI release: Parquet that reads back equal, the same bytes for the same rows, a catalogue that is true."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from harness.bi import parquet
from harness.bi.release import CATALOGUE, DATABASE, VIEWS, differs, stage_bi
from harness.errors import DeliveryError
from harness.manifest import MANIFEST, Entry, read_manifest
from tests.bi.small import published


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("published") / "20260101.duckdb")


def parquet_of(entries: list[Entry]) -> dict[str, str]:
    return {entry.path: entry.sha256 for entry in entries if entry.path.endswith(".parquet")}


def test_same_rows_give_the_same_bytes_when_their_order_on_disk_differs(marts: Path, tmp_path: Path) -> None:
    # else every run would send everything again
    shuffled = published(
        tmp_path / "other.duckdb",
        "create table t as select * from fct_amount order by hash(number + 7); truncate fct_amount;"
        " insert into fct_amount select * from t; drop table t;",
    )
    first = stage_bi(marts, tmp_path / "1", "run-1")
    again = stage_bi(shuffled, tmp_path / "2", "run-2")
    assert parquet_of(first) == parquet_of(again)
    assert not differs(again, tmp_path / "1")
    assert differs(again, None)


def test_values_are_exact_when_another_reader_opens_the_files(marts: Path, tmp_path: Path) -> None:
    stage_bi(marts, tmp_path / "1", "run-1")
    found = pq.read_table(tmp_path / "1" / "fct_amount.parquet")  # type: ignore[no-untyped-call]
    assert str(found.schema.field("rate").type) == "decimal128(18, 12)"
    assert str(found.schema.field("big").type) == "decimal128(38, 12)"
    rows = found.to_pylist()
    assert [(row["client_ref"], row["number"]) for row in rows[:2]] == [("c1", 0), ("c1", 2)]
    assert rows[1]["rate"] == Decimal("0.000000000002")
    assert rows[1]["big"] == Decimal("100000000000000000000.000000000001")
    assert rows[1]["reasons"] == ["a", "b2"]
    assert rows[1]["share"] is None
    names = pq.read_table(tmp_path / "1" / "dim_client.parquet").to_pylist()  # type: ignore[no-untyped-call]
    assert [row["client_name"] for row in names] == ["née Ünïcode", 'O\'Brien; "and" sons']
    codec = pq.ParquetFile(tmp_path / "1" / "fct_amount.parquet").metadata.row_group(0).column(0).compression  # type: ignore[no-untyped-call]
    assert codec == "ZSTD"


def test_catalogue_is_true_when_a_release_is_made(marts: Path, tmp_path: Path) -> None:
    folder = tmp_path / "1"
    entries = stage_bi(marts, folder, "run-1", generated_at="2026-03-04T05:06:07Z")
    content = json.loads((folder / CATALOGUE).read_bytes())
    assert content["schema_version"] == "bi-catalogue/1.0"
    assert (content["run_id"], content["generated_at"]) == ("run-1", "2026-03-04T05:06:07Z")
    assert content["data_as_of"] == "2026-02-03"
    tables = {table["name"]: table for table in content["tables"]}
    assert tables.keys() == {
        "dim_client", "fct_amount", "fct_quality_result", "fct_pair",
        "dim_mart", "dim_mart_column", "dim_mart_key",
    }  # fmt: skip
    amount = tables["fct_amount"]
    assert amount["description"] == 'One row per thing of fct_amount. It\'s "small".'
    assert (amount["grain"], amount["primary_key"]) == (
        "One row per thing of fct_amount",
        ["client_ref", "number"],
    )
    assert amount["foreign_keys"] == [
        {"columns": ["client_ref"], "table": "dim_client", "to_columns": ["client_ref"]}
    ]
    assert amount["rows"] == 3000
    assert amount["columns"][2] == {
        "name": "rate", "type": "DECIMAL(18,12)", "is_nullable": True, "description": "What rate says.",
    }  # fmt: skip
    for table in tables.values():
        for file in table["files"]:
            held = (folder / file["path"]).read_bytes()
            assert (hashlib.sha256(held).hexdigest(), len(held)) == (file["sha256"], file["bytes"])
    assert sorted(read_manifest(folder).documents, key=lambda entry: entry.path) == entries
    on_disk = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert on_disk == {entry.path for entry in entries} | {MANIFEST}
    assert all(entry.client_ref == "" for entry in entries)
    assert marts.read_bytes() == (folder / DATABASE).read_bytes()
    assert not marts.samefile(folder / DATABASE)


def test_view_is_not_materialised_and_can_be_made_when_a_release_is_read(marts: Path, tmp_path: Path) -> None:
    # every pair of clients and peers would be millions of rows
    folder = tmp_path / "1"
    entries = stage_bi(marts, folder, "run-1")
    assert not [entry for entry in entries if entry.path.startswith("fct_pair")]
    (view,) = [t for t in json.loads((folder / CATALOGUE).read_bytes())["tables"] if t["is_view"]]
    assert (view["name"], view["rows"], view["files"]) == ("fct_pair", None, [])
    assert view["sql"].startswith("CREATE VIEW fct_pair")
    with duckdb.connect() as connection:
        connection.execute(f"set file_search_path = '{folder}'")
        connection.execute((folder / VIEWS).read_text(encoding="utf-8"))
        assert connection.execute("select count(*) from fct_pair").fetchall() == [(4,)]
        assert connection.execute("select count(*) from fct_quality_result").fetchall() == [(3,)]
        comments = connection.execute(
            "select comment from duckdb_views() where view_name = 'fct_amount' and not internal"
        ).fetchall()
        assert comments == [('One row per thing of fct_amount. It\'s "small".',)]


def test_only_the_month_that_grew_is_new_when_a_run_adds_checks(marts: Path, tmp_path: Path) -> None:
    before = parquet_of(stage_bi(marts, tmp_path / "1", "run-1"))
    grown = published(
        tmp_path / "grown.duckdb", "insert into fct_quality_result values ('r4', '2026-03-09 10:00');"
    )
    entries = stage_bi(grown, tmp_path / "2", "run-2", tmp_path / "1")
    after = parquet_of(entries)
    assert {path for path in after if before.get(path) != after[path]} == {
        "fct_quality_result/2026-03.parquet"
    }
    assert differs(entries, tmp_path / "1")
    carried = {entry.path for entry in entries if entry.carried_over}
    assert carried == after.keys() - {"fct_quality_result/2026-03.parquet"}
    for path in carried:
        before, after = tmp_path / "1" / path, tmp_path / "2" / path
        assert before.read_bytes() == after.read_bytes()
        # one damaged block must not damage the backup, too
        assert not before.samefile(after)


def test_damaged_file_is_not_carried_over_when_the_release_before_was_changed(
    marts: Path, tmp_path: Path
) -> None:
    entries = stage_bi(marts, tmp_path / "1", "run-1")
    damaged = tmp_path / "1" / "dim_client.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    again = stage_bi(marts, tmp_path / "2", "run-2", tmp_path / "1")
    assert parquet_of(again) == parquet_of(entries)


def test_release_is_refused_when_a_file_does_not_read_back(
    marts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a writer that drops a row
    monkeypatch.setattr(
        parquet, "_OPTIONS", "format parquet) ; copy (select 1 as x) to '/dev/null' (format csv"
    )
    original = parquet._read_back

    def one_row_less(connection, path, columns, wanted):  # type: ignore[no-untyped-def]
        return original(connection, path, columns, (wanted[0] + 1, wanted[1]))

    monkeypatch.setattr(parquet, "_OPTIONS", "format parquet")
    monkeypatch.setattr(parquet, "_read_back", one_row_less)
    with pytest.raises(DeliveryError) as caught:
        stage_bi(marts, tmp_path / "1", "run-1")
    assert caught.value.code == "parquet_differs"


def test_release_is_refused_when_the_published_file_has_no_catalogue(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "old.duckdb")) as connection:
        connection.execute("create table dim_client (client_ref varchar)")
    with pytest.raises(DeliveryError) as caught:
        stage_bi(tmp_path / "old.duckdb", tmp_path / "1", "run-1")
    assert caught.value.code == "not_described"
