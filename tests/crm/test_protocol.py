"""The protocol's own failures: tokens, limits, cut connections, jobs that take their time; secrets unseen."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from harness.crm.bulk import Bulk
from harness.crm.org import org
from harness.crm.session import Session
from harness.errors import SourceError, TransientDeliveryError
from harness.http_faults import ApiError, TransientApiError
from tests.crm.bench import QUICK, SECRETS, Clock, outcomes, receiver, ref, rows, sent, small_sheet
from tests.crm_server import KEY, FakeOrg, crm_server
from tests.faulty_server import Fault

CANARY = "canary-secret-4711"
CALLS = [
    ("POST", "ingest$"),
    ("PUT", "batches$"),
    ("PATCH", "ingest/\\w+$"),
    ("GET", "ingest/\\w+$"),
    ("GET", "successfulResults"),
    ("GET", "failedResults"),
    ("GET", "unprocessedrecords"),
]


def test_sign_in_is_by_client_credentials_when_nothing_else_is_said(fake: FakeOrg, tmp_path: Path) -> None:
    sent(receiver(fake, tmp_path), rows(1))
    ((_, _, headers, raw),) = [one for one in fake.asked if one[1].endswith("/token")]
    assert raw == b"grant_type=client_credentials&client_id=the-key&client_secret=the-secret"
    assert "Authorization" not in headers


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_token_is_renewed_once_when_it_expires_at_any_call(
    fake: FakeOrg, tmp_path: Path, method: str, path: str
) -> None:
    """Without it a load of two hours would end at whichever call came when its session did."""
    fake.fail(method, path, "expire")
    assert outcomes(sent(receiver(fake, tmp_path), rows(3))) == {"confirmed": 3}
    assert fake.count("POST", "oauth2/token") == 2
    assert fake.written == [ref(3), ref(2), ref(1)][::-1], "each record was written once"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_delivery_ends_when_the_renewed_token_is_refused_too(
    fake: FakeOrg, tmp_path: Path, method: str, path: str
) -> None:
    """Without it a user who was locked out would be signed in for ever, until the org locks the app, too."""
    fake.fail(method, path, 401, times=9, code="INVALID_SESSION_ID")
    made = receiver(fake, tmp_path)
    with pytest.raises(ApiError) as caught:
        sent(made, rows(1))
    assert (caught.value.code, caught.value.kind, caught.value.exit_status) == (
        "token_refused",
        "terminal",
        5,
    )
    assert fake.count("POST", "oauth2/token") == 2 and fake.count(method, path) == 2


def test_sign_in_fails_once_when_the_secret_is_wrong(fake: FakeOrg, tmp_path: Path) -> None:
    with pytest.raises(ApiError) as caught:
        sent(receiver(fake, tmp_path, secret=CANARY), rows(1))
    assert (caught.value.code, caught.value.kind) == ("credentials_refused", "terminal")
    assert "invalid client credentials" in str(caught.value) and CANARY not in str(caught.value)
    assert [one[1] for one in fake.asked] == ["/services/oauth2/token"]


def test_refresh_token_is_used_when_the_flow_says_so(fake: FakeOrg, clock: Clock) -> None:
    environment = {"A": fake.client_id, "B": fake.client_secret, "C": fake.refresh_token}
    names = {"client_id": "A", "client_secret": "B", "refresh_token": "C"}
    where = org("crm", fake.url, {"flow": "refresh_token"}, names, environment)
    session = Session(where, QUICK, clock.sleep, lambda low, high: high)
    job = Bulk(session, clock, clock.sleep).create("Account", KEY)
    session.close()
    assert job.state == "Open" and b"grant_type=refresh_token" in fake.asked[0][3]


def test_token_goes_nowhere_else_when_the_answer_names_another_host(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it whoever can answer once in the org's place would get every client's record."""
    fake.instance_url = "https://salesforce.example"
    with pytest.raises(ApiError) as caught:
        sent(receiver(fake, tmp_path), rows(1))
    assert caught.value.code == "token_for_elsewhere" and "salesforce.example" in str(caught.value)


def test_redirect_is_not_followed_when_it_leads_to_another_host(fake: FakeOrg, tmp_path: Path) -> None:
    with crm_server() as other:
        fake.fail("POST", "ingest$", f"redirect:{other.url}/services/data/v62.0/jobs/ingest")
        with pytest.raises(ApiError) as caught:
            sent(receiver(fake, tmp_path), rows(1))
        assert caught.value.code == "redirected" and other.asked == []


@pytest.mark.parametrize(("method", "path"), [("POST", "oauth2/token"), *CALLS])
def test_retry_after_is_waited_when_the_org_has_too_many_requests(
    fake: FakeOrg, clock: Clock, tmp_path: Path, method: str, path: str
) -> None:
    """Without it we would ask on, and the org would shut us out for longer."""
    fake.fail(method, path, 429, Retry_After="7")
    assert outcomes(sent(receiver(fake, tmp_path, clock), rows(2))) == {"confirmed": 2}
    assert 7.0 in clock.slept and fake.written == [ref(1), ref(2)]


@pytest.mark.parametrize(("method", "path"), [("POST", "oauth2/token"), *CALLS])
def test_request_is_made_again_when_the_org_is_away_for_a_moment(
    fake: FakeOrg, tmp_path: Path, method: str, path: str
) -> None:
    fake.fail(method, path, 503)
    assert outcomes(sent(receiver(fake, tmp_path), rows(2))) == {"confirmed": 2}
    assert fake.written == [ref(1), ref(2)]


@pytest.mark.parametrize("what", ["cut_body", "cut", "reset", "slow:0.6", 500])
def test_another_job_is_made_when_the_upload_was_cut_off(
    fake: FakeOrg, tmp_path: Path, what: str | int
) -> None:
    """Without it half an upload could be closed, or a second upload refused: a job takes one only."""
    fake.fail("PUT", "batches", what)
    assert outcomes(sent(receiver(fake, tmp_path), rows(3))) == {"confirmed": 3}
    assert fake.count("PUT") == 2 and fake.count("POST", "ingest$") == 2
    assert fake.count("DELETE") == 1 and len(fake.jobs) == 1, "the job that was cut off is gone"
    assert fake.written == [ref(1), ref(2), ref(3)]


def test_delivery_waits_for_another_time_when_no_upload_gets_through(fake: FakeOrg, tmp_path: Path) -> None:
    fake.fail("PUT", "batches", "cut_body", times=99)
    with pytest.raises(TransientApiError) as caught:
        sent(receiver(fake, tmp_path), rows(2))
    assert isinstance(caught.value, TransientDeliveryError) and caught.value.kind == "transient"
    assert fake.count("PUT") == 3 and fake.jobs == {} and fake.written == []


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if call[0] != "GET"])
def test_each_record_is_written_once_when_a_503_was_none(
    fake: FakeOrg, tmp_path: Path, method: str, path: str
) -> None:
    """Without it what the org did all the same is refused a second time, and the delivery ends as failed."""
    fake.fail(method, path, "done:503")
    assert outcomes(sent(receiver(fake, tmp_path), rows(2))) == {"confirmed": 2}
    assert fake.written == [ref(1), ref(2)]


@pytest.mark.parametrize("what", ["cut", "half", "slow:0.6"])
def test_job_is_not_closed_twice_when_the_answer_to_closing_got_lost(
    fake: FakeOrg, tmp_path: Path, what: str
) -> None:
    """Without it the second closing is refused, and a job that runs would count as failed."""
    fake.fail("PATCH", "ingest", what)
    assert outcomes(sent(receiver(fake, tmp_path), rows(2))) == {"confirmed": 2}
    assert fake.written == [ref(1), ref(2)] and len(fake.jobs) == 1


def test_job_is_closed_again_when_closing_never_arrived(fake: FakeOrg, tmp_path: Path) -> None:
    fake.fail("PATCH", "ingest", "reset")
    assert outcomes(sent(receiver(fake, tmp_path), rows(2))) == {"confirmed": 2}
    assert fake.count("PATCH") == 2 and fake.written == [ref(1), ref(2)]


def test_pauses_grow_when_a_job_takes_its_time(fake: FakeOrg, clock: Clock, tmp_path: Path) -> None:
    fake.life = [("InProgress",) * 12 + ("JobComplete",)]
    assert outcomes(sent(receiver(fake, tmp_path, clock), rows(1))) == {"confirmed": 1}
    assert clock.slept[:4] == [1.0, 1.5, 2.25, 3.375] and max(clock.slept) == 30.0


def test_row_is_not_confirmed_when_its_job_does_not_end_in_time(
    fake: FakeOrg, clock: Clock, tmp_path: Path
) -> None:
    fake.life = [("InProgress",)]
    found = sent(receiver(fake, tmp_path, clock, options={"wait_seconds": 90}), rows(1))
    assert (found[ref(1)].outcome, found[ref(1)].code) == ("retry", "job_unfinished")
    assert found[ref(1)].retry_after and sum(clock.slept) == 90.0


def test_slow_answers_are_waited_for_when_they_come_in_time(fake: FakeOrg, tmp_path: Path) -> None:
    for method, path in CALLS:
        fake.fail(method, path, "slow:0.1")
    assert outcomes(sent(receiver(fake, tmp_path), rows(2))) == {"confirmed": 2}


def test_nothing_is_lost_when_nobody_answers(tmp_path: Path, clock: Clock) -> None:
    with crm_server() as gone:
        made = receiver(gone, tmp_path, clock)
    with pytest.raises(TransientApiError) as caught:
        sent(made, rows(1))
    assert caught.value.code == "unreachable" and gone.url in str(caught.value)


def test_other_parts_are_not_tried_when_the_orgs_limit_is_used_up(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it each part would spend more of a limit that is spent, or its rows would have no result."""
    made = receiver(fake, tmp_path, sheet=small_sheet(2))
    results = made.send("crm", rows(6))
    first = [next(results), next(results)]
    fake.fail("POST", "ingest$", 403, times=99, code="REQUEST_LIMIT_EXCEEDED")
    rest = list(results)
    assert [one.outcome for one in first] == ["confirmed"] * 2
    assert [(one.outcome, one.code, one.retry_after) for one in rest] == [
        ("retry", "too_many_requests", 3600)
    ] * 4
    assert fake.count("POST", "ingest$") == 2


def test_rights_that_are_missing_are_said_at_once_when_the_org_refuses(fake: FakeOrg, tmp_path: Path) -> None:
    fake.fail("POST", "ingest$", 403, times=9, code="API_DISABLED_FOR_ORG")
    with pytest.raises(ApiError) as caught:
        sent(receiver(fake, tmp_path), rows(1))
    assert (caught.value.code, caught.value.kind) == ("refused", "terminal")
    assert "permission" in caught.value.hint and fake.count("POST", "ingest$") == 1


def test_job_that_is_gone_is_said_when_somebody_deleted_it(fake: FakeOrg, tmp_path: Path) -> None:
    fake.fail("GET", "ingest/\\w+$", 404)
    (found,) = sent(receiver(fake, tmp_path), rows(1)).values()
    assert (found.outcome, found.code) == ("retry", "job_gone")
    (found,) = sent(receiver(fake, tmp_path), rows(1)).values()
    assert found.outcome == "confirmed"


def test_finished_job_is_deleted_only_when_the_settings_say_so(fake: FakeOrg, tmp_path: Path) -> None:
    sent(receiver(fake, tmp_path), rows(1))
    assert len(fake.jobs) == 1
    sent(receiver(fake, tmp_path, options={"keep_jobs": False}), rows(1, first=2))
    assert len(fake.jobs) == 1 and fake.count("DELETE") == 1


def test_secrets_and_tokens_are_seen_nowhere_when_everything_goes_wrong(
    fake: FakeOrg, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without it a secret could stand in a log, an error, a journal or a row's message."""
    caplog.set_level(logging.DEBUG)
    fake.client_secret, fake.client_id = CANARY, f"{CANARY}-id"
    texts: list[str] = []
    fake.refuses = lambda *_: f"STRING_TOO_LONG:{CANARY} {' '.join(fake.tokens)}:--"
    made = receiver(fake, tmp_path)
    texts += [repr(made.org), repr(made.session.org.secrets), str(vars(made.session))]
    texts += [repr(one) for one in made.send("crm", rows(2))]
    fake.refuses = lambda *_: f"STRING_TOO_LONG:{CANARY}:--"
    for method, path in [("POST", "oauth2/token"), *CALLS]:
        for what in ("echo", "html", "half", 500):
            fake.faults.clear()
            fake.fail(method, path, what, times=9)
            again = receiver(fake, tmp_path, patience=replace(QUICK, attempts=1))
            try:
                texts += [repr(one) for one in again.send("crm", rows(2))]
            except ApiError as error:
                texts += [str(error), repr(error), repr(error.args), repr(error.__cause__), error.hint]
    texts += [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    texts.append(caplog.text)
    whole = "\n".join(texts)
    assert len(texts) > 20 and CANARY not in whole
    assert not [token for token in fake.tokens if token in whole]


@pytest.mark.parametrize("length", range(470, 505, 5))
def test_half_a_secret_is_not_seen_when_a_long_answer_is_cut(
    fake: FakeOrg, tmp_path: Path, length: int
) -> None:
    """Without it the end of a message could be the beginning of a secret."""
    fake.client_secret = CANARY
    made = receiver(fake, tmp_path)
    fake.faults.append(
        Fault("POST", "ingest$", 400, 1, {}, [{"errorCode": "X", "message": "y" * length + CANARY}])
    )
    with pytest.raises(ApiError) as caught:
        sent(made, rows(1))
    assert CANARY[:6] not in str(caught.value)


def test_secret_is_not_seen_when_it_comes_back_as_it_was_sent(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it a secret with a sign that a form encodes would be hidden in one spelling only."""
    fake.client_secret = "a+b/c=canary&!"
    fake.fail("POST", "oauth2/token", "echo", times=9)
    with pytest.raises(ApiError) as caught:
        sent(receiver(fake, tmp_path), rows(1))
    assert "canary" not in str(caught.value) and "grant_type" in str(caught.value)


def test_longer_pause_is_left_to_the_ledger_when_the_org_asks_for_it(
    fake: FakeOrg, clock: Clock, tmp_path: Path
) -> None:
    """Without it a delivery would sit for ten minutes, or ask again before it may."""
    fake.fail("GET", "ingest/\\w+$", 429, times=9, Retry_After="600")
    (found,) = sent(receiver(fake, tmp_path, clock), rows(1)).values()
    assert (found.outcome, found.retry_after) == ("retry", 600.0) and 600.0 not in clock.slept


@pytest.mark.parametrize(
    ("url", "options", "secrets", "code"),
    [
        ("http://firm.my.salesforce.com", {}, SECRETS, "bad_endpoint"),
        ("https://me:pw@firm.my.salesforce.com", {}, SECRETS, "secret_in_address"),
        ("firm", {}, SECRETS, "bad_address"),
        ("https://firm.my.salesforce.com", {"wait": 3}, SECRETS, "bad_endpoint"),
        ("https://firm.my.salesforce.com", {"flow": "password"}, SECRETS, "bad_endpoint"),
        ("https://firm.my.salesforce.com", {"api_version": "v62"}, SECRETS, "bad_endpoint"),
        ("https://firm.my.salesforce.com", {"wait_seconds": -1}, SECRETS, "bad_endpoint"),
        ("https://firm.my.salesforce.com", {"keep_jobs": "no"}, SECRETS, "bad_endpoint"),
        ("https://firm.my.salesforce.com", {}, {"client_id": "T_SF_ID"}, "bad_endpoint"),
        ("https://firm.my.salesforce.com", {}, {**SECRETS, "password": "X"}, "bad_endpoint"),
        ("https://firm.my.salesforce.com", {}, {**SECRETS, "client_secret": CANARY}, "bad_endpoint"),
        ("https://firm.my.salesforce.com", {}, {**SECRETS, "client_secret": "T_UNSET"}, "bad_endpoint"),
    ],
)
def test_endpoint_is_refused_before_any_request_when_its_settings_can_not_be(
    url: str, options: dict[str, object], secrets: dict[str, str], code: str
) -> None:
    """Without it a secret would cross a network readably, or a misspelt setting would be without effect."""
    with pytest.raises(SourceError) as caught:
        org("crm", url, options, secrets, {"T_SF_ID": "a", "T_SF_SECRET": "b"})
    assert (caught.value.code, caught.value.exit_status) == (code, 2)
    assert CANARY not in str(caught.value) and "pw@" not in str(caught.value)
