"""The bench in small: the whole job on 1,000 generated clients, beside the script by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bench import places
from bench.matrix import write
from bench.measure import run
from docs.sample import sample_day
from tests.e2e.command import Place

CLIENTS = 1000
GENEROUS = 12.0
"""So many times the script's processor seconds: at this size start-up is most of ours."""


def test_the_whole_job_stays_beside_the_script_by_hand_when_1_000_clients_are_generated(
    new_place: Callable[[str], Place], tmp_path: Path
) -> None:
    """Unseen else: a step that has become several times slower, until the next full bench."""
    source = tmp_path / "matrix.csv"
    write(source, CLIENTS)
    place = places.Place(new_place("bench").root)
    day = {"PLANWISE_AS_OF": sample_day()}
    ours = run(place.command("run", str(source), "--target", "navigator"), timeout=600, environment=day)
    counts = place.report()["counts"]
    assert counts["source"] == CLIENTS
    # one row of twenty is dirty, and some dirt is only worth a warning
    assert 0.90 * CLIENTS < counts["exported"] < 0.99 * CLIENTS
    refs = place.references(tmp_path / "refs.csv")
    script = [sys.executable, "-m", "bench.peer_pandas", str(source), str(refs), str(tmp_path / "hand")]
    hand = run(script, timeout=600, environment=day)
    assert len(list((tmp_path / "hand").iterdir())) > 0.95 * CLIENTS
    assert ours.cpu < GENEROUS * hand.cpu, (ours, hand, place.report()["seconds"])
