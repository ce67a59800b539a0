"""Prints text, tables and JSON on standard output, and messages and progress on standard error."""

import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import islice
from typing import Any

import msgspec
import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from connectors.redaction import redact
from sync.cli.json_errors import json_errors
from sync.cli.logs import is_json_log

out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
"""Standard output and standard error, without any interpretation of the text."""

_NO_BREAK_SPACE = "\u00a0"
_TEXT_WIDTH = 80
"""The maximum number of characters in a line of text, whether or not the output is a terminal."""
_UNLIMITED_WIDTH = 10_000
"""The width of tables, in characters, if the output is not a terminal."""
_LINES_PER_CALL = 100
"""The number of lines that are printed at once."""
_BYTES_PER_CALL = 65_536
"""The number of bytes of a JSON document that are printed at once."""


def print_error(message: str) -> None:
    """Print an error or a warning to standard error, or log it if the log is JSON.

    A failed command with `--json` also lists it in its JSON document.
    """
    json_errors.messages.append(redact(message))
    if is_json_log():
        structlog.get_logger(__name__).error(redact(message))
        return
    err.print(f"steward: {printable(redact(message), keep_line_breaks=True)}", style="red" if err.is_terminal else None)


def printable(text: str, *, keep_line_breaks: bool = False) -> str:
    """Replace characters that could control the terminal by spaces, because item text is untrusted."""
    return "".join(char if char.isprintable() or (keep_line_breaks and char == "\n") else " " for char in text)


def wrap(text: str, indent: str = "", first_indent: str | None = None) -> list[str]:
    """Split a sentence into lines of at most 80 characters. `first_indent` is for the first one.

    A number and its percent sign stay together.
    """
    first_indent = indent if first_indent is None else first_indent
    joined = printable(text).replace(" %", f"{_NO_BREAK_SPACE}%")
    lines = textwrap.wrap(joined, _TEXT_WIDTH, initial_indent=first_indent, subsequent_indent=indent)
    return [line.replace(_NO_BREAK_SPACE, " ") for line in lines]


def shorten(text: str, indent: str = "", suffix: str = "") -> str:
    """Shorten a text to one line of at most 80 characters, between an indent and a suffix."""
    width = _TEXT_WIDTH - len(indent) - len(suffix)
    return indent + textwrap.shorten(printable(text), width, placeholder=" …") + suffix


def as_sentence(message: object) -> str:
    """A message with a full stop, unless it ends with a mark of its own, as "Did you mean …?" does."""
    return str(message) if str(message).endswith(("?", ".")) else f"{message}."


def count_of(count: int, noun: str) -> str:
    """A number of things, such as "1 item" or "2 items"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def quoted_lines(text: str) -> Iterator[str]:
    """Yield the lines of a comment, each after a margin."""
    return (f"    │ {printable(line)}" for line in text.splitlines())


def print_lines(lines: Iterable[str]) -> None:
    """Print lines on standard output, several at once, which takes a fraction of the time."""
    remaining = iter(lines)
    while together := list(islice(remaining, _LINES_PER_CALL)):
        out.print("\n".join(together))


def print_json(value: Any) -> None:
    """Print the JSON document of a command, a few lines at a time, because it may have millions of characters."""
    document = BytesIO(msgspec.json.format(msgspec.json.encode(value), indent=2))
    while lines := document.readlines(_BYTES_PER_CALL):
        sys.stdout.write(redact(b"".join(lines).decode()))
    sys.stdout.write("\n")


def print_table(rows: Iterable[Sequence[str]], *, header: Sequence[str] = (), indent: int = 0) -> None:
    """Print rows in columns. Long cells are wrapped on a terminal; otherwise each row is one line."""
    table = Table(*header, box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=bool(header))
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    if indent:
        indented = Table.grid(padding=(0, 0, 0, indent), pad_edge=True)
        indented.add_row(table)
        table = indented
    console = Console(width=out.width if out.is_terminal else _UNLIMITED_WIDTH)
    with console.capture() as capture:
        console.print(table)
    print_lines(line.rstrip() for line in capture.get().splitlines())


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that shows the progress of a step on a terminal: its name, and how much of it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield show
