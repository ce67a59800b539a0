"""A stated subset of WIQL: what a backlog is searched with. Anything else is refused.

SELECT [field], … FROM WorkItems [WHERE conditions] [ORDER BY [field] [ASC|DESC], …]

conditions  [field] = <> > >= < <= value, [NOT] IN (value, …), [NOT] UNDER 'path', [NOT] CONTAINS 'words',
            [NOT] CONTAINS WORDS 'words', IS [NOT] EMPTY, joined by AND, OR, NOT and parentheses
values      'text' or "text" (a quote in it doubled), and numbers
fields      every field of the organisation but dates, people and long texts, by reference name or display name
"""

from functools import cache

from lark import Token

from steward_sandbox.query import Operand, Query
from steward_sandbox.query.grammar import Grammar, SyntaxProblem, TreeBuilder


class WiqlError(ValueError):
    """A query that is refused."""


def parse(text: str) -> Query:
    try:
        return _grammar().parse(text)
    except SyntaxProblem as problem:
        raise WiqlError(f"The query is not understood near «{problem.got}».") from problem


@cache
def _grammar() -> Grammar:
    return Grammar("wiql", _Builder())


class _Builder(TreeBuilder):
    def columns(self, names: list[str]) -> tuple[str, ...]:
        return tuple(names)

    def field(self, children: list[Token]) -> str:
        return children[0].strip("[]")

    def operand(self, children: list[Token]) -> Operand:
        token = children[0]
        return Operand(token[1:-1].replace(token[0] * 2, token[0]) if token.type == "TEXT" else str(token))
