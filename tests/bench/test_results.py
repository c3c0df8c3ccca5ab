"""The table of the bench: ratios, bounds, what failed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.measure import Cost, Overdue, run
from bench.results import Row, machine, markdown, of_cost, unmet
from bench.run_bench import PAGE, Told, linear, measured, merged
from docs.blocks import filled

PEER = Cost(10.0, 8.0, 100.0, 5.0, 0)
OURS = of_cost("s", "ours", Cost(20.0, 4.0, 200.0, 9.0, 3), steps={"build": 15.0, "verify": 5.0})


def test_a_bound_is_not_met_when_the_ratio_is_above_it() -> None:
    """Unseen else: a target that is missed and called met."""
    assert OURS.against("peer", PEER, 2.0, "").is_met is True
    late = OURS.against("peer", PEER, 1.9, "")
    assert (late.ratio, late.cpu_ratio, late.is_met) == (2.0, 0.5, False)
    assert "**not met** (bound 1.9 x) (slowest step: build, 15.0 s)" in markdown([late], machine())
    assert unmet([OURS, late]) == ["s: ours / peer"]


def test_a_bound_of_seconds_is_not_met_when_nothing_was_measured() -> None:
    """Unseen else: what failed passes for fast."""
    assert Row("s", "a", 1199.0, bound=1200.0, is_absolute=True).is_met is True
    assert Row("s", "a", 1201.0, bound=1200.0, is_absolute=True).is_met is False
    assert Row("s", "a", bound=1200.0, is_absolute=True, error="gone").is_met is False
    assert Row("s", "a", 1.0).is_met is None


def test_the_rest_is_measured_and_written_when_an_item_fails(tmp_path: Path) -> None:
    """Unseen else: one fault late in an hour leaves no table at all, or hides that something is missing."""

    def broken() -> Iterator[Row]:
        yield Row("first", "half", 1.0)
        raise ValueError("no more | of it")

    def absent() -> Iterator[Row]:
        raise ModuleNotFoundError("gone", name="bench.none")

    told = Told(tmp_path / "now")
    measured([("first", broken), ("second", absent), ("third", lambda: [OURS])], told)
    assert [(row.name, bool(row.error)) for row in told.rows] == [
        ("half", False), ("first: stopped", True), ("second: not there", False), ("ours", False),
    ]  # fmt: skip
    kept = json.loads((tmp_path / "now.json").read_text())
    assert [row["name"] for row in kept["rows"]] == [row.name for row in told.rows]
    text = (tmp_path / "now.md").read_text()
    assert "failed: ValueError: no more \\| of it" in text
    assert "| build | 15.00 |" in text


def test_an_item_is_ended_when_the_time_is_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unseen else: one item that hangs, and a bench that nobody watches never ends."""
    monkeypatch.setattr("bench.run_bench.LEAST", 0.1)

    def hanging() -> Iterator[Row]:
        run(["sleep", "60"], timeout=100)
        yield OURS

    told = Told(tmp_path / "now")
    measured([("hangs", hanging), ("next", lambda: [OURS])], told, ends=0.0)
    assert [row.name for row in told.rows] == ["hangs: stopped", "ours"]
    assert "Overdue" in told.rows[0].error


def test_the_page_takes_the_table_when_it_is_filled() -> None:
    """Unseen else: an hour of measuring, and then no mark in the page to write it to."""
    assert "nothing yet" in filled(PAGE.read_text(encoding="utf-8"), {"bench": "nothing yet"})


def test_growth_is_compared_with_that_of_10_000_when_both_were_measured() -> None:
    """Unseen else: a step that is quadratic, within its 20 minutes today."""
    small = Row("10,000 clients", "planwise, all four targets", 10.0)
    large = Row("765,000 clients", "planwise, all four targets", 765.0)
    assert [row.ratio for row in linear([small, large])] == [1.0]
    assert list(linear([small])) == []
    assert [row.ratio for row in linear([small, Row("100,000 clients", small.name, 150.0)])] == [1.5]


def test_a_command_is_ended_with_its_children_when_it_is_overdue(tmp_path: Path) -> None:
    """Unseen else: a bench that hangs all night, or leaves processes that slow down what is measured next."""
    alive = tmp_path / "alive"
    with pytest.raises(Overdue):
        run(["sh", "-c", f"(sleep 0.8; touch '{alive}') & wait"], timeout=0.2)
    run(["sleep", "1"], timeout=5)
    assert not alive.exists()


def test_children_are_counted_when_a_command_has_some(tmp_path: Path) -> None:
    """Unseen else: a job that lets others work seems to cost nothing."""
    busy = "import time\nx = bytearray(60_000_000)\nwhile time.process_time() < 0.4: pass"
    cost = run(["sh", "-c", f"python3 -c '{busy}' & wait"], timeout=20)
    assert cost.cpu >= 0.4
    assert cost.peak_mb > 50
    with pytest.raises(RuntimeError, match="exit 7: it was so"):
        run(["sh", "-c", "echo it was so; exit 7"], timeout=5)


def test_earlier_rows_stand_where_nothing_was_measured_again() -> None:
    # else one item measured again would cost another hour for all the others
    before = [
        Row("One client", "one", 0.3, beside=0.1, bound=2.0).as_json(),
        Row("Watch", "Watch: stopped", error="Overdue: not done").as_json(),
        Row("Sample", "first", 20.0).as_json(),
    ]
    now = [Row("One client", "one", 0.2, beside=0.1, bound=2.0), Row("Watch", "p95", 6.0)]
    assert merged(before, now) == [now[0], Row("Sample", "first", 20.0), now[1]]
