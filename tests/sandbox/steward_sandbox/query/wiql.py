"""A stated subset of WIQL: what a backlog is searched with. Anything else is refused.

SELECT [field], … FROM WorkItems [WHERE conditions] [ORDER BY [field] [ASC|DESC], …]

conditions  [field] = <> > >= < <= value, [NOT] IN (value, …), [NOT] UNDER 'path', [NOT] CONTAINS 'words',
            [NOT] CONTAINS WORDS 'words', IS [NOT] EMPTY, joined by AND, OR, NOT and parentheses
values      'text' or "text" (a quote in it doubled), and numbers
fields      every field of the organisation but dates, people and long texts, by reference name or display name
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from lark import Token

from steward_sandbox.query.grammar import Grammar, SyntaxProblem, TreeBuilder
from steward_sandbox.query.tree import Clause, Condition, Joined, Operand


class WiqlError(ValueError):
    """A query that is refused."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; `order` holds fields with whether they are sorted downwards."""

    columns: tuple[str, ...]
    where: Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()


def parse(text: str) -> Query:
    """Parse a query.

    Raises:
        WiqlError: The text is no WIQL, or goes beyond the subset.
    """
    try:
        query: Query = _grammar().parse(text, _Builder())
    except SyntaxProblem as problem:
        raise WiqlError(f"The query is not understood near «{problem.got}».") from problem
    return query


@cache
def _grammar() -> Grammar:
    return Grammar("wiql")


class _Builder(TreeBuilder):
    def start(self, children: list[Any]) -> Query:
        columns, *others = children
        order = others.pop() if others and isinstance(others[-1], list) else ()
        return Query(columns, others[0] if others else None, tuple(order))

    def columns(self, names: list[str]) -> tuple[str, ...]:
        return tuple(names)

    def field(self, children: list[Token]) -> str:
        return children[0].strip("[]")

    def operand(self, children: list[Token]) -> Operand:
        token = children[0]
        return Operand(token[1:-1].replace(token[0] * 2, token[0]) if token.type == "TEXT" else str(token))

    def under(self, children: list[Any]) -> Condition:
        return Clause(children[0], "under", (children[1],))

    def not_under(self, children: list[Any]) -> Condition:
        return Joined("not", (self.under(children),))

    def contains(self, children: list[Any]) -> Condition:
        return Clause(children[0], "contains", (children[1],))

    def contains_not(self, children: list[Any]) -> Condition:
        return Joined("not", (self.contains(children),))
