"""A whole round over a real backlog: read, write, find nothing more to write, take everything back."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from steward_sandbox import Faults, StoppedClock, read_backlog
from steward_sandbox.jira import (
    CLOUD_FIELDS,
    Actor,
    JiraCloud,
    JiraDataCenter,
    Options,
    Site,
    build_world,
    snapshot,
)
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.round import run_round
from sync.rounds.trackers import open_tracker
from sync.rounds.undo import run_undo
from sync.settings import load
from sync.store import Database, migrate

pytestmark = pytest.mark.flavours("cloud", "data-center")

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Round:
    """An installation over one pretended site that holds the backlog of the demo."""

    def __init__(self, folder, switch, url, flavour, **options):
        self.clock = StoppedClock(NOW)
        cloud = flavour == "cloud"
        site = Site() if cloud else Site(absent_fields=CLOUD_FIELDS)
        world = build_world(
            read_backlog(ROOT / "tests" / "sandbox" / "steward_sandbox" / "commands" / "data" / "harbour.jsonl"),
            site=site,
            clock=self.clock,
        )
        faults = Faults(options.pop("faults", ()))
        self.app = (JiraCloud if cloud else JiraDataCenter)(world, options=Options(**options), faults=faults)
        switch.app = self.app
        who = {"email": "steward@example.com"} if cloud else {}
        tracker = {"url": url, "token": "good-token", "scope": "project = HRB", "rate": 5000, **who}
        write = {"mode": "write", "surprise": None, "baseline": False, "quiet": {"hours": "always"}}
        settings = {"trackers": {"harbour": tracker}, "write": {**write, "fields": {"wsjf": "WSJF"}}}
        settings["store"] = f"sqlite:///{folder / 'steward.db'}"
        (folder / "steward.yaml").write_text(json.dumps(settings), encoding="utf-8")
        shutil.copy(ROOT / "config" / "rules.yaml", folder / "rules.yaml")
        self.configuration = load(folder / "steward.yaml")
        self.database = Database(settings["store"])
        migrate(self.database)

    @property
    def context(self):
        return RoundContext(configuration=self.configuration, database=self.database, clock=self.clock)

    def tracker(self):
        return open_tracker("harbour", self.configuration.settings, self.database, allow_writes=True)

    def run(self):
        tracker = self.tracker()
        try:
            outcome = run_round(tracker, self.context, WriteAuthority.BY_PERSON)
        finally:
            tracker.close()
        assert not outcome.trouble, outcome.trouble
        return outcome

    def undo(self):
        tracker = self.tracker()
        try:
            return run_undo(tracker, self.context, None)
        finally:
            tracker.close()

    def seen(self):
        return snapshot(self.app.world)

    def steward_comments(self):
        said = [comment for issue in self.seen().values() for comment in issue["comments"]]
        return [comment["text"] for comment in said if comment["author"] == "Steward"]


@pytest.fixture
def rounds(tmp_path, _switch, flavour):
    """Makes an installation; arguments are the site's options and its faults."""
    switch, url = _switch
    made = []

    def make(**options):
        switch.tampering, switch.refused = [], {}
        made.append(Round(tmp_path, switch, url, flavour, **options))
        return made[-1]

    yield make
    for one in made:
        one.database.close()


def test_a_second_round_writes_nothing_and_an_undo_restores_everything(rounds):
    here = rounds()
    before = here.seen()
    first = here.run()
    assert (first.pulled.items, first.pulled.read) == (129, 129)
    assert first.writes > 10
    after = here.seen()
    assert sum(after[key] != before[key] for key in before) == len(first.plan.items)
    here.clock.advance(minutes=10)
    second = here.run()
    assert (second.writes, len(second.plan.items)) == (0, 0)
    assert here.seen() == after
    here.clock.advance(minutes=10)
    here.undo()
    assert here.seen() == before


@pytest.mark.flavours("data-center")
def test_marks_that_cannot_be_set_make_no_comment_twice(rounds):
    here = rounds(keeps_sent_properties=False, faults=("500:0.5@PUT */properties/*",))
    before = here.seen()
    here.run()
    for _ in range(3):
        here.clock.advance(minutes=10)
        here.run()
    said = here.steward_comments()
    commented = sum(any(one["author"] == "Steward" for one in issue["comments"]) for issue in here.seen().values())
    assert len(said) == commented > 5
    here.clock.advance(minutes=10)
    here.undo()
    assert here.seen() == before


def test_a_person_who_deletes_our_comment_has_answered(rounds):
    here = rounds()
    here.run()
    issue = next(one for one in here.app.world.issues.values() if one.comments and one.comments[-1].properties)
    Actor(here.app.world, "Ana Silva").delete_comment(issue.comments[-1].id)
    for _ in range(2):
        here.clock.advance(minutes=10)
        here.run()
    left = here.app.world.issues[issue.id]
    assert not any("backlog-steward" in comment.properties for comment in left.comments)
