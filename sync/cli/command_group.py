"""The group of all commands of `steward`. Each is listed from a table, and imported only when it runs.

Other distributions add commands through the entry point group `steward.commands`; each entry names a `typer.Typer`.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from sync.cli.commands import COMMANDS, SANDBOX_COMMANDS
from sync.cli.exit_codes import ExitCode
from sync.cli.json_errors import json_errors

ENTRY_POINT_GROUP = "steward.commands"
"""The entry point group for commands of other distributions."""


class LazyCommand(TyperCommand):
    """A command known by name and summary, and loaded when it runs or prints its own help."""

    def __init__(self, name: str, summary: str, load: Callable[[], Any]) -> None:
        super().__init__(name, help=summary, hidden=not summary)
        self.load = load

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Load the command and let it parse its arguments."""
        return self.load().make_context(*args, **extra)


class CommandGroup(TyperGroup):
    """The commands of this distribution, followed by those of installed extensions."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, (module, summary) in COMMANDS.items():
            self.add_command(LazyCommand(name, summary, partial(_load_command, module, name)))
        for name in SANDBOX_COMMANDS:  # replaced below if the distribution with these commands is installed
            self.add_command(_missing_command(name))
        for entry in sorted(entry_points(group=ENTRY_POINT_GROUP)):
            summary = SANDBOX_COMMANDS.get(entry.name, f"Provided by {entry.module}.")
            self.add_command(LazyCommand(entry.name, summary, partial(_load_extension, entry)))

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Parse the arguments. An error in them is collected, so that `--json` can print it."""
        with json_errors.collect_usage_error():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command. An error in its arguments is collected, so that `--json` can print it."""
        with json_errors.collect_usage_error():
            return super().invoke(ctx)


def _load_command(module: str, name: str) -> Any:
    """Import a command of this distribution."""
    return typer.main.get_group(import_module(f"sync.cli.{module}").app).commands[name]


def _load_extension(entry: EntryPoint) -> Any:
    """Import a command of another distribution."""
    command = typer.main.get_command(entry.load())
    command.name = entry.name
    return command


def _missing_command(name: str) -> Any:
    """A hidden command that says which distribution to install."""
    app = typer.Typer(add_completion=False)

    @app.command(name, hidden=True, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def missing() -> None:
        typer.echo(
            f"`steward {name}` needs the sandbox servers. Install them from the repository's folder: "
            "`pip install ./tests/sandbox`, or with pipx `pipx inject backlog-steward ./tests/sandbox`.",
            err=True,
        )
        raise typer.Exit(ExitCode.MISCONFIGURED)

    return typer.main.get_command(app)
