"""The steps of `new-client`: those of `run`, for the new clients alone, resumable, with a report for people.

Each step's line, time and counts are kept for that report; see docs/workflows.md.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from harness import resume, steps, warehouse
from harness.config import utc_now
from harness.consult import Consultation, of_client
from harness.endpoints import shared_places
from harness.errors import PlanwiseError
from harness.files import PUBLIC_DIR, PUBLIC_FILE, atomic_write, link_or_copy, make_dir, safe_join
from harness.identifiers import Scanner
from harness.new_client_report import markdown, texts_seen, unescaped
from harness.outcome import Client
from harness.render import Stamp
from harness.run import Run, Step
from harness.verify import no_identifier
from harness.warehouse import literal

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_NOTED = frozenset(("extract", "build", "gates", "history"))
"""Steps after which the home is worth going on from: they write into the warehouse or the state."""
_NOBODY = "the client's row was rejected: nothing to compare"
_BEFORE = {"plan": ("peers", "recommend"), "deliver": ("report",)}


class NewClient:
    """One run of the command: the spine's steps, and what it keeps of them."""

    def __init__(self) -> None:
        self._told: list[dict[str, Any]] = []
        self._reports: dict[str, bytes] = {}

    def steps(self) -> tuple[Step, ...]:
        """The steps in order, by name."""
        mine: dict[str, Callable[[Run], str]] = {
            "peers": self._peers,
            "recommend": self._recommend,
            "report": self._report,
            "deliver": self._deliver,
        }
        found: list[Step] = []
        for name, function in steps.RUN:
            found += [self._watched(own, mine[own]) for own in _BEFORE.get(name, ())]
            found.append(self._watched(name, mine.get(name, function)))
        return tuple(found)

    def _watched(self, name: str, function: Callable[[Run], str]) -> Step:
        def step(run: Run) -> str:
            begun = time.perf_counter()
            said = function(run)
            if name in run.resumed.get("reused", ()):
                said = f"{said} (done by run {run.resumed['run_id']}: not done again)"
            if name in _NOTED:
                resume.note(run, name)
            seconds = round(time.perf_counter() - begun, 3)
            self._told.append({"step": name, "seconds": seconds, "said": said})
            return said

        return name, step

    def _peers(self, run: Run) -> str:
        found = _from_warehouse(run)
        return (
            "; ".join(
                f"{one.client['plans'] or 0} peers of {one.client['organisations'] or 0} organisations,"
                f" {_compared(one)} of {len(one.features)} features compared, {len(one.gaps)} gaps"
                for one in found
            )
            or _NOBODY
        )

    def _recommend(self, run: Run) -> str:
        found = _from_warehouse(run)
        return (
            "; ".join(
                f"{len(one.recommendations)} recommendations,"
                f" {sum(row['is_exported'] for row in one.recommendations)} as scenarios"
                for one in found
            )
            or _NOBODY
        )

    def _report(self, run: Run) -> str:
        """Compose the reports from the marts that are about to be published; nothing is put in place yet."""
        path = run.published.path if run.published else run.settings.current
        run.told["new_clients"] = []
        with warehouse.opened(path) as connection:
            for client in _asked(run):
                found = of_client(connection, str(client.client_ref))
                name = f"{client.client_ref}.md"
                text = checked_report(found, client, run.stamp, self._told, run.scanner)
                self._reports[name] = text.encode()
                run.told["new_clients"].append(_summary(found, client, f"reports/new_client/{name}"))
        return ", ".join(self._reports) or _NOBODY

    def _deliver(self, run: Run) -> str:
        said = steps.deliver_step(run)
        folder = make_dir(run.settings.out / "reports" / "new_client", PUBLIC_DIR)
        for name, content in self._reports.items():
            put_report(folder, name, content)
        resume.finished(run)
        return f"{said}; reports in {folder}{self._elsewhere(run)}"

    def _elsewhere(self, run: Run) -> str:
        """The reports to the endpoints that take reports; what fails there undoes nothing here."""
        told = ""
        try:
            for place in shared_places(run.settings) if self._reports else ():
                try:
                    told += f", {place.deliver(f'new_client_{run.stamp.run_id}', self._reports)}"
                except PlanwiseError as error:
                    told += f"; endpoint {place.name} failed: {error.message}"
        except PlanwiseError as error:
            return f"; no endpoint got them: {error.message}"
        return told


def checked_report(
    found: Consultation, client: Client, stamp: Stamp, steps: Iterable[Mapping[str, Any]], scanner: Scanner
) -> str:
    """The report, after rule E02 looked through it. Raises GateError (E02)."""
    with texts_seen() as texts:
        text = markdown(found, client, stamp, steps)
    # as it stands, as people read it (Markdown puts a backslash before an underscore), and as it came
    looked = {"report": text, "as read": unescaped(text), "texts": texts}
    no_identifier(scanner, f"{client.client_ref}.md", looked)
    return text


def put_report(folder: "Path", name: str, content: bytes) -> None:
    """Put a report in place in one rename; the one before stays in before/, by the time it was replaced."""
    path = safe_join(folder, name)
    if path.exists():
        moment = utc_now().strftime("%Y%m%dT%H%M%S.%fZ")
        link_or_copy(path, safe_join(make_dir(folder / "before", PUBLIC_DIR), f"{moment}.{name}"))
    atomic_write(path, content, PUBLIC_FILE)


def _asked(run: Run) -> list[Client]:
    return [client for client in run.clients if run.in_scope(client.client_id, client.client_ref)]


def _from_warehouse(run: Run) -> list[Consultation]:
    with warehouse.opened(run.settings.warehouse) as connection:
        _standing(connection, _asked(run))
        return [of_client(connection, str(client.client_ref)) for client in _asked(run)]


def _standing(connection: "DuckDBPyConnection", clients: list[Client]) -> None:
    """What the published marts will say of the clients: the warehouse does not know it."""
    names = ("rule", "field", "code", "message")
    connection.execute(
        "create or replace temp table fct_client_status (client_ref varchar, status varchar, rule varchar,"
        " field varchar, code varchar, message varchar)"
    )
    for client in clients:
        for reason in client.reasons or [dict.fromkeys(names)]:
            values = [client.client_ref, client.status, *(reason[name] for name in names)]
            listed = ", ".join("null" if value is None else literal(str(value)) for value in values)
            connection.execute(f"insert into fct_client_status values ({listed})")


def _compared(found: Consultation) -> int:
    return sum(row["n"] is not None and row["client_value"] is not None for row in found.features)


def _summary(found: Consultation, client: Client, report: str) -> dict[str, Any]:
    return {
        "client_id": client.client_id,
        "client_ref": client.client_ref,
        "client_name": found.client["client_name"],
        "status": client.status,
        "peers": found.client["plans"],
        "organisations": found.client["organisations"],
        "widening_step": found.client["widening_step"],
        "features": len(found.features),
        "features_compared": _compared(found),
        "gaps": len(found.gaps),
        "recommendations": [
            {key: row[key] for key in ("recommendation", "priority", "is_exported", "not_exported_reason")}
            for row in found.recommendations
        ],
        "missing": found.missing,
        "report": report,
    }
