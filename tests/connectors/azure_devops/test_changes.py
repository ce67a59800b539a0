"""What changed, what exists, and where the rest is."""

import json

import pytest

from connectors.azure_devops import client
from connectors.errors import ConnectorError
from connectors.tracker import Whereabouts
from steward_sandbox import Faults
from steward_sandbox.azure_devops import Lag


def start(tracker):
    (first,) = list(tracker.changes(None))
    assert first.stamps == ()
    return first.cursor


def since(tracker, position):
    """Stamps since a position, the last one of each item, and the new position."""
    pages = list(tracker.changes(position))
    return {stamp.id: stamp.version for page in pages for stamp in page.stamps}, pages[-1].cursor


def many(count):
    rows = ({"key": f"PAY-{n}", "title": f"Item {n}", "created": "2024-03-01T09:00:00Z"} for n in range(1, count + 1))
    return "\n".join(json.dumps(row) for row in rows)


class TestChanges:
    def test_after_the_first_position_there_is_nothing_new(self, here):
        tracker = here.connected()
        position = start(tracker)
        assert since(tracker, position)[0] in ({}, dict.fromkeys(since(tracker, position)[0]))

    def test_a_stamp_is_the_version_that_the_item_will_have(self, here):
        tracker = here.connected()
        position = start(tracker)
        ana = here.actor()
        ana.edit("PAY-2", title="x")
        ana.comment("PAY-3", "hm")
        told, _ = since(tracker, position)
        read = here.read(tracker, "PAY-2", "PAY-3")
        for key in ("PAY-2", "PAY-3"):
            assert told[here.id(key)] == read[key].item.version == tracker.target.get_snapshot(here.id(key)).version

    def test_a_new_parent_is_told_although_neither_revision_nor_date_moved(self, here):
        tracker = here.connected()
        position = since(tracker, start(tracker))[1]
        before = here.read(tracker, "PAY-3")["PAY-3"].item
        here.clock.advance(hours=1)
        here.actor().reparent("PAY-3", "PAY-5")
        told, position = since(tracker, position)
        assert told == {here.id("PAY-3"): None, here.id("PAY-5"): None}
        after = here.read(tracker, "PAY-3")["PAY-3"].item
        assert (before.parent, after.parent) == (None, here.id("PAY-5"))
        assert (before.version, before.updated) == (after.version, after.updated)
        assert since(tracker, position)[0] == {}

    def test_tasks_and_other_projects_are_not_told(self, here):
        tracker = here.connected()
        position = start(tracker)
        ana = here.actor()
        ana.edit("PAY-6", title="A task")
        ana.edit("OPS-1", title="Elsewhere")
        ana.edit("PAY-4", title="Told")
        told, _ = since(tracker, position)
        assert {ident for ident, version in told.items() if version} == {here.id("PAY-4")}

    def test_a_condition_of_the_admins_counts_here_too(self, here):
        tracker = here.connected(scope="[System.Tags] CONTAINS 'checkout'")
        position = start(tracker)
        here.actor().edit("PAY-2", title="x")
        here.actor().edit("PAY-3", title="x")
        told, _ = since(tracker, position)
        assert {ident for ident, version in told.items() if version} == {here.id("PAY-3")}

    def test_positions_are_given_page_by_page_and_hold(self, serve):
        here = serve(many(12), revisions_a_page=3)
        tracker = here.connected()
        position = start(tracker)
        ana = here.actor()
        for number in range(1, 9):
            ana.edit(f"PAY-{number}", title="x")
        pages = list(tracker.changes(position))
        assert len(pages) >= 3
        # Whoever stops after a page goes on behind it and misses nothing.
        for count, page in enumerate(pages[:-1], start=1):
            rest, _ = since(tracker, page.cursor)
            seen = {stamp.id for one in pages[:count] for stamp in one.stamps}
            assert seen | set(rest) >= set(here.ids(*(f"PAY-{n}" for n in range(1, 9))))

    @pytest.mark.parametrize("lag", [{"revisions_lag": Lag(changes=2)}, {"links_lag": Lag(changes=1)}])
    def test_a_feed_that_lags_is_caught_up_with(self, serve, lag):
        here = serve(**lag)
        tracker = here.connected()
        position = start(tracker)
        here.actor().edit("PAY-2", title="x")
        here.actor().reparent("PAY-3", "PAY-5")
        late, position = since(tracker, position)
        for name in lag:
            setattr(here.app.options, name, Lag())
        rest, _ = since(tracker, position)
        assert {**late, **rest}.keys() >= set(here.ids("PAY-2", "PAY-3", "PAY-5"))

    def test_a_feed_that_never_says_that_a_page_is_the_last_ends_where_nothing_follows(self, here):
        tracker = here.connected()
        position = start(tracker)
        here.app.options.stuck_feed = True
        assert since(tracker, position)[0] == {}

    def test_the_position_is_the_feeds_own_also_where_only_the_link_holds_it(self, here):
        tracker = here.connected()
        position = json.loads(start(tracker))
        assert position["revisions"].count(";") == 2
        assert position["links"].isdecimal()
        list(tracker.changes(json.dumps(position)))
        (asked,) = here.asked("GET .*workitemlinks")[1:]
        assert asked.query["continuationToken"] == position["links"]
        assert "startDateTime" not in asked.query

    def test_feeds_are_always_asked_for_the_same_fields(self, here):
        tracker = here.connected()
        list(tracker.changes(start(tracker)))
        bodies = [asked.json for asked in here.asked("POST .*workitemrevisions")]
        assert len(bodies) == 2
        assert bodies[0] == bodies[1]

    def test_deleted_and_restored_items_are_told(self, here):
        tracker = here.connected()
        position = start(tracker)
        ana = here.actor()
        ana.restore(ana.delete("PAY-2").id)
        told, _ = since(tracker, position)
        assert told[here.id("PAY-2")] == here.read(tracker, "PAY-2")["PAY-2"].item.version


class TestCensus:
    def test_open_items_come_in_their_order_and_the_rest_after_them(self, here):
        tracker = here.connected()
        assert here.keys(tracker.list_ids().ids) == ["PAY-1", "PAY-3", "PAY-5", "PAY-2", "PAY-4"]
        here.actor().drag("PAY-3", before="PAY-1")
        assert here.keys(tracker.list_ids().ids) == ["PAY-3", "PAY-1", "PAY-5", "PAY-2", "PAY-4"]
        assert tracker.list_ids().on_backlog is None

    @pytest.mark.parametrize("count", [5, 6, 7, 12, 13])
    def test_more_items_than_a_query_gives_are_found_in_parts(self, serve, monkeypatch, count):
        monkeypatch.setattr(client, "_MAX_QUERY_RESULTS", 6)
        here = serve(many(count), query_cap=7)
        ids = here.connected().list_ids().ids
        assert sorted(map(int, ids)) == sorted(here.world.items)

    def test_every_query_stays_below_the_cap(self, here):
        here.connected().list_ids()
        assert {asked.query["$top"] for asked in here.asked("POST .*wiql")} == {"19999"}

    def test_names_with_quotes_break_no_query(self, serve):
        here = serve('{"key": "PAY-1", "project": "O\'Neill", "title": "x", "area": "It\'s \\"here\\""}')
        tracker = here.connected(project="O'Neill")
        assert tracker.list_ids().ids == ("1",)
        assert here.read(tracker, "PAY-1")["PAY-1"].item.project == "O'Neill"


class TestLocate:
    def test_items_are_here_moved_or_gone(self, here):
        tracker = here.connected()
        ana = here.actor()
        number = here.id("PAY-4")
        ana.destroy("PAY-4")
        ana.delete("PAY-2")
        ana.hide("PAY-5")
        ana.move("PAY-3", "OPS")
        asked = [number, *here.ids("PAY-2", "PAY-5", "PAY-3", "PAY-1"), "4711"]
        where = tracker.locate(asked)
        assert [where[ident] for ident in asked] == [
            Whereabouts.GONE,
            Whereabouts.GONE,
            Whereabouts.GONE,
            Whereabouts.MOVED,
            Whereabouts.IN_SCOPE,
            Whereabouts.GONE,
        ]
        assert {asked.json["errorPolicy"] for asked in here.asked("POST .*workitemsbatch")} == {"omit"}

    def test_another_area_or_type_is_elsewhere_too(self, here):
        here.add_team("Web", "Checkout")
        tracker = here.connected(team="Web")
        here.actor().edit("PAY-1", area="Other")
        assert tracker.locate(here.ids("PAY-1")) == {here.id("PAY-1"): Whereabouts.MOVED}

    def test_many_are_located_in_portions(self, serve):
        here = serve(many(450))
        tracker = here.connected()
        ids = [str(ident) for ident in here.world.items]
        assert set(tracker.locate(ids).values()) == {Whereabouts.IN_SCOPE}
        assert len(here.asked("POST .*workitemsbatch")) == 3

    def test_nothing_to_locate_asks_nothing(self, here):
        tracker = here.connected()
        assert tracker.locate([]) == {}
        assert here.switch.asked == []

    def test_a_failure_is_never_taken_for_an_absence(self, serve):
        here = serve(faults=Faults(["503@POST *workitemsbatch"]))
        tracker = here.connected()
        with pytest.raises(ConnectorError):
            tracker.locate(here.ids("PAY-1"))
