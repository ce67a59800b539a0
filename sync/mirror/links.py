"""Finds links to items of other trackers, by patterns of their addresses and of their keys."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rules.model import Link, WorkItem
from rules.model.rich_text import plain_text

MENTIONS = "mentions"
"""The kind of link to an item of another tracker that the title or a text of an item mentions."""


class LinkResolver:
    """Recognises references to items of other trackers.

    Args:
        patterns: Regular expressions for the items of each tracker, by tracker name. The first group that matches is
            the item's key; without groups, the whole match.
        tracker: The tracker whose items contain the references. Its own patterns are not used.
    """

    def __init__(self, patterns: Mapping[str, Sequence[str]], tracker: str) -> None:
        self._patterns = [
            (name, re.compile(pattern))
            for name, expressions in patterns.items()
            if name != tracker
            for pattern in expressions
        ]
        content = [(name, pattern.pattern) for name, pattern in self._patterns]
        self.fingerprint = hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:8] if content else ""
        """A hash of all patterns."""

    def resolve(self, item: WorkItem) -> WorkItem:
        """Return the item with links to items of other trackers. They replace web links to the same items."""
        if not self._patterns:
            return item
        resolved_links: dict[tuple[str, str], Link] = {}
        unresolved: list[Link] = []
        for link in item.links:
            matches = list(self._find_links(link.target, link.kind))
            if not matches:
                unresolved.append(link)
            resolved_links.update({(match.tracker, match.target): match for match in matches})
        text = "\n".join([item.title, plain_text(item.text), plain_text(item.criteria or ())])
        for mention in self._find_links(text, MENTIONS):
            resolved_links.setdefault((mention.tracker, mention.target), mention)
        links = (*unresolved, *resolved_links.values())
        return item if links == item.links else msgspec.structs.replace(item, links=links)

    def _find_links(self, text: str, kind: str) -> Iterator[Link]:
        """Yield a link of this kind to every item of another tracker that a text refers to."""
        for name, pattern in self._patterns:
            for match in pattern.finditer(text):
                key = next((group for group in match.groups() if group), match[0])
                yield Link(kind, key, name)
