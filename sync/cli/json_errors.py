"""Prints the errors of a command with `--json` as JSON."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sync.cli.exit_codes import ExitCode


class JsonErrors:
    """Collects the error messages of a command with `--json`."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    @contextmanager
    def collect_usage_error(self) -> Iterator[None]:
        """Collect the error about invalid arguments that ends the block."""
        try:
            yield
        except Exception as error:
            # Only errors of click have this method. click is not imported here, because that takes time.
            if (format_message := getattr(error, "format_message", None)) is not None:
                self.messages.append(format_message())
            raise

    def print(self, code: int) -> None:
        """Print the errors as a JSON document, if the command failed and has the option `--json`.

        Must not be called if the command has printed a result, because `--json` promises one document.
        """
        if code != ExitCode.DONE and "--json" in sys.argv:
            document = {"errors": self.messages, "exit_code": code}
            sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


json_errors = JsonErrors()
"""The errors of the command that this process runs."""
