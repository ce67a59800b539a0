"""Parses the text of a query with the grammar of a dialect."""

from collections.abc import Collection
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from steward_sandbox.query.tree import Clause, Condition, Joined, Operand, Side


class SyntaxProblem(Exception):
    """Text that the grammar does not accept.

    Attributes:
        got: What stands where something else was expected; empty at the end of the query.
        expected: Names of the grammar's terminals that could stand there; empty if no token begins so.
    """

    def __init__(self, got: str, expected: Collection[str] = ()) -> None:
        super().__init__(got, expected)
        self.got = got
        self.expected = frozenset(expected)


class Grammar:
    """The shared conditions with one dialect on top."""

    def __init__(self, dialect: str) -> None:
        folder = files("steward_sandbox.query")
        text = "\n".join(folder.joinpath(f"{name}.lark").read_text() for name in ("conditions", dialect))
        # The basic lexer keeps keywords reserved everywhere, as both languages do.
        self._lark = Lark(text, parser="lalr", lexer="basic", propagate_positions=True, maybe_placeholders=False)

    def parse(self, text: str, builder: "TreeBuilder") -> Any:
        """Parse a query and build its tree."""
        try:
            return builder.transform(self._lark.parse(text))
        except UnexpectedCharacters as error:
            raise SyntaxProblem(error.char) from error
        except UnexpectedToken as error:
            got = "" if error.token.type == "$END" else str(error.token)
            raise SyntaxProblem(got, error.accepts or error.expected) from error


class TreeBuilder(Transformer[Token, Any]):
    """Turns parsed conditions into the syntax tree; a dialect adds `field`, `operand` and its own clauses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def any_of(self, parts: list[Condition]) -> Joined:
        return Joined("or", tuple(parts))

    def all_of(self, parts: list[Condition]) -> Joined:
        return Joined("and", tuple(parts))

    def negation(self, parts: list[Condition]) -> Joined:
        return Joined("not", (parts[-1],))

    def values(self, operands: list[Operand]) -> tuple[Operand, ...]:
        return tuple(operands)

    @v_args(meta=True)
    def comparison(self, meta: Any, children: list[Any]) -> Condition:
        field, operator, operand = children
        return self._clause(meta, str(operator), field, operand)

    @v_args(meta=True)
    def membership(self, meta: Any, children: list[Any]) -> Condition:
        field, wanted = children
        return self._clause(meta, "in", field, *(wanted if isinstance(wanted, tuple) else (wanted,)))

    @v_args(meta=True)
    def no_membership(self, meta: Any, children: list[Any]) -> Condition:
        return Joined("not", (self.membership(meta, children),))

    @v_args(meta=True)
    def emptiness(self, meta: Any, children: list[Any]) -> Condition:
        return self._clause(meta, "empty", children[0])

    @v_args(meta=True)
    def no_emptiness(self, meta: Any, children: list[Any]) -> Condition:
        return Joined("not", (self._clause(meta, "empty", children[0]),))

    def sorting(self, children: list[Any]) -> tuple[str, bool, Side]:
        (name, side), *direction = children
        return name, bool(direction) and direction[0].type == "DESC", side

    def order(self, children: list[Any]) -> list[tuple[str, bool, Side]]:
        return list(children)

    def _clause(self, meta: Any, operator: str, field: tuple[str, Side], *operands: Operand) -> Clause:
        cause = self._text[meta.start_pos : meta.end_pos]
        return Clause(field[0], operator, operands, field[1], cause)
