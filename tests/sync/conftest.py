"""A team for every test: their tracker and Slack, a configuration, a store, and a clock that stands still.

`desk` has a tracker in memory. A test marked `on_jira` has a Jira on loopback, where only requests can show it.
"""

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from memory_tracker import MemoryFaults, MemoryPerson, MemoryTracker, MemoryWorld
from memory_tracker.world import STEWARD as OUR_NAME

from connectors.plugin import TrackerContext
from connectors.registry import PLUGINS
from connectors.slack import Slack
from rules.model import WorkItem
from steward_sandbox import Faults, StoppedClock, parse_backlog, serving
from steward_sandbox.jira import (
    CLOUD_FIELDS,
    Actor,
    JiraCloud,
    JiraDataCenter,
    JiraSite,
    Options,
    Site,
    build_world,
    snapshot,
)
from steward_sandbox.slack import World as SlackWorld
from steward_sandbox.slack import create_app
from support import backlogs
from support.stores import empty_store
from support.surroundings import undisturbed, without_logs
from support.switch import Switch
from sync.report import sending
from sync.report.sending import SentReports, send_reports
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.result import RoundResult
from sync.rounds.round import run_round
from sync.rounds.trackers import open_tracker
from sync.rounds.undo import UndoResult, run_undo
from sync.settings import Configuration, load
from sync.store import Database, decisions, items, writes
from sync.store.backlogs import load_backlog

NOW = datetime(2024, 5, 6, 9, 0, tzinfo=UTC)
"""A Monday."""

STEWARD = "steward@example.com"
NAME = "team"


@pytest.fixture(scope="session")
def _jira_switch() -> Iterator[tuple[Switch, str]]:
    switch = Switch()
    with serving(switch) as url:
        yield switch, url


@pytest.fixture(scope="session")
def _slack_switch() -> Iterator[tuple[Switch, str]]:
    switch = Switch()
    with serving(switch) as url:
        yield switch, url


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory) -> Path:
    return empty_store(tmp_path_factory.mktemp("store"))


@pytest.fixture(autouse=True, scope="session")
def _silence() -> None:
    without_logs()


@pytest.fixture(autouse=True)
def _at_home(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(sending, "Slack", partial(Slack, rate_limits=()))
    with undisturbed(monkeypatch):
        yield


@dataclass
class Desk:
    """Everything a round needs, and what people do behind its back.

    Attributes:
        slack: The sandbox of Slack.
        faults: What goes wrong between the service and the tracker.
        settings: The content of steward.yaml; changed by `configure`.
        rules: The content of rules.yaml.
    """

    folder: Path
    clock: StoppedClock
    site: Any
    site_url: str
    slack: SlackWorld
    slack_url: str
    database: Database
    settings: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)
    _loaded: Configuration | None = None

    def __post_init__(self) -> None:
        self.settings = {
            "trackers": {
                NAME: {
                    "url": self.site_url,
                    "email": STEWARD,
                    "token": "any-token-will-do",
                    "scope": "project = PAY",
                    "rate": 1000,
                }
            },
            "write": {
                "mode": "write",
                "fields": {"wsjf": "WSJF"},
                "label": "by-reason",
                "surprise": None,
                "baseline": False,
                "quiet": {"hours": "always"},
            },
            "slack": {
                "token": "xoxb-any-token-will-do",
                "url": f"{self.slack_url}/api",
                "reports": [{"channel": "#refinement"}],
            },
            "store": "sqlite:///desk.db",  # relative, so that equal files are parsed once a run
        }
        self.rules = {"extends": ["scrum"]}

    def configure(self, *, write: Any = None, rules: Any = None, tracker: Any = None, **top: Any) -> None:
        """Changes some of what an admin wrote; mappings are merged one level deep."""
        self.settings["write"] |= write or {}
        self.settings["trackers"][NAME] |= tracker or {}
        self.settings |= top
        if rules is not None:
            self.rules = rules
        self._loaded = None

    @property
    def file(self) -> Path:
        """The steward.yaml, written anew."""
        path = self.folder / "steward.yaml"
        path.write_text(json.dumps(self.settings), encoding="utf-8")
        (self.folder / "rules.yaml").write_text(json.dumps(self.rules), encoding="utf-8")
        return path

    @property
    def configuration(self) -> Configuration:
        if self._loaded is None:
            self._loaded = load(self.file)
        return self._loaded

    @property
    def faults(self) -> Any:
        return self.site.faults

    @property
    def world(self) -> Any:
        return self.site.world

    def id(self, key: str) -> str:
        return str(self.world.issue(key).id)

    def person(self, name: str = "Ana Silva", **of: Any) -> Any:
        """Somebody who works with the tracker; another program with `type="app"`."""
        return self.site.person(name, **of)

    def context(self, **more: Any) -> RoundContext:
        return RoundContext(configuration=self.configuration, database=self.database, clock=self.clock, **more)

    def open(self, *, writing: bool | None = None, stop: threading.Event | None = None) -> Any:
        return open_tracker(NAME, self.configuration.settings, self.database, allow_writes=writing, stop=stop)

    def round(
        self,
        writing: WriteAuthority = WriteAuthority.BY_PERSON,
        *,
        budget: int | None = None,
        tracker: Any = None,
        only_changes: bool = False,
        **more: Any,
    ) -> RoundResult:
        """One round, as a person lets it write unless said otherwise."""
        used = tracker or self.open()
        try:
            return run_round(used, self.context(**more), writing, budget=budget, only_changes=only_changes)
        finally:
            used.close()

    def plan(self, **more: Any) -> Any:
        outcome = self.round(WriteAuthority.NOBODY, **more)
        assert not outcome.trouble, outcome.trouble
        return outcome.plan

    def undo(
        self, round_id: str | None = None, *, item: str | None = None, dry_run: bool = False, **more: Any
    ) -> UndoResult:
        tracker = self.open(writing=True)
        try:
            return run_undo(tracker, self.context(**more), round_id, item=item, dry_run=dry_run)
        finally:
            tracker.close()

    def report(self) -> SentReports:
        return send_reports(self.configuration, self.database, self.clock(), threading.Event())

    def ours(self, key: str) -> list[Any]:
        """Our comments on an item."""
        return [comment for comment in self.world.issue(key).comments if self.site.is_ours(comment)]

    def labels(self, key: str) -> tuple[str, ...]:
        return self.world.issue(key).labels

    def score(self, key: str) -> Any:
        return self.site.score(key)

    def seen(self) -> Any:
        """What people see of the tracker."""
        return self.site.seen()

    def annotations(self) -> list[Any]:
        with self.database.reading() as transaction:
            return writes.annotations(transaction, NAME)

    def decisions(self, key: str) -> list[Any]:
        with self.database.reading() as transaction:
            return decisions.by_item(transaction, NAME).get(self.id(key), [])

    def item(self, key: str) -> WorkItem | None:
        """The item as the mirror holds it."""
        with self.database.reading() as transaction:
            found = items.items_by_key(transaction, key)
        return found[0] if found else None

    def pull(self) -> Any:
        """What a round that writes nothing read."""
        outcome = self.round(WriteAuthority.NOBODY)
        assert not outcome.trouble, outcome.trouble
        return outcome.pulled

    def order(self) -> list[str]:
        """Keys of the open items as the mirror orders them."""
        with self.database.reading() as transaction:
            return [item.key for item in load_backlog(transaction, NAME, NOW).items]

    def requests(self, call: str = "") -> int:
        """How often the tracker was called: by a name of the protocol in memory, by a part of the path on Jira."""
        return self.site.requests(call)


class JiraOnLoopback:
    """A sandbox of Jira."""

    def __init__(self, app: JiraSite) -> None:
        self.app = app
        self.world, self.faults, self.options = app.world, app.faults, app.options

    @property
    def calls(self) -> Any:
        return self.app.calls

    def person(self, name: str, **of: Any) -> Actor:
        return Actor(self.world, name, **of)

    def is_ours(self, comment: Any) -> bool:
        return comment.author == self.world.site.accounts.caller(STEWARD).id

    def score(self, key: str) -> Any:
        return self.world.issue(key).custom.get(self.world.site.fields.named("WSJF").id)

    def seen(self) -> Any:
        return snapshot(self.world)

    def requests(self, call: str) -> int:
        return sum(call in one.path for one in self.calls)


class TrackerInMemory:
    """A world in memory, and the trackers that were opened on it. The configuration takes it for a Jira."""

    def __init__(self, world: MemoryWorld) -> None:
        self.world = world
        self.faults = MemoryFaults()
        self.calls: list[str] = []

    def open(self, section: Any, context: TrackerContext) -> MemoryTracker:
        project = section.scope.rpartition("=")[2].strip()
        made = MemoryTracker(self.world, context, project=project, faults=self.faults, bots=frozenset(section.bots))
        made.calls = self.calls
        return made

    def person(self, name: str, **of: Any) -> MemoryPerson:
        return MemoryPerson(self.world, name, **of)

    def is_ours(self, comment: Any) -> bool:
        return bool(comment.author.name == OUR_NAME)

    def score(self, key: str) -> Any:
        return self.world.item(key).written.get("WSJF")

    def seen(self) -> Any:
        return self.world.snapshot()

    def requests(self, call: str) -> int:
        return sum(call in one for one in self.calls)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(NOW)


@pytest.fixture
def _desk(tmp_path, clock, _slack_switch, _migrated):
    """Makes a desk with a Slack and an empty store around a tracker."""
    slack, slack_url = _slack_switch
    opened: list[Database] = []

    def make(site: Any, url: str) -> Desk:
        folder = tmp_path / f"desk{len(opened)}"
        folder.mkdir()
        shutil.copy(_migrated, folder / "desk.db")
        channels = SlackWorld(("refinement", "planning", "steward-admin"), now=clock)
        slack.app = create_app(channels)
        opened.append(Database(f"sqlite:///{folder / 'desk.db'}"))
        return Desk(folder, clock, site, url, channels, slack_url, opened[-1])

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def desk_of(request):
    """Makes a team from the text of a backlog file; other arguments are the tracker's."""
    kind = "on_jira" if request.node.get_closest_marker("on_jira") else "in_memory"
    return request.getfixturevalue(f"_desk_{kind}")


@pytest.fixture
def _desk_in_memory(_desk, clock, monkeypatch):
    def make(backlog: str = backlogs.SMALL, *, denied: tuple[str, ...] = (), public: tuple[str, ...] = ()) -> Desk:
        world = MemoryWorld(parse_backlog(backlog), clock)
        world.denied, world.public = set(denied), set(public)
        site = TrackerInMemory(world)
        monkeypatch.setitem(PLUGINS, "jira", replace(PLUGINS["jira"], open=site.open))
        return _desk(site, "https://memory.example")

    return make


@pytest.fixture
def _desk_on_jira(_desk, clock, _jira_switch):
    switch, url = _jira_switch

    def make(
        backlog: str = backlogs.SMALL,
        *,
        faults: Faults | None = None,
        site: Site | None = None,
        data_center: bool = False,
        **options: Any,
    ) -> Desk:
        if data_center and site is None:
            site = Site(absent_fields=CLOUD_FIELDS)
        world = build_world(parse_backlog(backlog), site=site, clock=clock)
        served = JiraDataCenter if data_center else JiraCloud
        switch.app = served(world, options=Options(**options), faults=faults)
        desk = _desk(JiraOnLoopback(switch.app), url)
        if data_center:  # a token without an address is a personal one
            del desk.settings["trackers"][NAME]["email"]
        return desk

    return make


@pytest.fixture
def desk(desk_of) -> Desk:
    return desk_of()
