"""The JSON document of a command that fails before it has printed its own."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sync.cli.exit_codes import ExitCode


class JsonErrors:
    """Collects what goes wrong while a command with `--json` runs."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin with another command."""
        self.messages: list[str] = []

    @contextmanager
    def of_usage(self) -> Iterator[None]:
        """Collect the error about arguments that ends a block."""
        try:
            yield
        except Exception as error:
            if (format_message := getattr(error, "format_message", None)) is not None:
                self.messages.append(format_message())
            raise

    def print(self, code: int) -> None:
        """Print the errors as a document, if the command should print one."""
        if code != ExitCode.DONE and "--json" in sys.argv:
            document = {"errors": self.messages, "exit_code": code}
            sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


json_errors = JsonErrors()
"""Of the command that this process runs."""
