"""Reads a file that was exported from a tracker, for `steward check FILE` and `--file`.

The items go into a temporary mirror, a database like the store, so that memory does not grow with the file.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connectors.plugin import TrackerContext
from connectors.registry import PLUGINS
from connectors.tracker import Problem
from rules.model import Backlog
from rules.registry import all_rules
from rules.teams import Teams
from sync.mirror.pull import pull
from sync.rounds.judging import HISTORY_WINDOW
from sync.rounds.simulated_round import past_backlog
from sync.store import Database, migrate
from sync.store.backlogs import load_backlog

_FILE_PLUGIN = next(plugin for plugin in PLUGINS.values() if plugin.reads_files)
FILE_TRACKER = _FILE_PLUGIN.kind
"""The name under which a file is read like a tracker."""


@dataclass(frozen=True)
class ExportedBacklog:
    """The content of an export file.

    Attributes:
        item_count: The number of items in the file, open or finished.
        notes: Notes about the interpretation of the file.
        skipped: Data that could not be read or understood, with reasons.
    """

    database: Database
    backlog: Backlog
    item_count: int
    notes: tuple[str, ...]
    skipped: tuple[Problem, ...]


@contextmanager
def open_export(path: Path, now: datetime, *, as_of: datetime | None = None) -> Iterator[ExportedBacklog]:
    """Read an export file into a temporary mirror.

    Args:
        now: Read it as if this were the present time.
        as_of: Reconstruct the backlog as of this time; None for the present state in the file.

    Raises:
        Misconfigured: The file cannot be read as an export.
    """
    with tempfile.TemporaryDirectory(prefix="steward-check-") as folder:
        database = Database(f"sqlite:///{folder}/mirror.db")
        try:
            migrate(database)
            tracker = _FILE_PLUGIN.open(_FILE_PLUGIN.settings(path=str(path)), TrackerContext(FILE_TRACKER))
            connection = tracker.connect()
            # `vanish_limit` is the share of the stored items that may be missing. A new mirror has none.
            pull_result = pull(tracker, connection, database, now, vanish_limit=1.0, rules=all_rules().keys())
            with database.reading() as transaction:
                notes = connection.notes
                if as_of is None:
                    backlog = load_backlog(transaction, FILE_TRACKER, now - HISTORY_WINDOW, in_memory=False)
                else:
                    past = past_backlog(transaction, FILE_TRACKER, Teams(), as_of)
                    backlog, notes = past.backlog, (*notes, *past.notes)
                yield ExportedBacklog(database, backlog, pull_result.items, notes, tuple(pull_result.skipped))
        finally:
            database.close()
