"""Runs queries and pages through what they find, by tokens that belong to one query and one choice of fields."""

import base64
import bisect
import hashlib
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from steward_sandbox.jira import jql, jql_match
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.jql import Query
from steward_sandbox.jira.model import Issue
from steward_sandbox.jira.wire import Refusal

LARGEST_PAGE = 5000
_TOKEN_LIFE = timedelta(days=7)
_BAD_TOKEN = "The provided nextPageToken is invalid or expired. Please restart the search."


class _Token(Struct, array_like=True):
    query: str
    at: float
    place: list[float | str | None]


class Page(NamedTuple):
    """Issues from a position on, and what the answer tells about its place in the whole."""

    issues: list[Issue]
    told: dict[str, int]


class Search(Struct, kw_only=True):
    """One search: a query, what to add to it, and the page wanted.

    Attributes:
        jql: The query; an empty one is refused unless there is a `within`.
        within: Decides about issues besides the query, such as those of a board.
        order: Used where the query does not sort.
        key: What the token is bound to besides the query.
        size: Issues a page, as asked.
        fresh: Issues that are seen as they are now, however late the index is.
        bounded: Whether a query without any condition is refused; otherwise it finds everything.
        strict: Whether a query that names an issue that is not there is refused; otherwise it finds nothing by that.
    """

    jql: str
    within: Callable[[Issue], bool] | None = None
    order: tuple[tuple[str, bool], ...] = ()
    key: str = ""
    size: int = 50
    token: str | None = None
    fresh: Collection[int] = ()
    bounded: bool = True
    strict: bool = False

    def count(self, call: Call) -> int:
        """How many issues are found."""
        return len(self._found(call)[0])

    def page(self, call: Call, *, bare: bool) -> tuple[list[Issue], str | None]:
        """The issues of the page, and the token of the next one; `bare` answers hold ids and keys only.

        Raises:
            Refusal: The query, the size or the token cannot be used.
        """
        token = self._read(call)
        if not 1 <= self.size <= LARGEST_PAGE:
            raise Refusal(400, f"The value of maxResults must be between 1 and {LARGEST_PAGE}.")
        found, order = self._found(call)
        if token is not None:
            found = found[_first_after(found, token.place, order) :]
        size = min(self.size, call.behaviour.ids_a_page if bare else call.behaviour.issues_a_page)
        shown = found[:size]
        more = self._write(call, jql_match.place(shown[-1], order)) if len(found) > size else None
        return call.jira.index.flickers(shown, self.fresh), more

    def at(self, call: Call, start: int) -> "Page":
        """The issues from a position on.

        Raises:
            Refusal: The query cannot be used, or the window of positions ends before this page does.
        """
        size = max(min(self.size, call.behaviour.search_page), 0)
        if start + size > call.behaviour.search_window:
            raise Refusal(500, f"Search limit exceeded: no more than {call.behaviour.search_window} results.")
        found, _ = self._found(call)
        shown = call.jira.index.flickers(found[max(start, 0) :][:size])
        return Page(shown, {"startAt": start, "maxResults": size, "total": len(found)})

    def _found(self, call: Call) -> tuple[list[Issue], jql_match.Order]:
        world = call.world
        try:
            query = self._query()
            order = jql_match.order_of(world, query.order or self.order)
            open_to_caller = {key for key in call.site.projects if call.may("BROWSE_PROJECTS", key)}
            tests: list[jql_match.Predicate] = [lambda issue: not issue.hidden and issue.project in open_to_caller]
            if self.within is not None:
                tests.append(self.within)
            if call.account is None or (query.where is None and self.jql.strip()):
                return [], order
            if query.where is not None:
                matcher = jql_match.Matcher(world, call.account, now=world.clock(), strict=self.strict)
                tests.append(matcher.predicate(query.where))
        except jql.JqlError as error:
            raise Refusal(400, str(error)) from error
        return jql_match.in_order(_passing(call.jira.index.issues(self.fresh), tests), order), order

    def _query(self) -> Query:
        if not self.jql.strip() and self.within is not None:
            return Query(None)
        return jql.parse(self.jql, bounded=self.bounded)

    def _digest(self) -> str:
        return hashlib.sha256(f"{self.jql}\0{self.key}".encode()).hexdigest()[:16]

    def _write(self, call: Call, place: list[float | str | None]) -> str:
        token = _Token(self._digest(), call.world.clock().timestamp(), place)
        return base64.urlsafe_b64encode(msgspec.json.encode(token)).decode()

    def _read(self, call: Call) -> _Token | None:
        if not self.token:
            return None
        try:
            token = msgspec.json.decode(base64.urlsafe_b64decode(self.token), type=_Token)
        except (ValueError, msgspec.MsgspecError) as error:
            raise Refusal(400, _BAD_TOKEN) from error
        age = call.world.clock().timestamp() - token.at
        if token.query != self._digest() or age > _TOKEN_LIFE.total_seconds():
            raise Refusal(400, _BAD_TOKEN)
        return token


def _first_after(found: list[Issue], place: list[float | str | None], order: jql_match.Order) -> int:
    """Where the next page starts; the issue that ended the last one may have moved or gone."""
    try:
        return bisect.bisect_left(found, True, key=lambda i: jql_match.follows(jql_match.place(i, order), place, order))
    except (TypeError, ValueError) as error:
        raise Refusal(400, _BAD_TOKEN) from error


def _passing(issues: Iterable[Issue], tests: Iterable[Callable[[Issue], bool]]) -> list[Issue]:
    found = list(issues)
    for test in tests:
        found = [issue for issue in found if test(issue)]
    return found


def names_and_schema(call: Call, expand: Collection[str], names: Iterable[str]) -> dict[str, Any]:
    """What `expand=names,schema` adds to a list of issues."""
    known = [call.site.fields.by_id[name] for name in names]
    shown: dict[str, Any] = {}
    if "names" in expand:
        shown["names"] = {field.id: field.name for field in known}
    if "schema" in expand:
        shown["schema"] = {field.id: field.schema for field in known}
    return shown
