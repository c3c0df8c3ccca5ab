"""The audit report for people: as text, and as one HTML file that needs nothing else."""

import json
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from harness.ledger.status import Found

_MOST = 500
_CHECKSUM = re.compile(r"\b([0-9a-f]{16})[0-9a-f]{48}\b")
_MOMENTS = ("began", "at", "raised", "recovered")
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1c2733; margin: 2rem auto; max-width: 72rem;
  padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
p.lead { color: #51606e; margin-top: 0 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .85rem }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dfe5ea; vertical-align: top;
  overflow-wrap: anywhere; min-width: 5.5rem }
td.at { white-space: nowrap }
th { background: #f2f5f7; white-space: nowrap; min-width: 0 }
.whole, .broken { padding: .6rem .9rem; border-radius: 4px; overflow-wrap: anywhere }
.whole { background: #e6f4ea; border-left: 4px solid #2b7a3f }
.broken { background: #fdecea; border-left: 4px solid #b3261e }
code { font-family: ui-monospace, monospace; font-size: .85em }
@media print { body { margin: 0; max-width: none } }
"""


def _words(value: Any) -> str:
    """A value of the report in words."""
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return "; ".join(_words(inner) for inner in value)
    if isinstance(value, str):
        # enough of a checksum to tell it from others; the JSON has the whole
        return _CHECKSUM.sub(r"\1", value)
    return json.dumps(value)


def _place(row: Found) -> str:
    return f"{row['target'] or ''}{' at ' + row['endpoint'] if row['endpoint'] else ''}"


def _runs(report: Found) -> Iterator[Sequence[str]]:
    for run in report["runs"]:
        targets = "; ".join(
            f"{_place(row)} {row['outcome']}{' (' + row['error_code'] + ')' if row['error_code'] else ''}"
            for row in run["targets"]
        )
        error = f"{run['error_code']}: {run['error_message']}" if run["error_code"] else ""
        dry = " (dry run)" if run["is_dry_run"] else ""
        yield (
            run["started_at"], run["run_id"], run["command"] + dry, run["who"], run["why"] or "",
            run["status"] + (f", exit {run['exit_status']}" if run["exit_status"] is not None else ""),
            _words(run["gates"]), _words(run["counts"]), targets, error,
        )  # fmt: skip


def _events(report: Found) -> Iterator[Sequence[str]]:
    for event in report["events"][-_MOST:]:
        yield (
            str(event["seq"]), event["at"], event["run_id"], event["kind"], _place(event),
            event["delivery_key"] or "", _words(event["detail"]), event["hash"][:16],
        )  # fmt: skip


def _rejects(report: Found) -> Iterator[Sequence[str]]:
    for row in report["rejects"]:
        yield (
            row["rejected_at"], row["run_id"], _place(row), row["delivery_key"], row["code"] or "",
            row["message"] or "",
        )  # fmt: skip


def _alerts(report: Found) -> Iterator[Sequence[str]]:
    for row in report["alerts"]:
        about = f"{_place(row)} {row['client_ref']}".strip()
        yield (
            row["raised_at"], row["subject"], about, str(row["failures"]), row["error_code"] or "",
            row["recovered_at"] or "still open",
        )  # fmt: skip


_TABLES = (
    (
        "Runs",
        ("began", "run", "command", "who", "why", "ended", "gates", "counts", "targets", "error"),
        _runs,
    ),
    ("Rejected", ("at", "run", "target", "document", "code", "message"), _rejects),
    ("Alerts", ("raised", "about", "which", "failures", "code", "recovered"), _alerts),
    ("Events", ("seq", "at", "run", "what", "target", "document", "detail", "hash"), _events),
)


def _said(report: Found) -> str:
    about = f"of {report['client_ref']} " if report["client_ref"] else ""
    since = f"since {report['since']}" if report["since"] else "from the beginning"
    return f"{about}{since}, made {report['generated_at']} from {report['ledger']}"


def _chain(report: Found) -> str:
    chain = report["chain"]
    if chain["is_whole"]:
        return f"The chain of {chain['events']} events is whole; the last hash is {chain['head']}."
    return f"The chain of {chain['events']} events is NOT whole: {len(chain['faults'])} faults."


def text(report: Found) -> list[str]:
    """Lines for a terminal or a file."""
    lines = [f"Audit report {_said(report)}", _chain(report)]
    lines += [f"  {fault}" for fault in report["chain"]["faults"]]
    for title, heads, rows in _TABLES:
        found = list(rows(report))
        lines += ["", f"{title}: {len(report[title.lower()]) if title != 'Rejected' else len(found)}"]
        for row in found:
            told = [f"{head} {value}" if number > 2 else value for number, (head, value) in
                    enumerate(zip(heads, row, strict=True)) if value]  # fmt: skip
            lines.append("  " + "  ".join(told))
        lines += _left_out(title, report)
    return lines


def _left_out(title: str, report: Found) -> list[str]:
    more = len(report["events"]) - _MOST
    if title == "Events" and more > 0:
        return [f"  the {_MOST} last; {more} more before them in --format json"]
    return []


def html(report: Found) -> str:
    """One HTML file: no script, nothing from elsewhere, every value escaped."""
    chain = report["chain"]
    faults = "".join(f"<li>{escape(fault)}</li>" for fault in chain["faults"])
    parts = [
        f"<h1>Audit report</h1><p class='lead'>{escape(_said(report))}</p>",
        f"<p class='{'whole' if chain['is_whole'] else 'broken'}'>{escape(_chain(report))}</p>",
        f"<ul>{faults}</ul>" if faults else "",
    ]
    for title, heads, rows in _TABLES:
        parts.append(f"<h2>{title}</h2>{_table(heads, list(rows(report)))}")
        parts += [f"<p>{escape(line)}</p>" for line in _left_out(title, report)]
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><title>Audit report</title>"
        "<meta name='viewport' content='width=device-width'>"
        "<meta http-equiv='Content-Security-Policy'"
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body>\n{''.join(parts)}\n</body></html>\n"
    )


def _table(heads: Sequence[str], rows: list[Sequence[str]]) -> str:
    if not rows:
        return "<p>none</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(map(_cell, heads, row))}</tr>\n" for row in rows)
    return f"<div class='scroll'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _cell(head: str, value: str) -> str:
    if head not in _MOMENTS:
        return f"<td>{escape(value)}</td>"
    # to the second, for people; the JSON has the microseconds
    return f"<td class='at'>{escape(value[:19].replace('T', ' '))}</td>"
