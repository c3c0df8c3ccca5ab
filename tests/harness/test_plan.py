"""The plan of a delivery over hand-made documents and a hand-made release."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import exporters
from exporters import TARGETS
from harness.config import PROJECT
from harness.errors import GateError
from harness.gate.suite import thresholds
from harness.identifiers import Scanner
from harness.manifest import Entry, write_manifest
from harness.plan import Clients, Plan, guard, make_plan
from harness.render import Stamp, render, stamped
from harness.verify import verify
from harness.warehouse import Row
from tests.harness.world import document, reference

NAVIGATOR = TARGETS["navigator"]
STAMP = Stamp("20260102T030405.000006Z-abcdef", "2026-01-02T03:04:05Z")
NUMBERS = thresholds(PROJECT / "dbt_project.yml", "guard_")


def row(number: int, checksum: str = "same") -> Row:
    return Row(f"{reference(number)}_baseline", reference(number), "{}", checksum)


def release(folder: Path, numbers: Iterable[int], renderer: str = NAVIGATOR.fingerprint) -> Path:
    """A current release with a file of its own for each client."""
    folder.mkdir()
    entries = []
    for number in numbers:
        content = f"client {number}".encode()
        name = f"{reference(number)}_baseline.yaml"
        (folder / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        key = f"{reference(number)}_baseline"
        entries.append(Entry(name, key, reference(number), "same", digest, len(content), renderer=renderer))
    write_manifest(folder, entries, STAMP)
    return folder


def plan_of(
    current: Path,
    rows: Iterable[Row],
    statuses: dict[int, tuple[str, str | None]],
    selected: set[str] | None = None,
    **more: Any,
) -> Plan:
    clients = Clients({reference(number): found for number, found in statuses.items()}, **more)
    return make_plan(NAVIGATOR, current, rows, clients, NUMBERS, selected)


def told(plan: Plan) -> dict[int, tuple[str, str | None]]:
    """(action, cause) by the client's number."""
    return {int(entry.client_ref[1:], 16): (entry.action, entry.cause) for entry in plan.documents}


def test_every_document_has_its_action_and_cause_when_all_sorts_come_together(tmp_path: Path) -> None:
    current = release(tmp_path / "current", [1, 2, 3, 4, 5, 6, 7])
    going = ("going", "unchanged")
    plan = plan_of(
        current,
        [row(1), row(2, "new"), row(3, "new"), row(8)],
        {
            1: going,
            2: ("going", "changed"),
            3: going,
            4: ("held", "changed"),
            5: ("rejected", "unchanged"),
            8: ("going", "inserted"),
            9: ("held", "inserted"),
        },
        without_id={reference(6): "rejected"},
    )
    assert told(plan) == {
        1: ("unchanged", None),
        2: ("update", "source"),
        3: ("update", "planwise"),
        4: ("withdraw", "held"),
        5: ("withdraw", "rejected"),
        6: ("withdraw", "rejected"),
        7: ("delete", "gone"),
        8: ("insert", "new"),
    }
    assert plan.counts == {"sent": 3, "unchanged": 1, "held": 2, "rejected": 1, "deleted": 1}


def test_guard_counts_no_ripples_when_the_code_is_the_same(tmp_path: Path) -> None:
    # three clients move the places of all their peers: a guard that fires each week is no guard
    current = release(tmp_path / "current", range(1, 21))
    rows = [row(number, "new") for number in range(1, 21)]
    rippled = {number: ("going", "changed" if number < 4 else "unchanged") for number in range(1, 21)}
    (tripped,) = plan_of(current, rows, rippled).guards
    assert (tripped.guard, tripped.affected, tripped.same_designs) == ("changes", 20, 17)
    plan = plan_of(current, rows, rippled, is_same_code=True)
    assert (plan.guards, told(plan)[3][1], told(plan)[4][1]) == ((), "source", "others")
    changed = {number: ("going", "changed" if number < 7 else "unchanged") for number in range(1, 21)}
    (tripped,) = plan_of(current, rows, changed, is_same_code=True).guards
    assert tripped.affected == 6


def test_everything_is_new_when_nothing_was_delivered_before(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "none", [row(1)], {1: ("going", "inserted")})
    assert told(plan) == {1: ("insert", "new")}
    assert (plan.compared_with, plan.guards) == (None, ())


def test_other_clients_are_not_looked_at_when_the_plan_is_about_one(tmp_path: Path) -> None:
    # a run with --client must neither delete nor count those whom it isn't about
    current = release(tmp_path / "current", range(1, 30))
    plan = plan_of(current, [row(1, "new")], {1: ("going", "changed")}, {reference(1)})
    assert told(plan) == {1: ("update", "source")}
    assert plan.guards == ()


def test_second_document_of_a_client_is_deleted_when_only_it_is_due_no_more(tmp_path: Path) -> None:
    current = release(tmp_path / "current", [1])
    other = Row(f"{reference(1)}__auto_enroll_6", reference(1), "{}", "x")
    plan = plan_of(current, [other], {1: ("going", "changed")})
    assert [(entry.action, entry.cause) for entry in plan.documents] == [
        ("insert", "new"),
        ("delete", "not_due"),
    ]
    assert plan.counts["sent"] == 1


def test_plan_is_refused_when_a_client_is_lost_between_gates_and_plan(tmp_path: Path) -> None:
    with pytest.raises(GateError) as caught:
        plan_of(tmp_path / "none", [row(1)], {1: ("going", None), 2: ("going", None)})
    assert caught.value.code == "plan_differs"


def test_document_is_written_again_when_somebody_changed_it(tmp_path: Path) -> None:
    current = release(tmp_path / "current", [1, 2])
    (current / f"{reference(1)}_baseline.yaml").write_text("mine")
    (current / f"{reference(2)}_baseline.yaml").unlink()
    plan = plan_of(current, [row(1), row(2)], {1: ("going", "unchanged"), 2: ("going", "unchanged")})
    assert told(plan) == {1: ("update", "damaged"), 2: ("update", "damaged")}
    assert not plan.is_release_whole


@pytest.mark.parametrize(
    ("is_same", "expected"), [(True, ("unchanged", None)), (False, ("update", "renderer"))]
)
def test_other_renderer_counts_only_when_it_writes_other_bytes(
    tmp_path: Path, is_same: bool, expected: tuple[str, str | None]
) -> None:
    # carried over byte for byte, a document would never learn what the renderer was taught since
    due = Row(f"{reference(1)}_baseline", reference(1), document(1), "same")
    content = NAVIGATOR.render(stamped(NAVIGATOR, due, STAMP))
    content = content if is_same else content.replace(b"# ", b"#  ", 1)
    folder = tmp_path / "current"
    folder.mkdir()
    (folder / f"{due.delivery_key}.yaml").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    entry = Entry(
        f"{due.delivery_key}.yaml",
        due.delivery_key,
        due.client_ref,
        "same",
        digest,
        len(content),
        renderer="old",
    )
    write_manifest(folder, [entry], STAMP)
    assert told(plan_of(folder, [due], {1: ("going", "unchanged")})) == {1: expected}


@pytest.mark.parametrize(
    ("schema", "change", "expected"),
    [
        ("navigator-scenario-1.0.json", {"required": ["of_tomorrow"]}, ("update", "renderer")),
        ("navigator-scenario-1.0.json", {"title": "Another"}, ("unchanged", None)),
        ("fhi-outcomes-1.0.json", {"required": ["of_tomorrow"]}, ("unchanged", None)),
    ],
)
def test_delivered_document_is_judged_again_when_its_schema_is_another(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    schema: str,
    change: dict[str, Any],
    expected: tuple[str, str | None],
) -> None:
    """It would stay at the receiver although the schema that goes with it refuses it."""
    folder, due = tmp_path / "current", Row(f"{reference(1)}_baseline", reference(1), document(1), "same")
    rendered, _ = render(NAVIGATOR, [due], folder, STAMP)
    entries, _ = verify(NAVIGATOR, rendered, STAMP, Scanner(()))
    write_manifest(folder, entries, STAMP)
    standing = {1: ("going", "unchanged")}
    before = {name: target.fingerprint for name, target in TARGETS.items()}
    assert told(plan_of(folder, [due], standing)) == {1: ("unchanged", None)}
    shutil.copytree(exporters.SCHEMAS, tmp_path / "schemas")
    path = tmp_path / "schemas" / schema
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    monkeypatch.setattr("exporters.SCHEMAS", tmp_path / "schemas")
    differing = {name for name, target in TARGETS.items() if target.fingerprint != before[name]}
    assert differing == {schema.split("-")[0]}
    assert told(plan_of(folder, [due], standing)) == {1: expected}


@pytest.mark.parametrize(
    ("delivered", "gone", "held", "changed", "tripped"),
    [
        (250, 5, 0, 0, set()),  # 2.0 %
        (249, 5, 0, 0, {"deletes"}),
        (100, 4, 0, 0, set()),  # 4 %, but four clients
        (50, 0, 5, 0, set()),  # 0.9 of as many
        (50, 0, 6, 0, {"rows"}),
        (10, 0, 4, 0, set()),
        (20, 0, 0, 5, set()),  # 25 %
        (20, 0, 0, 6, {"changes"}),
        (12, 0, 0, 4, set()),
        (20, 5, 0, 6, {"rows", "deletes", "changes"}),
    ],
)
def test_guard_fires_on_one_side_of_its_limit_only(
    tmp_path: Path, delivered: int, gone: int, held: int, changed: int, tripped: set[str]
) -> None:
    current = release(tmp_path / "current", range(1, delivered + 1))
    present = range(1, delivered + 1 - gone)
    statuses = {n: ("held" if n <= held else "going", "unchanged") for n in present}
    rows = [row(n, "new" if n <= held + changed else "same") for n in present if n > held]
    plan = plan_of(current, rows, {n: (status, change) for n, (status, change) in statuses.items()})
    assert {entry.guard for entry in plan.guards} == tripped
    ids = {reference(n): f"7{n:04d}" for n in range(1, delivered + 1)}
    if not tripped:
        guard({"navigator": plan}, ids, None)
        return
    guard({"navigator": plan}, ids, "we know")
    for because in (None, "  "):
        with pytest.raises(GateError) as caught:
            guard({"navigator": plan}, ids, because)
    assert caught.value.exit_status == 4
    assert "--because" in caught.value.hint
    named = [
        part
        for part in caught.value.message.replace(",", " ").replace("(", " ").split()
        if part in ids.values()
    ]
    assert 0 < len(named) <= 5 * len(tripped)
    assert ("same designs, new documents" in caught.value.message) is ("changes" in tripped)
