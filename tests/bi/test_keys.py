"""Declared keys against rows: what counts twice, lacks its key or leads nowhere is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from harness.bi.keys import Keys, check, declared, faults
from harness.errors import GateError

KEYS = {
    "dim_client": Keys(("client_ref",)),
    "fct_step": Keys(("client_ref", "step"), foreign=((("client_ref",), "dim_client"),)),
    "fct_change": Keys(("client_ref", "field"), ("field",)),
    "fct_deep": Keys(("id",), foreign=((("client_ref", "step"), "fct_step"),)),
}


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create table dim_client as from (values ('a'), ('b')) as t (client_ref);
            create table fct_step as from (values ('a', 1), ('a', 2), ('b', 1)) as t (client_ref, step);
            create table fct_change as from (values ('a', null), ('a', 'x')) as t (client_ref, field);
            create table fct_deep as from (values (1, 'a', 2), (2, null, 9)) as t (id, client_ref, step);
            """
        )
        yield connection


def test_nothing_is_said_when_every_key_holds(marts: duckdb.DuckDBPyConnection) -> None:
    # a null in a nullable key, and a foreign key with a null in it, are no faults
    assert list(faults(marts, KEYS, KEYS)) == []


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "insert into fct_step values ('a', 2)",
            "fct_step (client_ref, step): 2 rows share a key with another",
        ),
        ("insert into dim_client values (null)", "dim_client (client_ref): 1 rows lack a part of it"),
        ("insert into fct_change values ('a', null)", "fct_change (client_ref, field): 2 rows share a key"),
        (
            "insert into fct_change values (null, 'x')",
            "fct_change (client_ref, field): 1 rows lack a part of it",
        ),
        (
            "insert into fct_step values ('c', 1)",
            "fct_step (client_ref): 1 rows have no counterpart in dim_client",
        ),
        (
            "insert into fct_deep values (3, 'b', 2)",
            "fct_deep (client_ref, step): 1 rows have no counterpart",
        ),
    ],
)
def test_fault_is_named_when_a_key_does_not_hold(
    marts: duckdb.DuckDBPyConnection, sql: str, said: str
) -> None:
    marts.execute(sql)
    found = list(faults(marts, KEYS, KEYS))
    assert [fault for fault in found if fault.startswith(said)], found
    with pytest.raises(GateError) as caught:
        check(marts, KEYS, KEYS)
    assert caught.value.code == "key_broken"


def test_fault_is_named_when_a_key_leads_to_a_table_without_one(marts: duckdb.DuckDBPyConnection) -> None:
    # else a foreign key of a misspelt table would be checked by nobody
    keys = KEYS | {"fct_step": Keys(("client_ref", "step"), foreign=((("client_ref",), "dim_klient"),))}
    assert list(faults(marts, keys, keys.keys() - {"fct_deep"})) == [
        "fct_step (client_ref) refers to dim_klient, which has no such key"
    ]


def test_keys_are_those_beside_the_models_when_a_project_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "marts"
    folder.mkdir(parents=True)
    (folder / "_marts.yml").write_text(
        "models:\n- name: fct_a\n  config: {meta: {primary_key: [x, y], nullable_key_columns: [y],"
        " foreign_keys: {'x, y': dim_b, z: dim_c}}}\n- name: fct_without\n"
    )
    (tmp_path / "models" / "exports").mkdir()
    (tmp_path / "models" / "exports" / "_exports.yml").write_text("models:\n- name: exp_b__thing\n")
    found = declared(tmp_path)
    assert found["fct_a"] == Keys(("x", "y"), ("y",), ((("x", "y"), "dim_b"), (("z",), "dim_c")))
    assert found["exp_b__thing"] == Keys(("delivery_key",), (), ((("client_ref",), "dim_client"),))
    assert "fct_without" not in found
    assert found["fct_client_status"].primary == ("client_ref", "reason_number")
