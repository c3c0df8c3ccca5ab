"""Counts that add up, statuses, and what a person reads."""

import pytest

from harness.config import settings
from harness.errors import DeliveryError, GateError, LockedError, PlanwiseError, SourceError
from harness.outcome import Client, Clients
from harness.render import Stamp
from harness.report import Outcome, exit_status, summary, top_reasons
from harness.run import Request, Run
from tests.harness.world import finding, reference, result


def a_run(*statuses: str, source_rows: int | None = None, asked: tuple[str, ...] = ()) -> Run:
    clients = [Client(str(70000 + n), reference(n), status) for n, status in enumerate(statuses, start=1)]
    run = Run(settings("h", "o"), Request("run", clients=asked), Stamp("r", "t"), clients=Clients(clients))
    run.rejected = [{"file": "m.csv", "sheet": None, "row": 9, "client_id": "dup", "problem": "duplicate"}]
    run.source_rows = len(clients) + 1 if source_rows is None else source_rows
    return run


def filled(run: Run, error: PlanwiseError | None = None) -> Outcome:
    outcome = Outcome("r", "run", "t", error=error)
    outcome.fill(run)
    return outcome


def test_counts_add_up_when_clients_went_every_way() -> None:
    outcome = filled(a_run("exported", "held", "rejected", "exported"))
    assert outcome.counts == {"source": 5, "exported": 2, "held": 1, "rejected": 2}
    assert outcome.status == "partial"
    assert exit_status(outcome) == 3


@pytest.mark.parametrize("lost", [(4, "exported"), (2, "exportable")])
def test_run_is_blocked_when_counts_dont_add_up(lost: tuple[int, str]) -> None:
    # a row that is neither out nor held is a row that nobody looks for
    outcome = filled(a_run(lost[1], source_rows=lost[0]))
    assert outcome.error is not None
    assert outcome.error.code == "counts_differ"
    assert exit_status(outcome) == 4


def test_everybody_is_held_by_the_error_when_the_run_failed() -> None:
    outcome = filled(a_run("exported", "exportable", "held"), DeliveryError("disk", "full", "make room"))
    assert outcome.counts == {"source": 4, "exported": 0, "held": 3, "rejected": 1}
    assert all(client.reasons[-1]["code"] == "disk" for client in outcome.clients)


def test_counts_are_about_the_asked_for_when_the_run_was_narrowed() -> None:
    outcome = filled(a_run("exported", "exportable", asked=("70001",)))
    assert outcome.counts == {"source": 1, "exported": 1, "held": 0, "rejected": 0}


@pytest.mark.parametrize(
    ("error", "status", "exit_with"),
    [
        (SourceError("a", "b"), "failed", 2),
        (GateError("a", "b"), "blocked", 4),
        (DeliveryError("a", "b"), "failed", 5),
        (LockedError("a", "b"), "locked", 75),
        (PlanwiseError("a", "b"), "failed", 1),
    ],
)
def test_status_follows_the_error_when_there_is_one(
    error: PlanwiseError, status: str, exit_with: int
) -> None:
    outcome = filled(a_run("held"), error)
    assert (outcome.status, exit_status(outcome)) == (status, exit_with)


def test_reason_is_counted_once_a_client_when_it_comes_twice() -> None:
    run = a_run("exportable", "exportable")
    run.clients.apply([result("P10", "hold", [finding(1), finding(1), finding(2)])], ["navigator"])
    assert top_reasons(filled(run)) == [("P10 match_formula: no_match_rate", 2)]


def test_summary_says_counts_reasons_and_seconds_when_a_run_ended() -> None:
    run = a_run("exported", "exportable")
    run.clients.apply([result("P10", "hold", [finding(2)])], ["navigator"])
    outcome = filled(run)
    outcome.seconds = {"extract": 0.5, "build": 8.25}
    lines = "\n".join(summary(outcome, run.settings))
    for part in ("3 clients", "1 exported", "1 held", "1 rejected", "P10 match_formula", "build 8.2"):
        assert part in lines
