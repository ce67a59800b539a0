"""The vocabulary of a pretended site: statuses, types, priorities, resolutions, link types, components.

A site starts with Jira's own words and learns more from the backlog it is filled with; numbers stay the same for
the same file.
"""

from typing import TypeVar

from steward_sandbox.jira.model import IssueType, LinkType, Priority, Status

K = TypeVar("K")

DEFAULT_TYPE = "Story"
DEFAULT_PRIORITY = "Medium"
DEFAULT_RESOLUTION = "Done"

_STATUSES = (
    Status("10000", "To Do", "new"),
    Status("3", "In Progress", "indeterminate"),
    Status("10001", "In Review", "indeterminate"),
    Status("10002", "Done", "done"),
)
_CATEGORIES = {
    "new": ("open", "to do", "backlog", "new", "reopened", "selected for development", "draft", "ready"),
    "done": ("done", "closed", "resolved", "released", "won't do", "cancelled", "canceled", "complete", "completed"),
}
_TYPES = (
    IssueType("10000", "Epic", 1),
    IssueType("10001", "Story", 0),
    IssueType("10002", "Task", 0),
    IssueType("10003", "Sub-task", -1),
    IssueType("10004", "Bug", 0),
)
_LEVELS = {"initiative": 2, "epic": 1, "sub-task": -1, "subtask": -1}
_PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
_LINK_TYPES = (
    LinkType("10000", "Blocks", "is blocked by", "blocks"),
    LinkType("10001", "Cloners", "is cloned by", "clones"),
    LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
    LinkType("10003", "Relates", "relates to", "relates to"),
)


class Catalogue:
    """The words of one site; looking up a word it does not know teaches it."""

    def __init__(self) -> None:
        self.statuses = {status.name: status for status in _STATUSES}
        self.types = {kind.name: kind for kind in _TYPES}
        self.priorities = {name: Priority(str(number), name) for number, name in enumerate(_PRIORITIES, start=1)}
        self.link_types = {kind.name: kind for kind in _LINK_TYPES}
        self.resolutions = {DEFAULT_RESOLUTION: "10000"}
        self.components: dict[tuple[str, str], str] = {}
        self.security_levels: dict[str, str] = {}

    def status(self, name: str, *, resolved: bool = False) -> Status:
        """The status of this name; a new one is sorted into a category by its name, or by whether it ends work."""
        known = _ignoring_case(self.statuses, name)
        if known is None:
            category = next((key for key, words in _CATEGORIES.items() if name.casefold() in words), None)
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

    def type(self, name: str) -> IssueType:
        """The issue type of this name."""
        known = _ignoring_case(self.types, name)
        if known is None:
            level = _LEVELS.get(name.casefold(), 0)
            known = self.types[name] = IssueType(str(10100 + len(self.types)), name, level)
        return known

    def priority(self, name: str) -> Priority:
        """The priority of this name."""
        known = _ignoring_case(self.priorities, name)
        if known is None:
            known = self.priorities[name] = Priority(str(10000 + len(self.priorities)), name)
        return known

    def resolution(self, name: str) -> str:
        """The id of the resolution of this name."""
        return self.resolutions.setdefault(name, str(10000 + len(self.resolutions)))

    def component(self, project: str, name: str) -> str:
        """The id of a component of a project."""
        return self.components.setdefault((project, name), str(10000 + len(self.components)))

    def security_level(self, name: str) -> str:
        """The id of the security level of this name."""
        return self.security_levels.setdefault(name, str(10000 + len(self.security_levels)))

    def link(self, words: str) -> tuple[LinkType, bool]:
        """The link type that reads like this, and whether it reads so outwards."""
        said = words.casefold().strip()
        for kind in self.link_types.values():
            if said in (kind.outward.casefold(), kind.name.casefold()):
                return kind, True
            if said == kind.inward.casefold():
                return kind, False
        kind = LinkType(str(10100 + len(self.link_types)), words, words, words)
        self.link_types[words] = kind
        return kind, True


def _ignoring_case(known: dict[str, K], name: str) -> K | None:
    return known.get(name) or next((value for key, value in known.items() if key.casefold() == name.casefold()), None)
