"""Links into other trackers: by address wherever one is named, and by the pattern an admin gave for another's keys."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from rules.model import Link, WorkItem
from rules.model.rich_text import plain_text

MENTIONS = "mentions"


class Neighbour(Struct, frozen=True):
    """Another tracker, as its items are named elsewhere.

    Attributes:
        name: Of the tracker in the configuration.
        patterns: Regular expressions; the first group that matched is the item's key, else the whole match.
    """

    name: str
    patterns: tuple[str, ...]


class Neighbourhood:
    """Recognises items of other trackers.

    Args:
        neighbours: The other trackers.
    """

    def __init__(self, neighbours: Sequence[Neighbour] = ()) -> None:
        self._patterns = [(one.name, re.compile(pattern)) for one in neighbours for pattern in one.patterns]
        shape = [(name, pattern.pattern) for name, pattern in self._patterns]
        self.fingerprint = hashlib.sha256(msgspec.json.encode(shape)).hexdigest()[:8] if shape else ""
        """Changes when other items would be recognised."""

    def resolved(self, item: WorkItem) -> WorkItem:
        """The item with its links into other trackers; a link that was an address becomes one to the item behind it."""
        if not self._patterns:
            return item
        found: dict[tuple[str, str], Link] = {}
        own: list[Link] = []
        for link in item.links:
            across = list(self._named(link.target, link.kind))
            own += [] if across else [link]
            found.update({(one.tracker, one.target): one for one in across})
        texts = "\n".join([item.title, plain_text(item.text), plain_text(item.criteria or ())])
        for one in self._named(texts, MENTIONS):
            found.setdefault((one.tracker, one.target), one)
        links = (*own, *found.values())
        return item if links == item.links else msgspec.structs.replace(item, links=links)

    def _named(self, text: str, kind: str) -> Iterator[Link]:
        for name, pattern in self._patterns:
            for match in pattern.finditer(text):
                key = next((group for group in match.groups() if group), match[0])
                yield Link(kind, key, name)


def neighbourhood(patterns: Mapping[str, Sequence[str]], tracker: str) -> Neighbourhood:
    """Everything around one tracker, given how items of every tracker are named."""
    return Neighbourhood([Neighbour(name, tuple(some)) for name, some in patterns.items() if name != tracker])
