"""Parses the text of a query with the grammar of a dialect."""

from importlib.resources import files
from typing import Any, Literal

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken

from steward_sandbox.query import Clause, Condition, Joined, Operand, Query

_JOINS: dict[str, Literal["and", "or", "not"]] = {"any_of": "or", "all_of": "and", "negation": "not"}


class SyntaxProblem(Exception):
    """Text that the grammar does not accept; `got` is empty at the end of the query."""

    def __init__(self, got: str) -> None:
        super().__init__(got)
        self.got = got


class Grammar:
    """The shared conditions with one dialect on top; a builder makes the tree."""

    def __init__(self, dialect: str, builder: "TreeBuilder") -> None:
        folder = files("steward_sandbox.query")
        text = "\n".join(folder.joinpath(f"{name}.lark").read_text() for name in ("conditions", dialect))
        # The basic lexer keeps keywords reserved everywhere, as both languages do.
        self._lark = Lark(text, parser="lalr", lexer="basic", maybe_placeholders=False)
        self._builder = builder

    def parse(self, text: str) -> Query:
        try:
            query: Query = self._builder.transform(self._lark.parse(text))
        except UnexpectedCharacters as error:
            raise SyntaxProblem(error.char) from error
        except UnexpectedToken as error:
            raise SyntaxProblem("" if error.token.type == "$END" else str(error.token)) from error
        return query


class TreeBuilder(Transformer[Token, Any]):
    """Turns a parsed query into the syntax tree; a dialect adds `field` and `operand`."""

    def start(self, children: list[Any]) -> Query:
        columns = next((child for child in children if isinstance(child, tuple)), ())
        order = next((child for child in children if isinstance(child, list)), [])
        where = next((child for child in children if isinstance(child, Clause | Joined)), None)
        return Query(where, tuple(order), columns)

    def comparison(self, children: list[Any]) -> Clause:
        field, operator, operand = children
        return Clause(field, str(operator), (operand,))

    def __default__(self, data: Any, children: list[Any], meta: Any) -> Condition:
        """Joined conditions, or a clause whose rule is called like its operator: a field, maybe a NOT, and operands."""
        if data in _JOINS:
            return Joined(_JOINS[data], tuple(child for child in children if not isinstance(child, Token)))
        operands = tuple(child for child in children if isinstance(child, Operand))
        clause = Clause(children[0], str(data), operands)
        negated = any(isinstance(child, Token) and child.type == "NOT" for child in children)
        return Joined("not", (clause,)) if negated else clause

    def sorting(self, children: list[Any]) -> tuple[str, bool]:
        name, *direction = children
        return name, bool(direction) and direction[0].type == "DESC"

    def order(self, children: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
        return children
