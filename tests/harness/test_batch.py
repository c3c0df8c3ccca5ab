"""Batches on marts made by hand: who is in, what is kept back (rule R03), who fell, where reports go."""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from harness.batch import Asked, analyse
from harness.batch_delivery import deliver
from harness.batch_report import files
from harness.config import Settings, settings
from harness.endpoints import SETTINGS, VARIABLE, endpoints
from harness.errors import GateError, SourceError
from harness.warehouse import sql

PLANS, ORGANISATIONS = 20, 3
_MARTS = """
create table dim_client (client_ref varchar, employee_count integer, last_updated_on date);
create table dim_client_segment (client_ref varchar, organisation varchar, industry varchar,
    size_band integer, size_band_label varchar, plan_type varchar, state varchar, region varchar);
create table dim_feature as select * from (values
    ('auto_enrollment', 'Auto-enrolment', 'yes_no', 'yes_no', 'better'),
    ('match_generosity', 'Match', 'continuous', 'fraction_of_pay', 'better'),
    ('waiting_period_months', 'Wait', 'continuous', 'months', 'worse'))
    as t(feature, label, kind, unit, more_is);
create table fct_peer_benchmark (client_ref varchar, feature varchar, peer_group_key varchar,
    widening_step integer, client_value decimal(18, 12), client_unknown_reason varchar, percentile double,
    unpublished_reason varchar);
create table fct_gap (client_ref varchar, feature varchar, direction varchar, is_significant boolean);
create table dim_recommendation_rule as
    select 'missing' as rule, 'None is there.' as condition, 'Add it.' as change;
create table fct_recommendation (client_ref varchar, recommendation varchar, rule varchar, priority varchar,
    expected_measure varchar, expected_low decimal(18, 12), expected_high decimal(18, 12),
    is_exported boolean);
create table fct_client_status (client_ref varchar, status varchar);
create table fct_quality_result (run_id varchar);
"""
Plan = tuple[str | None, str | None, int | None, int | None]
"""Industry, organisation, size band, auto-enrolment (null where unknown)."""


def publish(
    where: Settings, run_id: str, plans: Iterable[Plan], more: str = "", current: bool = True
) -> None:
    where.published.mkdir(parents=True, exist_ok=True)
    path = where.published / f"{run_id}.duckdb"
    with duckdb.connect(str(path)) as marts:
        marts.execute(_MARTS)
        marts.execute("insert into fct_quality_result values (?)", [run_id])
        for number, (industry, organisation, band, value) in enumerate(plans):
            ref = f"c{number:015x}"
            marts.execute("insert into dim_client values (?, 1000, date '2026-10-01')", [ref])
            marts.execute(
                "insert into dim_client_segment values (?, ?, ?, ?, 'band ' || ?, '401(k)', 'OH', 'Midwest')",
                [ref, organisation, industry, band, band],
            )
            marts.execute("insert into fct_client_status values (?, 'exported')", [ref])
            marts.execute(
                "insert into fct_peer_benchmark values (?, 'auto_enrollment', 'g', 4, ?, ?, null, null)",
                [ref, value, None if value is not None else "unknown"],
            )
        marts.execute(more)
    if current:
        where.current.unlink(missing_ok=True)
        where.current.write_bytes(path.read_bytes())


def book(**counts: int) -> list[Plan]:
    """So many plans of each industry, each of an organisation of its own."""
    return [
        (industry, f"{industry} {n}", 1, n % 2) for industry, count in counts.items() for n in range(count)
    ]


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    return settings(tmp_path / "home", tmp_path / "out")


def told(where: Settings, kind: str = "industry", **asked: Any) -> dict[str, int | None]:
    """n of auto-enrolment by segment."""
    found = analyse(where, Asked(**asked))
    return {
        row["segment"]: row["n"]
        for row in found.segments
        if row["segment_kind"] == kind and row["measure"] == "auto_enrollment"
    }


def test_segment_is_told_when_it_has_twenty_plans_of_three_organisations(where: Settings) -> None:
    publish(where, "r1", book(farms=20, banks=25))
    assert told(where) == {"farms": 20, "banks": 25}


@pytest.mark.parametrize(
    "plans",
    [
        book(farms=19),
        [("farms", "one firm", 1, 1)] * 40,
        [("farms", f"firm {n % 2}", 1, 1) for n in range(40)],
        [("farms", None, 1, 1)] * 40,
        [("farms", f"firm {n}", 1, 1 if n < 19 else None) for n in range(40)],
    ],
    ids=["nineteen", "one organisation", "two organisations", "no organisation", "nineteen known"],
)
def test_nothing_is_told_when_plans_or_organisations_are_too_few(where: Settings, plans: list[Plan]) -> None:
    publish(where, "r1", plans)
    found = analyse(where, Asked())
    cells = [row for row in found.segments if row["measure"] == "auto_enrollment"]
    assert cells
    for row in cells:
        assert row["suppressed_reason"] == "fewer than 20 plans or 3 organisations"
        figures = ("n", "organisations", "having_it", "share", "wilson_low", "wilson_high", "written")
        assert {row[name] for name in figures} == {None}


def test_nothing_is_told_when_a_condition_leaves_nineteen(where: Settings) -> None:
    publish(where, "r1", book(farms=19, banks=60))
    assert told(where, "all", industries=("farms",)) == {"all": None}


def test_smallest_segment_is_kept_back_when_the_total_would_give_away_another(where: Settings) -> None:
    publish(where, "r1", book(farms=5, banks=30, mines=40))
    assert told(where) == {"farms": None, "banks": None, "mines": 40}


def _lines(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[bool, int, int]]]:
    found: dict[str, list[tuple[bool, int, int]]] = {}
    for line, kept, n, organisations in connection.execute(
        "select line, suppressed_reason is not null, n, organisations from lines join cells using (cell)"
    ).fetchall():
        found.setdefault(line, []).append((kept, n, organisations))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_no_difference_of_a_total_and_its_published_parts_tells_a_small_segment(seed: int) -> None:
    random.seed(seed)
    with duckdb.connect() as connection:
        connection.execute(f"set variable plans_min = '{PLANS}'")
        connection.execute(f"set variable organisations_min = '{ORGANISATIONS}'")
        rows = []
        for industry, band in itertools.product("abcdef", range(1, 6)):
            size = random.choice([0, 1, 3, 19, 20, 21, 40, 200])
            firms = random.choice([1, 2, 3, size or 1])
            rows += [(f"c{len(rows) + n}", f"{industry}{n % firms}", industry, band) for n in range(size)]
        connection.execute(
            "create table selected (client_ref varchar, organisation varchar, industry varchar,"
            " size_band integer, size_band_label varchar)"
        )
        connection.executemany("insert into selected values (?, ?, ?, ?, 'x')", rows)
        connection.execute(_MARTS.replace("create table dim_client_segment", "create table unused"))
        connection.execute(
            "insert into fct_peer_benchmark select client_ref, 'auto_enrollment', 'g', 4, 1, null, null, null"
            " from selected"
        )
        connection.execute(sql("batch_cells"))
        while connection.execute(sql("batch_suppress")).fetchall()[0][0]:
            pass
        assert connection.execute(
            f"select count(*) from cells where suppressed_reason is null"
            f" and (n < {PLANS} or organisations < {ORGANISATIONS})"
        ).fetchall() == [(0,)]
        told_something = 0
        for cells in _lines(connection).values():
            kept = [cell for cell in cells if cell[0]]
            told_something += len(cells) > len(kept)
            if kept and len(kept) < len(cells):
                assert len(kept) >= 2, "the total less the others is the one that is kept back"
                assert sum(n for _, n, _ in kept) >= PLANS
                assert max(organisations for _, _, organisations in kept) >= ORGANISATIONS
        assert told_something, "everything is kept back"


BENCHMARK = (
    "insert into fct_peer_benchmark values"
    " ('c{ref:015x}', '{feature}', '{group}', 4, {value}, null, {at}, null);"
)


def placed(ref: int, feature: str, at: float | None, value: float = 0.03, group: str = "g") -> str:
    told = "null" if at is None else at
    return BENCHMARK.format(ref=ref, feature=feature, at=told, value=value, group=group)


def test_client_fell_when_its_place_is_worse_than_in_the_publication_before(where: Settings) -> None:
    plans = book(farms=6)
    before = [
        placed(0, "match_generosity", 0.50),
        placed(1, "match_generosity", 0.50),
        placed(2, "waiting_period_months", 0.50),
        placed(3, "waiting_period_months", 0.50),
        placed(4, "match_generosity", 0.50, value=0.04),
        placed(5, "match_generosity", 0.50),
    ]
    now = [
        placed(0, "match_generosity", 0.45),
        placed(1, "match_generosity", 0.46),
        placed(2, "waiting_period_months", 0.60),
        placed(3, "waiting_period_months", 0.20),
        placed(4, "match_generosity", 0.10),
        placed(5, "match_generosity", 0.30, group="other"),
    ]
    publish(where, "20261101", plans, "".join(placed(n, "match_generosity", 0.99) for n in range(6)), False)
    publish(where, "20261110", plans, "".join(before), False)
    publish(where, "20261120", plans, "".join(now))
    found = analyse(where, Asked())
    assert found.compared_with == "20261110"
    assert {(int(row["client_ref"][1:], 16), row["feature"], row["cause"]) for row in found.fell} == {
        (0, "match_generosity", "peers moved"),
        (2, "waiting_period_months", "peers moved"),
        (4, "match_generosity", "own value changed"),
        (5, "match_generosity", "compared with another group"),
    }
    assert {row["client_ref"] for row in found.clients if row["features_fell"]} == {
        row["client_ref"] for row in found.fell
    }
    assert len(analyse(where, Asked(fell_by=4.0)).fell) == 5


def test_yes_no_feature_fell_when_it_is_not_there_any_more(where: Settings) -> None:
    plans = book(farms=4)
    publish(where, "20261110", [(i, o, b, 1) for i, o, b, _ in plans], "", False)
    publish(where, "20261120", plans)
    assert len(analyse(where, Asked()).fell) == 2


def test_nothing_fell_when_there_is_no_publication_before(where: Settings) -> None:
    publish(where, "20261120", book(farms=3))
    found = analyse(where, Asked())
    assert (found.compared_with, found.fell) == (None, [])


def test_clients_are_those_of_the_file_when_one_is_given(where: Settings, tmp_path: Path) -> None:
    publish(where, "r1", book(farms=6))
    listed = tmp_path / "clients.csv"
    listed.write_text("\ufeffclient_ref,name\n# mine\nc000000000000001,x\n\nc000000000000001\nNOBODY-9\n")
    found = analyse(where, Asked(listed))
    assert [row["client_ref"] for row in found.clients] == ["c000000000000001"]
    assert found.unknown == ["NOBODY-9"]
    assert "NOBODY-9" not in json.dumps(found.as_json(), default=str)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"industries": ("farmz",)}, "unknown_value"),
        ({"bands": ("9",)}, "unknown_value"),
        ({"states": ("ZZ",)}, "unknown_value"),
        ({"bands": ("5",)}, "nobody"),
        ({"clients": Path("/nowhere/clients.txt")}, "bad_clients"),
    ],
)
def test_batch_is_refused_when_a_condition_can_not_be(
    where: Settings, asked: dict[str, Any], code: str
) -> None:
    publish(where, "r1", book(farms=3))
    with pytest.raises(SourceError) as refused:
        analyse(where, Asked(**asked))
    assert (refused.value.code, refused.value.exit_status) == (code, 2)


def test_batch_says_so_when_nothing_is_published(where: Settings) -> None:
    with pytest.raises(SourceError, match="nothing was published"):
        analyse(where, Asked())


def test_cells_are_no_formulas_when_a_spreadsheet_opens_them(where: Settings) -> None:
    publish(where, "r1", [("=cmd()", f"f{n}", 1, 1) for n in range(20)])
    (place,), failed = deliver(where, analyse(where, Asked()), endpoints(where))[0].values(), []
    assert failed == []
    for name in ("clients.csv", "segments.csv"):
        rows = list(csv.reader(io.StringIO((place / name).read_text())))
        cells = {cell for row in rows for cell in row}
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
        assert "'=cmd()" in cells


def test_others_get_the_report_when_one_endpoint_fails(
    where: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(where, "r1", book(farms=20))
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(VARIABLE, f"directory:{tmp_path}/file,directory:{tmp_path}/good")
    found = analyse(where, Asked())
    delivered, failed = deliver(where, found, endpoints(where))
    assert [error.code for error in failed] == ["endpoint_failed"]
    assert list(delivered.values()) == [tmp_path / "good" / f"batch_{found.run_id}"]
    assert {path.name for path in (tmp_path / "good").iterdir()} == {f"batch_{found.run_id}"}
    names = {"report.json", "report.md", "segments.csv", "clients.csv"}
    assert {path.name for path in next(iter(delivered.values())).iterdir()} == names


def test_nobody_gets_the_report_when_it_holds_an_internal_id(where: Settings) -> None:
    publish(where, "r1", [("DM-4711", f"f{n}", 1, 1) for n in range(20)])
    where.identifiers.write_text(json.dumps([["client_id", "DM-4711"]]))
    with pytest.raises(GateError, match="E02"):
        deliver(where, analyse(where, Asked()), endpoints(where))
    assert not (where.out / "reports").exists()


@pytest.mark.parametrize("number", [70001, 0.70001])
def test_report_goes_out_when_a_number_equals_an_internal_id(where: Settings, number: float) -> None:
    """A segment of seventy thousand and one clients would keep the report from everybody."""
    publish(where, "r1", book(farms=20))
    where.identifiers.write_text(json.dumps([["client_id", "70001"]]))
    found = analyse(where, Asked())
    found = replace(
        found,
        freshness=[row | {"clients": number} for row in found.freshness],
        clients=[row | {"gaps": number} for row in found.clients],
        segments=[row | {"share": number} for row in found.segments],
    )
    assert all(b"70001" in content for content in files(found).values())
    delivered, failed = deliver(where, found, endpoints(where))
    assert (len(delivered), failed) == (1, [])


@pytest.mark.parametrize("identifier", ["70001", 'the "7"', "A\\B  7", "A\n7"])
def test_nobody_gets_the_report_when_a_text_of_it_holds_an_id(where: Settings, identifier: str) -> None:
    """As JSON, CSV and Markdown write it, it is not what it was; and no number excuses a text."""
    plans: list[Plan] = [(f"farms of {identifier}", f"f{n}", 1, 1) for n in range(20)]
    publish(where, "r1", plans)
    where.identifiers.write_text(json.dumps([["client_id", identifier]]))
    with pytest.raises(GateError, match="E02"):
        deliver(where, analyse(where, Asked()), endpoints(where))


@pytest.mark.parametrize("name", ["report.json", "report.md", "segments.csv", "clients.csv"])
def test_nobody_gets_the_report_when_only_one_file_of_it_holds_an_id(
    where: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What is made of the answers is looked through as it goes out, not only the answers."""
    publish(where, "r1", book(farms=20))
    where.identifiers.write_text(json.dumps([["client_id", "70001"]]))
    batch = analyse(where, Asked())
    content = files(batch)
    assert deliver(where, batch, endpoints(where))[1] == []
    added = {"report.json": b'{"of": "70001"}', "report.md": b"\nof 70001\n"}.get(name, b'"of 70001"\n')
    content[name] = added if name == "report.json" else content[name] + added
    monkeypatch.setattr("harness.batch_delivery.files", lambda _: content)
    with pytest.raises(GateError, match="E02"):
        deliver(where, batch, endpoints(where))


@pytest.mark.parametrize(
    "content",
    ["[[batch.endpoint]]\nkind = 'ftp'\npath = 'x'", "[[batch.endpoint]]\nkind = 'directory'", "batch = ["],
)
def test_settings_are_refused_when_an_endpoint_can_not_be(where: Settings, content: str) -> None:
    where.home.mkdir()
    (where.home / SETTINGS).write_text(content)
    with pytest.raises(SourceError):
        endpoints(where)


def test_endpoints_are_those_of_the_settings_file_when_there_is_one(where: Settings) -> None:
    where.home.mkdir()
    (where.home / SETTINGS).write_text(
        "[[batch.endpoint]]\nname = 'team'\nkind = 'directory'\npath = 'for the team'\n"
    )
    (found,) = endpoints(where)
    assert (found.name, found.path) == ("team", where.home / "for the team")
