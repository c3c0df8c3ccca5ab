"""`planwise-export batch`: insights over many clients, one report for each endpoint of the settings."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands.options import HOME, OUT, ending_well, options, safe, say
from harness.config import settings

if TYPE_CHECKING:
    from harness.batch import Batch


@click.command()
@click.option(
    "--clients",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of clients, one id or reference a line.",
)
@click.option(
    "--industry", multiple=True, metavar="NAME", help="Only this industry; may be given more than once."
)
@click.option(
    "--band", multiple=True, metavar="BAND", help="Only this size: 1 to 5, or its label (1,000-4,999)."
)
@click.option("--state", multiple=True, metavar="CODE", help="Only this state.")
@click.option("--plan-type", multiple=True, metavar="NAME", help="Only this kind of plan, such as 403(b).")
@click.option(
    "--stale-since", type=click.DateTime(["%Y-%m-%d"]), help="Only data older than this day, or undated."
)
@click.option(
    "--fell-by",
    type=click.FloatRange(min=0, max=100),
    default=5.0,
    show_default=True,
    help="Percentile points that make a fall.",
)
@options(HOME, OUT)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@ending_well
def batch(
    clients: Path | None,
    industry: tuple[str, ...],
    band: tuple[str, ...],
    state: tuple[str, ...],
    plan_type: tuple[str, ...],
    stale_since: datetime | None,
    fell_by: float,
    home: Path,
    out: Path,
    as_json: bool,
) -> None:
    """Analyse many clients at once: adoption, gaps, recommendations, falls, age of the data.

    Reads the published marts; builds nothing. Conditions narrow one another. Exit status: 0 all, 2 usage,
    3 some clients of the file are unknown (the others are reported), 4 an internal identifier was found,
    5 an endpoint failed (the others got it).
    """
    from harness.batch import Asked, analyse
    from harness.batch_delivery import deliver

    where = settings(home, out)
    asked = Asked(
        clients, industry, band, state, plan_type, stale_since.date() if stale_since else None, fell_by
    )
    from harness.endpoints import endpoints

    places = endpoints(where)  # a wrong setting is told before the work
    found = analyse(where, asked)
    delivered, failed = deliver(where, found, places)
    if as_json:
        told = found.as_json() | {"delivered": {name: str(path) for name, path in delivered.items()}}
        click.echo(json.dumps(told, indent=2, default=str))
    else:
        click.echo(
            safe("\n".join([*_summary(found), *(f"{name}: {path}" for name, path in delivered.items())]))
        )
    for name in found.unknown:
        click.echo(safe(f"not published, left out: {name}"), err=True)
    for error in failed:
        say(error)
    if failed or found.unknown:
        sys.exit(5 if failed else 3)


def _summary(found: "Batch") -> Iterator[str]:
    plans, organisations = found.thresholds["plans"], found.thresholds["organisations"]
    kept = sum(row["suppressed_reason"] is not None for row in found.segments)
    yield f"{len(found.clients)} clients, marts of {found.published}"
    few = f"fewer than {plans} plans or {organisations} organisations"
    yield f"{len(found.segments)} figures, {kept} kept back ({few})"
    for row in found.segments:
        if row["segment_kind"] == "all" and row["kind"] == "has" and row["written"]:
            yield f"  {row['label']:<26} {row['written']:>7} of {row['n']}"
    for row in found.recommended:
        if row["clients"]:
            told = f"{row['clients']} clients, {row['as_scenarios']} as scenarios"
            yield f"  {row['best_priority']} {row['rule']}: {told}"
    fell = len({row["client_ref"] for row in found.fell})
    yield (
        f"fell since {found.compared_with}: {fell}"
        if found.compared_with
        else "no publication to compare with"
    )
    yield "data: " + ", ".join(f"{row['clients']} {row['data_age']}" for row in found.freshness)
