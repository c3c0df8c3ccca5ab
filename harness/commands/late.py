"""A group whose commands are imported when they are asked for: one command does not pay for thirty."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

Guard = Callable[[str, click.Command], None]


class Late(click.Group):
    """Commands of their own, and `late` ones: name, and the module that has an attribute of its name."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.late: dict[str, str] = {}
        self.guard: Guard | None = None
        """Is shown each command that was imported, before it can run (roles.py)."""

    def add_late(self, *modules: str) -> None:
        """Have `harness.commands.<module>`, each with the command of that name; `_` is written `-`."""
        self.late = {module.replace("_", "-"): module for module in modules}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, sorted."""
        return sorted({*self.commands, *self.late})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import it, if need be."""
        if cmd_name in self.late and cmd_name not in self.commands:
            module = self.late[cmd_name]
            command: click.Command = getattr(import_module(f"harness.commands.{module}"), module)
            if self.guard:
                self.guard(cmd_name, command)
            self.add_command(command, cmd_name)
        return self.commands.get(cmd_name)


def all_of(group: click.Group) -> dict[str, click.Command]:
    """Every command of a group by its name, imported."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command}
