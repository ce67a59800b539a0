"""The whole loop on sandboxes: pull, plan, apply, report, a second round that writes nothing, and all taken back.

It goes the way of the real thing: a configuration file that is loaded like any other, trackers and Slack over HTTP, the
same rounds. Only the servers at the other end are ours.
"""

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from steward_sandbox import StoppedClock, azure_devops, jira, serving
from steward_sandbox import as_of as as_of_day
from steward_sandbox import backlog as files
from steward_sandbox.jira.seeding import project_of
from steward_sandbox.slack import World as SlackWorld
from steward_sandbox.slack import create_app
from sync.report.sending import send_reports
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.result import RoundResult
from sync.rounds.round import run_round
from sync.rounds.trackers import open_tracker
from sync.rounds.undo import Undone, run_undo
from sync.settings import Configuration, load
from sync.store import Database, migrate

SAMPLES = Path(__file__).parent / "data"
_CHANNEL = "refinement"
_NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When the sample backlogs stand where they stand."""

_CONFIGURATION = """\
# The demo's own configuration. It differs from the defaults where a demo has to:
# it may write, all at once, at any hour, findings of the first look included, and without asking.
trackers:
{trackers}write:
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
_JIRA = """\
  {name}:
    kind: jira
    url: {url}
    email: steward@example.com
    token: demo-token
    scope: project in ({projects})
    keys: '\\b(?:{projects_pattern})-\\d+\\b'
    rate: 1000
"""
_AZURE = """\
  {name}:
    kind: azure-devops
    url: {url}
    token: demo-token
    project: {project}
    keys: AB#(\\d+)
    fields: {{risk_reduction: RROE}}
    rate: 1000
"""


class Result(Struct, kw_only=True):
    """The demo in figures, all trackers together. `fields_written` counts every field, labels included."""

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


@dataclass(frozen=True)
class Side:
    """One tracker of the demo.

    Attributes:
        name: In the configuration.
        app: The sandbox.
        page: Where a person looks at it.
        section: Its part of the configuration.
        seen: What people see there now.
        seeded: What they saw before anything was written.
    """

    name: str
    app: Any
    page: str
    section: str
    seen: Callable[[], Any]
    seeded: Any


@dataclass
class Demo:
    """A demo in progress, with everything at hand that a reader may want to look at.

    Attributes:
        sides: The trackers.
        slack, slack_url: The pretended Slack, and where it is served.
        configuration_text: The file that was loaded.
        skipped: Items of the backlog that could not be placed in time.
    """

    sides: tuple[Side, ...]
    slack: SlackWorld
    slack_url: str
    configuration_text: str
    configuration: Configuration
    database: Database
    clock: Callable[[], datetime]
    skipped: int
    began: float = field(default_factory=time.monotonic)
    progress: Callable[[str, int, int], None] = lambda _what, _done, _of: None

    def rounds(self, writing: WriteAuthority) -> list[RoundResult]:
        """One round at each tracker, as the service or a person would run it."""
        outcomes = []
        for side in self.sides:
            tracker = open_tracker(side.name, self.configuration.settings, self.database)
            try:
                outcomes.append(run_round(tracker, self._context(), writing))
            finally:
                tracker.close()
        return outcomes

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

    def undo(self) -> list[Undone]:
        """Takes everything back."""
        results = []
        for side in self.sides:
            tracker = open_tracker(side.name, self.configuration.settings, self.database, writing=True)
            try:
                results.append(run_undo(tracker, self._context(), None))
            finally:
                tracker.close()
        return results

    @property
    def changed(self) -> list[str]:
        """The trackers that show people something else than before the demo."""
        return [side.name for side in self.sides if side.seen() != side.seeded]

    def _context(self) -> RoundContext:
        return RoundContext(
            configuration=self.configuration, database=self.database, clock=self.clock, progress=self.progress
        )


@contextmanager
def started(backlog: Path | None, as_of: date | None) -> Iterator[Demo]:
    """Serves the sandboxes and loads a configuration for them.

    Args:
        backlog: A backlog file for a Jira alone; None for the samples that come with the product, a Jira and an Azure
            DevOps.
        as_of: The day on which to look at it; that day is `now` everywhere.

    Raises:
        BacklogError: The file cannot be used.
    """
    now = _NOW if backlog is None else datetime.now(UTC)
    if as_of is not None:
        now = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    clock = StoppedClock(now)

    def read(path: Path) -> files.Backlog:
        held = files.read_backlog(path)
        return held if as_of is None else as_of_day(held, now)

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="steward-demo-")))
        held = [read(backlog or SAMPLES / "harbour.jsonl")]
        sides = [_jira("demo" if backlog else "harbour", held[0], clock, stack)]
        if backlog is None:
            held.append(read(SAMPLES / "quay.jsonl"))
            sides.append(_azure_devops("quay", held[1], clock, stack))
        slack = SlackWorld((_CHANNEL,), now=clock)
        slack_url = stack.enter_context(serving(create_app(slack)))
        text = _CONFIGURATION.format(
            trackers="".join(side.section for side in sides),
            slack=slack_url,
            channel=_CHANNEL,
            store=folder / "steward.db",
        )
        (folder / "steward.yaml").write_text(text, encoding="utf-8")
        configuration = load(folder / "steward.yaml")
        database = Database(configuration.settings.store)
        stack.callback(database.close)
        migrate(database)
        yield Demo(
            sides=tuple(sides),
            slack=slack,
            slack_url=slack_url,
            configuration_text=text,
            configuration=configuration,
            database=database,
            clock=clock,
            skipped=sum(one.skipped for one in held),
        )


def _jira(name: str, held: files.Backlog, clock: StoppedClock, stack: ExitStack) -> Side:
    world = jira.build_world(held, clock=clock)
    app = jira.JiraCloud(world)
    url = stack.enter_context(serving(app))
    projects = sorted({project_of(item) for item in held.items})
    section = _JIRA.format(name=name, url=url, projects=", ".join(projects), projects_pattern="|".join(projects))
    return Side(name, app, f"{url}/?show=changed", section, lambda: jira.snapshot(world), jira.snapshot(world))


def _azure_devops(name: str, held: files.Backlog, clock: StoppedClock, stack: ExitStack) -> Side:
    world = azure_devops.build_world(held, collection=azure_devops.Collection(process="Inherited Scrum"), clock=clock)
    app = azure_devops.AzureDevOps(world)
    url = stack.enter_context(serving(app))
    project = next(iter(world.collection.projects.values())).name
    section = _AZURE.format(name=name, url=url + app.base_path, project=project)
    return Side(
        name, app, f"{url}/?show=changed", section, lambda: azure_devops.snapshot(world), azure_devops.snapshot(world)
    )


def result(demo: Demo, first: Sequence[RoundResult], second: Sequence[RoundResult], messages: int) -> Result:
    """The demo in figures."""
    found: Counter[str] = Counter()
    for one in first:
        found.update(one.found)
    applied = [one.applied for one in first if one.applied is not None]
    return Result(
        items=sum(one.pulled.items for one in first),
        open_items=sum(one.open_items for one in first),
        skipped=demo.skipped,
        findings=dict(sorted(found.items())),
        comments_created=sum(one.comments_created for one in applied),
        comments_updated=sum(one.comments_updated for one in applied),
        fields_written=sum(one.fields_written + one.labels_changed for one in applied),
        second_run_writes=sum(one.writes for one in second),
        slack_messages=messages,
        seconds=round(time.monotonic() - demo.began, 2),
    )
