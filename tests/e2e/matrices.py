"""Small Design Matrices, made from scratch, each client with the design that a person reads in its row."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

from tests.e2e.command import SAMPLE
from tests.e2e.designs import Design, design
from tests.harness.builders import add_table, write_csv, write_workbook

Row = dict[str, Any]
TODAY = datetime.now(UTC).date()
RECENT = (TODAY - timedelta(days=9)).isoformat()
_SAFE_HARBOUR = [["0", "0.03", "1"], ["0.03", "0.05", "0.5"]]
_CLIFF = [0, 0, 0, 1]
_NOBODY_LEFT_OUT = [0, 0, False]

# What a person reads, beside the row that says it.
CLIENTS: dict[str, tuple[Row, dict[str, Any]]] = {
    "KX-501": (
        {
            "industry": "healthcare",
            "match_formula": "50% up to 6%",
            "vesting_schedule": "3-year cliff",
            "eligibility": "1 year",
            "auto_enrollment_enabled": "no",
            "auto_escalation_enabled": "no",
            "participation_rate": "82.5%",
            "avg_deferral_rate": "6.1%",
        },
        {
            "match": [["0", "0.06", "0.5"]],
            "vesting": _CLIFF,
            "wait": {"months": 12},
            "match_rule": [1, 0, False],
            "participation": "0.825",
            "deferral": "0.061",
        },
    ),
    "KX-502": (
        {
            "industry": "higher_ed",
            "match_formula": "100% up to 3%, then 50% up to 5%",
            "vesting_schedule": "Immediate",
            "eligibility": "Immediate",
            "auto_enrollment_enabled": "no",
            "auto_escalation_enabled": "no",
            "nonelective_formula": "2% of compensation",
        },
        {
            "match": _SAFE_HARBOUR,
            "core": "0.02",
            "vesting": [1],
            "wait": {"months": 0},
            "match_rule": _NOBODY_LEFT_OUT,
            "core_rule": _NOBODY_LEFT_OUT,
        },
    ),
    "KX-503": (
        {
            "industry": "manufacturing",
            "match_formula": "100% up to 4%",
            "vesting_schedule": "5-year graded",
            "eligibility": "90 days",
            "auto_enrollment_enabled": "yes",
            "auto_enrollment_rate": "3%",
            "auto_enrollment_effective_year": "1900",
            "auto_escalation_enabled": "yes",
            "auto_escalation_cap": "10%",
            "auto_escalation_rate": "1%",
        },
        {
            "match": [["0", "0.04", "1"]],
            "vesting": [0, "0.2", "0.4", "0.6", "0.8", 1],
            "wait": {"days": 90},
            "match_rule": _NOBODY_LEFT_OUT,
            "auto_enrolment": ["0.03", 1900],
            "escalation": ["0.01", "0.10"],
        },
    ),
    "KX-504": (
        {
            "industry": "nonprofit",
            "match_formula": "No match",
            "vesting_schedule": "2-year cliff",
            "eligibility": "6 months",
            "auto_enrollment_enabled": "yes",
            "auto_enrollment_rate": "4%",
            "auto_enrollment_effective_year": "2019",
            "auto_escalation_enabled": "no",
            "nonelective_formula": "4% 0-5 years, 6% 5+ years",
        },
        {
            "core": {"service": [[0, 5, "0.04"], [5, None, "0.06"]]},
            "vesting": [0, 0, 1],
            "wait": {"months": 6},
            "core_rule": _NOBODY_LEFT_OUT,
            "auto_enrolment": ["0.04", 2019],
        },
    ),
    "KX-505": (
        {
            "industry": "government",
            "match_formula": "50% up to 4% (0-5 yrs); 100% up to 4% (5+ yrs)",
            "vesting_schedule": "6-year graded",
            "eligibility": "1 year, 1000 hours",
            "auto_enrollment_enabled": "no",
            "auto_escalation_enabled": "no",
        },
        {
            "match": {"bands": [[0, 5, [["0", "0.04", "0.5"]]], [5, None, [["0", "0.04", "1"]]]]},
            "vesting": [0, 0, "0.2", "0.4", "0.6", "0.8", 1],
            "wait": {"months": 12},
            "match_rule": [1, 1000, False],
        },
    ),
    "KX-506": (
        {
            "industry": "other",
            "match_formula": "6% match",
            "vesting_schedule": "3-year cliff",
            "eligibility": "Immediate",
            "auto_enrollment_enabled": "no",
            "auto_escalation_enabled": "no",
        },
        {},
    ),
}
HELD = "KX-506"
AUTO_ENROLLING = ("KX-503", "KX-504")

_V1 = (
    "plan_id",
    "client_name",
    "plan_name",
    "plan_type",
    "industry",
    "employee_count",
    "state",
    "match_formula",
    "match_effective_rate",
    "auto_enrollment_enabled",
    "auto_enrollment_rate",
    "vesting_schedule",
    "participation_rate",
    "avg_deferral_rate",
    "data_source",
    "last_updated",
    "notes",
)
_V3_ONLY = ("auto_escalation_rate",)
_BOOLEANS = ("auto_enrollment_enabled", "auto_escalation_enabled")


def rows() -> list[Row]:
    """All clients, every column in every row."""
    names = dict.fromkeys(name for row, _ in CLIENTS.values() for name in row)
    return [
        {
            "client_id": client_id,
            "client_name": f"Works {client_id[-1]} & Daughters",
            "employee_count": "1200",
            "state": "OH",
            "plan_type": "401(k)",
            **{name: row.get(name, "") for name in names},
            "data_source": "SPD",
            "last_updated": RECENT,
        }
        for client_id, (row, _) in CLIENTS.items()
    ]


def designs(without: Sequence[str] = ()) -> dict[str, Design]:
    """The hand-read designs of the clients that go out."""
    return {key: design(read) for key, (_, read) in CLIENTS.items() if key != HELD and key not in without}


def _without(columns: Sequence[str], found: Sequence[Row]) -> list[Row]:
    return [{name: value for name, value in row.items() if name not in columns} for row in found]


def typed(row: Row) -> Row:
    """As a database holds it: fractions, booleans, null."""
    out: Row = {}
    for name, value in row.items():
        text = str(value)
        if text == "":
            out[name] = None
        elif name in _BOOLEANS:
            out[name] = text == "yes"
        elif name.endswith(("_rate", "_cap")) and text.endswith("%"):
            out[name] = float(text[:-1]) / 100
        else:
            out[name] = text
    return out


def write_kind(kind: str, folder: Path) -> Path:
    """The six clients as one of: v1, v2, v3, csv, parquet, xlsx, yaml, json, directory."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "csv":
        return write_csv(folder / "small matrix.csv", rows())
    if kind == "xlsx":
        table = rows()
        return write_workbook(
            folder / "template.xlsx", [list(table[0]), *(list(row.values()) for row in table)]
        )
    if kind == "parquet":
        path = folder / "matrix.parquet"
        source = write_csv(folder / "for_parquet.csv", rows())
        duckdb.sql(f"copy (from read_csv('{source}', all_varchar = true)) to '{path}' (format parquet)")
        source.unlink()
        return path
    if kind in ("v1", "v2", "v3"):
        return _database(kind, folder / "somebody.duckdb")
    documents = [_document(row) for row in rows()]
    if kind == "yaml":
        path = folder / "plans.yaml"
        path.write_text(yaml.safe_dump_all(documents, sort_keys=False), encoding="utf-8")
        return path
    if kind == "json":
        path = folder / "plans.json"
        path.write_text(json.dumps(documents), encoding="utf-8")
        return path
    for index, document in enumerate(documents):
        name = f"plan-{index}.json" if index % 2 else f"plan-{index}.yml"
        text = json.dumps(document) if index % 2 else yaml.safe_dump(document, sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "README.txt").write_text("not a plan", encoding="utf-8")
    return folder


def _database(version: str, path: Path) -> Path:
    table = [typed(row) for row in rows()]
    if version == "v1":
        table = [{name: (row | {"plan_id": row["client_id"]}).get(name) for name in _V1} for row in table]
    elif version == "v2":
        table = _without(_V3_ONLY, table)
    else:
        extra = {"updated_at": f"{RECENT} 10:00:00", "updated_by": "ana", "data_quality_score": 0.9}
        table = [row | extra for row in table]
    types = "participation_rate", "avg_deferral_rate", "auto_escalation_cap"
    with duckdb.connect(str(path)) as connection:
        add_table(connection, "plan_designs", table)
        for name in types:
            if name in table[0]:
                connection.execute(f"alter table plan_designs alter {name} type decimal(9, 4)")
    return path


def _document(row: Row) -> dict[str, Any]:
    """A plan document: nested where the Design Matrix nests, blank fields left out."""
    nested: dict[str, Any] = {}
    for name, value in row.items():
        if value == "":
            continue
        if name.startswith("auto_enrollment_"):
            nested.setdefault("auto_enrollment", {})[name.removeprefix("auto_enrollment_")] = value
        elif name == "vesting_schedule":
            nested["vesting"] = {"schedule": value}
        else:
            nested[name] = value
    return nested


_DATE_FORMATS = (
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%Y%m%d",
    "%Y-%m-%dT%H:%M:%SZ",
)
_EXCEL_ZERO = date(1899, 12, 30)


def shifted_sample(path: Path, newest_days_ago: int = 3) -> Path:
    """The bundled sample, every last_updated moved by the same days, in the spelling that it has."""
    with SAMPLE.open(newline="", encoding="utf-8") as stream:
        table = list(csv.DictReader(stream))
    read = [_date(row["last_updated"]) for row in table]
    newest = max(day for day, _ in filter(None, read))
    by = TODAY - timedelta(days=newest_days_ago) - newest
    for row, found in zip(table, read, strict=True):
        if found:
            row["last_updated"] = _spelled(found[0] + by, found[1])
    return write_csv(path, table)


def _date(text: str) -> tuple[date, str] | None:
    if re.fullmatch(r"\d{5}", text):
        return _EXCEL_ZERO + timedelta(days=int(text)), "serial"
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(text, form).date(), form
        except ValueError:
            continue
    return None


def _spelled(day: date, form: str) -> str:
    return (
        str((day - _EXCEL_ZERO).days)
        if form == "serial"
        else day.strftime(form.replace("%H:%M:%S", "14:05:00"))
    )


def sample_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def many(count: int, **changes: Mapping[int, Any]) -> list[Row]:
    """`count` clients like KX-501; `changes` are {column: {index: value}}."""
    template = rows()[0]
    found = [
        template | {"client_id": f"MX-{index:04d}", "client_name": f"Firm {index:04d}"}
        for index in range(count)
    ]
    for column, values in changes.items():
        for index, value in values.items():
            found[index][column] = value
    return found
