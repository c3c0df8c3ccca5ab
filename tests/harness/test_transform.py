"""dbt called in this process, on a project of two models."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import transform
from harness.errors import GateError
from harness.transform import build

PROFILE = """
tiny:
  target: local
  outputs:
    local: {type: duckdb, path: "{{ env_var('PLANWISE_HOME') }}/warehouse.duckdb"}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    (root / "dbt_project.yml").write_text("{name: tiny, profile: tiny, version: '1.0.0', flags: {}}\n")
    (root / "profiles.yml").write_text(PROFILE)
    (root / "models").mkdir()
    (root / "models" / "good.sql").write_text("select '{{ env_var(\"PLANWISE_UNITS\") }}' as units")
    return root


def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_nothing_is_printed_and_the_warehouse_is_free_when_a_build_succeeds(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # dbt's own lines would end up in the JSON; its open connection would lock out the gates
    where = home(tmp_path)
    found = build(where, tmp_path / "m.csv", "percent", project)
    assert (found.succeeded, found.nodes) == (True, 1)
    assert capfd.readouterr() == ("", "")
    query = "import duckdb, sys; print(duckdb.connect(sys.argv[1]).execute('from good').fetchall())"
    other = subprocess.run(
        [sys.executable, "-c", query, str(where / "warehouse.duckdb")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert other.stdout.strip() == "[('percent',)]"
    assert "PLANWISE_UNITS" not in os.environ


def test_failed_node_comes_first_with_its_message_when_others_are_skipped(
    project: Path, tmp_path: Path
) -> None:
    bad = project / "models" / "bad.sql"
    child = project / "models" / "a_child.sql"
    try:
        bad.write_text("select no_such_column from (select 1 as x)")
        child.write_text("select * from {{ ref('bad') }}")
        found = build(home(tmp_path), tmp_path / "m.csv", "auto", project)
    finally:
        bad.unlink()
        child.unlink()
    assert not found.succeeded
    assert [node.name for node in found.failed] == ["bad", "a_child"]
    assert "no_such_column" in found.failed[0].message


def test_project_is_one_failed_node_when_it_does_not_parse(project: Path, tmp_path: Path) -> None:
    broken = project / "models" / "broken.sql"
    try:
        broken.write_text("select * from {{ ref('nobody') }}")
        found = build(home(tmp_path), tmp_path / "m.csv", "auto", project)
    finally:
        broken.unlink()
    assert [node.name for node in found.failed] == ["dbt"]
    assert "nobody" in found.failed[0].message


def test_dbts_build_is_refused_when_planwise_was_replaced_while_it_ran(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbt still had the file open, so that what was said was that nobody else may open it."""
    monkeypatch.setattr(transform, "code_now", lambda _: "of the moment")
    with pytest.raises(GateError, match="while it built"):
        build(home(tmp_path), tmp_path / "m.csv", "auto", project)


@pytest.mark.parametrize("how", ["whole", "changed"])
def test_a_build_is_refused_when_planwise_was_replaced_while_it_ran(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seeds of one version under models of another were tested together by nobody."""
    monkeypatch.setattr(transform, "_kept", lambda *_: object())
    monkeypatch.setattr(transform.direct, "chosen", lambda *_: [])
    monkeypatch.setattr(transform.direct, "build", lambda *_: how)
    monkeypatch.setattr(transform, "code_now", lambda _: "of the moment")
    history = transform.Nodes(("tag:history",))
    assert transform.build(tmp_path, tmp_path / "matrix.csv", nodes=history).succeeded
    if how == "changed":  # reads neither seeds nor SQL from the disk
        assert transform.build(tmp_path, tmp_path / "matrix.csv").how == how
        return
    with pytest.raises(GateError, match="while it built"):
        transform.build(tmp_path, tmp_path / "matrix.csv")
    monkeypatch.setattr(transform, "code", lambda _: "of the moment")
    assert transform.build(tmp_path, tmp_path / "matrix.csv").how == how
