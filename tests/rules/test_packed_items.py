"""Items that are kept as bytes are those that were packed."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from rules.model import (
    Backlog,
    Feedback,
    FeedbackSource,
    Link,
    OutlinedItems,
    PackedItems,
    Release,
    Sprint,
    SprintState,
    WorkItem,
    add_items,
)
from rules.priority.ranked_item import RankedItem

TIME = datetime(2026, 6, 1, 9, 30, 0, 250, tzinfo=UTC)


@pytest.fixture
def items(item) -> list[WorkItem]:
    return [
        item(1, labels=("a", "b"), links=(Link("blocks", "PAY-3"), Link("relates to", "https://x.zendesk.com/1"))),
        item(2, fields={"points": 3.0, "note": None, "text": "ü"}, due=date(2026, 7, 1), unknown=("votes",)),
        item(3, sprints=(Sprint(id="1", name="1", state=SprintState.ACTIVE, start=TIME),), parent="PAY-1", public=True),
        item(4, releases=(Release("2.0", date(2026, 8, 1)),), updated=TIME, criteria=()),
    ]


def test_an_item_is_as_it_was(items):
    packed = PackedItems(WorkItem, items)
    assert list(packed) == items
    assert (packed[1], list(packed[1:3]), len(packed)) == (items[1], items[1:3], 4)


def test_parts_of_packed_items_are_those_of_the_items(items):
    parts = list(PackedItems(WorkItem, items).read_parts(RankedItem))
    assert parts == list(Backlog("team", items).read_parts(RankedItem))
    for part, whole in zip(parts, items, strict=True):
        assert all(getattr(part, name) == getattr(whole, name) for name in part.__struct_fields__)


def test_a_part_has_the_types_and_defaults_of_the_item():
    whole = {field.name: field for field in msgspec.structs.fields(WorkItem)}
    for field in msgspec.structs.fields(RankedItem):
        assert (field.type, field.default) == (whole[field.name].type, whole[field.name].default), field.name


def test_items_follow_those_that_are_packed(items):
    packed = add_items(PackedItems(WorkItem, items[:2]), items[2:])
    assert isinstance(packed, PackedItems)
    assert list(packed) == items


def test_feedback_is_recorded_on_packed_items_as_on_others(items):
    recorded = {items[1].key: Feedback({FeedbackSource.TICKET: 2}, customers=1)}
    expected = Backlog("team", items).with_feedback(recorded)
    made = Backlog("team", OutlinedItems((item, b"1") for item in items)).with_feedback(recorded)
    assert list(made.items) == list(expected.items)
    assert [item.feedback is not None for item in made.items] == [True, True, False, False]
    assert [outline.has_feedback for outline in made.outlines] == [True, True, False, False]


def test_only_chunks_with_replaced_items_are_packed_again(item):
    items = [item(number) for number in range(1, 50)]
    packed = PackedItems(WorkItem, items)
    other = item(25, title="Another title")
    assert packed[24] == items[24]
    replaced = packed.replace({24: other})
    assert list(replaced) == [*items[:24], other, *items[25:]]
    assert (packed[24], replaced[24]) == (items[24], other)
    assert [new is old for new, old in zip(replaced.chunks, packed.chunks, strict=True)] == [True, False, True]


def test_restricted_items_are_left_out_of_packed_ones_as_of_others(item):
    items = [item(1), item(2, restricted=True), item(3)]
    backlogs = [Backlog("team", items), Backlog("team", OutlinedItems((item, b"1") for item in items))]
    for visible in (backlog.without_restricted() for backlog in backlogs):
        assert list(visible.items) == [items[0], items[2]]
        assert [(outline.key, outline.index) for outline in visible.outlines] == [("PAY-1", 0), ("PAY-3", 1)]
        assert visible.without_restricted() is visible
