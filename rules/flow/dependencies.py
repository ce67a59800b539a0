"""Finds dependencies between items: links that make one item wait for another, and cycles of such links."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Protocol

from rules.model import Link, WorkItem

_BLOCKED_BY_NAMES = frozenset(
    {
        "blocked by", "is blocked by", "depends on", "depends upon", "is dependent on", "requires", "predecessor",
        "has to be done after", "is successor of", "waits for", "is waiting for",
        "hängt ab von", "ist abhängig von", "wird blockiert von", "wird blockiert durch", "ist blockiert von",
        "ist blockiert durch", "setzt voraus", "vorgänger",
        "est bloqué par", "est bloquée par", "dépend de",
        "está bloqueado por", "está bloqueada por", "depende de", "está bloqueado pelo",
        "è bloccato da", "dipende da", "wordt geblokkeerd door", "is afhankelijk van", "jest blokowane przez",
        "zależy od", "ブロックされている", "被阻塞",
    }
)  # fmt: skip
"""Names of links to an item that has to be finished first, in several languages."""

_BLOCKS_NAMES = frozenset(
    {
        "blocks", "is depended on by", "is depended upon by", "is required by", "has to be done before",
        "is a prerequisite of", "is prerequisite for", "is predecessor of", "successor",
        "blockiert", "wird vorausgesetzt von", "nachfolger",
        "bloque", "bloquea", "bloqueia", "blocca", "blokkeert", "blokuje",
    }
)  # fmt: skip
"""Names of links to an item that has to wait, in several languages."""

_MAX_VISITED_ITEMS = 50
"""The maximum number of items visited in search of a cycle. Longer chains are rare, and may be slow to follow."""


class LinkedItem(Protocol):
    """An item with its links: a `WorkItem`, or a part of its attributes."""

    @property
    def tracker(self) -> str:
        """The name of its tracker."""

    @property
    def key(self) -> str:
        """Its key."""

    @property
    def links(self) -> Sequence[Link]:
        """Its links to other items."""


def blocking_links(links: Iterable[Link]) -> Iterator[Link]:
    """Return the links to items that have to be finished first."""
    return (link for link in links if _does_block(link.kind) is False)


@lru_cache(maxsize=1000)
def _does_block(kind: str) -> bool | None:
    """Return whether an item with a link of this kind has to be finished first; None if neither item waits."""
    name = kind.strip().casefold()
    return True if name in _BLOCKS_NAMES else False if name in _BLOCKED_BY_NAMES else None


def find_dependencies(items: Sequence[LinkedItem]) -> Iterator[tuple[int, int]]:
    """Yield each dependency between items of one or more trackers: the indexes of the blocker and the blocked item."""
    linked_keys = {
        (link.tracker or item.tracker, link.target)
        for item in items
        for link in item.links
        if _does_block(link.kind) is not None
    }
    identities = ((item.tracker, item.key) for item in items)
    indexes = {identity: index for index, identity in enumerate(identities) if identity in linked_keys}
    seen: set[tuple[int, int]] = set()
    for index, item in enumerate(items):
        for link in item.links:
            does_block = _does_block(link.kind)
            linked = indexes.get((link.tracker or item.tracker, link.target))
            if does_block is None or linked is None or linked == index:
                continue
            pair = (index, linked) if does_block else (linked, index)
            if pair not in seen:
                seen.add(pair)
                yield pair


def is_in_dependency_cycle(item: WorkItem, blocker: WorkItem, find_item: Callable[[Link], WorkItem | None]) -> bool:
    """Whether the blocker of an item waits for that item in turn, directly or through other items.

    Args:
        find_item: Returns the open item at the other end of a link; None if it is finished or unknown.
    """
    seen = {_identity(blocker)}
    to_visit = [blocker]
    while to_visit and len(seen) < _MAX_VISITED_ITEMS:
        for link in blocking_links(to_visit.pop().links):
            next_item = find_item(link)
            if next_item is None:
                continue
            if _identity(next_item) == _identity(item):
                return True
            if _identity(next_item) not in seen:
                seen.add(_identity(next_item))
                to_visit.append(next_item)
    return False


def _identity(item: WorkItem) -> tuple[str, str]:
    return item.tracker, item.id
