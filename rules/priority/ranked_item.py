"""The part of an open item on which its place in the suggested order depends."""

from collections.abc import Iterable
from datetime import date, datetime
from operator import attrgetter

import msgspec

from rules.model import (
    Backlog,
    ItemOutline,
    Release,
    StatusCategory,
    first_deadline,
)
from rules.priority.levels import priority_level
from rules.priority.ratable_item import RatableItem


class RankedItem(RatableItem, frozen=True, gc=False, kw_only=True):
    """Some attributes of an open item. They are those of `WorkItem`."""

    url: str = ""
    category: StatusCategory = StatusCategory.UNKNOWN
    team: str = ""
    parent: str | None = None
    restricted: bool = False
    priority_is_default: bool | None = None
    votes: int | None = None
    changed_by_person: datetime | None = None
    updated: datetime | None = None
    due: date | None = None
    releases: tuple[Release, ...] = ()

    @property
    def has_begun(self) -> bool:
        """As in `WorkItem`."""
        return self.category is StatusCategory.IN_PROGRESS

    @property
    def coming_releases(self) -> tuple[Release, ...]:
        """As in `WorkItem`."""
        return tuple(release for release in self.releases if not release.released)

    @property
    def deadline(self) -> date | None:
        """As in `WorkItem`."""
        return first_deadline(self.due, self.releases)

    @property
    def customers(self) -> int:
        """The number of customers who are recorded to have asked for it."""
        return self.feedback.customers if self.feedback else 0

    @property
    def last_change(self) -> datetime | None:
        """When a person last changed it, else when it was last updated; None if both are unknown."""
        return self.changed_by_person or self.updated

    @property
    def priority_level(self) -> int | None:
        """The level of its priority, from 1 for the most urgent; None if it is unknown."""
        return priority_level(self.priority)


def read_ranked_items(
    backlogs: Iterable[Backlog], outlines: Iterable[ItemOutline]
) -> dict[tuple[str, str], RankedItem]:
    """Return the items with these outlines, by tracker and id."""
    items = {backlog.tracker: backlog.items for backlog in backlogs}
    wanted = {outline.identity: outline for outline in outlines}
    # In the order of the backlog, because there items are accessed faster.
    return {
        outline.identity: msgspec.convert(items[outline.tracker][outline.index], RankedItem, from_attributes=True)
        for outline in sorted(wanted.values(), key=attrgetter("index"))
    }
