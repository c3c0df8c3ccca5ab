"""Gates on the present marts, Data Docs, source freshness and no network, each by the real command."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.e2e.command import COMMAND, PROJECT, Place, Ran, environment, planwise
from tests.e2e.matrices import many, write_csv

# refuses every connection but to a local file, and writes down who asked for one
_REFUSING = """
import os, socket
def _refused(what):
    def refuse(*arguments, **named):
        family = getattr(arguments[0], "family", None) if arguments else None
        if family == getattr(socket, "AF_UNIX", object()):
            return what(*arguments, **named)
        with open(os.environ["ATTEMPTS"], "a") as file:
            file.write(f"{arguments[1:]!r}\\n")
        raise OSError("no network in this test")
    return refuse
socket.socket.connect = _refused(socket.socket.connect)
socket.socket.connect_ex = _refused(socket.socket.connect_ex)
socket.getaddrinfo = _refused(socket.getaddrinfo)
socket.create_connection = _refused(socket.create_connection)
"""


@pytest.fixture(scope="module")
def gated(
    untouched: Ran, tmp_path_factory: pytest.TempPathFactory
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """`planwise-export gates --docs` on the sample's home, and the folder of the pages."""
    docs = tmp_path_factory.mktemp("docs") / "pages"
    done = subprocess.run(
        [str(COMMAND), "gates", "--home", str(untouched.place.home), "--docs", str(docs)],
        capture_output=True, text=True, timeout=180, env=environment(),
    )  # fmt: skip
    return done, docs


def test_gates_print_the_rules_of_the_last_run_when_asked_again(
    gated: tuple[subprocess.CompletedProcess[str], Path], untouched: Ran
) -> None:
    done, _ = gated
    assert done.returncode == 3, done.stderr
    lines = done.stdout.splitlines()
    ours = {
        (r["rule"], r["sentence"]): r["rows_failing"]
        for r in untouched.report["rules"]
        if r["rule"] not in ("E02",)
    }
    shown = {}
    for line in lines[1:-2]:
        rule, _, _, _, failing, _, sentence = re.split(r"\s{2,}", line.strip(), maxsplit=6)
        shown[rule, sentence] = int(failing)
    # what the run said of rendered files is no gate of the marts
    assert {key: shown.get(key) for key in ours if key[1] in dict.fromkeys(s for _, s in shown)} == {
        key: value for key, value in ours.items() if key in shown
    }
    assert {"S01", "S05", "P10", "R02", "E04"} <= {rule for rule, _ in shown}


def test_pages_hold_every_rule_and_no_client_id_and_load_nothing_when_written(
    gated: tuple[subprocess.CompletedProcess[str], Path], untouched: Ran
) -> None:
    _, docs = gated
    pages = {
        path.relative_to(docs).as_posix(): path.read_text(encoding="utf-8") for path in docs.rglob("*.html")
    }
    assert "index.html" in pages
    assert sum(name.startswith("validations/") for name in pages) == 3
    text = "\n".join(pages.values())
    assert "R02 (block)" in text and "second, simpler path" in text
    words = set(re.findall(r"[A-Za-z0-9_-]+", text))
    assert words & set(untouched.clients) == set()
    assert str(untouched.place.home) not in text
    assert re.findall(r"""(?:src|@import|<link[^>]*href)=?\s*["']?(?:https?:)?//""", text) == []
    assert "<script" not in text


def test_run_connects_to_nothing_when_sockets_are_refused(
    new_place: Callable[[str], Place], tmp_path: Path
) -> None:
    hook, attempts = tmp_path / "hook", tmp_path / "attempts"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(_REFUSING, encoding="utf-8")
    env = {"PYTHONPATH": str(hook), "ATTEMPTS": str(attempts)}
    probe = "import socket\ntry: socket.create_connection(('127.0.0.1', 9))\nexcept OSError as e: print(e)"
    tried = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, env=environment() | env
    )
    assert tried.stdout.strip() == "no network in this test"
    attempts.unlink()
    done = planwise(new_place("offline"), "run", write_csv(tmp_path / "firms.csv", many(3)), **env)
    assert done.status == 0, done.said()
    assert not attempts.exists(), attempts.read_text()


@pytest.mark.parametrize(
    ("days", "status"),
    [
        (10, "pass"),
        pytest.param(400, "warn", marks=pytest.mark.slow),
        pytest.param(800, "error", marks=pytest.mark.slow),
    ],
)
def test_source_freshness_is_that_of_the_newest_row_when_dbt_is_asked(
    untouched: Ran, tmp_path: Path, days: int, status: str
) -> None:
    home = tmp_path / "home"
    shutil.copytree(untouched.place.home, home, ignore=shutil.ignore_patterns("runs", "published"))
    rows = many(3)
    newest = date.today() - timedelta(days=days)
    for row, day in zip(rows, ("no day at all", "01/15/2020", newest.isoformat()), strict=True):
        row["last_updated"] = day
    source = write_csv(tmp_path / "firms.csv", rows)
    env = environment(PLANWISE_HOME=str(home), DESIGN_MATRIX=str(source), DO_NOT_TRACK="1")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "source", "freshness", "--no-use-colors",
         "--target-path", str(home / "target"), "--log-path", str(home / "logs")],
        cwd=PROJECT, capture_output=True, text=True, timeout=180, env=env,
    )  # fmt: skip
    assert f"{status.upper() if status != 'error' else 'ERROR STALE'}" in done.stdout
    assert done.returncode == (1 if status == "error" else 0)
