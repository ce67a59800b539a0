"""Dependencies between items: which links say that an item has to wait, and which items wait for each other."""

from collections.abc import Callable, Iterable, Iterator

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

_MOST_STEPS = 50
"""Items that are looked at for a circle; longer chains are rare, and reading them may be slow."""


def blocking_links(links: Iterable[Link]) -> Iterator[Link]:
    """The links to items that have to be finished first."""
    return (link for link in links if link.kind.strip().casefold() in _BLOCKED_BY)


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
