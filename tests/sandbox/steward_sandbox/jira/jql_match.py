"""Decides which issues a parsed JQL query finds, and in which order.

    fields     project, filter (of a board), key, id, issue, issuekey, status, statusCategory, issuetype, type,
               priority, resolution, labels, component, assignee, reporter, parent, sprint, summary, created,
               updated, resolved
    order      key, rank, created, updated, resolved

Negations leave out issues whose field is empty, as Jira does.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from steward_sandbox.jira.model import Account, Issue
from steward_sandbox.jira.world import World
from steward_sandbox.query import COMPARE, Clause, Condition, Operand
from steward_sandbox.query.jql import JqlError

Predicate = Callable[[Issue], bool]
SortKey = Callable[[Issue], float | str | None]

_TIMES: dict[str, Callable[[Issue], datetime | None]] = {
    name: attrgetter(name) for name in ("created", "updated", "resolved")
}
_ALIASES = {"issuetype": "type", "createddate": "created", "updateddate": "updated", "resolutiondate": "resolved"}
_ALIASES |= dict.fromkeys(("id", "issue", "issuekey"), "key")


class _Searched(NamedTuple):
    """How a field is searched: what an issue has in it, and what a value of a query means."""

    values: Callable[[Issue], Iterable[Any]]
    read: Callable[[Operand], Iterable[Any]]


class Matcher:
    """Reads queries as one caller means them: their time zone, their name, the names of this site.

    A strict one refuses to look for issues that are not there, as Data Center does.
    """

    def __init__(self, world: World, account: Account, *, strict: bool = False) -> None:
        self._world, self._account, self._strict = world, account, strict
        site, catalogue, people = world.site, world.site.catalogue, world.site.accounts.by_id
        categories = {status.name: catalogue.categories[status.category] for status in catalogue.statuses.values()}
        sprints = {str(number): sprint for number, sprint in site.sprints.items()}
        self._board_filters = {str(board.filter_id): board.project for board in site.boards.values()}
        self._fields = {
            "key": _Searched(lambda issue: (issue.id,), self._issue),
            "sprint": _listed("sprint", lambda issue: map(str, issue.sprints), sprints),
            "filter": _Searched(lambda issue: (issue.project,), self._filter),
            "project": _listed("project", lambda issue: (issue.project,), site.projects),
            "status": _listed("status", lambda issue: (issue.status,), catalogue.statuses),
            "statuscategory": _listed("statusCategory", lambda issue: (issue.status,), categories),
            "type": _listed("issuetype", lambda issue: (issue.type,), catalogue.types),
            "priority": _listed("priority", lambda issue: (issue.priority or "",), catalogue.priorities),
            "resolved": _Searched(lambda issue: (issue.resolved,) if issue.resolved else (), _words),
            "resolution": _Searched(lambda issue: _folded(issue.resolution), _words),
            "labels": _Searched(lambda issue: _folded(*issue.labels), _words),
            "component": _Searched(lambda issue: _folded(*issue.components), _words),
            "parent": _Searched(lambda issue: (issue.parent,) if issue.parent else (), self._issue),
            "assignee": _Searched(lambda issue: _names(people.get(issue.assignee or "")), _words),
            "reporter": _Searched(lambda issue: _names(people.get(issue.reporter or "")), _words),
        }

    def predicate(self, node: Condition, *, negated: bool = False) -> Predicate:
        """Whether an issue is found. A negation is carried down to the conditions, where empty values fall out."""
        if isinstance(node, Clause):
            name = _ALIASES.get(node.field.casefold(), node.field.casefold())
            negated = negated != node.operator.startswith("!")
            if node.operator in COMPARE:
                test = self._comparison(node, name)
            else:
                test = _text_search(node, name) if "~" in node.operator else self._membership(node, name)
            return lambda issue: (found := test(issue)) is not None and found != negated
        if node.how == "not":
            return self.predicate(node.parts[0], negated=not negated)
        parts = [self.predicate(part, negated=negated) for part in node.parts]
        decide = all if (node.how == "and") != negated else any
        return lambda issue: decide(part(issue) for part in parts)

    def _membership(self, clause: Clause, name: str) -> Callable[[Issue], bool | None]:
        searched = self._fields.get(name)
        if searched is None:
            raise JqlError(f"Field '{clause.field}' does not exist or you do not have permission to view it.")
        operands = [operand for operand in clause.operands if operand.kind != "empty"]
        for operand in operands:
            if operand.kind == "function":
                raise JqlError(f"Unable to find JQL function '{operand.text}()'.")
        values = {value for operand in operands for value in searched.read(operand)}
        finds_empty = clause.operator == "empty" or len(operands) < len(clause.operands)
        finds_empty = finds_empty or (name == "resolution" and "unresolved" in values)

        def test(issue: Issue) -> bool | None:
            found = set(searched.values(issue))
            return not found.isdisjoint(values) if found else finds_empty or None

        return test

    def _comparison(self, clause: Clause, name: str) -> Callable[[Issue], bool | None]:
        compare, operand = COMPARE[clause.operator], clause.operands[0]
        if name == "key":
            issues = [
                (issue.project, _by_key(issue)) for n in self._issue(operand) for issue in (self._world.issues[n],)
            ]
            return lambda issue: any(issue.project == p and compare(_by_key(issue), key) for p, key in issues)
        if name not in _TIMES:
            raise JqlError(f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
        time_of, limit = _TIMES[name], self._time(operand, clause.field)
        return lambda issue: compare(time, limit) if (time := time_of(issue)) else None

    def _time(self, operand: Operand, field: str) -> datetime:
        """A time: unquoted milliseconds, or words in the time zone of whoever asks."""
        text = operand.text.strip().replace("/", "-")
        try:
            if operand.kind == "word" and text.isdecimal():
                return datetime.fromtimestamp(int(text) / 1000, UTC)
            return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(self._account.time_zone))
        except ValueError as error:
            raise JqlError(f"Date value '{operand.text}' for field '{field}' is invalid.") from error

    def _filter(self, operand: Operand) -> Iterable[str]:
        """The project that a board's saved filter selects."""
        if operand.text not in self._board_filters:
            raise JqlError(f"The value '{operand.text}' does not exist for the field 'filter'.")
        return (self._board_filters[operand.text],)

    def _issue(self, operand: Operand) -> Iterable[int]:
        """The issue that a query names; one that does not exist is no error, unless strict."""
        issue = self._world.find(operand.text)
        if issue is None and self._strict:
            raise JqlError(f"An issue with key '{operand.text}' does not exist for field 'key'.")
        return (issue.id,) if issue else ()


def _listed(field: str, names_of: Callable[[Issue], Iterable[str]], things: Mapping[str, Any]) -> _Searched:
    """A field whose values are a fixed set; a query may name no other."""
    words = {name: _names(thing) for name, thing in things.items()}
    known = {word for known_words in words.values() for word in known_words}

    def read(operand: Operand) -> Iterable[str]:
        text = operand.text.casefold()
        if text not in known:
            raise JqlError(f"The value '{operand.text}' does not exist for the field '{field}'.")
        return (text,)

    return _Searched(lambda issue: (word for name in names_of(issue) for word in words.get(name, ())), read)


def _words(operand: Operand) -> list[str]:
    return _folded(operand.text)


def _folded(*words: str | None) -> list[str]:
    return [word.casefold() for word in words if word]


def _names(thing: Any) -> list[str]:
    """The words by which a person, a project or a value of a list is found."""
    return _folded(*(str(getattr(thing, name, None) or "") for name in ("id", "key", "name", "email")))


def _text_search(clause: Clause, name: str) -> Predicate:
    """Whether the summary holds all words of a query; a star stands for the rest of a word."""
    if name != "summary":
        raise JqlError(f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
    words = re.findall(r"\w+\*?", clause.operands[0].text.casefold())
    patterns = [re.compile(rf"\b{word[:-1]}" if word.endswith("*") else rf"\b{word}\b") for word in words]
    return lambda issue: all(pattern.search(issue.summary.casefold()) for pattern in patterns)


class Order:
    """How to sort; without ORDER BY the newest issues come first. Empty values come last when ascending."""

    def __init__(self, world: World, order: Iterable[tuple[str, bool]]) -> None:
        keys: list[tuple[SortKey, bool]] = [(_sort_key(world, name), descending) for name, descending in order]
        self._keys: list[tuple[SortKey, bool]] = [*(keys or [(_by_id, True)]), (_by_id, False)]

    def place(self, issue: Issue) -> list[float | str | None]:
        """The place of an issue; equal places are told apart by the id at the end."""
        return [key(issue) for key, _ in self._keys]

    def follows(self, issue: Issue, place: list[float | str | None]) -> bool:
        """Whether an issue comes after a place."""
        for (key, descending), other in zip(self._keys, place, strict=True):
            if (value := key(issue)) != other:
                return bool(_sortable(value) > _sortable(other)) != descending
        return False

    def sorted(self, issues: Iterable[Issue]) -> list[Issue]:
        rows = list(issues)
        for key, descending in reversed(self._keys):
            rows.sort(key=lambda issue, key=key: _sortable(key(issue)), reverse=descending)  # type: ignore[misc]
        return rows


def _sort_key(world: World, name: str) -> SortKey:
    field = _ALIASES.get(name.casefold(), name.casefold())
    if field in _TIMES:
        return lambda issue: time.timestamp() if (time := _TIMES[field](issue)) else None
    if field == "key":
        return _by_key
    if field == "rank" and world.site.fields.called("Rank"):
        return lambda issue: issue.rank
    raise JqlError(f"Not able to sort using field '{name}'.")


def _by_id(issue: Issue) -> float:
    return issue.id


def _by_key(issue: Issue) -> str:
    project, _, number = issue.key.rpartition("-")
    return f"{project} {int(number):012}"


def _sortable(value: float | str | None) -> tuple[bool, Any]:
    return (True, 0) if value is None else (False, value)
