"""Values as backlog files and people give them, turned into those that items hold."""

from collections.abc import Callable, Mapping
from typing import Any

from steward_sandbox.azure_devops import names, seed_values, texts
from steward_sandbox.azure_devops.collection import Collection, Project
from steward_sandbox.azure_devops.fields import EMPTY
from steward_sandbox.azure_devops.model import Account, Format, Value
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.backlog import SOMEBODY, SeedPerson

Values = dict[str, Value | None]

_FIELDS = {
    "title": names.TITLE,
    "type": names.TYPE,
    "state": names.STATE,
    "reason": names.REASON,
    "priority": names.PRIORITY,
    "assignee": names.ASSIGNED,
    "tags": names.TAGS,
    "area": names.AREA_ID,
    "iteration": names.ITERATION_ID,
    "acceptance_criteria": names.CRITERIA,
    "business_value": names.BUSINESS_VALUE,
    "time_criticality": names.TIME_CRITICALITY,
    "risk_reduction": names.RISK_REDUCTION,
    "wsjf": names.WSJF,
    "moscow": names.MOSCOW,
    "blocked": names.BLOCKED,
}


def account_of(collection: Collection, person: SeedPerson | None) -> Account:
    """The account of a person, made if there is none."""
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
    refs = {**_FIELDS, "points": project.process.effort_of(kind.name), "description": kind.text_field}
    roots = {names.AREA_ID: project.areas, names.ITERATION_ID: project.iterations}
    forms = formats or {}
    readers: dict[str, Callable[[Any], Value]] = {
        names.STATE: lambda word: seed_values.state_of(word, kind),
        names.TYPE: lambda word: seed_values.type_of(word, project.process, under_story=False).name,
        names.PRIORITY: lambda word: seed_values.priority_of(str(word)),
        names.ASSIGNED: lambda who: account_of(collection, who if isinstance(who, SeedPerson) else SeedPerson(who)).id,
        names.TAGS: lambda tags: tuple(collection.tag(project, tag.replace(";", ",")) for tag in dict.fromkeys(tags)),
        "integer": lambda number: round(float(number)),
        "double": float,
    }
    values: Values = {}
    for name, value in given.items():
        ref = refs[name]
        if ref is None or ref not in kind.fields:
            continue
        field = collection.fields[ref]
        if ref in roots:
            values[ref] = collection.trees.ensure(roots[ref], seed_values.parts_of(value or "")).id
        elif value in EMPTY:
            values[ref] = None
        elif field.long:
            values[ref] = texts.typed(value, forms.get(ref, collection.format))
        else:
            read = readers.get(ref) or readers.get(field.type, str)
            values[ref] = read(value)
    return values
