"""Alerts: raised after three failures in a row, once; told until taken; never in the way of a delivery."""

import email
import email.policy
import json
import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from harness import diagnostics
from harness.alert_channels import alerting
from harness.alerts import after_run
from harness.config import Settings
from harness.errors import DeliveryError, SourceError, TransientDeliveryError
from harness.ledger import Ledger
from tests.ledger.world import Clock, document, passed, through
from tests.operations.receivers import Letters, Webhook, webhook

FAULT = TransientDeliveryError("unreachable", "no route to the receiver")


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with webhook() as found:
        monkeypatch.setenv("HOOK", found.url)
        yield found


def setting(where: Settings, text: str = 'webhook_env = "HOOK"\ntimeout_seconds = 0.5') -> None:
    (where.home / "planwise.toml").write_text(f"[alerts]\n{text}\n", encoding="utf-8")


class Runs:
    """Runs of one ledger, a minute apart."""

    def __init__(self, where: Settings, ledger: Ledger, clock: Clock) -> None:
        self.where, self.ledger, self.clock, self.number = where, ledger, clock, 0

    def target(self, outcome: str, endpoint: str = "bank") -> list[str]:
        """A run that ends so for the target; kinds of the alerts it told."""
        run_id = self._begun()
        self.ledger.target_ended(
            run_id, "crm", endpoint, outcome, "unreachable" if outcome == "failed" else None
        )
        return [message["kind"] for message in after_run(self.where, self.ledger, run_id)]

    def client(self, fails: bool, number: int = 1) -> list[str]:
        """A run that delivers one client's document, or fails to."""
        run_id = self._begun()
        passed(self.ledger, f"g{self.number}")
        again = [document(number, self.number)]
        through(self.ledger, f"g{self.number}", again, "pending", "rendered", "promoting")
        if fails:
            self.ledger.fail(f"g{self.number}", "navigator", [again[0].delivery_key], FAULT)
        else:
            self.ledger.move(f"g{self.number}", "navigator", "confirmed", again)
        return [message["kind"] for message in after_run(self.where, self.ledger, run_id)]

    def _begun(self) -> str:
        self.number += 1
        self.clock.later(minutes=1)
        self.ledger.begin_run(f"r{self.number}", "run")
        return f"r{self.number}"


@pytest.fixture
def runs(where: Settings, ledger: Ledger, clock: Clock) -> Runs:
    return Runs(where, ledger, clock)


def test_alert_is_raised_at_the_third_failure_and_once_when_a_target_goes_on_failing(runs: Runs) -> None:
    told = [runs.target("failed") for _ in range(5)]
    assert told == [[], [], ["raised"], [], []]
    (alert,) = runs.ledger.alerts()
    assert (alert["subject"], alert["target"], alert["endpoint"], alert["failures"]) == (
        "target",
        "crm",
        "bank",
        3,
    )
    assert alert["error_code"] == "unreachable"


def test_nothing_is_raised_when_a_success_lies_between(runs: Runs) -> None:
    told = [runs.target(outcome) for outcome in ("failed", "failed", "succeeded", "failed", "failed")]
    assert told == [[]] * 5


def test_recovery_is_told_and_closes_the_alert_when_it_works_again(runs: Runs) -> None:
    for _ in range(3):
        runs.target("failed")
    assert runs.target("partial") == ["recovered"]
    assert runs.ledger.alerts(open_only=True) == []
    assert [runs.target("failed") for _ in range(3)] == [[], [], ["raised"]]


def test_one_endpoint_says_nothing_about_another_when_it_fails(runs: Runs) -> None:
    for _ in range(2):
        runs.target("failed", "bank")
    assert runs.target("failed", "other") == []


def test_alert_names_the_reference_when_a_client_fails_three_times(runs: Runs) -> None:
    assert [runs.client(True) for _ in range(4)] == [[], [], ["raised"], []]
    (alert,) = runs.ledger.alerts()
    assert (alert["subject"], alert["client_ref"]) == ("client", document(1).client_ref)
    assert runs.client(False) == ["recovered"]
    assert not runs.ledger.verify_chain()


def test_nothing_is_raised_when_a_client_was_confirmed_between(runs: Runs) -> None:
    told = [runs.client(fails) for fails in (True, True, False, True, True)]
    assert told == [[]] * 5


def test_error_is_logged_when_an_alert_is_raised(runs: Runs, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        runs.target("failed")
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "crm at bank failed 3 times in a row" in caplog.text


def test_nothing_leaves_the_house_when_no_channel_is_set(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_socket(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", no_socket)
    assert [runs.target("failed") for _ in range(3)][-1] == ["raised"]


def test_webhook_is_told_when_it_is_well(where: Settings, runs: Runs, hook: Webhook) -> None:
    setting(where)
    for outcome in ("failed", "failed", "failed", "succeeded", "succeeded"):
        runs.target(outcome)
    assert hook.kinds == ["raised", "recovered"]
    assert hook.taken[0]["text"] == "target crm at bank failed 3 times in a row, last with unreachable"
    assert hook.taken[0]["alert_id"] == hook.taken[1]["alert_id"]
    assert "Authorization" not in hook.headers[0]


def test_each_message_arrives_once_when_the_receiver_is_down_slow_broken_and_then_well(
    where: Settings,
    runs: Runs,
    hook: Webhook,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    setting(where)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{nobody.getsockname()[1]}/")
        outcomes = [runs.target("failed") for _ in range(3)]  # down
    monkeypatch.setenv("HOOK", hook.url)
    hook.delay = 5.0
    begun = time.monotonic()
    outcomes.append(runs.target("failed"))  # slow
    assert time.monotonic() - begun < 2
    hook.delay, hook.status = 0.0, 500
    outcomes.append(runs.target("succeeded"))  # broken
    assert outcomes == [[], [], ["raised"], [], ["recovered"]]
    assert hook.taken == []
    hook.status = 200
    assert runs.target("succeeded") == []  # well
    assert hook.kinds == ["raised", "recovered"]
    runs.target("succeeded")
    assert hook.kinds == ["raised", "recovered"]
    for word in ("ConnectionError", "no answer within 0.5 seconds", "answered 500"):
        assert word in caplog.text
    assert "canary" not in caplog.text
    assert not runs.ledger.verify_chain()


def test_delivery_waits_no_longer_than_the_timeout_when_the_receiver_drips(
    where: Settings, runs: Runs, hook: Webhook
) -> None:
    # each byte resets the timeout of a read: without a clock of our own it would take minutes
    setting(where)
    hook.drips = True
    for _ in range(2):
        runs.target("failed")
    begun = time.monotonic()
    assert runs.target("failed") == ["raised"]
    assert time.monotonic() - begun < 2


def test_nobody_else_is_told_when_the_receiver_redirects(where: Settings, runs: Runs, hook: Webhook) -> None:
    setting(where)
    hook.status, hook.location = 307, hook.url
    for _ in range(3):
        runs.target("failed")
    assert hook.asked == 1
    assert hook.taken == []


@pytest.mark.parametrize(
    "url", ["", "http://example.com/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "nonsense"]
)
def test_address_is_refused_unsaid_when_it_is_not_https(
    where: Settings, runs: Runs, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    setting(where)
    monkeypatch.setenv("HOOK", url)
    assert [runs.target("failed") for _ in range(3)][-1] == ["raised"]
    assert "webhook did not take it" in caplog.text
    assert not url or url not in caplog.text


def test_alert_is_kept_when_the_settings_are_wrong(
    where: Settings, runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    setting(where, 'webhook = "https://hooks.example/secret"')
    assert [runs.target("failed") for _ in range(3)][-1] == ["raised"]
    assert "alerts go nowhere" in caplog.text
    assert "hooks.example" not in caplog.text


_NO_MAIL = (
    'from = "a@b"\nto = []',
    'from = "ab"\nto = "a@b"',
    'from = "a@b\\nBcc: c@d"\nto = "a@b"',
    'from = "a@b"\nto = "a@b"\nuser = "u"',
    'from = "a@b"\nto = "a@b"\nuser = "u"\npassword_env = "P"\nstarttls = false',
)


@pytest.mark.parametrize(
    "text",
    [
        'webhook_env = "https://hooks.example/secret"', "webhook_env = 1", "failures = 0",
        "timeout_seconds = 600", *(f'[alerts.mail]\nhost = "h"\n{rest}' for rest in _NO_MAIL),
    ],
)  # fmt: skip
def test_settings_are_refused_without_repeating_them_when_they_cannot_be(where: Settings, text: str) -> None:
    setting(where, text)
    with pytest.raises(SourceError) as caught:
        alerting(where)
    assert "secret" not in str(caught.value)


def test_mail_is_sent_when_it_is_set(where: Settings, runs: Runs) -> None:
    letters = Letters()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(letters, hostname="127.0.0.1", port=port)
    server.start()
    try:
        setting(
            where,
            f'[alerts.mail]\nhost = "127.0.0.1"\nport = {port}\nfrom = "planwise@firm.example"\n'
            'to = ["ops@firm.example"]',
        )
        for _ in range(4):
            runs.target("failed")
    finally:
        server.stop()
    (letter,) = (email.message_from_bytes(content, policy=email.policy.default) for content in letters.taken)
    assert letter["To"] == "ops@firm.example"
    told = "target crm at bank failed 3 times in a row, last with unreachable"
    assert letter["Subject"].strip() == f"planwise: {told}"
    assert '"kind": "raised"' in letter.get_content()


def test_run_goes_on_when_the_mail_server_is_gone(
    where: Settings, runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        setting(
            where,
            f'[alerts.mail]\nhost = "127.0.0.1"\nport = {port}\nfrom = "a@b.example"\nto = "c@d.example"',
        )
        assert [runs.target("failed") for _ in range(3)][-1] == ["raised"]
    assert "mail did not take it: ConnectionRefusedError" in caplog.text


def _raised(secret: str) -> DeliveryError:
    try:
        try:
            raise ValueError(f"client DM-1001 at /home/ana with {secret}")
        except ValueError as error:
            raise DeliveryError(
                "broken", f"DM-1001 was refused by https://ana:{secret}@host/", "ask"
            ) from error
    except DeliveryError as error:
        return error


def test_diagnosis_holds_trace_step_and_three_rows_and_neither_ids_nor_secrets_when_a_run_fails(
    where: Settings, runs: Runs, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "pa55-canary-word"
    monkeypatch.setenv("CRM_LOGIN", secret)
    (where.home / "planwise.toml").write_text(
        '[alerts]\nwebhook_env = "HOOK"\n[[endpoint]]\nname = "crm"\nsecrets = { password = "CRM_LOGIN" }\n',
        encoding="utf-8",
    )
    rows = [
        {
            "client_id": "DM-1001",
            "client_name": "Bank O'Brien",
            "raw": f"like DM-1001 {secret}",
            "rate": 3,
            "n": None,
        }
    ] * 5
    found = diagnostics.diagnose(
        where, "r3", _raised(secret), command="run", step="deliver", samples=rows,
        identifiers=[("client_id", "DM-1001"), ("path", "/home/ana")],
    )  # fmt: skip
    path = diagnostics.write(where, found)
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text(encoding="utf-8")
    for word in (secret, "DM-1001", "O'Brien", "/home/ana", str(where.home)):
        assert word not in text
    assert found["step"] == "deliver"
    assert len(found["sample_rows"]) == 3
    assert found["sample_rows"][0] == {"raw": "like [client_id] ***", "rate": 3, "n": None}
    assert any("in _raised" in line for line in found["trace"])
    assert "ValueError" in found["trace"]
    for _ in range(3):
        runs.target("failed")
    assert hook.taken[0]["diagnostics"]["error"]["code"] == "broken"
    assert "sample" not in json.dumps(hook.taken[0]["diagnostics"]["trace"])
    assert secret not in json.dumps(hook.taken)
    ledger = b"".join(path.read_bytes() for path in where.home.glob("ledger.sqlite*"))
    assert secret.encode() not in ledger
    assert b"DM-1001" not in ledger


def test_diagnosis_is_none_when_there_is_none_or_half_of_one(where: Settings, tmp_path: Path) -> None:
    assert diagnostics.read(where, "r1") is None
    (where.run_folder("r1")).mkdir(parents=True)
    (where.run_folder("r1") / "diagnostics.json").write_text('{"half', encoding="utf-8")
    assert diagnostics.read(where, "r1") is None
