"""Commands that other distributions add to `steward`, loaded only when they run."""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

GROUP = "steward.commands"
"""The entry point group. Each entry names a `typer.Typer` app."""

_SANDBOX_COMMANDS = {
    "demo": "Pull a sample backlog, plan, write, report to Slack, run again, and show where to look.",
    "sandbox": "Servers that behave like a tracker or Slack, on this machine only.",
}
"""The commands of the sandbox distribution, which may be absent."""


class ExtensibleGroup(TyperGroup):
    """A command group that also lists and runs the commands of installed extensions."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, those of extensions last."""
        return [*super().list_commands(ctx), *sorted(_installed())]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by name; None if there is none."""
        known = super().get_command(ctx, cmd_name)
        if known is not None:
            return known
        entry = _installed().get(cmd_name)
        return _ExtensionCommand(cmd_name, entry) if entry or cmd_name in _SANDBOX_COMMANDS else None


class _ExtensionCommand(TyperCommand):
    """Stands for the command of an extension until it runs."""

    def __init__(self, name: str, entry: EntryPoint | None) -> None:
        source = entry.dist.name if entry is not None and entry.dist is not None else "an extension"
        super().__init__(name, help=_SANDBOX_COMMANDS.get(name, f"A command of {source}."))
        self._entry = entry

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Load the command and let it read the arguments."""
        if self._entry is None:
            typer.echo(
                f"`steward {self.name}` needs the sandbox servers. Install them with: "
                "pip install backlog-steward-sandbox",
                err=True,
            )
            raise typer.Exit(2)
        command = typer.main.get_command(self._entry.load())
        command.name = self.name
        return command.make_context(info_name, args, parent=parent, **extra)


def _installed() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
