"""Whatever a tracker answers to one kind of request, the promises hold: one comment an item, nobody's answer is made
up, nothing is lost, and an undo takes everything back.

Every kind of request is combined with every change; a sample of them is tried, a larger one by `make soak`.
"""

import random

import pytest

from contract.mutating_proxy import MUTATIONS, SWALLOWED, Change, MutatingProxy
from contract.places import IN_CI, PLACES
from support import backlogs
from support.no_back_off import no_back_off
from sync.store import decisions

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _without_pauses():
    with no_back_off():
        yield


SAMPLE = 3
"""Changes tried in each place with every change of the code."""

LONG_SAMPLE = 40
"""Changes tried in each place by `make soak`."""


class Trial:
    """One installation at one place behind a proxy."""

    def __init__(self, name, serve, house_in):
        self.proxy = None

        def behind_proxy(app):
            self.proxy = MutatingProxy(app)
            return serve(self.proxy)

        self.place = PLACES[name](behind_proxy, backlog=backlogs.SMALL)
        self.house = house_in(
            self.place, quiet={"hours": "always", "after_activity": "0 days", "after_answer": "0 days"}
        )
        self.before = self.place.seen()

    def people_work(self):
        """Changes that let the next round add, edit and delete something of ours."""
        person = self.place.person()
        self.place.clock.advance(hours=1)
        person.describe(self.place.id("PAY-1"), "Acceptance criteria:\n* it is paid in two parts")
        person.describe(self.place.id("PAY-2"), "In two currencies.")
        self.place.clock.advance(minutes=10)

    def settle(self):
        """Rounds without a disturbance, also after a refusal has been forgotten, until nothing is written."""
        for hours in (1, 26, 1, 26, 1):
            self.place.clock.advance(hours=hours)
            outcome = self.house.round()
        return outcome.writes

    def state(self):
        """Our comments, labels and scores by item."""
        return {
            key: (len(self.ours(ident)), sorted(self.place.labels(ident)))
            for key in ("PAY-1", "PAY-2", "PAY-3", "PAY-4", "PAY-5")
            for ident in [self.place.id(key)]
        }

    def ours(self, ident):
        return [words for author, words in self.place.comments(ident) if author == "Steward"]

    def decided(self):
        with self.house.database.reading() as reading:
            return decisions.by_item(reading, "tracker")


def disturbed(name, serve, house_in, change, *, later):
    """An installation after a round in which this change was made, and nothing if it is None."""
    trial = Trial(name, serve, house_in)
    if later:
        trial.house.round()
        trial.people_work()
    trial.proxy.seen.clear()
    trial.proxy.change = change
    trial.house.work()
    trial.proxy.change = None
    return trial


def kinds_of(name, serve, house_in, *, later):
    """The kinds of requests of the round that is disturbed, and what is on the items in the end."""
    trial = disturbed(name, serve, house_in, None, later=later)
    kinds = sorted(trial.proxy.seen)
    trial.settle()
    return kinds, trial.state()


def changes_of(kinds):
    for kind in kinds:
        reading = kind.startswith(("GET", "OPTIONS")) or kind.endswith(
            ("jql", "search", "list", "bulkfetch", "wiql", "batch")
        )
        for mutation in (*MUTATIONS, *(() if reading else SWALLOWED)):
            yield Change(kind, mutation, once=False)
            yield Change(kind, mutation, once=True)


def holds(name, serve, house_in, change, expected, *, later):
    """What is wrong after a round in which this change was made; empty when all promises hold."""
    trial = disturbed(name, serve, house_in, change, later=later)
    wrong = []
    doubled = [key for key, (count, _) in trial.state().items() if count > 1]
    if doubled:
        wrong.append(f"two comments on {doubled}")
    writes = trial.settle()
    if writes:
        wrong.append(f"{writes} writes after everything had settled")
    if trial.decided():
        wrong.append(f"decisions nobody made: {trial.decided()}")
    if trial.state() != expected:
        wrong.append(f"on the items: {trial.state()}, expected {expected}")
    trial.house.undo()
    trial.place.clock.advance(minutes=1)
    left = {key: count for key, (count, _) in trial.state().items() if count}
    if left:
        wrong.append(f"left after an undo: {left}")
    if not later and trial.place.seen() != trial.before:
        wrong.append("an undo did not restore what was there")
    return wrong


@pytest.mark.parametrize("later", [False, True], ids=["first round", "later round"])
@pytest.mark.parametrize("name", IN_CI)
def test_a_changed_reply_breaks_no_promise(name, later, serve, house_in):
    kinds, expected = kinds_of(name, serve, house_in, later=later)
    every = list(changes_of(kinds))
    for change in random.Random(7).sample(every, SAMPLE):
        assert holds(name, serve, house_in, change, expected, later=later) == [], change


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("later", [False, True], ids=["first round", "later round"])
@pytest.mark.parametrize("name", PLACES)
def test_no_changed_reply_breaks_a_promise(name, later, serve, house_in, capsys):
    def show(line):
        with capsys.disabled():
            print(f"\n{name}: {line}", flush=True)  # noqa: T201 - a long run shows what it finds

    kinds, expected = kinds_of(name, serve, house_in, later=later)
    wrong = {}
    every = list(changes_of(kinds))
    tried = random.Random(11).sample(every, LONG_SAMPLE)
    for change in tried:
        if found := holds(name, serve, house_in, change, expected, later=later):
            wrong[str(change)] = found
            show(f"{change}: {found}")
    show(f"{len(tried)} of {len(every)} changes of {len(kinds)} kinds of requests, {len(wrong)} broke a promise")
    assert wrong == {}
