"""What the words of a backlog file become here: types, states, priorities, people, areas."""

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops.processes import (
    COMPLETED,
    IN_PROGRESS,
    PROPOSED,
    REMOVED,
    RESOLVED,
    Process,
    State,
    Type,
)
from steward_sandbox.backlog import SeedItem

DEFAULT_PROJECT = "Backlog"

_STORIES = ("", "story", "user story", "product backlog item", "requirement", "issue")
_STATES = {
    PROPOSED: ("to do", "todo", "new", "open", "backlog", "proposed", "approved", "ready", "selected for development"),
    IN_PROGRESS: ("in progress", "doing", "active", "committed", "started", "in review", "testing", "blocked"),
    RESOLVED: ("resolved", "fixed", "ready for test"),
    COMPLETED: ("done", "closed", "complete", "completed", "finished", "released", "accepted"),
    REMOVED: ("removed", "cancelled", "canceled", "rejected", "abandoned", "won't do", "obsolete"),
}
_PRIORITIES = {
    1: ("highest", "blocker", "critical", "urgent", "1", "p1"),
    2: ("high", "major", "2", "p2"),
    3: ("medium", "normal", "3", "p3"),
    4: ("low", "lowest", "minor", "trivial", "4", "p4"),
}


def project_of(item: SeedItem) -> str:
    """The project of an item: as stated, else what its key begins with, else one for all."""
    if item.project:
        return item.project
    before, dash, number = item.key.rpartition("-")
    return before if dash and before and number.isdecimal() else DEFAULT_PROJECT


def number_of(item: SeedItem) -> int | None:
    """The id of an item whose key is one already."""
    return int(item.key) if item.key.isascii() and item.key.isdecimal() and int(item.key) > 0 else None


def type_of(said: str | None, process: Process, *, under_story: bool) -> Type:
    """The type for a word of the file.

    A name of the process is itself, save that a task without a story above it is one more story, as the tasks of
    other trackers are. Whatever is not known is a story.
    """
    word = (said or "").casefold().strip()
    stories = process.types[process.requirements.types[0]]
    if word in ("task", "sub-task", "subtask", "technical task"):
        return process.types[process.tasks.types[0]] if under_story or word != "task" else stories
    if word in ("bug", "defect", "fault"):
        return process.types[process.bug_types[0]] if process.bug_types else stories
    portfolio = process.portfolio
    if word in ("feature", "epic", "initiative"):
        wanted = process.type(word)
        level = portfolio[-1] if word == "feature" else portfolio[0]
        system = next((x for x in portfolio if word in x.id.casefold()), level)
        return wanted or process.types[system.types[0]]
    return stories if word in _STORIES else (process.type(word) or stories)


def state_of(said: str | None, kind: Type, *, resolved: bool) -> State:
    """The state for a word of the file: of the same name, else the first of the category that the word means.

    An unknown word is a finished state for a resolved item, and work under way for an open one; no word at all is
    the last or the first state.
    """
    word = (said or "").casefold().strip()
    named = next((state for state in kind.states if state.name.casefold() == word), None)
    if named is not None and not (resolved and named.category not in (COMPLETED, REMOVED, RESOLVED)):
        return named
    meant = next((category for category, words in _STATES.items() if word in words), None)
    if resolved and meant != REMOVED:
        meant = COMPLETED
    meant = meant or (IN_PROGRESS if word else PROPOSED)
    order = {
        PROPOSED: (PROPOSED, IN_PROGRESS),
        IN_PROGRESS: (IN_PROGRESS, PROPOSED),
        RESOLVED: (RESOLVED, IN_PROGRESS, COMPLETED),
        COMPLETED: (COMPLETED,),
        REMOVED: (REMOVED, COMPLETED),
    }
    return kind.first(*order[meant]) or kind.states[0]


def priority_of(said: str | None) -> int:
    """The priority for a word of the file; what is not known is what every new item has."""
    word = (said or "").casefold().strip()
    return next((number for number, words in _PRIORITIES.items() if word in words), 2)


def area_of(item: SeedItem) -> tuple[str, ...]:
    """The area of an item below its project's: as stated, else named after its security level or first component."""
    if item.area:
        parts = tuple(part.strip() for part in item.area.replace("/", "\\").split("\\") if part.strip())
        return parts[1:] if len(parts) > 1 and parts[0] == project_of(item) else parts
    named = item.security or next(iter(item.components), "")
    return (named.replace("\\", " ").replace("/", " ").strip(),) if named.strip() else ()


def text_field(kind: Type) -> str:
    """Where a type shows its text: bugs have steps to reproduce, and their description is not on the form."""
    return names.REPRO if names.REPRO in kind.fields else names.DESCRIPTION
