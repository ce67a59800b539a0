"""What the words of a backlog file become: projects, types, states, priorities, areas."""

from steward_sandbox.azure_devops.processes import (
    COMPLETED,
    IN_PROGRESS,
    PROPOSED,
    REMOVED,
    RESOLVED,
    Process,
    Type,
)
from steward_sandbox.backlog import SeedItem
from steward_sandbox.data_files import load_json

DEFAULT_PROJECT = "Backlog"
_WORDS = load_json("azure_devops", "seeding")


def project_of(item: SeedItem) -> str:
    """The project of an item: as stated, else what its key begins with, else one for all."""
    before, _, number = item.key.rpartition("-")
    return item.project or (before if before and number.isdecimal() else DEFAULT_PROJECT)


def number_of(item: SeedItem) -> int | None:
    """The id of an item whose key is a number."""
    return int(item.key) if item.key.isascii() and item.key.isdecimal() and int(item.key) > 0 else None


def type_of(name: str | None, process: Process, *, under_story: bool) -> Type:
    """The type for a word of the file; what is unknown is a story, and so is a task without a story above it."""
    word, words = (name or "").casefold().strip(), _WORDS["types"]
    if word in words["task"] or (word == "task" and under_story):
        return process.types[process.tasks.types[0]]
    if word in words["bug"] and process.bug_types:
        return process.types[process.bug_types[0]]
    if word in words["portfolio"]:
        levels = process.portfolio
        usual = levels[-1] if word == "feature" else levels[0]
        level = next((level for level in levels if word in level.id.casefold()), usual)
        return process.type(word) or process.types[level.types[0]]
    return process.story if word in (*words["requirement"], "task") else process.type(word) or process.story


def state_of(name: str | None, kind: Type, *, resolved: bool = False) -> str:
    """The state for a word of the file: of the same name, else the first of the category that the word means.

    An unknown word is a finished state for a resolved item, and work under way for an open one; no word at all is
    the last or the first state.
    """
    word = (name or "").casefold().strip()
    named = next((state for state in kind.states if state.casefold() == word), None)
    if named is not None and not (resolved and kind.category(named) not in (COMPLETED, REMOVED, RESOLVED)):
        return named
    meant = next((category for category, words in _WORDS["states"].items() if word in words), None)
    if resolved and meant != REMOVED:
        meant = COMPLETED
    meant = meant or (IN_PROGRESS if word else PROPOSED)
    return kind.first(*_WORDS["instead"][meant]) or next(iter(kind.states))


def priority_of(name: str) -> int:
    """The priority for a word of the file; what is unknown is 2."""
    word = name.casefold().strip()
    return next((int(number) for number, words in _WORDS["priorities"].items() if word in words), 2)


def area_of(item: SeedItem) -> tuple[str, ...]:
    """The area of an item below its project's: as stated, else named after its security level or first component."""
    if item.area:
        parts = parts_of(item.area)
        return parts[1:] if len(parts) > 1 and parts[0] == project_of(item) else parts
    named = item.security or next(iter(item.components), "")
    named = named.replace("\\", " ").replace("/", " ").strip()
    return (named,) if named else ()


def parts_of(path: str) -> tuple[str, ...]:
    """The names in a path."""
    return tuple(part.strip() for part in path.replace("/", "\\").split("\\") if part.strip())


def meaning_of(field: str) -> str:
    """What a field of the file's history stands for; empty if it has no counterpart."""
    return str(_WORDS["fields"].get(field.casefold(), ""))
