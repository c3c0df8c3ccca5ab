"""`new-client` stopped at any step and started again: the same end as without, and nothing done twice."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

import harness.extract
import harness.new_client
from harness import transform
from harness.consult import Consultation
from harness.errors import GateError
from harness.identifiers import Scanner
from harness.new_client import NewClient, checked_report, put_report
from harness.new_client_report import escaped, unescaped
from harness.outcome import Client
from harness.preflight_checks import Check
from harness.render import Stamp
from harness.report import Outcome
from harness.run import Request, Run, Step, execute
from tests.harness.world import RULES, FakeGate, World, _silent, make_world, reference, result

STEPS = [name for name, _ in NewClient().steps()]
REUSED = {"preflight": [], "extract": [], "review": [], "build": ["extract"], "gates": ["extract"]}
"""What those that were stopped one step earlier each had got through; both after these."""
_STAMPS = re.compile(
    rb"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{6}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    rb'|(?<="sha256": ")[0-9a-f]+'
)
"""What differs between any two runs; the checksum of a file, since the file has the other two."""


def consultation(ref: str) -> Consultation:
    client = dict.fromkeys(
        (
            "client_name", "status", "industry", "plan_type", "state", "size_band_label", "last_updated_on",
            "data_source", "widening_step", "plans", "organisations", "cohort",
        )
    )  # fmt: skip
    return Consultation(
        client | {"client_ref": ref, "reasons": [], "segment_unknown": []}, [], [], [], [], []
    )


@dataclass
class Counted:
    """A world in which landings and builds before the gates are counted."""

    world: World
    landed: int = 0
    built: int = 0

    def take_on(self, number: int, at: str | None = None, when: str = "before") -> Outcome:
        """Run `new-client`; stop it before or after the step `at`."""
        gate = FakeGate([result(rule) for rule in RULES])
        request = Request(
            "new-client", self.world.source, clients=(str(70000 + number),), targets=("navigator",)
        )
        steps = [stopped(step, when) if step[0] == at else step for step in NewClient().steps()]
        return execute(self.world.where, request, steps, _silent(), lambda: gate)

    def end(self) -> dict[str, Any]:
        """What stands at the end, without times and run ids."""
        out = self.world.where.out
        found: dict[str, Any] = {
            name: _STAMPS.sub(b"", content) for name, content in self.world.current().items()
        }
        for path in sorted((out / "reports" / "new_client").glob("*.md")):
            found[path.name] = _STAMPS.sub(b"", path.read_bytes()).split(b"## The run")[0]
        with duckdb.connect(str(self.world.where.current), read_only=True) as marts:
            tables = marts.execute(
                "select table_name from duckdb_tables()"
                " where table_name not in ('fct_quality_result', 'fct_sync_operation')"
            ).fetchall()  # they tell of every run
            for (table,) in tables:
                rows = marts.execute(f"select columns(c -> c <> 'run_id') from {table}").fetchall()
                found[table] = sorted(map(repr, rows))
        return found


def stopped(step: Step, when: str) -> Step:
    name, function = step

    def stop(run: Run) -> str:
        if when == "after":
            function(run)
        raise OSError(28, "No space left on device", name)

    return name, stop


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clients, published; to be copied."""
    root = tmp_path_factory.mktemp("base")
    with pytest.MonkeyPatch.context() as patches:
        assert make_world(root, patches).run().error is None
    return root


@pytest.fixture
def counted(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Counted]:
    def make(name: str) -> Counted:
        shutil.copytree(base, tmp_path / name, symlinks=True)
        world = make_world(tmp_path / name, monkeypatch)
        found = Counted(world)
        build = transform.build

        def land(*arguments: Any, **named: Any) -> None:
            found.landed += 1
            world.land(*arguments, **named)

        def counting(*arguments: Any, **named: Any) -> transform.BuildResult:
            found.built += len(arguments) < 5  # the history's has nodes
            return build(*arguments, **named)

        monkeypatch.setattr(harness.extract, "land", land)
        monkeypatch.setattr(transform, "build", counting)
        monkeypatch.setattr(harness.new_client, "of_client", lambda _, ref: consultation(ref))
        world.numbers = [1, 2, 3, 4]
        return found

    return make


_WHOLE: dict[str, Any] = {}


@pytest.fixture
def uninterrupted(counted: Callable[[str], Counted]) -> dict[str, Any]:
    if _WHOLE:
        return _WHOLE
    whole = counted("whole")
    outcome = whole.take_on(4)
    assert outcome.error is None
    assert (whole.landed, whole.built) == (1, 1)
    _WHOLE.update(whole.end())
    return _WHOLE


def test_run_ends_the_same_when_it_was_stopped_at_every_step_one_after_the_other(
    counted: Callable[[str], Counted], uninterrupted: dict[str, Any]
) -> None:
    found = counted("stopped")
    before = found.world.current()
    for number, step in enumerate(STEPS):
        outcome = found.take_on(4, step)
        assert list(outcome.seconds) == STEPS[: number + 1], "it stopped elsewhere"
        if step == "send":
            break  # our own delivery stands by then, whatever becomes of the endpoints
        assert found.world.current() == before, "half a run was seen"
        reused = (outcome.more["resumed"] or {"reused": []})["reused"]
        assert reused == REUSED.get(step, ["extract", "build"])
    again = found.take_on(4)
    assert again.error is None, again.error
    assert found.end() == uninterrupted
    assert (found.landed, found.built) == (1, 1), "something was done twice"


def test_report_names_no_path_when_the_source_was_written_just_now(
    counted: Callable[[str], Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pre-flight warns of it by its path; the report of a client goes out: rule E02 would stop the run."""
    found = counted("just now")
    warning = Check("input", "warn", f"{found.world.source} was written to just now", "is it complete?")
    monkeypatch.setattr("harness.preflight_checks.source", lambda _: [warning])
    outcome = found.take_on(4)
    assert outcome.error is None, outcome.error
    (report,) = (found.world.where.out / "reports" / "new_client").glob("*.md")
    text = report.read_text(encoding="utf-8")
    assert "| preflight |" in text
    assert "just now" not in text.partition("| preflight |")[2]


@pytest.mark.parametrize("step", ["history", "deliver"])
def test_run_ends_the_same_when_it_was_stopped_right_after_a_step(
    counted: Callable[[str], Counted], uninterrupted: dict[str, Any], step: str
) -> None:
    found = counted("stopped")
    first = found.take_on(4, step, "after")
    assert first.error is not None
    again = found.take_on(4)
    assert again.error is None, again.error
    assert found.end() == uninterrupted
    assert (found.landed, found.built) == (1, 1), "something was done twice"
    resumed = again.more["resumed"]
    if step == "deliver":
        # all was done: the note of the delivery (built.json) says the same
        assert resumed is None
    else:
        assert resumed["reused"] == ["extract", "build"]
        assert resumed["run_id"] == first.run_id


def test_nothing_is_reused_when_the_source_changed_meanwhile(counted: Callable[[str], Counted]) -> None:
    found = counted("changed")
    assert found.take_on(4, "gates").error is not None
    found.world.texts = {4: "100% up to 4%"}
    again = found.take_on(4)
    assert again.error is None
    assert again.more["resumed"] is None
    assert (found.landed, found.built) == (2, 2)


@pytest.mark.parametrize(
    ("statement", "landed"),
    [
        ("update raw.plan_designs set match_formula = 'x' where _row = 2", 2),
        ("update dim_client set client_name = 'x'", 1),
    ],
)
def test_it_is_done_again_when_somebody_wrote_into_the_warehouse(
    counted: Callable[[str], Counted], statement: str, landed: int
) -> None:
    found = counted("touched")
    assert found.take_on(4, "gates").error is not None
    with duckdb.connect(str(found.world.where.warehouse)) as connection:
        connection.execute(statement)
    assert found.take_on(4).error is None
    assert (found.landed, found.built) == (landed, 2)


def test_nothing_is_reused_when_another_run_delivered_meanwhile(counted: Callable[[str], Counted]) -> None:
    found = counted("between")
    assert found.take_on(4, "render").error is not None
    assert found.world.run().error is None
    found.landed = found.built = 0
    again = found.take_on(4)
    assert again.error is None
    assert again.more["resumed"] is None


def test_run_takes_nothing_over_when_a_new_client_run_was_stopped(counted: Callable[[str], Counted]) -> None:
    found = counted("run")
    assert found.take_on(4, "render").error is not None
    outcome = found.world.run()
    assert outcome.error is None
    assert outcome.more["resumed"] is None
    assert found.built == 2


@pytest.mark.parametrize("identifier", ["AC\\ME 7", "AC  ME", "AC\nME", "AC_ME*7", "AC ME", "ACME-7"])
def test_report_is_refused_when_an_identifier_is_not_written_as_it_is(identifier: str) -> None:
    """An id of signs that Markdown takes for its own, or of blanks, would go out a little changed."""
    found = consultation(reference(1))
    found.gaps.append({"told": f"of {identifier}, once", "for_employees": None, "significance": "none"})
    client, stamp = Client("70001", reference(1), "exported"), Stamp("r", "2026-01-02T03:04:05Z")
    other = Scanner([("client_id", "AC ME 7x")])
    assert checked_report(found, client, stamp, [], other).startswith("# ")
    with pytest.raises(GateError) as caught:
        checked_report(found, client, stamp, [], Scanner([("client_id", identifier)]))
    assert caught.value.code == "blocked_e02"


def test_report_before_stays_when_a_report_is_replaced(tmp_path: Path) -> None:
    for content in (b"one", b"two", b"three"):
        put_report(tmp_path, "c1.md", content)
    assert (tmp_path / "c1.md").read_bytes() == b"three"
    assert [path.read_bytes() for path in sorted((tmp_path / "before").iterdir())] == [b"one", b"two"]


def test_only_the_new_client_gets_documents_when_it_is_taken_on(counted: Callable[[str], Counted]) -> None:
    found = counted("others")
    before = found.world.current()
    assert found.take_on(4).error is None
    now = found.world.current()
    del before["MANIFEST.json"]
    assert {name: now[name] for name in before} == before
    assert {name for name in now if name not in before} == {"MANIFEST.json", f"{reference(4)}_baseline.yaml"}


@pytest.mark.parametrize("name", [r"NORTH\WIND-7", "NORTH  WIND-7", "north_wind-7", "*7*north"])
def test_identifier_is_found_in_the_report_when_markdown_writes_it_in_another_way(name: str) -> None:
    """What people read is what must hold no identifier, whatever signs stand in the file."""
    written = f"| {escaped(f'of {name}, as told')} |"
    assert Scanner([("client_id", name)]).scan("report.md", [written, unescaped(written)])
