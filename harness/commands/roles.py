"""Every command asks the policy before it does anything: one place, so that none can forget."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from harness import memory
from harness.commands.late import Late, all_of
from harness.commands.options import say
from harness.config import DEFAULT_HOME, DEFAULT_OUT, Settings, settings
from harness.errors import NotAllowed, PlanwiseError
from harness.policy import ROLES, VARIABLE

_META = "planwise.role"
_DRY = "dry-run"
_OVERRIDE = "override"
_GUARDED = ("run", "new-client")
"""Commands whose --because passes a volume guard."""


def asked_role() -> str | None:
    """The role given with --role, of the command that is running."""
    context = click.get_current_context(silent=True)
    return context.meta.get(_META) if context else None


def guarded(group: click.Group) -> click.Group:
    """Give every command of the group --role, and have the policy asked first."""
    group.params.append(_role_option())
    _walk(group, ())
    if isinstance(group, Late):
        group.guard = lambda name, command: _guard(command, (name,))
    return group


def operations(group: click.Group) -> list[str]:
    """What the commands of a group are called in the policy: `state restore` is state-restore."""
    found = []
    for name, command in all_of(group).items():
        if isinstance(command, click.Group):
            found += [name] if command.invoke_without_command else []
            found += [f"{name}-{inner}" for inner in operations(command)]
        else:
            found.append(name)
    return found


def _walk(group: click.Group, path: tuple[str, ...]) -> None:
    for name, command in group.commands.items():
        _guard(command, (*path, name))


def _guard(command: click.Command, path: tuple[str, ...]) -> None:
    if any(option.name == "role" for option in command.params):
        return  # done before: a command is one object, however often the program is made
    command.params.append(_role_option())
    if command.callback:
        command.callback = _asking(command.callback, "-".join(path))
    if isinstance(command, click.Group):
        _walk(command, path)


def _role_option() -> click.Option:
    return click.Option(
        ["--role"],
        type=click.Choice(ROLES),
        expose_value=False,
        callback=_remember,
        help=f"Act as this role (or {VARIABLE}); docs/operations.md says which there are.",
    )


def _remember(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value:
        context.meta[_META] = value


def _asking(callback: Callable[..., Any], operation: str) -> Callable[..., Any]:
    @functools.wraps(callback)
    def asking(*arguments: Any, **named: Any) -> Any:
        context = click.get_current_context()
        if not context.invoked_subcommand:  # else the command inside asks
            where = _where(context)
            try:
                memory.said()  # before anybody takes a size that is none for a file that can't be opened
                _ask(where, operation, context.params)
            except PlanwiseError as error:
                if isinstance(error, NotAllowed):
                    _audit(where, operation, error)
                say(error)
                sys.exit(error.exit_status)
        return callback(*arguments, **named)

    return asking


def _ask(where: Settings, operation: str, params: dict[str, Any]) -> None:
    from harness import policy

    found = policy.load(where.home)
    who = policy.person(found, asked_role())
    is_dry = params.get("dry_run") and found.allows(who.role, _DRY)
    if not is_dry:
        policy.check(found, who, operation)
    if operation in _GUARDED and params.get("because"):
        policy.check(found, who, _OVERRIDE)


def _where(context: click.Context) -> Settings:
    import os

    given: Path | None = context.params.get("inner_home") or context.params.get("home")
    if given is None and isinstance(context.obj, Path):
        given = context.obj
    home = given or os.environ.get("PLANWISE_HOME") or DEFAULT_HOME
    return settings(home, context.params.get("out") or DEFAULT_OUT)


def _audit(where: Settings, operation: str, error: NotAllowed) -> None:
    """Write the refusal into the ledger; it stands whether or not that works."""
    from harness.refusals import record

    try:
        record(where, operation, error, asked_role())
    except (PlanwiseError, OSError) as fault:
        click.echo(f"the refusal could not be recorded: {str(fault).splitlines()[0]}", err=True)
