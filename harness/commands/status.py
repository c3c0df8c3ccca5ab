"""`planwise-export status`: where every receiver stands."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from harness.commands.options import HOME, ending_well
from harness.commands.terminal import Line
from harness.config import settings

_MOST = 20


@click.command()
@click.option("--client", metavar="ID", help="This client only, by its id or its reference.")
@click.option("--target", metavar="NAME", help="This target only.")
@HOME
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@ending_well
def status(client: str | None, target: str | None, home: Path, as_json: bool) -> None:
    """Show what the ledger knows of each target: states, last success, failures in a row, queue, alerts.

    Writes nothing, and works while a run is under way. Exit status: 0; 2 where nothing was recorded yet.
    """
    from harness.commands.terminal import put
    from harness.ledger import open_ledger
    from harness.ledger.clients import client_ids, reference
    from harness.ledger.status import status as asked

    where = settings(home)
    with open_ledger(where, create=False) as ledger:
        # opening the state takes a quarter of a second: only for somebody who reads names
        ids = {} if as_json and client is None else client_ids(where)
        found = asked(ledger, target, reference(ledger, client, ids) if client else None)
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        put(lines(found, ids))


def lines(found: Mapping[str, Any], ids: Mapping[str, str]) -> Iterator[Line]:
    """The status as lines for a terminal."""
    last = found["last_run"]
    if last:
        why = f", because {last['why']}" if last["why"] else ""
        yield (f"last run {last['run_id']}: {last['command']} {last['status']}, {last['who']}{why}", "title")
        if last["error_message"]:
            yield (f"  {last['error_code']}: {last['error_message']}", "bad")
    for place in found["receivers"]:
        yield from _receiver(place)
    if found["queue"]:
        yield (f"retry queue: {len(found['queue'])}", "head")
    for row in found["queue"][:_MOST]:
        due = "due" if row["is_due"] else f"next {row['next_attempt_at']}"
        who = _who(row["client_ref"], ids)
        yield (
            f"  {_place(row)} {row['delivery_key']}{who}: {row['attempts']} attempts, {due},"
            f" {row['code'] or 'no code'}",
            "bad" if row["is_due"] else "",
        )
    if len(found["queue"]) > _MOST:
        yield (f"  and {len(found['queue']) - _MOST} more", "dim")
    for alert in found["alerts"]:
        about = _place(alert) + (f" {alert['client_ref']}" if alert["client_ref"] else "")
        yield (
            f"alert since {alert['raised_at']}: {about} failed {alert['failures']} times in a row"
            f" ({alert['error_code'] or 'no code'})",
            "bad",
        )
    for row in found.get("deliveries", ()):
        yield from _delivery(row, ids)
    if not found["receivers"]:
        yield ("nothing was delivered yet", "dim")


def _receiver(place: Mapping[str, Any]) -> Iterator[Line]:
    failures = place["consecutive_failures"]
    yield (_place(place), "head")
    counts = ", ".join(f"{number} {state}" for state, number in sorted(place["states"].items()))
    yield (f"  {counts or 'no documents'}", "")
    if place["last_confirmed_at"]:
        yield (f"  last confirmed {place['last_confirmed_at']} by {place['last_confirmed_run']}", "good")
    else:
        yield ("  nothing confirmed yet", "bad")
    if failures:
        error = f" ({place['last_error']})" if place["last_error"] else ""
        times = "time" if failures == 1 else "times"
        yield (f"  failed {failures} {times} in a row, last in {place['last_run']}{error}", "bad")


def _delivery(row: Mapping[str, Any], ids: Mapping[str, str]) -> Iterator[Line]:
    yield (f"{_place(row)} {row['delivery_key']}{_who(row['client_ref'], ids)}: {row['state']}", "head")
    if row["code"] or row["message"]:
        yield (f"  {row['code'] or ''}: {row['message'] or ''}".rstrip(": "), "bad")
    if row["next_attempt_at"]:
        yield (f"  {row['attempts']} attempts, next {row['next_attempt_at']}", "")
    if row["confirmed_at"]:
        checksum = row["confirmed_checksum"][:16]
        yield (f"  holds {checksum} since {row['confirmed_at']}, run {row['confirmed_run_id']}", "")
    else:
        yield ("  holds nothing of it", "dim")
    yield (f"  last moved {row['updated_at']} by {row['run_id']}", "dim")


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['target']} at {row['endpoint']}" if row["endpoint"] else str(row["target"])


def _who(client_ref: str, ids: Mapping[str, str]) -> str:
    return f" ({ids[client_ref]})" if client_ref in ids else ""
