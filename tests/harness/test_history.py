"""The step that writes the history: when, after which backup, and what its errors say."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from harness import transform
from tests.harness.world import World, finding, make_world, result

HISTORY = ("tag:history",)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(tmp_path, monkeypatch)


@pytest.fixture
def builds(world: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What dbt was asked to build, call by call: (nodes, environment)."""
    asked: list[tuple[Any, ...]] = []
    build = transform.build

    def noted(*arguments: Any) -> Any:
        asked.append(arguments[4:] or (transform.BEFORE_THE_GATES, {}))
        return build(*arguments)

    monkeypatch.setattr(transform, "build", noted)
    return asked


def present(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the build find designs that the history does not have."""
    make = world.build

    def build(connection: duckdb.DuckDBPyConnection) -> None:
        make(connection)
        connection.execute("insert into int_plan_designs__present select client_ref, 'x' from int_clients")

    monkeypatch.setattr(world, "build", build)


def test_history_is_written_after_the_gates_and_with_the_reason_when_designs_are_new(
    world: World, builds: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    present(world, monkeypatch)
    outcome = world.run(because="they left")
    assert outcome.error is None
    (first, _), (second, environment) = builds
    assert set(HISTORY) < set(first.exclude)
    assert (second.select, second.exclude) == (HISTORY, ())
    # that there is a reason, not which: another text would be another project to compile
    assert environment == {"PLANWISE_BECAUSE": "given"}
    (copy,) = (world.where.home / "backups").iterdir()
    assert copy.name.startswith("state_")


def test_snapshot_is_left_out_and_nothing_backed_up_when_every_design_stands(
    world: World, builds: list[tuple[Any, ...]]
) -> None:
    assert world.run().error is None
    assert builds[1][0].select == HISTORY
    assert "plan_design_history" in builds[1][0].exclude
    # one, of before the published texts were kept; the history took none
    assert len(list((world.where.home / "backups").iterdir())) == 1


def test_history_is_untouched_when_a_gate_blocks(
    world: World, builds: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    present(world, monkeypatch)
    world.failing = [result("S02", "block", [finding(None)])]
    outcome = world.run()
    assert outcome.error is not None
    assert [nodes.select for nodes, _ in builds] == [()]


@pytest.mark.parametrize(
    ("node", "code", "word"),
    [
        ("assert_the_load_can_follow_the_last_one", "history_guard", "--because"),
        ("dim_plan_design", "history_failed", "state list"),
    ],
)
def test_error_says_what_to_do_when_the_history_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, node: str, code: str, word: str
) -> None:
    build = transform.build

    def failing(*arguments: Any) -> Any:
        if arguments[4:] and arguments[4].select == HISTORY:
            return transform.BuildResult(1, [transform.FailedNode(node, "fail", "Got 1 result")])
        return build(*arguments)

    monkeypatch.setattr(transform, "build", failing)
    outcome = world.run()
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.exit_status) == (code, 4)
    assert word in outcome.error.hint
    assert not world.where.current.exists()
