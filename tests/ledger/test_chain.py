"""Row, column and event are named when anything was changed behind the ledger's back."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.errors import PlanwiseError
from harness.ledger import Ledger, Move
from harness.ledger.chain import Fault
from tests.ledger.test_moves import Unreachable
from tests.ledger.world import TARGET, Clock, document, passed, through


@pytest.fixture
def full(ledger: Ledger, clock: Clock) -> Ledger:
    """A ledger with every state, over three runs."""
    passed(ledger)
    through(ledger, "r1", [document(number) for number in range(1, 6)])
    ledger.move("r1", TARGET, "held", [Move("k6", "c6", code="no_rate", message="No rate.")])
    ledger.artifact("r1", TARGET, "", "release", "navigator/releases/r1", "ab" * 32, 10)
    ledger.target_ended("r1", TARGET, "", "succeeded")
    ledger.end_run("r1", "succeeded", 0)
    clock.later(days=7)
    passed(ledger, "r2")
    ledger.move("r2", TARGET, "unchanged", [document(1), document(2)])
    through(ledger, "r2", [document(3, 2), document(4, 2), document(5, 2)], "pending", "rendered")
    ledger.move("r2", TARGET, "promoting", [document(3, 2), document(4, 2)])
    ledger.fail("r2", TARGET, ["k3"], Unreachable("away", "x"), random=lambda _, high: high)
    ledger.raise_alert("r2", "target", TARGET, failures=3)
    ledger.move("r2", TARGET, "rejected", [Move("k7", "c7", code="schema", message="Wrong.")])
    return ledger


def tampered(ledger: Ledger, sql: str, *values: Any) -> None:
    """Change a row as somebody would who has the file and knows its triggers."""
    database = ledger.database
    guards = {
        "event_stays": "event", "event_is_kept": "event", "delivery_next_state": "delivery",
        "delivery_state": "delivery", "gate_result_stays": "gate_result", "gate_pass_stays": "gate_pass",
    }  # fmt: skip
    if database.dialect == "sqlite":
        database.execute("pragma foreign_keys = off")
        present = {name for (name,) in database.rows("select name from sqlite_master where type = 'trigger'")}
        for name in present & guards.keys():
            database.execute(f"drop trigger {name}")
    else:
        database.execute("set session_replication_role = replica")
    assert database.execute(sql, values) == 1


def test_nothing_is_found_when_nobody_touched_the_ledger(full: Ledger) -> None:
    assert full.verify_chain() == []
    states = {row.state for row in full.deliveries()}
    assert states == {"unchanged", "retry_wait", "promoting", "rendered", "held", "rejected"}


CHANGES: list[tuple[str, str | None, str, Any]] = [
    ("delivery", "k1", "state", "confirmed"),  # unchanged: told by a batch
    ("delivery", "k1", "confirmed_checksum", "0" * 64),
    ("delivery", "k1", "confirmed_at", "2020-01-01T00:00:00.000000Z"),
    ("delivery", "k2", "sha256", "0" * 64),
    ("delivery", "k2", "client_ref", "c0"),
    ("delivery", "k3", "next_attempt_at", "2020-01-01T00:00:00.000000Z"),  # told by an event of its own
    ("delivery", "k3", "attempts", 0),
    ("delivery", "k4", "confirmed_release", "r9"),  # promoting
    ("delivery", "k5", "run_id", "r1"),  # rendered
    ("delivery", "k6", "code", "another"),
    ("delivery", "k6", "event_seq", 1),
    ("attempt", "r1/navigator/k1", "outcome", "dead"),
    ("attempt", "r2/navigator/k4", "number", 7),  # still open
    ("attempt", "r2/navigator/k3", "started_at", "2020-01-01T00:00:00.000000Z"),
    ("retry_queue", "k3", "next_attempt_at", "2020-01-01T00:00:00.000000Z"),
    ("reject", "r2/navigator/k7", "message", "Right."),
    ("run", "r1", "who", "somebody else"),
    ("run", "r1", "exit_status", 3),
    ("target_run", "r1/navigator", "outcome", "failed"),
    ("gate_result", "r1/2", "is_passed", 1),
    ("gate_pass", "r2", "passed_at", "2020-01-01T00:00:00.000000Z"),
    ("artifact", "r1/navigator/release/navigator/releases/r1", "sha256", "0" * 64),
    ("alert", None, "failures", 1),
]
WHERE = {
    "delivery": "delivery_key = ?", "retry_queue": "delivery_key = ?", "alert": "'' = ?",
    "attempt": "run_id || '/' || target || '/' || delivery_key = ?",
    "reject": "run_id || '/' || target || '/' || delivery_key = ?",
    "target_run": "run_id || '/' || target = ?",
    "gate_result": "run_id || '/' || position = ?",
    "artifact": "run_id || '/' || target || '/' || kind || '/' || path = ?",
}  # fmt: skip


def test_row_and_column_are_named_when_one_value_was_changed(full: Ledger) -> None:
    # an audit that can be edited proves nothing; each change is undone before the next
    for table, key, column, value in CHANGES:
        where = WHERE.get(table, "run_id = ?")
        ((before,),) = full.database.rows(f"select {column} from {table} where {where}", (key or "",))
        tampered(full, f"update {table} set {column} = ? where {where}", value, key or "")
        found = full.verify_chain()
        named = [fault for fault in found if fault.table == table and fault.column == column]
        assert len(named) == 1, (table, key, column, found)
        if key:
            place = f"navigator/{key}" if table in ("delivery", "retry_queue") else key
            assert named[0].key == place
        tampered(full, f"update {table} set {column} = ? where {where}", before, key or "")
    assert full.verify_chain() == []


def test_row_is_named_when_a_value_was_changed_that_no_event_holds_by_itself(full: Ledger) -> None:
    # a document under way has no image yet: the print of its row in the batch's event gives it away
    tampered(full, "update delivery set sha256 = ? where delivery_key = 'k5'", "0" * 64)
    (fault,) = full.verify_chain()
    assert (fault.table, fault.key) == ("delivery", "navigator/k5")
    assert "sha256" in fault.column


def test_batch_is_named_when_one_of_very_many_rows_under_way_was_changed(ledger: Ledger) -> None:
    # above 200 rows there are no prints; the sum over the rows still knows, also after some have left
    passed(ledger)
    many = [document(number) for number in range(300)]
    through(ledger, "r1", many, "pending")
    through(ledger, "r1", many[:100], "rendered", "promoting", "confirmed")
    assert ledger.verify_chain() == []
    tampered(ledger, "update delivery set bytes = 1 where delivery_key = 'k200'")
    (fault,) = ledger.verify_chain()
    assert (fault.table, fault.key) == ("delivery", "navigator")
    assert "one of the 200 rows that became pending" in fault.message


@pytest.mark.parametrize(
    ("sql", "table", "key"),
    [
        ("delete from delivery where delivery_key = 'k6'", "delivery", "navigator/k6"),
        ("delete from delivery where delivery_key = 'k1'", "delivery", "navigator/k1"),
        ("delete from attempt where delivery_key = 'k2'", "attempt", "r1/navigator/k2"),
        ("delete from retry_queue", "retry_queue", "navigator/k3"),
        ("delete from gate_result where run_id = 'r2' and position = 1", "gate_result", "r2/1"),
        (
            "delete from legal_move where from_state = 'new' and to_state = 'held'",
            "legal_move",
            "new -> held",
        ),
        ("insert into legal_move values ('new', 'confirmed')", "legal_move", "new -> confirmed"),
        ("insert into gate_pass values ('r3', 'x')", "gate_pass", "r3"),
    ],
)
def test_row_is_named_when_it_was_taken_away_or_slipped_in(
    full: Ledger, sql: str, table: str, key: str
) -> None:
    if "r3" in sql:
        full.begin_run("r3", "run")
        full.record_gates("r3", [{"rule": "X", "severity": "warn", "passed": True}])
    tampered(full, sql)
    found = [fault for fault in full.verify_chain() if (fault.table, fault.key) == (table, key)]
    assert len(found) == 1
    assert found[0].column == ""


def test_event_is_named_when_one_of_its_values_was_changed(full: Ledger) -> None:
    seq = full.head()[0] - 4
    for column in ("at", "kind", "detail", "delivery_key", "run_id", "prev_hash", "hash"):
        value = {"run_id": "r1", "detail": "{}", "kind": "confirmed"}.get(column, "x")
        ((before,),) = full.database.rows(f"select {column} from event where seq = ?", (seq,))
        tampered(full, f"update event set {column} = ? where seq = ?", value, seq)
        named = {(fault.table, fault.key) for fault in full.verify_chain()}
        assert ("event", str(seq)) in named, column
        tampered(full, f"update event set {column} = ? where seq = ?", before, seq)
    assert full.verify_chain() == []


def test_gap_is_named_when_an_event_was_deleted(full: Ledger) -> None:
    seq = full.head()[0]
    tampered(full, "delete from event where seq = ?", seq - 3)
    found = full.verify_chain()
    assert (
        Fault(seq - 2, "event", str(seq - 2), "seq", f"events {seq - 3} to {seq - 3} are missing before it")
        in found
    )
    tampered(full, "delete from event where seq = ?", seq)
    assert "event_head" in {fault.table for fault in full.verify_chain()}


def test_event_is_refused_a_change_when_the_triggers_are_there(full: Ledger) -> None:
    for sql in ("update event set kind = 'x' where seq = 1", "delete from event where seq = 1"):
        with pytest.raises(PlanwiseError) as caught:
            full.database.execute(sql)
        assert caught.value.code == "append_only"


def test_digest_of_a_batch_is_what_sort_and_sha256sum_say_when_a_person_recomputes_it(ledger: Ledger) -> None:
    import hashlib

    passed(ledger)
    moves = [document(2), document(1)]
    ledger.move("r1", TARGET, "pending", moves)
    (event,) = ledger.events(kinds=["pending"])
    lines = sorted(f"{move.delivery_key} {move.document_checksum}\n" for move in moves)
    assert event.facts["digest"] == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert event.facts["count"] == 2


def test_chain_stays_whole_when_one_transaction_is_rolled_back(opened: Callable[[], Ledger]) -> None:
    # a hash that was handed out and never written would break every event after it
    ledger = opened()
    passed(ledger)
    with pytest.raises(ZeroDivisionError), ledger.transaction():
        ledger.move("r1", TARGET, "pending", [document(1)])
        ledger.event("r1", "note")
        raise ZeroDivisionError
    assert (ledger.deliveries(), ledger.events(kinds=["note", "pending"])) == ([], [])
    through(ledger, "r1", [document(1)])
    assert ledger.verify_chain() == []
