"""Prints errors that a person can fix, and chooses the exit code."""

from connectors.errors import ConnectorError, Misconfigured, Retriable
from rules.catalogue import RulePageError
from sync.cli.exit_codes import ExitCode
from sync.cli.output import print_error
from sync.run.lease import LeaseUnavailableError
from sync.settings import ConfigurationError
from sync.store import StoreError


def report_error(error: Exception) -> ExitCode:
    """Print what went wrong and return the exit code.

    Raises:
        Exception: The error itself, if it is a bug.
    """
    match error:
        case ConfigurationError():
            for issue in error.issues:
                print_error(str(issue))
            return ExitCode.MISCONFIGURED
        case StoreError() | Misconfigured() | RulePageError():
            print_error(str(error))
            return ExitCode.MISCONFIGURED
        case Retriable():
            print_error(str(error))
            return ExitCode.UNREACHABLE
        case ConnectorError() | LeaseUnavailableError():
            print_error(str(error))
            return ExitCode.REFUSED
        case _:
            raise error
