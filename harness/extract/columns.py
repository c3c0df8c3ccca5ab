"""The names of the Design Matrix: which columns there are, which must be there, and which version has which.

Source: the three schema versions of issue 2 and the files in ../shared/data/design_matrix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from harness.errors import SourceError
from harness.extract.source import Kind, SchemaVersion

CANONICAL = [
    "client_id",
    "plan_id",
    "client_name",
    "plan_name",
    "plan_type",
    "industry",
    "employee_count",
    "annual_payroll",
    "state",
    "eligibility",
    "match_formula",
    "match_effective_rate",
    "match_eligibility_criteria",
    "match_last_day_work_rule",
    "match_true_up",
    "match_contribution_frequency",
    "nonelective_formula",
    "nonelective_eligibility_criteria",
    "nonelective_last_day_work_rule",
    "nonelective_contribution_frequency",
    "auto_enrollment_enabled",
    "auto_enrollment_rate",
    "auto_enrollment_effective_year",
    "auto_escalation_enabled",
    "auto_escalation_cap",
    "auto_escalation_rate",
    "vesting_schedule",
    "participation_rate",
    "avg_deferral_rate",
    "data_source",
    "last_updated",
    "notes",
    "updated_at",
    "updated_by",
    "data_quality_score",
    "last_verified_at",
    "verified_by",
    "plan_effective_on",
    "plan_amended_on",
    "plan_year_start_on",
    "plan_year_end_on",
]
REQUIRED = [
    "client_id",
    "client_name",
    "industry",
    "employee_count",
    "auto_enrollment_enabled",
    "data_source",
    "match_formula",
    "vesting_schedule",
]
V3_ONLY = frozenset(
    (
        "updated_at",
        "updated_by",
        "data_quality_score",
        "last_verified_at",
        "verified_by",
        "auto_escalation_rate",
    )
)
_KNOWN = frozenset(CANONICAL)
_LISTED = 20


def normalised(name: object) -> str:
    """A header as it is compared: text, trimmed (a byte order mark too), lower case."""
    return str(name if name is not None else "").strip("\ufeff").strip().lower()


def canonical_name(name: object) -> str | None:
    """The Design Matrix column that `name` is, or None."""
    key = normalised(name)
    return key if key in _KNOWN else None


def known_count(names: Iterable[object]) -> int:
    """How many different Design Matrix columns occur among `names`: tells a header row from other rows."""
    return len({key for name in names if (key := canonical_name(name))})


def required_columns(present: Iterable[str]) -> list[str]:
    """The columns that must be there: v1 is keyed by plan_id, everything later by client_id."""
    keys = set(present)
    is_v1 = "plan_id" in keys and "client_id" not in keys
    return ["plan_id" if is_v1 and column == "client_id" else column for column in REQUIRED]


def missing_columns(names: Iterable[object]) -> list[str]:
    present = {normalised(name) for name in names}
    return [column for column in required_columns(present) if column not in present]


def match_header(names: Sequence[object], where: str) -> list[str | None]:
    """Canonical name (or None) per position of a header.

    `where` names file and sheet or table in the messages. SourceError for a column that occurs twice after
    trimming and lower case, and for a required one that is missing (with the nearest name that is present).
    """
    keys = [normalised(name) for name in names]
    twice = [key for key, count in Counter(key for key in keys if key).items() if count > 1]
    if twice:
        places = [str(index) for index, key in enumerate(keys, 1) if key == twice[0]]
        raise SourceError(
            "duplicate_column",
            f"{where}: the column {twice[0]!r} occurs {len(places)} times (columns {', '.join(places)})",
            "Keep one of them, or rename the other, and run again.",
        )
    missing = missing_columns(names)
    if missing:
        raise SourceError("missing_column", missing_message(where, missing, names), missing_hint(names))
    return [key if key in _KNOWN else None for key in keys]


def near_miss_notes(names: Sequence[object], where: str) -> list[str]:
    """One sentence per unknown extra column, with the known name that it resembles, if any is absent."""
    present = {normalised(name) for name in names}
    absent = [column for column in CANONICAL if column not in present]
    notes = []
    for name in names:
        key = normalised(name)
        if key and key not in _KNOWN:
            near = get_close_matches(key, absent, n=1, cutoff=0.85)
            guess = f"; did you mean {near[0]!r}?" if near else ""
            shown = str(name)
            notes.append(f"{where}: the column {shown!r} is not one of the Design Matrix; not read{guess}")
    return notes


def schema_version(names: Iterable[object], kind: Kind) -> SchemaVersion:
    """The version, by columns only.

    plan_id as the key is v1, any column that v3 added is v3, a sheet or text file without last_updated is the
    template, which never had it, and the rest is v2.
    """
    if kind == "document":
        return "document"
    present = {normalised(name) for name in names}
    if "client_id" not in present:
        return "v1"
    if present & V3_ONLY:
        return "v3"
    return "template" if kind != "duckdb" and "last_updated" not in present else "v2"


def missing_message(where: str, missing: list[str], names: Sequence[object]) -> str:
    """Which required columns a header lacks, each with the nearest name that it has."""
    present = [key for name in names if (key := normalised(name)) and key not in _KNOWN]
    parts = []
    for column in missing:
        near = get_close_matches(column, present, n=1, cutoff=0.6)
        parts.append(f"{column!r}" + (f" (did you mean the column {near[0]!r}?)" if near else ""))
    noun = "column is" if len(parts) == 1 else "columns are"
    return f"{where}: the required {noun} missing: {', '.join(parts)}"


def missing_hint(names: Sequence[object]) -> str:
    """What to do about a header that lacks columns."""
    shown = [str(name) for name in names if normalised(name)]
    more = f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else ""
    return f"Name the header exactly so and run again. Present: {', '.join(shown[:_LISTED]) or 'none'}{more}."
