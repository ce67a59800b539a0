"""Decides which issues a parsed JQL query finds, and in which order.

    fields     project, key, id, issue, issuekey, status, statusCategory, issuetype, type, priority, resolution,
               labels, component, assignee, reporter, parent, sprint, summary, description, created, updated, resolved,
               and any number, option or check box field by name or cf[id]

Negations leave out issues whose field is empty, as Jira does.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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
Values = Callable[[Issue], Iterable[str]]
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
        self._world = world
        self._site = world.site
        self._account = account
        self._now = now
        self._strict = strict

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
            return self._comparison(clause, name, _OPPOSITE[clause.operator] if negated else clause.operator)
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

    def _membership(self, field: str, name: str, wanted: list[Operand]) -> tuple[Callable[[Issue], set[Any]], set[Any]]:
        """What an issue has in a field, and what a query names of it."""
        if name in _TIMES:
            time_of = _TIMES[name]
            return lambda issue: {time_of(issue)} - {None}, {self._moment(operand, field) for operand in wanted}
        if name == "sprint":
            return lambda issue: set(issue.sprints), {n for operand in wanted for n in self._sprints(operand)}
        if name == "summary" and wanted:
            raise JqlError("The operator '=' is not supported by the 'summary' field.")
        get, known = self._values(field, name)
        texts = {self._text(operand, name, known) for operand in wanted}
        return lambda issue: {text.casefold() for text in get(issue)}, texts

    def _values(self, field: str, name: str) -> tuple[Values, Iterable[str] | None]:
        """The names by which an issue's value is found, and all that the site knows where others are refused."""
        catalogue, people = self._site.catalogue, self._site.accounts.by_id
        projects = {p.key: (p.key, p.id, p.name) for p in self._site.projects.values()}
        statuses = {status.name: (status.name, status.id) for status in catalogue.statuses.values()}
        kinds = {key: (key, kind.name, str(kind.id)) for key, kind in catalogue.categories.items()}
        categories = {name: kinds[status.category] for name, status in catalogue.statuses.items()}
        types = {kind.name: (kind.name, kind.id) for kind in catalogue.types.values()}
        priorities = {name: (name, priority.id) for name, priority in catalogue.priorities.items()}
        tables: dict[str, tuple[Callable[[Issue], str | None], Mapping[str, Sequence[str]]]] = {
            "project": (lambda issue: issue.project, projects),
            "status": (lambda issue: issue.status, statuses),
            "statuscategory": (lambda issue: issue.status, categories),
            "type": (lambda issue: issue.type, types),
            "priority": (lambda issue: issue.priority, priorities),
        }
        if name in tables:
            get, table = tables[name]
            return lambda issue: table.get(get(issue) or "", ()), [word for words in table.values() for word in words]

        def person(account: str | None) -> Iterable[str]:
            return (account, people[account].name, people[account].email) if account else ()

        def parent(issue: Issue) -> Iterable[str]:
            above = self._world.issues.get(issue.parent or 0)
            return (str(above.id), above.key) if above else ()

        plain: dict[str, Values] = {
            "resolution": lambda issue: (issue.resolution,) if issue.resolution else (),
            "labels": lambda issue: issue.labels,
            "component": lambda issue: issue.components,
            "assignee": lambda issue: person(issue.assignee),
            "reporter": lambda issue: person(issue.reporter),
            "parent": parent,
            "summary": lambda issue: (issue.summary,),
        }
        return plain.get(name) or self._custom(field), None

    def _text(self, operand: Operand, name: str, known: Iterable[str] | None) -> str:
        """What a value is compared as."""
        if operand.kind == "function":
            if operand.text.casefold() == "currentuser" and name in ("assignee", "reporter"):
                return self._account.id.casefold()
            raise JqlError(f"Unable to find JQL function '{operand.text}()'.")
        text = operand.text.casefold()
        if known is not None and text not in {word.casefold() for word in known}:
            raise JqlError(f"The value '{operand.text}' does not exist for the field '{name}'.")
        return text

    def _text_search(self, clause: Clause, name: str, *, negated: bool) -> Predicate:
        """Whether a text holds all words of a query; a star stands for the rest of a word."""
        get = _TEXTS.get(name)
        if get is None:
            raise JqlError(f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
        words = re.findall(r"\w+\*?", clause.operands[0].text.casefold())
        patterns = [re.compile(rf"\b{word[:-1]}" if word.endswith("*") else rf"\b{word}\b") for word in words]
        return lambda issue: (
            bool(text := get(issue).casefold()) and (all(pattern.search(text) for pattern in patterns) != negated)
        )

    def _comparison(self, clause: Clause, name: str, sign: str) -> Predicate:
        compare, operand = _COMPARE[sign], clause.operands[0]
        if name in _TIMES:
            time_of, limit = _TIMES[name], self._moment(operand, clause.field)
            return lambda issue: (at := time_of(issue)) is not None and compare(at, limit)
        if name in _KEYS:
            anchor = self._issue(operand, name)
            if anchor is None:
                return lambda _issue: False
            if operand.text.isdecimal():
                return lambda issue: compare(issue.id, anchor.id)
            return lambda issue: issue.project == anchor.project and compare(_number(issue), _number(anchor))
        field = self._field(clause.field)
        if field.type != "number" or field.custom is None:
            raise JqlError(f"The operator '{sign}' is not supported by the '{clause.field}' field.")
        try:
            number = float(operand.text)
        except ValueError as error:
            raise JqlError(f"Value '{operand.text}' is not a number for field '{clause.field}'.") from error
        return lambda issue: (value := issue.custom.get(field.id)) is not None and compare(value, number)

    def _moment(self, operand: Operand, field: str) -> datetime:
        return moment(operand, field, zone=ZoneInfo(self._account.time_zone), now=self._now)

    def _issue(self, operand: Operand, name: str) -> Issue | None:
        """The issue that a query names; one that does not exist is no error, unless strict."""
        issue = self._world.find(operand.text)
        if issue is None and self._strict:
            raise JqlError(f"An issue with key '{operand.text}' does not exist for field '{name}'.")
        return issue

    def _sprints(self, operand: Operand) -> Iterable[int]:
        sprints, text = self._site.sprints.values(), operand.text.casefold()
        if operand.kind == "function":
            if text not in _SPRINTS:
                raise JqlError(f"Unable to find JQL function '{operand.text}()'.")
            return [sprint.id for sprint in sprints if sprint.state is _SPRINTS[text]]
        ids = [sprint.id for sprint in sprints if text in (str(sprint.id), sprint.name.casefold())]
        if not ids:
            message = f"Sprint with name '{operand.text}' does not exist or you do not have permission to view it."
            raise JqlError(message)
        return ids

    def _custom(self, clause: str) -> Values:
        field = self._field(clause)
        if field.id == FLAGGED:
            return lambda issue: ("Impediment",) if issue.flagged else ()
        if field.custom is None or field.type not in ("number", "option"):
            raise JqlError(f"Field '{clause}' is not searchable here.")
        return lambda issue: _as_texts(issue.custom.get(field.id))

    def _field(self, clause: str) -> Field:
        field = self._site.fields.called(clause if clause.startswith("cf[") else clause.partition("[")[0])
        if field is None:
            raise JqlError(f"Field '{clause}' does not exist or you do not have permission to view it.")
        return field


def _sort_key(world: World, name: str) -> SortKey:
    """What a field of ORDER BY sorts by."""
    wanted = _ALIASES.get(name.casefold(), name.casefold())
    priorities = {priority: place for place, priority in enumerate(reversed(world.site.catalogue.priorities))}
    plain: dict[str, SortKey] = {
        **{name: lambda issue: f"{issue.project} {_number(issue):012}" for name in ("key", "issuekey", "issue")},
        "id": lambda issue: issue.id,
        "rank": lambda issue: issue.rank,
        "priority": lambda issue: priorities[issue.priority] if issue.priority else None,
        "status": lambda issue: issue.status,
        "summary": lambda issue: issue.summary,
        "type": lambda issue: issue.type,
        "project": lambda issue: issue.project,
    }
    if wanted in _TIMES:
        time_of = _TIMES[wanted]
        return lambda issue: at.timestamp() if (at := time_of(issue)) else None
    field = world.site.fields.called(name)
    if wanted in plain and (wanted != "rank" or field):
        return plain[wanted]
    if field is None or field.custom is None or field.type != "number":
        raise JqlError(f"Not able to sort using field '{name}'.")
    return lambda issue: value if isinstance(value := issue.custom.get(field.id), (int, float)) else None


def _number(issue: Issue) -> int:
    return int(issue.key.rpartition("-")[2])


def _as_texts(value: Any) -> Iterable[str]:
    if isinstance(value, (int, float)):
        return (f"{value:g}",)
    return (value,) if isinstance(value, str) else ()


class Order:
    """How to sort; without ORDER BY the newest issues come first."""

    def __init__(self, world: World, order: Iterable[tuple[str, bool]]) -> None:
        keys = tuple((_sort_key(world, name), descending) for name, descending in order)
        self._keys = keys or ((lambda issue: issue.id, True),)

    def place(self, issue: Issue) -> list[float | str | None]:
        """The place of an issue; equal places are told apart by the id at the end."""
        return [*(key(issue) for key, _ in self._keys), issue.id]

    def follows(self, issue: Issue, place: list[float | str | None]) -> bool:
        """Whether an issue comes after a place; empty values come last when ascending."""
        directions = (*(descending for _, descending in self._keys), False)
        for mine, other, descending in zip(self.place(issue), place, directions, strict=True):
            if mine != other:
                return (_sortable(mine) > _sortable(other)) != descending
        return False

    def sorted(self, issues: Iterable[Issue]) -> list[Issue]:
        """The issues in this order."""
        rows = sorted(issues, key=lambda issue: issue.id)
        for key, descending in reversed(self._keys):
            rows.sort(key=lambda issue, key=key: _sortable(key(issue)), reverse=descending)  # type: ignore[misc]
        return rows


def _sortable(value: float | str | None) -> tuple[bool, Any]:
    return (True, 0) if value is None else (False, value)
