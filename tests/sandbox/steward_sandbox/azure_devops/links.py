"""The links between work items, and the feed of those that were added or removed."""

from datetime import datetime

from steward_sandbox.azure_devops.model import LinkEvent, Relation
from steward_sandbox.data_files import load_json
from steward_sandbox.ids import stable_uuid

HIERARCHY = "System.LinkTypes.Hierarchy"
PARENT = f"{HIERARCHY}-Reverse"
_RELATED = "System.LinkTypes.Related"

Ends = tuple[str, int, int]
"""A link: its type, its source and its target. Links without a direction start at the smaller id."""


def rel_of(phrase: str) -> str:
    """The relation that a phrase such as "is blocked by" stands for; what is not known is related."""
    wanted = phrase.casefold().strip()
    phrases = load_json("azure_devops", "links")["phrases"]
    known = (rel for rel, words in phrases.items() if wanted in words or wanted == rel.casefold())
    return next(known, _RELATED)


def name_of(rel: str) -> str:
    return str(load_json("azure_devops", "links")["names"][rel])


def relation_from(item: int, ends: Ends) -> Relation:
    """A link as seen from one of its ends."""
    kind, source, target = ends
    other = target if item == source else source
    if kind == _RELATED:
        return Relation(kind, other)
    return Relation(f"{kind}-{'Forward' if item == source else 'Reverse'}", other)


class LinkStore:
    """Every link of an organisation, and the feed of those that were added or removed, oldest first."""

    def __init__(self) -> None:
        self.feed: list[LinkEvent] = []
        self._of: dict[int, set[Ends]] = {}

    def of(self, item: int) -> list[Relation]:
        """The links of an item as seen from it. Their order is stable, and it is not the order they came in."""
        found = (relation_from(item, ends) for ends in self._of.get(item, ()))
        return sorted(found, key=lambda relation: stable_uuid(relation.rel, str(relation.other), str(item)))

    def parent(self, item: int) -> int | None:
        links = self._of.get(item, ())
        return next((source for kind, source, target in links if (kind, target) == (HIERARCHY, item)), None)

    def allows(self, item: int, relation: Relation) -> bool:
        """Whether a link can be added: it is new, and gives no item a second parent."""
        kind, source, target = ends = _ends(item, relation)
        known = source == target or ends in self._of.get(item, ())
        return not known and (kind != HIERARCHY or self.parent(target) is None)

    def change(self, item: int, relation: Relation, by: str, at: datetime, watermark: int, *, active: bool) -> None:
        """Add or remove a link; one that is to be removed must be there."""
        ends = _ends(item, relation)
        for number in ends[1:]:
            links = self._of.setdefault(number, set())
            (links.add if active else links.remove)(ends)
        self.feed.append(LinkEvent(watermark, at, by, *ends, active=active))

    def forget(self, item: int) -> None:
        """Drop the links of an item that was destroyed, and what the feed told of them."""
        for ends in self._of.pop(item, set()):
            for number in ends[1:]:
                self._of.get(number, set()).discard(ends)
        self.feed = [event for event in self.feed if item not in (event.source, event.target)]


def _ends(item: int, relation: Relation) -> Ends:
    kind, _, direction = relation.rel.partition("-")
    backwards = item > relation.other if kind == _RELATED else direction == "Reverse"
    return (kind, relation.other, item) if backwards else (kind, item, relation.other)
