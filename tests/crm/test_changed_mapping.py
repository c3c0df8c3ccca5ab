"""Another mapping, or another org, makes other records of the same documents: they are sent again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from harness.ledger import Ledger, open_ledger
from harness.sending import send_all
from tests.crm.bench import ref
from tests.crm.test_half_failure import START, delivered, killed_before_it_recorded
from tests.crm_server import FakeOrg, crm_server
from tests.ledger.world import passed

CHANGED = """schema_version: crm-mapping/1.0
object: Account
external_id: PlanWise_Ref__c
fields:
  plan_health_score: {name: Score_Of_Ours__c, type: Number, length: 18, scale: 6}
"""


@pytest.fixture(autouse=True)
def secrets(fake: FakeOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T_SF_ID", fake.client_id)
    monkeypatch.setenv("T_SF_SECRET", fake.client_secret)
    fake.life = [("JobComplete",)] * 9


def test_everything_is_sent_again_when_the_mapping_changed(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it a field that was mapped later would stay empty in the org for every account that had been
    confirmed, and nobody would be told.
    """
    now, is_busy = START, True
    fake.refuses = lambda key, _: "UNABLE_TO_LOCK_ROW:busy:--" if is_busy and key == ref(2) else None
    where = delivered(tmp_path, fake, 4)

    def send(ledger: Ledger, run_id: str, **asked: bool) -> dict[str, int]:
        nonlocal now
        now += timedelta(days=1)
        passed(ledger, run_id)
        (sent,) = send_all(where, ledger, run_id, clock=lambda: now, random=lambda low, high: high, **asked)
        return dict(+sent.counts)

    with open_ledger(where, clock=lambda: now) as ledger:
        assert send(ledger, "r1") == {"confirmed": 3, "retry_wait": 1}
        (where.home / "crm_mapping.yml").write_text(CHANGED)
        assert send(ledger, "r2", only_due=True) == {"not_asked": 4}, "it differs, and was not asked for"
        assert send(ledger, "r3") == {"confirmed": 3, "retry_wait": 1}, "all of them, now"
        # one that was confirmed by the mapping before, and failed by this one, is not there as it should be
        is_busy = False
        assert send(ledger, "r4") == {"confirmed": 1, "unchanged": 3}
        assert send(ledger, "r5") == {"unchanged": 4}
        assert [len(job.rows) for job in fake.jobs.values()] == [4, 4, 1]
        assert ledger.verify_chain() == []


def test_old_job_confirms_nothing_when_it_was_written_by_another_mapping(
    fake: FakeOrg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it what a killed delivery sent would be taken for what the new mapping says."""
    where = delivered(tmp_path, fake, 3)

    with open_ledger(where) as ledger:
        killed_before_it_recorded(where, ledger, "r1")
        (where.home / "crm_mapping.yml").write_text(CHANGED)
        passed(ledger, "r2")
        (sent,) = send_all(where, ledger, "r2")
        assert sent.counts["confirmed"] == 3
    assert fake.count("PUT") == 2 and Counter(fake.written).most_common(1)[0][1] == 2
    assert all("Score_Of_Ours__c" in fake.records[ref(number)] for number in (1, 2, 3))


def test_everything_is_sent_when_the_endpoint_is_another_org_now(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it an org that took another's place, a sandbox's for one, would stay empty."""
    where = delivered(tmp_path, fake, 3)
    toml = where.home / "planwise.toml"
    with open_ledger(where) as ledger, crm_server() as other:
        passed(ledger, "r1")
        send_all(where, ledger, "r1")
        toml.write_text(toml.read_text().replace(fake.url, other.url))
        passed(ledger, "r2")
        (sent,) = send_all(where, ledger, "r2")
        assert sent.counts["confirmed"] == 3 and len(other.written) == 3
