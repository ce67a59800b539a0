"""One shape for an item, whatever tracker it comes from."""

from datetime import UTC, datetime

from connectors.comments import Author, Comment
from connectors.tracker import FetchedItem
from rules.model import Block, BlockKind, HierarchyLevel, ItemKind, SprintState, StatusCategory, WorkItem

_MOMENTS = (
    "created",
    "updated",
    "started",
    "resolved",
    "changed_by_person",
    "discussed",
    "ranked_by_person",
)
_NUMBERS = ("points", "value", "urgency", "risk", "effort")


def assert_in_shape(one: FetchedItem) -> None:
    """Fails where an item is not as `connectors.tracker` and `rules.model` promise."""
    item = one.item
    assert item.tracker
    assert item.id
    assert item.key
    assert item.version, "equal stamps mean equal content, so there has to be one"
    assert item.title == " ".join(item.title.split())
    assert isinstance(item.kind, ItemKind)
    assert isinstance(item.level, HierarchyLevel)
    assert isinstance(item.category, StatusCategory)
    _in_utc(*(getattr(item, name) for name in _MOMENTS))
    for name in _NUMBERS:
        value = getattr(item, name)
        assert value is None or type(value) is float, f"{item.key}: {name} is {value!r}"
    assert all(type(value) in (str, float) or value is None for value in item.fields.values())
    for text in (item.text, item.criteria or ()):
        assert all(isinstance(block, Block) for block in text)
        assert all("\n" not in block.text for block in text if block.kind is not BlockKind.CODE)
    _assert_lists(item)
    assert [change.at for change in one.field_changes] == sorted(change.at for change in one.field_changes)
    _in_utc(*(change.at for change in one.field_changes))
    for comment in one.comments:
        assert_comment_in_shape(comment)


def assert_comment_in_shape(comment: Comment) -> None:
    assert comment.id
    assert isinstance(comment.author, Author)
    _in_utc(comment.created, comment.updated)
    assert comment.tag is None or comment.author is Author.THIS_SERVICE


def _assert_lists(item: WorkItem) -> None:
    assert all(label and label == label.strip() for label in item.labels)
    for sprint in item.sprints:
        assert sprint.id
        assert sprint.name
        assert isinstance(sprint.state, SprintState)
        _in_utc(sprint.start, sprint.end)
    assert all(link.kind and link.target for link in item.links)
    assert item.parent is None or item.parent


def _in_utc(*moments: datetime | None) -> None:
    assert all(one is None or one.tzinfo is UTC for one in moments), moments
