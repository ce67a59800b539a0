"""The part of an open item on which its ratings by priority models depend."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from rules.model import Backlog, Feedback, HierarchyLevel, ItemKind


class RatableItem(Struct, frozen=True, gc=False, kw_only=True):
    """Some attributes of an open item. They are those of `WorkItem`.

    To read only these takes a fraction of the time and memory of the whole item; see `Backlog.read_parts`.
    """

    tracker: str
    id: str
    key: str
    title: str = ""
    type: str = ""
    kind: ItemKind = ItemKind.OTHER
    level: HierarchyLevel = HierarchyLevel.REQUIREMENT
    priority: str | None = None
    points: float | None = None
    effort: float | None = None
    value: float | None = None
    urgency: float | None = None
    risk: float | None = None
    feedback: Feedback | None = None
    labels: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

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
        for outline, item in zip(backlog.outlines, backlog.read_parts(RatableItem), strict=True):
            if team in (None, outline.team):
                yield msgspec.structs.replace(
                    item,
                    tracker=outline.tracker,
                    id=outline.id,
                    key=outline.key,
                    type=outline.type,
                    **{name: share(value, value) for name in _COMMON_ATTRIBUTES if (value := getattr(item, name))},
                )


_COMMON_ATTRIBUTES = ("priority", "points", "effort", "value", "urgency", "risk", "labels", "unknown")
"""The attributes that have the same value in many items, apart from those in the outline."""
