"""Turns the errors that a person can act on into a message and an exit code."""

from connectors.errors import ConnectorError, Misconfigured, Retriable
from sync.cli.exit_codes import ExitCode
from sync.cli.output import complain
from sync.run.lease import LeaseUnavailableError
from sync.settings import ConfigurationError
from sync.store import StoreError


def report_error(error: Exception) -> ExitCode:
    """Print what went wrong and return the exit code.

    Raises:
        Exception: The error itself, when it is a bug rather than something a person can act on.
    """
    match error:
        case ConfigurationError():
            for mistake in error.issues:
                complain(str(mistake))
            return ExitCode.MISCONFIGURED
        case StoreError() | Misconfigured():
            complain(str(error))
            return ExitCode.MISCONFIGURED
        case Retriable():
            complain(str(error))
            return ExitCode.UNREACHABLE
        case ConnectorError() | LeaseUnavailableError():
            complain(str(error))
            return ExitCode.REFUSED
        case _:
            raise error
