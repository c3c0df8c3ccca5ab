"""status and audit on a ledger with a story, as an operator calls them."""

import json
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from harness.cli import cli
from harness.config import Settings
from harness.ledger import Ledger, Move
from tests.ledger.test_chain import tampered
from tests.ledger.test_moves import Unreachable
from tests.ledger.world import TARGET, Clock, document, passed, through

HOSTILE = "<script>alert('O''Brien & Co')</script>\x1b[31m\u202e"


@pytest.fixture
def story(ledger: Ledger, clock: Clock, where: Settings) -> Ledger:
    """Two runs: one went well, one left a document waiting, a rejected one and an alert."""
    passed(ledger)
    through(ledger, "r1", [document(1), document(2)])
    ledger.move("r1", TARGET, "held", [Move("k6", "c6", code="no_rate", message=HOSTILE)])
    ledger.target_ended("r1", TARGET, "", "partial")
    ledger.end_run("r1", "partial", 3)
    clock.later(days=7)
    passed(ledger, "r2")
    through(ledger, "r2", [document(2, 2)], "pending", "rendered", "promoting")
    ledger.fail("r2", TARGET, ["k2"], Unreachable("away", "x"), random=lambda _, high: high)
    ledger.move("r2", TARGET, "rejected", [Move("k7", "c7", code="schema", message="Wrong.")])
    ledger.target_ended("r2", TARGET, "", "failed", "away")
    ledger.raise_alert("r2", "target", TARGET, failures=3, error_code="away")
    ledger.end_run("r2", "failed", 5, error=Unreachable("away", "The server is away."))
    where.home.mkdir(exist_ok=True)
    with duckdb.connect(str(where.state)) as connection:
        connection.execute("create table client_ref (client_id varchar, client_ref varchar)")
        connection.execute("insert into client_ref values ('DM-1002', 'c0000000000000002'), ('DM-9', 'c9')")
    return ledger


def asked(where: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--home", str(where.home)])


@pytest.mark.usefixtures("story")
def test_status_shows_what_fails_and_what_waits_when_it_is_asked(where: Settings) -> None:
    # an operator who has to read the database by hand finds out too late
    found = asked(where, "status")
    assert found.exit_code == 0
    assert "1 confirmed, 1 held, 1 rejected, 1 retry_wait" in found.output
    assert "last confirmed 2026-11-22T10:00:00.123456Z by r1" in found.output
    assert "failed 1 time in a row, last in r2 (away)" in found.output
    assert "k2 (DM-1002): 1 attempts, next" in found.output or "k2 (DM-1002): 1 attempts, due" in found.output
    assert "alert since 2026-11-29T10:00:00.123456Z" in found.output
    assert "\x1b" not in found.output


@pytest.mark.usefixtures("story")
def test_status_is_about_one_client_when_it_is_named_by_id_or_reference(where: Settings) -> None:
    by_id, by_ref = (
        asked(where, "status", "--client", name, "--json") for name in ("DM-1002", "c0000000000000002")
    )
    one, two = json.loads(by_id.output), json.loads(by_ref.output)
    assert one["deliveries"] == two["deliveries"]
    (row,) = one["deliveries"]
    assert (row["delivery_key"], row["state"], row["attempts"]) == ("k2", "retry_wait", 1)
    assert row["confirmed_checksum"] == document(2).document_checksum
    assert one["receivers"][0]["states"] == {"retry_wait": 1}
    unknown = asked(where, "status", "--client", "DM-1003")
    assert (unknown.exit_code, "nearest: DM-1002" in unknown.output) == (2, True)
    # known to the state, but nothing was ever delivered of it
    assert asked(where, "status", "--client", "DM-9").exit_code == 2


@pytest.mark.usefixtures("story")
def test_status_is_empty_when_the_target_is_another(where: Settings) -> None:
    found = json.loads(asked(where, "status", "--target", "fhi", "--json").output)
    assert (found["receivers"], found["queue"], found["alerts"]) == ([], [], [])
    assert found["last_run"]["run_id"] == "r2"


@pytest.mark.parametrize("command", [["status"], ["audit", "report"], ["audit", "verify"]])
def test_nothing_is_made_when_a_home_without_a_ledger_is_asked(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLANWISE_LEDGER", raising=False)
    found = CliRunner().invoke(cli, [*command, "--home", str(tmp_path / "none")])
    assert (found.exit_code, "no_ledger_yet" in found.output) == (2, True)
    assert not (tmp_path / "none").exists()


def test_verify_ends_with_five_and_names_the_row_when_one_was_changed(story: Ledger, where: Settings) -> None:
    found = asked(where, "audit", "verify")
    assert (found.exit_code, "events, whole; last hash" in found.output) == (0, True)
    tampered(story, "update delivery set confirmed_sha256 = 'x' where delivery_key = 'k1'")
    found = asked(where, "audit", "verify", "--json")
    assert found.exit_code == 5
    (fault,) = json.loads(found.output)["faults"]
    assert (fault["table"], fault["key"], fault["column"]) == ("delivery", "navigator/k1", "confirmed_sha256")
    report = asked(where, "audit", "report")
    assert (report.exit_code, "NOT whole: 1 faults" in report.output) == (5, True)


def test_report_holds_runs_gates_outcomes_and_events_when_it_is_json(story: Ledger, where: Settings) -> None:
    found = json.loads(asked(where, "audit", "report", "--format", "json").output)
    assert [run["run_id"] for run in found["runs"]] == ["r1", "r2"]
    assert found["runs"][0]["gates"] == {"failed (hold)": 1, "passed": 1}
    assert found["runs"][1]["targets"][0]["outcome"] == "failed"
    assert [row["delivery_key"] for row in found["rejects"]] == ["k7"]
    assert found["chain"]["is_whole"] is True
    assert (len(found["events"]), found["chain"]["head"]) == story.head()
    assert "DM-1002" not in json.dumps(found)
    assert str(where.home) not in json.dumps(found)


@pytest.mark.usefixtures("story")
def test_report_is_narrowed_when_a_day_or_a_client_is_named(where: Settings) -> None:
    since = json.loads(asked(where, "audit", "report", "--since", "2026-11-25", "--format", "json").output)
    assert [run["run_id"] for run in since["runs"]] == ["r2"]
    assert {event["run_id"] for event in since["events"]} == {"r2"}
    one = json.loads(asked(where, "audit", "report", "--client", "DM-1002", "--format", "json").output)
    assert {event["delivery_key"] for event in one["events"]} == {"k2"}
    assert [event["kind"] for event in one["events"]] == ["confirmed", "retry_wait"]
    assert asked(where, "audit", "report", "--since", "yesterday").exit_code == 2


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [str(value) for name, value in attrs if name in ("src", "href", "onload", "onclick")]


@pytest.mark.usefixtures("story")
def test_page_is_one_file_without_script_when_texts_are_hostile(where: Settings, tmp_path: Path) -> None:
    # the report is opened in a browser by people who trust it
    output = tmp_path / "audit.html"
    done = asked(where, "audit", "report", "--format", "html", "--output", str(output))
    assert done.exit_code == 0
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    page = output.read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(page)
    assert (tags.tags & {"script", "link", "img", "iframe"}, tags.links) == (set(), [])
    assert "&lt;script&gt;" in page
    assert not re.search(r"https?://", page)
    assert "default-src 'none'" in page
    text = asked(where, "audit", "report").output
    assert "\x1b" not in text
    assert "\u202e" not in text
