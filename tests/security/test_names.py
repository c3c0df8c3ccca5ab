"""Names that come from data never lead anywhere: each is refused, or becomes something plain."""

import ast
import contextlib
import csv
import io
from pathlib import Path

import pytest

from exporters import TARGETS
from harness import diagnostics
from harness.batch_report import _csv
from harness.config import Settings, settings
from harness.endpoints import Endpoint
from harness.errors import DeliveryError, PlanwiseError, SourceError
from harness.files import make_dir, safe_join, safe_path
from harness.navigator.journal import Journal
from harness.render import Stamp, render
from harness.review.cells import protected, unprotected
from harness.warehouse import Row, identifier, literal
from tests.harness.world import document

PROJECT = Path(__file__).resolve().parents[2]
HOSTILE = (
    "../up", "..", ".", "", "/etc/passwd", "a/b", "a\\b", "C:evil", "nul\x00byte", "x" * 300, ".hidden",
    "trailing.", "new\nline", "tab\there", "con", "NUL.yaml", "Aux", "com1", "LPT9.txt", "~root",
    "$HOME", "`id`", "a b", "é",
    "\u202eright", "-" * 121, "a:b", "a*", "a?", "<a>", "a|b", '"a"', "%2e%2e%2f", "．．／",
)  # fmt: skip
FORMULAS = ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "'=1", "＝1", '=HYPERLINK("http://x")')


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    found = settings(tmp_path / "home", tmp_path / "out")
    make_dir(found.home)
    return found


def outside(where: Settings, tmp_path: Path) -> list[Path]:
    """What came to be elsewhere than below the home and the out folder."""
    return [path for path in tmp_path.iterdir() if path not in (where.home, where.out)]


@pytest.mark.parametrize("name", HOSTILE)
def test_name_is_refused_when_it_is_not_plain(tmp_path: Path, name: str) -> None:
    with pytest.raises(DeliveryError, match="can't be a file name"):
        safe_join(tmp_path, name)
    if name != "a/b":  # two plain names
        with pytest.raises(DeliveryError):
            safe_path(tmp_path, f"releases/{name}")


@pytest.mark.parametrize(
    "name", ["c0123456789abcde_baseline.yaml", "console", "null.txt", "a.b.c", "-", "com10", "A_1"]
)
def test_name_passes_when_it_is_plain(tmp_path: Path, name: str) -> None:
    # a guard that refuses what is right gets switched off
    assert safe_join(tmp_path, name) == tmp_path / name


def test_document_is_refused_and_others_go_on_when_its_delivery_key_is_hostile(
    where: Settings, tmp_path: Path
) -> None:
    rows = [Row(key, "c1", document(1), "x") for key in HOSTILE] + [Row("good", "c1", document(1), "x")]
    folder = where.staging("r1") / "navigator"
    done, refused = render(TARGETS["navigator"], rows, folder, Stamp("r1", "2026-11-22T00:00:00Z"))
    # the ending is put behind the key, which makes a plain name of a few: "trailing." and none else
    names = {item.name for item in done}
    assert names <= {"good.yaml", "trailing..yaml"}
    assert len(done) + len(refused) == len(rows)
    assert {path.name for path in folder.iterdir()} == names
    assert outside(where, tmp_path) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_report_stays_in_its_endpoint_when_a_name_is_hostile(
    where: Settings, tmp_path: Path, name: str
) -> None:
    place = Endpoint("bank", "directory", where.out / "bank")
    with pytest.raises(PlanwiseError):
        place.deliver("r1", {name: b"x"})
    with pytest.raises((PlanwiseError, ValueError, OSError)):
        place.deliver(name, {"report.md": b"x"})
    assert outside(where, tmp_path) == []
    assert not list(where.home.iterdir())


@pytest.mark.parametrize("name", [name for name in HOSTILE if name])
def test_backup_stays_in_its_folder_when_a_scenario_has_a_hostile_name(
    where: Settings, tmp_path: Path, name: str
) -> None:
    with contextlib.suppress(PlanwiseError):
        Journal(where).back_up(name, {"a": 1})
    assert outside(where, tmp_path) == []
    folder = where.home / "backups" / "navigator"
    assert [path for path in where.home.rglob("*") if path.is_file() and path.parent != folder] == []


@pytest.mark.parametrize("name", HOSTILE)
def test_statement_stays_one_when_a_sheet_or_column_has_a_hostile_name(name: str) -> None:
    import duckdb

    if not name or "\x00" in name:
        return
    with duckdb.connect() as connection:
        connection.execute(f"create table {identifier(name)} ({identifier(name + '2')} varchar)")
        hostile = name + "'; drop table x; --"
        connection.execute(f"insert into {identifier(name)} values ({literal(hostile)})")
        assert connection.execute(f"select * from {identifier(name)}").fetchall() == [(hostile,)]


@pytest.mark.parametrize("name", ["../../../../tmp/x", "..", "a/b"])
def test_diagnosis_of_a_run_stays_below_the_home_when_its_id_is_hostile(where: Settings, name: str) -> None:
    found = diagnostics.diagnose(where, name, SourceError("x", "y"))
    with pytest.raises(DeliveryError):
        diagnostics.write(where, found)
    assert diagnostics.read(where, name) is None


@pytest.mark.parametrize("text", FORMULAS)
def test_cell_is_no_formula_and_reads_back_when_it_is_written(text: str) -> None:
    cell = protected(text)
    assert cell[0] == "'"
    assert unprotected(cell) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_report_holds_no_formula_when_a_client_is_called_like_one(text: str) -> None:
    content = _csv([{"client_ref": "c1", "client_name": text}], ("client_ref", "client_name")).decode()
    for row in csv.reader(io.StringIO(content)):
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row), row


def test_each_writer_of_csv_protects_cells_when_it_is_in_the_program() -> None:
    # a new CSV without it, and a client's name runs in somebody's spreadsheet
    for path in [*(PROJECT / "harness").rglob("*.py"), *(PROJECT / "exporters").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)}
        if calls & {"csv.writer", "csv.DictWriter"}:
            assert any("protected" in call or "_cell" in call for call in calls), path
