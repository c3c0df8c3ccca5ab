"""The steps of `export`: the published marts instead of a build, then as in a run."""

import json
from typing import Any

from exporters import TARGETS
from harness import identifiers, warehouse
from harness.errors import SourceError
from harness.identifiers import Scanner
from harness.outcome import Client, Clients
from harness.queries import known_or_refused
from harness.run import Run, Step
from harness.steps import deliver_step, preflight_step, record, render_step, send_step, verify_step


def read_step(run: Run) -> str:
    """Who was asked for, and their documents, from the published marts; nothing is built."""
    if not run.settings.identifiers.exists():
        raise SourceError(
            "nothing_built",
            "nothing was published in this home yet",
            "run `planwise-export run SOURCE` first",
        )
    with warehouse.opened(run.settings.current, state=run.settings.state) as connection:
        by_id = dict(connection.execute("select client_id, client_ref from state.main.client_ref").fetchall())
        run.identifiers = identifiers.of_clients(by_id)
        kept = json.loads(run.settings.identifiers.read_bytes())
        run.identifiers += [(kind, value) for kind, value in kept]
        run.identifiers += identifiers.machine(None, run.settings.lasting_home)
        run.scanner = Scanner(run.identifiers)
        record(run).knows(run)
        asked = {by_id.get(client, client) for client in run.request.clients}
        status = connection.execute(
            "select client_ref, status, rule, field, code, message, target from fct_client_status"
        ).fetchall()
        for name in run.targets:
            run.rows[name] = warehouse.documents(connection, TARGETS[name].table, run.settings.home, asked)
        run_ids = connection.execute("select max(run_id) from fct_quality_result where is_latest").fetchall()
    record(run).passed_before(str(run_ids[0][0]))
    refs = {row[0] for row in status}
    ids = {ref: client_id for client_id, ref in by_id.items()}
    known_or_refused(
        run.request.clients,
        [*(i for i, ref in by_id.items() if ref in refs), *refs],
        run.settings.current.name,
    )
    run.clients = Clients(_published_clients(status, ids, asked))
    run.source_rows = len(run.clients)
    return f"{len(run.clients)} clients of {len(refs)} published"


def _published_clients(status: list[tuple[Any, ...]], ids: dict[str, str], asked: set[str]) -> list[Client]:
    clients: dict[str, Client] = {}
    for ref, state, *reason in status:
        if ref in asked:
            client = clients.setdefault(ref, Client(ids.get(ref, ref), ref))
            told = dict(zip(("rule", "field", "code", "message", "target"), reason, strict=True))
            if state in ("held", "rejected"):
                client.hold(told)
            elif told["target"]:
                client.hold_for(told["target"], told)
    return list(clients.values())


EXPORT: tuple[Step, ...] = (
    ("preflight", preflight_step),
    ("read", read_step),
    ("render", render_step),
    ("verify", verify_step),
    ("deliver", deliver_step),
    ("send", send_step),
)
