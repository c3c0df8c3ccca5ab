"""Rule E02: what is found, and what is no finding."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from harness.identifiers import Scanner, collect, machine


def kinds(pairs: list[tuple[str, str]], value: Any, file: str = "c0_baseline.yaml") -> set[str]:
    return {found.kind for found in Scanner(pairs).scan(file, value)}


@pytest.mark.parametrize(
    ("identifier", "text"),
    [
        ("70001", "client 70001."),
        ("70001", "70001"),
        ("AB-12", "see ab-12, please"),
        ("ab12", "note AB12_baseline"),
        ("ACME_401", "acme_401"),
        ("St. John's 7", "from st. john's 7 (old)"),
        ("日本", "の日本の"),
        ("/srv/plans/home", "written to /srv/plans/home/var"),
        ("matrix_of_the_bank.csv", "row 3 of Matrix_of_the_bank.csv"),
        ("42", "42"),
        ("O'1", "o'1"),
    ],
)
def test_identifier_is_found_when_a_string_holds_it(identifier: str, text: str) -> None:
    assert kinds([("client_id", identifier)], {"a": [{"b": text}]}) == {"client_id"}


@pytest.mark.parametrize(
    ("identifier", "value"),
    [
        ("42", "rate of 42 percent"),
        ("70001", 70001),
        ("70001", "a70001b 170001"),
        ("70001", "0a70001f9e"),
        ("12345", "at most $12345 a year"),
        ("plan", "planned"),
        ("AB-12", "ab-123"),
        ("St. John's 7", "st. john's 70"),
        ("short", ["shortly"]),
    ],
)
def test_nothing_is_found_when_the_match_is_part_of_a_word_or_an_amount(identifier: str, value: Any) -> None:
    # a false alarm stops everybody's delivery
    assert kinds([("client_id", identifier)], {"a": value}) == set()


def test_identifier_is_found_when_it_is_a_key_or_the_file_name() -> None:
    scanner = Scanner([("client_id", "70001")])
    assert [found.key_path for found in scanner.scan("x.yaml", {"a": {"70001": 1}})] == ["a.70001 (key)"]
    assert [found.key_path for found in scanner.scan("70001.yaml", {})] == ["(file name)"]


def test_finding_names_file_and_key_path_when_it_is_deep() -> None:
    found = Scanner([("plan_id", "PL-9")]).scan("x.yaml", {"a": [{"b": 1}, {"b": "uses pl-9"}]})
    assert [(f.file, f.key_path, f.kind, f.value) for f in found] == [("x.yaml", "a[1].b", "plan_id", "PL-9")]


def test_short_name_is_found_only_when_a_whole_field_equals_it() -> None:
    # a user called "smith" must not stop the delivery for Smith Industries
    pairs = [("short name", "smith")]
    assert kinds(pairs, {"client_name": "Smith Industries"}) == set()
    assert kinds(pairs, {"by": " Smith "}) == {"short name"}


def test_collect_lists_ids_and_files_when_a_load_is_landed(tmp_path: Path) -> None:
    connection = duckdb.connect()
    connection.execute("create schema raw")
    connection.execute("create table raw.load as select 'bank.csv' as source_name")
    connection.execute(
        "create table raw.plan_designs as select * from (values (' 7 ', 'P1', 'a.yaml'), ('8', '', 'b.yaml'),"
        " (null, null, null)) as t(client_id, plan_id, _file)"
    )
    pairs = collect(connection, tmp_path / "bank.csv", tmp_path)
    assert {("client_id", "7"), ("client_id", "8"), ("plan_id", "P1")} < set(pairs)
    assert {("source file", "a.yaml"), ("source file", "b.yaml"), ("source file", "bank.csv")} < set(pairs)
    assert ("path", str(tmp_path)) in pairs
    assert not any(value == "" for _, value in pairs)


def test_machine_names_host_and_user_when_it_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.uname", lambda: SimpleNamespace(nodename="payroll-7.bank.example"))
    monkeypatch.setenv("USER", "smith")
    pairs = machine(None, tmp_path)
    assert ("host name", "payroll-7.bank.example") in pairs
    assert ("host name", "payroll-7") in pairs
    assert ("short name", "smith") in pairs


def test_scan_takes_the_tokens_once_when_there_are_many_identifiers() -> None:
    # 10,000 documents times 10,000 ids: a loop over the ids for each file would take hours
    import time

    pairs = [("client_id", f"CL-{number}") for number in range(10_000)]
    pairs += [("plan_id", f"PLAN {number}/x") for number in range(10_000)]
    scanner = Scanner(pairs)
    value = {"a": ["plan design for a client with words"] * 100, "b": "no id here, CL-x and PLAN"}
    begun = time.perf_counter()
    for _ in range(300):
        assert scanner.scan("x.yaml", value) == []
    assert time.perf_counter() - begun < 2.0


def test_formula_of_a_bare_number_is_no_finding_when_it_equals_a_short_id() -> None:
    # "3" in a column of percents is a rate; in a name it would be somebody
    scanner = Scanner([("client_id", "3")])
    assert scanner.scan("x.yaml", {"employer_core_spec": {"formula_text": "3"}}) == []
    assert [found.key_path for found in scanner.scan("x.yaml", {"client_name": "3"})] == ["client_name"]
    assert scanner.scan("x.yaml", {"formula_text": "as 3"}) == []
    dashed = Scanner([("client_id", "DM-3")])
    assert [found.key_path for found in dashed.scan("x", {"formula_text": "Plan DM-3"})] == ["formula_text"]
