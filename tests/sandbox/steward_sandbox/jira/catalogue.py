"""The names a Jira site uses: statuses, types, priorities, resolutions, link types, components.

A site starts with Jira's own names and learns more from its backlog; the same file always gives the same numbers.
"""

from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import msgspec

from steward_sandbox.jira.model import Category, IssueType, LinkType, Named, Status

T = TypeVar("T")

DEFAULT_TYPE = "Story"
DEFAULT_PRIORITY = "Medium"
DEFAULT_RESOLUTION = "Done"


@cache
def site_data() -> dict[str, Any]:
    """What every new site has, as the data file holds it."""
    data: dict[str, Any] = msgspec.json.decode(files("steward_sandbox.jira").joinpath("data", "site.json").read_bytes())
    return data


class Names(dict[str, T]):
    """Things by name; asking for an unknown one adds it under the next number."""

    def __init__(self, make: Callable[..., T], rows: Iterable[Any] = (), *, first_number: int = 10000) -> None:
        super().__init__({row[1]: make(*row) for row in rows})
        self._make = make
        self._first_number = first_number

    def find(self, name: str) -> T | None:
        """The thing of this name, whatever its case."""
        folded = name.casefold()
        return self.get(name) or next((thing for known, thing in self.items() if known.casefold() == folded), None)

    def add(self, name: str, *details: Any) -> T:
        """A new thing."""
        self[name] = self._make(str(self._first_number + len(self)), name, *details)
        return self[name]


class Catalogue:
    """The names of one site; looking up an unknown name adds it."""

    def __init__(self) -> None:
        data = site_data()
        self.categories = {row[1]: Category(*row) for row in data["categories"]}
        self.statuses = Names(Status, data["statuses"], first_number=10100)
        self.types = Names(IssueType, data["types"], first_number=10100)
        self.link_types = Names(LinkType, data["link_types"], first_number=10100)
        self.priorities = Names(Named, data["priorities"])
        self.resolutions = Names(Named, data["resolutions"])
        self.security_levels = Names(Named)
        self.options = Names(Named, data["options"])
        self.components: dict[tuple[str, str], Named] = {}

    def status(self, name: str, *, resolved: bool = False) -> Status:
        """The status of this name; a new one gets its category by its name, or by whether it ends work."""
        known = self.statuses.find(name)
        if known is None:
            categories = site_data()["category_of"].items()
            category = next((key for key, names in categories if name.casefold() in names), None)
            known = self.statuses.add(name, category or ("done" if resolved else "indeterminate"))
        return known

    @property
    def first_status(self) -> Status:
        """Where work starts."""
        return self.statuses["To Do"]

    @property
    def last_status(self) -> Status:
        """Where work ends."""
        return self.statuses["Done"]

    def is_done(self, status: str) -> bool:
        """Whether a status ends work."""
        return self.status(status).category == "done"

    def type(self, name: str) -> IssueType:
        """The issue type of this name."""
        return self.types.find(name) or self.types.add(name, site_data()["type_levels"].get(name.casefold(), 0))

    def priority(self, name: str) -> Named:
        """The priority of this name."""
        return self.priorities.find(name) or self.priorities.add(name)

    def resolution(self, name: str) -> Named:
        """The resolution of this name."""
        return self.resolutions.find(name) or self.resolutions.add(name)

    def security_level(self, name: str) -> Named:
        """The security level of this name."""
        return self.security_levels.find(name) or self.security_levels.add(name)

    def component(self, project: str, name: str) -> Named:
        """A component of a project."""
        return self.components.setdefault((project, name), Named(str(10000 + len(self.components)), name))

    def link(self, phrase: str) -> tuple[LinkType, bool]:
        """The link type of a phrase such as "is blocked by", and whether it is read outwards."""
        wanted = phrase.casefold().strip()
        for kind in self.link_types.values():
            if wanted in (kind.outward.casefold(), kind.name.casefold()):
                return kind, True
            if wanted == kind.inward.casefold():
                return kind, False
        return self.link_types.add(phrase, phrase, phrase), True
