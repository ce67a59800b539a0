"""Dependencies between items: which links say that an item has to wait, and which items wait for each other."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from rules.model import Link, WorkItem

_BLOCKED_BY = frozenset(
    {
        "blocked by", "is blocked by", "depends on", "depends upon", "is dependent on", "requires", "predecessor",
        "has to be done after", "has to be finished together with", "is successor of", "waits for", "is waiting for",
        "hängt ab von", "ist abhängig von", "wird blockiert von", "wird blockiert durch", "ist blockiert von",
        "ist blockiert durch", "setzt voraus", "vorgänger",
        "est bloqué par", "est bloquée par", "dépend de",
        "está bloqueado por", "está bloqueada por", "depende de", "está bloqueado pelo",
        "è bloccato da", "dipende da", "wordt geblokkeerd door", "is afhankelijk van", "jest blokowane przez",
        "zależy od", "ブロックされている", "被阻塞",
    }
)  # fmt: skip
"""The words of links to an item that has to be finished first, as trackers in several languages put them."""

_BLOCKS = frozenset(
    {
        "blocks", "is depended on by", "is depended upon by", "is required by", "has to be done before",
        "is a prerequisite of", "is prerequisite for", "is predecessor of", "successor",
        "blockiert", "wird vorausgesetzt von", "nachfolger",
        "bloque", "bloquea", "bloqueia", "blocca", "blokkeert", "blokuje",
    }
)  # fmt: skip
"""The words of links to an item that has to wait."""

_MOST_STEPS = 50
"""Items that are looked at for a circle; longer chains are rare, and reading them may be slow."""


def blocking_links(links: Iterable[Link]) -> Iterator[Link]:
    """The links to items that have to be finished first."""
    return (link for link in links if link.kind.strip().casefold() in _BLOCKED_BY)


def find_dependencies(items: Sequence[WorkItem]) -> Iterator[tuple[int, int]]:
    """Pairs of a blocker and what it blocks, as indexes into the items. Links to anything else are skipped.

    Args:
        items: Items of any number of trackers.
    """
    indexes = {(item.tracker, item.key): index for index, item in enumerate(items)}
    seen: set[tuple[int, int]] = set()
    for index, item in enumerate(items):
        for link in item.links:
            kind = link.kind.strip().casefold()
            if kind not in _BLOCKS and kind not in _BLOCKED_BY:
                continue
            other = indexes.get((link.tracker or item.tracker, link.target))
            if other is None or other == index:
                continue
            pair = (index, other) if kind in _BLOCKS else (other, index)
            if pair not in seen:
                seen.add(pair)
                yield pair


def waits_in_circle(item: WorkItem, blocker: WorkItem, find: Callable[[Link], WorkItem | None]) -> bool:
    """Whether the blocker of an item waits for that item in turn, itself or through others.

    Args:
        item: The item that waits.
        blocker: The item that it waits for.
        find: Returns the open item at the other end of a link, None where that is not known.
    """
    seen = {_identity(blocker)}
    waiting = [blocker]
    while waiting and len(seen) < _MOST_STEPS:
        for link in blocking_links(waiting.pop().links):
            next_item = find(link)
            if next_item is None:
                continue
            if _identity(next_item) == _identity(item):
                return True
            if _identity(next_item) not in seen:
                seen.add(_identity(next_item))
                waiting.append(next_item)
    return False


def _identity(item: WorkItem) -> tuple[str, str]:
    return item.tracker, item.id
