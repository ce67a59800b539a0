"""A backlog: the open items of one tracker in rank order, and its finished items."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

import msgspec
from msgspec import Struct

from rules.model.feedback import Feedback
from rules.model.rich_text import RichText
from rules.model.work_item import HierarchyLevel, ItemKind, Sprint, WorkItem

_TICKET_ADDRESS = re.compile(
    r"https?://[^/\s]*\.(?:zendesk\.com|freshdesk\.com|intercom\.com|service-now\.com|helpscout\.net)/"
)
"""Matches addresses of help desks that are not trackers."""


class FinishedItem(Struct, frozen=True, gc=False, omit_defaults=True):
    """A finished item, reduced to what statistics need. Times in UTC."""

    id: str
    key: str
    resolved: datetime
    type: str = ""
    kind: ItemKind = ItemKind.OTHER
    level: HierarchyLevel = HierarchyLevel.REQUIREMENT
    points: float | None = None
    created: datetime | None = None
    started: datetime | None = None
    parent: str | None = None
    team: str = ""


class ItemComment(Struct, frozen=True, gc=False, omit_defaults=True):
    """What somebody said about an item. Who, is not kept.

    Attributes:
        at: UTC.
        text: The comment as rendered blocks.
        by_person: False for this service and other automation.
    """

    at: datetime
    text: RichText
    by_person: bool = True


@dataclass(frozen=True)
class Backlog:
    """One tracker's items as rules see them.

    Attributes:
        tracker: Name of the tracker in the configuration.
        items: The open items, in rank order if the order is known.
        finished: Finished items, in any order.
        ordered: Whether `items` is in the order that people see in the tracker.
        on_backlog: Ids of items on some board or backlog; None if the tracker does not say.
        unread_places: Where items belong that could not be read yet: the number of `items` before each, in order.
        elsewhere: Linked items of other trackers, by tracker and key. Other linked items are unknown.
        comments: Comments by the item's id, oldest first; an item that is not there has unknown comments.
    """

    tracker: str
    items: Sequence[WorkItem]
    finished: Sequence[FinishedItem] = ()
    ordered: bool = True
    on_backlog: frozenset[str] | None = None
    unread_places: Sequence[int] = ()
    comments: Mapping[str, Sequence[ItemComment]] = field(default_factory=dict)
    elsewhere: Mapping[tuple[str, str], WorkItem] = field(default_factory=dict)
    _positions: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.ordered:
            ranked = (item for item in self.items if item.level is HierarchyLevel.REQUIREMENT)
            self._positions.update((item.id, position) for position, item in enumerate(ranked, start=1))

    def position(self, item: WorkItem) -> int | None:
        """The rank among the open items that a team can pull, from 1; None without an order and for other levels."""
        return self._positions.get(item.id)

    def find(self, key: str) -> WorkItem | None:
        """The open item with this key; None where there is none."""
        place = self._places.get(key)
        return None if place is None else self.items[place]

    @cached_property
    def _places(self) -> Mapping[str, int]:
        """Places in `items` by key: items may be read from a store, so they are not kept."""
        return {item.key: place for place, item in enumerate(self.items)}

    @cached_property
    def children(self) -> Mapping[str, Sequence[WorkItem]]:
        """Open items by the key of their parent."""
        by_parent: dict[str, list[WorkItem]] = {}
        for item in self.items:
            if item.parent:
                by_parent.setdefault(item.parent, []).append(item)
        return by_parent

    @cached_property
    def parents(self) -> frozenset[str]:
        """Keys of the items that have open or finished children."""
        finished = (item.parent for item in self.finished if item.parent)
        return frozenset((*self.children, *finished))

    @cached_property
    def coming_sprints(self) -> Sequence[Sprint]:
        """Active and future sprints with open items: active ones first, then by start date."""
        sprints = {sprint.id: sprint for item in self.items for sprint in item.sprints}
        coming = [sprint for sprint in sprints.values() if sprint.is_coming]
        return sorted(coming, key=lambda sprint: sprint.sort_key)

    def without_restricted(self) -> "Backlog":
        """The same backlog without the open items that the tracker restricts to some people."""
        return replace(
            self,
            items=[item for item in self.items if not item.restricted],
            elsewhere={key: item for key, item in self.elsewhere.items() if not item.restricted},
        )

    def with_feedback(self, recorded: Mapping[str, Feedback]) -> "Backlog":
        """The backlog with the feedback of each item: what is recorded, and the tickets that it is linked to.

        Args:
            recorded: Feedback by the key of the item.
        """
        tickets = {item.key for item in (*self.items, *self.elsewhere.values()) if item.public}
        items = []
        for item in self.items:
            feedback = recorded.get(item.key)
            count = sum(1 for link in item.links if link.target in tickets or _TICKET_ADDRESS.match(link.target))
            if count:
                feedback = (feedback or Feedback()).with_tickets(count)
            items.append(item if feedback is None else msgspec.structs.replace(item, feedback=feedback))
        return replace(self, items=tuple(items))

    def finished_since(self, since: datetime) -> Iterable[FinishedItem]:
        """Items finished at or after a time."""
        return (item for item in self.finished if item.resolved >= since)

    def throughput(self, now: datetime, window: timedelta) -> int:
        """How many items that a team pulls were finished in a time window that ends now."""
        return sum(1 for item in self.finished_since(now - window) if item.level is HierarchyLevel.REQUIREMENT)
