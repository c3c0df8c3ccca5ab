"""Deliveries move through their states, and only as the table of legal moves says."""

from collections.abc import Callable

import pytest

from harness.errors import GateError, PlanwiseError, SourceError
from harness.ledger import IllegalMove, Ledger, Move
from harness.ledger.moves import LEGAL_MOVES, NEW, STATES
from tests.ledger.world import TARGET, Clock, document, gate, passed, states, through


class Unreachable(PlanwiseError):
    kind = "transient"


def test_delivery_is_confirmed_with_what_the_receiver_holds_when_it_went_all_the_way(ledger: Ledger) -> None:
    # a plan that compares with anything but what was confirmed sends too much or too little
    passed(ledger)
    through(ledger, "r1", [document(1), document(2)])
    one, _ = ledger.deliveries()
    assert (one.state, one.from_state, one.action, one.attempts) == ("confirmed", "new", "insert", 1)
    assert one.confirmed_checksum == one.document_checksum == document(1).document_checksum
    assert (one.confirmed_sha256, one.confirmed_bytes, one.confirmed_release) == (
        document(1).sha256,
        101,
        "r1",
    )
    assert one.confirmed_at == one.updated_at == "2026-11-22T10:00:00.123456Z"
    assert one.is_confirmed


def test_what_the_receiver_holds_stays_when_another_document_is_under_way(ledger: Ledger) -> None:
    # after a kill in the middle of an update, nobody could say what the receiver has
    passed(ledger)
    through(ledger, "r1", [document(1)])
    passed(ledger, "r2")
    through(ledger, "r2", [document(1, version=2)], "pending", "rendered", "promoting")
    (row,) = ledger.deliveries()
    assert (row.action, row.attempts, row.from_state) == ("update", 1, "confirmed")
    assert row.document_checksum == document(1, 2).document_checksum
    assert row.confirmed_checksum == document(1).document_checksum
    assert row.confirmed_run_id == "r1"


@pytest.mark.parametrize("state", sorted(STATES - {"retry_wait"}))
def test_only_legal_moves_pass_when_a_delivery_is_pending(ledger: Ledger, state: str) -> None:
    # a state machine that lets one wrong move through is none
    passed(ledger)
    ledger.move("r1", TARGET, "pending", [document(1)])
    seq = ledger.head()
    if ("pending", state) in LEGAL_MOVES:
        assert ledger.move("r1", TARGET, state, [document(1)]) == 1
        return
    with pytest.raises(IllegalMove) as caught:
        ledger.move("r1", TARGET, state, [document(1)])
    assert "k1 is pending" in caught.value.message
    assert (states(ledger), ledger.head()) == ({"k1": "pending"}, seq)


def test_nothing_is_kept_when_one_of_many_moves_is_illegal(ledger: Ledger) -> None:
    # half a batch in the ledger would say that half of it was delivered
    passed(ledger)
    through(ledger, "r1", [document(1)], "pending", "rendered")
    with pytest.raises(IllegalMove, match="k2 is new"):
        ledger.move("r1", TARGET, "promoting", [document(1), document(2)])
    assert states(ledger) == {"k1": "rendered"}


def test_trigger_refuses_a_move_when_python_is_not_asked(ledger: Ledger) -> None:
    # a rule that only our own code keeps is a habit
    passed(ledger)
    ledger.move("r1", TARGET, "pending", [document(1)])
    with pytest.raises(IllegalMove):
        ledger.database.execute("update delivery set state = 'promoting'")
    legal = {tuple(row) for row in ledger.database.rows("select from_state, to_state from legal_move")}
    assert legal == LEGAL_MOVES
    assert {after for _, after in LEGAL_MOVES} | {NEW} == {before for before, _ in LEGAL_MOVES}


def test_no_delivery_exists_when_its_run_passed_no_gate(ledger: Ledger) -> None:
    # a document that no gate saw must not be deliverable, whoever asks
    ledger.begin_run("r1", "run")
    with pytest.raises(GateError) as caught:
        ledger.move("r1", TARGET, "pending", [document(1)])
    assert (caught.value.code, caught.value.exit_status) == ("no_gate_pass", 4)
    columns = "target, endpoint, delivery_key, client_ref, state, from_state, action, run_id, gate_run_id"
    with pytest.raises(PlanwiseError):
        ledger.database.execute(
            f"insert into delivery ({columns}, attempts, updated_at, event_seq)"
            " values ('t', '', 'k', 'c', 'pending', 'new', 'insert', 'r1', 'r1', 0, '', 1)"
        )
    assert ledger.deliveries() == []


@pytest.mark.parametrize(
    ("results", "is_let_through"),
    [
        ([], False),
        ([gate(passed=False)], False),
        ([gate(), gate("P02", "hold", passed=False), gate("P03", "warn", passed=False)], True),
    ],
)
def test_gate_is_passed_only_when_no_blocking_result_failed(
    ledger: Ledger, results: list[dict[str, object]], is_let_through: bool
) -> None:
    # the database itself must know what a passed gate is
    ledger.begin_run("r1", "run")
    ledger.record_gates("r1", results)
    if is_let_through:
        ledger.pass_gates("r1")
        with pytest.raises(PlanwiseError, match="closed"):
            ledger.record_gates("r1", [gate(passed=False)])
    else:
        with pytest.raises(PlanwiseError) as caught:
            ledger.pass_gates("r1")
        assert caught.value.code == "gate_not_passed"
    assert len(ledger.query("select * from gate_pass")) == int(is_let_through)


def test_nothing_is_written_when_unchanged_stays_unchanged(ledger: Ledger) -> None:
    # a weekly run of 100,000 unchanged documents would grow the ledger for nothing
    passed(ledger)
    through(ledger, "r1", [document(1), document(2)])
    passed(ledger, "r2")
    assert ledger.move("r2", TARGET, "unchanged", [document(1)]) == 1
    passed(ledger, "r3")
    head = ledger.head()
    assert ledger.move("r3", TARGET, "unchanged", [document(1)]) == 0
    assert ledger.move("r3", TARGET, "unchanged", [Move("k1")]) == 0
    assert ledger.head() == head
    assert ledger.move("r3", TARGET, "unchanged", [document(1), document(2)]) == 1
    with pytest.raises(IllegalMove, match="can't be unchanged"):
        ledger.move("r3", TARGET, "unchanged", [document(2, version=2)])


def test_nothing_is_written_when_a_client_stays_held_for_the_same_reason(ledger: Ledger) -> None:
    passed(ledger)
    held = Move("k1", "c1", code="no_rate", message="The rate is missing.")
    assert ledger.move("r1", TARGET, "held", [held]) == 1
    assert ledger.move("r1", TARGET, "held", [held]) == 0
    assert ledger.move("r1", TARGET, "held", [Move("k1", "c1", code="no_limit")]) == 1
    assert len(ledger.events(kinds=["held"])) == 2


def test_receiver_holds_nothing_when_a_document_was_taken_away(ledger: Ledger) -> None:
    # `confirmed_*` that outlives the document makes its return look unchanged
    passed(ledger)
    through(ledger, "r1", [document(1), document(2), document(3)])
    ledger.move("r1", TARGET, "superseded", [Move("k1")])
    ledger.move("r1", TARGET, "held", [Move("k2", code="x", withdrawn=True)])
    ledger.move("r1", TARGET, "held", [Move("k3", code="x")])
    one, two, three = ledger.deliveries()
    assert (one.confirmed_checksum, one.action) == (None, "delete")
    assert (two.confirmed_checksum, two.action) == (None, "withdraw")
    assert (three.confirmed_checksum, three.action) == (document(3).document_checksum, "hold")


def test_older_document_is_what_the_receiver_holds_when_a_release_was_rolled_back(ledger: Ledger) -> None:
    # twice back and forward again is legal, and each time the row says what lies there
    passed(ledger)
    through(ledger, "r1", [document(1)])
    through(ledger, "r1", [document(1, 2)])
    for version in (1, 2, 1):
        ledger.move("r1", TARGET, "rolled_back", [document(1, version)])
        (row,) = ledger.deliveries()
        assert row.confirmed_checksum == row.document_checksum == document(1, version).document_checksum
    ledger.move("r1", TARGET, "rolled_back", [Move("k1")])
    assert ledger.deliveries()[0].confirmed_checksum is None


def test_documents_are_adopted_when_they_were_delivered_before_there_was_a_ledger(ledger: Ledger) -> None:
    passed(ledger)
    ledger.move("r1", TARGET, "unchanged", [document(1)])
    (row,) = ledger.deliveries()
    assert (row.state, row.confirmed_checksum) == ("unchanged", document(1).document_checksum)
    with pytest.raises(IllegalMove, match="which document"):
        ledger.move("r1", TARGET, "unchanged", [Move("k2")])
    ledger.move("r1", TARGET, "held", [Move("k1", code="x", withdrawn=True)])
    with pytest.raises(IllegalMove, match="which document"):
        # what the row was about once is not what the receiver holds
        ledger.move("r1", TARGET, "unchanged", [Move("k1")])


def test_first_attempts_are_stored_not_slept_when_a_receiver_is_away(ledger: Ledger, clock: Clock) -> None:
    # a retry that a restart forgets is never made
    passed(ledger)
    through(ledger, "r1", [document(1), document(2)], "pending", "rendered", "promoting")
    done = ledger.fail(
        "r1", TARGET, ["k1", "k2"], Unreachable("away", "The server is away."), random=lambda _, high: high
    )
    assert done == {"retry_wait": ["k1", "k2"]}
    row = ledger.deliveries()[0]
    assert (row.next_attempt_at, row.code) == ("2026-11-22T10:00:30.123456Z", "away")
    assert ledger.due() == []
    clock.later(seconds=30)
    assert [due.delivery_key for due in ledger.due()] == ["k1", "k2"]
    queue = ledger.query("select delivery_key, attempts, next_attempt_at from retry_queue")
    assert [entry["attempts"] for entry in queue] == [1, 1]
    through(ledger, "r1", [Move("k1")], "promoting", "confirmed")
    assert [entry["delivery_key"] for entry in ledger.query("select * from retry_queue")] == ["k2"]
    assert ledger.deliveries()[0].action == "retry"


def test_delivery_is_dead_when_eight_attempts_in_a_row_failed(ledger: Ledger, clock: Clock) -> None:
    # uncounted retries go on for ever
    passed(ledger)
    through(ledger, "r1", [document(1)], "pending", "rendered", "promoting")
    waits = []
    for _ in range(8):
        done = ledger.fail("r1", TARGET, ["k1"], Unreachable("away", "x"), random=lambda _, high: high)
        if "dead" in done:
            break
        waits.append(done)
        clock.later(hours=6)
        passed(ledger, f"r{len(waits) + 1}")
        ledger.move(f"r{len(waits) + 1}", TARGET, "promoting", [Move("k1")])
    assert (len(waits), states(ledger)) == (7, {"k1": "dead"})
    assert ledger.query("select * from retry_queue") == []
    numbers = [row["number"] for row in ledger.query("select number from attempt order by started_at")]
    assert numbers == [1, 2, 3, 4, 5, 6, 7, 8]


def test_receiver_decides_when_it_said_when_to_come_back(ledger: Ledger) -> None:
    passed(ledger)
    through(ledger, "r1", [document(1)], "pending", "rendered", "promoting")
    ledger.fail("r1", TARGET, ["k1"], Unreachable("busy", "x"), retry_after=90, random=lambda low, _: low)
    assert ledger.deliveries()[0].next_attempt_at == "2026-11-22T10:01:30.123456Z"


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (SourceError("bad_row", "The row is wrong."), "rejected", "bad_row"),
        (PlanwiseError("refused", "The key is not allowed."), "dead", "refused"),
        (KeyError("what"), "dead", "unclassified"),
    ],
)
def test_nothing_is_tried_again_when_an_error_is_terminal(
    ledger: Ledger, error: Exception, state: str, code: str
) -> None:
    passed(ledger)
    through(ledger, "r1", [document(1)], "pending", "rendered")
    assert ledger.fail("r1", TARGET, ["k1"], error) == {state: ["k1"]}
    (row,) = ledger.deliveries()
    assert (row.state, row.code, row.attempts, row.next_attempt_at) == (state, code, 1, None)
    assert [entry["outcome"] for entry in ledger.query("select outcome from attempt")] == [state]
    assert len(ledger.query("select * from reject")) == (state == "rejected")


def test_same_ledger_is_seen_when_it_is_opened_again(opened: Callable[[], Ledger]) -> None:
    with opened() as ledger:
        passed(ledger)
        through(ledger, "r1", [document(1)])
        ledger.end_run("r1", "partial", 3, {"build": 1.5}, {"held": 2}, SourceError("x", "y"))
        head = ledger.head()
    with opened() as ledger:
        assert (states(ledger), ledger.head()) == ({"k1": "confirmed"}, head)
        (run,) = ledger.runs()
    assert (run["status"], run["exit_status"], run["seconds"], run["counts"]) == (
        "partial", 3, {"build": 1.5}, {"held": 2}
    )  # fmt: skip
    assert (run["error_code"], run["versions"]) == ("x", {"planwise": "0.1"})
