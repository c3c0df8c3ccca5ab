"""`planwise-export state`: the state database and its backups."""

from pathlib import Path

import click

from harness.commands.options import HOME, INNER_HOME, ending_well, inner_settings
from harness.errors import SourceError


@click.group()
@HOME
@click.pass_context
def state(context: click.Context, home: Path) -> None:
    """Look after the state: references of clients, decisions of reviewers."""
    context.obj = home


@state.command()
@click.argument("backup", type=click.Path(path_type=Path))
@INNER_HOME
@ending_well
def restore(backup: Path, inner_home: Path | None) -> None:
    """Put BACKUP in the place of the state; what is there now is backed up first.

    BACKUP is a path, or the name of a file in the backups folder of the home.
    """
    from harness.backups import restore as put_back
    from harness.lock import run_lock

    where = inner_settings(inner_home)
    with run_lock(where.lock, "state-restore"):
        kept = put_back(where.state, backup)
    click.echo(f"restored: {where.state} is {backup.name} now")
    if kept:
        click.echo(f"the state before is {kept}")


@state.command()
@INNER_HOME
@ending_well
def backup(inner_home: Path | None) -> None:
    """Copy the state to the backups folder of the home, and say where it is."""
    from harness.backups import back_up
    from harness.lock import run_lock

    where = inner_settings(inner_home)
    if not where.state.exists():
        raise SourceError(
            "no_state_yet", f"there is no {where.state}", "the first `planwise-export run SOURCE` makes it"
        )
    with run_lock(where.lock, "state-backup"):
        copy = back_up(where.state)
    click.echo(str(copy))


@state.command(name="list")
@INNER_HOME
@ending_well
def list_(inner_home: Path | None) -> None:
    """List the backups, the newest first, with what each of them holds."""
    from harness.backups import contents, known

    where = inner_settings(inner_home)
    copies = known(where.state)
    for copy in reversed(copies):
        click.echo(f"{copy.name}  {contents(copy)}")
    if not copies:
        click.echo(f"no backup in {where.home}")
