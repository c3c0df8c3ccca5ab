"""Rows of the Excel template that are no clients, told by what they say and never by where they stand."""

from __future__ import annotations

from collections.abc import Mapping

from harness.extract.columns import normalised
from harness.extract.source import Text

# How the template's row of explanations begins, per column. Three of these together are that row.
_DESCRIPTION_STARTS = {
    "client_id": "unique client id",
    "client_name": "company name",
    "industry": "healthcare, higher_ed, manufacturing",
    "employee_count": "number of employees",
    "state": "two-letter state code",
    "match_effective_rate": "effective match rate as %",
    "auto_enrollment_enabled": "yes or no",
    "auto_escalation_enabled": "yes or no",
    "data_source": "manualentry (default)",
}
_ENOUGH_DESCRIPTIONS = 3
_ENOUGH_HEADERS = 3

# The example client that every fresh template carries. One changed cell makes the row a client.
_EXAMPLE = {
    "client_id": "CLIENT-001",
    "client_name": "ABC University",
    "industry": "higher_ed",
    "employee_count": "2500",
    "state": "CA",
    "eligibility": "Immediate",
    "match_formula": "100% up to 4%",
    "match_effective_rate": "4",
    "match_eligibility_criteria": "All eligible employees",
    "match_last_day_work_rule": "No",
    "match_true_up": "Yes",
    "match_contribution_frequency": "per pay period",
    "nonelective_formula": "3% of compensation",
    "nonelective_eligibility_criteria": "All eligible employees",
    "nonelective_last_day_work_rule": "No",
    "nonelective_contribution_frequency": "annually",
    "auto_enrollment_enabled": "Yes",
    "auto_enrollment_rate": "3",
    "auto_enrollment_effective_year": "1900",
    "auto_escalation_enabled": "Yes",
    "auto_escalation_cap": "10",
    "vesting_schedule": "Immediate",
    "data_source": "ManualEntry",
    "notes": "Data from 2023 Form 5500",
}


def reason_to_skip(values: Mapping[str, Text]) -> str | None:
    """Why a row ({canonical column: text}) is no client, or None if it is one."""
    filled = {column: text for column, text in values.items() if text is not None and text.strip()}
    if len(filled) >= _ENOUGH_HEADERS and all(normalised(text) == column for column, text in filled.items()):
        return "repeated header row"
    described = sum(
        normalised(filled.get(column)).startswith(start) for column, start in _DESCRIPTION_STARTS.items()
    )
    if described >= _ENOUGH_DESCRIPTIONS:
        return "description row of the template"
    if _is_example(values, filled):
        return "untouched example row of the template"
    return None


def _is_example(values: Mapping[str, Text], filled: Mapping[str, str]) -> bool:
    """Every filled cell is the example's, and every column of the example that the file has is filled."""
    expected = {column: text for column, text in _EXAMPLE.items() if column in values}
    shown = {column: text.strip().removesuffix(".0") for column, text in filled.items()}
    return "client_id" in expected and "client_name" in expected and shown == expected
