"""Finds links to items of other trackers: by address, and by the pattern that an admin gave for their keys."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from rules.model import Link, WorkItem
from rules.model.rich_text import plain_text

MENTIONS = "mentions"


class OtherTracker(Struct, frozen=True):
    """How to recognise the items of another tracker.

    Attributes:
        name: The tracker's name in the configuration.
        patterns: Regular expressions. The first group that matches is the item's key; without groups, the whole match.
    """

    name: str
    patterns: tuple[str, ...]


class LinkResolver:
    """Recognises items of other trackers.

    Args:
        others: The other trackers.
    """

    def __init__(self, others: Sequence[OtherTracker] = ()) -> None:
        self._patterns = [(other.name, re.compile(pattern)) for other in others for pattern in other.patterns]
        content = [(name, pattern.pattern) for name, pattern in self._patterns]
        self.fingerprint = hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:8] if content else ""
        """Changes when other items would be recognised."""

    def resolve(self, item: WorkItem) -> WorkItem:
        """Return the item with its links to other trackers; a link to an address becomes a link to the item there."""
        if not self._patterns:
            return item
        found: dict[tuple[str, str], Link] = {}
        kept: list[Link] = []
        for link in item.links:
            resolved = list(self._links_in(link.target, link.kind))
            kept += [] if resolved else [link]
            found.update({(other.tracker, other.target): other for other in resolved})
        texts = "\n".join([item.title, plain_text(item.text), plain_text(item.criteria or ())])
        for mention in self._links_in(texts, MENTIONS):
            found.setdefault((mention.tracker, mention.target), mention)
        links = (*kept, *found.values())
        return item if links == item.links else msgspec.structs.replace(item, links=links)

    def _links_in(self, text: str, kind: str) -> Iterator[Link]:
        for name, pattern in self._patterns:
            for match in pattern.finditer(text):
                key = next((group for group in match.groups() if group), match[0])
                yield Link(kind, key, name)


def link_resolver(patterns: Mapping[str, Sequence[str]], tracker: str) -> LinkResolver:
    """The resolver for one tracker.

    Args:
        patterns: How the items of each tracker are recognised, by tracker name.
        tracker: The tracker whose items are resolved; it does not link to itself.
    """
    return LinkResolver([OtherTracker(name, tuple(given)) for name, given in patterns.items() if name != tracker])
