"""What the words of backlog files and people become: projects, types, states, priorities, areas, values of fields."""

from collections.abc import Callable, Mapping
from typing import Any

from steward_sandbox.azure_devops import names, texts
from steward_sandbox.azure_devops.collection import Collection, Project
from steward_sandbox.azure_devops.model import EMPTY, Account, Format, Value
from steward_sandbox.azure_devops.processes import COMPLETED, IN_PROGRESS, PROPOSED, REMOVED, RESOLVED, Process, Type
from steward_sandbox.backlog import SOMEBODY, SeedItem, SeedPerson
from steward_sandbox.data_files import load_json

Values = dict[str, Value | None]

DEFAULT_PROJECT = "Backlog"
_WORDS = load_json("azure_devops", "seeding")


def project_of(item: SeedItem) -> str:
    """The project of an item: as stated, else what its key begins with, else one for all."""
    before, _, number = item.key.rpartition("-")
    return item.project or (before if before and number.isdecimal() else DEFAULT_PROJECT)


def number_of(item: SeedItem) -> int | None:
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
    return tuple(part.strip() for part in path.replace("/", "\\").split("\\") if part.strip())


def meaning_of(field: str) -> str:
    """What a field of the file's history stands for; empty if it has no counterpart."""
    return str(_WORDS["fields"].get(field.casefold(), ""))


def account_of(collection: Collection, person: SeedPerson | None) -> Account:
    known = person or SOMEBODY
    return collection.accounts.named(known.name, "service" if known.type == "app" else "person", email=known.email)


def field_values(
    collection: Collection,
    project: Project,
    kind: Type,
    given: Mapping[str, Any],
    formats: Mapping[str, Format] | None = None,
) -> Values:
    """The fields that given values set; None empties one, and what the type does not have is left out."""
    refs = {**_WORDS["references"], "points": project.process.effort_of(kind.name), "description": kind.text_field}
    roots = {names.AREA_ID: project.areas, names.ITERATION_ID: project.iterations}
    forms = formats or {}
    readers: dict[str, Callable[[Any], Value]] = {
        names.STATE: lambda word: state_of(word, kind),
        names.TYPE: lambda word: type_of(word, project.process, under_story=False).name,
        names.PRIORITY: lambda word: priority_of(str(word)),
        names.ASSIGNED: lambda who: account_of(collection, who if isinstance(who, SeedPerson) else SeedPerson(who)).id,
        names.TAGS: lambda tags: tuple(collection.tag(project, tag.replace(";", ",")) for tag in dict.fromkeys(tags)),
        "integer": lambda number: round(float(number)),
        "double": float,
        "dateTime": lambda moment: moment,
    }
    values: Values = {}
    for name, value in given.items():
        ref = refs[name]
        if ref is None or ref not in kind.fields:
            continue
        field = collection.fields[ref]
        if ref in roots:
            values[ref] = collection.trees.ensure(roots[ref], parts_of(value or "")).id
        elif value in EMPTY:
            values[ref] = None
        elif field.long:
            values[ref] = texts.typed(value, forms.get(ref, collection.format))
        else:
            read = readers.get(ref) or readers.get(field.type, str)
            values[ref] = read(value)
    return values
