"""Decides which issues a parsed JQL query finds, and in which order.

    fields     project, key, id, issue, issuekey, status, statusCategory, issuetype, type, priority, resolution,
               labels, component, assignee, reporter, parent, sprint, summary, description, created, updated, resolved,
               and any number, option or check box field by name or cf[id]

Negations leave out issues whose field is empty, as Jira does.
"""

import operator
import re
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from steward_sandbox.backlog import SprintState
from steward_sandbox.jira import adf_text
from steward_sandbox.jira.fields import FLAGGED, Field
from steward_sandbox.jira.jql_time import moment
from steward_sandbox.jira.model import Account, Issue
from steward_sandbox.jira.world import World
from steward_sandbox.query import Clause, Condition, Operand
from steward_sandbox.query.jql import JqlError

Predicate = Callable[[Issue], bool]
SortKey = Callable[[Issue], float | str | None]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_OPPOSITE = {">": "<=", "<=": ">", "<": ">=", ">=": "<"}
_KEYS = ("key", "id", "issue", "issuekey")
_SPRINTS = {
    "opensprints": SprintState.ACTIVE,
    "futuresprints": SprintState.FUTURE,
    "closedsprints": SprintState.CLOSED,
}
_CATEGORIES = {"new": ("To Do", "2"), "indeterminate": ("In Progress", "4"), "done": ("Done", "3")}
_ALIASES = {"issuetype": "type", "createddate": "created", "updateddate": "updated", "resolutiondate": "resolved"}
_TIMES: dict[str, Callable[[Issue], datetime | None]] = {
    "created": lambda issue: issue.created,
    "updated": lambda issue: issue.updated,
    "resolved": lambda issue: issue.resolved,
}
_TEXTS: dict[str, Callable[[Issue], str]] = {
    "summary": lambda issue: issue.summary,
    "description": lambda issue: adf_text.to_plain(issue.description),
}


class Matcher:
    """Reads queries as one caller means them: their time zone, their name, the names of this site.

    A strict one refuses to look for issues that are not there, as Data Center does.
    """

    def __init__(self, world: World, account: Account, *, now: datetime, strict: bool = False) -> None:
        self._strict = strict
        self._world = world
        self._site = world.site
        self._account = account
        self._now = now
        catalogue = self._site.catalogue
        self._values: dict[str, Callable[[Issue], Iterable[str]]] = {
            "project": lambda issue: (issue.project, self._site.project(issue.project).id),
            "status": lambda issue: (issue.status, catalogue.status(issue.status).id),
            "statuscategory": self._category,
            "type": lambda issue: (issue.type, catalogue.type(issue.type).id),
            "priority": lambda issue: (issue.priority, catalogue.priorities[issue.priority]) if issue.priority else (),
            "resolution": lambda issue: (issue.resolution,) if issue.resolution else (),
            "labels": lambda issue: issue.labels,
            "component": lambda issue: issue.components,
            "assignee": lambda issue: self._person(issue.assignee),
            "reporter": lambda issue: self._person(issue.reporter),
            "parent": lambda issue: self._parent(issue.parent),
            "summary": lambda issue: (issue.summary,),
        }

    def predicate(self, node: Condition, *, negated: bool = False) -> Predicate:
        """Whether an issue is found. A negation is carried down to the conditions, where empty values fall out."""
        if isinstance(node, Clause):
            return self._clause(node, negated=negated)
        if node.how == "not":
            return self.predicate(node.parts[0], negated=not negated)
        parts = [self.predicate(part, negated=negated) for part in node.parts]
        if (node.how == "and") != negated:
            return lambda issue: all(part(issue) for part in parts)
        return lambda issue: any(part(issue) for part in parts)

    def _clause(self, clause: Clause, *, negated: bool) -> Predicate:
        name = _ALIASES.get(clause.field.casefold(), clause.field.casefold())
        if clause.operator in _COMPARE:
            sign = _OPPOSITE[clause.operator] if negated else clause.operator
            return self._comparison(clause, name, sign)
        negated = negated != clause.operator.startswith("!")
        if "~" in clause.operator:
            return self._text_search(clause, name, negated=negated)
        wanted = [operand for operand in clause.operands if operand.kind != "empty"]
        takes_empty = clause.operator == "empty" or len(wanted) < len(clause.operands)
        if name in _KEYS:
            ids = {issue.id for operand in wanted if (issue := self._issue(operand, name)) is not None}
            return lambda issue: (issue.id in ids) != negated
        get, values = self._membership(clause.field, name, wanted)
        takes_empty = takes_empty or (name == "resolution" and "unresolved" in values)

        def matches(issue: Issue) -> bool:
            found = get(issue)
            return (not found.isdisjoint(values)) != negated if found else takes_empty and not negated

        return matches

    def _membership(
        self, field: str, name: str, wanted: list[Operand]
    ) -> tuple[Callable[[Issue], set[Any]], Collection[Any]]:
        """What an issue has in a field, and what a query names of it."""
        if name in _TIMES:
            time_of = _TIMES[name]
            moments = {moment(operand, field, zone=self._zone, now=self._now) for operand in wanted}
            return lambda issue: {time_of(issue)} - {None}, moments
        if name == "sprint":
            return lambda issue: set(issue.sprints), {n for operand in wanted for n in self._sprints(operand)}
        get = self._values.get(name) or self._custom(field)
        if name == "summary" and wanted:
            raise JqlError("The operator '=' is not supported by the 'summary' field.")
        return lambda issue: {text.casefold() for text in get(issue)}, {self._text(o, name) for o in wanted}

    def _text_search(self, clause: Clause, name: str, *, negated: bool) -> Predicate:
        """Whether a text holds all words of a query; a star stands for the rest of a word."""
        get = _TEXTS.get(name)
        if get is None:
            raise JqlError(f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
        words = re.findall(r"\w+\*?", clause.operands[0].text.casefold())
        patterns = [re.compile(rf"\b{word.rstrip('*')}{'' if word.endswith('*') else chr(92) + 'b'}") for word in words]
        return lambda issue: (
            bool(text := get(issue).casefold()) and (all(pattern.search(text) for pattern in patterns) != negated)
        )

    def _comparison(self, clause: Clause, name: str, sign: str) -> Predicate:
        compare, operand = _COMPARE[sign], clause.operands[0]
        if name in _TIMES:
            time_of = _TIMES[name]
            limit = moment(operand, clause.field, zone=self._zone, now=self._now)
            return lambda issue: (at := time_of(issue)) is not None and compare(at, limit)
        if name in _KEYS:
            return self._key_comparison(operand, name, compare)
        field = self._field(clause.field)
        if field.type != "number" or field.custom is None:
            raise JqlError(f"The operator '{sign}' is not supported by the '{clause.field}' field.")
        try:
            number = float(operand.text)
        except ValueError as error:
            raise JqlError(f"Value '{operand.text}' is not a number for field '{clause.field}'.") from error
        return lambda issue: (value := issue.custom.get(field.id)) is not None and compare(value, number)

    def _issue(self, operand: Operand, name: str) -> Issue | None:
        issue = self._world.find(operand.text)
        if issue is None and self._strict:
            raise JqlError(f"An issue with key '{operand.text}' does not exist for field '{name}'.")
        return issue

    def _key_comparison(self, operand: Operand, name: str, compare: Callable[[Any, Any], bool]) -> Predicate:
        """Nothing at all if the query names an issue that does not exist; no error either, unless strict."""
        anchor = self._issue(operand, name)
        if anchor is None:
            return lambda _issue: False
        if operand.text.isdecimal():
            return lambda issue: compare(issue.id, anchor.id)
        return lambda issue: issue.project == anchor.project and compare(_number(issue), _number(anchor))

    def _text(self, operand: Operand, name: str) -> str:
        """What a value is compared as; some fields refuse values that the site does not know."""
        if operand.kind == "function":
            if operand.text.casefold() == "currentuser" and name in ("assignee", "reporter"):
                return self._account.id.casefold()
            raise JqlError(f"Unable to find JQL function '{operand.text}()'.")
        text = operand.text.casefold()
        projects = self._site.projects.values()
        if name == "project":
            text = next((p.key.casefold() for p in projects if p.name.casefold() == text), text)
        catalogue = self._site.catalogue
        known: Iterable[str] | None = {
            "project": [word for project in projects for word in (project.key, project.id)],
            "status": [word for status in catalogue.statuses.values() for word in (status.name, status.id)],
            "statuscategory": [word for key, names in _CATEGORIES.items() for word in (key, *names)],
            "type": [word for kind in catalogue.types.values() for word in (kind.name, kind.id)],
            "priority": [word for pair in catalogue.priorities.items() for word in pair],
        }.get(name)
        if known is not None and text not in {word.casefold() for word in known}:
            raise JqlError(f"The value '{operand.text}' does not exist for the field '{name}'.")
        return text

    def _sprints(self, operand: Operand) -> Iterable[int]:
        sprints = self._site.sprints.values()
        if operand.kind == "function":
            state = _SPRINTS.get(operand.text.casefold())
            if state is None:
                raise JqlError(f"Unable to find JQL function '{operand.text}()'.")
            return [sprint.id for sprint in sprints if sprint.state is state]
        ids = [s.id for s in sprints if operand.text.casefold() in (str(s.id), s.name.casefold())]
        if not ids:
            message = f"Sprint with name '{operand.text}' does not exist or you do not have permission to view it."
            raise JqlError(message)
        return ids

    def _custom(self, clause: str) -> Callable[[Issue], Iterable[str]]:
        field = self._field(clause)
        if field.id == FLAGGED:
            return lambda issue: ("Impediment",) if issue.flagged else ()
        if field.custom is None or field.type not in ("number", "option"):
            raise JqlError(f"Field '{clause}' is not searchable here.")
        return lambda issue: _as_texts(issue, field)

    def _field(self, clause: str) -> Field:
        field = self._site.fields.called(clause if clause.startswith("cf[") else clause.partition("[")[0])
        if field is None:
            raise JqlError(f"Field '{clause}' does not exist or you do not have permission to view it.")
        return field

    def _category(self, issue: Issue) -> Iterable[str]:
        category = self._site.catalogue.status(issue.status).category
        return (category, *_CATEGORIES[category])

    def _person(self, account: str | None) -> Iterable[str]:
        if account is None:
            return ()
        known = self._site.accounts.by_id[account]
        return known.id, known.name, known.email

    def _parent(self, parent: int | None) -> Iterable[str]:
        return (str(parent), self._world.issues[parent].key) if parent in self._world.issues else ()

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._account.time_zone)


def sort_key(world: World, name: str) -> SortKey:
    """What a field of ORDER BY sorts by.

    Raises:
        JqlError: The site cannot sort by it.
    """
    wanted = _ALIASES.get(name.casefold(), name.casefold())
    if wanted in _TIMES:
        time_of = _TIMES[wanted]
        return lambda issue: at.timestamp() if (at := time_of(issue)) else None
    if wanted in ("key", "issuekey", "issue"):
        return lambda issue: f"{issue.project} {_number(issue):012}"
    ranks = {priority: place for place, priority in enumerate(reversed(world.site.catalogue.priorities))}
    plain: dict[str, SortKey] = {
        "id": lambda issue: issue.id,
        "rank": lambda issue: issue.rank,
        "priority": lambda issue: ranks[issue.priority] if issue.priority else None,
        "status": lambda issue: issue.status,
        "summary": lambda issue: issue.summary,
        "type": lambda issue: issue.type,
        "project": lambda issue: issue.project,
    }
    field = world.site.fields.called(name)
    if wanted in plain and (wanted != "rank" or field):
        return plain[wanted]
    if field is None or field.custom is None or field.type != "number":
        raise JqlError(f"Not able to sort using field '{name}'.")
    return lambda issue: value if isinstance(value := issue.custom.get(field.id), (int, float)) else None


def _number(issue: Issue) -> int:
    return int(issue.key.rpartition("-")[2])


def _as_texts(issue: Issue, field: Field) -> Iterable[str]:
    value = issue.custom.get(field.id)
    if isinstance(value, (int, float)):
        return (f"{value:g}",)
    return (value,) if isinstance(value, str) else ()


Order = tuple[tuple[SortKey, bool], ...]


def order_of(world: World, order: Iterable[tuple[str, bool]]) -> Order:
    """How to sort; without ORDER BY the newest issues come first."""
    keys = tuple((sort_key(world, name), descending) for name, descending in order)
    return keys or ((lambda issue: issue.id, True),)


def place(issue: Issue, order: Order) -> list[float | str | None]:
    """The place of an issue in an order; equal places are told apart by the id at the end."""
    return [*(key(issue) for key, _ in order), issue.id]


def follows(one: list[float | str | None], other: list[float | str | None], order: Order) -> bool:
    """Whether the first place comes after the second; empty values come last when ascending."""
    directions = (*(descending for _, descending in order), False)
    for mine, theirs, descending in zip(one, other, directions, strict=True):
        if mine != theirs:
            return (_sortable(mine) > _sortable(theirs)) != descending
    return False


def in_order(issues: Iterable[Issue], order: Order) -> list[Issue]:
    """The issues sorted."""
    rows = sorted(issues, key=lambda issue: issue.id)
    for key, descending in reversed(order):
        rows.sort(key=lambda issue, key=key: _sortable(key(issue)), reverse=descending)  # type: ignore[misc]
    return rows


def _sortable(value: float | str | None) -> tuple[bool, Any]:
    return (True, 0) if value is None else (False, value)
