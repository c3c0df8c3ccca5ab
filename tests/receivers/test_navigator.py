"""An endpoint of kind navigator: what `push` does, row by row, with the ledger; a server on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.config import Settings
from harness.ledger import open_ledger
from harness.navigator import http as http_module
from harness.receivers.opening import probes
from harness.receivers.sender import Sent
from harness.receivers.verifying import verify_endpoints
from harness.sending import send_all
from tests.harness.world import reference
from tests.ledger.world import Clock, gate
from tests.navigator_release import deliver, key
from tests.navigator_server import FakeNavigator, navigator_server

CANARY = "canary-token-4711"
RUN = "20261122T100000.000000Z-aaaaaa"
NEXT = "20261123T100000.000000Z-bbbbbb"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeNavigator]:
    monkeypatch.setattr(http_module.Http, "_pause", lambda self, state: 0.0)
    monkeypatch.setenv("TEST_TOKEN", CANARY)
    with navigator_server() as running:
        running.token = CANARY
        running.add_workspace("clients")
        yield running


@pytest.fixture
def home(tmp_path: Path, fake: FakeNavigator) -> Settings:
    where = deliver(tmp_path, run_id=RUN)
    (where.home / "planwise.toml").write_text(
        '[[endpoint]]\nname = "modeller"\nkind = "navigator"\ntargets = ["navigator"]\n'
        f'url = "{fake.url}"\noptions = {{ workspace = "clients" }}\nsecrets = {{ token = "TEST_TOKEN" }}\n'
    )
    return where


CLOCK = Clock()


def send(where: Settings, *, of: str = RUN, **asked: bool) -> Sent:
    with open_ledger(where, clock=CLOCK) as ledger:
        run_id = f"send-{len(ledger.runs())}"
        if of not in [run["run_id"] for run in ledger.runs()]:
            ledger.begin_run(of, "run", who="ana")
            ledger.record_gates(of, [gate()])
            ledger.pass_gates(of)
        ledger.begin_run(run_id, "send", who="ana")
        (found,) = send_all(where, ledger, run_id, clock=CLOCK, random=lambda low, high: high, **asked)
        assert ledger.verify_chain() == []
    return found


def states(where: Settings) -> list[str]:
    with open_ledger(where) as ledger:
        return [row.state for row in ledger.deliveries(target="navigator", endpoint="modeller")]


def test_scenarios_are_there_once_when_they_were_sent_twice(fake: FakeNavigator, home: Settings) -> None:
    sent = send(home)
    assert (sent.outcome, sent.counts["confirmed"]) == ("succeeded", 3)
    assert fake.named(key(1))["config_overrides"]["scenario_id"] == key(1)
    asked = len(fake.asked)
    assert send(home).counts["unchanged"] == 3
    assert len(fake.asked) == asked, "the ledger knows: nobody is asked"
    with open_ledger(home) as ledger:
        assert verify_endpoints(home, ledger) == []
        events = ledger.events(endpoint="modeller", kinds=["confirmed"])
        assert "receiver_ids" in events[0].detail
        assert CANARY not in json.dumps([event.detail for event in ledger.events()])


def test_one_scenario_waits_when_the_server_fails_at_it(fake: FakeNavigator, home: Settings) -> None:
    """Without it the two others would have to wait with it, or it would be forgotten."""
    send(home)
    deliver(home.home.parent, run_id=NEXT, end_year=2033)
    there = fake.named(key(2))["id"]
    fake.fail("PUT", there, 503, times=9)
    sent = send(home, of=NEXT)
    assert (sent.outcome, dict(+sent.counts)) == ("partial", {"confirmed": 2, "retry_wait": 1})
    fake.faults.clear()
    assert send(home, of=NEXT).counts["waiting"] == 1
    CLOCK.later(hours=7)
    assert send(home, of=NEXT, only_due=True).counts["confirmed"] == 1
    assert fake.named(key(2))["config_overrides"]["simulation"]["end_year"] == 2033


def test_scenario_is_rejected_when_the_server_does_not_take_it(fake: FakeNavigator, home: Settings) -> None:
    fake.fail("POST", "scenarios", 422)
    sent = send(home)
    assert dict(+sent.counts) == {"confirmed": 2, "rejected": 1}
    assert sorted(states(home)) == ["confirmed", "confirmed", "rejected"]
    assert send(home, again=True).outcome == "succeeded"


def test_nothing_is_rejected_when_the_token_is_wrong(
    fake: FakeNavigator, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_TOKEN", "wrong-token-4711")
    sent = send(home)
    assert (sent.outcome, sent.error.code if sent.error else "") == ("failed", "token_refused")
    assert states(home) == ["pending"] * 3
    assert "wrong-token-4711" not in json.dumps(sent.as_json())
    monkeypatch.setenv("TEST_TOKEN", CANARY)
    assert send(home).outcome == "succeeded"


def test_scenario_is_named_when_somebody_changed_it_there(fake: FakeNavigator, home: Settings) -> None:
    """Without it a scenario edited in Navigator would be modelled as if it were the client's plan."""
    send(home)
    fake.named(key(2))["config_overrides"]["simulation"]["end_year"] = 2050
    with open_ledger(home) as ledger:
        (found,) = verify_endpoints(home, ledger)
    assert (found.endpoint, found.path, found.message) == ("modeller", key(2), "differs there")


def test_withdrawn_scenario_is_left_when_it_was_delivered(fake: FakeNavigator, home: Settings) -> None:
    send(home)
    deliver(home.home.parent, (1, 2), run_id=NEXT)
    sent = send(home, of=NEXT)
    assert sent.counts["left_there"] == 1
    assert fake.named(key(3))["name"] == key(3)


def test_probe_asks_and_changes_nothing_when_it_is_harmless(fake: FakeNavigator, home: Settings) -> None:
    assert probes(home) == [("modeller", True, f"{fake.url} answers and has the workspace 'clients'")]
    assert fake.count("POST") == fake.count("PUT") == 0
    fake.workspaces.clear()
    ((_, is_reached, told),) = probes(home)
    assert not is_reached and "no workspace 'clients'" in told
    assert reference(1) not in told
