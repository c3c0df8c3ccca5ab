"""`push`: what was delivered is on the server, once, unchanged, and what was there before is kept."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.cli import cli
from harness.config import Settings
from harness.navigator import http as http_module
from harness.navigator import waiting
from tests.harness.world import reference
from tests.navigator_release import deliver, key
from tests.navigator_server import FakeNavigator, navigator_server

CANARY = "canary-token-4711"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses between attempts, and none between questions worth waiting for."""
    monkeypatch.setattr(http_module.Http, "_pause", lambda self, state: 0.0)
    monkeypatch.setattr(waiting, "_FIRST", 0.01)
    monkeypatch.setattr(waiting, "_LONGEST", 0.02)


@pytest.fixture
def fake() -> Iterator[FakeNavigator]:
    with navigator_server() as running:
        running.add_workspace("clients")
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return deliver(tmp_path)


def push(fake: FakeNavigator, home: Settings, *more: str, **env: str) -> Result:
    arguments = ["push", "--api", fake.url, "--workspace", "clients", "--home", str(home.home)]
    return CliRunner().invoke(cli, [*arguments, "--out", str(home.out), *more], env=env)


def pushed(fake: FakeNavigator, home: Settings, *more: str) -> tuple[int, dict[str, dict[str, Any]]]:
    result = push(fake, home, "--json", *more)
    found = json.loads(result.stdout)
    return result.exit_code, {item["delivery_key"]: item for item in found["scenarios"]}


def actions(found: dict[str, dict[str, Any]]) -> list[str]:
    return [item["action"] for item in found.values()]


def test_documents_are_the_overrides_when_they_are_pushed(fake: FakeNavigator, home: Settings) -> None:
    status, found = pushed(fake, home)
    assert (status, actions(found)) == (0, ["created"] * 3)
    there = fake.named(key(1))
    release = (home.out / "navigator" / "current" / f"{key(1)}.yaml").read_text()
    assert there["config_overrides"]["dc_plan"]["match_template"] == f"dmx_{key(1)}"
    assert there["config_overrides"]["design_matrix"]["run_id"] in release
    assert there["config_overrides"]["design_matrix"]["current_participation"] == 0.123456789
    assert there["description"] is None or reference(1) in there["description"]


def test_nothing_is_sent_when_nothing_changed(fake: FakeNavigator, home: Settings, tmp_path: Path) -> None:
    """Without it every push would replace every scenario, and each would lose what its last run was of."""
    pushed(fake, home)
    deliver(tmp_path, run_id="20261123T100000.000000Z-bbbbbb")
    status, found = pushed(fake, home)
    assert (status, actions(found)) == (0, ["unchanged"] * 3)
    assert (fake.count("POST"), fake.count("PUT")) == (3, 0)


def test_only_what_differs_is_put_and_the_old_is_kept(
    fake: FakeNavigator, home: Settings, tmp_path: Path
) -> None:
    pushed(fake, home)
    before = json.dumps(fake.named(key(2)))
    fake.named(key(2))["config_overrides"]["eligibility"] = {"waiting_period_days": 90, "by": "a person"}
    status, found = pushed(fake, home)
    assert (status, actions(found)) == (0, ["unchanged", "updated", "unchanged"])
    assert fake.count("PUT") == 1
    backup = Path(found[key(2)]["backup"])
    kept = json.loads(backup.read_text())
    assert kept["config_overrides"]["eligibility"] == {"waiting_period_days": 90, "by": "a person"}
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert json.loads(before)["config_overrides"] == fake.named(key(2))["config_overrides"]


def test_scenario_is_refused_when_its_name_comes_twice(fake: FakeNavigator, home: Settings) -> None:
    """Without it one of two would be changed by chance, and results read from the other."""
    (workspace,) = fake.workspaces
    fake.add_scenario(workspace, key(1), {})
    fake.add_scenario(workspace, key(1), {})
    status, found = pushed(fake, home)
    assert (status, found[key(1)]["code"], actions(found)) == (
        3,
        "name_twice",
        ["failed", "created", "created"],
    )
    assert fake.count("PUT") == 0


def test_workspace_is_never_guessed(fake: FakeNavigator, home: Settings) -> None:
    fake.workspaces.clear()
    fake.add_workspace("Clients")
    result = push(fake, home)
    assert result.exit_code == 2 and "no_workspace" in result.stderr and "Clients" in result.stderr
    assert fake.count("POST") == 0
    fake.add_workspace("clients")
    fake.add_workspace("clients")
    result = push(fake, home)
    assert result.exit_code == 2 and "workspace_twice" in result.stderr


def test_workspace_is_made_only_when_it_is_asked_for(fake: FakeNavigator, home: Settings) -> None:
    fake.workspaces.clear()
    assert push(fake, home, "--create-workspace", "--dry-run").exit_code == 0
    assert not fake.workspaces
    assert push(fake, home, "--create-workspace").exit_code == 0
    assert [item["name"] for item in fake.workspaces.values()] == ["clients"]


def test_dry_run_only_reads_when_there_is_much_to_do(fake: FakeNavigator, home: Settings) -> None:
    (workspace,) = fake.workspaces
    fake.add_scenario(workspace, key(1), {"simulation": {}})
    status, found = pushed(fake, home, "--dry-run", "--run")
    assert (status, actions(found)) == (0, ["would_update", "would_create", "would_create"])
    assert {method for method, *_ in fake.asked} == {"GET"}
    assert {path.name for path in home.home.iterdir()} == {"navigator.lock"}


def test_one_client_goes_when_one_is_named(fake: FakeNavigator, home: Settings) -> None:
    status, found = pushed(fake, home, "--client", reference(2))
    assert (status, list(found), len(fake.scenarios)) == (0, [key(2)], 1)
    result = push(fake, home, "--client", "nobody")
    assert result.exit_code == 2 and "nobody" in result.stderr


def test_difference_is_found_when_the_server_merges_something_else(
    fake: FakeNavigator, home: Settings
) -> None:
    """Without it a server that drops or changes a key would simulate another plan than the client's."""

    def mangle(merged: dict[str, Any]) -> None:
        merged["dc_plan"]["match_tiers"][0]["match_rate"] = 0.25

    fake.tamper = mangle
    status, found = pushed(fake, home, "--run")
    assert (status, actions(found)) == (5, ["failed"] * 3)
    assert found[key(1)]["code"] == "read_back_differs"
    assert "dc_plan.match_tiers" in found[key(1)]["message"]
    assert not fake.runs, "a scenario that is not ours must not be simulated"


def test_old_overrides_come_back_when_the_new_do_not_read_back(fake: FakeNavigator, home: Settings) -> None:
    (workspace,) = fake.workspaces
    old = {"eligibility": {"waiting_period_days": 90}}
    fake.add_scenario(workspace, key(1), old)
    fake.tamper = lambda merged: merged.pop("enrollment", None)
    _, found = pushed(fake, home, "--client", reference(1))
    assert found[key(1)]["code"] == "read_back_differs" and "put back" in found[key(1)]["message"]
    assert fake.named(key(1))["config_overrides"] == old


def test_base_configuration_shows_through_only_where_the_document_is_silent(
    fake: FakeNavigator, home: Settings
) -> None:
    fake.base["dc_plan"] = {"match_magnet_enabled": True}
    fake.base["employer_match"]["formulas"]["other"] = {"type": "tiered"}
    assert pushed(fake, home)[0] == 0


def test_release_is_checked_first_when_somebody_changed_a_file(fake: FakeNavigator, home: Settings) -> None:
    path = home.out / "navigator" / "current" / f"{key(1)}.yaml"
    path.write_bytes(path.read_bytes().replace(b"0.06", b"0.07"))
    result = push(fake, home)
    assert result.exit_code == 5 and "blocked_e03" in result.stderr
    assert fake.asked == []


def test_nothing_happens_when_nothing_was_delivered(fake: FakeNavigator, tmp_path: Path) -> None:
    result = push(fake, Settings(tmp_path / "home", tmp_path / "out"))
    assert result.exit_code == 2 and "nothing_delivered" in result.stderr


@pytest.mark.parametrize("what", ["cut", 500, "half"])
def test_scenario_is_made_once_when_the_answer_gets_lost(
    fake: FakeNavigator, home: Settings, what: str | int
) -> None:
    fake.fail("POST", "scenarios", what)
    status, found = pushed(fake, home)
    assert (status, actions(found)) == (0, ["created"] * 3)
    assert sorted(item["name"] for item in fake.scenarios.values()) == [key(1), key(2), key(3)]


def test_others_go_on_when_one_scenario_fails(fake: FakeNavigator, home: Settings) -> None:
    pushed(fake, home, "--client", reference(1))
    fake.named(key(1))["config_overrides"] = {}
    fake.fail("PUT", "scenarios", 422)
    status, found = pushed(fake, home)
    assert (status, actions(found)) == (3, ["failed", "created", "created"])
    assert found[key(1)]["code"] == "not_accepted"


def test_push_stops_when_the_server_is_gone(fake: FakeNavigator, tmp_path: Path) -> None:
    home = deliver(tmp_path, range(1, 7))
    fake.fail("POST", "scenarios", 503, times=999)
    result = push(fake, home)
    assert result.exit_code == 5 and "server_failed" in result.stderr
    assert fake.count("POST") == 15, "three scenarios, five attempts each"
    assert "3 failed, 3 not_tried" in result.stdout


def test_scenario_is_left_alone_when_a_run_of_it_is_active(fake: FakeNavigator, home: Settings) -> None:
    pushed(fake, home)
    fake.named(key(1))["config_overrides"] = {}
    fake.named(key(1))["status"] = "running"
    status, found = pushed(fake, home)
    assert (status, found[key(1)]["code"], fake.count("PUT")) == (3, "busy", 0)


def test_runs_are_watched_to_their_end_when_asked_for(fake: FakeNavigator, home: Settings) -> None:
    fake.life[key(2)] = ["running", "failed"]
    fake.errors[key(2)] = "Invalid simulation configuration: 1 validation error"
    status, found = pushed(fake, home, "--run", "--wait", "20")
    assert status == 3
    assert [item["run"] for item in found.values()] == ["completed", "failed", "completed"]
    assert found[key(2)]["run_error"] == "Invalid simulation configuration: 1 validation error"
    journal = json.loads((home.home / "navigator_push.json").read_text())["pushed"]
    assert [entry["run"] for entry in journal] == ["completed", "failed", "completed"]
    assert journal[1]["run_error"] and journal[0]["scenario_id"] == fake.named(key(1))["id"]


def test_wait_is_bounded_when_a_run_never_ends(fake: FakeNavigator, home: Settings) -> None:
    fake.life[key(1)] = ["running"] * 100_000
    status, found = pushed(fake, home, "--run", "--wait", "1", "--client", reference(1))
    assert (status, found[key(1)]["run"]) == (3, "running")
    assert "not ended within 1 seconds" in found[key(1)]["run_error"]


def test_active_run_is_said_and_waited_for_when_there_is_one(fake: FakeNavigator, home: Settings) -> None:
    fake.life[key(1)] = ["running"]
    pushed(fake, home, "--run")
    fake.runs[fake.named(key(1))["last_run_id"]]["left"] = ["running", "running", "completed"]
    status, found = pushed(fake, home, "--run")
    assert (status, found[key(1)]["run"]) == (0, "already_active")
    assert "already has an active run" in found[key(1)]["run_error"]
    assert pushed(fake, home, "--run", "--wait", "20")[1][key(1)]["run"] in ("completed", "not_needed")


def test_run_is_not_repeated_when_its_result_is_of_this_design(
    fake: FakeNavigator, home: Settings, tmp_path: Path
) -> None:
    """Without it each push would cost hours; with a looser one a stale result would pass for the new."""
    pushed(fake, home, "--run", "--wait", "20")
    assert len(fake.runs) == 3
    _, found = pushed(fake, home, "--run", "--wait", "20")
    assert [item["run"] for item in found.values()] == ["not_needed"] * 3 and len(fake.runs) == 3
    deliver(tmp_path, run_id="20261123T100000.000000Z-bbbbbb", end_year=2029)
    assert actions(pushed(fake, home)[1]) == ["updated"] * 3
    _, found = pushed(fake, home, "--run")
    assert [item["run"] for item in found.values()] == ["started"] * 3


def test_error_of_a_run_is_looked_up_when_the_server_forgot_it(fake: FakeNavigator, home: Settings) -> None:
    fake.life[key(1)] = ["failed"]
    _, found = pushed(fake, home, "--run", "--wait", "20", "--client", reference(1))
    assert found[key(1)]["run_error"] == "line 3 line 4 line 5"


def test_token_is_nowhere_when_a_push_went_through(
    fake: FakeNavigator, home: Settings, tmp_path: Path
) -> None:
    """Without it the token could lie in a journal or a backup, long after it was typed."""
    fake.token = CANARY
    said = [push(fake, home, MY_TOKEN="wrong-one", PLANALIGN_API_TOKEN=CANARY).output]
    fake.named(key(1))["config_overrides"] = {}
    said.append(push(fake, home, "--token-env", "MY_TOKEN", MY_TOKEN=CANARY).output)
    said.append(push(fake, home, "--token-env", "MY_TOKEN", MY_TOKEN=f"{CANARY}x").output)
    assert "token_refused" in said[-1]
    assert all(CANARY not in text for text in said)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("backups" in path.parts for path in files)
    assert not [path for path in files if CANARY.encode() in path.read_bytes()]


def test_journal_is_private_and_survives_when_it_is_read_again(fake: FakeNavigator, home: Settings) -> None:
    pushed(fake, home)
    path = home.home / "navigator_push.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("{")
    result = push(fake, home)
    assert result.exit_code == 2 and "bad_journal" in result.stderr


def test_second_push_waits_outside_when_one_is_under_way(fake: FakeNavigator, home: Settings) -> None:
    from harness.lock import run_lock

    with run_lock(home.home / "navigator.lock", "push"):
        assert push(fake, home).exit_code == 75
    assert fake.asked == []
