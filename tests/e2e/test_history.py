"""Three loads of one home: who came, changed, left, returned and was decided on, row by row in the marts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.e2e.command import PROJECT, Place, Ran, environment, planwise
from tests.e2e.conftest import History
from tests.e2e.matrices import Row, many, typed
from tests.harness.builders import write_duckdb

DBT = Path(sys.executable).with_name("dbt")
AUDIT = "id, client_id, field_name, old_value, new_value, change_type, reason, notes, updated_by, updated_at"
STAYS, CHANGES, LEAVES, RETURNS, DECIDED, OLDER, COMES, BEFORE = (f"MX-{n:04d}" for n in range(8))
TIGHTER, LOOSER = "3-year cliff", "Immediate"


@dataclass(frozen=True)
class Life:
    """One home after three loads, and copies of its state on the way."""

    place: Place
    source: Path
    loads: list[Ran]
    states: list[bytes]
    refs: dict[str, str]
    by_hand: subprocess.CompletedProcess[str]
    """`dbt build --full-refresh` without the warehouse, after the third load."""

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        """Query the marts published by the third load."""
        with duckdb.connect(str(self.place.marts), read_only=True) as connection:
            return connection.execute(select).fetchall()

    def versions(self, client: str) -> list[tuple[Any, ...]]:
        return self.rows(
            "select version_number, change_reason, end_reason, is_current, changed_fields"
            f" from dim_plan_design where client_ref = '{self.refs[client]}' order by version_number"
        )

    def changes(self, client: str) -> list[tuple[Any, ...]]:
        return self.rows(
            "select version_number, field, change_reason, old_raw, new_raw from fct_design_change where"
            f" client_ref = '{self.refs[client]}' order by version_number, changed_at, field nulls first"
        )


def _source(path: Path, rows: list[Row], audit: list[tuple[Any, ...]]) -> Path:
    path.unlink(missing_ok=True)
    write_duckdb(path, [typed(row) for row in rows])
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table audit_log (id varchar, client_id varchar, field_name varchar, old_value varchar,"
            " new_value varchar, change_type varchar, reason varchar, notes varchar, updated_by varchar,"
            " updated_at timestamp, confidence_score decimal(3, 2))"
        )
        for entry in audit:
            values = ", ".join("null" if cell is None else f"'{cell}'" for cell in entry)
            connection.execute(f"insert into audit_log ({AUDIT}, confidence_score) values ({values}, 0.9)")
    return path


def _loads() -> list[list[Row]]:
    formulas = {4: "Discretionary, 3-5%"}
    first = [row for row in many(16, match_formula=formulas) if row["client_id"] not in (COMES,)]
    second = [dict(row) for row in first if row["client_id"] not in (LEAVES, RETURNS)]
    second += [row for row in many(16) if row["client_id"] == COMES]
    for row in second:
        if row["client_id"] == CHANGES:
            row |= {"match_formula": "100% up to 4%", "state": "MA"}
    third = [dict(row) for row in second] + [row for row in many(16) if row["client_id"] == RETURNS]
    third[-1]["vesting_schedule"] = LOOSER
    return [first, second, third]


def _now(connection: duckdb.DuckDBPyConnection) -> str:
    return str(connection.execute("select strftime(now()::timestamp, '%Y-%m-%d %H:%M:%S')").fetchall()[0][0])


def _age_the_reading(state: Path, ref: str) -> None:
    """Leave the version as an older planwise would have written it, that read the wait differently."""
    with duckdb.connect(str(state)) as connection:
        connection.execute(
            "update plan_design_history set design_checksum = repeat('0', 64),"
            r""" fields = replace(cast(fields as varchar), 'months\":12', 'months\":1')"""
            f" where client_ref = '{ref}'"
        )


@pytest.fixture(scope="module")
def life(new_place: Callable[[str], Place], tmp_path_factory: pytest.TempPathFactory) -> Life:
    place, source = new_place("history"), tmp_path_factory.mktemp("matrix") / "matrix.duckdb"
    states, loads = [], []
    state = place.home / "state.duckdb"

    def load(number: int, audit: list[tuple[Any, ...]]) -> None:
        _source(source, _loads()[number], audit)
        loads.append(planwise(place, "run", source, "--because", "the board asked for it"))
        assert loads[-1].status in (0, 3), loads[-1].said()
        states.append(state.read_bytes())

    load(0, [])
    with duckdb.connect(str(state)) as connection:
        refs = dict(connection.execute("select client_id, client_ref from client_ref").fetchall())
        moment = _now(connection)
    edits = [
        (
            "k1",
            CHANGES,
            "match_formula",
            "50% up to 6%",
            "75% up to 4%",
            "update",
            "typo",
            None,
            "bob",
            moment,
        ),
        (
            "k2",
            CHANGES,
            "match_formula",
            "75% up to 4%",
            "100% up to 4%",
            "update",
            "SPD",
            None,
            "ana",
            moment,
        ),
        ("k3", STAYS, "state", "OH", "NY", "update", f"like {LEAVES} moved", None, "ana", moment),
        ("k4", BEFORE, "state", "", "OH", "insert", "first", None, "ana", "2020-01-01 00:00:00"),
        ("k5", "ZZ-9", "state", "", "OH", "insert", "whose", None, "ana", moment),
        ("k6", STAYS, "client_id", "MX-9", STAYS, "update", "renamed", None, "ana", moment),
    ]
    load(1, edits)
    answer = ("--value", "100% up to 3%", "--because", "SPD 4.2", "--reviewer", "ana")
    decided = planwise_review(place, DECIDED, "match_formula", *answer)
    assert decided.returncode == 0, decided.stderr
    with duckdb.connect(str(state), read_only=True) as connection:
        refs = dict(connection.execute("select client_id, client_ref from client_ref").fetchall())
    _age_the_reading(state, refs[OLDER])
    load(2, edits)
    (place.home / "warehouse.duckdb").unlink()
    by_hand = _dbt(place, source, "build", "--full-refresh", "--exclude-resource-type", "unit_test")
    return Life(place, source, loads, states, refs, by_hand)


def planwise_review(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        str(DBT.with_name("planwise-export")), "review", "resolve", *arguments, "--home", str(place.home)
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, env=environment())


def _dbt(place: Place, source: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    values = environment(
        PLANWISE_HOME=str(place.home),
        DESIGN_MATRIX=str(source),
        DBT_TARGET_PATH=str(place.home / "target"),
        DBT_LOG_PATH=str(place.home / "logs"),
        **env,
    )
    return subprocess.run(
        [str(DBT), *arguments], cwd=PROJECT, env=values, capture_output=True, text=True, timeout=240
    )


def test_design_has_one_version_when_its_row_never_changes(life: Life) -> None:
    assert life.versions(STAYS) == [(1, "first_seen", None, True, [])]
    assert life.changes(STAYS) == [(1, None, "first_seen", None, None)]


def test_every_changed_field_is_told_when_a_row_changes(life: Life) -> None:
    assert life.versions(CHANGES) == [
        (1, "first_seen", "source_changed", False, []),
        (2, "source_changed", None, True, ["match_formula", "state"]),
    ]
    assert life.changes(CHANGES) == [
        (1, None, "first_seen", None, None),
        (2, "match_formula", "source_changed", "50% up to 6%", "100% up to 4%"),
        (2, "state", "source_changed", "OH", "MA"),
    ]
    found = life.rows(
        "select max_match_percentage, state, valid_to from dim_plan_design"
        f" where client_ref = '{life.refs[CHANGES]}' order by version_number"
    )
    begun = life.rows(f"select valid_from from dim_plan_design where client_ref = '{life.refs[COMES]}'")
    assert [(str(rate).rstrip("0"), state) for rate, state, _ in found] == [("0.03", "OH"), ("0.04", "MA")]
    assert [moment for *_, moment in found] == [begun[0][0], None]


def test_version_ends_when_the_client_leaves_and_a_new_one_begins_when_it_returns(life: Life) -> None:
    assert life.versions(LEAVES) == [(1, "first_seen", "removed", False, [])]
    assert life.changes(LEAVES) == [(1, None, "first_seen", None, None), (1, None, "removed", None, None)]
    assert life.versions(RETURNS) == [
        (1, "first_seen", "removed", False, []),
        (2, "returned", None, True, ["vesting_schedule"]),
    ]
    assert life.changes(RETURNS) == [
        (1, None, "first_seen", None, None),
        (1, None, "removed", None, None),
        (2, None, "returned", None, None),
        (2, "vesting_schedule", "returned", TIGHTER, LOOSER),
    ]
    moments = life.rows(
        "select valid_from, valid_to from dim_plan_design"
        f" where client_ref = '{life.refs[RETURNS]}' order by version_number"
    )
    assert moments[0][0] < moments[0][1] < moments[1][0]


def test_reason_is_the_reviewer_when_a_decision_changed_the_reading(life: Life) -> None:
    assert life.versions(DECIDED)[1] == (2, "reviewed", None, True, ["match_formula"])
    ((before, after, status),) = life.rows(
        "select old_value, new_value, new_status from fct_design_change"
        f" where client_ref = '{life.refs[DECIDED]}' and change_reason = 'reviewed'"
    )
    assert before is None or before != after
    assert status == "reviewed"


def test_reason_is_the_reading_when_the_texts_are_the_same(life: Life) -> None:
    assert life.versions(OLDER)[1:] == [(2, "reading_changed", None, True, ["eligibility"])]
    assert life.versions(COMES) == [(1, "first_seen", None, True, [])]


def test_source_says_who_and_why_when_its_audit_log_tells_of_a_change(life: Life) -> None:
    linked = life.rows(
        "select change.field, change.source_reason, change.audit_entry_count, audit.entry_number,"
        " change.source_editor_ref = audit.editor_ref"
        " from fct_design_change as change join fct_source_audit as audit using (client_ref, version_number)"
        " where audit_entry_count > 0"
    )
    assert linked == [("match_formula", "SPD", 1, 2, True)]
    unlinked = life.rows(
        "select client_ref, field, unlinked_reason, source_reason, is_reason_withheld, new_value"
        " from fct_source_audit where version_number is null order by unlinked_reason, client_ref"
    )
    assert unlinked == [
        (life.refs[BEFORE], "state", "before_first_version", "first", False, "OH"),
        (None, "state", "client_never_seen", "whose", False, "OH"),
        (life.refs[STAYS], None, "field_not_read", "renamed", False, None),
        *sorted(
            [
                (life.refs[CHANGES], "match_formula", "no_such_change", "typo", False, "75% up to 4%"),
                (life.refs[STAYS], "state", "no_such_change", None, True, "NY"),
            ]
        ),
    ]


def test_no_login_and_no_key_is_published_when_the_source_names_them(life: Life) -> None:
    texts = life.rows("select fct_design_change::varchar from fct_design_change") + life.rows(
        "select fct_source_audit::varchar from fct_source_audit"
    )
    for (text,) in texts:
        assert not [name for name in ("ana", "bob", "k1", "MX-", "ZZ-9") if name in text], text


def test_history_is_the_same_when_the_warehouse_is_rebuilt_by_hand(life: Life) -> None:
    assert life.by_hand.returncode == 0, life.by_hand.stdout[-3000:]
    assert (life.place.home / "state.duckdb").read_bytes() == life.states[-1]
    select = "select * from {}.dim_plan_design order by client_ref, version_number"
    with duckdb.connect(str(life.place.home / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute(f"attach '{life.place.marts}' as published (read_only)")
        for mart in ("dim_plan_design", "fct_design_change", "fct_source_audit"):
            assert connection.execute(
                f"select count(*) from (from main.{mart} except all from published.main.{mart})"
            ).fetchall() == [(0,)]
        assert len(connection.execute(select.format("main")).fetchall()) == len(
            life.rows(select.format("main"))
        )


def test_state_is_backed_up_when_a_load_or_a_build_by_hand_writes_it(life: Life) -> None:
    backups = [path.read_bytes() for path in (life.place.home / "backups").iterdir()]
    assert life.states[0] in backups
    # the one before the build by hand
    assert life.states[-1] in backups


def test_history_comes_back_when_an_older_state_is_restored(life: Life, tmp_path: Path) -> None:
    place = Place(tmp_path / "place")
    shutil.copytree(life.place.home / "backups", place.home / "backups")
    shutil.copy(life.place.home / "state.duckdb", place.home)
    (wanted,) = [path for path in (place.home / "backups").iterdir() if path.read_bytes() == life.states[0]][
        :1
    ]
    command = [str(DBT.with_name("planwise-export")), "state"]
    done = subprocess.run(
        [*command, "restore", wanted.name, "--home", str(place.home), "--role", "admin"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (place.home / "state.duckdb").read_bytes() == life.states[0]
    listed = subprocess.run(
        [*command, "list", "--home", str(place.home)], capture_output=True, text=True, check=True
    )
    assert any("15 versions of designs" in line for line in listed.stdout.splitlines())


def test_history_stays_as_it_is_when_most_clients_are_missing_in_a_build_by_hand(
    life: Life, tmp_path: Path
) -> None:
    assert life.by_hand.returncode == 0
    place = life.place.copy(tmp_path / "place")
    with duckdb.connect(str(place.home / "warehouse.duckdb")) as connection:
        connection.execute(
            "delete from int_plan_designs__present"
            " where client_ref in (select client_ref from int_clients order by client_id limit 6)"
        )
    done = _dbt(place, life.source, "build", "--select", "tag:history")
    assert done.returncode != 0
    assert "assert_the_load_can_follow_the_last_one" in done.stdout
    assert (place.home / "state.duckdb").read_bytes() == life.states[-1]


def _with_history(life: Life, change: str, compiled: str) -> list[tuple[Any, ...]]:
    """What the project's own SQL says of the third load, on a copy whose history was changed."""
    with duckdb.connect() as opened:
        for name in ("warehouse", "state"):
            opened.execute(f"attach '{life.place.home / name}.duckdb' as {name}_file (read_only)")
            opened.execute(f"attach ':memory:' as {name}")
            opened.execute(f"copy from database {name}_file to {name}")
        opened.execute("use warehouse.main")
        opened.execute(change)
        sql = (life.place.home / "target" / "compiled" / "planwise" / compiled).read_text(encoding="utf-8")
        return opened.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ("select 1", []),
        ("update state.plan_design_history set valid_from = now()::timestamp + interval 20 hour", []),
        (
            "update state.plan_design_history set valid_from = now()::timestamp + interval 2 day",
            ["clock_went_back"],
        ),
        ("delete from int_plan_designs__present where client_ref in (from gone limit 4)", []),
        (
            "delete from int_plan_designs__present where client_ref in (from gone limit 5)",
            ["clients_would_end"],
        ),
    ],
)
def test_load_is_refused_when_it_can_not_follow_the_last_one(
    life: Life, change: str, problems: list[str]
) -> None:
    gone = "create view gone as select client_ref from int_clients order by client_id;"
    guard = "tests/dbt/singular/assert_the_load_can_follow_the_last_one.sql"
    assert [problem for problem, _ in _with_history(life, gone + change, guard)] == problems


def test_time_moves_on_when_the_clock_is_an_hour_behind(life: Life) -> None:
    later = "update state.plan_design_history set valid_from = timestamp '2099-01-01 00:00:00'"
    present = "models/intermediate/design/int_plan_designs__present.sql"
    moments = {row[2] for row in _with_history(life, later, present)}
    assert [str(moment) for moment in moments] == ["2099-01-01 00:00:00.000001"]


def test_version_goes_on_when_the_id_of_its_client_stands_twice(life: Life) -> None:
    doubled = (
        f"delete from int_clients where client_ref = '{life.refs[STAYS]}';"
        f" delete from dim_client where client_ref = '{life.refs[STAYS]}';"
        f" update int_source_rows set id_problem = 'duplicate' where client_ref = '{life.refs[STAYS]}'"
    )
    present = "models/intermediate/design/int_plan_designs__present.sql"
    found = {row[0]: row[3] for row in _with_history(life, doubled, present)}
    with duckdb.connect(str(life.place.home / "state.duckdb"), read_only=True) as connection:
        standing = dict(
            connection.execute(
                "select client_ref, design_checksum from plan_design_history where valid_to is null"
            ).fetchall()
        )
    assert found == standing


def test_state_file_is_not_written_when_the_same_designs_are_loaded_again(sample: History) -> None:
    assert "home/state.duckdb" not in sample.touched
    # loaded again, narrowed to the changed ones, and rebuilt from nothing with the rows in another order
    with duckdb.connect(str(sample.first.place.marts), read_only=True) as connection:
        found = connection.execute(
            "select count(*), count(distinct client_ref), count(*) filter (not is_current)"
            " from dim_plan_design"
        ).fetchall()
    assert found == [(122 + 3, 122, 3)]
