"""A mirror that is kept by `changes`, `census`, `fetch` and `locate` shows what is there, whatever the index does."""

from dataclasses import dataclass, field
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from connectors.tracker import Whereabouts
from steward_sandbox.clock import Lag
from steward_sandbox.jira.actor import Actor

pytestmark = pytest.mark.flavours("cloud", "data-center")

SCOPE = "project = PAY AND type != Bug AND (labels is EMPTY OR labels not in (parked))"
START = "\n".join(f'{{"key": "PAY-{n}", "title": "Item {n}", "updated": "2024-05-01T00:00:00Z"}}' for n in range(1, 6))


@dataclass
class Mirror:
    """What sync keeps of a tracker, and how it keeps it: see `sync.mirror.pull`."""

    cursor: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    def pull(self, tracker, is_there):
        tracker.connect()
        first = self.cursor is None
        wanted = {}
        for page in tracker.changes(self.cursor):
            wanted |= {stamp.id: None for stamp in page.stamps if self.versions.get(stamp.id) != stamp.version}
            self.cursor = page.cursor
        census = tracker.list_ids()
        wanted |= {ident: None for ident in census.ids if first or ident not in self.versions}
        for batch in tracker.fetch(list(wanted)):
            assert batch.problems == ()
            for one in batch.items:
                self.versions[one.item.id] = one.item.version
                self.titles[one.item.id] = one.item.title
        missing = [ident for ident in self.versions if ident not in census.ids]
        where = tracker.locate(missing) if missing else {}
        assert set(where) == set(missing)
        for ident, place in where.items():
            assert (place is Whereabouts.IN_SCOPE) == is_there(ident), f"{ident} was called {place}"
            if place is not Whereabouts.IN_SCOPE:
                del self.versions[ident], self.titles[ident]
        still_here = [ident for ident, place in where.items() if place is Whereabouts.IN_SCOPE]
        self.order = [ident for ident in (*census.ids, *still_here) if ident in self.versions]


def machine_over(serve, *, lag, flicker, page):  # noqa: C901 - what people do to a backlog is a long list
    class Site(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.here = serve(
                START, search_lag=Lag(lag), rank_lag=Lag(2 * lag), flicker=flicker, issues_a_page=page, search_page=page
            )
            self.ana = Actor(self.here.world, "Ana Silva")
            self.tracker = self.here.tracker(scope=SCOPE)
            self.mirror = Mirror()
            self.titles = 0

        @property
        def ids(self):
            return sorted(self.here.world.issues)

        def in_scope(self, ident):
            issue = self.here.world.issues.get(int(ident))
            return (
                issue is not None
                and not issue.hidden
                and issue.project == "PAY"
                and issue.type != "Bug"
                and "parked" not in issue.labels
            )

        def some(self, data):
            return data.draw(st.sampled_from(self.ids))

        @rule()
        def create(self):
            self.ana.create("PAY", f"New {len(self.ids)}")

        @precondition(lambda self: self.ids)
        @rule(data=st.data())
        def edit(self, data):
            self.titles += 1
            self.ana.edit(self.some(data), title=f"Edited {self.titles}")

        @precondition(lambda self: self.ids)
        @rule(data=st.data())
        def comment(self, data):
            self.ana.comment(self.some(data), "Hello")

        @precondition(lambda self: self.ids)
        @rule(data=st.data(), parked=st.booleans())
        def park(self, data, parked):
            one = self.some(data)
            if parked:
                self.ana.label(one, "parked")
            else:
                self.ana.label(one, remove=["parked"])

        @precondition(lambda self: self.ids)
        @rule(data=st.data(), kind=st.sampled_from(["Bug", "Story"]))
        def retype(self, data, kind):
            self.ana.edit(self.some(data), type=kind)

        @precondition(lambda self: self.ids)
        @rule(data=st.data(), project=st.sampled_from(["OPS", "PAY"]))
        def move(self, data, project):
            one = self.some(data)
            if self.here.world.issues[one].project != project:
                self.ana.move(one, project)

        @precondition(lambda self: len(self.ids) > 2)
        @rule(data=st.data())
        def delete(self, data):
            self.ana.delete(self.some(data))

        @precondition(lambda self: self.ids)
        @rule(data=st.data(), hidden=st.booleans())
        def hide(self, data, hidden):
            self.here.world.hide(self.some(data), hidden=hidden)

        @precondition(lambda self: len(self.ids) > 1)
        @rule(data=st.data())
        def rank(self, data):
            one, other = data.draw(st.permutations(self.ids).map(lambda ids: ids[:2]))
            self.ana.rank(one, before=other)

        @precondition(lambda self: self.ids)
        @rule(data=st.data())
        def stumble(self, data):
            self.here.world.unsettle(self.some(data))

        @rule(seconds=st.sampled_from([1, 30, 100, 170]))
        def pass_time(self, seconds):
            self.here.clock.advance(seconds=seconds)

        @rule()
        def pull(self):
            self.mirror.pull(self.tracker, self.in_scope)

        def teardown(self):
            # A change that flickered out of one answer is found by the next far look at the latest.
            self.here.clock.advance(hours=13 if flicker else 0.2)
            self.here.app.options.flicker = 0.0
            self.mirror.pull(self.tracker, self.in_scope)
            world = self.here.world
            there = [issue for issue in world.ordered() if self.in_scope(issue.id)]
            assert self.mirror.titles == {str(issue.id): issue.summary for issue in there}
            assert self.mirror.versions == {
                str(issue.id): str(round(issue.updated.timestamp() * 1000)) for issue in there
            }
            assert self.mirror.order == [str(issue.id) for issue in there]
            before = dict(self.mirror.versions)
            self.mirror.pull(self.tracker, self.in_scope)
            assert self.mirror.versions == before
            self.tracker.close()

    return Site


@pytest.mark.flavours("cloud")
@pytest.mark.parametrize(
    ("lag", "flicker", "page"),
    [
        pytest.param(0, 0.0, 100, id="prompt", marks=pytest.mark.slow),
        pytest.param(170, 0.0, 2, id="lagging", marks=pytest.mark.slow),
        pytest.param(100, 0.3, 3, id="flickering"),
    ],
)
def test_a_mirror_shows_what_is_there_once_the_index_has_settled(serve, lag, flicker, page):
    run_state_machine_as_test(
        machine_over(serve, lag=lag, flicker=flicker, page=page),
        settings=settings(
            max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.flavours("data-center")
@pytest.mark.parametrize("page", [pytest.param(1000, marks=pytest.mark.slow), 3])
def test_a_mirror_of_data_center_shows_what_is_there(serve, page):
    run_state_machine_as_test(
        machine_over(serve, lag=0, flicker=0.0, page=page),
        settings=settings(
            max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.flavours("cloud")
@pytest.mark.soak
@pytest.mark.parametrize(("lag", "flicker", "page"), [(0, 0.0, 100), (170, 0.0, 2), (100, 0.3, 3)])
def test_a_mirror_shows_what_is_there_after_many_more_stories(serve, lag, flicker, page):
    run_state_machine_as_test(
        machine_over(serve, lag=lag, flicker=flicker, page=page),
        settings=settings(
            max_examples=300, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.flavours("cloud")
def test_rounds_over_a_flickering_index_lose_nothing_and_read_little(serve):
    here = serve("\n".join(f'{{"key": "PAY-{n}", "title": "Item {n}"}}' for n in range(1, 200)), flicker=0.1)
    tracker, mirror = here.tracker(scope=SCOPE), Mirror()
    there = lambda ident: True  # noqa: E731 - nothing ever goes
    mirror.pull(tracker, there)
    for _ in range(8):
        here.clock.advance(minutes=30)
        mirror.pull(tracker, there)
    assert len(mirror.versions) == 199
    payloads = sum(
        len(one.json["issueIdsOrKeys"])
        for one in here.asked("/issue/bulkfetch$")
        if "changelog" in one.json.get("expand", [])
    )
    assert payloads <= 199 + 10


def test_boards_say_what_stands_on_them_and_none_say_nothing(serve):
    here = serve()
    census = here.tracker().list_ids()
    assert census.on_backlog is not None
    assert here.id("PAY-2") in census.on_backlog
    assert here.id("OPS-1") not in census.on_backlog
    desk = serve(service_desk=["PAY", "OPS"])
    assert desk.tracker().list_ids().on_backlog is None


def test_a_census_comes_in_rank_order_over_many_pages(serve):
    here = serve("\n".join(f'{{"key": "PAY-{n}", "title": "x"}}' for n in range(1, 60)), ids_a_page=7)
    ana = Actor(here.world, "Ana Silva")
    for number in (40, 3, 59):
        ana.rank(f"PAY-{number}", before=here.world.ordered()[0].id)
    assert list(here.tracker().list_ids().ids) == [str(issue.id) for issue in here.world.ordered()]


def test_the_order_after_a_rebalance_is_the_same(here):
    tracker = here.tracker()
    before = tracker.list_ids()
    here.world.rebalance()
    assert tracker.list_ids() == before


def test_time_that_passes_between_connecting_and_asking_does_no_harm(here):
    tracker, mirror = here.tracker(scope=SCOPE), Mirror()
    mirror.pull(tracker, lambda ident: True)
    here.clock.advance(hours=5)
    Actor(here.world, "Ana Silva").edit("PAY-2", title="Changed")
    here.clock.move_to(here.clock() - timedelta(minutes=3))
    mirror.pull(tracker, lambda ident: True)
    assert mirror.titles[here.id("PAY-2")] == "Changed"
