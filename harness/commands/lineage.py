"""`planwise-export lineage`: from a delivered value back to the cell that it came from."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands.options import HOME, OUT, ending_well, safe
from harness.config import settings

if TYPE_CHECKING:
    from harness.lineage import Lineage


@click.command()
@click.argument("what", metavar="CLIENT|DOCUMENT")
@click.option("--field", help="Only this field: its cell, its models, its place in the documents.")
@HOME
@OUT
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every model and event.")
@ending_well
def lineage(what: str, field: str | None, home: Path, out: Path, as_json: bool) -> None:
    """Trace a client, a delivery key, or a delivered file back to file, sheet, row, column and raw text.

    Through the reviewer's decision if there is one, the models with their checksums, the run with its
    versions, and the checksums of document, bytes and manifest, to the ledger's events. Nothing is written.
    Exit status: 0, 2 nothing of that name.
    """
    from harness.ledger import open_ledger
    from harness.lineage import lineage as trace

    where = settings(home, out)
    with ExitStack() as held:
        ledger = held.enter_context(open_ledger(where, create=False))
        found = trace(where, ledger, what, field)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False, default=str))
    else:
        click.echo(safe("\n".join(lines(found, field))))


def lines(found: "Lineage", field: str | None) -> list[str]:
    """The way back, one step a line."""
    source = found.source
    told = [f"client {found.client_id or '(unknown to the state)'} = {found.client_ref}"]
    if source.get("file"):
        sheet = f", sheet {source['sheet']}" if source.get("sheet") else ""
        told.append(f"source: {source['file']}{sheet}, row {source['row_number']}; load {source['load_id']}")
        told.append(f"  {source['source_kind']} {source['schema_version']}, sha256 {source['source_sha256']}")
    else:
        told.append(f"source: {source.get('what')}")
    for one in found.fields:
        told.append(f"{one['field']}: {one['raw']!r} -> {one['value']} ({one['status']})")
        if one["resolution"]:
            by = one["resolution"]
            told.append(
                f"  decided: {by['value']!r} by {by['reviewer']} on {by['decided_on']}: {by['reason']}"
            )
    for change in found.history if field else found.history[:1]:
        what = f", {change['old_raw']!r} -> {change['new_raw']!r}" if change["field"] else ""
        told.append(
            f"version {change['version_number']}: {change['change_reason']}{what} ({change['changed_at']})"
        )
    for document in found.documents:
        told += _of_document(document, field)
    if not found.documents:
        told.append("nothing of this client was delivered from this home to this folder")
    return told


def _of_document(one: dict[str, Any], field: str | None) -> list[str]:
    why = f": {one['why']}" if one["why"] else ""
    told = [f"{one['target']}/{one['delivery_key']}: {one['state']}{why}"]
    file, run = one["file"], one["run"]
    if file["path"]:
        told.append(f"  file {file['path']} {file['what']}")
        told.append(f"  document {one['document_checksum']}, bytes {one['sha256']} ({one['bytes']})")
        told.append(f"  release {one['release']}, its manifest {one['manifest_sha256']}")
        carried = ", carried over since" if file["carried_over"] else ""
        told.append(f"  written by run {file['written_by']} at {file['generated_at']}{carried}")
        told += [f"  {field} is in the document at {place}" for place in file["found_at"]]
    else:
        told.append(f"  {file['what']}")
    named = [model["file"] for model in one["models"] if model["names_field"]]
    if one["models"]:
        said = f"; {field} is named in" if named else ""
        told.append(f"  {len(one['models'])} models from the row to the document{said}")
        told += [f"    {path}" for path in named]
    if run.get("versions"):
        versions = ", ".join(f"{name} {number}" for name, number in sorted(run["versions"].items()))
        told.append(f"  run {run['run_id']} by {run['who']} at {run['started_at']}: {versions}")
        told.append(f"  input {run['input_checksum']}, code {run['code_checksum']}")
    if one["events"]:
        last = one["events"][-1]
        seqs = ", ".join(str(event["seq"]) for event in one["events"])
        told.append(
            f"  ledger events {seqs}; the last is {last['kind']} at {last['at']}, hash {last['hash']}"
        )
    return told
