"""The kinds of links between work items, with their names in both directions and the words of backlog files."""

from msgspec import Struct

HIERARCHY = "System.LinkTypes.Hierarchy"
RELATED = "System.LinkTypes.Related"
DUPLICATE = "System.LinkTypes.Duplicate"
DEPENDENCY = "System.LinkTypes.Dependency"
CHILD, PARENT = f"{HIERARCHY}-Forward", f"{HIERARCHY}-Reverse"


class LinkType(Struct, frozen=True):
    """A kind of link; `forward` is what the target is to the source."""

    ref: str
    forward: str
    reverse: str
    topology: str = "network"
    single: bool = False

    @property
    def directional(self) -> bool:
        """Whether its two ends differ."""
        return self.forward != self.reverse

    @property
    def acyclic(self) -> bool:
        """Whether following it never leads back."""
        return self.topology in ("tree", "dependency")

    def rel(self, *, forward: bool) -> str:
        """The name of one of its directions."""
        if not self.directional:
            return self.ref
        return f"{self.ref}-{'Forward' if forward else 'Reverse'}"

    def name(self, *, forward: bool) -> str:
        """What people call one of its directions."""
        return self.forward if forward else self.reverse


LINK_TYPES = {
    kind.ref: kind
    for kind in (
        LinkType(HIERARCHY, "Child", "Parent", "tree", single=True),
        LinkType(RELATED, "Related", "Related"),
        LinkType(DUPLICATE, "Duplicate", "Duplicate Of", "tree"),
        LinkType(DEPENDENCY, "Successor", "Predecessor", "dependency"),
    )
}
_WORDS = {
    (DEPENDENCY, True): ("blocks", "successor", "is predecessor of", "is a dependency for", "is depended on by"),
    (DEPENDENCY, False): ("is blocked by", "blocked by", "depends on", "depends upon", "predecessor", "requires"),
    (DUPLICATE, False): ("duplicates", "duplicate of", "is a duplicate of"),
    (DUPLICATE, True): ("is duplicated by", "duplicated by", "duplicate"),
    (HIERARCHY, True): ("child", "is parent of", "parent of", "contains"),
    (HIERARCHY, False): ("parent", "is child of", "child of", "is contained in"),
}


def direction(rel: str) -> tuple[LinkType, bool] | None:
    """The kind of link that a relation is, and whether it points forward; None is no link between items."""
    ref, _, way = rel.partition("-")
    kind = LINK_TYPES.get(ref)
    if kind is None or way not in (("Forward", "Reverse") if kind.directional else ("",)):
        return None
    return kind, way != "Reverse"


def by_words(words: str) -> tuple[LinkType, bool]:
    """The kind of link that these words stand for, read from the first item; what is not known is related."""
    said = words.casefold().strip()
    for (ref, forward), known in _WORDS.items():
        if said in known:
            return LINK_TYPES[ref], forward
    found = direction(words)
    return found or (LINK_TYPES[RELATED], True)
