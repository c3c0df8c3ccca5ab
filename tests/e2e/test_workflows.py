"""`peers`, `recommend`, `new-client` and `batch` as a user types them, on the sample."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.e2e.command import (
    COMMAND,
    Place,
    Ran,
    environment,
    finish,
    planwise,
    scenario_names,
    start,
    tokens,
)
from tests.e2e.conftest import History
from tests.e2e.matrices import sample_rows
from tests.harness.builders import write_csv

NEW = "DM-9001"
WIDTH = 80


def asks(place: Place, *arguments: str | Path, out: Path | None = None, **env: str) -> Ran:
    """Run a command that reads what is published in the home of a place; its deliveries go to `out`."""
    where = [] if out is None else ["--out", str(out)]
    done = subprocess.run(
        [COMMAND, *map(str, arguments), "--home", str(place.home), *where],
        env=environment(**env),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout, done.stderr, place, None)


def wide(text: str) -> list[str]:
    return [line for line in text.splitlines() if len(line) > WIDTH]


@pytest.fixture(scope="module")
def marts(sample: History) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(sample.rebuilt.place.marts), read_only=True)


def numbers(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def test_peers_prints_the_marts_figures_when_a_consultant_asks(
    sample: History, marts: duckdb.DuckDBPyConnection
) -> None:
    place = sample.rebuilt.place
    ref = sample.first.clients["DM-1005"]["client_ref"]
    by_id, by_ref = asks(place, "peers", "DM-1005"), asks(place, "peers", ref)
    assert (by_id.status, by_id.stdout) == (0, by_ref.stdout)
    assert wide(by_id.stdout) == []
    ((plans, organisations),) = numbers(
        marts, f"select plans, organisations from fct_peer_step where client_ref = '{ref}' and is_chosen"
    )
    assert f"Peers: {plans} plans of {organisations} organisations" in by_id.stdout
    ((median, percentile, n),) = numbers(
        marts,
        "select median, percentile, n from fct_peer_benchmark"
        f" where client_ref = '{ref}' and feature = 'default_deferral_rate'",
    )
    (line,) = re.findall(r"^Default deferral rate .*$", by_id.stdout, re.M)
    assert float(line.split()[-2].rstrip("%")) == pytest.approx(float(median) * 100)
    assert int(re.findall(r"(\d+)(?:st|nd|rd|th)", line)[0]) == pytest.approx(percentile * 100, abs=0.5)
    assert int(line.split()[-1]) == n
    gaps = numbers(marts, f"select count(*) from fct_gap where client_ref = '{ref}'")
    assert f"Gaps: {gaps[0][0]}" in by_id.stdout


@pytest.mark.parametrize("command", ["peers", "recommend"])
def test_lines_are_ascii_when_the_encoding_has_no_blocks(sample: History, command: str) -> None:
    ran = asks(sample.rebuilt.place, command, "DM-1005", PYTHONIOENCODING="ascii", COLUMNS="80")
    assert ran.status == 0, ran.said()
    assert ran.stdout.isascii()
    assert "\x1b" not in ran.stdout
    assert wide(ran.stdout) == []


def test_recommend_prints_seven_parts_and_scenario_or_reason(
    sample: History, marts: duckdb.DuckDBPyConnection
) -> None:
    told = numbers(
        marts,
        "select client_ref, recommendation, priority, delivery_key, not_exported_message"
        " from fct_recommendation join dim_client using (client_ref)"
        " qualify count(*) over (partition by client_ref) >= 3 order by client_name, priority, recommendation"
        " limit 6",
    )
    for ref in {row[0] for row in told}:
        ran = asks(sample.rebuilt.place, "recommend", ref)
        assert ran.status == 0, ran.said()
        said = " ".join(ran.stdout.split())
        order = re.findall(r"^(P\d) (\w+)$", ran.stdout, re.M)
        assert [priority for priority, _ in order] == sorted(priority for priority, _ in order)
        for _, name, priority, key, message in (row for row in told if row[0] == ref):
            assert (priority, name) in order
            assert (key or " ".join(message.split())) in said
        for part in ("gap", "change", "expected", "cost", "complexity", "timeline", "evidence", "source"):
            assert len(re.findall(rf"^  {part} ", ran.stdout, re.M)) == len(order)


@pytest.mark.parametrize("command", ["peers", "recommend"])
def test_json_is_whole_and_names_nobody_internally(sample: History, command: str) -> None:
    ran = asks(sample.rebuilt.place, command, "DM-1003", "--json")
    found = json.loads(ran.stdout)
    assert found["client"]["client_ref"] == sample.first.clients["DM-1003"]["client_ref"]
    assert "dm-1003" not in ran.stdout.casefold()
    assert found["missing"]


def test_nearest_client_is_named_when_there_is_none_such(sample: History) -> None:
    ran = asks(sample.rebuilt.place, "peers", "DM-1oo5")
    assert ran.status == 2
    assert "nearest: DM-1" in ran.stderr


def test_nothing_published_is_said_when_the_home_is_new(tmp_path: Path) -> None:
    for arguments in (("peers", "x"), ("recommend", "x"), ("batch",)):
        ran = asks(Place(tmp_path / "empty"), *arguments)
        assert ran.status == 2
        assert "nothing was published" in ran.stderr


@dataclass(frozen=True)
class TakenOn:
    """A new client in a matrix, killed between build and gates, and started again."""

    before: dict[str, bytes]
    killed_at: list[str]
    in_between: dict[str, bytes]
    again: Ran
    place: Place

    @property
    def client(self) -> dict[str, Any]:
        found: dict[str, Any] = self.again.clients[NEW]
        return found


@pytest.fixture(scope="module")
def taken_on(sample: History, tmp_path_factory: pytest.TempPathFactory) -> TakenOn:
    root = tmp_path_factory.mktemp("new client")
    place = sample.rebuilt.place.copy(root / "place")
    rows = sample_rows(sample.source)
    template = next(row for row in rows if row["client_id"] == "DM-1005")
    new = template | {"client_id": NEW, "client_name": "Brackenfold Clinic"}
    source = write_csv(root / "matrix.csv", [*rows, new])
    before = place.files()
    process = start(place, "new-client", source, "--client", NEW)
    assert process.stderr
    seen: list[str] = []
    for line in process.stderr:
        seen.append(line.split()[0])
        if seen[-1] == "build":
            process.kill()
            break
    finish(process, place)
    in_between = place.files()
    again = planwise(place, "new-client", source, "--client", NEW)
    return TakenOn(before, seen, in_between, again, place)


def test_new_client_goes_on_behind_the_build_when_it_was_killed_there(taken_on: TakenOn) -> None:
    assert taken_on.killed_at[-1] == "build"
    assert taken_on.in_between == taken_on.before, "half a run was seen"
    assert taken_on.again.status == 0, taken_on.again.said()
    report = taken_on.again.report
    assert report["resumed"]["reused"] == ["extract", "build"]
    assert "were not done again" in taken_on.again.stdout
    steps = [
        "preflight", "extract", "review", "build", "gates", "peers", "recommend", "plan", "render", "verify",
        "history", "publish", "bi", "report", "deliver", "send",
    ]  # fmt: skip
    assert list(report["seconds"]) == steps
    told = [line.split()[0] for line in taken_on.again.stderr.splitlines() if not line.startswith(" ")]
    assert told == steps


def test_only_its_documents_are_new_when_a_client_is_taken_on(taken_on: TakenOn, sample: History) -> None:
    names = set(scenario_names(taken_on.client))
    now = dict(taken_on.again.files)
    assert names == set(now) - set(taken_on.before)
    assert {n: now[n] for n in taken_on.before if n != "MANIFEST.json"} == {
        n: content for n, content in taken_on.before.items() if n != "MANIFEST.json"
    }
    # the same design as its twin's: the same recommendations, but for the name and what peers are like
    twin = {Path(name).stem.split("_", 1)[1] for name in scenario_names(sample.first.clients["DM-1005"])}
    assert {Path(name).stem.split("_", 1)[1] for name in names} == twin


def test_report_for_people_says_it_all_when_a_client_is_taken_on(taken_on: TakenOn) -> None:
    ref = taken_on.client["client_ref"]
    text = (taken_on.place.out / "reports" / "new_client" / f"{ref}.md").read_text()
    for heading in ("# Brackenfold Clinic", "## Peers", "## Gaps", "## Recommendations", "## Warnings",
                    "## To say more", "## The run"):  # fmt: skip
        assert f"{heading}\n" in text
    assert not {"dm", "9001", "csv"} & tokens([text])
    (told,) = taken_on.again.report["new_clients"]
    assert (told["client_ref"], told["report"]) == (ref, f"reports/new_client/{ref}.md")
    assert told["peers"] >= 20
    peers = asks(taken_on.place, "peers", NEW)
    assert f"Peers: {told['peers']} plans" in peers.stdout
    # against the run before the new client came
    batch = asks(taken_on.place, "batch", "--json", out=taken_on.place.out)
    assert json.loads(batch.stdout)["compared_with"]


def test_batch_reports_on_everybody_when_nothing_narrows_it(
    sample: History, marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    ran = asks(sample.rebuilt.place, "batch", "--json", out=tmp_path)
    assert ran.status == 0, ran.said()
    found = json.loads(ran.stdout)
    assert found["counts"]["clients"] == numbers(marts, "select count(*) from dim_client")[0][0]
    (place,) = (tmp_path / "reports").iterdir()
    assert found["delivered"] == {"reports": str(place)}
    with (place / "segments.csv").open(newline="") as stream:
        cells = {(row["segment"], row["measure"]): row for row in csv.DictReader(stream)}
    ((n, having_it),) = numbers(
        marts,
        "select count(*), count(*) filter (where client_value = 1) from fct_peer_benchmark"
        " join dim_client_segment using (client_ref)"
        " where feature = 'auto_enrollment' and industry = 'healthcare' and client_value is not null",
    )
    assert n >= 20
    cell = cells["healthcare", "auto_enrollment"]
    assert (int(cell["n"]), int(cell["having_it"])) == (n, having_it)
    assert cells["other", "auto_enrollment"]["n"] == ""
    with (place / "clients.csv").open(newline="") as stream:
        refs = {row["client_ref"] for row in csv.DictReader(stream)}
    assert refs == {ref for (ref,) in numbers(marts, "select client_ref from dim_client")}
    everything = "".join(path.read_text() for path in place.iterdir()).casefold()
    assert not [client_id for client_id in sample.first.clients if client_id.casefold() in everything]
    names = numbers(marts, "select client_name from dim_client where length(client_name) > 8")
    assert not [name for (name,) in names if name.casefold() in everything]


def test_others_are_reported_when_a_client_of_the_list_is_unknown(sample: History, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("DM-1001\nDM-4242\nDM-1002\n")
    ran = asks(sample.rebuilt.place, "batch", "--clients", listed, out=tmp_path)
    assert ran.status == 3
    assert "left out: DM-4242" in ran.stderr
    assert ran.stdout.startswith("2 clients")
    (place,) = (tmp_path / "reports").iterdir()
    assert "4242" not in "".join(path.read_text() for path in place.iterdir())
