"""`pull --api` and `verify`: a result counts when its own database proves it, and both sides are told of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from harness.cli import cli
from harness.config import Settings
from harness.navigator import http, waiting
from tests.navigator_database import analytics_of, make_database
from tests.navigator_outcomes import FORFEITURES
from tests.navigator_release import deliver, key
from tests.navigator_server import FakeNavigator, navigator_server


@dataclass
class World:
    """A home with two delivered scenarios, and a server that simulated both."""

    where: Settings
    fake: FakeNavigator
    root: Path
    """The server's workspaces folder."""

    def run(self, command: str, *more: str | Path, api: bool = True) -> Result:
        server = ["--api", self.fake.url, "--workspace", "clients"] if api else []
        places = ["--home", str(self.where.home), "--out", str(self.where.out)]
        arguments = [command, *server, *places, *map(str, more)]
        return CliRunner().invoke(cli, arguments, env={"PLANALIGN_API_TOKEN": ""})

    def verified(self, *more: str | Path, api: bool = True) -> tuple[int, dict[str, str]]:
        result = self.run("verify", "--json", *more, api=api)
        found = json.loads(result.stdout)
        return result.exit_code, {one["scenario"]: one["standing"] for one in found["matched"]}

    def database(self, number: int) -> Path:
        """Where the last run of a scenario keeps its database."""
        scenario = self.fake.named(key(number))
        below = self.root / scenario["workspace_id"] / "scenarios" / scenario["id"] / "runs"
        return below / scenario["last_run_id"] / "simulation.duckdb"

    def landed(self) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.where.state), read_only=True) as connection:
            return connection.execute(
                "select delivery_key, standing, reason_code, echo, years_landed"
                " from navigator_scenario_result order by delivery_key, pulled_at"
            ).fetchall()


@pytest.fixture(params=[None])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """`request.param`: the match mode of the plans whose echo is its own name; null: deferral_based."""
    mode: str | None = request.param
    plan = {"match_status": mode} if mode else None
    monkeypatch.setattr(waiting, "_FIRST", 0.001)
    monkeypatch.setattr(http.Http, "_pause", lambda self, state: 0.0)
    with navigator_server() as fake:
        fake.add_workspace("clients")
        world = World(deliver(tmp_path, (1, 2), plan=plan), fake, tmp_path / "workspaces")
        assert world.run("push").exit_code == 0
        for number in (1, 2):
            run = fake.complete(key(number))
            echo = mode or f"dmx_{key(number)}"
            make_database(world.database(number), key(number), run, echo, (2025, 2027))
        fake.analytics = lambda scenario, active_only: analytics_of(
            world.database(int(scenario["name"][:16].lstrip("c0"))), active_only
        )
        fake.forfeitures = FORFEITURES
        yield world


def test_result_is_refused_when_only_the_api_vouches_for_it(world: World) -> None:
    """Without it `tiered`, Navigator's own default formula, would pass for the client's design."""
    result = world.run("pull")
    assert result.exit_code == 3 and "2 refused" in result.stdout and "--root" in result.stdout
    assert [row[1:] for row in world.landed()] == [("refused", "echo_not_shown", None, 0)] * 2


def test_result_is_landed_when_its_database_has_the_echo_and_the_same_figures(world: World) -> None:
    result = world.run("pull", "--root", world.root)
    assert (result.exit_code, result.output.count("accepted  ")) == (0, 2), result.output
    assert [row[1:] for row in world.landed()] == [
        ("accepted", None, f"dmx_{key(number)}", 3) for number in (1, 2)
    ]
    with duckdb.connect(str(world.where.state), read_only=True) as connection:
        rows = connection.execute(
            "select participation_rate_active, participation_rate_eligible, employer_match_amount"
            " from navigator_outcome where simulation_year = 2026"
        ).fetchall()
    assert rows[0] == rows[1] and rows[0][2] == Decimal("82008.20") and rows[0][1] is not None
    again = world.run("pull", "--root", world.root)
    assert again.exit_code == 0 and "0 new, 2 pulled before" in again.stdout


def test_result_is_refused_when_the_database_says_another_echo(world: World) -> None:
    path = world.database(1)
    shutil.rmtree(path.parent)
    run = world.fake.named(key(1))["last_run_id"]
    make_database(path, key(1), run, "tiered", (2025, 2027))
    result = world.run("pull", "--root", world.root)
    assert result.exit_code == 3 and "did not simulate this design" in result.stdout
    assert [row[1] for row in world.landed()] == ["refused", "accepted"]


def test_result_is_refused_when_api_and_database_differ(world: World) -> None:
    """Without it a database that was changed, or another run's, would be landed under this run's name."""
    with duckdb.connect(str(world.database(2))) as connection:
        connection.execute("update run_metadata set random_seed = 7")
    result = world.run("pull", "--root", world.root)
    assert result.exit_code == 3 and "seed 42, 7" in result.stdout
    honest = world.fake.analytics

    def lying(scenario: dict[str, Any], active_only: bool) -> Any:
        found = honest(scenario, active_only)
        found["contribution_by_year"][1]["total_employee_contributions"] += 1
        return found

    world.fake.analytics = lying
    result = world.run("pull", "--root", world.root)
    assert "2026 employee_contributions_amount" in result.stdout


def test_result_is_refused_when_its_database_is_not_below_the_root(world: World, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    result = world.run("pull", "--root", elsewhere)
    assert result.exit_code == 3 and "no_database" in result.stdout


def test_scenario_is_reported_when_it_has_no_result(world: World, tmp_path: Path) -> None:
    world.fake.scenarios.pop(world.fake.named(key(1))["id"])
    result = world.run("pull", "--root", world.root)
    assert result.exit_code == 3
    assert "not on the server" in result.stdout and "1 accepted" in result.stdout


def test_nothing_is_landed_when_every_run_is_still_under_way(world: World) -> None:
    for number in (1, 2):
        world.fake.life[key(number)] = ["running"] * 99
        world.fake.begin(world.fake.named(key(number)))
    result = world.run("pull", "--root", world.root, "--wait", "1")
    assert result.exit_code == 5 and "has not ended" in result.stderr
    assert world.fake.count("GET", "analytics") == 0
    assert world.verified()[1] == {key(1): "missing", key(2): "missing"}


def test_both_sides_agree_when_every_scenario_has_its_result(world: World) -> None:
    assert world.verified("--root", world.root) == (0, {key(1): "result", key(2): "result"})
    # what nothing proves is not agreed upon
    assert world.verified() == (3, {key(1): "unverified", key(2): "unverified"})
    files = [part for number in (1, 2) for part in ("--navigator", str(world.database(number)))]
    assert world.verified(*files, api=False) == (0, {key(1): "result", key(2): "result"})
    assert not (world.where.home / "state.duckdb").exists(), "verify writes nothing"


@pytest.mark.parametrize("world", ["tenure_graded"], indirect=True)
def test_graded_match_is_proven_when_its_echo_is_the_modes_name(world: World, tmp_path: Path) -> None:
    """Without it a banded design could never come home, or any banded plan's result would pass for it."""
    assert world.verified("--root", world.root) == (0, {key(1): "result", key(2): "result"})
    result = world.run("pull", "--root", world.root)
    assert (result.exit_code, result.output.count("accepted  ")) == (0, 2), result.output
    assert [row[3] for row in world.landed()] == ["tenure_graded"] * 2
    again = json.loads(world.run("push", "--run", "--json").stdout)
    assert (again["actions"], world.fake.count("POST", "/run")) == ({"unchanged": 2}, 0)
    # without the configuration that ran, the name of the mode is anybody's
    alone = tmp_path / f"{key(1)}.duckdb"
    shutil.copy(world.database(1), alone)
    status, standings = world.verified("--navigator", str(alone), api=False)
    assert (status, standings[key(1)]) == (3, "refused")
    # nor is the slug an echo of a mode: then the engine computed something else
    path = world.database(2)
    run = path.parent.name
    shutil.rmtree(path.parent)
    make_database(path, key(2), run, f"dmx_{key(2)}", (2025, 2027))
    assert world.verified("--root", world.root)[1] == {key(1): "result", key(2): "refused"}


def test_checksums_are_the_same_when_the_same_results_come_by_file_or_api(world: World) -> None:
    files = [part for number in (1, 2) for part in ("--navigator", str(world.database(number)))]
    by_file = json.loads(world.run("verify", "--json", *files, api=False).stdout)
    by_api = json.loads(world.run("verify", "--json", "--root", str(world.root)).stdout)
    for side in ("delivered_checksum", "results_checksum", "delivered", "results"):
        assert by_file[side] == by_api[side]
    with duckdb.connect(str(world.database(1))) as connection:
        connection.execute(
            "update fct_workforce_snapshot set employer_match_amount = employer_match_amount + 1"
        )
    changed = json.loads(world.run("verify", "--json", *files, api=False).stdout)
    assert changed["results_checksum"] != by_file["results_checksum"]
    assert changed["delivered_checksum"] == by_file["delivered_checksum"]


def test_failed_run_is_accounted_for_when_navigator_says_why(world: World) -> None:
    world.fake.errors[key(1)] = "1 validation error"
    world.fake.complete(key(1), "failed")
    status, standings = world.verified("--root", world.root)
    assert (status, standings[key(1)]) == (0, "failed")
    assert "1 validation error" in world.run("verify").stdout


def test_sides_disagree_when_a_delivered_scenario_came_back_without_a_result(world: World) -> None:
    world.fake.scenarios.pop(world.fake.named(key(1))["id"])
    status, standings = world.verified()
    assert (status, standings[key(1)]) == (3, "missing")
    assert "the two sides do not agree" in world.run("verify").stdout


def test_sides_disagree_when_a_result_is_of_no_delivered_scenario(world: World) -> None:
    world.fake.add_scenario(next(iter(world.fake.workspaces)), "somebody's", {}, status="completed")
    status, standings = world.verified()
    assert (status, standings["somebody's"]) == (3, "not_delivered")
    deliver(world.where.home.parent, (2,), "20261123T100000.000000Z-bbbbbb")
    assert world.verified()[1] == {
        key(2): "unverified",
        key(1): "not_delivered",
        "somebody's": "not_delivered",
    }


def test_sides_disagree_when_the_result_is_of_an_older_design(world: World) -> None:
    deliver(world.where.home.parent, (1, 2), "20261123T100000.000000Z-bbbbbb", target_growth_rate=0.05)
    assert world.verified() == (3, {key(1): "refused", key(2): "refused"})
    assert world.verified("--root", world.root) == (3, {key(1): "stale", key(2): "stale"})


def test_sides_disagree_when_one_scenario_came_back_twice(world: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "other.duckdb"
    make_database(copy, key(1), "another run", f"dmx_{key(1)}", (2025, 2027))
    files = ["--navigator", str(world.database(1)), "--navigator", str(copy)]
    status, standings = world.verified(*files, api=False)
    assert (status, standings) == (3, {key(1): "twice", key(2): "missing"})


@pytest.mark.parametrize("command", ["pull", "verify"])
def test_command_asks_for_one_side_when_none_or_both_are_named(world: World, command: str) -> None:
    assert world.run(command, api=False).exit_code == 2
    both = [str(world.root)] if command == "pull" else ["--navigator", str(world.root)]
    assert world.run(command, *both).exit_code == 2
    result = CliRunner().invoke(cli, [command, "--api", world.fake.url])
    assert result.exit_code == 2 and "--workspace" in result.stderr
