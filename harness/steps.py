"""The steps of `run`; from_published.py has those of `export`.

Each takes the run's record, does one thing, and says in words what it counted.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exporters import BI, TARGETS, Target
from exporters.yaml import from_json
from harness import built, identifiers, quality, warehouse
from harness.config import SETTINGS, utc_now
from harness.delivery import carry_over, promote_all
from harness.errors import DeliveryError, GateError, SourceError
from harness.files import PUBLIC_DIR, atomic_write, files_below, make_dir, safe_path
from harness.history import history_step
from harness.identifiers import Scanner
from harness.manifest import Entry, read_manifest, write_manifest
from harness.outcome import Client, Clients, require
from harness.queries import known_or_refused
from harness.recorded import Record
from harness.render import Refused, render
from harness.run import Run, Step
from harness.scanned import Looking, remember, unseen, unseen_published
from harness.verify import bundled, verify

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SYNC_DAYS = 400
"""Older operations are in the ledger only."""
CHECKPOINTS = ("source", "marts", "export")


def preflight_step(run: Run) -> str:
    """Whether this role may do it, and all is there that it needs; what is expected, by the runs before."""
    from harness.commands.roles import asked_role
    from harness.preflight import preflight, reached

    decision = preflight(
        run.settings,
        record(run).ledger,
        run.request.command,
        run.request.source,
        run.request.targets,
        role=asked_role(),
        is_dry_run=run.settings.lasting is not None,
        run_id=run.stamp.run_id,
        probes=reached,
    )
    return "\n".join(decision.require().lines())


def extract_step(run: Run) -> str:
    """Land the source as text; know who is in it, and what must never go out."""
    from harness import resume
    from harness.delivered import land_delivered
    from harness.direct import base
    from harness.extract import ensure_state, land, read_source
    from harness.extract.clock import as_of_day

    if run.request.source is None:
        raise SourceError("no_source", "no source was named", "planwise-export run SOURCE")
    for name in run.targets:
        TARGETS[name].bundle_settings(run.settings.home)  # what can't be used is told before the build
    source = read_source(run.request.source)
    ensure_state(run.settings.home)
    as_of = as_of_day(run.request.source)
    about = (run.request.units, as_of, run.request.targets, run.request.clients)
    run.built_from = built.note(source.name, source.sha256, *about, run.settings.project)
    record(run).described(input_checksum=source.sha256, code_checksum=run.built_from["code"])
    run.is_landed = built.is_landed(run.settings, run.built_from)
    stands = run.is_landed or resume.is_landed(run)
    is_standing = not stands and built.is_standing(run.settings)
    where = run.settings.warehouse
    with warehouse.opened(where) if stands else warehouse.writing(where) as connection:
        if not stands:
            land(connection, source, run.request.units, as_of=as_of)
            built.note_code(connection, run.settings.project, run.built_from["code"])
            land_delivered(connection, run.settings, run.targets, run.request.clients)
            base.note_standing(connection, is_standing)
        clients, run.rejected = warehouse.landed(run.settings.state, connection)
        run.identifiers = identifiers.collect(connection, run.request.source, run.settings.lasting_home)
    record(run).knows(run)
    record(run).describe(input_checksum=source.sha256)
    run.clients = Clients(clients, [row["client_id"] for row in run.rejected])
    run.source_rows = len(clients) + len(run.rejected)
    run.scanner = Scanner(run.identifiers)
    known = [*run.clients.by_id, *run.clients.by_ref, *(str(row["client_id"]) for row in run.rejected)]
    known_or_refused(run.request.clients, known, source.name)
    return f"{run.source_rows} rows from {source.name} ({source.kind}, {source.schema_version})"


def review_step(run: Run) -> str:
    """Take reviewers' decisions into the state."""
    from harness.review import step

    return step.review_step(run)


def build_step(run: Run) -> str:
    """Build and test the dbt project; learn the clients' references."""
    from harness import resume
    from harness.files import sha256_of_file
    from harness.review.step import judge

    if run.request.source is None:
        raise SourceError("no_source", "no source was named", "planwise-export run SOURCE")
    # the same input builds the same warehouse: the one that is there; the gates judge it again all the same
    said = "nothing to build: the same source, day, decisions and code as before"
    run.is_built = run.is_landed and built.is_built(run.settings)
    if not (run.is_built or resume.is_built(run)):
        said = _built(run, run.request.source)
    else:
        record(run).describe(build="nothing")
    with warehouse.opened(run.settings.warehouse) as connection:
        clients, run.rejected = warehouse.built(connection)
    found = len(clients) + len(run.rejected)
    if found != run.source_rows:
        raise GateError(
            "rows_lost",
            f"{run.source_rows} rows were landed, but {found} were built",
            "nothing was published; mend the models",
        )
    run.clients = Clients(clients, [row["client_id"] for row in run.rejected])
    compiled = run.settings.home / "target" / "manifest.json"
    record(run).described(manifest_checksum=sha256_of_file(compiled) if compiled.exists() else None)
    judge(run)
    return said


def _built(run: Run, source: Path) -> str:
    from harness import transform
    from harness.backups import back_up, is_empty
    from harness.delivered import land_delivered
    from harness.direct import base

    if run.resumed:
        # who has been at the tables since that run was stopped, nobody knows
        with warehouse.writing(run.settings.warehouse) as connection:
            base.note_standing(connection, False)
    if run.is_landed:
        # the source stands there, but beside it what was delivered before that run, which has delivered since
        with warehouse.writing(run.settings.warehouse) as connection:
            land_delivered(connection, run.settings, run.targets, run.request.clients)
    if any(client.client_ref is None for client in run.clients) and not is_empty(run.settings.state):
        back_up(run.settings.state)  # the build will add their references
    result = transform.build(run.settings.home, source, run.request.units, run.settings.project)
    if not result.succeeded:
        first = result.failed[0]
        raise GateError(
            "build_failed",
            f"{len(result.failed)} of {result.nodes} dbt nodes failed; first: {first.name} ({first.status}):"
            f" {first.message}",
            f"nothing was published; {run.settings.home / 'logs' / 'dbt.log'} has the whole story",
        )
    record(run).describe(build=result.how)
    return f"{result.nodes} models and tests"


def gates_step(run: Run) -> str:
    """Ask the gates. What blocks stops the run here; what holds leaves clients out."""
    from harness import compat

    if run.gate is None:
        raise GateError(
            "no_gate", "the gates were not started", "this is a fault of planwise: no run goes without them"
        )
    run.versions = compat.met(run.settings.warehouse, run.request.source, run.request.navigator_version)
    answer = run.gate.check(
        run.settings.warehouse,
        state=run.settings.state,
        checkpoints=CHECKPOINTS,
        last_published_rows=quality.last_published_rows(run.settings.current),
        last_published_columns=quality.last_published_columns(run.settings.current),
        because=run.request.because,
        versions={name: run.versions.get(name) for name in compat.GATED},
    )
    run.results = list(answer["results"])
    record_quality(run)  # now, since a gate that blocks ends the run
    record(run).gates(run.results)
    for checkpoint in CHECKPOINTS:
        require(checkpoint, [result for result in run.results if result["checkpoint"] == checkpoint])
    record(run).passed()
    run.clients.apply(run.results, run.targets)
    held = sum(client.status == "held" for client in run.clients)
    warned = [
        {"client_ref": client.client_ref, **warning} for client in run.clients for warning in client.warnings
    ]
    targets = [TARGETS[name] for name in run.targets]
    is_new = not run.is_built and "build" not in run.resumed.get("reused", ())
    with warehouse.opened(run.settings.warehouse) as connection:
        # of what was just built some document lacks them; of what stood there most often none does, and a
        # file that is opened for writing is touched, even where nothing is written
        lacking = [
            target
            for target in targets
            if (warned and is_new)
            or warehouse.lacks_warnings(connection, target.table, target.stamped_at, warned)
        ]
        if not lacking:
            _read_documents(run, connection)
    if lacking:
        with warehouse.writing(run.settings.warehouse) as connection:
            for target in lacking:
                warehouse.attach_warnings(connection, target.table, target.stamped_at, warned)
            _read_documents(run, connection)
    for target in targets:
        run.clients.take_warnings(target, run.rows[target.name])
        _fitted(run, target)
    _accounted(run)
    return f"{len(run.results)} rules, {held} clients held"


def _read_documents(run: Run, connection: "DuckDBPyConnection") -> None:
    for name in run.targets:
        run.rows[name] = warehouse.documents(connection, TARGETS[name].table, run.settings.home)


def _fitted(run: Run, target: Target) -> None:
    """Hold back, from this target only, whoever has a document that the home's settings have no room for."""
    refusal = target.refusals(run.settings.home)
    if refusal is None:
        return
    for row in run.rows[target.name]:
        client = run.clients.by_ref.get(row.client_ref)
        fault = refusal(from_json(row.document)) if client and client.goes_to(target.name) else None
        if client and fault:
            hint = "give the field more room in the mapping and the org, or leave it out there"
            reason = {
                "rule": "E01",
                "field": fault[0],
                "code": "does_not_fit",
                "message": fault[1],
                "resolve": hint,
            }
            if {target.name} == set(run.targets) - client.held_for:
                client.hold(reason)
            else:
                client.hold_for(target.name, reason)


def record(run: Run) -> Record:
    """What tells the ledger of this run."""
    if run.record is None:
        raise DeliveryError(
            "no_ledger", "the run has no ledger", "this is a fault of planwise: nothing goes without"
        )
    return run.record


def record_quality(run: Run) -> None:
    """Keep what the gates found; a second time with what came after them."""
    moment = utc_now().isoformat(timespec="microseconds").replace("+00:00", "Z")
    quality.record(run.settings, run.stamp.run_id, moment, run.results, run.scanner)


def _accounted(run: Run) -> None:
    for name, rows in run.rows.items():
        with_document = {row.client_ref for row in rows if row.is_baseline}
        silent = [
            client
            for client in run.clients
            if client.goes_to(name) and client.client_ref not in with_document
        ]
        if not silent:
            continue
        raise GateError(
            "neither_document_nor_reason",
            f"client {silent[0].client_id} (and {len(silent) - 1} more) has neither a document for {name} nor"
            " a reason to be held",
            "the exports model and the gates disagree; nothing was published",
        )


def plan_step(run: Run) -> str:
    """Find what changed in the source, and what that means for each document; stop where it is too much."""
    from harness.changes import source_changes
    from harness.gate.suite import thresholds
    from harness.plan import Clients as Planning
    from harness.plan import guard, make_plan

    with warehouse.opened(run.settings.warehouse) as connection:
        everything = source_changes(connection, run.settings.state)
        newest = connection.execute("select cast(max(last_updated_on) as varchar) from dim_client").fetchall()
    record(run).describe(data_as_of=newest[0][0])
    ids = {change.client_ref: change.client_id for change in everything.clients if change.client_id}
    asked = run.request.clients
    selected = {c.client_ref for c in run.clients if c.client_ref and run.in_scope(c.client_id, c.client_ref)}
    run.changes = everything.only(selected) if asked else everything
    if asked:
        record(run).describe(clients=sorted(selected))
    by_ref = everything.by_ref
    numbers = thresholds(run.settings.project / "dbt_project.yml", "guard_")
    for name in run.targets:
        clients = Planning(
            {ref: (_standing(run.clients.by_ref[ref], name), by_ref.get(ref)) for ref in sorted(selected)},
            {ref: change for ref, change in by_ref.items() if change == "rejected"},
            record(run).is_of_code(run, name),
        )
        rows = [row for row in run.rows[name] if _goes_out(run, name, row.client_ref)]
        current = run.settings.target(name) / "current"
        run.plans[name] = make_plan(
            TARGETS[name],
            current,
            rows,
            clients,
            numbers,
            selected if asked else None,
            TARGETS[name].bundle_settings(run.settings.home),
        )
    run.ids = ids
    guard(run.plans, ids, run.request.because)
    record(run).planned(run)
    plans = run.plans.values()
    counted = {
        action: sum(len(p.keys(action)) for p in plans) for action in ("insert", "update", "unchanged")
    }
    gone = sum(len(p.keys("withdraw", "delete")) for p in plans)
    told = ", ".join(f"{number} {action}" for action, number in counted.items())
    return f"{told}, {gone} withdrawn or deleted"


def _standing(client: Client, target: str) -> str:
    if client.goes_to(target):
        return "going"
    return "rejected" if client.status == "rejected" else "held"


def render_step(run: Run) -> str:
    """Write the documents that differ, of the clients that go out, in staging."""
    counted = 0
    for name in run.targets:
        due = run.plans[name].keys("insert", "update") if name in run.plans else None
        rows = [
            row
            for row in run.rows[name]
            if _goes_out(run, name, row.client_ref) and (due is None or row.delivery_key in due)
        ]
        if not rows:
            run.staged[name] = []
            continue
        run.staged[name], refused = render(TARGETS[name], rows, run.staging / name, run.stamp)
        _refuse(run, name, refused)
        counted += len(run.staged[name])
    return f"{counted} documents of {_clients_of(run.staged, lambda item: item.row.client_ref)} clients"


def _clients_of(documents: Mapping[str, Sequence[Any]], client_ref: Callable[[Any], str]) -> int:
    return len({client_ref(item) for found in documents.values() for item in found})


def _goes_out(run: Run, target: str, client_ref: str) -> bool:
    client = run.clients.by_ref.get(client_ref)
    return client is not None and client.goes_to(target) and run.in_scope(client.client_id, client_ref)


def _refuse(run: Run, target: str, refused: list[Refused]) -> None:
    run.refused.setdefault(target, []).extend(refused)
    for item in refused:
        client = run.clients.by_ref[item.row.client_ref]
        if not item.row.is_baseline:
            # the plan as it is goes out all the same; a change of it is left out alone, and said
            left_out = f"{item.row.delivery_key} is left out: {item.message}"
            client.warnings.append({"rule": "E01", "field": item.field, "message": left_out})
            continue
        resolve = "this is a fault of the export, not of the matrix: report it with the run id"
        reason = {
            "rule": "E01",
            "field": item.field,
            "code": item.code,
            "message": item.message,
            "resolve": resolve,
        }
        client.refuse(target, reason, run.targets)


def verify_step(run: Run) -> str:
    """Read everything back; carry over what the run is not about; write the manifests."""
    for name in run.targets:
        target, folder = TARGETS[name], run.staging / name
        entries, refused = verify(target, run.staged[name], run.stamp, run.scanner)
        _refuse(run, name, refused)
        entries = _without_rejected(run, name, entries, folder)
        plan, unchanged = run.plans.get(name), set[str]()
        selected = {
            c.client_ref for c in run.clients if c.client_ref and run.in_scope(c.client_id, c.client_ref)
        }
        if plan:
            # about everybody, those too who are in the source no more
            selected |= {entry.client_ref for entry in plan.documents}
            refused_refs = run.refused_for(name)
            # a client whose baseline was refused keeps no scenario of it either
            unchanged = {
                entry.delivery_key
                for entry in plan.documents
                if entry.action == "unchanged" and entry.client_ref not in refused_refs
            }
            dropped = plan.keys("update", "withdraw", "delete", "unchanged") - unchanged
            dropped -= {entry.delivery_key for entry in entries}
            run.writes[name] = bool(entries or dropped or not plan.is_release_whole)
        entries += carry_over(
            run.settings.target(name) / "current",
            folder if run.differs(name) else None,
            target,
            Looking(unseen(run.settings, name, run.identifiers)),
            selected=selected,
            unchanged=unchanged,
        )
        run.entries[name] = entries
        if run.differs(name) and (entries or plan):
            # a release without documents is one, too: it takes back what was delivered last
            make_dir(folder, PUBLIC_DIR)
            home = run.settings.home
            bundles = bundled(target, folder, entries, home, run.scanner)
            write_manifest(folder, entries, run.stamp, bundles, target.bundle_settings(home))
    record(run).rendered(run)
    files = sum(map(len, run.entries.values()))
    rejected = sum(map(len, run.refused.values()))
    run.results += [
        _own_result("E01", "hold", "Every document reads back equal and fits its schema.", files, rejected),
        _own_result("E02", "block", "No internal identifier occurs in any outgoing file.", files, 0),
    ]
    for name, entries in run.entries.items():
        kept = run.plans[name].keys("unchanged") if name in run.plans else frozenset()
        # the baseline first, then what is recommended
        for entry in sorted(entries, key=lambda entry: "__" in entry.delivery_key):
            if not entry.carried_over or entry.delivery_key in kept:
                _exported(run.clients.by_ref[entry.client_ref], f"{name}/current/{entry.path}")
    if not run.request.clients and not any(run.entries.values()):
        raise GateError(
            "nothing_to_publish", "no client passed the gates", "the report names what holds each of them"
        )
    return f"{files} files of {_clients_of(run.entries, lambda entry: entry.client_ref)} clients"


def _without_rejected(run: Run, target: str, entries: list[Entry], folder: Path) -> list[Entry]:
    """Leave out the scenarios of a client whose baseline was refused, and take their files away."""
    kept, refused = [], run.refused_for(target)
    for entry in entries:
        if entry.client_ref in refused:
            safe_path(folder, entry.path).unlink()
        else:
            kept.append(entry)
    return kept


def _own_result(rule: str, severity: str, sentence: str, checked: int, failing: int) -> dict[str, Any]:
    return {
        "rule": rule,
        "checkpoint": "export",
        "severity": severity,
        "sentence": sentence,
        "relation": "rendered files",
        "rows_checked": checked + failing,
        "rows_failing": failing,
        "passed": failing == 0,
        "exception": None,
        "findings": [],
    }


def _exported(client: Client, document: str) -> None:
    if client.status != "rejected":
        client.status = "exported"
        client.documents.append(document)


def publish_step(run: Run) -> str:
    """Make the next published marts, complete and verified, not yet current; none where nothing differs."""
    from harness.ledger.marts import synced
    from harness.publish import is_published, operations_before, publish
    from harness.published_scan import scan_published

    record_quality(run)
    known = json.dumps(run.identifiers).encode()
    if not run.settings.identifiers.exists() or run.settings.identifiers.read_bytes() != known:
        atomic_write(run.settings.identifiers, known)
    if not any(run.differs(name) for name in run.targets) and is_published(
        run.settings, run.stamp.run_id, run.clients, run.results, run.scanner
    ):
        if new := unseen_published(run.settings, run.identifiers):
            scan_published(run.settings.current, Scanner(new), run.settings.warehouse)
        run.is_looked_through = True
        return "no mart differs from what is published"
    ledger = record(run).ledger
    since = (ledger.clock() - timedelta(days=_SYNC_DAYS)).isoformat()
    told = synced(ledger, run.stamp.run_id, since, operations_before(run.settings.current))
    run.published = publish(run.settings, run.stamp.run_id, run.clients, run.results, run.scanner, told)
    run.is_looked_through = True
    return f"{len(run.published.rows)} tables, {sum(run.published.rows.values())} rows"


def bi_step(run: Run) -> str:
    """Stage the published marts as Parquet, with a catalogue, for the target `bi`."""
    if BI not in run.request.targets:
        return "not asked for"
    from harness.bi.release import differs, stage_bi

    published = run.published.path if run.published else run.settings.current
    current = run.settings.target(BI) / "current"
    before = current if current.exists() else None
    folder = run.staging / BI
    entries = stage_bi(published, folder, run.stamp.run_id, before, run.stamp.generated_at)
    is_whole = before is not None and files_below(before) == read_manifest(before).paths
    run.writes[BI] = differs(entries, before) or not is_whole
    if not run.differs(BI):
        return "no table differs from what is delivered"
    run.entries[BI] = entries
    record(run).staged(BI, entries)
    return f"{len(entries)} files"


def due_targets(run: Run) -> list[str]:
    """Targets whose release will be another one."""
    asked = run.request.targets
    return [name for name in asked if (run.entries.get(name) or name in run.plans) and run.differs(name)]


def deliver_step(run: Run) -> str:
    """Switch every target to its new release, and the published marts with them; all, or none.

    What was published is what the next load is compared with, and only then.
    """
    published = run.published

    def last() -> None:
        backup = None
        if run.changes:
            from harness.changes import confirm

            where = run.settings
            backup = confirm(where.state, where.warehouse, run.changes.clients, run.stamp.run_id)
        try:
            if published:
                from harness.publish import make_current

                make_current(run.settings, published)
        except BaseException:
            if backup:
                from harness.backups import restore

                restore(run.settings.state, backup)
            raise

    targets = due_targets(run)
    with built.remembering(run.settings, run.built_from) as note:
        record(run).published(run)
        record(run).intent(run, targets)
        run.releases = promote_all(run.settings, targets, run.stamp.run_id, last)
        record(run).confirmed(run, targets)
        remember(run.settings, run.targets, run.identifiers, published=run.is_looked_through)
        run.is_published = published is not None
        note(run.stamp.run_id)
    return ", ".join(str(folder) for folder in run.releases.values()) or "nothing to deliver"


def send_step(run: Run) -> str:
    """Send what is delivered here to the endpoints of the settings; what fails there undoes nothing here."""
    if not (run.settings.home / SETTINGS).is_file():
        return "no endpoint takes any of it"
    from harness.receivers.settings import endpoints

    if not endpoints(run.settings):
        return "no endpoint takes any of it"
    from harness.commands.send import line
    from harness.sending import send_all

    run.sent = send_all(run.settings, record(run).ledger, run.stamp.run_id, run.request.targets)
    return "\n".join(map(line, run.sent)) or "no endpoint takes any of it"


RUN: tuple[Step, ...] = (
    ("preflight", preflight_step),
    ("extract", extract_step),
    ("review", review_step),
    ("build", build_step),
    ("gates", gates_step),
    ("plan", plan_step),
    ("render", render_step),
    ("verify", verify_step),
    ("history", history_step),
    ("publish", publish_step),
    ("bi", bi_step),
    ("deliver", deliver_step),
    ("send", send_step),
)
