"""Nodes of a large book are built at once; none before what it needs, and nothing after a failure."""

import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pytest

from harness.direct.base import through
from harness.direct.plan import Node
from harness.direct.side_by_side import build, needs

Session = duckdb.DuckDBPyConnection


def _model(name: str, *inputs: str, database: str = "warehouse") -> Node:
    read = tuple(f'"warehouse"."main"."{one}"' for one in inputs)
    return Node(name, "table", f'"{database}"."main"."{name}"', "select 1", inputs=read)


def _test(name: str, *tests: str) -> Node:
    return Node(name, "test", "", "select 1", tests=tests)


# as a plan has them: a guard is about the history that it guards, and stands before it
NODES = [
    _model("texts"),
    _model("clients", "texts"),
    _model("peers", "clients"),
    _test("every_client_stands_once", "clients"),
    _test("guard", "history"),
    _model("history", "clients", database="state"),
    _model("versions"),
    _test("every_version_is_known", "versions", "history"),
]


@dataclass
class Work:
    """Notes when each node began and ended."""

    fails: str = ""
    seconds: float = 0.0
    begun: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def one(self, cursor: Session, node: Node) -> None:
        with self._lock:
            assert needs(NODES)[node.name] <= set(self.done)
            self.begun.append(node.name)
            self.at_once = max(self.at_once, len(self.begun) - len(self.done))
        cursor.execute("select 1")
        time.sleep(self.seconds)
        if node.name == self.fails:
            raise RuntimeError(node.name)
        with self._lock:
            self.done.append(node.name)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return duckdb.connect(str(tmp_path / "warehouse.duckdb"))


def test_needs_are_what_a_node_reads_and_tests_and_all_before_it_when_it_is_of_the_state() -> None:
    """Else a guard could run beside what it guards, and a history be written that no test has passed."""
    found = needs(NODES)
    assert found["peers"] == {"clients"}
    assert found["every_client_stands_once"] == {"clients"}
    assert found["guard"] == set()
    assert found["history"] == {"texts", "clients", "peers", "every_client_stands_once", "guard"}
    assert found["versions"] == {"history"}
    assert found["every_version_is_known"] == {"versions", "history"}


def test_no_node_begins_before_what_it_needs_when_many_are_built_at_once(session: Session) -> None:
    work = Work(seconds=0.01)
    build(session, NODES, work.one, at_once=3)
    assert sorted(work.done) == sorted(node.name for node in NODES)
    assert work.at_once > 1


def test_no_node_begins_when_one_has_failed(session: Session) -> None:
    """Without it the state would be written after a failed guard."""
    work = Work(fails="guard")
    with pytest.raises(RuntimeError, match="guard"):
        build(session, NODES, work.one, at_once=2)
    assert "history" not in work.begun


def test_what_is_at_work_is_interrupted_when_another_fails(session: Session) -> None:
    """Without it Ctrl-C, or a failure, would wait for the longest query of a large book."""
    started = threading.Event()

    def one(cursor: Session, node: Node) -> None:
        if node.name == "long":
            started.set()
            cursor.execute("select sum(sqrt(a.range * b.range)) from range(10000000) a, range(100000) b")
        else:
            started.wait(10)
            time.sleep(0.1)
            raise RuntimeError(node.name)

    begun = time.monotonic()
    with pytest.raises(RuntimeError, match="short"):
        build(session, [_model("long"), _model("short")], one, at_once=2)
    assert time.monotonic() - begun < 30


def test_inputs_are_followed_through_views_of_views() -> None:
    """Else a table that a view of a view reads could change, and what is made of it would stay."""
    names = ("a", "b", "c")
    views = {
        f'"warehouse"."main"."{name}"': replace(_model(name, *reads), kind="view")
        for name, reads in zip(names, (("b", "t"), ("c",), ("u", "a")), strict=True)
    }
    found = through(views, {'"warehouse"."main"."a"', '"warehouse"."main"."s"'})
    assert {name.split('"')[-2] for name in found} == {"a", "b", "c", "s", "t", "u"}
