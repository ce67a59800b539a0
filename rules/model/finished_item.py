"""A finished item."""

from datetime import datetime

from msgspec import Struct

from rules.model.work_item import HierarchyLevel, ItemKind


class FinishedItem(Struct, frozen=True, gc=False, omit_defaults=True):
    """A finished item, reduced to what statistics need. The attributes are those of `WorkItem`."""

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
    restricted: bool = False
