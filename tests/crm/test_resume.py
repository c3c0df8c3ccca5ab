"""A delivery that was killed, or did not see its job's end: asked first, never twice, never older."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.config import PROJECT
from harness.crm.jobs import NAME
from harness.errors import SourceError
from tests.crm.bench import Clock, outcomes, receiver, ref, row, rows, sent
from tests.crm_server import FakeOrg

CHILD = """
import sys
from pathlib import Path
from harness.http import Patience
from tests.crm.bench import receiver, rows
from tests.crm_server import FakeOrg
made = receiver(FakeOrg(url=sys.argv[1]), Path(sys.argv[2]), patience=Patience(silence=60))
list(made.send("crm", rows(5)))
"""


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "batches"), ("PATCH", "ingest"), ("GET", "ingest/\\w+$"), ("GET", "successfulResults")],
)
def test_each_record_is_written_once_when_the_process_was_killed(
    fake: FakeOrg, tmp_path: Path, method: str, path: str
) -> None:
    """Without it a power cut would send everything again, or count what the org took as never sent."""
    fake.fail(method, path, "slow:1.5")
    child = subprocess.Popen([sys.executable, "-c", CHILD, fake.url, str(tmp_path)], cwd=PROJECT)
    until = time.monotonic() + 30
    while not fake.count(method, path) and time.monotonic() < until:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    assert child.wait(30) == -signal.SIGKILL and fake.count(method, path) == 1
    time.sleep(1.6 if method != "GET" else 0)  # the org goes on with what it was asked
    assert outcomes(sent(receiver(fake, tmp_path), rows(5))) == {"confirmed": 5}
    assert sorted(fake.written) == [ref(number) for number in range(1, 6)]


def test_old_job_is_asked_when_its_results_were_never_recorded(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it a ledger that could not be written would cost the org the same load again."""
    results = receiver(fake, tmp_path).send("crm", rows(3))
    next(results)
    results.close()  # the process ends here: one result was seen, none recorded
    assert outcomes(sent(receiver(fake, tmp_path), rows(3))) == {"confirmed": 3}
    assert fake.count("PUT") == 1 and len(fake.written) == 3


def test_nothing_is_sent_beside_a_job_that_has_not_ended(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it two jobs would write the same record in any order, and the older values could win."""
    fake.life = [("InProgress",)]
    options = {"wait_seconds": 10}
    sent(receiver(fake, tmp_path, options=options), [row(1, "1.000000"), row(2)])
    newer = [row(1, "2.000000"), row(2), row(3)]
    found = sent(receiver(fake, tmp_path, options=options), newer)
    assert [found[ref(number)].code for number in (1, 2, 3)] == ["job_unfinished", "job_unfinished", None]
    assert found[ref(3)].outcome == "confirmed" and fake.written == [ref(3)]
    next(iter(fake.jobs.values())).life = ["JobComplete"]
    found = sent(receiver(fake, tmp_path, options=options), newer[:2])
    assert outcomes(found) == {"confirmed": 2}
    assert fake.written == [ref(3), ref(1), ref(2), ref(1)], "the old job's, then only what is newer"
    assert fake.records[ref(1)]["Score__c"] == "2.000000"


def test_result_of_older_values_confirms_nothing_when_they_come_back(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it the org would keep the second value while we believe that it has the first one."""
    first, second = row(1, "1.000000"), row(1, "2.000000")
    fake.life = [("InProgress",)]
    sent(receiver(fake, tmp_path, options={"wait_seconds": 5}), [first, row(2)])
    next(iter(fake.jobs.values())).life = ["JobComplete"]
    sent(receiver(fake, tmp_path), [second])
    assert fake.records[ref(1)]["Score__c"] == "2.000000"
    assert outcomes(sent(receiver(fake, tmp_path), [first])) == {"confirmed": 1}
    assert fake.records[ref(1)]["Score__c"] == "1.000000"
    before = len(fake.written)
    assert outcomes(sent(receiver(fake, tmp_path), [row(2)])) == {"confirmed": 1}
    assert len(fake.written) == before, "the other record's result was still there to be asked for"


def test_everything_is_sent_when_the_old_job_is_gone(fake: FakeOrg, tmp_path: Path) -> None:
    fake.life = [("InProgress",)]
    sent(receiver(fake, tmp_path, options={"wait_seconds": 5}), rows(2))
    fake.jobs.clear()
    assert outcomes(sent(receiver(fake, tmp_path), rows(2))) == {"confirmed": 2}
    (job,) = json.loads((tmp_path / NAME).read_text())["jobs"]
    assert job["is_over"] and job["job_id"] in fake.jobs


def test_nothing_is_sent_when_the_old_job_can_not_be_asked(fake: FakeOrg, tmp_path: Path) -> None:
    fake.life = [("InProgress",)]
    sent(receiver(fake, tmp_path, options={"wait_seconds": 5}), rows(2))
    fake.fail("GET", "ingest/\\w+$", 503, times=99)
    found = sent(receiver(fake, tmp_path), rows(2))
    assert {one.code for one in found.values()} == {"server_failed"} and fake.count("PUT") == 1


def test_journal_is_private_and_forgets_a_job_when_the_next_delivery_asks_for_nothing_of_it(
    fake: FakeOrg, tmp_path: Path
) -> None:
    """Without it an old result could confirm what the org was sent, and lost, long ago."""
    sent(receiver(fake, tmp_path), rows(2))
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    sent(receiver(fake, tmp_path), rows(1, first=3))
    (job,) = json.loads((tmp_path / NAME).read_text())["jobs"]
    assert list(job["sent"]) == [ref(3)]
    sent(receiver(fake, tmp_path), rows(2))
    assert fake.written.count(ref(1)) == 2


def test_confirmed_rows_are_not_sent_again_when_their_results_were_never_recorded(
    fake: FakeOrg, tmp_path: Path
) -> None:
    """Without it a process that is killed with all results in its hands would send everything again."""
    fake.refuses = lambda key, _: "UNABLE_TO_LOCK_ROW:x:--" if key == ref(2) else None
    assert outcomes(sent(receiver(fake, tmp_path), rows(3))) == {"confirmed": 2, "retry": 1}
    fake.refuses = lambda *_: None
    assert outcomes(sent(receiver(fake, tmp_path), rows(3))) == {"confirmed": 3}
    assert sorted(fake.written) == [ref(1), ref(2), ref(3)] and fake.count("PUT") == 2


def test_delivery_stops_when_the_journal_is_not_readable(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it a job that may still run would be forgotten, and sent beside."""
    (tmp_path / NAME).write_text("{}")
    with pytest.raises(SourceError) as caught:
        sent(receiver(fake, tmp_path), rows(1))
    assert caught.value.code == "bad_journal" and fake.asked == []


def test_other_endpoints_jobs_are_left_alone_when_two_orgs_share_a_home(
    fake: FakeOrg, tmp_path: Path, clock: Clock
) -> None:
    fake.life = [("InProgress",)]
    sent(receiver(fake, tmp_path, options={"wait_seconds": 5}), rows(1))
    noted = json.loads((tmp_path / NAME).read_text())
    noted["jobs"][0]["endpoint"] = "another"
    (tmp_path / NAME).write_text(json.dumps(noted))
    assert outcomes(sent(receiver(fake, tmp_path, clock), rows(1))) == {"confirmed": 1}
    sent(receiver(fake, tmp_path, clock), [])
    noted = json.loads((tmp_path / NAME).read_text())
    assert [job["job_id"] for job in noted["jobs"] if job["endpoint"] == "another"] and fake.count("PUT") == 2
