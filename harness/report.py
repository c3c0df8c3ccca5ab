"""The run report: what came in, what went out, who waits and why.

Written however a run ends, private, and it adds up.
"""

import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config import Settings
from harness.errors import GateError, PlanwiseError
from harness.files import PRIVATE_FILE, atomic_write
from harness.installed import versions_of
from harness.outcome import Client

if TYPE_CHECKING:
    from harness.reconcile import Found
    from harness.run import Run

_PACKAGES = ("planwise", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations")
_STATUS = {2: "failed", 4: "blocked", 5: "failed", 75: "locked"}
REPORT_VERSION = "planwise-report/1.0"


@dataclass
class Outcome:
    """What became of a run; `as_json` is report.json."""

    run_id: str
    command: str
    started_at: str
    finished_at: str = ""
    error: PlanwiseError | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("source", "exported", "held", "rejected"), 0)
    )
    clients: list[Client] = field(default_factory=list)
    rejected_rows: list[dict[str, Any]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    met: dict[str, str | None] = field(default_factory=dict)
    reconciled: list["Found"] = field(default_factory=list)
    """What the run before had left open, and what was done about it."""
    alerts: list[dict[str, Any]] = field(default_factory=list)
    """What was raised or closed after the run (harness/alerts.py)."""
    report: Path | None = None

    @property
    def status(self) -> str:
        """succeeded | partial (some held or rejected, or a decision refused) | blocked | failed | locked."""
        if self.error:
            return _STATUS.get(self.error.exit_status, "failed")
        held_back = self.counts["held"] or self.counts["rejected"] or self.refused or not_sent(self) == 3
        if not_sent(self) == 5:
            return "failed"
        return "partial" if held_back else "succeeded"

    @property
    def refused(self) -> list[dict[str, Any]]:
        """Reviewers' decisions that could not be taken or applied."""
        return [entry for entry in self.more.get("resolutions", []) if entry["status"] == "refused"]

    def fill(self, run: "Run") -> None:
        """Take over the clients and counts of a run. After an error nobody was exported: every client is held
        by it.

        Counts that don't add up make the run blocked, whatever else it was.
        """
        scope = [client for client in run.clients if run.in_scope(client.client_id, client.client_ref)]
        rows = [row for row in run.rejected if run.in_scope(row["client_id"])]
        if self.error:
            reason = {
                "rule": "run",
                "code": self.error.code,
                "message": self.error.message,
                "resolve": self.error.hint,
            }
            for client in scope:
                client.hold(reason, status="rejected" if client.status == "rejected" else "held")
        counted = Counter(client.status for client in scope)
        source = run.source_rows if not run.request.clients else len(scope) + len(rows)
        self.clients, self.rejected_rows = scope, rows
        self.counts = {
            "source": source,
            "exported": counted["exported"],
            "held": counted["held"],
            "rejected": counted["rejected"] + len(rows),
        }
        self.more, self.met, self.reconciled = _more(run, self.error), run.versions, run.reconciled
        if run.plans and not self.error:
            self.more["accounted"] = _accounted(run, scope, self.counts)
        out = self.counts["exported"] + self.counts["held"] + self.counts["rejected"]
        if source != out and not self.error:
            self.error = GateError(
                "counts_differ", f"{source} rows came in, but {out} are accounted for", "report this"
            )

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "schema_version": REPORT_VERSION,
            "run_id": self.run_id,
            "command": self.command,
            "versions": versions() | self.met,
            "status": self.status,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "seconds": self.seconds,
            "counts": self.counts,
            "error": _error(self.error),
            "reconciled": [asdict(found) for found in self.reconciled],
            "alerts": self.alerts,
            **self.more,
            "rejected_rows": self.rejected_rows,
            "clients": [client.as_json() for client in self.clients],
        }


def _accounted(run: "Run", scope: list[Client], counts: dict[str, int]) -> dict[str, int]:
    """Source and deleted = sent + unchanged + held + rejected + deleted, by clients."""
    sent = {ref for plan in run.plans.values() for ref in plan.sent}
    exported = [client.client_ref in sent for client in scope if client.status == "exported"]
    deleted = {e.client_ref for plan in run.plans.values() for e in plan.documents if e.cause == "gone"}
    return {
        "source": counts["source"],
        "deleted": len(deleted),
        "sent": sum(exported),
        "unchanged": len(exported) - sum(exported),
        "held": counts["held"],
        "rejected": counts["rejected"],
    }


def changed(outcome: Outcome) -> list[str]:
    """Lines about what is new since the last delivery: clients, documents, guards that were overridden."""
    found, accounted = outcome.more.get("changes"), outcome.more.get("accounted")
    if not found or not accounted:
        return []
    counts = found["counts"]
    if found["compared_with"] is None:
        lines = [f"source: {counts['inserted']} clients, none published before"]
    else:
        said = [f"{counts[kind]} {kind}" for kind in ("inserted", "changed", "deleted", "unchanged")]
        lines = [f"source since {found['compared_with']}: {', '.join(said)}"]
    said = [f"{accounted[kind]} {kind}" for kind in ("sent", "unchanged", "held", "rejected", "deleted")]
    lines.append(f"clients: {' + '.join(said)}")
    for name, plan in outcome.more["plan"].items():
        lines += [
            f"{name}: {guard['message']}; done because: {guard['overridden_because']}"
            for guard in plan["guards"]
        ]
    if outcome.more["nothing_written"]:
        lines.append("nothing differs from what was delivered: nothing was written, no file was touched")
    return lines


def _error(error: PlanwiseError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "exit_status": error.exit_status,
    }


def _more(run: "Run", error: PlanwiseError | None) -> dict[str, Any]:
    request = run.request
    carried = {name: sum(entry.carried_over for entry in found) for name, found in run.entries.items()}
    return {
        "asked": {
            "source": str(request.source) if request.source else None,
            "units": request.units,
            "clients": list(request.clients),
            "targets": list(request.targets),
            "because": request.because,
            "home": str(run.settings.lasting_home),
            "dry_run": run.settings.lasting is not None,
            "out": str(run.settings.out),
        },
        "rows_read": run.source_rows,
        "resumed": run.resumed or None,
        **run.told,
        "delivered": {
            name: {
                "release": str(folder.relative_to(run.settings.out)),
                "documents": len(run.entries[name]),
                "clients": len({entry.client_ref for entry in run.entries[name]} - {""}),
                "carried_over": carried[name],
            }
            for name, folder in run.releases.items()
        },
        "sent": [one.as_json() for one in run.sent],
        "resolutions": [asdict(verdict) for verdict in run.resolutions],
        "published": run.published.path.name if run.published and run.is_published else None,
        "changes": run.changes.as_json() if run.changes else None,
        "plan": _plans(run) if run.plans else {},
        "nothing_written": bool(run.plans)
        and not (run.releases or run.is_published or error or run.settings.lasting),
        "rules": [
            {
                key: result[key]
                for key in (
                    "rule",
                    "checkpoint",
                    "severity",
                    "sentence",
                    "rows_checked",
                    "rows_failing",
                    "passed",
                )
            }
            for result in run.results
        ],
        # findings about the matrix as a whole, such as a column nobody knows
        "warnings": [
            {"rule": result["rule"], "field": found.get("field"), "message": found.get("message")}
            for result in run.results
            if result["severity"] == "warn"
            for found in result["findings"]
            if not found.get("client_ref") and not found.get("client_id")
        ],
    }


def _plans(run: "Run") -> dict[str, Any]:
    from harness.plan import plan_as_json  # `export` makes no plan

    return {name: plan_as_json(name, plan, run.ids, run.request.because) for name, plan in run.plans.items()}


def versions() -> dict[str, str]:
    """Versions of what computes, read from the installed packages without importing them."""
    return {"python": sys.version.split()[0]} | versions_of(_PACKAGES)


def not_sent(outcome: Outcome) -> int:
    """5: an endpoint failed; 3: some documents are not there yet; else 0. Our own delivery stands."""
    outcomes = {sent["outcome"] for sent in outcome.more.get("sent", ())}
    return 5 if "failed" in outcomes else 3 if outcomes & {"partial", "waiting"} else 0


def exit_status(outcome: Outcome) -> int:
    """0 all, 3 some held, rejected, not sent or refused, 5 an endpoint failed, else the error's own."""
    if outcome.error:
        return outcome.error.exit_status
    return {"failed": 5, "partial": 3}.get(outcome.status, 0)


def write_report(outcome: Outcome, settings: Settings, also: Path | None) -> Path:
    """Write `<home>/runs/<run_id>/report.json`, and `also` if asked for; both mode 0600, since they name
    clients.
    """
    content = _as_text(outcome.as_json())
    path = settings.run_folder(outcome.run_id) / "report.json"
    atomic_write(path, content, PRIVATE_FILE)
    if also:
        atomic_write(also.expanduser().resolve(), content, PRIVATE_FILE)
    return path


def _as_text(content: dict[str, Any]) -> bytes:
    """JSON for people, in ASCII. The standard library writes it indented in pure Python, 30 times as slow."""
    import orjson

    like_json = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
    try:
        quickly = orjson.dumps(
            content, default=_told, option=like_json | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        )
    except TypeError:  # half a surrogate pair, or a number of more than 64 bits
        quickly = b"\xff"
    return quickly if quickly.isascii() else (json.dumps(content, indent=2, default=str) + "\n").encode()


def _told(value: Any) -> str:
    if isinstance(value, tuple):
        raise TypeError("a list to the standard library")
    return str(value)


def top_reasons(outcome: Outcome, most: int = 6) -> list[tuple[str, int]]:
    """The commonest reasons why clients wait, each counted once a client: [("P10 match_formula: no_limit",
    3)].
    """
    counted: Counter[str] = Counter()
    for client in outcome.clients:
        counted.update(
            {f"{r['rule']} {r['field'] or ''}: {r['code'] or ''}".rstrip(": ") for r in client.reasons}
        )
    return counted.most_common(most)


def _sent(sent: dict[str, Any]) -> str:
    counts = ", ".join(f"{number} {name}" for name, number in sent["counts"].items())
    error = f" ({sent['error']['code']}: {sent['error']['message']})" if sent["error"] else ""
    return (
        f"{sent['target']} to {sent['endpoint']}: {sent['outcome']}{error}{f', {counts}' if counts else ''}"
    )


def left_out(outcome: Outcome) -> list[tuple[str, int]]:
    """How many clients are exported, but not to this target."""
    counted = Counter(
        target
        for client in outcome.clients
        if client.status == "exported"
        for target in {reason["target"] for reason in client.reasons if reason["target"]}
    )
    return sorted(counted.items())


def decisions(outcome: Outcome) -> list[str]:
    """Lines about reviewers' decisions: how many of each status, and those that are not applied with the
    reason.
    """
    entries = outcome.more.get("resolutions", [])
    counted = Counter(entry["status"] for entry in entries)
    numbers = ", ".join(f"{number} {status}" for status, number in sorted(counted.items()))
    lines = [f"resolutions: {numbers}"] if entries else []
    return lines + [
        f"  {entry['status']:<7} {entry['client_id']} {entry['field']}: {entry['message']}"
        for entry in entries
        if entry["status"] in ("refused", "stale")
    ]


def summary(outcome: Outcome, settings: Settings) -> list[str]:
    """Lines for a person: counts, commonest reasons, where the files are, where the time went."""
    counts = outcome.counts
    lines = [
        f"{outcome.status}: {counts['source']} clients in the source = {counts['exported']} exported"
        f" + {counts['held']} held + {counts['rejected']} rejected"
    ]
    if not outcome.error:
        lines += [f"  held  {number:>4}  {reason}" for reason, number in top_reasons(outcome)]
        lines += [
            f"  {target}: {number} of the exported are held for it alone"
            for target, number in left_out(outcome)
        ]
    lines += changed(outcome)
    lines += decisions(outcome)
    lines += [found.told() for found in outcome.reconciled]
    lines += [f"alert: {alert['text']}" for alert in outcome.alerts]
    if outcome.more.get("asked", {}).get("dry_run"):
        lines.append("dry run: nothing was written")
    for name, delivered in outcome.more.get("delivered", {}).items():
        carried = f", {delivered['carried_over']} of them carried over" if delivered["carried_over"] else ""
        of = f"documents of {delivered['clients']} clients" if delivered["clients"] else "files"
        lines.append(f"{name}: {delivered['documents']} {of}{carried} in {settings.out / name / 'current'}")
    lines += [_sent(sent) for sent in outcome.more.get("sent", ())]
    if outcome.more.get("published"):
        lines.append(f"marts: {settings.current}")
    if outcome.report:
        lines.append(f"report: {outcome.report}")
    if outcome.seconds:
        total = sum(outcome.seconds.values())
        parts = ", ".join(f"{step} {seconds:.1f}" for step, seconds in outcome.seconds.items())
        lines.append(f"seconds: {total:.1f} ({parts})")
    return lines
