"""Judged results land in the state: nothing twice, nothing lost, a backup before the first write."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.backups import back_up
from harness.config import iso
from harness.errors import DeliveryError
from harness.extract import ensure_state
from harness.navigator.merged_config import base_checksum, design_of
from harness.navigator.result import ScenarioResult, YearOutcome
from harness.navigator.trust import Expected, Verdict
from harness.warehouse import literal, opened, writing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_YEAR_COLUMNS = ", ".join(field.name for field in fields(YearOutcome))


@dataclass(frozen=True)
class Judged:
    """A result and what is thought of it."""

    result: ScenarioResult
    expected: Expected | None
    verdict: Verdict


@dataclass
class Landed:
    """What became of a pull, counted both ways."""

    new: int = 0
    known: int = 0
    """Pulled before, down to the last figure."""
    older: int = 0
    """Landed as superseded: a later run of the scenario is there already."""
    years_read: int = 0
    years_landed: int = 0
    checksum_read: str = ""
    checksum_landed: str = ""
    backup: Path | None = None


def land(home: Path, judged: Sequence[Judged], moment: datetime) -> Landed:
    """Add these results to `<home>/state.duckdb`, all or none.

    A new accepted result supersedes the accepted one of its scenario, a new failed or refused one the last of
    these: a run that failed takes no figures away. Raises DeliveryError `landed_differs`, LockedError.
    """
    state = ensure_state(home)
    rows = {_result_id(one): one for one in judged if one.result.status != "running"}
    with opened(state) as connection:
        present = _present(connection, rows)
    new = {name: one for name, one in rows.items() if name not in present}
    landed = Landed(new=len(new), known=len(rows) - len(new))
    if new:
        landed.backup = back_up(state)
        with writing(state) as connection:
            connection.execute("begin transaction")
            for name, one in sorted(new.items(), key=lambda item: item[1].result.run_at or ""):
                landed.older += _insert(connection, name, one, literal(iso(moment)))
            connection.execute("commit")
    _compare(state, rows, landed)
    return landed


def _present(connection: "DuckDBPyConnection", rows: Iterable[str]) -> set[str]:
    names = ", ".join(map(literal, rows)) or "''"
    found = connection.execute(
        f"select result_id from navigator_scenario_result where result_id in ({names})"
    ).fetchall()
    return {str(name) for (name,) in found}


def _key(one: Judged) -> str:
    return one.expected.delivery_key if one.expected else one.result.scenario


def _columns(one: Judged) -> dict[str, Any]:
    result, config = one.result, one.result.config
    years = result.years if one.verdict.standing == "accepted" else ()
    return {
        "delivery_key": _key(one),
        "client_ref": one.expected.client_ref if one.expected else None,
        "standing": one.verdict.standing,
        "reason_code": one.verdict.code,
        "message": one.verdict.message,
        "source": result.source,
        "navigator_run_id": result.navigator_run_id,
        "run_at": result.run_at,
        "navigator_version": result.navigator_version,
        "config_fingerprint": result.config_fingerprint,
        "config_hash": result.config_hash,
        "base_checksum": base_checksum(config, one.expected.document) if config and one.expected else None,
        "seed": result.seed,
        # over REST the figures tell
        "start_year": result.start_year or (years[0].simulation_year if years else None),
        "end_year": result.end_year or (years[-1].simulation_year if years else None),
        "echo": ", ".join(result.echoes) or None,
        "design": design_of(config) if config else None,
        "rows_read": result.rows_read,
        "years_landed": len(years),
        "outcome_checksum": _checksum(_as_text(year) for year in years),
    }


def _result_id(one: Judged) -> str:
    told = {name: value for name, value in _columns(one).items() if name != "source"}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _insert(connection: "DuckDBPyConnection", name: str, one: Judged, now: str) -> int:
    """Insert one result and its years; 1 when a later run of the scenario is in force already."""
    columns = _columns(one)
    same_kind = "= 'accepted'" if one.verdict.standing == "accepted" else "<> 'accepted'"
    in_force = f"delivery_key = {literal(_key(one))} and standing {same_kind} and superseded_at is null"
    # of one and the same run, what came with its merged configuration tells more than what came without
    better = (
        f"(navigator_run_id = {_quoted(columns['navigator_run_id'])} and design is not null"
        f" and {'true' if columns['design'] is None else 'false'})"
    )
    later = connection.execute(
        f"select result_id from navigator_scenario_result where {in_force}"
        f" and (run_at > {_quoted(columns['run_at'])}::timestamptz or {better})"
    ).fetchall()
    if not later:
        connection.execute(
            f"update navigator_scenario_result set superseded_at = {now}, superseded_by = {literal(name)}"
            f" where {in_force}"
        )
    connection.execute(
        f"insert into navigator_scenario_result (result_id, {', '.join(columns)}, pulled_at, superseded_at,"
        f" superseded_by) values ({literal(name)}, {', '.join(map(_quoted, columns.values()))}, {now},"
        f" {now if later else 'null'}, {_quoted(later[0][0] if later else None)})"
    )
    if one.verdict.standing == "accepted":
        for year in one.result.years:
            values = ", ".join(map(_quoted, astuple(year)))
            connection.execute(
                f"insert into navigator_outcome (result_id, {_YEAR_COLUMNS})"
                f" values ({literal(name)}, {values})"
            )
    return len(later)


def _compare(state: Path, rows: dict[str, Judged], landed: Landed) -> None:
    """Read back what was landed: the same years, the same figures, or DeliveryError."""
    read = [
        f"{name}|{_as_text(year)}"
        for name, one in rows.items()
        if one.verdict.standing == "accepted"
        for year in one.result.years
    ]
    with opened(state) as connection:
        names = ", ".join(map(literal, rows)) or "''"
        found = connection.execute(
            f"select result_id, {_YEAR_COLUMNS} from navigator_outcome where result_id in ({names})"
        ).fetchall()
    back = [f"{name}|{_as_text(YearOutcome(*figures))}" for name, *figures in found]
    landed.years_read, landed.years_landed = len(read), len(back)
    landed.checksum_read, landed.checksum_landed = _checksum(read), _checksum(back)
    if landed.checksum_read != landed.checksum_landed:
        raise DeliveryError(
            "landed_differs",
            f"{state}: {len(read)} years were read, {len(back)} are there, and they differ",
            f"put the backup {landed.backup} back with `planwise-export state restore`, and pull again",
        )


def _as_text(year: YearOutcome) -> str:
    """Figures as text that is the same before and after they were in a column of decimals."""
    return "|".join(
        "" if value is None else format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
        for value in astuple(year)
    )


def _checksum(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _quoted(value: Any) -> str:
    if value is None:
        return "null"
    return str(value) if isinstance(value, int | Decimal) else literal(str(value))
