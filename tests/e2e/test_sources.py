"""The kinds of source that say the same land the same: what holds of a run on one of them holds of all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.extract import read_source
from tests.e2e.matrices import CLIENTS, write_kind
from tests.harness.builders import landed

_COLUMNS = "nullif(columns(* exclude (_load_id, _file, _sheet, _row)), '')"


def rows(kind: str, folder: Path) -> list[tuple[Any, ...]]:
    source = read_source(write_kind(kind, folder / kind))
    return landed(source, f"select {_COLUMNS} from raw.plan_designs order by client_id")


@pytest.mark.parametrize(
    ("kind", "like"), [("csv", "parquet"), ("csv", "xlsx"), ("yaml", "csv"), ("json", "directory")]
)
def test_rows_land_alike_when_two_kinds_of_source_say_the_same(tmp_path: Path, kind: str, like: str) -> None:
    found = rows(kind, tmp_path)
    assert len(found) == len(CLIENTS)
    assert found == rows(like, tmp_path)
