"""Answers of Navigator's analytics, by hand: reference numbers of navigator.md, in the API's own units."""

from __future__ import annotations

from typing import Any

YEARS = (2025, 2026, 2027)
# dm_beta of navigator.md (employee, match, core, compensation), and a third year of our own
_MONEY = {
    2025: (3480509.1234, 1535440.2899999998, 0.0, 56781136.402),
    2026: (3901320.55, 1728144.115, 0.0, 61251548.0),
    2027: (4000000.0, 1800000.0, 12.345678, 62000000.0),
}
_PEOPLE = {2025: (600, 515, 480), 2026: (610, 530, 516), 2027: (620, 540, 520)}


def dc_plan(active_only: bool, years: tuple[int, ...] = YEARS, **changes: Any) -> dict[str, Any]:
    """`contribution_by_year` as the server words it: amounts, a decimal deferral rate, percent numbers.

    `changes` go into the second year.
    """
    rows = [_year(year, active_only) for year in years]
    if len(rows) > 1:
        rows[1] |= changes
    return {"contribution_by_year": rows, "total_eligible": 1, "participation_rate": 1.0}


def _year(year: int, active_only: bool) -> dict[str, Any]:
    employee, match, core, pay = _MONEY[year]
    everyone, active, participants = _PEOPLE[year]
    # among all rows there are people who were enrolled and left; their money is in the sums
    people, enrolled = (active, participants) if active_only else (everyone, participants + 70)
    share = 0.9 if active_only else 1.0
    cost = (match + core) * share
    return {
        "year": year,
        "total_employee_contributions": employee * share,
        "total_employer_match": match * share,
        "total_employer_core": core * share,
        "total_employer_cost": cost,
        "total_all_contributions": cost + employee * share,
        "participant_count": enrolled,
        "total_eligible_count": people,
        "average_deferral_rate": 0.06604411764705884,
        "participation_rate": round(enrolled / people * 100, 2),
        "total_compensation": pay * share,
        "employer_cost_rate": round(cost / (pay * share) * 100, 2),
        "employee_contribution_rate": round(employee / pay * 100, 2),
    }


FORFEITURES = [
    {"simulation_year": 2025, "has_prior_year_basis": False, "forfeited_amount": 0.0},
    {"simulation_year": 2026, "has_prior_year_basis": True, "forfeited_amount": 66031.73},
    {"simulation_year": 2027, "has_prior_year_basis": True, "forfeited_amount": 0.0},
]
