"""The command `steward`: one module a family of commands, thin."""

import sys

import typer

from connectors.errors import ConnectorError, Misconfigured, Retriable
from sync.cli import check, decide, explain, preview, rounds, rules, service, setup
from sync.cli.common import complain
from sync.cli.extensions import ExtensibleGroup
from sync.run.lease import Busy
from sync.settings import ConfigurationError
from sync.store import StoreError

app = typer.Typer(
    name="steward",
    cls=ExtensibleGroup,
    help="Keeps a backlog ready: asks good questions early and quietly, and takes everything back on request.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for family in (setup, check, rounds, explain, preview, decide, rules, service):
    family.add_to(app)

DONE, CHANGE_REFUSED, WRONG, UNREACHABLE = 0, 1, 2, 3
"""Exit codes: 1 also means findings, 2 also wrong configuration or credentials."""


def main() -> None:
    """Runs the command line; every error a person can mend is one message without a traceback."""
    try:
        app()
    except ConfigurationError as error:
        for issue in error.issues:
            complain(str(issue))
        sys.exit(WRONG)
    except (StoreError, Misconfigured) as error:
        complain(str(error))
        sys.exit(WRONG)
    except Retriable as error:
        complain(str(error))
        sys.exit(UNREACHABLE)
    except (ConnectorError, Busy) as error:
        complain(str(error))
        sys.exit(CHANGE_REFUSED)
    except BrokenPipeError:
        sys.exit(DONE)


__all__ = ["app", "main"]
