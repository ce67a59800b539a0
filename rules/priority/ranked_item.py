"""The attributes of open items on which the suggested order depends.

They are read in one pass, because a large backlog keeps its items as bytes; see `rules.model.packed_items`.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from msgspec import Struct

from rules.flow.planned_order import next_sprint
from rules.model import (
    Backlog,
    HierarchyLevel,
    ItemKind,
    ItemOutline,
    Link,
    Sprint,
    WorkItem,
)
from rules.priority.levels import HIGH_LEVEL, priority_level
from rules.priority.rating import ItemSummary
from rules.priority.stability import ScoreRange, find_score_range
from rules.priority.wsjf import Score, WsjfOptions, wsjf

UNTOUCHED_AFTER = timedelta(days=60)
"""An item with a high priority that no person changed for this long counts as untouched: about four sprints."""
_Value = TypeVar("_Value")


class RankedItem(Struct, frozen=True, gc=False, kw_only=True):
    """An open item above the level of sub-tasks. Attributes without a description are as in `WorkItem`.

    Attributes:
        index: Its index in `Backlog.items`.
        sprint: Its next sprint; None if people have not planned it into an active or future sprint.
        score: Its WSJF score; None if it has none.
        score_range: See `find_score_range`; None if it has no score.
        untouched_since: When it was last changed, if it is untouched and somebody chose a high priority for it; else
            None.
        customers: The number of customers who are recorded to have asked for it.
        release: The name of the release whose date is the deadline; empty if it is another date, or if there is none.
    """

    index: int
    tracker: str
    id: str
    key: str
    kind: ItemKind
    level: HierarchyLevel
    team: str
    parent: str | None
    links: tuple[Link, ...]
    restricted: bool
    has_begun: bool
    sprint: Sprint | None
    priority: str | None
    priority_is_default: bool | None
    score: float | None
    score_range: ScoreRange | None
    untouched_since: datetime | None
    votes: int | None
    customers: int
    points: float | None
    value: float | None
    deadline: date | None
    release: str

    @property
    def is_waiting(self) -> bool:
        """Whether it is on the level of stories, and neither in a sprint nor started."""
        return self.sprint is None and not self.has_begun and self.level is HierarchyLevel.REQUIREMENT


def read_ranked_items(
    backlogs: Iterable[Backlog],
    now: datetime,
    options: WsjfOptions,
    *,
    include_restricted: bool = True,
    only_changes_by_people: bool = False,
) -> Iterator[RankedItem]:
    """Yield the items of some backlogs, without sub-tasks. Equal values are kept once, to save memory.

    Args:
        include_restricted: Whether to include items that only some people may see.
        only_changes_by_people: Whether an item counts as untouched only if it is known when a person last changed it.
            Otherwise, the time of its last update counts where that is unknown.
    """
    reader = _Reader(now, options, only_changes_by_people)
    for backlog in backlogs:
        for outline, item in zip(backlog.outlines, backlog.items, strict=True):
            if outline.level is not HierarchyLevel.TASK and (include_restricted or not outline.restricted):
                yield reader.read(outline, item)


class _Reader:
    """Makes ranked items."""

    def __init__(self, now: datetime, options: WsjfOptions, only_changes_by_people: bool) -> None:
        self._untouched_until = now - UNTOUCHED_AFTER
        self._options = options
        self._only_changes_by_people = only_changes_by_people
        self._shared: dict[Any, Any] = {}

    def read(self, outline: ItemOutline, item: WorkItem) -> RankedItem:
        """Return an item, given with its outline, as a ranked item."""
        score = self._score(item)
        deadline = item.deadline if item.due or item.releases else None
        return RankedItem(
            index=outline.index,
            tracker=self._share(item.tracker),
            id=outline.id,
            key=outline.key,
            kind=item.kind,
            level=outline.level,
            team=outline.team,
            parent=outline.parent,
            links=outline.links,
            restricted=outline.restricted,
            has_begun=item.has_begun,
            sprint=next_sprint(outline),
            priority=self._share(item.priority),
            priority_is_default=item.priority_is_default,
            score=None if score is None else self._share(score.value),
            score_range=None if score is None else self._share(find_score_range(score)),
            untouched_since=self._untouched_since(item),
            votes=item.votes,
            customers=count_customers(item),
            points=self._share(item.points),
            value=self._share(item.value),
            deadline=self._share(deadline),
            release=next((release.name for release in item.coming_releases if release.day == deadline), "")
            if deadline
            else "",
        )

    def _share(self, value: _Value) -> _Value:
        """Return a value that is equal to this one, and the same for all equal values of its type."""
        shared: _Value = self._shared.setdefault(value, value)
        return shared

    def _score(self, item: WorkItem) -> Score | None:
        """Return the WSJF score of an item, if it has one. Most items have none of its inputs."""
        if item.value is None and item.urgency is None and item.risk is None:
            return None
        score = wsjf(item, self._options)
        return score if isinstance(score, Score) else None

    def _untouched_since(self, item: WorkItem) -> datetime | None:
        """Return the value of `RankedItem.untouched_since`."""
        level = priority_level(item.priority)
        if level is None or level > HIGH_LEVEL or item.priority_is_default:
            return None
        changed = item.changed_by_person or (None if self._only_changes_by_people else item.updated)
        return changed if changed is not None and changed <= self._untouched_until else None


def count_customers(item: WorkItem | ItemSummary) -> int:
    """Return the number of customers who are recorded to have asked for an item."""
    return item.feedback.customers if item.feedback else 0
