"""The ledger for BI: an operation a run and document, and where each document stands."""

import json
from pathlib import Path
from typing import Any

import duckdb

from harness.ledger import Ledger, Move
from harness.ledger.marts import (
    FCT_SYNC_OPERATION,
    SYNC_STATUS,
    SYNC_STATUS_SQL,
    runs_since,
    sync_operations,
)
from tests.ledger.test_moves import Unreachable
from tests.ledger.world import TARGET, Clock, document, passed, through


def by_key(rows: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["run_id"], row["delivery_key"]): row for row in rows}


def story(ledger: Ledger, clock: Clock) -> None:
    passed(ledger)
    through(ledger, "r1", [document(1), document(2), document(3)])
    ledger.move("r1", TARGET, "unchanged", [document(8)])
    clock.later(days=7)
    passed(ledger, "r2")
    ledger.move("r2", TARGET, "unchanged", [document(1)])
    through(ledger, "r2", [document(2, 2), document(4)], "pending", "rendered", "promoting")
    clock.later(seconds=2)
    ledger.fail("r2", TARGET, ["k4"], Unreachable("away", "x"), random=lambda _, high: high)
    ledger.move("r2", TARGET, "superseded", [Move("k3")])


def test_every_operation_has_one_row_when_runs_did_all_kinds_of_things(ledger: Ledger, clock: Clock) -> None:
    # a chart of sync health that misses the failures looks best when things are worst
    story(ledger, clock)
    found = by_key(sync_operations(ledger))
    assert {key: (row["action"], row["from_state"], row["state"]) for key, row in found.items()} == {
        ("r1", "k1"): ("insert", "new", "confirmed"),
        ("r1", "k2"): ("insert", "new", "confirmed"),
        ("r1", "k3"): ("insert", "new", "confirmed"),
        ("r1", "k8"): ("adopt", "new", "confirmed"),
        ("r2", "k2"): ("update", "confirmed", "promoting"),
        ("r2", "k3"): ("delete", "confirmed", "superseded"),
        ("r2", "k4"): ("insert", "new", "retry_wait"),
    }
    # what was over before is left to the ledger itself when the marts grow too long
    recent = by_key(sync_operations(ledger, since="2026-11-25"))
    assert recent == {key: row for key, row in found.items() if key[0] == "r2"}
    late = found["r2", "k4"]
    assert (late["attempt"], late["error_code"], late["is_confirmed"]) == (1, "away", False)
    assert (late["started_at"][:19], late["ended_at"][:19]) == ("2026-11-29T10:00:00", "2026-11-29T10:00:02")
    assert late["next_attempt_at"][:19] == "2026-11-29T10:00:32"
    assert found["r2", "k2"]["ended_at"] is None


def test_what_the_publishing_run_has_under_way_counts_as_confirmed_when_it_publishes(
    ledger: Ledger, clock: Clock
) -> None:
    # the file is read only after the switch: `rendered` in it would never have been true for a reader
    story(ledger, clock)
    passed(ledger, "r3")
    through(ledger, "r3", [document(5)], "pending", "rendered")
    before = by_key(sync_operations(ledger, "r3"))
    assert (before["r3", "k5"]["state"], before["r3", "k5"]["attempt"]) == ("confirmed", 1)
    assert before["r2", "k2"]["state"] == "promoting"
    through(ledger, "r3", [document(5)], "promoting", "confirmed")
    assert by_key(sync_operations(ledger, "r3")) == before


def test_view_shows_the_last_word_on_each_document_when_duckdb_reads_it(
    ledger: Ledger, clock: Clock, tmp_path: Path
) -> None:
    # the columns, types and descriptions are what publish puts into the file that BI opens
    story(ledger, clock)
    rows = sync_operations(ledger)
    kinds = {name: kind for name, (kind, _) in FCT_SYNC_OPERATION[1].items()}
    assert all(row.keys() == kinds.keys() for row in rows)
    (tmp_path / "rows.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    types = ", ".join(f"{name}: '{kind.split()[0]}'" for name, kind in kinds.items())
    with duckdb.connect() as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
        connection.execute(f"create table fct_sync_operation ({columns})")
        connection.execute(
            f"insert into fct_sync_operation select {', '.join(kinds)}"
            f" from read_json('{tmp_path}/rows.ndjson', format = 'newline_delimited', columns = {{{types}}})"
        )
        connection.execute(f"create view sync_status as {SYNC_STATUS_SQL}")
        shown = connection.execute(
            "select delivery_key, run_id, state, cast(last_confirmed_at as varchar) from sync_status"
            " order by 1"
        ).fetchall()
        named = [column[0] for column in connection.execute("select * from sync_status").description]
    assert named == list(SYNC_STATUS[1])
    first = "2026-11-22 10:00:00.123456"
    assert shown == [
        ("k1", "r1", "confirmed", first),
        ("k2", "r2", "promoting", first),
        ("k3", "r2", "superseded", first),
        ("k4", "r2", "retry_wait", None),
        ("k8", "r1", "confirmed", first),
    ]


def test_only_runs_that_were_heard_of_since_are_asked_for_again_when_another_one_publishes(
    ledger: Ledger, clock: Clock
) -> None:
    # asked for all of them, a ledger of a thousand runs would take longer with each
    story(ledger, clock)
    clock.later(days=1)
    passed(ledger, "r3")
    through(ledger, "r3", [document(5)])
    assert runs_since(ledger, "r3", ()) is None, "nothing is known of a publication of r3"
    ledger.artifact("r3", "", "", "published", "published/r3.duckdb", "0" * 64, 1)
    published = by_key(sync_operations(ledger, "r3"))
    still = {key[0] for key, row in published.items() if row["ended_at"] is None}
    clock.later(days=1)
    passed(ledger, "r4")
    through(ledger, "r4", [document(1, 2)])
    again = runs_since(ledger, "r3", still)
    assert again == ["r2", "r3", "r4"], "k2 of r2 is under way"
    stands = {key: row for key, row in published.items() if key[0] not in again}
    assert stands.keys() == {("r1", "k1"), ("r1", "k2"), ("r1", "k3"), ("r1", "k8")}
    asked = by_key(sync_operations(ledger, "r4", runs=again))
    assert stands | asked == by_key(sync_operations(ledger, "r4"))
    assert not stands.keys() & asked.keys()
