"""Gives a rule access to the part of the backlog that it may use, in addition to the item that it judges.

A rule declares its inputs in its class, and cannot access any others. The declaration shows which items have to be
judged again after a change; see `rules.remembered`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cached_property

import msgspec

from rules.horizon import Horizon, find_horizon
from rules.model import Backlog, FinishedItem, ItemComment, Link, Persona, Sprint, WorkItem


class Input(StrEnum):
    """An input of a rule about an item, in addition to the item's own text and values."""

    TEXT = "text"
    """Its description and its criteria."""
    FAMILY = "family"
    """Its parent and its children."""
    LINKS = "links"
    """Its links, and the items at their other ends."""
    COMMENTS = "comments"
    """Its comments."""
    SPRINTS = "sprints"
    """The sprints that it is or was in, and the next ones."""
    FINISHED = "finished"
    """The items that the team has finished."""
    BACKLOG = "backlog"
    """The other open items, and their order."""
    PERSONAS = "personas"
    """The personas that the team lists in goals.yaml."""
    TODAY = "today"
    """The day on which it is judged."""


class UndeclaredInputError(LookupError):
    """A rule accesses an input that its class does not declare."""


INPUT_BY_ATTRIBUTE: Mapping[str, Input] = {
    "text": Input.TEXT,
    "criteria": Input.TEXT,
    "parent": Input.FAMILY,
    "links": Input.LINKS,
    "discussed": Input.COMMENTS,
    "question_asked": Input.COMMENTS,
    "sprints": Input.SPRINTS,
}
"""Attributes of an item that a rule can access only with an input.

Texts are large, and are loaded only for rules that read them. The other attributes lead to other items, or may change
without an edit of the item.
"""

_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(WorkItem)}
"""The values of attributes as seen by a rule that does not declare the input."""


class RuleContext:
    """The part of a backlog that a rule may access.

    The judged item and its relatives (family and linked items) lack the attributes of undeclared inputs. All other
    items have only the attributes that the rule declares for them.

    Args:
        inputs: The inputs that the rule declares.
        now: When the backlog is judged: the start of a day.
        backlog_attributes: The attributes that the rule declares for other items; see `Rule.backlog_attributes`.
    """

    def __init__(
        self, inputs: Collection[Input], backlog: Backlog, now: datetime, backlog_attributes: Collection[str] = ()
    ) -> None:
        self.inputs = frozenset(inputs)
        self._backlog_attributes = tuple(sorted(backlog_attributes))
        self._backlog = backlog
        self._now = now
        self.judged: WorkItem | None = None
        """The item that is being judged; None during `Rule.learn`, in which a rule looks at the whole backlog first."""
        self.looked_at_day = False
        """Whether the rule has looked at the day since this was last set to false."""
        self._hidden_values = {
            name: _DEFAULTS[name]
            for name, needed in INPUT_BY_ATTRIBUTE.items()
            if needed is not Input.TEXT and needed not in inputs
        }

    def hide_undeclared(self, item: WorkItem) -> WorkItem:
        """Return the item without the attributes that the rule may not access."""
        if Input.TEXT not in self.inputs:
            item = item.without_texts()
        for name, hidden_value in self._hidden_values.items():
            if getattr(item, name) != hidden_value:
                return msgspec.structs.replace(item, **self._hidden_values)
        return item

    def _select_attributes(self, item: WorkItem) -> WorkItem:
        """Return an item with only those attributes that the rule declares for other items."""
        attributes = {name: getattr(item, name) for name in self._backlog_attributes}
        return WorkItem(tracker=item.tracker, id=item.id, key=item.key, level=item.level, **attributes)

    def parent(self, item: WorkItem) -> WorkItem | None:
        """Return the open parent; None if there is none or it is unknown."""
        restrict = self._require_for(item, Input.FAMILY)
        return self._find(item.parent, restrict) if item.parent else None

    def children(self, item: WorkItem) -> Sequence[WorkItem]:
        """Return the open children."""
        restrict = self._require_for(item, Input.FAMILY)
        children = self._backlog.children.get(item.key, ())
        return tuple(restrict(self._backlog.items[child.index]) for child in children)

    def has_children(self, item: WorkItem) -> bool:
        """Whether it has open or finished children."""
        self._require_for(item, Input.FAMILY)
        return item.key in self._backlog.parents

    @property
    def has_hierarchy(self) -> bool:
        """Whether any item of the backlog, open or finished, has a parent."""
        self._require(Input.FAMILY)
        return bool(self._backlog.parents)

    def linked_item(self, link: Link) -> WorkItem | None:
        """Return the open item that a link leads to; None if it is finished or unknown.

        Links of items other than the judged one require `Input.BACKLOG` too.
        """
        self._require(Input.LINKS)
        restrict = self._choose_restriction(is_judged=self.judged is not None and link in self.judged.links)
        if not link.tracker:
            return self._find(link.target, restrict)
        linked = self._backlog.external_items.get((link.tracker, link.target))
        return restrict(linked) if linked is not None and linked.is_open else None

    def comments(self, item: WorkItem) -> Sequence[ItemComment] | None:
        """Return the comments on an item, oldest first; None if they are unknown."""
        self._require_for(item, Input.COMMENTS)
        return self._backlog.comments.get(item.id)

    @property
    def coming_sprints(self) -> Sequence[Sprint]:
        """Active and future sprints with open items: active ones first, then by start date."""
        self._require(Input.SPRINTS)
        return self._backlog.coming_sprints

    @property
    def finished(self) -> Sequence[FinishedItem]:
        """The finished items, in any order. Outside `Rule.learn`, they require `Input.BACKLOG` too."""
        self._require(Input.FINISHED)
        if self.judged is not None:
            self._require(Input.BACKLOG)
        return self._backlog.finished

    def items(self) -> Iterator[WorkItem]:
        """Return all open items, in rank order if it is known, with the attributes that the rule declares."""
        self._require(Input.BACKLOG)
        items = self._backlog.items
        has_texts = "text" in self._backlog_attributes
        return map(self._select_attributes, self._backlog.with_texts(items) if has_texts else items)

    @property
    def is_ordered(self) -> bool:
        """Whether the order of the open items is known: the rank order that people see in the tracker."""
        self._require(Input.BACKLOG)
        return self._backlog.ordered

    def position(self, item: WorkItem) -> int | None:
        """Return the position of an item among the open items on the level of stories, from 1.

        None if the order is unknown, or for an item on another level.
        """
        self._require(Input.BACKLOG)
        return self._backlog.position(item)

    @property
    def personas(self) -> Sequence[Persona]:
        """The personas that the team lists; empty if it lists none."""
        self._require(Input.PERSONAS)
        return self._backlog.personas

    def is_near(self, item: WorkItem) -> bool:
        """Whether an item is in the first two coming sprints or, if there are fewer, near the top of the backlog."""
        for needed in (Input.BACKLOG, Input.SPRINTS, Input.FINISHED, Input.TODAY):
            self._require(needed)
        if "sprints" not in self._backlog_attributes:
            raise UndeclaredInputError(
                'The rule looks at the sprints of all items: add "sprints" to backlog_attributes.'
            )
        self._look_at_day()
        return item.id in self._horizon.items

    @cached_property
    def _horizon(self) -> Horizon:
        return find_horizon(self._backlog, self._now)

    @property
    def on_backlog(self) -> frozenset[str] | None:
        """The ids of the items on any board or in its backlog; None if that is unknown."""
        self._require(Input.BACKLOG)
        return self._backlog.on_backlog

    @property
    def now(self) -> datetime:
        """The start, in UTC, of the day on which the backlog is judged.

        In `Rule.learn`, only a rule that learns from finished items alone may use it: its verdicts depend on what it
        has learned, and not on the day itself.
        """
        self._look_at_day()
        return self._now

    def _look_at_day(self) -> None:
        """Record that the verdict depends on the day, unless a rule looks at it to learn from finished items."""
        self._require(Input.TODAY)
        if self.judged is not None:
            self.looked_at_day = True
        elif Input.FINISHED not in self.inputs or Input.BACKLOG in self.inputs:
            raise UndeclaredInputError("Only a rule that learns from finished items alone may use the day to learn.")

    def _require(self, required: Input) -> None:
        if required not in self.inputs:
            raise UndeclaredInputError(
                f"The rule does not declare this input: add Input.{required.name} to its inputs."
            )

    def _require_for(self, item: WorkItem, required: Input) -> Callable[[WorkItem], WorkItem]:
        """Require an input, and also `Input.BACKLOG` if the item is not the one that is being judged.

        Returns:
            A function that leaves out what the rule may not access in the item's relatives.
        """
        self._require(required)
        return self._choose_restriction(is_judged=self.judged is not None and item.id == self.judged.id)

    def _choose_restriction(self, *, is_judged: bool) -> Callable[[WorkItem], WorkItem]:
        """Return the function that leaves out what the rule may not access in the relatives of an item.

        Args:
            is_judged: Whether the item is the one that is being judged.
        """
        if is_judged:
            return self.hide_undeclared
        if self.judged is not None:
            self._require(Input.BACKLOG)
        return self._select_attributes if Input.BACKLOG in self.inputs else self.hide_undeclared

    def _find(self, key: str, restrict: Callable[[WorkItem], WorkItem]) -> WorkItem | None:
        item = self._backlog.find(key)
        return None if item is None else restrict(item)
