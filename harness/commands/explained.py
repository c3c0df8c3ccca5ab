"""How an explanation is laid out: blocks of lines, or the same as tables on a terminal."""

from collections.abc import Iterator
from typing import Any

from harness.commands.options import safe
from harness.explain import PAY, Explanation
from harness.queries import Answer

Pair = tuple[str, str]


def lines(found: Explanation) -> list[str]:
    """The explanation as plain lines."""
    told = [title(found)]
    for name, pairs in blocks(found):
        told += ["", name, *(f"    {label:<12} {text}" for label, text in pairs)]
    return told


def draw(found: Explanation) -> None:
    """Print the explanation as tables."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    console.print(Text(safe(title(found)), style="bold"))
    for name, pairs in blocks(found):
        table = Table(title=Text(safe(name)), title_justify="left", show_header=False, expand=False)
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for label, text in pairs:
            table.add_row(Text(safe(label)), Text(safe(text)))
        console.print(table)


def title(found: Explanation) -> str:
    """Who it is about, and where it stood."""
    who = found.design
    place = " ".join(str(part) for part in (who["file"], who["sheet"], f"row {who['row_number']}") if part)
    return f"{who['client_id']} {who['client_name'] or ''} ({who['client_ref']}), {place}"


def blocks(found: Explanation) -> list[tuple[str, list[Pair]]]:
    """Everything but the title, as (heading, [(label, text)])."""
    return [
        *((f"{row['field']}: {row['status']}", list(_field(row))) for row in found.fields),
        (f"engine's view of {PAY:,} of pay", list(_engine(found))),
        ("gates and documents", list(_run(found.run))),
    ]


def _field(row: Answer) -> Iterator[Pair]:
    yield "raw", "(blank)" if row["raw"] is None else row["raw"]
    if row["text_read_from"]:
        yield "read instead", f"{row['text_read']}  (from {row['text_read_from']})"
    for label, name in (
        ("repaired", "repaired_text"),
        ("tokens", "tokens"),
        ("terms", "terms"),
        ("marks", "marks"),
        ("rule", "rule"),
    ):
        if row[name]:
            yield label, row[name]
    for label, name in (("left over", "leftover_tokens"), ("unknown", "unknown_words")):
        if row[name]:
            yield label, " ".join(row[name])
    yield "value", "(none)" if row["value"] is None else row["value"]
    if row["reasons"]:
        yield "reasons", ", ".join(row["reasons"])
    if row["message"]:
        yield "message", row["message"]
    if row["is_blocking_export"]:
        yield "holds", f"the client back. {row['resolve'] or ''}".strip()
    if row["resolution"]:
        yield "resolution", _resolution(row["resolution"])


def _resolution(given: Answer) -> str:
    why = f": {given['status_reason']}" if given["status_reason"] else ""
    told = f"{given['value']!r} by {given['reviewer']} on {given['decided_on']} ({given['reason']})"
    return f"{given['status']}{why} - {told}"


def _engine(found: Explanation) -> Iterator[Pair]:
    who = found.design
    yield "match", f"{who['match_kind'] or 'unknown'} ({who['match_status'] or 'not built'})"
    for row in found.match:
        shown = (_dollars(row[f"dollars_at_{n}_percent"], f" at {n} % deferral") for n in (3, 6, 10))
        yield _band(row, "years"), ", ".join(shown)
    yield "core", f"{who['core_kind'] or 'unknown'} ({who['core_status'] or 'not built'})"
    for row in found.core:
        yield _band(row, "age" if row["min_age"] is not None else "years"), _dollars(row["dollars"])
    yield "enrolment", who["auto_enrollment"]
    yield "escalation", who["auto_escalation"]


def _band(row: Answer, unit: str) -> str:
    low, high = row[f"min_{unit}"], row[f"max_{unit}"]
    if low is None:
        return "  everybody"
    return f"  {unit} {low}+" if high is None else f"  {unit} {low}-{high}"


def _dollars(amount: Any, behind: str = "") -> str:
    return f"no figure{behind}" if amount is None else f"${amount:,.2f}{behind}"


def _run(run: Answer | None) -> Iterator[Pair]:
    if run is None:
        yield "run", "no run has judged this client yet"
        return
    yield "run", f"{run['run_id']}, finished {run['finished_at']}: {run['status']}"
    for label, name in (("held by", "reasons"), ("warned by", "warnings")):
        for entry in run[name]:
            yield label, f"{entry['rule']} {entry['field'] or ''}: {entry['message'] or entry.get('code')}"
    for path in run["documents"]:
        yield "document", path
    if not run["documents"]:
        yield "document", "none"
