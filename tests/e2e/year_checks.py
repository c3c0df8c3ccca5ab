"""What must hold after each load of the year: report, documents, marts and history as expected."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from tests.e2e.command import Place, Ran
from tests.e2e.year_expected import Expected, Row, Step

Stamps = dict[str, tuple[int, bytes | str]]


def stamps(place: Place) -> Stamps:
    """Time and bytes of every delivered, published and kept file; links as what they point at."""
    found: Stamps = {}
    home = place.home
    for top in (place.out, home / "published", home / "backups", home / "state.duckdb"):
        for path in sorted([top, *top.rglob("*")]):
            name = str(path.relative_to(place.root))
            if path.is_symlink():
                found[name] = (path.lstat().st_mtime_ns, str(path.readlink()))
            elif path.is_file():
                found[name] = (path.stat().st_mtime_ns, path.read_bytes())
    return found


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Ask a file that nobody writes to."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def kept_rows(state: Path) -> dict[str, tuple[Any, ...]]:
    """Rows and checksum of every table of a state."""
    with duckdb.connect(str(state), read_only=True) as connection:
        names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return {
            name: connection.execute(f'select count(*), sum(hash(t)) from "{name}" as t').fetchall()[0]
            for name in names
        }


def check_counts(ran: Ran, rows: dict[str, Row], expected: Expected, step: Step) -> None:
    """The report counts what was edited, adds up, and says of each client what the marts say of it."""
    report = ran.report
    found = {kind: report["changes"]["counts"][kind] for kind in step.counts}
    assert found == step.counts, (found, step.counts)
    told = {
        client["client_id"]: {entry["field"] for entry in client["fields"]}
        for client in report["changes"]["clients"]
        if client["change"] == "changed"
    }
    assert {name: fields for name, fields in told.items() if fields != {"notes"}} == {
        name: set(edits) for name, edits in step.edited.items()
    }
    assert set(ran.clients) == set(rows), set(ran.clients) ^ set(rows)
    for name, client in ran.clients.items():
        assert expected.refs.setdefault(name, client["client_ref"]) == client["client_ref"], name
    assert len(set(expected.refs.values())) == len(expected.refs)

    statuses = ran.statuses()
    if step.number == 1:  # what becomes of the sample is settled elsewhere (sample_designs.json)
        expected.never_delivered |= {name for name in rows if statuses[name] != "exported"}
        assert not [name for name in expected.never_delivered if name.startswith("YR-")]
    delivered = expected.delivered(rows)
    assert {name for name, status in statuses.items() if status == "exported"} == delivered
    accounted = report["accounted"]
    gone = 0 if expected.is_delivered_already else len(step.deleted & expected.delivered_before)
    assert accounted["source"] == len(rows)
    assert accounted["deleted"] == gone
    assert accounted["sent"] + accounted["unchanged"] == len(delivered)
    assert accounted["held"] == len(rows) - len(delivered)
    assert accounted["rejected"] == 0
    expected.delivered_before = delivered

    marts = dict(query(ran.place.marts, "select client_ref, status from fct_client_status group by all"))
    assert marts == {expected.refs[name]: status for name, status in statuses.items()}
    clients = {ref for (ref,) in query(ran.place.marts, "select client_ref from dim_client")}
    assert clients == set(marts)


def check_files(ran: Ran, before: Stamps, expected: Expected, step: Step) -> None:
    """Each file is what its manifest says; baselines differ where a client was edited, and nowhere else.

    What is recommended is told from a client's peers: those documents may change with a neighbour's edit.
    """
    current = ran.place.current
    entries = json.loads((current / "MANIFEST.json").read_bytes())["documents"]
    assert {path.name for path in current.iterdir()} == {e["path"] for e in entries} | {"MANIFEST.json"}
    for entry in entries:
        content = (current / entry["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["path"]
        assert len(content) == entry["bytes"], entry["path"]
    keys = {key for (key,) in query(ran.place.marts, "select delivery_key from exp_navigator__scenario")}
    assert keys == {entry["delivery_key"] for entry in entries}
    baselines = {e["client_ref"] for e in entries if e["delivery_key"] == f"{e['client_ref']}_baseline"}
    delivered = {expected.refs[name] for name in expected.delivered_before}
    assert baselines == delivered, baselines ^ delivered
    assert {entry["client_ref"] for entry in entries} == delivered

    old = _documents(before)
    new = _documents(stamps(ran.place))
    edited = set() if expected.is_delivered_already else {expected.refs[name] for name in step.edited}
    for ref in delivered:
        name = f"{ref}_baseline.yaml"
        if name not in old:
            continue
        if ref in edited:
            assert new[name][1] != old[name][1], f"{name} says what it said before the edit"
        else:
            assert new[name] == old[name], f"{name} was written, and nobody edited its client"
    for name, (_, was) in before.items():  # releases and marts of before are backups: they stay as they are
        if "/releases/" in name or ("/published/" in name and "current" not in name):
            assert (ran.place.root / name).read_bytes() == was, name
    expected.is_delivered_already = False


def _documents(found: Stamps) -> Stamps:
    """Those of the release that is current, by file name."""
    link = "out/navigator/current"
    release = f"out/navigator/{found[link][1]!s}/" if link in found else "-"
    return {name.removeprefix(release): stamp for name, stamp in found.items() if name.startswith(release)}


def check_history(ran: Ran, expected: Expected, step: Step) -> None:
    """As many versions as designs, begun and ended in the right loads for the right reasons; no overlap."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for ref, *version in query(
        ran.place.marts,
        "select client_ref, version_number, change_reason, end_reason, is_current, valid_from, valid_to,"
        " changed_fields from dim_plan_design order by client_ref, version_number",
    ):
        found.setdefault(ref, []).append(tuple(version))
    told = {ref: [version[:4] for version in versions] for ref, versions in found.items()}
    due = {
        expected.refs[name]: [
            (number, version.reason, _end_reason(versions, number), version.ended is None)
            for number, version in enumerate(versions, 1)
        ]
        for name, versions in expected.versions.items()
    }
    assert told == due, {
        ref: (told.get(ref), due.get(ref)) for ref in told | due if told.get(ref) != due.get(ref)
    }
    _check_times(found, expected)
    _check_changes(ran, found, expected, step)


def _end_reason(versions: tuple[Any, ...], number: int) -> str | None:
    reason: str | None = versions[number - 1].end_reason
    return reason


def _check_times(found: dict[str, list[tuple[Any, ...]]], expected: Expected) -> None:
    """Each load has one moment, later than the last: versions begin and end at those and at no other."""
    moments: dict[int, set[Any]] = {}
    for name, versions in expected.versions.items():
        for version, row in zip(versions, found[expected.refs[name]], strict=True):
            moments.setdefault(version.begun, set()).add(row[4])
            if version.ended:
                moments.setdefault(version.ended, set()).add(row[5])
            assert (version.ended is None) == (row[5] is None), (name, row)
    assert all(len(times) == 1 for times in moments.values()), moments
    ordered = [moments[load].pop() for load in sorted(moments)]
    assert ordered == sorted(set(ordered)), ordered


def _check_changes(ran: Ran, found: dict[str, list[tuple[Any, ...]]], expected: Expected, step: Step) -> None:
    """fct_design_change tells of each edit of this load with the texts before and after, and of no other."""
    told: dict[str, dict[str, tuple[str, str]]] = {ref: {} for ref in expected.refs.values()}
    numbers = {expected.refs[name]: len(expected.versions[name]) for name in step.edited}
    for ref, number, name, old, new in query(
        ran.place.marts,
        "select client_ref, version_number, field, coalesce(old_raw, ''), coalesce(new_raw, '')"
        " from fct_design_change where old_raw is distinct from new_raw and change_reason = 'source_changed'",
    ):
        if numbers.get(ref) == number:
            told[ref][name] = (old, new)
    due = {expected.refs[name]: edits for name, edits in step.edited.items()}
    assert {ref: edits for ref, edits in told.items() if edits} == due
    for name, edits in step.edited.items():
        assert set(edits) <= set(found[expected.refs[name]][-1][6]), (name, edits)
