"""Issue 8's scene by `send` and `retry`: 100 rows, 3 rejected, 2 retried and accepted, 95 + 2 confirmed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.config import Settings, settings
from harness.files import switch_link
from harness.ledger import Ledger, open_ledger
from harness.manifest import Entry, write_manifest
from harness.receivers.sender import Sent
from harness.render import Stamp
from harness.sending import send_all
from tests.crm.bench import ref
from tests.crm_server import FakeOrg
from tests.ledger.world import passed

GOLDEN = Path(__file__).parents[1] / "golden" / "crm_account_c0123456789abcde.json"
RELEASE = "20261122T100000.000000Z-aaaaaa"
START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
REJECTED = {
    ref(17): "STRING_TOO_LONG",
    ref(42): "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    ref(99): "DUPLICATE_EXTERNAL_ID",
}
LOCKED = {ref(5), ref(60)}


def delivered(home: Path, fake: FakeOrg, count: int) -> Settings:
    """A current release of so many records, and an endpoint that is the fake org."""
    where = settings(home, home / "out")
    release = where.target("crm") / "releases" / RELEASE
    (release / "records").mkdir(parents=True)
    text = GOLDEN.read_text()
    entries = []
    for number in range(1, count + 1):
        content = text.replace("c0123456789abcde", ref(number)).encode()
        name, digest = f"records/{ref(number)}.json", hashlib.sha256(content).hexdigest()
        (release / name).write_bytes(content)
        entries.append(Entry(name, ref(number), ref(number), digest[::-1], digest, len(content)))
    write_manifest(release, entries, Stamp(RELEASE, "2026-11-22T10:00:00Z"), [])
    switch_link(where.target("crm") / "current", f"releases/{RELEASE}")
    (home / "planwise.toml").write_text(
        f'[[endpoint]]\nname = "crm"\nkind = "salesforce"\ntargets = ["crm"]\nurl = "{fake.url}"\n'
        'secrets = {client_id = "T_SF_ID", client_secret = "T_SF_SECRET"}\n'
    )
    return where


def refusing(is_busy: Callable[[], bool]) -> Callable[[str, object], str | None]:
    """An org that rejects three records, and has two locked while it is busy."""

    def refuses(key: str, _: object) -> str | None:
        if key in REJECTED:
            return f"{REJECTED[key]}:the org says no:Note__c--"
        is_locked = key in LOCKED and is_busy()
        return "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--" if is_locked else None

    return refuses


def told(title: str, ledger: Ledger, sent: Sent | None = None) -> dict[str, int]:
    """What stands in the ledger; pytest -s shows it."""
    counts = Counter(row.state for row in ledger.deliveries("crm", "crm"))
    print(f"\n{title}: " + ", ".join(f"{state} {counts[state]}" for state in sorted(counts)))
    if sent:
        print(f"  {sent.outcome}: {dict(sent.counts)}")
    for row in ledger.deliveries("crm", "crm", states=["rejected", "retry_wait", "dead"]):
        when = f", next attempt {row.next_attempt_at}" if row.next_attempt_at else ""
        print(f"  {row.delivery_key} {row.state} {row.code}, attempt {row.attempts}{when}: {row.message}")
    return dict(counts)


def killed_before_it_recorded(where: Settings, ledger: Ledger, run_id: str) -> None:
    """The org took everything, and nobody wrote that down."""

    class Killed(BaseException):
        pass

    def no_more(*_: object) -> None:
        raise Killed

    passed(ledger, run_id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.receivers.single._keep", no_more)
        with pytest.raises(Killed):
            send_all(where, ledger, run_id)


def test_95_and_2_are_confirmed_when_3_of_100_are_rejected_and_2_accepted_later(
    fake: FakeOrg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it a half-failure would confirm too much, lose a row, or send what is there already again."""
    monkeypatch.setenv("T_SF_ID", fake.client_id)
    monkeypatch.setenv("T_SF_SECRET", fake.client_secret)
    now, is_busy = START, True
    fake.refuses = refusing(lambda: is_busy)
    fake.life = [("JobComplete",)] * 2
    where = delivered(tmp_path, fake, 100)

    def send(ledger: Ledger, run_id: str) -> Sent:
        passed(ledger, run_id)
        (sent,) = send_all(
            where, ledger, run_id, only_due=run_id != "r1", clock=lambda: now, random=lambda low, high: high
        )
        return sent

    with open_ledger(where, clock=lambda: now) as ledger:
        first = send(ledger, "r1")
        counts = told("after the first delivery", ledger, first)
        assert counts == {"confirmed": 95, "rejected": 3, "retry_wait": 2} and first.outcome == "partial"
        assert {row.delivery_key: row.code for row in ledger.deliveries(states=["rejected"])} == REJECTED

        now += timedelta(seconds=10)
        early = send(ledger, "r2")
        told("ten seconds later: nothing is due", ledger, early)
        assert early.counts["confirmed"] == 0 and fake.count("PUT") == 1

        now, is_busy = START + timedelta(hours=1), False
        assert {row.delivery_key for row in ledger.due()} == LOCKED
        second = send(ledger, "r3")
        # unchanged: confirmed before, and compared again by every later send
        assert told("an hour later", ledger, second) == {"confirmed": 2, "rejected": 3, "unchanged": 95}
        assert second.counts["confirmed"] == 2
        assert ledger.due() == [] and ledger.verify_chain() == []
        for row in ledger.deliveries("crm", "crm", states=["confirmed", "unchanged"]):
            assert row.confirmed_run_id == ("r3" if row.delivery_key in LOCKED else "r1")

    assert Counter(fake.written).most_common(1)[0][1] == 1 and len(fake.written) == 97
    assert [len(job.rows) for job in fake.jobs.values()] == [100, 2]


def test_rows_are_settled_by_their_old_job_when_the_run_was_killed_before_it_recorded(
    fake: FakeOrg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it rows that the org has would be put back, and everything sent again."""
    monkeypatch.setenv("T_SF_ID", fake.client_id)
    monkeypatch.setenv("T_SF_SECRET", fake.client_secret)
    fake.life = [("JobComplete",)] * 2
    where = delivered(tmp_path, fake, 5)

    with open_ledger(where) as ledger:
        killed_before_it_recorded(where, ledger, "r1")
        assert Counter(row.state for row in ledger.deliveries("crm", "crm")) == {"promoting": 5}
        passed(ledger, "r2")
        (sent,) = send_all(where, ledger, "r2")
        assert sent.counts["confirmed"] == 5 and sent.outcome == "succeeded"
    assert fake.count("PUT") == 1 and len(fake.written) == 5
