"""A team for every test: their Jira and Slack on loopback, a configuration, a store, and a clock that stands still."""

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

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
from sync.report.sending import SentReports, send_reports
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.result import RoundResult
from sync.rounds.round import run_round
from sync.rounds.trackers import open_tracker
from sync.rounds.undo import UndoResult, run_undo
from sync.settings import Configuration, load
from sync.store import Database, decisions, items, writes

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
    with undisturbed(monkeypatch):
        yield


@dataclass
class Desk:
    """Everything a round needs, and what people do behind its back.

    Attributes:
        jira, slack: The sandboxes; `jira.world` and `person` play people on the first.
        settings: The content of steward.yaml; changed by `configure`.
        rules: The content of rules.yaml.
    """

    folder: Path
    clock: StoppedClock
    jira: JiraSite
    jira_url: str
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
                    "url": self.jira_url,
                    "email": STEWARD,
                    "token": "any-token-will-do",
                    "scope": "project = PAY",
                    "rate": 1000,
                }
            },
            "write": {
                "mode": "write",
                "fields": {"wsjf": "WSJF"},
                "surprise": None,
                "baseline": False,
                "quiet": {"hours": "always"},
            },
            "slack": {
                "token": "xoxb-any-token-will-do",
                "url": f"{self.slack_url}/api",
                "reports": [{"channel": "#refinement"}],
            },
            "store": f"sqlite:///{self.folder / 'steward.db'}",
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

    def person(self, name: str = "Ana Silva") -> Actor:
        return Actor(self.jira.world, name)

    def context(self, **more: Any) -> RoundContext:
        return RoundContext(configuration=self.configuration, database=self.database, clock=self.clock, **more)

    def open(self, *, writing: bool | None = None, stop: threading.Event | None = None) -> Any:
        return open_tracker(NAME, self.configuration.settings, self.database, writing=writing, stop=stop)

    def round(
        self,
        writing: WriteAuthority = WriteAuthority.BY_PERSON,
        *,
        budget: int | None = None,
        tracker: Any = None,
        **more: Any,
    ) -> RoundResult:
        """One round, as a person lets it write unless said otherwise."""
        used = tracker or self.open()
        try:
            return run_round(used, self.context(**more), writing, budget=budget)
        finally:
            used.close()

    def plan(self, **more: Any) -> Any:
        outcome = self.round(WriteAuthority.NOTHING, **more)
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
        known = self.configuration
        return send_reports(known.settings, self.database, self.clock(), threading.Event(), known.messages)

    def ours(self, key: str) -> list[Any]:
        """Our comments on an issue."""
        accounts = self.jira.world.site.accounts
        us = accounts.caller(STEWARD).id
        return [comment for comment in self.jira.world.issue(key).comments if comment.author == us]

    def labels(self, key: str) -> tuple[str, ...]:
        return self.jira.world.issue(key).labels

    def score(self, key: str) -> Any:
        return self.jira.world.issue(key).custom.get(self.jira.world.site.fields.named("WSJF").id)

    def seen(self) -> Any:
        """What people see of the site."""
        return snapshot(self.jira.world)

    def annotations(self) -> list[Any]:
        with self.database.reading() as reading:
            return writes.annotations(reading, NAME)

    def decisions(self, key: str) -> list[Any]:
        with self.database.reading() as reading:
            return decisions.all_of(reading, NAME).get(str(self.jira.world.issue(key).id), [])

    def item(self, key: str) -> WorkItem | None:
        """The item as the mirror holds it."""
        with self.database.reading() as reading:
            found = items.items_by_key(reading, key)
        return found[0] if found else None

    def pull(self) -> Any:
        """What a round that writes nothing read."""
        outcome = self.round(WriteAuthority.NOTHING)
        assert not outcome.trouble, outcome.trouble
        return outcome.pulled

    def order(self) -> list[str]:
        """Keys of the open items as the mirror orders them."""
        with self.database.reading() as reading:
            return [item.key for item in items.backlog(reading, NAME, NOW).items]

    def requests(self, path: str = "", method: str = "") -> int:
        """How many requests the tracker has answered, by a part of the path."""
        return sum(1 for one in self.jira.calls if path in one.path and method in ("", one.method))


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(NOW)


@pytest.fixture
def desk_of(tmp_path, clock, _jira_switch, _slack_switch, _migrated):
    """Makes a team from the text of a backlog file; a Cloud, unless said otherwise; other arguments are the site's
    options."""
    (jira, jira_url), (slack, slack_url) = _jira_switch, _slack_switch
    opened: list[Database] = []

    def make(
        backlog: str = backlogs.SMALL,
        *,
        faults: Faults | None = None,
        site: Site | None = None,
        data_center: bool = False,
        **options: Any,
    ) -> Desk:
        folder = tmp_path / f"desk{len(opened)}"
        folder.mkdir()
        shutil.copy(_migrated, folder / "steward.db")
        if data_center and site is None:
            site = Site(absent_fields=CLOUD_FIELDS)
        world = build_world(parse_backlog(backlog), site=site, clock=clock)
        served = JiraDataCenter if data_center else JiraCloud
        jira.app = served(world, options=Options(**options), faults=faults)
        channels = SlackWorld(("refinement", "planning"), now=clock)
        slack.app = create_app(channels)
        database = Database(f"sqlite:///{folder / 'steward.db'}")
        opened.append(database)
        desk = Desk(folder, clock, jira.app, jira_url, channels, slack_url, database)
        if data_center:  # a token without an address is a personal one
            del desk.settings["trackers"][NAME]["email"]
        return desk

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def desk(desk_of) -> Desk:
    return desk_of()
