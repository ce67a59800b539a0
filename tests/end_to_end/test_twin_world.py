"""Two teams that do the same, one of them with the service: once it has taken everything back, nobody can tell which."""

import json
import logging
import random
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import structlog
from end_to_end.sites import SITES

from contract.azure_place import AzurePerson
from contract.jira_place import JiraPerson
from steward_sandbox import StoppedClock, azure_devops, jira, parse_backlog, serving
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.round import run_round
from sync.rounds.trackers import open_tracker
from sync.rounds.undo import run_undo
from sync.settings import load
from sync.store import Database, migrate

pytestmark = pytest.mark.slow

START = datetime(2024, 5, 6, 9, 0, tzinfo=UTC)
SPRINTS = ("Sprint 1", "Sprint 2", "Sprint 3")
PEOPLE = ("Ana Silva", "Ben Okafor", "Cleo Marin")
CRITERIA = "The amount is shown in both currencies, and the sum is the same."
ITEMS = 120

SETTINGS = """
trackers:
  team:
    {section}
    token: any-token-will-do
    rate: 10000
write:
  mode: write
  fields: {{wsjf: WSJF}}
  label: by-reason
  baseline: false
  surprise: null
  quiet: {{hours: always, after_activity: 1 day, after_answer: 2 days}}
store: sqlite:///{store}
"""
RULES = "rules: {oversized-story: {above: 5}, unranked-item: {severity: warning}}\n"


def backlog(dice):
    """Stories of which a third says nothing about when they are done, and some are large; epics with scores."""
    sprints = [
        {
            "name": name,
            "state": state,
            "start": f"2024-0{5 + number // 2}-0{1 + number}",
            "end": f"2024-06-{10 + number}",
        }
        for number, (name, state) in enumerate(zip(SPRINTS, ("active", "future", "future"), strict=True))
    ]
    lines = [{"sprints": sprints}]
    for number in range(1, ITEMS + 1):
        item = {"key": f"PAY-{number}", "title": f"Wish {number}", "created": f"2024-03-{1 + number % 28:02}"}
        if number % 10 == 0:
            item |= {"type": "Epic", "points": 5, "business_value": 8, "time_criticality": 5, "risk_reduction": 3}
        else:
            item |= {"points": dice.choice([1, 3, 8]), "description": f"As a buyer I want wish {number}."}
            if dice.random() < 0.65:
                item["acceptance_criteria"] = CRITERIA
            if dice.random() < 0.7:
                item["sprint"] = dice.choice(SPRINTS)
        lines.append(item)
    return parse_backlog("\n".join(json.dumps(line) for line in lines))


class Team:
    """What people do, by their names, in whatever tracker."""

    def __init__(self, site, person_of):
        self.person = person_of
        self.world = site.app.world
        self.refs = {number: f"PAY-{number}" for number in range(1, ITEMS + 1)}

    def do(self, who, what, number, value):
        by, ref = self.person(self.world, who), self.refs[number]
        match what:
            case "plan":
                by.plan(ref, value)
            case "move on":
                by.take_up(ref, value)
            case "rank":
                by.drag(ref, self.refs[value])
            case "talk":
                by.comment(ref, value)
            case "tag":
                by.label(ref, value)
            case "create":
                self.refs[value] = by.create(f"Wish {value}")
                by.estimate(self.refs[value], 8)
            case _:
                by.actor.edit(ref, **{what: value})


PERSONS = {
    "jira": lambda world, who: JiraPerson(jira.Actor(world, who)),
    "azure": lambda world, who: AzurePerson(azure_devops.Actor(world, who)),
}


def script(dice, steps):
    """What happens, by whom, to which item; the same whatever the service does."""
    stories = [number for number in range(1, ITEMS + 1) if number % 10]
    epics = [number for number in range(1, ITEMS + 1) if not number % 10]
    habits = {
        "acceptance_criteria": lambda: dice.choice([CRITERIA, None]),
        "points": lambda: dice.choice([None, 1, 3, 8, 13]),
        "title": lambda: f"Wish, in other words ({step})",
        "talk": lambda: f"Shall we do it? ({step})",
        "move on": lambda: dice.choice(["In Progress", "Done", "To Do"]),
        "rank": lambda: dice.choice([one for one in stories if one != number and one not in finished]),
        "plan": lambda: dice.choice(SPRINTS),
        "tag": lambda: dice.choice(["finance", "urgent", "mobile"]),
        "create": lambda: ITEMS + 1 + step,
        "business_value": lambda: dice.choice([3, 8, 13]),
    }
    finished = set()  # what is done stands on no backlog any more
    for step in range(steps):  # noqa: B007 - the habits look at it
        what = dice.choice(list(habits))
        number = dice.choice(epics if what == "business_value" else stories)
        if what == "rank" and number in finished:
            continue
        value = habits[what]()
        if what == "move on":
            (finished.add if value == "Done" else finished.discard)(number)
        yield dice.choice(PEOPLE), what, number, value
        if what == "create":
            stories.append(value)


@pytest.fixture(autouse=True, scope="module")
def _silence():
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


class Steward:
    """The service at one of the twins."""

    def __init__(self, folder, section, clock):
        (folder / "steward.yaml").write_text(SETTINGS.format(section=section, store=folder / "steward.db"), "utf-8")
        (folder / "rules.yaml").write_text(RULES, "utf-8")
        self.configuration = load(folder / "steward.yaml")
        self.database = Database(self.configuration.settings.store)
        migrate(self.database)
        self.context = RoundContext(configuration=self.configuration, database=self.database, clock=clock)

    @contextmanager
    def tracker(self):
        tracker = open_tracker("team", self.configuration.settings, self.database)
        try:
            yield tracker
        finally:
            tracker.close()

    def round(self):
        with self.tracker() as tracker:
            outcome = run_round(tracker, self.context, WriteAuthority.BY_PERSON)
        assert not outcome.trouble, outcome.trouble
        assert not outcome.applied or not outcome.applied.not_written, outcome.applied.not_written
        assert outcome.answers == [], "nobody answered"
        return outcome.writes

    def undo(self):
        with self.tracker() as tracker:
            undone = run_undo(tracker, self.context, None)
        assert not undone.trouble, undone.trouble
        assert not undone.applied.not_written, undone.applied.not_written


def live(kind, folder, seed, steps):
    """What people see of both teams in the end: of the one that had the service, and of the other."""
    dice = random.Random(seed)
    clock = StoppedClock(START)
    held = backlog(dice)
    person_of = PERSONS[kind.split()[0]]
    with_us, without = (SITES[kind](held, clock) for _ in range(2))
    twins = [Team(site, person_of) for site in (with_us, without)]
    with serving(with_us.app) as url:
        steward = Steward(folder, with_us.section.format(url=url), clock)
        assert with_us.seen() == without.seen()
        writes = by_half = steward.round()
        for step, action in enumerate(script(dice, steps)):
            clock.advance(hours=5)
            for twin in twins:
                twin.do(*action)
            if step % 10 == 0:
                writes += steward.round()
            if step == steps // 2:
                by_half = writes
                assert with_us.seen() != without.seen()
        steward.round()
        assert steward.round() == 0, "a second round has nothing to write"
        assert by_half >= 100, by_half
        steward.undo()
        steward.database.close()
    return with_us.seen(), without.seen()


def differences(one, other):
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


@pytest.mark.parametrize("kind", ["jira cloud", "azure services"])
def test_after_taking_everything_back_a_team_with_us_is_like_one_without(kind, tmp_path):
    there, twin = live(kind, tmp_path, 1, 240)
    assert there.keys() == twin.keys()
    assert differences(there, twin) == {}


@pytest.mark.soak
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", range(2, 6))
@pytest.mark.parametrize("kind", SITES)
def test_whatever_the_teams_do(kind, seed, tmp_path):
    there, twin = live(kind, tmp_path, seed, 600)
    assert there.keys() == twin.keys()
    assert differences(there, twin) == {}
