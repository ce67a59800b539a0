"""Commands that other distributions add to `steward`, loaded only when they are needed."""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperGroup

GROUP = "steward.commands"
"""The entry point group. Each entry names a `typer.Typer` app."""

_SANDBOX_COMMANDS = ("demo", "sandbox")


class ExtensibleGroup(TyperGroup):
    """A command group that also lists and runs the commands of installed extensions."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, those of extensions last."""
        return [*super().list_commands(ctx), *sorted(_installed())]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by name; None if there is none."""
        entry = _installed().get(cmd_name)
        if entry is not None:
            command = typer.main.get_command(entry.load())
            command.name = cmd_name
            return command
        if cmd_name in _SANDBOX_COMMANDS:
            return _not_installed(cmd_name)
        return super().get_command(ctx, cmd_name)


def _installed() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _not_installed(name: str) -> Any:
    app = typer.Typer(add_completion=False)

    @app.command(name, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def missing() -> None:
        """Needs the sandbox distribution."""
        typer.echo(
            f"`steward {name}` needs the sandbox servers. Install them with: pip install backlog-steward-sandbox",
            err=True,
        )
        raise typer.Exit(2)

    return typer.main.get_command(app)
