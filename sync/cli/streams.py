"""Ends a command cleanly if its output cannot be written, because of a closed pipe or a full disk."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from sync.cli.exit_codes import ExitCode


class OutputGuard:
    """Wraps a text stream, and ends the command if text cannot be written to it.

    A closed pipe (`steward plan | head -1`) ends the command without an error. Another error is printed.

    Args:
        may_fail: Whether text that cannot be written is dropped instead, as on standard error: a command does not end
            because a log line cannot be written.

    Attributes:
        is_written: Whether anything was written to the stream.
    """

    def __init__(self, stream: TextIO, *, may_fail: bool) -> None:
        self._stream = stream
        self._may_fail = may_fail
        self.is_written = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text."""
        self.is_written = True
        try:
            return self._stream.write(text)
        except OSError as error:
            self._abandon(error)
            return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write lines, which contain their line breaks."""
        self.write("".join(lines))

    def flush(self) -> None:
        """Flush the stream."""
        try:
            self._stream.flush()
        except OSError as error:
            self._abandon(error)

    def _abandon(self, error: OSError) -> None:
        """Redirect the stream to the null device, so that buffered text cannot fail again, and end the command."""
        with contextlib.suppress(OSError, ValueError):
            null_device = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null_device, self._stream.fileno())
            os.close(null_device)
        if self._may_fail:
            return
        if isinstance(error, BrokenPipeError):
            raise SystemExit(ExitCode.DONE)
        from sync.cli.output import print_error  # noqa: PLC0415 - takes longer to import than `steward --help` takes

        print_error(f"The output cannot be written: {error.strerror or error}.")
        raise SystemExit(ExitCode.REFUSED)


@contextlib.contextmanager
def guarded_streams() -> Iterator[OutputGuard]:
    """Guard standard output, which is yielded, and standard error. At the end, flush both."""
    original_streams = sys.stdout, sys.stderr
    stdout_guard = OutputGuard(original_streams[0], may_fail=False)
    stderr_guard = OutputGuard(original_streams[1], may_fail=True)
    sys.stdout, sys.stderr = stdout_guard, stderr_guard
    try:
        yield stdout_guard
    finally:
        try:
            stdout_guard.flush()
            stderr_guard.flush()
        finally:
            sys.stdout, sys.stderr = original_streams
