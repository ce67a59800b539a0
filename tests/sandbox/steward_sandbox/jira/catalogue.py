"""The names a Jira site uses: statuses, types, priorities, resolutions, link types, components.

A site starts with Jira's own names and learns more from its backlog; the same file always gives the same numbers.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from steward_sandbox.data_files import load_json
from steward_sandbox.jira.model import Category, IssueType, LinkType, Named, Status

T = TypeVar("T")

DEFAULT_TYPE = "Story"
DEFAULT_PRIORITY = "Medium"
DEFAULT_RESOLUTION = "Done"


class Names(dict[str, T]):
    """Things by name; asking for an unknown one finds it whatever its case, or adds it under the next number.

    Args:
        make: Makes a thing of its id, its name and its details.
        rows: What is there from the start.
        first_number: Of the ids of new ones.
        details: The details of a new one, by its name.
    """

    def __init__(
        self,
        make: Callable[..., T],
        rows: Iterable[Any] = (),
        *,
        first_number: int = 10000,
        details: Callable[[str], tuple[Any, ...]] = lambda _: (),
    ) -> None:
        super().__init__({row[1]: make(*row) for row in rows})
        self._make = make
        self._first_number = first_number
        self._details = details

    def __missing__(self, name: str) -> T:
        folded = name.casefold()
        known = next((thing for other, thing in self.items() if other.casefold() == folded), None)
        return known or self.add(name, *self._details(name))

    def add(self, name: str, *details: Any) -> T:
        self[name] = self._make(str(self._first_number + len(self)), name, *details)
        return self[name]


class Catalogue:
    """The names of one site; looking up an unknown name adds it."""

    def __init__(self) -> None:
        data = load_json("jira", "site")
        self.categories = {row[1]: Category(*row) for row in data["categories"]}
        levels = data["type_levels"]
        self.statuses = Names(
            Status,
            data["statuses"],
            first_number=10100,
            details=lambda name: (_category(name) or "indeterminate",),
        )
        self.types = Names(
            IssueType, data["types"], first_number=10100, details=lambda name: (levels.get(name.casefold(), 0),)
        )
        self.link_types = Names(LinkType, data["link_types"], first_number=10100, details=lambda name: (name, name))
        self.priorities = Names(Named, data["priorities"])
        self.resolutions = Names(Named, data["resolutions"])
        self.security_levels = Names(Named)
        self.options = Names(Named, data["options"])
        self.components: dict[tuple[str, str], Named] = {}

    def final_status(self, name: str) -> Status:
        """The status of this name; a new one ends work unless its name says otherwise."""
        known = name.casefold() in map(str.casefold, self.statuses) or _category(name)
        return self.statuses[name] if known else self.statuses.add(name, "done")

    def is_done(self, status: str) -> bool:
        return self.statuses[status].category == "done"

    def component(self, project: str, name: str) -> Named:
        return self.components.setdefault((project, name), Named(str(10000 + len(self.components)), name))

    def link(self, phrase: str) -> tuple[LinkType, bool]:
        """The link type of a phrase such as "is blocked by", and whether it is read outwards."""
        wanted = phrase.casefold().strip()
        inward = next((kind for kind in self.link_types.values() if wanted == kind.inward.casefold()), None)
        outward = next((kind for kind in self.link_types.values() if wanted == kind.outward.casefold()), None)
        return (inward, False) if inward and not outward else (outward or self.link_types[phrase], True)


def _category(status: str) -> str | None:
    return next(
        (key for key, names in load_json("jira", "site")["category_of"].items() if status.casefold() in names), None
    )
