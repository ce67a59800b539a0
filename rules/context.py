"""What a rule may look at beside the item that it judges.

A rule declares its inputs in its class and is handed nothing else. So it is known which items have to be judged again
when something changes: an item of a rule without inputs only after an edit of the item itself.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

import msgspec

from rules.horizon import Horizon, find_horizon
from rules.model import Backlog, FinishedItem, ItemComment, Link, Sprint, WorkItem


class Input(StrEnum):
    """What a rule may look at beside the item's own text and values."""

    FAMILY = "family"
    """Its parent, its children and the other children of its parent."""
    LINKS = "links"
    """Its links, and the items at their other ends."""
    COMMENTS = "comments"
    """What people said about it, and when."""
    SPRINTS = "sprints"
    """The sprints that it is or was in, and those that come next."""
    TEAM = "team"
    """What the team has finished."""
    BACKLOG = "backlog"
    """The other open items, and their order."""
    TODAY = "today"
    """The time at which it is judged."""


class UndeclaredInputError(LookupError):
    """A rule looks at something that its class does not declare."""


HIDDEN_ATTRIBUTES: Mapping[str, Input] = {
    "parent": Input.FAMILY,
    "links": Input.LINKS,
    "discussed": Input.COMMENTS,
    "question_asked": Input.COMMENTS,
    "sprints": Input.SPRINTS,
}
"""Attributes of an item that only rules with the input see: they change without an edit of the item."""

_BLANKS: Mapping[str, Any] = {"parent": None, "links": (), "discussed": None, "question_asked": None, "sprints": ()}


class RuleContext:
    """One backlog at one time, as far as one rule may look at it.

    Args:
        inputs: What the rule has declared.
        backlog: The backlog that is judged.
        now: When it is judged.
    """

    def __init__(self, inputs: Collection[Input], backlog: Backlog, now: datetime) -> None:
        self.inputs = frozenset(inputs)
        self._backlog = backlog
        self._now = now
        self._blanks = {name: _BLANKS[name] for name, needed in HIDDEN_ATTRIBUTES.items() if needed not in inputs}

    def visible(self, item: WorkItem) -> WorkItem:
        """The item without the attributes that the rule may not look at."""
        if all(getattr(item, name) == blank for name, blank in self._blanks.items()):
            return item
        return msgspec.structs.replace(item, **self._blanks)

    def parent(self, item: WorkItem) -> WorkItem | None:
        """The open item above it; None where there is none, or it is not known."""
        self._require(Input.FAMILY)
        return self._find(item.parent) if item.parent else None

    def children(self, item: WorkItem) -> Sequence[WorkItem]:
        """The open items right below it."""
        self._require(Input.FAMILY)
        return tuple(self.visible(child) for child in self._backlog.children.get(item.key, ()))

    def has_children(self, item: WorkItem) -> bool:
        """Whether anything below it is open or was finished."""
        self._require(Input.FAMILY)
        return item.key in self._backlog.parents

    @property
    def has_hierarchy(self) -> bool:
        """Whether any item of the backlog has a parent."""
        self._require(Input.FAMILY)
        return bool(self._backlog.parents)

    def siblings(self, item: WorkItem) -> Sequence[WorkItem]:
        """The other open items with the same parent."""
        self._require(Input.FAMILY)
        family = self._backlog.children.get(item.parent, ()) if item.parent else ()
        return tuple(self.visible(child) for child in family if child.id != item.id)

    def linked_item(self, link: Link) -> WorkItem | None:
        """The open item at the other end of a link; None where that is done, or not known."""
        self._require(Input.LINKS)
        if not link.tracker:
            return self._find(link.target)
        other = self._backlog.elsewhere.get((link.tracker, link.target))
        return self.visible(other) if other is not None and other.is_open else None

    def comments(self, item: WorkItem) -> Sequence[ItemComment] | None:
        """What was said about it, oldest first; None where that is not known."""
        self._require(Input.COMMENTS)
        return self._backlog.comments.get(item.id)

    @property
    def coming_sprints(self) -> Sequence[Sprint]:
        """Active and future sprints that hold open items: active ones first, then by start date."""
        self._require(Input.SPRINTS)
        return self._backlog.coming_sprints

    @property
    def finished(self) -> Sequence[FinishedItem]:
        """What the team has finished, in any order."""
        self._require(Input.TEAM)
        return self._backlog.finished

    def items(self) -> Iterator[WorkItem]:
        """All open items, in rank order where an order is known."""
        self._require(Input.BACKLOG)
        return map(self.visible, self._backlog.items)

    @property
    def is_ordered(self) -> bool:
        """Whether the open items are in an order that people see in the tracker."""
        self._require(Input.BACKLOG)
        return self._backlog.ordered

    def position(self, item: WorkItem) -> int | None:
        """Place among the open items that a team can pull, 1 being the top; None where there is no order."""
        self._require(Input.BACKLOG)
        return self._backlog.position(item)

    def is_near(self, item: WorkItem) -> bool:
        """Whether the item is in the next two sprints or, if fewer are planned, near the top of the backlog."""
        for needed in (Input.BACKLOG, Input.SPRINTS, Input.TEAM, Input.TODAY):
            self._require(needed)
        return item.id in self._horizon.items

    @cached_property
    def _horizon(self) -> Horizon:
        return find_horizon(self._backlog, self._now)

    @property
    def on_backlog(self) -> frozenset[str] | None:
        """Ids of the items on some board or backlog; None where that is not known."""
        self._require(Input.BACKLOG)
        return self._backlog.on_backlog

    @property
    def now(self) -> datetime:
        """The time at which the backlog is judged, in UTC."""
        self._require(Input.TODAY)
        return self._now

    def _require(self, needed: Input) -> None:
        if needed not in self.inputs:
            raise UndeclaredInputError(f"The rule looks at its {needed}: add Input.{needed.name} to its inputs.")

    def _find(self, key: str) -> WorkItem | None:
        found = self._backlog.find(key)
        return None if found is None else self.visible(found)
