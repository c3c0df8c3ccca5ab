"""Figures of scenario databases, against numbers worked out by hand and against Navigator's own."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from harness.navigator.outcomes import read_database
from harness.navigator.result import ScenarioResult, YearOutcome
from tests.harness.navigator_fixture import REAL, simulated

GRADED_5 = [0, 0.2, 0.4, 0.6, 0.8, 1]
REFERENCE = {
    # navigator.md, section 2: participation, average deferral, employee, match, core, pay (to the nearest 10)
    "baseline": {
        2025: ("0.9437", "0.0581", 3_003_598, 1_715_457, 497_250, 55_107_170),
        2026: ("0.9717", "0.0618", 3_550_915, 1_911_585, 525_573, 59_187_700),
    },
    "dm_beta": {
        2025: ("0.9320", "0.0660", 3_480_509, 1_535_440, 0, 56_781_136),
        2026: ("0.9736", "0.0664", 3_901_320, 1_728_144, 0, 61_251_548),
    },
}
FORFEITED = {
    # section 3, dm_beta 2026; the graded one to the cent of Navigator's own code
    "graded_5": (GRADED_5, "66031.73"),
    "cliff_2": ([0, 0, 1], "44646.06"),
    "cliff_3": ([0, 0, 0, 1], "71093.06"),
    "graded_6": ([0, 0, 0.2, 0.4, 0.6, 0.8, 1], "91945.36"),
}


def real(name: str, vesting: list[Any] | None = None) -> ScenarioResult:
    if not REAL.is_dir():
        pytest.skip(f"needs the real results in {REAL}")
    return read_database(name, REAL / f"{name}.duckdb", vesting=vesting)


@pytest.mark.shared
@pytest.mark.parametrize("name", REFERENCE)
def test_figures_are_those_of_navigator_when_a_real_database_is_read(name: str) -> None:
    result = real(name)
    assert [year.simulation_year for year in result.years] == [2025, 2026]
    for year in result.years:
        active, deferral, own, match, core, pay = REFERENCE[name][year.simulation_year]
        assert year.participation_rate_active is not None
        assert year.avg_deferral_participants is not None
        assert round(year.participation_rate_active, 4) == Decimal(active)
        assert round(year.avg_deferral_participants, 4) == Decimal(deferral)
        assert year.employee_contributions_amount is not None
        assert round(year.employee_contributions_amount) == own
        assert year.employer_match_amount is not None
        assert round(year.employer_match_amount) == match
        assert year.employer_core_amount is not None
        assert round(year.employer_core_amount) == core
        assert year.employer_total_amount == year.employer_match_amount + year.employer_core_amount
        assert year.compensation_amount is not None
        assert abs(year.compensation_amount - pay) < 10


@pytest.mark.shared
def test_three_participations_are_kept_apart_when_a_real_database_is_read() -> None:
    first = real("dm_beta").years[0]
    # 480 of 515 active; 473 of 508 active and eligible; 562 of all 600
    assert first.participation_rate_active == Decimal("0.932038834951")
    assert first.participation_rate_eligible == Decimal("0.931102362205")
    assert first.participation_rate_all == Decimal("0.936666666667")
    assert (first.eligible_employees, first.participants, first.employees) == (508, 480, 600)


@pytest.mark.shared
def test_cents_are_those_of_navigator_when_a_real_database_is_read() -> None:
    baseline, beta = real("baseline").years, real("dm_beta").years
    assert [str(year.employer_match_amount) for year in baseline] == ["1715457.20", "1911584.65"]
    assert [str(year.employer_core_amount) for year in baseline] == ["497250.31", "525573.11"]
    assert [str(year.employer_match_amount) for year in beta] == ["1535439.88", "1728144.00"]
    assert str(beta[1].employer_cost_rate) == "0.028213882860"


@pytest.mark.shared
@pytest.mark.parametrize(("vesting", "amount"), FORFEITED.values(), ids=FORFEITED)
def test_forfeitures_are_those_of_navigator_when_the_schedule_is_known(
    vesting: list[Any], amount: str
) -> None:
    first, second = real("dm_beta", vesting).years
    assert (first.forfeitures_amount, first.forfeitures_unknown_reason) == (None, "first_year")
    assert (str(second.forfeitures_amount), second.forfeitures_unknown_reason) == (amount, None)


@pytest.mark.shared
def test_run_is_told_when_a_real_database_is_read() -> None:
    result = real("dm_beta")
    assert (result.scenario_id, result.seed, result.navigator_version) == ("dm_beta", 4242, "2.4.0")
    assert result.echoes == ("simple",)
    assert result.rows_read == 1230
    assert str(result.config_fingerprint).startswith("6999b98a0cd1")
    assert real("baseline").echoes == ("tiered",)


def test_figures_are_right_when_worked_out_by_hand(tmp_path: Path) -> None:
    path = simulated(tmp_path / "a.duckdb", years=(2025,))
    (year,) = read_database("a", path, vesting=GRADED_5).years
    assert year == YearOutcome(
        simulation_year=2025,
        employees=5,
        active_employees=4,
        eligible_employees=3,
        participants=3,
        participation_rate_active=Decimal("0.75"),
        participation_rate_eligible=Decimal("0.666666666667"),
        participation_rate_all=Decimal("0.8"),
        avg_deferral_participants=Decimal("0.036666666667"),
        avg_deferral_all_eligible=Decimal("0.03"),
        employee_contributions_amount=Decimal("9300.00"),
        employer_match_amount=Decimal("4150.00"),
        employer_core_amount=Decimal("6300.00"),
        employer_total_amount=Decimal("10450.00"),
        compensation_amount=Decimal("270000.00"),
        employer_cost_rate=Decimal("0.038703703704"),
        forfeitures_amount=None,
        forfeitures_unknown_reason="first_year",
    )


def leaver(connection: duckdb.DuckDBPyConnection, who: str, tenure: int, paid: float) -> None:
    row = "'active', 'eligible', true, 'participating', 0.05"
    gone = row.replace("active", "terminated", 1)
    for year, text, amount in ((2025, row, paid), (2026, gone, 0)):
        connection.execute(
            f"insert into fct_workforce_snapshot values ('{who}', 'x', {year}, {text}, {tenure}, 0, 0,"
            f" {amount}, 0, {amount})"
        )


def test_forfeiture_is_rounded_a_person_to_the_even_cent_when_it_lies_between_two(tmp_path: Path) -> None:
    path = simulated(tmp_path / "a.duckdb", years=(2025, 2026), people=())
    with duckdb.connect(str(path)) as connection:
        leaver(connection, "a", 1, 0.25)  # half of it is 12.5 cents: 12, the even one
        leaver(connection, "b", 1, 0.75)  # 37.5 cents: 38
        leaver(connection, "c", 9, 100.00)  # beyond the schedule: vested
        leaver(connection, "d", 0, 10.00)  # nothing vested
        leaver(connection, "e", 1, 9_000_000_000.01)  # half a cent again: down to the even one
    years = read_database("a", path, vesting=[0, "0.5", 1]).years
    assert [year.forfeitures_amount for year in years] == [None, Decimal("4500000010.50")]


def test_forfeitures_are_unknown_and_not_zero_when_the_schedule_is(tmp_path: Path) -> None:
    path = simulated(tmp_path / "a.duckdb", years=(2025, 2026))
    first, second = read_database("a", path, vesting=None).years
    assert (first.forfeitures_amount, first.forfeitures_unknown_reason) == (None, "first_year")
    assert (second.forfeitures_amount, second.forfeitures_unknown_reason) == (None, "vesting_unknown")
    known = read_database("a", path, vesting=[0, 1]).years[1]
    assert known.forfeitures_amount == Decimal("0.00")


def test_rates_are_unknown_when_nobody_is_active(tmp_path: Path) -> None:
    gone = ("p5", "terminated", "eligible", True, 0.05, 1, 1000.0, 0.0, 0.0, 0.0)
    (year,) = read_database(
        "a", simulated(tmp_path / "a.duckdb", years=(2025,), people=(gone,)), vesting=[1]
    ).years
    assert year.participation_rate_active is None
    assert year.participation_rate_eligible is None
    assert year.avg_deferral_participants is None
    assert year.employer_cost_rate is None
    assert year.employer_match_amount == Decimal("0.00")


def test_no_person_leaves_when_a_database_is_read(tmp_path: Path) -> None:
    result = read_database("a", simulated(tmp_path / "a.duckdb"), vesting=GRADED_5)
    assert "900-00" not in repr(result)
    assert not any(f"'p{number}'" in repr(result) for number in range(1, 6))
