"""The names a Jira site uses: statuses, types, priorities, resolutions, link types, components.

A site starts with Jira's own names and learns more from its backlog; the same file always gives the same numbers.
"""

from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import msgspec

from steward_sandbox.jira.model import IssueType, LinkType, Status

K = TypeVar("K")

DEFAULT_TYPE = "Story"
DEFAULT_PRIORITY = "Medium"
DEFAULT_RESOLUTION = "Done"


@cache
def site_data() -> dict[str, Any]:
    """What every new site has, as the data file holds it."""
    data: dict[str, Any] = msgspec.json.decode(files("steward_sandbox.jira").joinpath("data", "site.json").read_bytes())
    return data


class Catalogue:
    """The names of one site; looking up an unknown name adds it."""

    def __init__(self) -> None:
        data = site_data()
        self.statuses = {name: Status(number, name, category) for number, name, category in data["statuses"]}
        self.types = {name: IssueType(number, name, level) for number, name, level in data["types"]}
        self.priorities = {name: str(number) for number, name in enumerate(data["priorities"], start=1)}
        self.link_types = {row[1]: LinkType(*row) for row in data["link_types"]}
        self.resolutions = {DEFAULT_RESOLUTION: "10000"}
        self.components: dict[tuple[str, str], str] = {}
        self.security_levels: dict[str, str] = {}

    def status(self, name: str, *, resolved: bool = False) -> Status:
        """The status of this name; a new one gets its category by its name, or by whether it ends work."""
        known = _ignoring_case(self.statuses, name)
        if known is None:
            categories = site_data()["status_categories"].items()
            category = next((key for key, names in categories if name.casefold() in names), None)
            category = category or ("done" if resolved else "indeterminate")
            known = self.statuses[name] = Status(str(10100 + len(self.statuses)), name, category)
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
        known = _ignoring_case(self.types, name)
        if known is None:
            level = site_data()["type_levels"].get(name.casefold(), 0)
            known = self.types[name] = IssueType(str(10100 + len(self.types)), name, level)
        return known

    def priority(self, name: str) -> str:
        """The site's spelling of a priority."""
        spelled = next((known for known in self.priorities if known.casefold() == name.casefold()), name)
        self.priorities.setdefault(spelled, str(10000 + len(self.priorities)))
        return spelled

    def resolution(self, name: str) -> str:
        """The id of a resolution."""
        return self.resolutions.setdefault(name, str(10000 + len(self.resolutions)))

    def component(self, project: str, name: str) -> str:
        """The id of a component of a project."""
        return self.components.setdefault((project, name), str(10000 + len(self.components)))

    def security_level(self, name: str) -> str:
        """The id of a security level."""
        return self.security_levels.setdefault(name, str(10000 + len(self.security_levels)))

    def link(self, phrase: str) -> tuple[LinkType, bool]:
        """The link type of a phrase such as "is blocked by", and whether it is read outwards."""
        wanted = phrase.casefold().strip()
        for kind in self.link_types.values():
            if wanted in (kind.outward.casefold(), kind.name.casefold()):
                return kind, True
            if wanted == kind.inward.casefold():
                return kind, False
        kind = self.link_types[phrase] = LinkType(str(10100 + len(self.link_types)), phrase, phrase, phrase)
        return kind, True


def _ignoring_case(known: dict[str, K], name: str) -> K | None:
    return known.get(name) or next((value for key, value in known.items() if key.casefold() == name.casefold()), None)
