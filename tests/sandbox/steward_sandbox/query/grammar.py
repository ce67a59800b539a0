"""Parses the text of a query with the grammar of a dialect."""

from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken

from steward_sandbox.query.tree import Clause, Condition, Joined, Operand


class SyntaxProblem(Exception):
    """Text that the grammar does not accept.

    Attributes:
        got: What stands where something else was expected; empty at the end of the query.
    """

    def __init__(self, got: str) -> None:
        super().__init__(got)
        self.got = got


class Grammar:
    """The shared conditions with one dialect on top."""

    def __init__(self, dialect: str) -> None:
        folder = files("steward_sandbox.query")
        text = "\n".join(folder.joinpath(f"{name}.lark").read_text() for name in ("conditions", dialect))
        # The basic lexer keeps keywords reserved everywhere, as both languages do.
        self._lark = Lark(text, parser="lalr", lexer="basic", maybe_placeholders=False)

    def parse(self, text: str, builder: "TreeBuilder") -> Any:
        """Parse a query and build its tree."""
        try:
            return builder.transform(self._lark.parse(text))
        except UnexpectedCharacters as error:
            raise SyntaxProblem(error.char) from error
        except UnexpectedToken as error:
            got = "" if error.token.type == "$END" else str(error.token)
            raise SyntaxProblem(got) from error


class TreeBuilder(Transformer[Token, Any]):
    """Turns parsed conditions into the syntax tree; a dialect adds `field`, `operand` and its own clauses."""

    def any_of(self, parts: list[Condition]) -> Joined:
        return Joined("or", tuple(parts))

    def all_of(self, parts: list[Condition]) -> Joined:
        return Joined("and", tuple(parts))

    def negation(self, parts: list[Condition]) -> Joined:
        return Joined("not", (parts[-1],))

    def values(self, operands: list[Operand]) -> tuple[Operand, ...]:
        return tuple(operands)

    def comparison(self, children: list[Any]) -> Condition:
        field, operator, operand = children
        return Clause(field, str(operator), (operand,))

    def membership(self, children: list[Any]) -> Condition:
        field, wanted = children
        return Clause(field, "in", wanted if isinstance(wanted, tuple) else (wanted,))

    def no_membership(self, children: list[Any]) -> Condition:
        return Joined("not", (self.membership(children),))

    def emptiness(self, children: list[Any]) -> Condition:
        return Clause(children[0], "empty")

    def no_emptiness(self, children: list[Any]) -> Condition:
        return Joined("not", (self.emptiness(children),))

    def sorting(self, children: list[Any]) -> tuple[str, bool]:
        name, *direction = children
        return name, bool(direction) and direction[0].type == "DESC"

    def order(self, children: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
        return children
