"""The whole loop on sandboxes: pull, plan, apply, report, a second round that writes nothing, and all taken back.

It goes the way of the real thing: a configuration file that is loaded like any other, trackers and Slack over HTTP, the
same rounds. Only the servers at the other end are ours.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from connectors.sandbox import backlog as files
from connectors.sandbox.clock import StoppedClock
from connectors.sandbox.jira.app import JiraCloud
from connectors.sandbox.jira.seeding import build_world, project_of
from connectors.sandbox.jira.snapshot import snapshot
from connectors.sandbox.server import serving
from connectors.sandbox.slack import World as SlackWorld
from connectors.sandbox.slack import create_app
from sync.context import Context, Writing
from sync.outcome import Outcome
from sync.report.sending import send_reports
from sync.round import run_round
from sync.settings import Configuration, defaults, load
from sync.store import Database, migrate
from sync.trackers import open_tracker
from sync.undo import Undone, run_undo

NAME = "demo"
_CHANNEL = "refinement"
_HARBOUR_NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

_CONFIGURATION = """\
# The demo's own configuration. It differs from the defaults where a demo has to:
# it may write, all at once, at any hour, findings of the first look included, and without asking.
trackers:
  {name}:
    kind: jira
    url: {jira}
    email: steward@example.com
    token: demo-token
    scope: project in ({projects})
    rate: 1000
write:
  mode: write
  fields: {{wsjf: WSJF}}
  budget: {{per_round: 1000}}
  surprise: null
  baseline: false
  quiet: {{hours: always}}
slack:
  token: xoxb-demo
  url: {slack}/api
  reports:
    - channel: "#{channel}"
store: sqlite:///{store}
"""


class Result(Struct, kw_only=True):
    """The demo in figures. `fields_written` counts every field, labels included."""

    items: int
    open_items: int
    skipped: int
    findings: dict[str, int]
    comments_created: int
    comments_updated: int
    fields_written: int
    second_run_writes: int
    slack_messages: int
    seconds: float


@dataclass
class Demo:
    """A demo in progress, with everything at hand that a reader may want to look at.

    Attributes:
        jira, slack: The sandboxes.
        jira_url, slack_url: Where they are served.
        configuration_text: The file that was loaded.
        skipped: Items of the backlog that could not be placed in time.
        seeded: What people saw in the tracker before anything was written.
    """

    jira: JiraCloud
    slack: SlackWorld
    jira_url: str
    slack_url: str
    configuration_text: str
    configuration: Configuration
    database: Database
    clock: Callable[[], datetime]
    skipped: int
    seeded: Any
    began: float = field(default_factory=time.monotonic)
    progress: Callable[[str, int, int], None] = lambda _what, _done, _of: None

    def round(self, writing: Writing) -> Outcome:
        """One round, as the service or a person would run it."""
        tracker = open_tracker(NAME, self.configuration.settings, self.database)
        try:
            return run_round(tracker, self._context(), writing)
        finally:
            tracker.close()

    def report(self) -> int:
        """Sends the Slack report; says how many messages there are now."""
        sent = send_reports(
            self.configuration.settings,
            self.database,
            self.clock(),
            threading.Event(),
            self.configuration.wording,
        )
        if sent.troubles:
            raise RuntimeError("; ".join(sent.troubles))
        return len(self.slack.messages(_CHANNEL))

    def undo(self) -> Undone:
        """Takes everything back."""
        tracker = open_tracker(NAME, self.configuration.settings, self.database, writing=True)
        try:
            return run_undo(tracker, self._context(), None)
        finally:
            tracker.close()

    @property
    def as_seeded(self) -> bool:
        """Whether the tracker shows people what it showed before the demo."""
        return bool(snapshot(self.jira.world) == self.seeded)

    def _context(self) -> Context:
        return Context(
            configuration=self.configuration, database=self.database, clock=self.clock, progress=self.progress
        )


@contextmanager
def started(backlog: Path | None, as_of: date | None) -> Iterator[Demo]:
    """Serves the sandboxes and loads a configuration for them.

    Args:
        backlog: A backlog file; None for the sample that comes with the product.
        as_of: The day on which to look at it; that day is `now` everywhere.

    Raises:
        BacklogError: The file cannot be used.
    """
    held = files.read_backlog(backlog or defaults() / "demo" / "harbour.jsonl")
    now = _HARBOUR_NOW if backlog is None else datetime.now(UTC)
    if as_of is not None:
        now = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
        held = files.as_of(held, now)
    clock = StoppedClock(now)
    jira = JiraCloud(build_world(held, clock=clock))
    slack = SlackWorld((_CHANNEL,), now=clock)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="steward-demo-")))
        jira_url = stack.enter_context(serving(jira))
        slack_url = stack.enter_context(serving(create_app(slack)))
        text = _CONFIGURATION.format(
            name=NAME,
            jira=jira_url,
            slack=slack_url,
            channel=_CHANNEL,
            projects=", ".join(sorted({project_of(item) for item in held.items})),
            store=folder / "steward.db",
        )
        (folder / "steward.yaml").write_text(text, encoding="utf-8")
        configuration = load(folder / "steward.yaml")
        database = Database(configuration.settings.store)
        stack.callback(database.close)
        migrate(database)
        yield Demo(
            jira=jira,
            slack=slack,
            jira_url=jira_url,
            slack_url=slack_url,
            configuration_text=text,
            configuration=configuration,
            database=database,
            clock=clock,
            skipped=held.skipped,
            seeded=snapshot(jira.world),
        )


def result(demo: Demo, first: Outcome, second: Outcome, messages: int) -> Result:
    """The demo in figures."""
    assert first.applied is not None
    return Result(
        items=first.pulled.items,
        open_items=first.open_items,
        skipped=demo.skipped,
        findings=dict(sorted(first.found.items())),
        comments_created=first.applied.comments_created,
        comments_updated=first.applied.comments_updated,
        fields_written=first.applied.fields_written + first.applied.labels_changed,
        second_run_writes=second.writes,
        slack_messages=messages,
        seconds=round(time.monotonic() - demo.began, 2),
    )
