"""A stated subset of JQL: what a backlog is searched with. Anything else is refused as Jira refuses bad queries.

    clauses    FIELD = != > >= < <= VALUE, summary ~ !~ "words", FIELD [NOT] IN (VALUE, …),
               FIELD IS [NOT] EMPTY|NULL, joined by AND, OR, NOT and parentheses;
               ORDER BY up to seven fields, ASC or DESC
    values     words, "quoted words", numbers, times

Which fields can be searched is up to the site.
"""

import re
from functools import cache
from typing import Any

from lark import Token
from lark.exceptions import VisitError

from steward_sandbox.query import Operand, Query
from steward_sandbox.query.grammar import Grammar, SyntaxProblem, TreeBuilder

MAX_ORDER = 7
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."


class JqlError(ValueError):
    """A query that the site refuses; the message is Jira's."""


def parse(text: str, *, bounded: bool = True) -> Query:
    """Parse a query; a bounded one needs a condition. Raises `JqlError`."""
    try:
        query = _grammar().parse(text)
    except SyntaxProblem as problem:
        place = f"near '{problem.got}'" if problem.got else "at the end of the query"
        raise JqlError(f"Error in the JQL Query: Unexpected input {place}.") from problem
    except VisitError as error:
        raise error.orig_exc from error
    if bounded and query.where is None:
        raise JqlError(UNBOUNDED)
    if len(query.order) > MAX_ORDER:
        raise JqlError(f"The maximum number of fields to sort by is {MAX_ORDER}.")
    return query


@cache
def _grammar() -> Grammar:
    return Grammar("jql", _Builder())


class _Builder(TreeBuilder):
    def field(self, children: list[Token]) -> str:
        return _text(children[0])

    def operand(self, children: list[Any]) -> Operand:
        token = children[0]
        if isinstance(token, Operand):
            return token
        kinds = {"QUOTED": "text", "EMPTY": "empty", "NULL": "empty"}
        return Operand(_text(token), kinds.get(token.type, "word"))  # type: ignore[arg-type]

    def function(self, children: list[Token]) -> Operand:
        return Operand(str(children[0]), "function")


def _text(token: Token) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL) if token.type == "QUOTED" else str(token)
