"""Decides which issues a parsed JQL query finds, and in which order."""

import operator
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rules.model import SprintState
from steward_sandbox.jira.fields import FLAGGED, Field
from steward_sandbox.jira.jql import Clause, JqlError, Node, Operand
from steward_sandbox.jira.jql_time import moment
from steward_sandbox.jira.model import Account, Issue
from steward_sandbox.jira.world import World

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
_TIMES: dict[str, Callable[[Issue], datetime | None]] = {
    "created": lambda issue: issue.created,
    "createddate": lambda issue: issue.created,
    "updated": lambda issue: issue.updated,
    "updateddate": lambda issue: issue.updated,
    "resolved": lambda issue: issue.resolved,
    "resolutiondate": lambda issue: issue.resolved,
}


class Matcher:
    """Reads queries as one caller means them: their time zone, their name, the words of this site.

    A strict one refuses to look for issues that are not there, as Data Center does.
    """

    def __init__(self, world: World, account: Account, *, now: datetime, strict: bool = False) -> None:
        self._strict = strict
        self._world = world
        self._site = world.site
        self._account = account
        self._now = now
        self._words: dict[str, Callable[[Issue], Iterable[str]]] = {
            "project": lambda issue: (issue.project, self._site.project(issue.project).id),
            "status": lambda issue: (issue.status, self._site.catalogue.status(issue.status).id),
            "statuscategory": self._category,
            "issuetype": lambda issue: (issue.type, self._site.catalogue.type(issue.type).id),
            "type": lambda issue: (issue.type, self._site.catalogue.type(issue.type).id),
            "priority": lambda issue: (issue.priority, self._site.catalogue.priority(issue.priority).id),
            "resolution": lambda issue: (issue.resolution,) if issue.resolution else (),
            "labels": lambda issue: issue.labels,
            "component": lambda issue: issue.components,
            "assignee": lambda issue: self._person(issue.assignee),
            "reporter": lambda issue: self._person(issue.reporter),
            "parent": lambda issue: self._parent(issue.parent),
            "summary": lambda issue: (issue.summary,),
        }

    def predicate(self, node: Node, *, negated: bool = False) -> Predicate:
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
        name = clause.field.casefold()
        if clause.operator != "in":
            sign = _OPPOSITE[clause.operator] if negated else clause.operator
            return self._comparison(clause, name, sign)
        negated = negated != clause.negated
        wanted = [operand for operand in clause.operands if not operand.empty]
        takes_empty = len(wanted) < len(clause.operands)
        if name in _KEYS:
            ids = {found.id for operand in wanted if (found := self._issue(operand, name)) is not None}
            return lambda issue: (issue.id in ids) != negated
        if name in _TIMES:
            get = _TIMES[name]
            moments = {moment(operand, clause.field, zone=self._zone, now=self._now) for operand in wanted}
            return _member(lambda issue: {get(issue)} - {None}, moments, takes_empty=takes_empty, negated=negated)
        if name == "sprint":
            sprints = {number for operand in wanted for number in self._sprints(operand)}
            return _member(lambda issue: issue.sprints, sprints, takes_empty=takes_empty, negated=negated)
        return self._words_clause(clause, name, wanted, takes_empty=takes_empty, negated=negated)

    def _words_clause(
        self, clause: Clause, name: str, wanted: list[Operand], *, takes_empty: bool, negated: bool
    ) -> Predicate:
        get = self._words.get(name) or self._custom(clause.field)
        if name == "summary" and wanted:
            raise JqlError("The operator '=' is not supported by the 'summary' field.")
        texts = {self._text(operand, name) for operand in wanted}
        if name == "resolution" and "unresolved" in texts:
            takes_empty = True
        return _member(
            lambda issue: {text.casefold() for text in get(issue)}, texts, takes_empty=takes_empty, negated=negated
        )

    def _comparison(self, clause: Clause, name: str, sign: str) -> Predicate:
        compare = _COMPARE[sign]
        operand = clause.operands[0]
        if name in _TIMES:
            get = _TIMES[name]
            limit = moment(operand, clause.field, zone=self._zone, now=self._now)
            return lambda issue: (at := get(issue)) is not None and compare(at, limit)
        if name in _KEYS:
            return self._key_comparison(operand, name, compare)
        field = self._site.fields.called(clause.field)
        if field is None or field.type != "number" or field.custom is None:
            self._known(clause.field)
            raise JqlError(f"The operator '{sign}' is not supported by the '{clause.field}' field.")
        try:
            number = float(operand.text)
        except ValueError as error:
            raise JqlError(f"Value '{operand.text}' is not a number for field '{clause.field}'.") from error
        found = field.id
        return lambda issue: (value := issue.custom.get(found)) is not None and compare(value, number)

    def _issue(self, operand: Operand, name: str) -> Issue | None:
        found = self._world.find(operand.text)
        if found is None and self._strict:
            raise JqlError(f"An issue with key '{operand.text}' does not exist for field '{name}'.")
        return found

    def _key_comparison(self, operand: Operand, name: str, compare: Callable[[Any, Any], bool]) -> Predicate:
        """Nothing at all where the query names an issue that does not exist; no error either, unless strict."""
        anchor = self._issue(operand, name)
        if anchor is None:
            return lambda _issue: False
        if operand.text.isdecimal():
            limit = anchor.id
            return lambda issue: compare(issue.id, limit)
        project, number = anchor.project, _number(anchor)
        return lambda issue: issue.project == project and compare(_number(issue), number)

    def _text(self, operand: Operand, name: str) -> str:
        """What a value is compared as; some fields refuse values that the site does not know."""
        if operand.function:
            if operand.text.casefold() == "currentuser" and name in ("assignee", "reporter"):
                return self._account.id.casefold()
            raise JqlError(f"Unable to find JQL function '{operand.text}()'.")
        text = operand.text.casefold()
        words = self._site.catalogue
        known: Iterable[str] | None = {
            "project": [word for p in self._site.projects.values() for word in (p.key, p.id)],
            "status": [word for s in words.statuses.values() for word in (s.name, s.id)],
            "statuscategory": [word for key, said in _CATEGORIES.items() for word in (key, *said)],
            "issuetype": [word for t in words.types.values() for word in (t.name, t.id)],
            "type": [word for t in words.types.values() for word in (t.name, t.id)],
            "priority": [word for p in words.priorities.values() for word in (p.name, p.id)],
        }.get(name)
        if name == "project":
            text = next((p.key.casefold() for p in self._site.projects.values() if p.name.casefold() == text), text)
        if known is not None and text not in {word.casefold() for word in known}:
            raise JqlError(f"The value '{operand.text}' does not exist for the field '{name}'.")
        return text

    def _sprints(self, operand: Operand) -> Iterable[int]:
        sprints = self._site.sprints.values()
        if operand.function:
            state = _SPRINTS.get(operand.text.casefold())
            if state is None:
                raise JqlError(f"Unable to find JQL function '{operand.text}()'.")
            return [sprint.id for sprint in sprints if sprint.state is state]
        found = [s.id for s in sprints if operand.text.casefold() in (str(s.id), s.name.casefold())]
        if not found:
            raise JqlError(
                f"Sprint with name '{operand.text}' does not exist or you do not have permission to view it."
            )
        return found

    def _custom(self, clause: str) -> Callable[[Issue], Iterable[str]]:
        field = self._known(clause)
        if field.id == FLAGGED:
            return lambda issue: ("Impediment",) if issue.flagged else ()
        if field.custom is None or field.type not in ("number", "option"):
            raise JqlError(f"Field '{clause}' is not searchable here.")
        return lambda issue: _shown(issue, field)

    def _known(self, clause: str) -> Field:
        name = clause if clause.startswith("cf[") else clause.partition("[")[0]
        field = self._site.fields.called(name)
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
    said = name.casefold()
    if said in _TIMES:
        get = _TIMES[said]
        return lambda issue: at.timestamp() if (at := get(issue)) else None
    if said in ("key", "issuekey", "issue"):
        return lambda issue: f"{issue.project} {_number(issue):012}"
    ranks = {priority.name: place for place, priority in enumerate(reversed(world.site.catalogue.priorities.values()))}
    plain: dict[str, SortKey] = {
        "id": lambda issue: issue.id,
        "rank": lambda issue: issue.rank,
        "priority": lambda issue: ranks[issue.priority],
        "status": lambda issue: issue.status,
        "summary": lambda issue: issue.summary,
        "issuetype": lambda issue: issue.type,
        "type": lambda issue: issue.type,
        "project": lambda issue: issue.project,
    }
    if said in plain and (said != "rank" or world.site.fields.called(name)):
        return plain[said]
    field = world.site.fields.called(name)
    if field is None or field.custom is None or field.type != "number":
        raise JqlError(f"Not able to sort using field '{name}'.")
    found = field.id
    return lambda issue: value if isinstance(value := issue.custom.get(found), (int, float)) else None


def _member(
    get: Callable[[Issue], Iterable[object]], wanted: Collection[object], *, takes_empty: bool, negated: bool
) -> Predicate:
    def found(issue: Issue) -> bool:
        values = set(get(issue))
        if not values:
            return takes_empty and not negated
        return (not values.isdisjoint(wanted)) != negated

    return found


def _number(issue: Issue) -> int:
    return int(issue.key.rpartition("-")[2])


def _shown(issue: Issue, field: Field) -> Iterable[str]:
    value = issue.custom.get(field.id)
    if isinstance(value, (int, float)):
        return (f"{value:g}",)
    return (value,) if isinstance(value, str) else ()


Order = tuple[tuple[SortKey, bool], ...]


def order_of(world: World, order: Iterable[tuple[str, bool]]) -> Order:
    """How to sort; without a wish the newest issues come first."""
    wishes = tuple((sort_key(world, name), descending) for name, descending in order)
    return wishes or ((lambda issue: issue.id, True),)


def place(issue: Issue, order: Order) -> list[float | str | None]:
    """Where an issue stands in an order; equal places are told apart by the id at the end."""
    return [*(key(issue) for key, _ in order), issue.id]


def follows(one: list[float | str | None], other: list[float | str | None], order: Order) -> bool:
    """Whether the first place comes after the second; empty values come last when ascending."""
    for mine, theirs, descending in zip(one, other, (*(d for _, d in order), False), strict=True):
        if mine == theirs:
            continue
        later: bool = mine is None if mine is None or theirs is None else mine > theirs  # type: ignore[operator]
        return later != descending
    return False


def in_order(issues: Iterable[Issue], order: Order) -> list[Issue]:
    """The issues sorted."""
    rows = sorted(issues, key=lambda issue: issue.id)
    for key, descending in reversed(order):
        rows.sort(key=lambda issue, key=key: _sortable(key(issue)), reverse=descending)  # type: ignore[misc]
    return rows


def _sortable(value: float | str | None) -> tuple[bool, float | str]:
    return (True, 0) if value is None else (False, value)
