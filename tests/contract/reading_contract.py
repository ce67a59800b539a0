"""What reading promises, for every tracker: inherit `ReadingContract` and give it a `place`."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connectors.tracker import FetchedItem, Tracker, Whereabouts
from contract.seed import FINISHED, KEYS, STORIES
from contract.shape import assert_in_shape
from rules.model import HierarchyLevel, ItemKind, SprintState, StatusCategory, plain_text


class Reader:
    """Follows a tracker as the mirror does: remembers stamps and a cursor, and says what is new."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.versions: dict[str, str] = {}
        self.cursor: str | None = None
        self.orders: tuple[str, ...] = ()

    def pull(self) -> dict[str, FetchedItem]:
        """What had to be read this time, by id."""
        self.tracker.connect()
        first, wanted = self.cursor is None, {}
        for page in self.tracker.changes(self.cursor):
            wanted |= {one.id: None for one in page.stamps if self.versions.get(one.id) != one.version}
            self.cursor = page.cursor
        self.orders = self.tracker.list_ids().ids
        wanted |= {ident: None for ident in self.orders if first or ident not in self.versions}
        found = fetched(self.tracker, list(wanted))
        self.versions |= {ident: one.item.version for ident, one in found.items()}
        return found


def fetched(tracker: Tracker, ids: list[str]) -> dict[str, FetchedItem]:
    """Items by id; none of them may be a problem."""
    batches = list(tracker.fetch(ids))
    assert [problem for batch in batches for problem in batch.problems] == []
    return {one.item.id: one for batch in batches for one in batch.items}


class StoredFinding:
    """Places that tests share, each with a connected tracker."""

    def __init__(self) -> None:
        self._kept: dict[type, tuple[Any, Tracker]] = {}

    def tracker(self, whose: type, serve: Callable[[Any], str], make: Callable[[], Any]) -> Tracker:
        if whose not in self._kept:
            place = make()
            tracker = place.open()
            tracker.connect()
            self._kept[whose] = (place, tracker)
        place, tracker = self._kept[whose]
        if hasattr(place, "app"):
            serve(place.app)
        return tracker

    def place(self, whose: type) -> Any:
        return self._kept[whose][0]

    def close(self) -> None:
        for _, tracker in self._kept.values():
            tracker.close()


class ReadingContract:
    """A tracker that reads as every tracker does.

    A subclass says in `make` how to get a `contract.place.Readable` that holds `contract.seed.BACKLOG`. Tests that
    change nothing share one, `home`, and the tracker on it, `reading`.
    """

    def make(self, serve: Any, folder: Path) -> Any:
        """A place as it was seeded. `serve` puts an app on loopback and says where; `folder` is for files."""
        raise NotImplementedError

    @pytest.fixture
    def place(self, serve, tmp_path) -> Any:
        return self.make(serve, tmp_path)

    @pytest.fixture
    def tracker(self, place: Any) -> Iterator[Tracker]:
        with closing(place.open()) as tracker:
            tracker.connect()
            yield tracker

    @pytest.fixture
    def reading(self, kept: StoredFinding, serve, tmp_path_factory) -> Tracker:
        return kept.tracker(type(self), serve, lambda: self.make(serve, tmp_path_factory.mktemp("place")))

    @pytest.fixture
    def home(self, kept: StoredFinding, reading: Tracker) -> Any:
        return kept.place(type(self))

    @pytest.fixture
    def reader(self, tracker: Tracker) -> Reader:
        """Has read everything once."""
        made = Reader(tracker)
        made.pull()
        return made

    def item(self, place: Any, tracker: Tracker, key: str) -> Any:
        ident = place.id(key)
        return fetched(tracker, [ident])[ident].item

    # ---- connecting

    def test_connecting_tells_who_we_are_and_what_can_be_done(self, home, reading):
        connection = reading.connect()
        assert connection.account.name
        assert connection.capabilities.comment_limit > 1000
        assert all(note.endswith((".", "?")) for note in connection.notes)

    def test_the_fingerprint_stays_as_long_as_the_configuration_does(self, place, tracker):
        first = tracker.connect().fingerprint
        with closing(place.open()) as other:
            assert first == tracker.connect().fingerprint == other.connect().fingerprint != ""

    def test_closing_may_be_repeated_and_a_closed_tracker_connects_again(self, place):
        tracker = place.open()
        tracker.close()
        tracker.connect()
        tracker.close()
        tracker.close()
        assert tracker.connect().fingerprint
        tracker.close()

    def test_reading_writes_nothing(self, reader):
        reader.pull()
        assert reader.tracker.stats.writes == 0

    # ---- what exists

    def test_the_census_names_everything_within_the_scope_once(self, home, reading):
        ids = reading.list_ids().ids
        assert len(ids) == len(set(ids))
        assert set(ids) == {home.id(key) for key in KEYS}

    def test_the_census_is_in_the_order_that_people_see(self, home, reading):
        if not reading.connect().capabilities.is_ordered:
            pytest.skip("this tracker tells no order")
        stories = {home.id(key): key for key in STORIES}
        assert [stories[ident] for ident in reading.list_ids().ids if ident in stories] == list(STORIES)

    def test_whatever_is_on_a_backlog_exists(self, reading):
        census = reading.list_ids()
        assert census.on_backlog is None or census.on_backlog & set(census.ids)

    # ---- what changed

    def test_a_stamp_is_the_version_of_the_item_that_is_read(self, place, reader):
        item = place.id("PAY-2")
        place.retitle(item, "Prices before tax")
        stamps = {one.id: one.version for page in reader.tracker.changes(reader.cursor) for one in page.stamps}
        assert stamps[item] in (None, fetched(reader.tracker, [item])[item].item.version)

    def test_a_second_look_brings_nothing(self, reader):
        assert reader.pull() == {}

    def test_an_edit_brings_that_item_and_no_other(self, place, reader):
        item = place.id("PAY-2")
        place.retitle(item, "Prices before tax")
        read = reader.pull()
        assert {ident: one.item.title for ident, one in read.items()} == {item: "Prices before tax"}
        assert reader.pull() == {}

    def test_equal_content_has_an_equal_stamp_and_other_content_has_not(self, place, tracker):
        before = self.item(place, tracker, "PAY-2").version
        assert self.item(place, tracker, "PAY-2").version == before
        place.retitle(place.id("PAY-2"), "Prices before tax")
        assert self.item(place, tracker, "PAY-2").version != before

    def test_a_position_is_good_for_whoever_comes_after(self, place, reader):
        item = place.id("PAY-3")
        place.retitle(item, "Export all invoices")
        with closing(place.open()) as other:
            later = Reader(other)
            later.versions, later.cursor = dict(reader.versions), reader.cursor
            assert set(later.pull()) == {item}

    # ---- payloads

    def test_every_item_has_the_common_shape(self, home, reading):
        found = fetched(reading, [home.id(key) for key in KEYS])
        assert set(found) == {home.id(key) for key in KEYS}
        for one in found.values():
            assert_in_shape(one)

    def test_items_come_as_they_arrive_and_once_each(self, home, reading):
        ids = [home.id(key) for key in KEYS]
        batches = reading.fetch(ids)
        assert iter(batches) is batches
        assert sorted(one.item.id for batch in batches for one in batch.items) == sorted(ids)

    def test_nothing_asked_for_brings_nothing(self, reading):
        assert [one for batch in reading.fetch([]) for one in batch.items] == []

    def test_ids_that_nobody_may_see_are_left_out(self, home, reading):
        assert set(fetched(reading, [home.id("PAY-2"), home.nobody])) == {home.id("PAY-2")}

    def test_an_item_says_what_was_seeded(self, home, reading):
        item = self.item(home, reading, "PAY-1")
        assert item.title == "Pay in instalments"
        assert plain_text(item.text).splitlines()[:3] == ["As a buyer I pay in parts.", "one", "two"]
        assert (item.kind, item.level, item.category) == (
            ItemKind.STORY,
            HierarchyLevel.REQUIREMENT,
            StatusCategory.IN_PROGRESS,
        )
        assert item.points == 8.0
        assert "checkout" in item.labels
        assert item.assigned is not False
        assert item.project == "PAY"
        assert f"{item.created:%Y-%m-%d %H:%M}" == "2024-03-01 09:00"
        assert item.is_open

    def test_acceptance_criteria_are_read_as_people_see_them(self, home, reading):
        item = self.item(home, reading, "PAY-1")
        if "criteria" in home.lacks:
            assert "it works" in plain_text(item.text)
            assert item.criteria is None
        else:
            assert plain_text(item.criteria).splitlines() == ["it works", "it is paid"]

    def test_no_points_are_not_zero_points(self, home, reading):
        assert self.item(home, reading, "PAY-2").points is None
        assert self.item(home, reading, "PAY-4").points == 0.0

    def test_the_hierarchy_is_told(self, home, reading):
        epic = self.item(home, reading, "PAY-8")
        assert (epic.kind, epic.level) == (ItemKind.EPIC, HierarchyLevel.PORTFOLIO)
        assert self.item(home, reading, "PAY-1").parent == epic.key

    def test_a_finished_item_says_when(self, home, reading):
        item = self.item(home, reading, FINISHED[0])
        assert (item.category, item.is_open) == (StatusCategory.DONE, False)
        assert f"{item.resolved:%Y-%m-%d}" == "2024-04-10"

    def test_sprints_are_told(self, home, reading):
        now = self.item(home, reading, "PAY-1").sprints
        assert [one.name for one in now] == ["Sprint 2"]
        assert all(one.state is not SprintState.CLOSED for one in now)
        assert [one.state for one in self.item(home, reading, "PAY-6").sprints] == [SprintState.CLOSED]
        assert self.item(home, reading, "PAY-2").sprints == ()

    def test_hostile_words_are_only_words(self, home, reading):
        item = self.item(home, reading, "PAY-5")
        assert item.title == "Hostile words <script>alert(1)</script> [~everyone] @all {color:red}"
        for part in ("Then", "bold", "]]>", "end"):
            assert part in plain_text(item.text)

    # ---- where things are

    def test_what_is_gone_is_neither_counted_nor_read_nor_found(self, place, reader):
        item = place.id("PAY-7")
        place.remove(item)
        reader.pull()
        assert item not in reader.orders
        assert fetched(reader.tracker, [item]) == {}
        assert reader.tracker.locate([item]) == {item: Whereabouts.GONE}
