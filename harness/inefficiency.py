"""Patterns in the ledger that cost time or hide trouble, each with what to do about it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from harness.config import Settings
from harness.durations import WENT_WELL
from harness.ledger.stamps import moment

if TYPE_CHECKING:
    from harness.ledger import Ledger

Run = Mapping[str, Any]
Suggestion = tuple[str, str]
_IN_A_ROW = 3
_MANY = 5
_WITHIN = timedelta(hours=1)
_MANY_FILES = 30


def suggestions(
    settings: Settings,
    ledger: "Ledger",
    by_command: Mapping[str, Sequence[Run]],
    trends: Sequence[Mapping[str, Any]],
) -> Iterator[Suggestion]:
    """What the patterns say, the costliest first."""
    yield from _slower(trends)
    yield from _nothing_new(by_command.get("run", ()))
    for command in ("export", "new-client", "run"):
        yield from _one_by_one(command, by_command.get(command, ()))
    yield from _blocked(by_command)
    yield from _same_code(ledger)
    yield from _dead(ledger)
    yield from _same_rule(ledger)
    yield from _crowded(settings)


def _slower(trends: Sequence[Mapping[str, Any]]) -> Iterator[Suggestion]:
    steps = sorted({f"{trend['command']} {trend['step']}" for trend in trends if trend["kind"] == "slower"})
    if len(steps) >= _IN_A_ROW:
        yield (
            "everything_slower",
            f"{len(steps)} steps were slower at once: look at the machine (load, disk) before the data",
        )


def _nothing_new(runs: Sequence[Run]) -> Iterator[Suggestion]:
    """The same input again and again."""
    last = [run["input_checksum"] for run in runs if run["status"] in WENT_WELL][-_IN_A_ROW:]
    if len(last) == _IN_A_ROW and last[0] and len(set(last)) == 1:
        yield (
            "same_input",
            f"the last {_IN_A_ROW} runs read the same source: run when it changes, with"
            " `planwise-export watch SOURCE`, or less often",
        )


def _one_by_one(command: str, runs: Sequence[Run]) -> Iterator[Suggestion]:
    """Many narrow runs within an hour, each with the costs of a whole one."""
    narrow = [run for run in runs if _clients(run) == 1]
    recent = narrow[-_MANY:]
    if len(recent) == _MANY and moment(recent[-1]["started_at"]) - moment(recent[0]["started_at"]) < _WITHIN:
        together = "export CLIENT CLIENT ..." if command == "export" else f"{command} SOURCE"
        more = "" if command == "export" else " with --client for each"
        yield (
            "one_by_one",
            f"{_MANY} runs of {command} within an hour, each about one client: `planwise-export {together}`"
            f"{more} does them at once",
        )


def _clients(run: Run) -> int | None:
    asked = run["detail"].get("clients")
    return len(asked) if isinstance(asked, list) else asked if isinstance(asked, int) else None


def _blocked(by_command: Mapping[str, Sequence[Run]]) -> Iterator[Suggestion]:
    for command, runs in by_command.items():
        last = runs[-_IN_A_ROW:]
        codes = {run["error_code"] for run in last}
        if len(last) == _IN_A_ROW and len(codes) == 1 and (code := codes.pop()):
            yield (
                "same_error",
                f"{command} ended with {code} {_IN_A_ROW} times in a row: trying again won't help;"
                " `planwise-export audit report` has what was said",
            )


def _same_code(ledger: "Ledger") -> Iterator[Suggestion]:
    for row in ledger.query(
        "select target, endpoint, code, count(*) as count from retry_queue"
        " group by target, endpoint, code having count(*) >= ? order by count(*) desc",
        (_MANY,),
    ):
        place = row["target"] + (f" at {row['endpoint']}" if row["endpoint"] else "")
        yield (
            "retries_of_one_kind",
            f"{row['count']} documents for {place} wait after {row['code'] or 'the same fault'}: one cause,"
            " not many; mend it, then `planwise-export retry --all`",
        )


def _dead(ledger: "Ledger") -> Iterator[Suggestion]:
    for row in ledger.query(
        "select target, endpoint, count(*) as count from delivery where state = 'dead'"
        " group by target, endpoint order by target, endpoint"
    ):
        place = row["target"] + (f" at {row['endpoint']}" if row["endpoint"] else "")
        yield (
            "given_up",
            f"{row['count']} documents for {place} were given up: nothing tries them again by itself;"
            " `planwise-export status` names them, `retry KEY` sends one",
        )


def _same_rule(ledger: "Ledger") -> Iterator[Suggestion]:
    """A rule that holds clients in run after run, with no fewer of them."""
    runs = [row["run_id"] for row in ledger.query(
        "select distinct run_id from gate_result order by run_id desc limit ?", (_IN_A_ROW,)
    )]  # fmt: skip
    if len(runs) < _IN_A_ROW:
        return
    found: dict[str, list[int]] = {}
    for row in ledger.query(
        "select rule, run_id, sum(coalesce(rows_failing, 0)) as failing from gate_result"
        " where run_id >= ? and severity = 'hold' group by rule, run_id order by run_id",
        (runs[-1],),
    ):
        found.setdefault(row["rule"], []).append(int(row["failing"]))
    held = {
        rule: rows[-1] for rule, rows in found.items() if len(rows) == _IN_A_ROW and 0 < rows[0] <= rows[-1]
    }
    if held:
        most = max(held, key=lambda rule: held[rule])
        yield (
            "held_by_the_same_rule",
            f"rule {most} holds {held[most]} rows, and no fewer than {_IN_A_ROW} runs ago:"
            " `planwise-export review` says what would settle them",
        )


def _crowded(settings: Settings) -> Iterator[Suggestion]:
    files = len(list(settings.published.glob("*.duckdb"))) if settings.published.is_dir() else 0
    if files > _MANY_FILES:
        yield (
            "many_old_files",
            f"{files} files of published marts are kept: `planwise-export sweep --dry-run` says which may go",
        )
