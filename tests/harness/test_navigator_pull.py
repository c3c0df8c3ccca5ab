"""`planwise-export pull`: what is found, what is trusted, what is landed."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from harness.built import state_checksum
from harness.cli import cli
from harness.config import Settings, utc_now
from harness.errors import LockedError, SourceError
from harness.lock import run_lock
from harness.navigator.batch import below, without_paths
from harness.navigator.landing import land
from harness.navigator.merged_config import base_checksum, read_config
from harness.navigator.pull import judged_results, pull_files
from harness.navigator.result import ScenarioResult
from tests.harness.navigator_fixture import (
    BASE,
    BASELINE,
    RAISED,
    REAL,
    REF,
    batch,
    delivered_home,
    document,
    merged,
    simulated,
)


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    return delivered_home(tmp_path)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home that is only asked what was delivered from it."""
    return delivered_home(tmp_path_factory.mktemp("sent"))


def pulled(where: Settings, *paths: Path | str, root: Path | None = None) -> Result:
    arguments = ["pull", *map(str, paths), "--home", str(where.home), "--out", str(where.out)]
    return CliRunner().invoke(cli, [*arguments, *(("--root", str(root)) if root else ())])


def landed(where: Settings, columns: str = "delivery_key, standing, reason_code") -> list[tuple[Any, ...]]:
    with duckdb.connect(str(where.state), read_only=True) as connection:
        return connection.execute(
            f"select {columns} from navigator_scenario_result order by delivery_key, pulled_at, standing"
        ).fetchall()


def years_landed(where: Settings) -> int:
    with duckdb.connect(str(where.state), read_only=True) as connection:
        return int(connection.execute("select count(*) from navigator_outcome").fetchall()[0][0])


def checkout(root: Path, *keys: str) -> Path:
    for key in keys:
        simulated(root / "nav" / "dbt" / f"{key}.duckdb", key)
    return root


def verdict(where: Settings, path: Path) -> tuple[str, str | None]:
    judged, unread = pull_files(where, [path], wait_seconds=0)
    assert not unread
    return judged[0].verdict.standing, judged[0].verdict.code


def test_batch_is_landed_when_its_databases_lie_below_the_root(where: Settings, tmp_path: Path) -> None:
    folder = batch(tmp_path / "batch_1", {key: merged(document(key)) for key in (BASELINE, RAISED)})
    done = pulled(where, folder, root=checkout(tmp_path / "srv", BASELINE, RAISED))
    assert done.exit_code == 0, done.output
    assert "2 accepted, 0 refused, 0 failed" in done.output
    assert "6 years read, 6 landed" in done.output
    assert landed(where) == [(RAISED, "accepted", None), (BASELINE, "accepted", None)]
    ((client, seed, version, first, last, echo, fingerprint),) = {
        row
        for row in landed(
            where, "client_ref, seed, navigator_version, start_year, end_year, echo, config_fingerprint"
        )
        if row[5] == f"dmx_{BASELINE}"
    }
    assert (client, seed, version, first, last) == (REF, 42, "2.4.0", 2025, 2027)
    assert (echo, fingerprint) == (f"dmx_{BASELINE}", "f" * 64)
    assert len({base for (base,) in landed(where, "base_checksum")}) == 1
    assert len(list((where.home / "backups").iterdir())) == 1


def test_pull_tells_the_same_as_json_when_it_is_asked_for(where: Settings, tmp_path: Path) -> None:
    folder = batch(tmp_path / "batch_1", {BASELINE: merged(document())}, {RAISED: "died"})
    root = checkout(tmp_path / "srv", BASELINE)
    done = pulled(where, folder, "--json", root=root)
    assert done.exit_code == 3
    told = json.loads(done.output)
    assert [(one["scenario"], one["standing"], one["years"]) for one in told["scenarios"]] == [
        (RAISED, "failed", []),
        (BASELINE, "accepted", [2025, 2026, 2027]),
    ]
    assert (told["landed"]["new"], told["landed"]["years_landed"]) == (2, 3)
    assert told["landed"]["checksum_read"] == told["landed"]["checksum_landed"]
    assert str(tmp_path) not in done.output


def test_one_client_comes_home_when_one_is_named(where: Settings, tmp_path: Path) -> None:
    with duckdb.connect(str(where.state)) as connection:
        connection.execute("insert into client_ref values ('70002', 'c0000000000000a2', now())")
    folder = batch(
        tmp_path / "batch_1", {BASELINE: merged(document())}, {"c0000000000000a2_baseline": "died"}
    )
    root = checkout(tmp_path / "srv", BASELINE)
    done = pulled(where, folder, "--client", "70001", root=root)
    assert (done.exit_code, landed(where)) == (0, [(BASELINE, "accepted", None)]), done.output
    assert "there is no result of 70002 here" in pulled(where, folder, "--client", "70002", root=root).output
    unknown = pulled(where, folder, "--client", "7000", root=root)
    assert (unknown.exit_code, "no client '7000'" in unknown.output) == (2, True), unknown.output


def test_error_is_kept_when_the_scenario_that_failed_is_nobodys(where: Settings, tmp_path: Path) -> None:
    done = pulled(where, batch(tmp_path / "batch_1", {}, {"foreign": "worker process died"}))
    assert (done.exit_code, landed(where)) == (3, [("foreign", "refused", "not_delivered")])
    assert "worker process died" in landed(where, "message")[0][0]
    assert "shows them in the marts" not in done.output, "no mart shows what is nobody's"


def test_nothing_is_added_when_the_same_batch_is_pulled_twice(where: Settings, tmp_path: Path) -> None:
    folder = batch(tmp_path / "batch_1", {BASELINE: merged(document())}, {RAISED: "died"})
    root = checkout(tmp_path / "srv", BASELINE)
    assert pulled(where, folder, root=root).exit_code == 3
    before, mark = where.state.read_bytes(), state_checksum(where.state)
    again = pulled(where, folder, root=root)
    assert again.exit_code == 3
    assert "0 new, 2 pulled before" in again.output
    assert where.state.read_bytes() == before
    assert state_checksum(where.state) == mark


def test_failed_scenario_is_recorded_and_the_others_go_on_when_one_fails(
    where: Settings, tmp_path: Path
) -> None:
    error = "ValueError: /srv/navigator/nav/dbt/x.sql is broken\n\nat C:\\nav\\dbt\\y.sql\nthree\nfour"
    folder = batch(tmp_path / "batch_1", {BASELINE: merged(document())}, {RAISED: error})
    done = pulled(where, folder, root=checkout(tmp_path / "srv", BASELINE))
    assert done.exit_code == 3
    assert landed(where) == [(RAISED, "failed", "simulation_failed"), (BASELINE, "accepted", None)]
    (told, _) = (message for (message,) in landed(where, "message"))
    assert told == "ValueError: x.sql is broken\nat y.sql\nthree"


@pytest.mark.shared
def test_failed_batch_is_recorded_when_it_is_a_real_one(tmp_path: Path) -> None:
    where = delivered_home(tmp_path, [document("dm_alpha"), document("dm_beta")])
    done = pulled(where, REAL / "batch_summary.failed_example.json")
    assert done.exit_code == 3
    assert landed(where) == [(key, "failed", "simulation_failed") for key in ("dm_alpha", "dm_beta")]
    assert "most likely killed for memory use" in done.output


@pytest.mark.shared
def test_one_scenario_is_unread_and_the_other_refused_when_a_real_batch_is_pulled(tmp_path: Path) -> None:
    where = delivered_home(tmp_path, [document("dm_alpha"), document("dm_beta")])
    done = pulled(where, REAL / "batch_summary.json", root=REAL)
    assert done.exit_code == 3
    assert "dm_alpha: there is no dm_alpha.duckdb under" in done.output
    assert "Navigator did not simulate this design" in done.output
    assert "with simple, not dmx_dm_beta" in done.output
    assert landed(where) == [("dm_beta", "refused", "not_simulated")]
    assert years_landed(where) == 0


@pytest.mark.shared
def test_base_formula_is_refused_when_the_real_baseline_ran_with_it(tmp_path: Path) -> None:
    where = delivered_home(tmp_path, [document("baseline")])
    assert verdict(where, REAL / "baseline.duckdb") == ("refused", "not_simulated")


@pytest.mark.parametrize("echo", ["", "tiered", f"dmx_{RAISED}", f"DMX_{BASELINE}"])
def test_design_is_refused_when_the_echo_is_not_ours(sent: Settings, tmp_path: Path, echo: str) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb", echo=echo)
    assert verdict(sent, path) == ("refused", "not_simulated")


def test_design_is_refused_when_one_year_echoes_another_formula(sent: Settings, tmp_path: Path) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("""insert into fct_employer_match_events values ('{"formula_id": "tiered"}')""")
    assert verdict(sent, path) == ("refused", "not_simulated")


def test_plan_without_a_match_is_accepted_only_when_navigator_echoes_it_too(
    where: Settings, tmp_path: Path
) -> None:
    delivered_home(tmp_path, [document(match_enabled=False)])
    path = simulated(tmp_path / f"{BASELINE}.duckdb")
    assert verdict(where, path) == ("accepted", None)
    silent = simulated(tmp_path / "silent" / f"{BASELINE}.duckdb", echo="")
    assert verdict(where, silent) == ("refused", "not_simulated")


def test_graded_match_is_accepted_by_its_mode_when_the_configuration_says_whose_it_is(
    where: Settings, tmp_path: Path
) -> None:
    graded = document(match_status="tenure_graded")
    delivered_home(tmp_path, [graded])
    path = simulated(tmp_path / f"{BASELINE}.duckdb", echo="tenure_graded")
    assert verdict(where, path) == ("refused", "not_identified")
    foreign = merged(graded) | {"dc_plan": {"match_status": "tenure_graded"}}
    (tmp_path / f"{BASELINE}_config.yaml").write_text(json.dumps(foreign), encoding="utf-8")
    assert verdict(where, path) == ("refused", "not_identified")
    (tmp_path / f"{BASELINE}_config.yaml").write_text(json.dumps(merged(graded)), encoding="utf-8")
    assert verdict(where, path) == ("accepted", None)
    slug = simulated(tmp_path / "slug" / f"{BASELINE}.duckdb")
    assert verdict(where, slug) == ("refused", "not_simulated")


@pytest.mark.parametrize(
    "years", [(2025, 2026), (2024, 2025, 2026, 2027), (2025, 2026, 2027, 2028), (2025, 2027)]
)
def test_database_is_refused_when_its_years_are_not_the_scenarios(
    sent: Settings, tmp_path: Path, years: tuple[int, ...]
) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb", years=years, start_year=2025, end_year=2027)
    assert verdict(sent, path) == ("refused", "other_years")


def test_database_is_refused_when_its_run_names_other_years(sent: Settings, tmp_path: Path) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb", end_year=2026)
    assert verdict(sent, path) == ("refused", "other_years")


def test_database_is_refused_when_it_was_used_twice(sent: Settings, tmp_path: Path) -> None:
    assert verdict(sent, simulated(tmp_path / f"{BASELINE}.duckdb", runs=2)) == ("refused", "several_runs")


def test_database_is_refused_when_it_holds_another_scenario(sent: Settings, tmp_path: Path) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb", RAISED)
    assert verdict(sent, path) == ("refused", "other_scenario")


def test_database_is_refused_when_nothing_of_the_kind_was_delivered(sent: Settings, tmp_path: Path) -> None:
    path = simulated(tmp_path / "other.duckdb", "other")
    assert verdict(sent, path) == ("refused", "not_delivered")


@pytest.mark.parametrize(
    "change",
    [
        "drop table run_metadata",
        "drop table int_employee_match_calculations",
        "alter table fct_workforce_snapshot drop is_enrolled_flag",
    ],
)
def test_database_is_refused_when_it_lacks_what_is_asked(sent: Settings, tmp_path: Path, change: str) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute(change)
    assert verdict(sent, path) == ("refused", "database_lacks")


@pytest.mark.parametrize("ended", [None, "failed", "success"])
def test_database_is_refused_when_its_run_did_not_end_well(
    sent: Settings, tmp_path: Path, ended: str | None
) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table run_execution_metadata (run_id varchar, recorded_at timestamp, status varchar)"
        )
        connection.execute("insert into run_execution_metadata values ('another', now(), 'success')")
        if ended:
            connection.execute(
                f"insert into run_execution_metadata values ('run-{BASELINE}', now(), '{ended}')"
            )
    expected = ("accepted", None) if ended == "success" else ("refused", "database_unfinished")
    assert verdict(sent, path) == expected


def test_database_is_refused_when_the_configuration_beside_it_is_of_another_scenario(
    sent: Settings, tmp_path: Path
) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb")
    config = merged(document(RAISED))
    (tmp_path / f"{BASELINE}_config.yaml").write_text(json.dumps(config), encoding="utf-8")
    assert verdict(sent, path) == ("refused", "other_scenario")


def test_database_is_refused_when_a_person_stands_twice_in_a_year(sent: Settings, tmp_path: Path) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into fct_workforce_snapshot select * from fct_workforce_snapshot limit 1")
    assert verdict(sent, path) == ("refused", "database_twice")


def test_database_is_known_by_its_run_when_its_file_has_another_name(where: Settings, tmp_path: Path) -> None:
    path = simulated(tmp_path / "simulation.duckdb")
    assert pulled(where, path).exit_code == 0
    assert landed(where) == [(BASELINE, "accepted", None)]


def test_database_stays_as_it_is_when_it_is_pulled(where: Settings, tmp_path: Path) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.chmod(0o444)
    assert pulled(where, path).exit_code == 0
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [path.name, "home"]


_WRITER = """
import duckdb, sys
with duckdb.connect(sys.argv[1]) as connection:
    print("open", flush=True)
    sys.stdin.readline()
"""


def test_database_is_left_alone_when_somebody_writes_to_it(sent: Settings, tmp_path: Path) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb")
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout
    assert writer.stdout.readline() == "open\n"
    try:
        _, unread = pull_files(sent, [path], wait_seconds=0)
    finally:
        writer.communicate("\n", timeout=30)
    assert isinstance(unread[0].fault, LockedError)
    assert unread[0].fault.code == "scenario_running"


def test_database_is_not_opened_when_a_log_lies_beside_it(sent: Settings, tmp_path: Path) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb")
    log = path.with_name(f"{path.name}.wal")
    log.write_bytes(b"half a transaction")
    _, unread = pull_files(sent, [path], wait_seconds=0)
    assert unread[0].fault.code == "scenario_running"
    assert log.read_bytes() == b"half a transaction"


def test_batch_is_not_touched_when_it_has_no_summary_yet(where: Settings, tmp_path: Path) -> None:
    (tmp_path / "batch_1").mkdir()
    done = pulled(where, tmp_path / "batch_1")
    assert done.exit_code == 5
    assert "the batch is still running" in done.output


@pytest.mark.parametrize("text", ["", "{", "[]", '{"scenarios": {}}', '{"detailed_results": {"a": 1}}'])
def test_summary_is_refused_when_it_is_half_written(where: Settings, tmp_path: Path, text: str) -> None:
    summary = tmp_path / "batch_summary.json"
    summary.write_text(text, encoding="utf-8")
    done = pulled(where, summary)
    assert done.exit_code == 5, done.output
    assert "bad_summary" in done.output


@pytest.mark.parametrize("content", [b"", b"not a database", b"\0" * 5000])
def test_others_go_on_when_a_database_can_not_be_read(
    where: Settings, tmp_path: Path, content: bytes
) -> None:
    broken = tmp_path / f"{RAISED}.duckdb"
    broken.write_bytes(content)
    done = pulled(where, broken, simulated(tmp_path / f"{BASELINE}.duckdb"))
    assert done.exit_code == 3, done.output
    assert landed(where)[-1] == (BASELINE, "accepted", None)


def test_pull_ends_with_5_when_nothing_can_be_read(where: Settings, tmp_path: Path) -> None:
    broken = tmp_path / f"{BASELINE}.duckdb"
    broken.write_bytes(b"not a database, but long enough to look like one " * 100)
    done = pulled(where, broken)
    assert done.exit_code == 5, done.output
    assert landed(where) == []


@pytest.mark.parametrize("name", ["gone.duckdb", "results.xlsx"])
def test_pull_ends_with_2_when_the_path_is_no_outcome(where: Settings, tmp_path: Path, name: str) -> None:
    if name.endswith("xlsx"):
        (tmp_path / name).write_bytes(b"x")
    assert pulled(where, tmp_path / name).exit_code == 2


def test_pull_ends_with_2_when_nothing_was_ever_delivered(tmp_path: Path) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb")
    done = CliRunner().invoke(
        cli, ["pull", str(path), "--home", str(tmp_path / "h"), "--out", str(tmp_path / "o")]
    )
    assert done.exit_code == 2
    assert "nothing_delivered" in done.output


def test_pull_ends_with_75_when_a_run_works_in_the_home(where: Settings, tmp_path: Path) -> None:
    path = simulated(tmp_path / f"{BASELINE}.duckdb")
    with run_lock(where.lock, "a-run"):
        assert pulled(where, path).exit_code == 75
    assert landed(where) == []


def test_file_is_found_by_the_end_of_a_foreign_path_and_never_outside_the_root(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "a.duckdb"
    (root / "dbt").mkdir(parents=True)
    outside.write_text("outside", encoding="utf-8")
    (root / "dbt" / "b.duckdb").write_text("b", encoding="utf-8")
    (root / "a.duckdb").symlink_to(outside)
    assert below(root, "/srv/nav/dbt/b.duckdb") == (root / "dbt" / "b.duckdb").resolve()
    assert below(root, "C:\\nav\\dbt\\b.duckdb") == (root / "dbt" / "b.duckdb").resolve()
    assert below(root, str(outside)) is None
    assert below(root, "../a.duckdb") is None
    assert below(root, "") is None


def test_no_other_file_is_read_when_a_view_of_the_database_names_one(sent: Settings, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("formula_id\nsecret\n", encoding="utf-8")
    path = simulated(tmp_path / f"{BASELINE}.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table int_employee_match_calculations")
        connection.execute(f"create view int_employee_match_calculations as from read_csv('{secret}')")
    judged, _ = pull_files(sent, [path], wait_seconds=0)
    assert judged[0].verdict.standing == "refused"
    assert judged[0].result.echoes == ()
    assert "secret, " not in str(judged[0].verdict.message)


def test_names_are_quoted_when_they_are_hostile(where: Settings, tmp_path: Path) -> None:
    """Without it the words of a database that somebody else wrote would be run in the state."""
    evil = "x'; drop table navigator_outcome; --"
    path = simulated(
        tmp_path / "o'hare" / "it's.duckdb", echo=f"dmx_{BASELINE}", run_id=evil.replace("'", "''")
    )
    assert pulled(where, path).exit_code == 0
    assert landed(where, "navigator_run_id") == [(evil,)]
    assert years_landed(where) == 3
    folder = batch(tmp_path / "batch_1", {}, {evil: evil})
    assert pulled(where, folder).exit_code == 3
    assert years_landed(where) == 3


@pytest.mark.parametrize("named", ["a" * 5000, "a/" * 2000 + "b", "a\0b", "\ud800", "..", ""])
def test_others_go_on_when_a_path_of_the_summary_is_no_path(
    sent: Settings, tmp_path: Path, named: str
) -> None:
    """Without it one line of a file that another machine wrote would keep every result out."""
    folder = batch(tmp_path / "batch_1", {BASELINE: merged(document()), RAISED: None})
    summary = folder / "batch_summary.json"
    told = json.loads(summary.read_bytes())
    told["detailed_results"][RAISED] |= {"database_path": f"{named}.duckdb", "config_path": named}
    told["detailed_results"][f"{named}x"] = {"status": "failed", "error": named}
    summary.write_text(json.dumps(told), encoding="utf-8")
    judged, unread = pull_files(sent, [folder], checkout(tmp_path / "srv", BASELINE), wait_seconds=0)
    assert {one.result.scenario: one.verdict.standing for one in judged}[BASELINE] == "accepted"
    assert [(one.scenario, one.fault.code) for one in unread] == [(RAISED, "no_database")]


@pytest.mark.parametrize("text", ['{"detailed_results": {}}', "[" * 100_000])
def test_pull_ends_with_5_when_a_summary_tells_of_nothing(where: Settings, tmp_path: Path, text: str) -> None:
    folder = tmp_path / "batch_1"
    folder.mkdir()
    (folder / "batch_summary.json").write_text(text, encoding="utf-8")
    done = pulled(where, folder)
    assert (done.exit_code, "error (" in done.output) == (5, True), done.output


_ENDLESS = "\n".join(
    ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 40))]
)


@pytest.mark.parametrize(
    "text", ["a: &a [*a]", "dc_plan: &a {x: *a}", "[" * 5000, _ENDLESS, "? [a]\n: b", "\ufffe", "5"]
)
def test_configuration_is_none_when_it_is_endless_or_no_plain_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    assert read_config(path) == (None, None)


def test_configuration_is_read_when_its_names_are_numbers_and_nothing_is_run(tmp_path: Path) -> None:
    path, mark = tmp_path / "config.yaml", tmp_path / "mark"
    path.write_text(f"1: a\nb: !!python/object/apply:os.system ['touch {mark}']\n", encoding="utf-8")
    config, _ = read_config(path)
    assert config == {"1": "a", "b": [f"touch {mark}"]}
    assert len(base_checksum(config, {})) == 64
    assert not mark.exists()


def test_errors_hold_no_folder_of_another_machine_when_they_are_kept() -> None:
    assert without_paths("No such file: '/home/ana/nav/dbt/x.duckdb' at line 3") == (
        "No such file: 'x.duckdb' at line 3"
    )


def test_configuration_is_read_when_navigator_dumped_objects_of_python(tmp_path: Path) -> None:
    path = tmp_path / "a_config.yaml"
    path.write_text(
        "mode: !!python/object/apply:enum.Mode\n- dbt\n"
        "root: !!python/object/apply:pathlib.PosixPath\n- /srv\n"
        "dc_plan: {match_cap_percent: 0.04}\n",
        encoding="utf-8",
    )
    config, digest = read_config(path)
    assert config == {"mode": ["dbt"], "root": ["/srv"], "dc_plan": {"match_cap_percent": 0.04}}
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_text("a: [", encoding="utf-8")
    assert read_config(path) == (None, None)


def test_newer_run_supersedes_the_one_before_and_an_older_one_does_not(
    where: Settings, tmp_path: Path
) -> None:
    def one(day: int) -> Path:
        return simulated(
            tmp_path / str(day) / f"{BASELINE}.duckdb", run_id=f"r{day}", run_timestamp=f"2026-11-{day} 10:00"
        )

    for day in (21, 22, 20, 21):
        assert pulled(where, one(day) if day != 21 else _once(tmp_path, one)).exit_code == 0
    in_force = {run for run, gone in landed(where, "navigator_run_id, superseded_at") if gone is None}
    assert in_force == {"r22"}
    assert len(landed(where)) == 3


def _once(tmp_path: Path, make: Any) -> Path:
    path = tmp_path / "21" / f"{BASELINE}.duckdb"
    return path if path.exists() else make(21)


def test_accepted_outcome_stays_when_a_later_run_fails(where: Settings, tmp_path: Path) -> None:
    assert pulled(where, simulated(tmp_path / f"{BASELINE}.duckdb")).exit_code == 0
    assert pulled(where, batch(tmp_path / "batch_2", {}, {BASELINE: "died"})).exit_code == 3
    in_force = landed(where, "standing, superseded_at")
    assert sorted(in_force) == [("accepted", None), ("failed", None)]


def test_base_is_told_apart_when_something_differs_that_no_scenario_says(
    where: Settings, tmp_path: Path
) -> None:
    other = {**BASE, "workforce": {"experienced_termination_rate": 0.2}}
    off = document(RAISED)
    off["enrollment"]["auto_enrollment"] = {"enabled": False}
    folder = batch(tmp_path / "one", {BASELINE: merged(document()), RAISED: merged(off)})
    assert pulled(where, folder, root=checkout(tmp_path / "srv", BASELINE, RAISED)).exit_code == 0
    ((first,), (second,)) = landed(where, "base_checksum")
    assert first == second
    again = delivered_home(tmp_path / "again")
    folder = batch(tmp_path / "two", {BASELINE: merged(document(), other)})
    assert pulled(again, folder, root=tmp_path / "srv").exit_code == 0
    assert landed(again, "base_checksum") != [(first,)]


def test_state_holds_no_path_of_another_machine_when_a_batch_was_pulled(
    where: Settings, tmp_path: Path
) -> None:
    config = merged(document(), {"setup": {"census_parquet_path": "/srv/secret/census.parquet"}})
    folder = batch(tmp_path / "batch_1", {BASELINE: config})
    assert pulled(where, folder, root=checkout(tmp_path / "srv", BASELINE)).exit_code == 0
    with duckdb.connect(str(where.state), read_only=True) as connection:
        told = str(connection.execute("from navigator_scenario_result").fetchall())
    assert "/srv" not in told
    assert "census" not in told


def test_results_of_the_api_are_judged_and_landed_the_same_way(where: Settings) -> None:
    results = [
        ScenarioResult(BASELINE, "running", "api:1"),
        ScenarioResult(RAISED, "failed", "api:2", "no census", RAISED),
        ScenarioResult(RAISED, "completed", "api:3", echoes=("tiered",)),
    ]
    judged = judged_results(where, results)
    assert [one.verdict.code for one in judged] == ["simulation_failed", "not_simulated"]
    counted = land(where.home, judged, utc_now())
    assert (counted.new, counted.years_read, counted.years_landed) == (2, 0, 0)


def test_outcomes_read_is_refused_when_the_file_is_no_path(sent: Settings, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no"):
        pull_files(sent, [tmp_path / "nowhere"])
