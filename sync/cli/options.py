"""Options and arguments that several commands share."""

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
KeyArgument = Annotated[str, typer.Argument(help="The key of the item, such as PAY-12.")]
