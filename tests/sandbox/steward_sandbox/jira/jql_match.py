"""Decides which issues a parsed JQL query finds, and in which order.

    fields     project, key, id, issue, issuekey, status, statusCategory, issuetype, type, priority, resolution,
               labels, component, assignee, reporter, parent, sprint, summary, description, created, updated, resolved
    order      key, id, rank, priority, status, summary, type, project, created, updated, resolved

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
            return _text_search(clause, name, negated=negated)
        wanted = [operand for operand in clause.operands if operand.kind != "empty"]
        takes_empty = clause.operator == "empty" or len(wanted) < len(clause.operands)
        get, values = self._membership(clause.field, name, wanted)
        takes_empty = takes_empty or (name == "resolution" and "unresolved" in values)

        def matches(issue: Issue) -> bool:
            found = get(issue)
            return (not found.isdisjoint(values)) != negated if found else takes_empty and not negated

        return matches

    def _membership(self, field: str, name: str, wanted: list[Operand]) -> tuple[Callable[[Issue], set[Any]], set[Any]]:
        """What an issue has in a field, and what a query names of it."""
        if name in _KEYS:
            found = (self._issue(operand, name) for operand in wanted)
            return lambda issue: {issue.id}, {issue.id for issue in found if issue is not None}
        if name in _TIMES:
            time_of = _TIMES[name]
            return lambda issue: {time_of(issue)} - {None}, {self._moment(operand, field) for operand in wanted}
        if name == "sprint":
            return lambda issue: set(issue.sprints), {n for operand in wanted for n in self._sprints(operand)}
        table = self._tables().get(name)
        if table is not None:
            get_name, words = table
            known = {word.casefold() for entry in words.values() for word in entry}
            texts = {self._text(operand, name, known) for operand in wanted}
            return lambda issue: {word.casefold() for word in words.get(get_name(issue) or "", ())}, texts
        get = self._plain_values().get(name)
        if get is None:
            raise JqlError(f"Field '{field}' does not exist or you do not have permission to view it.")
        return lambda issue: {text.casefold() for text in get(issue)}, {self._text(one, name) for one in wanted}

    def _tables(self) -> dict[str, tuple[Callable[[Issue], str | None], Mapping[str, Sequence[str]]]]:
        """Fields with a fixed set of values: how an issue names its own, and by which words each is found."""
        catalogue = self._site.catalogue
        kinds = {key: (key, kind.name, str(kind.id)) for key, kind in catalogue.categories.items()}
        return {
            "project": (lambda i: i.project, {p.key: (p.key, p.id, p.name) for p in self._site.projects.values()}),
            "status": (lambda i: i.status, {name: (name, known.id) for name, known in catalogue.statuses.items()}),
            "statuscategory": (
                lambda i: i.status,
                {name: kinds[status.category] for name, status in catalogue.statuses.items()},
            ),
            "type": (lambda i: i.type, {name: (name, known.id) for name, known in catalogue.types.items()}),
            "priority": (
                lambda i: i.priority,
                {name: (name, known.id) for name, known in catalogue.priorities.items()},
            ),
        }

    def _plain_values(self) -> dict[str, Callable[[Issue], Iterable[str]]]:
        """Fields with any values: the words by which an issue is found."""
        people, issues = self._site.accounts.by_id, self._world.issues

        def person(account: str | None) -> Iterable[str]:
            return (account, people[account].name, people[account].email) if account else ()

        return {
            "resolution": lambda issue: (issue.resolution,) if issue.resolution else (),
            "labels": lambda issue: issue.labels,
            "component": lambda issue: issue.components,
            "assignee": lambda issue: person(issue.assignee),
            "reporter": lambda issue: person(issue.reporter),
            "parent": lambda issue: (str(issue.parent), issues[issue.parent].key) if issue.parent in issues else (),
        }

    def _text(self, operand: Operand, name: str, known: Iterable[str] | None = None) -> str:
        """What a value is compared as; one of a fixed set has to be known."""
        text = operand.text.casefold()
        if operand.kind == "function":
            if text == "currentuser" and name in ("assignee", "reporter"):
                return self._account.id.casefold()
            raise JqlError(f"Unable to find JQL function '{operand.text}()'.")
        if known is not None and text not in known:
            raise JqlError(f"The value '{operand.text}' does not exist for the field '{name}'.")
        return text

    def _comparison(self, clause: Clause, name: str, sign: str) -> Predicate:
        compare, operand = _COMPARE[sign], clause.operands[0]
        if name == "key":
            anchor = self._issue(operand, name)
            if anchor is None:
                return lambda _issue: False
            return lambda issue: issue.project == anchor.project and compare(_by_key(issue), _by_key(anchor))
        if name not in _TIMES:
            raise JqlError(f"The operator '{sign}' is not supported by the '{clause.field}' field.")
        time_of, limit = _TIMES[name], self._moment(operand, clause.field)
        return lambda issue: (at := time_of(issue)) is not None and compare(at, limit)

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
        if operand.kind == "function" and text in _SPRINTS:
            return [sprint.id for sprint in sprints if sprint.state is _SPRINTS[text]]
        ids = [sprint.id for sprint in sprints if text in (str(sprint.id), sprint.name.casefold())]
        if not ids:
            message = f"Sprint with name '{operand.text}' does not exist or you do not have permission to view it."
            raise JqlError(message)
        return ids


def _text_search(clause: Clause, name: str, *, negated: bool) -> Predicate:
    """Whether a text holds all words of a query; a star stands for the rest of a word."""
    get = _TEXTS.get(name)
    if get is None:
        raise JqlError(f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
    words = re.findall(r"\w+\*?", clause.operands[0].text.casefold())
    patterns = [re.compile(rf"\b{word[:-1]}" if word.endswith("*") else rf"\b{word}\b") for word in words]
    return lambda issue: (
        bool(text := get(issue).casefold()) and (all(pattern.search(text) for pattern in patterns) != negated)
    )


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


def _sort_key(world: World, name: str) -> SortKey:
    """What a field of ORDER BY sorts by."""
    wanted = _ALIASES.get(name.casefold(), name.casefold())
    if wanted in _TIMES:
        time_of = _TIMES[wanted]
        return lambda issue: at.timestamp() if (at := time_of(issue)) else None
    priorities = {priority: place for place, priority in enumerate(reversed(world.site.catalogue.priorities))}
    known: dict[str, SortKey] = {
        **dict.fromkeys(("key", "issuekey", "issue"), _by_key),
        "id": lambda issue: issue.id,
        "priority": lambda issue: priorities[issue.priority] if issue.priority else None,
        "status": lambda issue: issue.status,
        "summary": lambda issue: issue.summary,
        "type": lambda issue: issue.type,
        "project": lambda issue: issue.project,
    }
    if world.site.fields.called("Rank"):
        known["rank"] = lambda issue: issue.rank
    if wanted not in known:
        raise JqlError(f"Not able to sort using field '{name}'.")
    return known[wanted]


def _by_key(issue: Issue) -> str:
    project, _, number = issue.key.rpartition("-")
    return f"{project} {int(number):012}"


def _sortable(value: float | str | None) -> tuple[bool, Any]:
    return (True, 0) if value is None else (False, value)
