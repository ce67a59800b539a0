"""The links between work items, and the feed of those that came and went."""

from collections.abc import Iterator
from datetime import datetime

from steward_sandbox.azure_devops.links import HIERARCHY, LINK_TYPES, direction
from steward_sandbox.azure_devops.model import LinkEvent, Relation
from steward_sandbox.ids import stable_uuid

Ends = tuple[str, int, int]
"""A link: its type, its source and its target. Links without a direction start at the smaller id."""


class LinkStore:
    """Every link of an organisation.

    Attributes:
        feed: Every link that came or went, oldest first.
    """

    def __init__(self) -> None:
        self.feed: list[LinkEvent] = []
        self._comments: dict[Ends, str] = {}
        self._of: dict[int, set[Ends]] = {}

    def of(self, item: int) -> list[Relation]:
        """The links of an item as seen from it. Their order is stable, and it is not the order they came in."""
        found = (self._seen(item, ends) for ends in self._of.get(item, ()))
        return sorted(found, key=lambda relation: stable_uuid(relation.rel, str(relation.other), str(item)))

    def has(self, item: int, relation: Relation) -> bool:
        """Whether there is this link."""
        return _ends(item, relation) in self._comments

    def parent(self, item: int) -> int | None:
        """The item above."""
        return next(
            (source for kind, source, target in self._of.get(item, ()) if (kind, target) == (HIERARCHY, item)), None
        )

    def children(self, item: int) -> list[int]:
        """The items right below."""
        return sorted(target for kind, source, target in self._of.get(item, ()) if (kind, source) == (HIERARCHY, item))

    def leads_back(self, item: int, relation: Relation) -> bool:
        """Whether this new link would close a circle."""
        kind, _, _ = ends = _ends(item, relation)
        if not LINK_TYPES[kind].acyclic:
            return False
        seen, waiting = set[int](), [ends[2]]
        while waiting:
            number = waiting.pop()
            if number == ends[1]:
                return True
            if number not in seen:
                seen.add(number)
                waiting += [
                    target for link, source, target in self._of.get(number, ()) if (link, source) == (kind, number)
                ]
        return False

    def second_parent(self, item: int, relation: Relation) -> int | None:
        """The item that would get a parent beside the one it has."""
        kind, _, target = _ends(item, relation)
        return target if kind == HIERARCHY and self.parent(target) is not None else None

    def add(self, item: int, relation: Relation, by: str, at: datetime, mark: int) -> Relation:
        """Adds a link and gives it as the other end sees it."""
        ends = _ends(item, relation)
        self._comments[ends] = relation.comment
        for number in ends[1:]:
            self._of.setdefault(number, set()).add(ends)
        self.feed.append(LinkEvent(mark, at, by, *ends, active=True, comment=relation.comment))
        return self._seen(relation.other, ends)

    def remove(self, item: int, relation: Relation, by: str, at: datetime, mark: int) -> Relation:
        """Removes a link and gives it as the other end saw it.

        Raises:
            KeyError: There is no such link.
        """
        ends = _ends(item, relation)
        back = self._seen(relation.other, ends)
        del self._comments[ends]
        for number in ends[1:]:
            self._of[number].discard(ends)
        self.feed.append(LinkEvent(mark, at, by, *ends, active=False))
        return back

    def forget(self, item: int) -> None:
        """Drops the links of an item that was destroyed, and what the feed told of them."""
        for ends in self._of.pop(item, set()):
            self._comments.pop(ends, None)
            for number in ends[1:]:
                self._of.get(number, set()).discard(ends)
        self.feed = [event for event in self.feed if item not in (event.source, event.target)]

    def all(self) -> Iterator[Ends]:
        """Every link there is."""
        return iter(self._comments)

    def _seen(self, item: int, ends: Ends) -> Relation:
        kind, source, target = ends
        forward = item == source
        rel = LINK_TYPES[kind].rel(forward=forward)
        return Relation(rel, target if forward else source, self._comments[ends])


def _ends(item: int, relation: Relation) -> Ends:
    known = direction(relation.rel)
    if known is None:
        raise KeyError(f"no link type {relation.rel}")
    kind, forward = known
    if not kind.directional:
        forward = item < relation.other
    return (kind.ref, item, relation.other) if forward else (kind.ref, relation.other, item)
