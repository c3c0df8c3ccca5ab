"""Requests to a Navigator server: patience where it helps, words for people, the token shown nowhere."""

from __future__ import annotations

import logging
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from harness.errors import SourceError
from harness.navigator.api import Navigator
from harness.navigator.faults import ApiError, TransientApiError
from harness.navigator.http import Http, Patience
from harness.navigator.server import server
from tests.navigator_server import FakeNavigator, navigator_server

CANARY = "canary-token-4711"
QUICK = Patience(connect=1, silence=0.25, whole=0.6, attempts=4, largest=200_000)


class Clock:
    """Remembers the pauses instead of taking them."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake() -> Iterator[FakeNavigator]:
    with navigator_server() as running:
        yield running


def client(fake: FakeNavigator, clock: Clock, token: str = "", patience: Patience = QUICK) -> Navigator:
    where = server(fake.url, environment={"PLANALIGN_API_TOKEN": token})
    return Navigator(Http(where, patience, clock.sleep, lambda low, high: high))


@pytest.mark.parametrize(
    "url", ["navigator.example", "ftp://navigator.example", "http://", "http://navigator.example?x=1"]
)
def test_address_is_refused_when_it_is_none(url: str) -> None:
    with pytest.raises(SourceError, match="no address") as caught:
        server(url, environment={})
    assert caught.value.exit_status == 2


def test_address_is_refused_unseen_when_it_holds_a_password() -> None:
    with pytest.raises(SourceError) as caught:
        server(f"https://me:{CANARY}@navigator.example", environment={})
    assert caught.value.code == "secret_in_address"
    assert CANARY not in str(caught.value)


def test_token_stays_here_when_it_would_cross_a_network_readably() -> None:
    environment = {"T": CANARY}
    with pytest.raises(SourceError) as caught:
        server("http://navigator.example", "T", environment=environment)
    assert caught.value.code == "token_in_the_clear"
    assert server("https://navigator.example", "T", environment=environment).token
    assert server("http://127.0.0.1:8000", "T", environment=environment).token
    assert server("http://navigator.example", "T", allow_plain_http=True, environment=environment).token
    assert not server("http://navigator.example", environment={}).token


def test_token_is_refused_unseen_when_no_header_can_hold_it() -> None:
    with pytest.raises(SourceError) as caught:
        server("https://navigator.example", "T", environment={"T": f"{CANARY}\nHost: x"})
    assert caught.value.code == "bad_token"
    assert CANARY not in str(caught.value)


def test_address_is_the_same_when_it_ends_with_the_prefix() -> None:
    assert server("http://127.0.0.1:8000/api/", environment={}).url == "http://127.0.0.1:8000"


def test_token_goes_only_into_the_header_when_it_is_sent(
    fake: FakeNavigator, clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it a token could stand in a log, an exception or a report, where others read it."""
    caplog.set_level(logging.DEBUG)
    fake.token = CANARY
    api = client(fake, clock, CANARY)
    assert api.workspaces() == []
    _, path, headers, _ = fake.asked[0]
    assert headers["Authorization"] == f"Bearer {CANARY}"
    assert CANARY not in path
    fake.fail("GET", "workspaces", "echo")
    with pytest.raises(ApiError) as caught:
        api.workspaces()
    seen = [caplog.text, str(caught.value), repr(caught.value), repr(caught.value.args)]
    seen += [repr(api.http.server), repr(api.http.server.token), repr(caught.value.__cause__)]
    assert all(CANARY not in text for text in seen)
    assert "***" in str(caught.value)


def test_netrc_is_left_alone_when_there_is_no_token(
    fake: FakeNavigator,
    clock: Clock,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without it a password of another program would be sent to whatever address was typed."""
    netrc = tmp_path_factory.mktemp("netrc") / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    client(fake, clock).workspaces()
    assert "Authorization" not in fake.asked[0][2]


def test_401_is_final_and_says_which_variable_when_the_token_is_wrong(
    fake: FakeNavigator, clock: Clock
) -> None:
    fake.token = "right"
    with pytest.raises(ApiError) as caught:
        client(fake, clock, "wrong").workspaces()
    assert (caught.value.code, caught.value.status, caught.value.exit_status) == ("token_refused", 401, 2)
    assert "A valid PlanAlign API token is required." in str(caught.value)
    assert "--token-env" in str(caught.value)
    assert fake.count("GET") == 1 and clock.slept == []


@pytest.mark.parametrize(
    ("status", "code"), [(400, "refused"), (404, "not_there"), (409, "conflict"), (422, "not_accepted")]
)
def test_request_is_made_once_when_asking_again_changes_nothing(
    fake: FakeNavigator, clock: Clock, status: int, code: str
) -> None:
    fake.fail("GET", "workspaces", status, times=9)
    with pytest.raises(ApiError) as caught:
        client(fake, clock).workspaces()
    assert (caught.value.code, caught.value.kind, fake.count("GET")) == (code, "terminal", 1)
    assert f"told to answer {status}" in caught.value.message and caught.value.hint


@pytest.mark.parametrize("what", [500, 502, 503, 429, "reset", "half", "slow:0.7"])
def test_request_is_made_again_when_that_can_help(fake: FakeNavigator, clock: Clock, what: int | str) -> None:
    fake.fail("GET", "workspaces", what)
    assert client(fake, clock).workspaces() == []
    assert (fake.count("GET"), len(clock.slept)) == (2, 1)


def test_pauses_grow_and_end_when_the_server_stays_down(fake: FakeNavigator, clock: Clock) -> None:
    fake.fail("GET", "workspaces", 500, times=99)
    with pytest.raises(TransientApiError) as caught:
        client(fake, clock).workspaces()
    assert (caught.value.code, caught.value.kind, caught.value.exit_status) == (
        "server_failed",
        "transient",
        5,
    )
    assert clock.slept == [1.0, 2.0, 4.0]
    assert fake.count("GET") == QUICK.attempts


def test_retry_after_is_honoured_when_the_server_names_it(fake: FakeNavigator, clock: Clock) -> None:
    fake.fail("GET", "workspaces", 429, Retry_After="7")
    assert client(fake, clock).workspaces() == []
    assert clock.slept == [7.0]


def test_retry_after_is_not_sat_out_when_it_is_too_long(fake: FakeNavigator, clock: Clock) -> None:
    fake.fail("GET", "workspaces", 429, Retry_After="86400")
    with pytest.raises(TransientApiError):
        client(fake, clock).workspaces()
    assert clock.slept == [] and fake.count("GET") == 1


def test_nobody_answering_is_said_when_there_is_no_server(clock: Clock) -> None:
    with navigator_server() as gone:
        url = gone.url
    with pytest.raises(TransientApiError) as caught:
        client(FakeNavigator(url=url), clock).workspaces()
    assert caught.value.code == "unreachable" and url in caught.value.message
    assert not caught.value.maybe_done


def test_creation_is_not_repeated_when_the_answer_got_lost(fake: FakeNavigator, clock: Clock) -> None:
    """Without it a lost answer would leave two scenarios of one name: the API takes both."""
    workspace = fake.add_workspace("w")
    for what in ("cut", "half", 500, "slow:0.7"):
        fake.fail("POST", "scenarios", what)
        before = fake.count("POST")
        with pytest.raises(TransientApiError) as caught:
            client(fake, clock).create_scenario(workspace, "s", "", {})
        assert caught.value.maybe_done and fake.count("POST") == before + 1


@pytest.mark.parametrize("what", [429, 503])
def test_creation_is_repeated_when_it_was_surely_not_done(
    fake: FakeNavigator, clock: Clock, what: int
) -> None:
    workspace = fake.add_workspace("w")
    fake.fail("POST", "scenarios", what)
    client(fake, clock).create_scenario(workspace, "s", "", {})
    assert len(fake.scenarios) == 1 and len(clock.slept) == 1


def test_redirect_is_not_followed_when_it_leads_to_another_host(fake: FakeNavigator, clock: Clock) -> None:
    """Without it the token would go wherever an answer points."""
    with navigator_server() as other:
        fake.fail("GET", "workspaces", f"redirect:{other.url}/api/workspaces")
        with pytest.raises(ApiError) as caught:
            client(fake, clock, CANARY).workspaces()
        assert caught.value.code == "redirected" and other.url in caught.value.message
        assert other.asked == []


def test_answer_is_refused_when_it_is_no_json_or_of_another_shape(fake: FakeNavigator, clock: Clock) -> None:
    fake.fail("GET", "workspaces", "html")
    with pytest.raises(ApiError, match="no JSON") as caught:
        client(fake, clock).workspaces()
    assert caught.value.code == "not_the_api"
    with pytest.raises(ApiError, match="without lines"):
        list(client(fake, clock).log(*_wrong_log(fake), "ERROR"))


def _wrong_log(fake: FakeNavigator) -> tuple[str, str]:
    original = fake.answer

    def answer(
        method: str, path: str, query: dict[str, str], body: object
    ) -> tuple[int, object, dict[str, str]]:
        return (200, {"log": []}, {}) if path.endswith("/logs") else original(method, path, query, body)

    fake.answer = answer  # type: ignore[method-assign]
    return "s", "r"


def test_answer_is_given_up_when_it_only_drips(fake: FakeNavigator, clock: Clock) -> None:
    """Without it a server that sends a byte now and then would hold the command for ever."""
    fake.fail("GET", "workspaces", "drip", times=9)
    with pytest.raises(TransientApiError) as caught:
        client(fake, clock, patience=replace(QUICK, attempts=1)).workspaces()
    assert caught.value.code == "no_answer" and "still not whole" in caught.value.message


def test_answer_is_refused_when_it_is_too_large(fake: FakeNavigator, clock: Clock) -> None:
    workspace = fake.add_workspace("w")
    fake.add_scenario(workspace, "s", {"text": "x" * QUICK.largest})
    with pytest.raises(ApiError) as caught:
        client(fake, clock).scenarios(workspace)
    assert caught.value.code == "answer_too_large"


def test_pages_are_read_to_the_last_when_the_server_gives_less_than_asked(
    fake: FakeNavigator, clock: Clock
) -> None:
    assert list(client(fake, clock).log("s", "r", "ERROR")) == [f"line {n}" for n in range(1, 6)]
    assert fake.count("GET", "logs") == 3


def test_validation_errors_are_told_in_words_when_the_server_lists_them(
    fake: FakeNavigator, clock: Clock
) -> None:
    api, workspace = client(fake, clock), fake.add_workspace("w")
    with pytest.raises(ApiError, match=r"422: body\.name: String should have at most 100 characters"):
        api.create_scenario(workspace, "x" * 101, "", {})
    scenario = fake.add_scenario(workspace, "s", {})
    with pytest.raises(ApiError, match=r"Validation failed: age_bands\.bands: must start at 0"):
        api.replace_overrides(workspace, scenario, {"age_bands": []}, "")


def test_id_is_refused_when_it_could_lead_elsewhere(fake: FakeNavigator, clock: Clock) -> None:
    with pytest.raises(ApiError, match="can't be an id"):
        client(fake, clock).scenarios("../system")
    assert fake.asked == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
@pytest.mark.parametrize("is_known", [False, True])
def test_certificate_is_accepted_only_when_it_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock, is_known: bool
) -> None:
    """Without it the token would be told to whoever stands in between - or a tunnel could not be used."""
    own, secret = tmp_path / "own.pem", tmp_path / "key.pem"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(secret), "-out", str(own)]
    subprocess.run(["openssl", *request, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, secret)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    if is_known:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own))
    seen: list[str | None] = []

    class Quiet(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers["Authorization"])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Quiet) as listening:
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        url = f"https://127.0.0.1:{listening.server_port}"
        http = Http(server(url, environment={"PLANALIGN_API_TOKEN": CANARY}), Patience(), clock.sleep)
        try:
            if is_known:
                assert http.get("/api/workspaces").data == []
            else:
                with pytest.raises(ApiError) as caught:
                    http.get("/api/workspaces")
                assert caught.value.code == "not_trusted"
        finally:
            http.close()
            listening.shutdown()
    assert seen == ([f"Bearer {CANARY}"] if is_known else [])
