"""What the pages say came out of the sample is what comes out of it."""

from __future__ import annotations

from docs import sample
from docs.generate import from_run, stale
from tests.e2e.command import Ran


def test_pages_are_current_when_the_sample_runs_again(untouched: Ran) -> None:
    """Without it the README could promise counts, or show a scenario, that nobody gets any more."""
    made = sample.blocks(untouched.report, untouched.place.out)
    found = stale(from_run(made))
    assert not found, f"{', '.join(map(str, found))}: stale; run `make docs` and look at the difference"


def test_reference_is_nobody_s_when_the_scenario_is_shown(untouched: Ran) -> None:
    """Without it the page would change with every run, and show the reference of somebody's home."""
    shown = sample.scenario(untouched.report, untouched.place.out)
    assert sample.PLACEHOLDER in shown
    refs = {client["client_ref"] for client in untouched.report["clients"]} - {None}
    assert refs
    assert not [ref for ref in refs if ref in shown]
