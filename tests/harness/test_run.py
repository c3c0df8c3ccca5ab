"""A whole run over the hand-made warehouse: what is written, what is left alone, what is said."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

import harness.delivery
from exporters.navigator import read
from harness.lock import run_lock
from harness.report import exit_status
from tests.harness.world import World, document, finding, make_world, reference, result

NAMING = {"rule": None, "field": None, "message": "see client 70002"}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(tmp_path, monkeypatch)


def yaml_names(*numbers: int) -> set[str]:
    return {f"{reference(number)}_baseline.yaml" for number in numbers} | (
        {"MANIFEST.json"} if numbers else set()
    )


def report_of(outcome: Any) -> Any:
    return json.loads(outcome.report.read_bytes())


def tree(root: Path) -> dict[str, bytes | str]:
    """Everything below a folder but the records of runs."""
    return {
        str(path.relative_to(root)): str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in sorted(root.rglob("*"))
        if (path.is_symlink() or path.is_file()) and "runs" not in path.parts and path.name != "run.lock"
    }


def test_everything_is_delivered_and_published_when_all_pass(world: World) -> None:
    outcome = world.run()
    assert outcome.error is None
    assert exit_status(outcome) == 0
    assert set(world.current()) == yaml_names(1, 2, 3)
    assert outcome.counts == {"source": 3, "exported": 3, "held": 0, "rejected": 0}
    assert world.where.current.exists()
    assert not (world.where.out / ".staging").exists()
    scenario = read(world.current()[f"{reference(2)}_baseline.yaml"])
    assert scenario["design_matrix"]["run_id"] == outcome.run_id
    assert scenario["design_matrix"]["generated_at"] == outcome.started_at


def test_report_holds_all_that_is_promised_when_a_run_ends(world: World) -> None:
    world.failing = [result("P10", "hold", [finding(2)]), result("P08", "warn", [finding(1)])]
    outcome = world.run(report=world.where.home / "copy.json")
    report = report_of(outcome)
    assert report == json.loads((world.where.home / "copy.json").read_bytes())
    assert outcome.report == world.where.home / "runs" / outcome.run_id / "report.json"
    assert outcome.report.stat().st_mode & 0o777 == 0o600
    assert {
        "run_id",
        "versions",
        "status",
        "started_at",
        "finished_at",
        "seconds",
        "counts",
        "clients",
    } <= set(report)
    assert report["status"] == "partial"
    steps = [
        "preflight",
        "extract",
        "review",
        "build",
        "gates",
        "plan",
        "render",
        "verify",
        "history",
        "publish",
        "bi",
        "deliver",
        "send",
    ]
    assert list(report["seconds"]) == steps
    assert report["counts"] == {"source": 3, "exported": 2, "held": 1, "rejected": 0}
    first, second, _ = report["clients"]
    assert first["client_id"] == "70001"
    assert first["documents"] == [f"navigator/current/{reference(1)}_baseline.yaml"]
    # the document's own warnings and the gates', in the report as in the file
    assert sorted(warning["message"] for warning in first["warnings"]) == ["the match has no rate", "yes"]
    written = yaml.safe_load((world.where.out / first["documents"][0]).read_text())
    assert written["design_matrix"]["warnings"] == sorted(
        first["warnings"], key=lambda warning: warning["message"]
    )
    assert second["status"] == "held"
    assert second["documents"] == []
    assert set(second["reasons"][0]) == {
        "rule", "field", "raw", "code", "message", "resolve", "target"}  # fmt: skip


def test_held_client_stays_out_and_the_others_go_on_when_a_rule_holds_it(world: World) -> None:
    world.failing = [result("P10", "hold", [finding(2)])]
    outcome = world.run()
    assert exit_status(outcome) == 3
    assert set(world.current()) == yaml_names(1, 3)


def test_row_is_rejected_and_counted_when_it_has_no_id(world: World) -> None:
    world.rows_without_id = 2
    outcome = world.run()
    assert outcome.counts == {"source": 5, "exported": 3, "held": 0, "rejected": 2}
    assert [row["problem"] for row in report_of(outcome)["rejected_rows"]] == ["missing", "missing"]
    assert exit_status(outcome) == 3


def test_document_is_rejected_and_the_others_go_on_when_it_breaks_the_schema(world: World) -> None:
    world.documents[2] = document(2, vesting_kind="often")
    outcome = world.run()
    assert outcome.counts == {"source": 3, "exported": 2, "held": 0, "rejected": 1}
    assert set(world.current()) == yaml_names(1, 3)
    rejected = report_of(outcome)["clients"][1]
    assert rejected["status"] == "rejected"
    assert rejected["reasons"][0]["rule"] == "E01"
    assert rejected["reasons"][0]["field"] == "design_matrix.vesting_kind"


def test_change_is_left_out_alone_when_its_document_breaks_the_schema(world: World) -> None:
    world.recommended = {1: document(1), 2: document(2, vesting_kind="often")}
    outcome = world.run()
    assert outcome.counts == {"source": 3, "exported": 3, "held": 0, "rejected": 0}
    assert set(world.current()) == yaml_names(1, 2, 3) | {f"{reference(1)}__true_up.yaml"}
    first, second, _ = report_of(outcome)["clients"]
    assert [path.rsplit("_", 1)[1] for path in first["documents"]] == ["baseline.yaml", "up.yaml"]
    told = [warning["message"] for warning in second["warnings"] if warning["rule"] == "E01"]
    assert len(told) == 1
    assert "__true_up is left out" in told[0]
    (rule,) = [rule for rule in report_of(outcome)["rules"] if "reads back equal" in rule["sentence"]]
    assert (rule["rows_failing"], rule["passed"]) == (1, False)
    assert report_of(outcome)["delivered"]["navigator"]["documents"] == 4
    assert report_of(outcome)["delivered"]["navigator"]["clients"] == 3


def test_changes_go_with_their_baseline_when_that_breaks_the_schema(world: World) -> None:
    # a scenario to be compared with a baseline that is not there would be compared with nothing
    world.documents[2] = document(2, vesting_kind="often")
    world.recommended = {2: document(2)}
    outcome = world.run()
    assert outcome.counts == {"source": 3, "exported": 2, "held": 0, "rejected": 1}
    assert set(world.current()) == yaml_names(1, 3)


def test_changes_stay_out_when_a_rule_holds_their_client(world: World) -> None:
    world.recommended = {2: document(2)}
    world.failing = [result("P10", "hold", [finding(2)])]
    world.run()
    assert set(world.current()) == yaml_names(1, 3)


def blocked(world: World) -> list[Any]:
    """Ways to block a run, as (name, what to change)."""
    return [
        ("gate", lambda: world.failing.append(result("S02", "block", [finding(None)]))),
        (
            "broken gate",
            lambda: world.failing.append(result("P10", "hold", [], passed=False, exception="boom")),
        ),
        ("build", lambda: (setattr(world, "build_fails", True), world.texts.update({1: "6%"}))),
        ("identifier", lambda: world.documents.update({3: document(3, warnings=[NAMING])})),
        ("all held", lambda: world.failing.append(result("P10", "hold", [finding(n) for n in (1, 2, 3)]))),
    ]


@pytest.mark.parametrize("way", range(5))
def test_nothing_changes_when_the_run_is_blocked(world: World, way: int) -> None:
    # what was published before must stay as it is
    world.run()
    before = tree(world.where.out), world.where.current.read_bytes()
    blocked(world)[way][1]()
    outcome = world.run()
    assert exit_status(outcome) == 4
    assert (tree(world.where.out), world.where.current.read_bytes()) == before
    assert len(list(world.where.published.glob("2*.duckdb"))) == 1
    report = report_of(outcome)
    assert report["status"] == "blocked"
    assert report["error"]["hint"]
    assert report["counts"] == {"source": 3, "exported": 0, "held": 3, "rejected": 0}
    assert all(client["reasons"] and not client["documents"] for client in report["clients"])
    assert world.gate.closed


def test_error_names_file_key_and_kind_when_an_identifier_would_leave(world: World) -> None:
    world.documents[3] = document(3, warnings=[NAMING])
    error = world.run().error
    assert error is not None
    assert error.code == "blocked_e02"
    for part in (f"{reference(3)}_baseline.yaml", "design_matrix.warnings[0].message", "client_id"):
        assert part in error.message


def test_run_is_blocked_when_a_client_has_neither_document_nor_reason(world: World) -> None:
    # a client that vanishes between the gates and the exports model
    build = world.build

    def losing(connection: duckdb.DuckDBPyConnection) -> None:
        build(connection)
        connection.execute(f"delete from exp_navigator__scenario where client_ref = '{reference(2)}'")

    world.build = losing  # type: ignore[method-assign]
    outcome = world.run()
    assert outcome.error is not None
    assert outcome.error.code == "neither_document_nor_reason"
    assert "70002" in outcome.error.message


def test_run_is_blocked_when_rows_are_lost_in_the_build(world: World) -> None:
    build = world.build

    def losing(connection: duckdb.DuckDBPyConnection) -> None:
        build(connection)
        connection.execute("delete from int_source_rows where client_id = '70003'")
        connection.execute("delete from int_clients where client_id = '70003'")

    world.build = losing  # type: ignore[method-assign]
    outcome = world.run()
    assert outcome.error is not None
    assert outcome.error.code == "rows_lost"


def test_bytes_are_the_same_when_the_input_is(world: World) -> None:
    first = world.run()
    before = world.current()
    shutil.rmtree(world.where.out)
    second = world.run()
    after = world.current()
    assert first.run_id != second.run_id
    for name, content in before.items():
        old = content.replace(first.run_id.encode(), b"R").replace(first.started_at.encode(), b"T")
        new = after[name].replace(second.run_id.encode(), b"R").replace(second.started_at.encode(), b"T")
        if name != "MANIFEST.json":
            assert old == new
    checksums = [
        {
            entry["path"]: entry["document_checksum"]
            for entry in json.loads(files["MANIFEST.json"])["documents"]
        }
        for files in (before, after)
    ]
    assert checksums[0] == checksums[1]


def test_release_before_stays_when_a_new_one_is_switched_to(world: World) -> None:
    first = world.run()
    before = world.current()
    world.documents[2] = document(2, data_as_of="2026-01-02")
    world.run()
    assert world.current() != before
    folder = world.where.target("navigator") / "releases" / first.run_id
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_other_clients_are_carried_over_unchanged_when_the_run_is_about_one(world: World) -> None:
    # a release with one document in it would take away everybody else's
    world.run()
    before = world.current()
    for number in (1, 2):
        world.documents[number] = document(number, data_as_of="2026-01-02")
    outcome = world.run("70002")
    after = world.current()
    assert set(after) == yaml_names(1, 2, 3)
    for number, is_new in ((1, False), (2, True), (3, False)):
        name = f"{reference(number)}_baseline.yaml"
        assert (before[name] != after[name]) is is_new
    entries = json.loads(after["MANIFEST.json"])["documents"]
    assert [entry["carried_over"] for entry in entries] == [True, False, True]
    assert outcome.counts == {"source": 1, "exported": 1, "held": 0, "rejected": 0}
    assert [client.client_id for client in outcome.clients] == ["70002"]


def test_carried_over_document_stays_as_it_is_when_its_client_is_held_now(world: World) -> None:
    world.run()
    world.failing = [result("P10", "hold", [finding(1)])]
    outcome = world.run("70002")
    assert set(world.current()) == yaml_names(1, 2, 3)
    assert exit_status(outcome) == 0


def test_asked_for_client_leaves_the_release_when_it_is_held(world: World) -> None:
    world.run()
    world.failing = [result("P10", "hold", [finding(1)])]
    outcome = world.run("70001")
    assert set(world.current()) == yaml_names(2, 3)
    assert exit_status(outcome) == 3


def test_delivery_stops_when_a_carried_document_was_changed_by_hand(world: World) -> None:
    world.run()
    path = (world.where.target("navigator") / "current").resolve() / f"{reference(1)}_baseline.yaml"
    path.write_bytes(path.read_bytes() + b"# mine\n")
    outcome = world.run("70002")
    assert exit_status(outcome) == 5
    assert outcome.error is not None
    assert outcome.error.code == "changed_by_hand"


def test_unknown_client_is_refused_before_anything_is_built_when_it_is_asked_for(world: World) -> None:
    world.build_fails = True
    outcome = world.run("7001")
    assert exit_status(outcome) == 2
    assert outcome.error is not None
    assert "7001" in outcome.error.message
    assert "70001" in outcome.error.hint


def test_second_run_is_told_the_row_count_published_when_it_asks_the_gates(world: World) -> None:
    world.run()
    assert world.gate.asked["last_published_rows"] is None
    world.run(because="two left")
    assert world.gate.asked["last_published_rows"] == 3
    assert world.gate.asked["because"] == "two left"
    assert world.gate.asked["warehouse"] == world.where.warehouse


def test_locked_run_is_reported_and_touches_nothing_when_another_holds_the_home(world: World) -> None:
    world.run()
    before = tree(world.where.out)
    with run_lock(world.where.lock, "other"):
        outcome = world.run()
    assert exit_status(outcome) == 75
    assert report_of(outcome)["status"] == "locked"
    assert tree(world.where.out) == before


def test_old_release_and_marts_stay_when_the_switch_fails(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run()
    link = str((world.where.target("navigator") / "current").readlink())
    marts = world.where.current.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", "current.duckdb")

    monkeypatch.setattr("harness.publish.make_current", full)
    world.texts[2] = "6%-ish"
    world.documents[2] = document(2, data_as_of="2026-01-02")
    outcome = world.run()
    assert exit_status(outcome) == 5
    assert report_of(outcome)["error"]["code"] == "disk"
    assert str((world.where.target("navigator") / "current").readlink()) == link
    assert world.where.current.read_bytes() == marts
    assert report_of(outcome)["counts"]["exported"] == 0
    # and the load that wasn't published is not the one that the next is compared with
    monkeypatch.undo()
    with duckdb.connect(str(world.where.state), read_only=True) as state:
        assert "6%-ish" not in str(state.execute("from published_load").fetchall())


def test_new_release_is_withdrawn_when_it_differs_after_the_switch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a receiver must never be left with a file that is not what the manifest says
    world.run()
    link = str((world.where.target("navigator") / "current").readlink())
    switch = harness.delivery.switch_link

    def flipping(path: Path, target: str) -> None:
        switch(path, target)
        for name in path.glob("*.yaml"):
            name.write_bytes(name.read_bytes().replace(b"simple", b"simpel"))

    monkeypatch.setattr(harness.delivery, "switch_link", flipping)
    world.documents[2] = document(2, data_as_of="2026-01-02")
    outcome = world.run()
    assert exit_status(outcome) == 5
    assert outcome.error is not None
    assert outcome.error.code == "blocked_e03"
    assert str((world.where.target("navigator") / "current").readlink()) == link


def test_fault_of_ours_is_reported_with_a_trace_when_a_step_raises(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("harness.publish.publish", broken)
    outcome = world.run()
    assert exit_status(outcome) == 1
    assert report_of(outcome)["status"] == "failed"
    trace = outcome.report.with_name("traceback.txt") if outcome.report else Path()
    assert "ZeroDivisionError: oops" in trace.read_text()


def test_want_of_memory_is_told_with_the_setting_that_helps(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is neither a fault of the program nor of the disk, which a user would look for in vain."""

    def greedy(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("set memory_limit = '1MB'; set temp_directory = ''")
        connection.execute(
            "create table most as select range as n, 'text ' || range as t from range(9000000)"
        )

    monkeypatch.setattr("harness.publish._copy_marts", greedy)
    outcome = world.run()
    assert exit_status(outcome) == 1
    assert outcome.error is not None
    assert outcome.error.code == "out_of_memory"
    assert "PLANWISE_MEMORY" in outcome.error.hint
    assert not world.current()


def test_interrupt_is_reported_and_raised_when_somebody_stops_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.publish.publish", stopped)
    with pytest.raises(KeyboardInterrupt):
        world.run()
    (report,) = (world.where.home / "runs").glob("*/report.json")
    assert json.loads(report.read_bytes())["error"]["code"] == "interrupted"
    assert not (world.where.out / ".staging").exists()
    assert world.gate.closed


def test_export_renders_from_the_published_marts_when_the_warehouse_is_gone(world: World) -> None:
    world.run()
    before = world.current()
    world.where.warehouse.unlink()
    outcome = world.export("70002", reference(3))
    assert outcome.error is None
    assert outcome.counts == {"source": 2, "exported": 2, "held": 0, "rejected": 0}
    after = world.current()
    assert set(after) == set(before)
    assert after[f"{reference(1)}_baseline.yaml"] == before[f"{reference(1)}_baseline.yaml"]
    assert read(after[f"{reference(3)}_baseline.yaml"])["design_matrix"]["run_id"] == outcome.run_id


def test_export_says_why_when_the_client_is_held(world: World) -> None:
    world.failing = [result("P10", "hold", [finding(2)])]
    world.run()
    before = tree(world.where.out)
    outcome = world.export("70002")
    assert exit_status(outcome) == 3
    assert outcome.clients[0].reasons[0]["code"] == "no_match_rate"
    assert {name for name in tree(world.where.out) if name.endswith(".yaml")} >= {
        name for name in before if name.endswith(".yaml")
    }
    assert set(world.current()) == yaml_names(1, 3)


@pytest.mark.parametrize("asked", ["7000", "c00000000000001"])
def test_export_names_the_nearest_when_the_client_is_unknown(world: World, asked: str) -> None:
    world.run()
    outcome = world.export(asked)
    assert exit_status(outcome) == 2
    assert outcome.error is not None
    assert outcome.error.hint.startswith("nearest: ")


def test_export_says_what_to_do_when_nothing_was_published(world: World) -> None:
    outcome = world.export("70001")
    assert exit_status(outcome) == 2
    assert outcome.error is not None
    assert "planwise-export run" in outcome.error.hint
