"""A stated subset of WIQL: what a backlog is searched with. Anything else is refused as Azure DevOps refuses it.

SELECT [field], … FROM WorkItems [WHERE conditions] [ORDER BY [field] [ASC|DESC], …]

conditions  [field] = <> > >= < <= value, [NOT] IN (value, …), [NOT] UNDER 'path', [NOT] CONTAINS 'words',
            [NOT] CONTAINS WORDS 'words', IS [NOT] EMPTY, joined by AND, OR, NOT and parentheses
values      'text' or "text" (a quote in it doubled), numbers, TRUE, FALSE, @project, @me, @today [+|- days],
            @currentIteration
fields      every field of the organisation, by reference name or display name
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from lark import Token, v_args
from lark.exceptions import VisitError

from steward_sandbox.query.grammar import Grammar, SyntaxProblem, TreeBuilder
from steward_sandbox.query.tree import Condition, Joined, Operand, Side

MAX_TEXT = 32_768
_EXPECTED = (
    ("SELECT", "Expecting SELECT keyword."),
    ("FROM", "TF51006: The query statement is missing a FROM clause."),
    ("COMPARISON", "Expecting comparison operator."),
    ("TEXT", "Expecting constant value."),
    ("BRACKETED", "Expecting field name."),
    ("LPAR", "Expecting left bracket."),
    ("$END", "Expecting end of string."),
    ("RPAR", "Expecting right bracket."),
    ("WORD", "Expecting table name."),
)


class WiqlError(ValueError):
    """A query that is refused; the message is the service's."""

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(f"{message} The error is caused by «{cause}».")


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; `order` holds fields with whether they are sorted downwards."""

    columns: tuple[str, ...]
    where: Condition | None
    order: tuple[tuple[str, bool], ...] = ()


def parse(text: str) -> Query:
    """Parse a query.

    Raises:
        WiqlError: The text is no WIQL, or goes beyond the subset.
    """
    try:
        query: Query = _grammar().parse(text, _Builder(text))
    except SyntaxProblem as problem:
        if problem.got and not problem.expected:
            raise WiqlError("Unexpected character in the query.", problem.got) from problem
        message = next((text for name, text in _EXPECTED if name in problem.expected), "Unexpected token.")
        raise WiqlError(message, problem.got) from problem
    except VisitError as error:
        raise error.orig_exc from error
    return query


@cache
def _grammar() -> Grammar:
    return Grammar("wiql")


class _Builder(TreeBuilder):
    def start(self, children: list[Any]) -> Query:
        parts: dict[str, Any] = {"where": None}
        for child in children:
            parts.update(child if isinstance(child, dict) else {"where": child})
        return Query(**parts)

    def columns(self, children: list[tuple[str, Side]]) -> dict[str, Any]:
        return {"columns": tuple(name for name, _ in children)}

    def source(self, children: list[Token]) -> dict[str, Any]:
        if children[0].casefold() != "workitems":
            raise WiqlError("Expecting table name.", children[0])
        return {}

    def order(self, children: list[Any]) -> Any:
        return {"order": tuple((name, down) for name, down, _ in children)}

    def field(self, children: list[Token]) -> tuple[str, Side]:
        return children[0].strip("[]"), ""

    def operand(self, children: list[Any]) -> Operand:
        token = children[-1]
        if isinstance(token, Operand):
            return token
        if token.type == "TEXT":
            return Operand(token[1:-1].replace(token[0] * 2, token[0]))
        if token.type == "NUMBER":
            return Operand(f"-{token}" if children[0] == "-" else str(token), "number")
        return Operand(token.casefold(), "boolean")

    def macro(self, children: list[Token]) -> Operand:
        days = int(float(f"{children[1]}{children[2]}")) if len(children) > 1 else 0
        return Operand(children[0].casefold(), "macro", days)

    @v_args(meta=True)
    def comparison(self, meta: Any, children: list[Any]) -> Condition:
        field, operator, operand = children
        return self._clause(meta, "<>" if operator == "!=" else str(operator), field, operand)

    @v_args(meta=True)
    def under(self, meta: Any, children: list[Any]) -> Condition:
        return self._clause(meta, "under", *children)

    @v_args(meta=True)
    def not_under(self, meta: Any, children: list[Any]) -> Condition:
        return Joined("not", (self._clause(meta, "under", *children),))

    @v_args(meta=True)
    def contains(self, meta: Any, children: list[Any]) -> Condition:
        return self._clause(meta, "contains", *children)

    @v_args(meta=True)
    def contains_not(self, meta: Any, children: list[Any]) -> Condition:
        return Joined("not", (self._clause(meta, "contains", *children),))
