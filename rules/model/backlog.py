"""A backlog: the open items of a tracker in rank order, and its finished items."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import count, islice
from typing import Self

import msgspec
from msgspec import Struct

from rules.model.feedback import Feedback
from rules.model.finished_item import FinishedItem
from rules.model.packed_items import PackedItems, Part
from rules.model.persona import Persona
from rules.model.rich_text import RichText
from rules.model.work_item import HierarchyLevel, Link, Sprint, StatusCategory, WorkItem

_TICKET_ADDRESS = re.compile(
    r"https?://[^/\s]*\.(?:zendesk\.com|freshdesk\.com|intercom\.com|service-now\.com|helpscout\.net)/"
)
"""Matches addresses of tickets in help desks, which this service does not read."""
Texts = tuple[RichText, RichText | None]
"""The description and the acceptance criteria of an item."""
TextLoader = Callable[[Sequence[str]], Mapping[str, Texts]]
"""Loads the texts of items by their ids."""
_ITEMS_PER_CHUNK = 500
"""The number of items whose texts are loaded at the same time."""


class ItemComment(Struct, frozen=True, gc=False, omit_defaults=True):
    """A comment on an item. Its author is not stored.

    Attributes:
        at: When it was written, in UTC.
        text: The text, as blocks without markup.
        by_person: Whether a person wrote it, and not this service or another program.
    """

    at: datetime
    text: RichText
    by_person: bool = True


class ItemOutline(Struct, frozen=True, gc=False, kw_only=True):
    """The few attributes of an open item that judging needs of all items.

    Those without a description are as in `WorkItem`.

    Attributes:
        index: Its index in `Backlog.items`.
        has_feedback: Whether feedback of customers on it is known.
        content_digest: A short hash of the item as it is stored, which shows whether it has changed; empty if the item
            was not read from a store.
    """

    index: int
    tracker: str
    id: str
    key: str
    type: str
    level: HierarchyLevel
    category: StatusCategory
    team: str
    parent: str | None
    sprints: tuple[Sprint, ...]
    has_known_sprints: bool
    is_ranked: bool
    public: bool
    restricted: bool
    links: tuple[Link, ...]
    has_feedback: bool
    content_digest: bytes = b""

    @property
    def identity(self) -> tuple[str, str]:
        """Its tracker and id, by which it can be told from all other items."""
        return self.tracker, self.id

    @property
    def has_begun(self) -> bool:
        """As in `WorkItem`."""
        return self.category is StatusCategory.IN_PROGRESS

    @property
    def may_be_in_unread_sprint(self) -> bool:
        """Whether its sprints have never been read, so that it may be in a sprint that is not known."""
        return not self.sprints and not self.has_known_sprints


class _OutlineMaker:
    """Makes the outlines of open items, one after the other. Equal values are kept once, to save memory."""

    def __init__(self) -> None:
        self._next_index = count()
        self._texts: dict[str, str] = {}
        self._sprints: dict[tuple[Sprint, ...], tuple[Sprint, ...]] = {}

    def __call__(self, item: WorkItem, content_digest: bytes = b"") -> ItemOutline:
        """Return the outline of the next item."""
        return ItemOutline(
            index=next(self._next_index),
            tracker=self._texts.setdefault(item.tracker, item.tracker),
            id=item.id,
            key=item.key,
            type=self._texts.setdefault(item.type, item.type),
            level=item.level,
            category=item.category,
            team=self._texts.setdefault(item.team, item.team),
            parent=item.parent,
            sprints=self._sprints.setdefault(item.sprints, item.sprints),
            has_known_sprints=item.has_known_sprints,
            is_ranked=item.is_ranked,
            public=item.public,
            restricted=item.restricted,
            links=item.links,
            has_feedback=item.feedback is not None,
            content_digest=content_digest,
        )


class OutlinedItems(PackedItems[WorkItem]):
    """Packed open items with their outlines, which are made while the items are packed.

    Args:
        items: The items, each with its content digest (see `ItemOutline`).
    """

    def __init__(self, items: Iterable[tuple[WorkItem, bytes]]) -> None:
        self.outlines: list[ItemOutline] = []
        super().__init__(WorkItem, self._outline(items))

    def _outline(self, items: Iterable[tuple[WorkItem, bytes]]) -> Iterator[WorkItem]:
        """Add the outline of each item, and yield the item."""
        make_outline = _OutlineMaker()
        for item, content_digest in items:
            self.outlines.append(make_outline(item, content_digest))
            yield item

    def with_feedback(self, feedback: Mapping[int, Feedback]) -> Self:
        """Return the items, with feedback on those at some indexes."""
        changed = {index: msgspec.structs.replace(self[index], feedback=feedback[index]) for index in sorted(feedback)}
        replaced = self.replace(changed)
        replaced.outlines = list(self.outlines)
        for index in changed:
            replaced.outlines[index] = msgspec.structs.replace(self.outlines[index], has_feedback=True)
        return replaced


class SprintSource(StrEnum):
    """Where the sprints of the items come from, and so what it means if those of an item are unknown."""

    NOWHERE = "nowhere"
    """From nowhere, as in an export without a column for them: they will never be known."""
    ITEMS = "items"
    """From each item: an item whose sprints cannot be read says nothing about the sprints of other items."""
    INCOMPLETE_LIST = "incomplete list"
    """From a list of all sprints which could not be read, or may lack some: any sprint may be missing."""


@dataclass(frozen=True)
class Backlog:
    """The items of one tracker.

    Attributes:
        items: The open items, in rank order if the order is known.
        finished: Finished items, in any order.
        ordered: Whether `items` is in the order that people see in the tracker.
        on_backlog: The ids of the items that the tracker shows on a board or in its backlog; None if that is unknown.
        sprint_source: Where the sprints of the items come from.
        unread_places: For each open item that could not be read yet, the index in `items` before which it belongs, in
            ascending order.
        external_items: Items of other trackers to which items of this tracker link, by tracker and key. Unknown items
            are missing.
        comments: The comments on each item, oldest first, by the id of the item. Items whose comments are unknown are
            missing.
        personas: The people for whom the product is made; empty if the team does not list them.
        load_texts: Loads the description and the criteria of items by their ids, if `items` are kept without them to
            save memory (see `WorkItem.without_texts`). `with_texts` returns them with their texts.
    """

    tracker: str
    items: Sequence[WorkItem]
    finished: Sequence[FinishedItem] = ()
    ordered: bool = True
    on_backlog: frozenset[str] | None = None
    sprint_source: SprintSource = SprintSource.ITEMS
    unread_places: Sequence[int] = ()
    comments: Mapping[str, Sequence[ItemComment]] = field(default_factory=dict)
    external_items: Mapping[tuple[str, str], WorkItem] = field(default_factory=dict)
    personas: tuple[Persona, ...] = ()
    load_texts: TextLoader | None = field(default=None, repr=False, compare=False)

    def position(self, item: WorkItem) -> int | None:
        """Return the position of an item among the open items on the level of stories, from 1.

        None if the order is unknown, or for an item on another level.
        """
        return self._positions.get(item.id)

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        """The position of each open item on the level of stories, by id. Empty if the order is unknown."""
        if not self.ordered:
            return {}
        ranked = (outline for outline in self.outlines if outline.level is HierarchyLevel.REQUIREMENT)
        return {outline.id: position for position, outline in enumerate(ranked, start=1)}

    @cached_property
    def outlines(self) -> Sequence[ItemOutline]:
        """The outlines of all open items, in the same order. Making them takes one pass over the items."""
        return self.items.outlines if isinstance(self.items, OutlinedItems) else list(map(_OutlineMaker(), self.items))

    def read_parts(self, part_type: type[Part]) -> Iterator[Part]:
        """Yield a part of each open item, in order; see `PackedItems.read_parts`."""
        if isinstance(self.items, PackedItems):
            return self.items.read_parts(part_type)
        return (msgspec.convert(item, part_type, from_attributes=True) for item in self.items)

    def find(self, key: str) -> WorkItem | None:
        """Return the open item with a key; None if there is none."""
        index = self.indexes_by_key.get(key)
        return None if index is None else self.items[index]

    @cached_property
    def items_by_id(self) -> Mapping[str, WorkItem]:
        """The open items by their id."""
        return _ItemsById(self.items, {outline.id: outline.index for outline in self.outlines})

    @cached_property
    def indexes_by_key(self) -> Mapping[str, int]:
        """The index in `items`, by key.

        The items are not kept here, because `items` may read them from a store one by one.
        """
        return {outline.key: outline.index for outline in self.outlines}

    def with_texts(self, items: Iterable[WorkItem]) -> Iterator[WorkItem]:
        """Yield items of the backlog with their description and criteria, which are loaded a few hundred at a time."""
        if self.load_texts is None:
            yield from items
            return
        remaining = iter(items)
        while chunk := list(islice(remaining, _ITEMS_PER_CHUNK)):
            texts = self.load_texts([item.id for item in chunk])
            for item in chunk:
                text, criteria = texts.get(item.id, (item.text, item.criteria))
                yield msgspec.structs.replace(item, text=text, criteria=criteria)

    @cached_property
    def children(self) -> Mapping[str, Sequence[ItemOutline]]:
        """The open children of each item, by the key of the parent."""
        by_parent: dict[str, list[ItemOutline]] = {}
        for outline in self.outlines:
            if outline.parent:
                by_parent.setdefault(outline.parent, []).append(outline)
        return by_parent

    @cached_property
    def parents(self) -> frozenset[str]:
        """The keys of the items that have open or finished children."""
        finished = (item.parent for item in self.finished if item.parent)
        return frozenset((*self.children, *finished))

    @cached_property
    def coming_sprints(self) -> Sequence[Sprint]:
        """Active and future sprints with open items: active ones first, then by start date."""
        sprints = {sprint.id: sprint for outline in self.outlines for sprint in outline.sprints}
        coming = [sprint for sprint in sprints.values() if sprint.is_coming]
        return sorted(coming, key=lambda sprint: sprint.sort_key)

    def without_restricted(self) -> "Backlog":
        """Return the backlog without the open items, and those of other trackers, that only some people may see."""
        external_items = {key: item for key, item in self.external_items.items() if not item.restricted}
        if len(external_items) == len(self.external_items) and not any(item.restricted for item in self.outlines):
            return self
        visible = (entry for entry in zip(self.items, self.outlines, strict=True) if not entry[1].restricted)
        items: Sequence[WorkItem]
        if isinstance(self.items, OutlinedItems):
            items = OutlinedItems((item, outline.content_digest) for item, outline in visible)
        else:
            items = [item for item, _ in visible]
        return replace(self, items=items, external_items=external_items)

    def with_personas(self, personas: Sequence[Persona]) -> "Backlog":
        """Return the backlog with the personas of the product."""
        return self if tuple(personas) == self.personas else replace(self, personas=tuple(personas))

    def with_feedback(self, recorded: Mapping[str, Feedback]) -> "Backlog":
        """Return the backlog with the customers' feedback on each item: what is recorded, and the tickets it links to.

        A ticket is a page of a known help desk, or an item whose comments customers can read.

        Args:
            recorded: Feedback by the key of the item.
        """
        # Outlines are used only where reading an item means unpacking it.
        entries: Sequence[WorkItem | ItemOutline] = (
            self.outlines if isinstance(self.items, OutlinedItems) else self.items
        )
        tickets = {entry.key for entry in entries if entry.public}
        tickets |= {item.key for item in self.external_items.values() if item.public}
        changed: dict[int, Feedback] = {}
        for index, entry in enumerate(entries):
            count = sum(1 for link in entry.links if link.target in tickets or _TICKET_ADDRESS.match(link.target))
            feedback = recorded.get(entry.key)
            if count:
                feedback = (feedback or self.items[index].feedback or Feedback()).with_tickets(count)
            if feedback is not None:
                changed[index] = feedback
        if not changed:
            return self
        if isinstance(self.items, OutlinedItems):
            return replace(self, items=self.items.with_feedback(changed))
        with_feedback = tuple(
            msgspec.structs.replace(item, feedback=changed[index]) if index in changed else item
            for index, item in enumerate(self.items)
        )
        return replace(self, items=with_feedback)

    def finished_since(self, since: datetime) -> Iterable[FinishedItem]:
        """Return the items that were finished at a time or later."""
        return (item for item in self.finished if item.resolved >= since)

    def throughput(self, now: datetime, window: timedelta, team: str | None = None) -> int:
        """Return the number of items on the level of stories that one team, or all, finished in a period until now."""
        since = now - window
        if since not in self._finished_by_team:
            self._finished_by_team[since] = Counter(
                item.team or self.tracker
                for item in self.finished_since(since)
                if item.level is HierarchyLevel.REQUIREMENT
            )
        counts = self._finished_by_team[since]
        return counts.total() if team is None else counts[team]

    @cached_property
    def _finished_by_team(self) -> dict[datetime, Counter[str]]:
        """The number of items on the level of stories that each team finished since a time, by that time; for reuse."""
        return {}

    def unstarted_by_team(self) -> Mapping[str, Sequence[ItemOutline]]:
        """Return the items on the level of stories that are not in progress, by team, in rank order.

        Items without a team belong to a team with the name of the tracker.
        """
        items_by_team: dict[str, list[ItemOutline]] = {}
        for item in self.outlines:
            if item.level is HierarchyLevel.REQUIREMENT and item.category is not StatusCategory.IN_PROGRESS:
                items_by_team.setdefault(item.team or self.tracker, []).append(item)
        return dict(sorted(items_by_team.items()))


class _ItemsById(Mapping[str, WorkItem]):
    """Items by their id. They are not kept here, because `items` may make a new object for each access."""

    def __init__(self, items: Sequence[WorkItem], indexes: Mapping[str, int]) -> None:
        self._items = items
        self._indexes = indexes

    def __getitem__(self, item_id: str) -> WorkItem:
        return self._items[self._indexes[item_id]]

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._indexes

    def __iter__(self) -> Iterator[str]:
        return iter(self._indexes)

    def __len__(self) -> int:
        return len(self._indexes)


def with_recorded_feedback(item: WorkItem, recorded: Mapping[str, Feedback]) -> WorkItem:
    """Return an item with the feedback that is recorded for it, by the key of the item."""
    feedback = recorded.get(item.key)
    return item if feedback is None else msgspec.structs.replace(item, feedback=feedback)
