"""Decisions on their way in: which rows of a file are taken, and what the build made of all in force."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.review.check import Load, problems, same_text
from harness.review.store import Decision, Recorded
from harness.warehouse import tables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from harness.review.file import FileRow

JUDGED = "int_resolutions__judged"


@dataclass(frozen=True)
class Verdict:
    """What became of one decision; an entry of `resolutions` in report.json."""

    client_id: str
    field: str
    status: str
    """taken (new in this run), unchanged (recorded before), stale (about another text) or refused."""
    message: str

    @property
    def about(self) -> tuple[str, str]:
        """Client and field."""
        return self.client_id, self.field


def weigh(
    rows: Sequence["FileRow"], file: str, load: Load, recorded: Iterable[Recorded]
) -> tuple[list[Verdict], list[Decision]]:
    """Say of each row what becomes of it, and list the decisions that are new."""
    before: dict[tuple[str, str], list[Recorded]] = {}
    for entry in recorded:
        before.setdefault(entry.about, []).append(entry)
    times = Counter((row.cells["client_id"], row.cells["field"]) for row in rows)
    verdicts, taken = [], []
    for row in rows:
        about = (row.cells["client_id"], row.cells["field"])
        if times[about] > 1:
            lines = ", ".join(str(r.line) for r in rows if (r.cells["client_id"], r.cells["field"]) == about)
            wrong = f"{file}, lines {lines}: they decide the same field; keep one of them"
            verdicts.append(Verdict(*about, "refused", wrong))
        elif row.fault:
            verdicts.append(Verdict(*about, "refused", f"{file}, line {row.line}: {row.fault}"))
        elif found := problems(row.cells, load):
            wrong = "; ".join(f"{column} {problem}" for column, problem in found)
            verdicts.append(Verdict(*about, "refused", f"{file}, line {row.line}: {wrong}"))
        else:
            decision = decision_of(row.cells, load)
            status, why = against(decision, row.cells["raw"], before.get(about, []))
            if status == "taken":
                taken.append(decision)
            told = why or decision.told
            verdicts.append(Verdict(*about, status, f"{file}, line {row.line}: {told}"))
    return verdicts, taken


def decision_of(cells: Mapping[str, str], load: Load) -> Decision:
    """The decision that the cells of a faultless row state, about the text that the load has."""
    about = cells["client_id"], cells["field"]
    return Decision(
        *about, load.texts[about], cells["value"], cells["reviewer"], cells["date"], cells["reason"]
    )


def against(decision: Decision, raw: str | None, before: Sequence[Recorded]) -> tuple[str, str | None]:
    """Status of a faultless decision and why, given those recorded for its field and the raw it names."""
    if not same_text(raw, decision.raw):
        return "stale", f"raw is {raw!r}, but the source has {decision.raw or ''!r} now; decide again"
    now = next((entry for entry in before if entry.superseded_at is None), None)
    if now and _same(now, decision):
        return "unchanged", f"in force since {now.recorded_at}"
    if now and same_text(now.raw, decision.raw) and any(_same(entry, decision) for entry in before):
        # the row stands in the file still, though somebody has decided otherwise since
        return "unchanged", f"superseded by {now.told}; to decide anew, change the date or the reason here"
    return "taken", None


def _same(entry: Recorded, decision: Decision) -> bool:
    said = ("value", "reviewer", "decided_on", "reason")
    return same_text(entry.raw, decision.raw) and all(
        getattr(entry, name) == getattr(decision, name) for name in said
    )


def judged(connection: "DuckDBPyConnection") -> dict[tuple[str, str], tuple[str, str | None, str]]:
    """Read what the build made of the decisions in force: {(client_id, field): (status, why, resolution_id)}.

    status is applied, stale or refused. Empty where nothing was built.
    """
    if JUDGED not in tables(connection):
        return {}
    found = connection.execute(
        f"select client_id, field, status, status_reason, resolution_id from {JUDGED} order by all"
    ).fetchall()
    return {(client_id, field): (status, why, name) for client_id, field, status, why, name in found}


def after_build(
    verdicts: Iterable[Verdict],
    found: Mapping[tuple[str, str], tuple[str, str | None, str]],
    recorded: Iterable[Recorded],
) -> list[Verdict]:
    """Correct the verdicts by what the parsers said of each wording; add decisions that no row repeated."""
    told = {entry.resolution_id: entry.told for entry in recorded}
    by_field = {verdict.about: verdict for verdict in verdicts}
    all_of = list(verdicts)
    for about, (status, why, name) in found.items():
        verdict = by_field.get(about)
        if verdict is None:
            now = "unchanged" if status == "applied" else status
            all_of.append(Verdict(*about, now, _sentence(told.get(name), why)))
        elif status != "applied" and verdict.status in ("taken", "unchanged"):
            at = all_of.index(verdict)
            all_of[at] = replace(verdict, status=status, message=_sentence(verdict.message, why))
    return all_of


def _sentence(told: str | None, why: str | None) -> str:
    return " - ".join(part for part in (told, why) if part)
