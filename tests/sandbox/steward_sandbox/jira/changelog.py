"""Words the change log: what Jira writes down when an issue goes from one state to another."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from steward_sandbox.jira import adf_text, fields
from steward_sandbox.jira.model import ChangeItem, Issue, Value
from steward_sandbox.jira.site import Site

KeyOf = Callable[[int], str]


def changes(before: Issue, after: Issue, site: Site, key_of: KeyOf) -> tuple[ChangeItem, ...]:
    """The entries for going from one state to the next; the position is not among them, see `ranked`."""
    parts = (
        _moved(before, after, site),
        _texts(before, after),
        _words(before, after, site),
        _components(before, after, site),
        _people(before, after, site),
        _planning(before, after, site, key_of),
        _custom(before.custom, after.custom, site),
    )
    return tuple(item for part in parts for item in part)


def ranked(*, higher: bool) -> ChangeItem:
    """The entry for a new position: Jira says the direction only."""
    return ChangeItem("Rank", fields.RANK, True, "", "", "", "Ranked higher" if higher else "Ranked lower")


def linked(sentence: str, other: str) -> ChangeItem:
    """The entry for a new link; it has no field id."""
    return ChangeItem("Link", None, after=other, after_text=sentence)


def _item(
    name: str, before: str | None, before_text: str | None, after: str | None, after_text: str | None
) -> ChangeItem:
    return ChangeItem(name, name, False, before, before_text, after, after_text)


def _account(site: Site, account: str | None) -> str | None:
    return site.accounts.by_id[account].name if account else None


def _moved(before: Issue, after: Issue, site: Site) -> Iterator[ChangeItem]:
    if before.project != after.project:
        old, new = site.project(before.project), site.project(after.project)
        yield _item("project", old.id, old.name, new.id, new.name)
        yield ChangeItem("Key", None, before_text=before.key, after_text=after.key)


def _texts(before: Issue, after: Issue) -> Iterator[ChangeItem]:
    if before.summary != after.summary:
        yield _item("summary", None, before.summary, None, after.summary)
    if before.description != after.description:
        old, new = adf_text.to_wiki(before.description), adf_text.to_wiki(after.description)
        if old != new:
            yield _item("description", None, old or None, None, new or None)
    if before.labels != after.labels:
        yield _item("labels", "", " ".join(before.labels), "", " ".join(after.labels))


def _words(before: Issue, after: Issue, site: Site) -> Iterator[ChangeItem]:
    words = site.catalogue
    pairs: tuple[tuple[str, str | None, str | None, Callable[[str], str]], ...] = (
        ("issuetype", before.type, after.type, lambda name: words.type(name).id),
        ("status", before.status, after.status, lambda name: words.status(name).id),
        ("resolution", before.resolution, after.resolution, words.resolution),
        ("priority", before.priority, after.priority, lambda name: words.priority(name).id),
        ("security", before.security, after.security, words.security_level),
    )
    for name, old, new, id_of in pairs:
        if old != new:
            yield _item(name, id_of(old) if old else None, old, id_of(new) if new else None, new)


def _people(before: Issue, after: Issue, site: Site) -> Iterator[ChangeItem]:
    for name, old, new in (
        ("assignee", before.assignee, after.assignee),
        ("reporter", before.reporter, after.reporter),
    ):
        if old != new:
            yield _item(name, old, _account(site, old), new, _account(site, new))


def _planning(before: Issue, after: Issue, site: Site, key_of: KeyOf) -> Iterator[ChangeItem]:
    if before.parent != after.parent:
        yield _parent(before, after, site, key_of)
    if before.sprints != after.sprints:
        yield _sprints(before.sprints, after.sprints, site)
    if before.flagged != after.flagged:
        mark = (f"[{fields.IMPEDIMENT}]", "Impediment")
        old, new = (mark if before.flagged else (None, None)), (mark if after.flagged else (None, None))
        yield ChangeItem("Flagged", fields.FLAGGED, True, *old, *new)


def _components(before: Issue, after: Issue, site: Site) -> Iterator[ChangeItem]:
    id_of = site.catalogue.component
    for name in before.components:
        if name not in after.components:
            yield ChangeItem("Component", "components", before=id_of(before.project, name), before_text=name)
    for name in after.components:
        if name not in before.components:
            yield ChangeItem("Component", "components", after=id_of(after.project, name), after_text=name)


def _parent(before: Issue, after: Issue, site: Site, key_of: KeyOf) -> ChangeItem:
    name = "Parent" if site.catalogue.type(after.type).level < 0 else "IssueParentAssociation"
    old = (str(before.parent), key_of(before.parent)) if before.parent else (None, None)
    new = (str(after.parent), key_of(after.parent)) if after.parent else (None, None)
    return ChangeItem(name, None, False, *old, *new)


def _sprints(before: Iterable[int], after: Iterable[int], site: Site) -> ChangeItem:
    old, new = list(before), list(after)
    return ChangeItem(
        "Sprint",
        fields.SPRINT,
        True,
        ", ".join(map(str, old)),
        ", ".join(site.sprints[sprint].name for sprint in old),
        ", ".join(map(str, new)),
        ", ".join(site.sprints[sprint].name for sprint in new),
    )


def _custom(before: Mapping[str, Value], after: Mapping[str, Value], site: Site) -> Iterator[ChangeItem]:
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        field = site.fields.by_id[name]
        ids = [fields.MOSCOW_OPTIONS.get(str(value)) if field.type == "option" else None for value in (old, new)]
        yield ChangeItem(field.name, field.id, True, ids[0], as_text(old), ids[1], as_text(new))


def as_text(value: Value) -> str | None:
    """A custom field's value as people read it."""
    if value is None:
        return None
    if isinstance(value, dict):
        return adf_text.to_wiki(value)
    return f"{value:g}" if isinstance(value, (int, float)) else value
