"""What the gates found, kept over time: a file a run, assembled into fct_quality_result when one publishes.

A blocked run leaves its file, too, so that BI can chart what stopped the refresh. Nothing in a row names an
internal identifier: it is scanned when it is written and once more when it is published.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from harness import warehouse
from harness.config import Settings
from harness.files import PRIVATE_FILE, atomic_write
from harness.identifiers import Scanner
from harness.outcome import GateResult

FILE = "quality.ndjson"
SAMPLE = 3
_KEYS = ("checkpoint", "rule", "severity", "sentence", "rows_checked", "rows_failing")


def record(
    settings: Settings, run_id: str, checked_at: str, results: Iterable[GateResult], scanner: Scanner
) -> Path:
    """Write `<home>/runs/<run_id>/quality.ndjson`, mode 0600, instead of what stood there."""
    lines = [
        json.dumps(
            {"run_id": run_id, "checked_at": checked_at, "expectation": _name(result)}
            | {key: result[key] for key in _KEYS}
            | {"is_passed": result["passed"], "sample": _sample(result, scanner)},
            ensure_ascii=False,
        )
        for result in results
    ]
    path = settings.run_folder(run_id) / FILE
    atomic_write(path, "".join(line + "\n" for line in lines).encode(), PRIVATE_FILE)
    return path


def _name(result: GateResult) -> str:
    return str(result.get("name") or f"{str(result['rule']).lower()}_files")


def _sample(result: GateResult, scanner: Scanner) -> list[dict[str, Any]]:
    """Up to three failing rows: client_ref, field, code, message; a text that names an id is left out."""
    found = []
    for finding in result["findings"][:SAMPLE]:
        entry = {key: finding.get(key) for key in ("client_ref", "field", "code", "message")}
        for key, value in entry.items():
            if value and scanner.in_text(str(value)):
                # a gate may say whose row it is; what is published may not
                entry[key] = result["sentence"] if key == "message" else None
        found.append(entry)
    return found


def assembled(settings: Settings, run_id: str, scanner: Scanner) -> Iterator[dict[str, Any]]:
    """Rows of fct_quality_result: every check of every run of this home, those of `run_id` marked."""
    for path in sorted(settings.home.glob(f"runs/*/{FILE}")):
        # not splitlines(): a text of the source may hold any of the characters that it takes for a line's end
        for line in path.read_bytes().splitlines():
            row = orjson.loads(line)  # of every run there was: the standard library takes five times as long
            # what was no client's id when it was written may be one today
            sample = [
                entry
                for entry in row["sample"]
                if not any(value and scanner.in_text(str(value)) for value in entry.values())
            ]
            yield row | {
                "sample": json.dumps(sample, ensure_ascii=False) if sample else None,
                "is_latest": row["run_id"] == run_id,
            }


def last_published_rows(current: Path) -> int | None:
    """How many rows the matrix had that was published last, for rule S02; null when none was."""
    if not current.exists():
        return None
    with warehouse.opened(current) as connection:
        columns = connection.execute(
            "select column_name from duckdb_columns() where table_name = 'fct_quality_result'"
        ).fetchall()
        # it holds every run's checks, blocked ones included: only the run that published it counts
        latest = "and is_latest" if ("is_latest",) in columns else ""
        found = connection.execute(
            f"select max(rows_checked) from fct_quality_result where rule = 'S02' {latest}"
        ).fetchall()
    return found[0][0] if found else None


def last_published_columns(current: Path) -> list[str]:
    """Columns of the Design Matrix in which the load that was published last had texts, for rule S01."""
    if not current.exists():
        return []
    with warehouse.opened(current) as connection:
        found = connection.execute(
            "select distinct field from fct_field_status where raw is not null order by field"
        ).fetchall()
    return [str(field) for (field,) in found]
