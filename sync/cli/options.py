"""Options and arguments that several commands share."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

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


def start_of_day(day: datetime | None) -> datetime | None:
    """The start of the day that `--as-of` names, in UTC."""
    return day.replace(tzinfo=UTC) if day is not None else None
