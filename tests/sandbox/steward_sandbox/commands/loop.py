"""The whole loop on sandboxes: pull, plan, apply, report, a second round that writes nothing, and an undo of it all.

It works as in production: a configuration file that is loaded like any other, trackers and Slack over HTTP, the same
rounds. Only the servers at the other end are sandboxes.
"""

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from jinja2 import Template
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from steward_sandbox import Backlog, StoppedClock, azure_devops, jira, read_backlog, serving
from steward_sandbox import as_of as backlog_as_of
from steward_sandbox.jira.seeding import project_of
from steward_sandbox.slack import World as SlackWorld
from steward_sandbox.slack import create_app
from sync.report.page import render_page
from sync.report.page_content import load_page_content
from sync.report.sending import send_reports
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.result import RoundResult
from sync.rounds.round import run_round
from sync.rounds.trackers import open_tracker
from sync.rounds.undo import UndoResult, run_undo
from sync.run.slack_listener import SlackListener
from sync.settings import Configuration, load
from sync.store import Database, migrate

SAMPLES = Path(__file__).parent / "data"
AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Show the backlog as of this day.", show_default=False),
]
_CHANNEL = "refinement"
_STOP_SECONDS = 5
_NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""The time at which the sample backlogs are what they are."""


@dataclass(frozen=True)
class DemoTracker:
    """One tracker of the demo: where it is, and what people saw there before anything was written."""

    name: str
    kind: str
    url: str
    projects: Sequence[str]
    app: Any
    page: str
    snapshot: Callable[[], Any]
    before: Any


@dataclass
class Demo:
    """A demo in progress; `skipped` counts the items of the backlog that could not be placed in time."""

    trackers: Sequence[DemoTracker]
    slack: SlackWorld
    slack_url: str
    page_url: str
    configuration_text: str
    configuration: Configuration
    database: Database
    clock: Callable[[], datetime]
    skipped: int
    began: float = field(default_factory=time.monotonic)
    progress: Callable[[str, int, int], None] = lambda _what, _done, _of: None

    def run_rounds(self, authority: WriteAuthority) -> list[RoundResult]:
        """Run one round at each tracker, as the service or a person would."""
        return self._at_each_tracker(lambda opened: run_round(opened, self._context(), authority))

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Take answers in Slack while the block runs, as the service does."""
        stop = threading.Event()
        listener = SlackListener(
            lambda: self.configuration, self.database, clock=self.clock, after_answer=self._after_answer, stop=stop
        )
        thread = threading.Thread(target=listener.run, name="answers", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(_STOP_SECONDS)

    def render_page(self) -> str:
        """The report page as of now."""
        content = load_page_content(self.database, self.configuration, self.clock())
        return render_page(content, self.configuration.messages)

    def undo(self) -> list[UndoResult]:
        """Take everything back."""
        return self._at_each_tracker(lambda opened: run_undo(opened, self._context(), None), writing=True)

    def send_report(self) -> int:
        """Send the Slack report and count the messages there now."""
        self._send()
        return len(self.slack.messages(_CHANNEL))

    @property
    def changed(self) -> list[str]:
        """The trackers that show people something else than before the demo."""
        return [tracker.name for tracker in self.trackers if tracker.snapshot() != tracker.before]

    def figures(self, first: Sequence[RoundResult], second: Sequence[RoundResult], messages: int) -> dict[str, Any]:
        """The demo in figures, all trackers together; `fields_written` counts every field, labels included."""
        findings = sum((Counter(result.finding_counts) for result in first), Counter[str]())
        applied = [result.applied for result in first if result.applied is not None]
        return {
            "items": sum(result.pulled.items for result in first),
            "open_items": sum(result.open_items for result in first),
            "skipped": self.skipped,
            "findings": dict(sorted(findings.items())),
            "comments_created": sum(counts.comments_created for counts in applied),
            "comments_updated": sum(counts.comments_updated for counts in applied),
            "fields_written": sum(counts.fields_written + counts.labels_changed for counts in applied),
            "second_run_writes": sum(result.writes for result in second),
            "slack_messages": messages,
            "seconds": round(time.monotonic() - self.began, 2),
        }

    def _send(self, *, answered_tracker: str = "") -> None:
        sent = send_reports(
            self.configuration, self.database, self.clock(), threading.Event(), answered_tracker=answered_tracker
        )
        if sent.errors:
            raise RuntimeError("; ".join(sent.errors))

    def _after_answer(self, tracker: str) -> None:
        self._send(answered_tracker=tracker)
        with closing(open_tracker(tracker, self.configuration.settings, self.database)) as opened:
            run_round(opened, self._context(), WriteAuthority.BY_SERVICE)

    def _at_each_tracker(self, act: Callable[[Any], Any], *, writing: bool | None = None) -> list[Any]:
        settings, results = self.configuration.settings, []
        for tracker in self.trackers:
            with closing(open_tracker(tracker.name, settings, self.database, allow_writes=writing)) as opened:
                results.append(act(opened))
        return results

    def _context(self) -> RoundContext:
        return RoundContext(
            configuration=self.configuration, database=self.database, clock=self.clock, progress=self.progress
        )


@contextmanager
def running_demo(path: Path | None, as_of: date | None) -> Iterator[Demo]:
    """Serve the sandboxes for a backlog file, or for the samples, as of a day, and load a configuration for them."""
    now = _NOW if path is None else datetime.now(UTC)
    if as_of is not None:
        now = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    clock = StoppedClock(now)
    paths = [path] if path else [SAMPLES / "harbour.jsonl", SAMPLES / "quay.jsonl"]
    backlogs = [read_backlog(path) for path in paths]
    if as_of is not None:
        backlogs = [backlog_as_of(backlog, now) for backlog in backlogs]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="steward-demo-")))
        trackers = [_jira("demo" if path else "harbour", backlogs[0], clock, stack)]
        trackers += [_azure_devops("quay", backlog, clock, stack) for backlog in backlogs[1:]]
        slack = SlackWorld((_CHANNEL,), now=clock)
        slack_url = stack.enter_context(serving(create_app(slack)))
        demos: list[Demo] = []
        report = Route("/report", lambda _request: HTMLResponse(demos[0].render_page()))
        page_url = stack.enter_context(serving(Starlette(routes=[report])))
        template = Template((SAMPLES / "steward.yaml.j2").read_text("utf-8"), trim_blocks=True)
        places = {"slack": slack_url, "page": page_url, "store": folder / "steward.db"}
        text = template.render(places, trackers=trackers, person=slack.person, channel=_CHANNEL)
        (folder / "steward.yaml").write_text(text, encoding="utf-8")
        configuration = load(folder / "steward.yaml")
        database = Database(configuration.settings.store)
        stack.callback(database.close)
        migrate(database)
        skipped = sum(backlog.skipped for backlog in backlogs)
        demos.append(Demo(trackers, slack, slack_url, page_url, text, configuration, database, clock, skipped))
        yield demos[0]


def _jira(name: str, backlog: Backlog, clock: StoppedClock, stack: ExitStack) -> DemoTracker:
    world = jira.build_world(backlog, clock=clock)
    app = jira.JiraCloud(world)
    url = stack.enter_context(serving(app))
    projects = sorted({project_of(item) for item in backlog.items})
    before = jira.snapshot(world)
    return DemoTracker(name, "jira", url, projects, app, f"{url}/?show=changed", lambda: jira.snapshot(world), before)


def _azure_devops(name: str, backlog: Backlog, clock: StoppedClock, stack: ExitStack) -> DemoTracker:
    collection = azure_devops.Collection(process="Inherited Scrum")
    world = azure_devops.build_world(backlog, collection=collection, clock=clock)
    app = azure_devops.AzureDevOps(world)
    url = stack.enter_context(serving(app))
    projects = [project.name for project in world.collection.projects.values()]
    before, base, page = azure_devops.snapshot(world), url + app.base_path, f"{url}/?show=changed"
    return DemoTracker(name, "azure-devops", base, projects, app, page, lambda: azure_devops.snapshot(world), before)
