"""The part of an open item on which its ratings by priority models depend."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from rules.model import Backlog, Feedback, HierarchyLevel, ItemKind


class _Part(Struct, frozen=True, gc=False):
    """The attributes of an item that are not in its outline. They are those of `WorkItem`."""

    title: str = ""
    kind: ItemKind = ItemKind.OTHER
    priority: str | None = None
    points: float | None = None
    effort: float | None = None
    value: float | None = None
    urgency: float | None = None
    risk: float | None = None
    feedback: Feedback | None = None
    labels: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class RatableItem(Struct, frozen=True, gc=False, kw_only=True):
    """Some attributes of an open item. They are those of `WorkItem`."""

    tracker: str
    id: str
    key: str
    title: str
    type: str
    kind: ItemKind
    level: HierarchyLevel
    priority: str | None
    points: float | None
    effort: float | None
    value: float | None
    urgency: float | None
    risk: float | None
    feedback: Feedback | None
    labels: tuple[str, ...]
    unknown: tuple[str, ...]

    def is_known(self, attribute: str) -> bool:
        """Whether an attribute could be read."""
        return attribute not in self.unknown


def read_ratable_items(backlogs: Iterable[Backlog], team: str | None) -> Iterator[RatableItem]:
    """Yield the open items of some backlogs. Equal values are kept once, to save memory.

    Args:
        team: The team whose items are read; None for all teams.
    """
    values: dict[Any, Any] = {}
    share = values.setdefault
    for backlog in backlogs:
        for outline, part in zip(backlog.outlines, backlog.read_parts(_Part), strict=True):
            if team in (None, outline.team):
                yield RatableItem(
                    tracker=outline.tracker,
                    id=outline.id,
                    key=outline.key,
                    title=part.title,
                    type=outline.type,
                    kind=part.kind,
                    level=outline.level,
                    priority=share(part.priority, part.priority),
                    points=share(part.points, part.points),
                    effort=share(part.effort, part.effort),
                    value=share(part.value, part.value),
                    urgency=share(part.urgency, part.urgency),
                    risk=share(part.risk, part.risk),
                    feedback=part.feedback,
                    labels=share(part.labels, part.labels),
                    unknown=share(part.unknown, part.unknown),
                )
