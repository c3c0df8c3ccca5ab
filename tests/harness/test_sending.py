"""Endpoints get what they have not, and the ledger says so: no more, no less, whatever happens in between."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness import sending
from harness.config import Settings
from harness.errors import DeliveryError, TransientDeliveryError
from harness.ledger import Ledger, Move, open_ledger
from harness.receivers import OutRow, RowResult
from harness.receivers import directory as directory_module
from harness.receivers.endpoint import Endpoint
from harness.receivers.sender import Sent
from harness.sending import exit_status, send_all
from tests.harness.world import reference
from tests.ledger.world import Clock, gate
from tests.receivers.releases import NEXT, RUN, deliver

PROJECT = Path(__file__).resolve().parents[2]
TEXTS = {number: f'{{"client": {number}}}\n' for number in range(1, 6)}
SHELF = '[[endpoint]]\nname = "shelf"\nkind = "directory"\ntargets = ["navigator"]\npath = "../shelf"\n'
CRM = (
    '[[endpoint]]\nname = "rows"\nkind = "navigator"\ntargets = ["navigator"]\n'
    'url = "http://127.0.0.1:1"\noptions = { workspace = "w" }\n'
)


def key(number: int) -> str:
    return reference(number)


class World:
    """A home with a release, endpoints, a ledger, and a clock that stands still."""

    def __init__(self, root: Path, table: str) -> None:
        self.root, self.clock, self.runs = root, Clock(), 0
        (root / "shelf").mkdir(exist_ok=True)
        self.where = self.deliver(TEXTS, RUN)
        (self.where.home / "planwise.toml").write_text(table)

    def deliver(self, texts: Mapping[int, str], run_id: str) -> Settings:
        where = deliver(self.root, texts, run_id)
        with self.ledger(where) as ledger:
            ledger.begin_run(run_id, "run", who="ana")
            ledger.record_gates(run_id, [gate()])
            ledger.pass_gates(run_id)
        return where

    def ledger(self, where: Settings | None = None) -> Ledger:
        return open_ledger(where or self.where, clock=self.clock)

    def send(self, **asked: Any) -> Sent:
        """A process of its own each time: nothing is remembered but what is on disk."""
        self.runs += 1
        run_id = f"send-{self.runs}"
        with self.ledger() as ledger:
            ledger.begin_run(run_id, "send", who="ana")
            (found,) = send_all(
                self.where, ledger, run_id, clock=self.clock, random=lambda low, high: high, **asked
            )
        return found

    def states(self) -> dict[str, str]:
        with self.ledger() as ledger:
            return {row.delivery_key: row.state for row in ledger.deliveries(target="navigator")}

    def rows(self) -> dict[str, Any]:
        with self.ledger() as ledger:
            assert ledger.verify_chain() == []
            return {row.delivery_key: row for row in ledger.deliveries(target="navigator")}


@pytest.fixture
def shelf(tmp_path: Path) -> World:
    return World(tmp_path, SHELF)


class FakeRows:
    """A row receiver that answers as it was told."""

    def __init__(self) -> None:
        self.there: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.answers: dict[str, RowResult] = {}
        self.dies_after: int | None = None
        self.error: Exception = KeyboardInterrupt()  # type: ignore[assignment]

    def probe(self) -> str:
        return "here"

    def send(self, target: str, rows: Sequence[OutRow]) -> Iterator[RowResult]:
        for number, row in enumerate(rows):
            if number == self.dies_after:
                raise self.error
            self.asked.append(row.delivery_key)
            answer = self.answers.get(row.delivery_key) or RowResult(row.delivery_key, "confirmed")
            if answer.outcome == "confirmed":
                self.there[row.delivery_key] = row.content
            yield answer

    def check(self, target: str, rows: Sequence[OutRow]) -> Iterator[RowResult]:
        for row in rows:
            is_there = self.there.get(row.delivery_key) == row.content
            yield RowResult(row.delivery_key, "confirmed" if is_there else "retry")


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[World, FakeRows]:
    fake = FakeRows()
    monkeypatch.setattr(sending, "row_receiver", lambda endpoint, settings: fake)
    return World(tmp_path, CRM), fake


def test_everything_is_confirmed_when_it_was_sent(shelf: World) -> None:
    sent = shelf.send()
    assert (sent.outcome, sent.counts["confirmed"], exit_status([sent])) == ("succeeded", 5, 0)
    found = shelf.rows()
    assert {row.state for row in found.values()} == {"confirmed"}
    assert {row.endpoint for row in found.values()} == {"shelf"}
    assert {row.confirmed_release for row in found.values()} == {RUN}


def test_nothing_is_sent_when_it_was_sent_before(shelf: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it every run would copy every release again to every endpoint."""
    shelf.send()
    before = {path: path.stat().st_mtime_ns for path in (shelf.root / "shelf").rglob("*")}

    def refused(*_: Any) -> None:
        raise AssertionError("something was written")

    monkeypatch.setattr(directory_module, "write_new", refused)
    sent = shelf.send()
    assert (sent.outcome, sent.counts["unchanged"], sent.counts["confirmed"]) == ("succeeded", 5, 0)
    assert {path: path.stat().st_mtime_ns for path in (shelf.root / "shelf").rglob("*")} == before
    assert set(shelf.states().values()) == {"unchanged"}


def test_inserts_updates_and_deletions_are_counted_when_the_release_changed(shelf: World) -> None:
    shelf.send()
    shelf.deliver({1: TEXTS[1], 2: "changed\n", 7: "new\n"}, NEXT)
    sent = shelf.send()
    assert sent.outcome == "succeeded"
    assert (sent.counts["confirmed"], sent.counts["unchanged"], sent.counts["deleted"]) == (2, 1, 3)
    assert shelf.states() == {
        key(1): "unchanged",
        key(2): "confirmed",
        key(3): "superseded",
        key(4): "superseded",
        key(5): "superseded",
        key(7): "confirmed",
    }
    actions = {name: row.action for name, row in shelf.rows().items()}
    assert (actions[key(2)], actions[key(7)], actions[key(3)]) == ("update", "insert", "delete")


def test_release_is_current_there_again_when_ours_was_rolled_back(shelf: World) -> None:
    """Without it a rollback here would leave the endpoint with what was rolled back."""
    from harness.files import switch_link

    shelf.send()
    shelf.deliver(TEXTS | {1: "wrong\n"}, NEXT)
    shelf.send()
    switch_link(shelf.where.target("navigator") / "current", f"releases/{RUN}")
    assert shelf.send().outcome == "succeeded"
    assert (shelf.root / "shelf" / "navigator" / "current").resolve().name == RUN
    assert shelf.rows()[key(1)].confirmed_release == RUN


def test_release_is_switched_to_when_somebody_switched_there(shelf: World) -> None:
    shelf.send()
    (shelf.root / "shelf" / "navigator" / "current").unlink()
    sent = shelf.send()
    assert sent.outcome == "succeeded"
    assert (shelf.root / "shelf" / "navigator" / "current").exists()


def test_transient_failure_is_tried_at_its_time_when_the_source_stays_the_same(shelf: World) -> None:
    """Without it a row that failed once and never changes would never get there, as with other tools."""
    (shelf.root / "shelf").rename(shelf.root / "away")
    sent = shelf.send()
    assert (sent.outcome, sent.error.code if sent.error else "") == ("failed", "receiver_away")
    assert exit_status([sent]) == 5
    assert set(shelf.states().values()) == {"retry_wait"}
    (shelf.root / "away").rename(shelf.root / "shelf")
    sent = shelf.send()
    assert (sent.outcome, sent.counts["waiting"], exit_status([sent])) == ("waiting", 5, 3)
    shelf.clock.later(seconds=31)
    sent = shelf.send(only_due=True)
    assert (sent.outcome, sent.counts["confirmed"]) == ("succeeded", 5)
    assert {row.attempts for row in shelf.rows().values()} == {2}


def test_failure_is_tried_at_once_when_it_is_asked_for(shelf: World) -> None:
    (shelf.root / "shelf").rename(shelf.root / "away")
    shelf.send()
    (shelf.root / "away").rename(shelf.root / "shelf")
    assert shelf.send(only_due=True).outcome == "waiting"
    assert shelf.send(again=True).outcome == "succeeded"


def test_changed_document_does_not_wait_when_its_last_version_failed(shelf: World) -> None:
    """Without it a correction would wait for the next attempt of what it corrects."""
    (shelf.root / "shelf").rename(shelf.root / "away")
    shelf.send()
    (shelf.root / "away").rename(shelf.root / "shelf")
    shelf.deliver(TEXTS | {1: "corrected\n"}, NEXT)
    assert shelf.send().outcome == "succeeded"
    assert set(shelf.states().values()) == {"confirmed"}


def test_rows_are_not_to_blame_when_the_endpoint_is_terminal(
    shelf: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it all documents would have to be asked for by hand after a typing error in a variable."""

    def refused(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as broken:
        broken.setattr(directory_module, "write_new", refused)
        sent = shelf.send()
    assert (sent.outcome, sent.error.code if sent.error else "") == ("failed", "permission_denied")
    assert set(shelf.states().values()) == {"pending"}
    assert {row.code for row in shelf.rows().values()} == {"permission_denied"}
    assert shelf.send().outcome == "succeeded"


@pytest.mark.parametrize("step", ["put", "switch", "confirm"])
def test_nothing_is_guessed_when_the_sender_was_killed(
    shelf: World, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the ledger could say delivered of what is not there, or the other way round."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(shelf.root), step], cwd=PROJECT, capture_output=True, check=False
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    left = set(shelf.states().values())
    assert left == ({"pending"} if step == "put" else {"promoting"})
    sent = shelf.send()
    assert sent.outcome == "succeeded"
    assert set(shelf.states().values()) == ({"unchanged"} if step == "confirm" else {"confirmed"})
    assert ("finished" in str(sent.notes)) == (step == "confirm")
    with shelf.ledger() as ledger:
        confirmed = [event for event in ledger.events(endpoint="shelf") if event.kind == "confirmed"]
    assert len(confirmed) == len(TEXTS), "each was confirmed once"


CHILD = """
import os, signal, sys
from pathlib import Path
from harness.config import settings
from harness.ledger import open_ledger
from harness.receivers import whole
from harness.receivers.directory import DirectoryReceiver
from harness.sending import send_all
root, step = Path(sys.argv[1]), sys.argv[2]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if step == "confirm":
    whole.confirm = die
else:
    setattr(DirectoryReceiver, step, die)
where = settings(root / "home", root / "out")
with open_ledger(where) as ledger:
    ledger.begin_run("killed", "send", who="ana")
    send_all(where, ledger, "killed")
"""


def test_one_bad_row_keeps_no_other_when_rows_are_sent(rows: tuple[World, FakeRows]) -> None:
    """Without it one document that a server does not like would hold all others back."""
    world, fake = rows
    fake.answers = {
        key(2): RowResult(key(2), "rejected", "not_accepted", "the match rate is no number"),
        key(4): RowResult(key(4), "retry", "locked", "somebody edits it", retry_after=120.0),
    }
    sent = world.send()
    assert (sent.outcome, exit_status([sent])) == ("partial", 3)
    assert dict(+sent.counts) == {"confirmed": 3, "rejected": 1, "retry_wait": 1}
    states = world.states()
    assert (states[key(2)], states[key(4)], states[key(1)]) == ("rejected", "retry_wait", "confirmed")
    fake.answers, fake.asked = {}, []
    world.clock.later(seconds=119)
    assert world.send().counts["waiting"] == 1
    assert fake.asked == [], "the server said when"
    world.clock.later(seconds=2)
    assert world.send().counts["confirmed"] == 1
    assert fake.asked == [key(4)]
    assert world.states()[key(2)] == "rejected", "it is the same document still"
    world.deliver(TEXTS | {2: "corrected\n"}, NEXT)
    assert world.send().outcome == "succeeded"
    assert fake.asked == [key(4), key(2)]


def test_nothing_is_sent_twice_when_rows_were_confirmed(rows: tuple[World, FakeRows]) -> None:
    world, fake = rows
    world.send()
    assert world.send().counts["unchanged"] == 5
    assert len(fake.asked) == 5


def test_only_this_document_is_sent_when_it_is_named(rows: tuple[World, FakeRows]) -> None:
    world, fake = rows
    sent = world.send(keys=[key(3)])
    assert (fake.asked, sent.counts["not_asked"]) == ([key(3)], 4)


def test_rejected_row_is_sent_again_when_it_is_asked_for(rows: tuple[World, FakeRows]) -> None:
    world, fake = rows
    fake.answers = {key(2): RowResult(key(2), "rejected", "no", "no")}
    world.send()
    fake.answers = {}
    assert world.send().counts["given_up"] == 1
    assert world.send(keys=[key(2)]).counts["confirmed"] == 1


def test_row_is_dead_when_it_failed_eight_times(rows: tuple[World, FakeRows]) -> None:
    """Without it a row that can't succeed would be tried for ever."""
    world, fake = rows
    fake.answers = {key(1): RowResult(key(1), "retry", "locked", "locked")}
    for _ in range(8):
        assert world.states().get(key(1)) != "dead"
        world.send()
        world.clock.later(hours=7)
    assert world.states()[key(1)] == "dead"
    fake.asked = []
    sent = world.send()
    assert (sent.counts["given_up"], fake.asked) == (1, [])


def test_what_was_answered_is_kept_when_the_server_goes_away(rows: tuple[World, FakeRows]) -> None:
    world, fake = rows
    fake.dies_after, fake.error = 2, TransientDeliveryError("server_away", "gone", retry_after=60.0)
    sent = world.send()
    assert (sent.outcome, dict(+sent.counts)) == ("failed", {"confirmed": 2, "retry_wait": 3})
    fake.dies_after, fake.asked = None, []
    world.clock.later(seconds=61)
    assert world.send().outcome == "succeeded"
    assert fake.asked == [key(3), key(4), key(5)]


def test_rows_wait_for_nobody_when_the_credentials_were_wrong(rows: tuple[World, FakeRows]) -> None:
    world, fake = rows
    fake.dies_after, fake.error = 0, DeliveryError("token_refused", "the server takes no such token")
    assert world.send().error.code == "token_refused"  # type: ignore[union-attr]
    assert set(world.states().values()) == {"pending"}
    fake.dies_after = None
    assert world.send().counts["confirmed"] == 5


def test_rows_are_read_back_when_the_sender_was_stopped(rows: tuple[World, FakeRows]) -> None:
    """Without it rows that arrived would be sent twice, or rows that did not would count as delivered."""
    world, fake = rows
    fake.dies_after, fake.error = 3, KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        world.send()
    assert set(world.states().values()) == {"promoting"}, "the three were not recorded yet"
    fake.dies_after, fake.asked = None, []
    sent = world.send()
    assert sent.notes == ["5 left by a killed run: 3 finished, 2 put back"]
    assert fake.asked == [key(4), key(5)]
    assert sent.outcome == "succeeded"


def test_withdrawn_row_is_left_and_told_when_the_receiver_deletes_nothing(
    rows: tuple[World, FakeRows],
) -> None:
    world, fake = rows
    world.send()
    world.deliver({number: TEXTS[number] for number in (1, 2, 3, 4)}, NEXT)
    sent = world.send()
    assert (sent.counts["left_there"], world.states()[key(5)]) == (1, "superseded")
    assert key(5) in fake.there
    assert "left there" in sent.notes[0]


def test_every_endpoint_is_tried_when_one_fails(tmp_path: Path) -> None:
    """Without it the bank's server being away would keep the team from its release."""
    world = World(tmp_path, SHELF.replace("shelf", "gone") + SHELF)
    with world.ledger() as ledger:
        ledger.begin_run("both", "send", who="ana")
        found = send_all(world.where, ledger, "both", clock=world.clock)
    assert [(one.endpoint, one.outcome) for one in found] == [("gone", "failed"), ("shelf", "succeeded")]
    assert exit_status(found) == 5


def test_nothing_goes_out_when_its_gates_are_not_in_the_ledger(tmp_path: Path) -> None:
    """Without it a release that was put there by hand would go to every endpoint."""
    world = World(tmp_path, SHELF)
    deliver(tmp_path, TEXTS | {1: "by hand\n"}, NEXT)
    sent = world.send()
    assert (sent.outcome, sent.error.code if sent.error else "") == ("failed", "no_gate_pass")
    assert not list((tmp_path / "shelf").iterdir())


def test_nothing_is_sent_when_there_is_no_release(tmp_path: Path) -> None:
    world = World(tmp_path, SHELF.replace("navigator", "bi"))
    assert world.send().outcome == "nothing"


def test_ledger_holds_no_path_or_secret_when_an_endpoint_failed(
    shelf: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the published sync marts would tell everybody where the firm's shares and servers are."""
    from harness.receivers.sender import Sender

    (shelf.root / "shelf").rename(shelf.root / "away")
    sent = shelf.send()
    assert str(shelf.root) in str(sent.error), "a person needs to know where"
    with shelf.ledger() as ledger:
        kept = str(ledger.query("select * from delivery")) + str(ledger.query("select * from event"))
    assert str(shelf.root) not in kept
    monkeypatch.setenv("TEST_SECRET", "canary-4711")
    endpoint = Endpoint(
        "bank", "fsspec", ("bi",), "sftp://files.bank.example/in", {}, {"password": "TEST_SECRET"}
    )
    sender = Sender(None, "r", endpoint, "bi", shelf.clock)  # type: ignore[arg-type]
    told = "bank: sftp://files.bank.example/in/bi canary-4711 at https://x.example/y and /srv/a/b: bi/r1/c"
    assert sender.clean(told) == "bank: bank/bi *** at <address> and <path>: bi/r1/c"


def test_gates_of_the_run_that_published_count_when_an_export_delivered_again(shelf: World) -> None:
    """Without it what `export` delivers would never reach an endpoint: it has no gates of its own."""
    where = deliver(shelf.root, TEXTS | {1: "exported again\n"}, NEXT)
    with shelf.ledger(where) as ledger:
        ledger.begin_run(NEXT, "export", who="ana")
        document = Move(key(1), key(1), "d" * 64, "s" * 64, 3, NEXT)
        for state in ("pending", "rendered", "promoting", "confirmed"):
            ledger.move(NEXT, "navigator", state, [document], gate_run_id=RUN)
    assert shelf.send().outcome == "succeeded"
    with shelf.ledger() as ledger:
        (row,) = ledger.deliveries(target="navigator", endpoint="shelf", client_ref=key(1))
    assert (row.gate_run_id, row.state) == (RUN, "confirmed")


@pytest.mark.parametrize("name", ["all.ndjson", f"documents/c{2:015x}.json", "extra.json"])
def test_nothing_is_sent_when_our_own_release_was_changed_by_hand(shelf: World, name: str) -> None:
    """Without it an edit in our folder would go to every endpoint as if it had passed the gates."""
    (shelf.where.target("navigator") / "current" / name).write_text("edited\n")
    sent = shelf.send()
    assert (sent.outcome, sent.error.code if sent.error else "") == ("failed", "blocked_e03")
    assert not list((shelf.root / "shelf").iterdir())


def test_document_is_not_sent_when_it_was_changed_by_hand(rows: tuple[World, FakeRows]) -> None:
    world, fake = rows
    (world.where.target("navigator") / "current" / "documents" / f"{key(2)}.json").write_text("edited\n")
    sent = world.send()
    assert (sent.outcome, sent.error.code if sent.error else "") == ("failed", "changed_by_hand")
    assert fake.asked == []
