"""Issue 8's scene, with the ledger: 100 rows sent, 3 rejected, 2 retried and accepted, 95 + 2 confirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.config import settings
from harness.errors import TransientDeliveryError
from harness.ledger import Ledger, Move, open_ledger
from harness.receivers import OutRow, RowResult
from tests.crm.bench import receiver, ref, rows
from tests.crm_server import FakeOrg
from tests.ledger.world import passed

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
REJECTED = {
    ref(17): "STRING_TOO_LONG",
    ref(42): "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    ref(99): "DUPLICATE_EXTERNAL_ID",
}
LOCKED = {ref(5), ref(60)}


class Scene:
    """A ledger with a clock, and what a delivery does with it: intent first, then each row's own result."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.printed: list[str] = []

    def deliver(self, run_id: str, documents: Sequence[OutRow], fake: FakeOrg, home: Path) -> list[RowResult]:
        passed(self.ledger, run_id)
        moves = [Move(one.delivery_key, one.client_ref, one.document_checksum) for one in documents]
        for state in ("pending", "rendered", "promoting"):
            self.ledger.move(run_id, "crm", state, moves, "crm")
        found = []
        for one in receiver(fake, home).send("crm", documents):
            found.append(one)
            if one.outcome == "retry":
                error = TransientDeliveryError(str(one.code), str(one.message), retry_after=one.retry_after)
                self.ledger.fail(
                    run_id,
                    "crm",
                    [one.delivery_key],
                    error,
                    "crm",
                    one.retry_after,
                    random=lambda low, high: high,
                )
            else:
                move = Move(one.delivery_key, code=one.code, message=one.message)
                self.ledger.move(run_id, "crm", one.outcome, [move], "crm")
        self.ledger.target_ended(run_id, "crm", "crm", "partial", None)
        self.ledger.end_run(run_id, status="partial", exit_status=3)
        return found

    def status(self, title: str) -> dict[str, int]:
        counts = Counter(row.state for row in self.ledger.deliveries("crm", "crm"))
        self.printed.append(f"{title}: " + ", ".join(f"{state} {counts[state]}" for state in sorted(counts)))
        for row in self.ledger.deliveries("crm", "crm", states=["rejected", "retry_wait", "dead"]):
            when = f", next attempt {row.next_attempt_at}" if row.next_attempt_at else ""
            self.printed.append(f"  {row.delivery_key} {row.state} {row.code}, attempt {row.attempts}{when}")
        return dict(counts)


def test_95_and_2_are_confirmed_when_3_of_100_are_rejected_and_2_accepted_later(
    fake: FakeOrg, tmp_path: Path
) -> None:
    """Without it a half-failure would confirm too much, lose a row, or send what is there already again."""
    now = START
    documents, is_busy = rows(100), True

    def refuses(key: str, _: object) -> str | None:
        if key in REJECTED:
            return f"{REJECTED[key]}:the org says no:Note__c--"
        return (
            "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--" if key in LOCKED and is_busy else None
        )

    fake.refuses = refuses
    with open_ledger(settings(tmp_path, tmp_path / "out"), clock=lambda: now) as ledger:
        scene = Scene(ledger)
        first = scene.deliver("run-1", documents, fake, tmp_path)
        assert Counter(one.outcome for one in first) == {"confirmed": 95, "rejected": 3, "retry": 2}
        assert sum(Counter(one.outcome for one in first).values()) == len(documents)
        assert scene.status("after the first delivery") == {"confirmed": 95, "rejected": 3, "retry_wait": 2}
        assert {row.delivery_key: row.code for row in ledger.deliveries(states=["rejected"])} == REJECTED
        assert ledger.due() == []

        now, is_busy = START + timedelta(hours=1), False
        due = {row.delivery_key for row in ledger.due()}
        assert due == LOCKED
        scene.status("an hour later, before the retry")
        second = scene.deliver("run-2", [one for one in documents if one.delivery_key in due], fake, tmp_path)
        assert {one.delivery_key: one.outcome for one in second} == dict.fromkeys(LOCKED, "confirmed")
        assert scene.status("after the retry") == {"confirmed": 97, "rejected": 3}
        assert ledger.due() == [] and ledger.verify_chain() == []
        for row in ledger.deliveries("crm", "crm", states=["confirmed"]):
            assert row.confirmed_run_id == ("run-2" if row.delivery_key in LOCKED else "run-1")

    assert Counter(fake.written).most_common(1)[0][1] == 1 and len(fake.written) == 97
    assert [len(job.rows) for job in fake.jobs.values()] == [100, 2]
    print("\n" + "\n".join(scene.printed))  # pytest -s shows what was where at each point
