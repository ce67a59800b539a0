"""Opens a session for one command: loads the configuration, opens the store and handles signals."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import structlog
import typer
from structlog.typing import Processor

from connectors.tracker import Tracker
from rules.model import WorkItem, with_recorded_feedback
from sync.cli.logs import log_to_stderr
from sync.cli.options import require_choice
from sync.cli.output import print_error, printable
from sync.rounds.context import RoundContext
from sync.rounds.trackers import open_tracker
from sync.run.lease import hold_tracker_lease
from sync.settings import Configuration, find_configuration, load
from sync.store import Database, NoStoreError, items, open_store, stored_values
from sync.store.backlogs import with_team

_log = structlog.get_logger(__name__)

LEASE_TIMEOUT = 30.0
"""How many seconds a command waits for the lease of a tracker, which another process holds during a round."""

WithoutStore = Literal["fail", "create", "use a temporary one"]
"""The behaviour of a command if there is no store yet. Commands that read trackers create it."""


@dataclass
class Session:
    """A loaded configuration and its open store.

    Attributes:
        temporary_store_reason: The reason why a temporary store is used; empty if it is the configured store.
        stop: Set when the process has been asked to end.
    """

    configuration: Configuration
    database: Database
    temporary_store_reason: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def local_now(self) -> datetime:
        """The current time in the team's time zone."""
        return self.clock().astimezone(self.configuration.settings.time_zone)

    def installation_id(self) -> str:
        """The id of the installation, which is the service with this store."""
        with self.database.writing() as transaction:
            return stored_values.ensure_installation_id(transaction)

    def tracker_names(self, tracker_option: str | None) -> list[str]:
        """The names of all trackers, or the name that `--tracker` selects."""
        names = list(self.configuration.settings.trackers)
        if tracker_option is None:
            return names
        require_choice(tracker_option, names, "There is no tracker")
        return [tracker_option]

    def tracker(
        self,
        name: str,
        *,
        through: str | None = None,
        allow_writes: bool | None = None,
        before_write: Callable[[], None] = lambda: None,
        quick: bool = False,
        checks_setup: bool = False,
    ) -> Tracker:
        """Open a tracker without connecting to it.

        Args:
            through: The configured tracker whose credentials to use, if this one is no longer configured.
            allow_writes: Whether writes may be sent; None for what the configuration says.
            before_write: Called right before every write; raises an error to prevent it.
            quick: Whether connecting may use what an earlier connection has read, such as the tracker's fields.
            checks_setup: Whether connecting checks the settings with further requests.
        """
        return open_tracker(
            name,
            self.configuration.settings,
            self.database,
            through=through,
            allow_writes=allow_writes,
            stop=self.stop,
            before_write=before_write,
            quick=quick,
            checks_setup=checks_setup,
        )

    @contextmanager
    def working_on(
        self,
        name: str,
        progress: Callable[[str, int, int], None] = lambda _step, _done, _total: None,
        *,
        timeout: float = LEASE_TIMEOUT,
        **options: Any,
    ) -> Iterator[tuple[Tracker, RoundContext]]:
        """Hold the lease of a tracker, so that no other process works on it.

        Args:
            progress: Called with the tracker's name and the step, what is done of it, and its total.
            timeout: How many seconds to wait for another process that holds the lease.
            options: As for `tracker`.

        Yields:
            The tracker, and the context of a round, which is one pass over it.

        Raises:
            LeaseUnavailableError: Another process still holds the lease.
        """
        with (
            hold_tracker_lease(self.database, name, timeout=timeout) as lease,
            closing(self.tracker(name, before_write=lease.check, **options)) as tracker,
        ):
            context = RoundContext(
                configuration=self.configuration,
                database=self.database,
                clock=self.clock,
                should_stop=self.stop.is_set,
                progress=lambda step, done, total: progress(f"{name} {step}", done, total),
                check_lease=lease.check,
            )
            yield tracker, context

    def titles(self, tracker: str, keys: Iterable[str]) -> dict[str, str]:
        """The titles of stored items, by key."""
        with self.database.reading() as transaction:
            return items.titles(transaction, tracker, keys)

    def item(self, key: str, tracker: str | None, *, include_out_of_scope: bool = False) -> WorkItem:
        """The stored item with this key, its team and the recorded feedback: what customers asked for.

        Args:
            key: The item's key, in any letter case.
            include_out_of_scope: Also find an item that has left the scope: it was deleted, or the settings of the
                tracker no longer select it.

        Raises:
            typer.BadParameter: No item has this key, or items in several trackers do.
        """
        names = self.tracker_names(tracker)
        with self.database.reading() as transaction:
            matches = [
                item
                for item in items.items_by_key(transaction, key, include_out_of_scope=include_out_of_scope)
                if item.tracker in names
            ]
        if not matches:
            raise typer.BadParameter(
                f'No item "{printable(key)}" is in the store {self.database.name}. '
                "Check the key, or run `steward pull`."
            )
        if len(matches) > 1:
            trackers = ", ".join(item.tracker for item in matches)
            raise typer.BadParameter(f'"{key}" exists in several trackers ({trackers}). Choose one with --tracker.')
        item = with_recorded_feedback(matches[0], self.configuration.feedback)
        return with_team(item, self.configuration.settings.team_map)


@contextmanager
def open_session(
    config: Path | None,
    *,
    without_store: WithoutStore = "fail",
    sends_reports: bool = False,
    verbose: int = 0,
    as_json_logs: bool = False,
    render_line: Processor | None = None,
) -> Iterator[Session]:
    """Load the configuration and open the store. SIGTERM and the first Ctrl-C set `Session.stop`.

    Args:
        sends_reports: Whether Slack's token is needed.
        verbose: How often `--verbose` was given.
        render_line: Renders log entries as lines for a terminal; None for the usual format.
    """
    log_to_stderr(verbosity=verbose, as_json=as_json_logs, render_line=render_line)
    configuration = load(find_configuration(config), sends_reports=sends_reports)
    for note in configuration.notes:
        if as_json_logs:
            _log.warning("configuration", note=note)
        else:
            print_error(note)
    with ExitStack() as stack:
        url, temporary_store_reason = configuration.settings.store, ""
        try:
            database = open_store(url, create=without_store == "create")
        except NoStoreError as error:
            if without_store != "use a temporary one":
                raise
            temporary_store_reason = str(error)
            folder = stack.enter_context(TemporaryDirectory(prefix="steward-"))
            database = open_store(f"sqlite:///{folder}/temporary.db", create=True)
        stack.callback(database.close)
        session = Session(configuration, database, temporary_store_reason)
        stack.enter_context(stop_on_signals(session.stop))
        yield session


@contextmanager
def stop_on_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` on SIGTERM or Ctrl-C. A second Ctrl-C raises `KeyboardInterrupt`."""

    def handle_signal(number: int, _frame: Any) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    previous_handlers = {number: signal.signal(number, handle_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)
