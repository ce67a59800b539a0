"""The entry point of `steward`: runs a command, and converts expected errors to a message and an exit code."""

import codecs
import gc
import io
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from sync.cli.command_group import CommandGroup
from sync.cli.exit_codes import ExitCode
from sync.cli.json_errors import json_errors
from sync.cli.streams import guarded_streams

_ESCAPE_HANDLER = "steward.escaped"
"""The name under which `_escape` is registered as an error handler of text encodings."""
_OBJECTS_PER_COLLECTION = 50_000
"""The number of new objects after which Python looks for reference cycles. With the default of 700, this takes an
eighth of the time of a pull, and items form no cycles."""

app = typer.Typer(
    name="steward",
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_requested: bool) -> None:
    """Print the version and exit, if `--version` was given."""
    if is_requested:
        typer.echo(f"steward {version('backlog-steward')}")
        raise typer.Exit


@app.callback()
def steward(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Keeps a backlog ready: asks good questions early and quietly, and undoes everything on request."""


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Escape characters that the output encoding lacks, such as an arrow in cp1252, so that JSON remains valid."""
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[index]:02x}{units[index + 1]:02x}" for index in range(0, len(units), 2)), error.end


def collect_garbage_rarely() -> None:
    """Let Python look for reference cycles less often."""
    gc.set_threshold(_OBJECTS_PER_COLLECTION)


def main() -> None:
    """Run the command line."""
    collect_garbage_rarely()
    codecs.register_error(_ESCAPE_HANDLER, _escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ESCAPE_HANDLER)
    with guarded_streams() as output:
        code = _run()
        # With `--json`, a command prints one document: its result or, if there is none, its errors.
        if not output.is_written:
            json_errors.print(code)
        sys.exit(code)


def _run() -> int:
    """Run the command that the arguments name; return its exit code."""
    json_errors.messages.clear()
    try:
        app(prog_name="steward")
    except SystemExit as exit_request:
        return exit_request.code if isinstance(exit_request.code, int) else int(exit_request.code is not None)
    except Exception as error:  # noqa: BLE001 - an unexpected error is raised again
        # Imported here because the error classes take longer to import than `steward --help` takes.
        from sync.cli.errors import report_error  # noqa: PLC0415

        return report_error(error)
    return ExitCode.DONE
