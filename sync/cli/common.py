"""What the commands share: options, output, progress, logging, and the opened store."""

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Self

import msgspec
import stamina.instrumentation
import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from connectors.redaction import redact
from connectors.tracker import Tracker
from sync.rounds.context import RoundContext
from sync.rounds.trackers import open_tracker
from sync.settings import Configuration, find, load
from sync.store import Database, migrate

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="The steward.yaml to use.", show_default=False)
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else on standard output.")
]
TrackerOption = Annotated[str | None, typer.Option("--tracker", "-t", help="Only this tracker.", show_default=False)]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Log every request.")]

out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def complain(message: str) -> None:
    """One message to whoever sits there."""
    err.print(f"steward: {printable(redact(message), lines=True)}", style="red" if err.is_terminal else None)


def printable(text: str, *, lines: bool = False) -> str:
    """Text that cannot move the cursor or colour the terminal; item text is data."""
    return "".join(one if one.isprintable() or (lines and one == "\n") else " " for one in text)


def print_json(value: Any) -> None:
    """The one JSON document of a command."""
    sys.stdout.write(redact(msgspec.json.format(msgspec.json.encode(value), indent=2).decode()) + "\n")


def log_to_stderr(*, verbose: bool = False, as_json: bool = False) -> None:
    """Logs for whoever runs the service: warnings, and with `verbose` every request. Secrets are masked last of all."""
    level = logging.DEBUG if verbose else logging.INFO if as_json else logging.WARNING
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=err.is_terminal)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer, _last_word],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for library in (
        "httpx",
        "httpcore",
        "jira",
        "azure.devops",
        "msrest",
        "apscheduler",
        "slack_sdk",
        "urllib3",
        "watchfiles",
        "alembic",
    ):
        logging.getLogger(library).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    stamina.instrumentation.set_on_retry_hooks([])  # the door logs by itself, and without arguments


def _last_word(_logger: Any, _method: str, line: Any) -> str:
    return redact(str(line))


@dataclass
class Opened:
    """A loaded configuration with its store open."""

    configuration: Configuration
    database: Database
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def trackers(self, only: str | None) -> list[str]:
        """Names of the trackers that a command is about."""
        known = list(self.configuration.settings.trackers)
        if only is None:
            return known
        if only not in known:
            raise typer.BadParameter(f'There is no tracker "{only}"; there are {", ".join(known)}.')
        return [only]

    def tracker(
        self, name: str, *, writing: bool | None = None, before_write: Callable[[], None] = lambda: None
    ) -> Tracker:
        """A tracker, not yet connected."""
        return open_tracker(
            name,
            self.configuration.settings,
            self.database,
            writing=writing,
            stop=self.stop,
            before_write=before_write,
        )

    def context(self, progress: "ShowProgress | None" = None, **more: Any) -> RoundContext:
        """What a round works with."""
        told = progress or (lambda _what, _done, _of: None)
        return RoundContext(
            configuration=self.configuration,
            database=self.database,
            clock=self.clock,
            stopping=self.stop.is_set,
            progress=told,
            **more,
        )


@contextmanager
def opened(config: Path | None, *, verbose: bool = False, as_json_logs: bool = False) -> Iterator[Opened]:
    """Loads the configuration and opens the store; SIGTERM and the first Ctrl-C end the work in good order."""
    log_to_stderr(verbose=verbose, as_json=as_json_logs)
    configuration = load(find(config))
    database = Database(configuration.settings.store)
    migrate(database)
    this = Opened(configuration, database)
    with stopping_on_signals(this.stop):
        try:
            yield this
        finally:
            database.close()


@contextmanager
def stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """The first signal asks for an end; a second Ctrl-C insists."""

    def asked(number: int, _frame: Any) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class ShowProgress:
    """A bar on a terminal, and silence anywhere else."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=err,
            transient=True,
            disable=not err.is_terminal,
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, what: str, done: int, of: int) -> None:
        """Shows how far some work is."""
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(f"{self._name} {what}".strip(), total=of)
        self._bar.update(self._tasks[what], completed=done, total=of)


def table(rows: Sequence[Sequence[str]], *, indent: str = "") -> str:
    """Rows in columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return "\n".join(
        indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
