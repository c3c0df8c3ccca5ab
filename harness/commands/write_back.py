"""`planwise-export write-back`: modelled outcomes into the Design Matrix's own database."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands.options import HOME, OUT, ending_well, safe
from harness.config import settings

if TYPE_CHECKING:
    from harness.navigator.write_back_rows import Written

_LEFT = {
    "kept": "has a value that planwise did not write; --overwrite replaces it",
    "unit_unknown": "is it a percent or a fraction? no value and no rule of the column tells",
    "column_too_coarse": "the column has too few digits for it",
    "unchanged": "stands there already",
}


@click.command("write-back")
@click.argument("database", type=click.Path(path_type=Path))
@click.option(
    "--rates",
    is_flag=True,
    help="Also fill participation_rate and avg_deferral_rate, where the matrix has them.",
)
@click.option("--overwrite", is_flag=True, help="With --rates: also where somebody else's value stands.")
@click.option("--dry-run", is_flag=True, help="Show the rows; the file stays as it is, byte for byte.")
@HOME
@OUT
@ending_well
def write_back(database: Path, rates: bool, overwrite: bool, dry_run: bool, home: Path, out: Path) -> None:
    """Write the accepted outcomes of the last run into DATABASE, a Design Matrix (DuckDB).

    They go into its table navigator_outcomes, as new versions, each with an entry in its audit_log. A copy
    of the database is made beside it first; everything else in it stays as it is.

    Exit status: 0 done or nothing to do, 2 usage, 5 the copy failed or more than that would change, 75
    somebody has the database open.
    """
    from harness.config import new_run_id, utc_now
    from harness.lock import run_lock
    from harness.navigator.write_back import write_back as write

    where = settings(home, out)
    moment = utc_now()
    with run_lock(where.lock, f"write-back-{new_run_id(moment)}"):
        written = write(where, database, moment, rates=rates, overwrite=overwrite, dry_run=dry_run)
    for line in report(written, dry_run):
        click.echo(safe(line))


def report(written: "Written", dry_run: bool) -> list[str]:
    """What was, or would be, written; row by row in a dry run."""
    lines = []
    if dry_run:
        for row in written.outcomes:
            told = ", ".join(f"{name} {value}" for name, value in row.items() if name != "client_id")
            lines.append(f"{row['client_id']}: {told}")
        for rate in written.changed:
            lines.append(
                f"{rate['client_id']}: {rate['field_name']} {rate['old_value'] or 'blank'}"
                f" -> {rate['new_value']}"
            )
    for rate in written.rates:
        if rate["action"] in _LEFT and (dry_run or rate["action"] != "unchanged"):
            lines.append(f"{rate['client_id']}: {rate['field_name']} left alone: {_LEFT[rate['action']]}")
    lines += [f"{name} is no column of this Design Matrix" for name in written.absent]
    if not written.has_audit:
        lines.append("this Design Matrix has no audit_log; the outcomes themselves say who wrote them")
    verb = "would be written" if dry_run else "written"
    lines.append(f"{len(written.outcomes)} outcomes and {len(written.changed)} rates {verb}")
    if written.backup:
        lines.append(f"the database before is {written.backup}")
    return lines
