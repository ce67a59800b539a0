"""Options and arguments that several commands share."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated

import typer

from rules.model import Backlog
from sync.cli.output import printable

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="The steward.yaml to use.", show_default=False)
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else on standard output.")
]
TrackerOption = Annotated[str | None, typer.Option("--tracker", "-t", help="Only this tracker.", show_default=False)]
VerboseOption = Annotated[
    int,
    typer.Option("--verbose", "-v", count=True, show_default=False, help="Log what is done; -vv: also every request."),
]
TeamOption = Annotated[str | None, typer.Option("--team", help="Only this team.", show_default=False)]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="Show the backlog as it was when this day began. Contacts no tracker and writes nothing.",
        show_default=False,
    ),
]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--file",
        help="Look at the items in this export of a tracker or file of JSON lines instead of the store. "
        "Rules, teams and messages are those of --config, or the defaults.",
        exists=True,
        dir_okay=False,
        show_default=False,
    ),
]
KeyArgument = Annotated[str, typer.Argument(help="The key of the item, such as PAY-12.")]


def require_choice(value: str | None, choices: Collection[str], problem: str) -> None:
    """Refuse the value of an option or argument that is not one of the choices.

    Args:
        problem: The beginning of the error, such as "There is no team".
    """
    if value is not None and value not in choices:
        raise typer.BadParameter(f'{problem} "{printable(value)}". Choose from: {", ".join(choices)}.')


def require_team(team: str | None, backlogs: Iterable[Backlog]) -> None:
    """Refuse a value of `--team` to which no open item belongs."""
    teams = sorted({item.team for backlog in backlogs for item in backlog.outlines})
    require_choice(team, teams, "No open item belongs to the team")


def start_of_day(day: datetime | None, zone: tzinfo = UTC) -> datetime | None:
    """The start of the day that an option names, in a time zone."""
    return day.replace(tzinfo=zone) if day is not None else None
