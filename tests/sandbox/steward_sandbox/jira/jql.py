"""A stated subset of JQL: what a backlog is searched with. Anything else is refused as Jira refuses bad queries.

    clauses    FIELD = != > >= < <= VALUE, FIELD [NOT] IN (VALUE, …), FIELD IS [NOT] EMPTY|NULL,
               joined by AND, OR, NOT and parentheses; ORDER BY up to seven fields, ASC or DESC
    fields     project, key, id, issue, issuekey, status, statusCategory, issuetype, type, priority, resolution,
               labels, component, assignee, reporter, parent, sprint, summary (IS only), created, updated, resolved,
               and any number, option or check box field by name or cf[id]
    values     words, "quoted words", numbers, times (see `jql_time`), openSprints(), futureSprints(),
               closedSprints(), currentUser(), now()

Negations leave out issues where the field is empty, as Jira does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MAX_ORDER = 7
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."

_KEYWORDS = frozenset({"in", "is", "not", "was", "changed", "and", "or"})
_TOKEN = re.compile(
    r"\s*(?:(?P<quoted>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<mark>!=|!~|>=|<=|[=<>~(),!])"
    r"|(?P<word>(?:[^\s\"'=!<>~(),\[\]]|\[[^\]]*\])+))"
)


class JqlError(ValueError):
    """A query that the site refuses, with the words it uses."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A value in a query; quoted words are never functions, numbers or EMPTY."""

    text: str
    quoted: bool = False
    function: bool = False

    @property
    def empty(self) -> bool:
        """Whether it stands for "no value"."""
        return not self.quoted and self.text.casefold() in ("empty", "null")


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition; `negated` covers != and NOT IN, both of which skip empty fields."""

    field: str
    operator: Literal[">", ">=", "<", "<=", "in"]
    operands: tuple[Operand, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by AND, OR, or a NOT around one of them."""

    how: Literal["and", "or", "not"]
    parts: tuple["Node", ...]


Node = Clause | Joined


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; `where` is None for text without any condition in it, which finds nothing."""

    where: Node | None
    order: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    quoted: bool = False
    mark: bool = False


def parse(text: str, *, bounded: bool = True) -> Query:
    """Reads a query.

    Args:
        text: The query.
        bounded: Whether one without any condition is refused.

    Raises:
        JqlError: It is no JQL, asks for everything, or goes beyond the subset.
    """
    tokens = list(_tokens(text))
    split = next((n for n in range(len(tokens) - 1) if _words(tokens, n, "order", "by")), len(tokens))
    condition, order = tokens[:split], tokens[split + 2 :]
    if not condition and bounded:
        raise JqlError(UNBOUNDED)
    sorting = _order(order, given=split < len(tokens))
    if not condition:
        return Query(Joined("and", ()), sorting)
    if all(not token.mark for token in condition) and not _KEYWORDS & {t.text.casefold() for t in condition}:
        return Query(None, sorting)
    reader = _Reader(condition)
    where = reader.any_of()
    if not reader.done:
        raise JqlError(f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{reader.peek()}'.")
    return Query(where, sorting)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise JqlError(
                f"Error in the JQL Query: The character '{text[at:].strip()[0]}' is a reserved JQL character."
            )
        at = match.end()
        if match["quoted"] is not None:
            yield _Token(re.sub(r"\\(.)", r"\1", match["quoted"][1:-1]), quoted=True)
        elif match["mark"]:
            yield _Token(match["mark"], mark=True)
        else:
            yield _Token(match["word"])


def _words(tokens: list[_Token], at: int, *expected: str) -> bool:
    found = tokens[at : at + len(expected)]
    return [t.text.casefold() for t in found] == list(expected) and not any(t.quoted for t in found)


def _order(tokens: list[_Token], *, given: bool) -> tuple[tuple[str, bool], ...]:
    if given and not tokens:
        raise JqlError("Error in the JQL Query: Expecting a field name but got end of query.")
    order: list[tuple[str, bool]] = []
    at = 0
    while at < len(tokens):
        name = tokens[at]
        if name.mark:
            raise JqlError(f"Error in the JQL Query: Expecting a field name but got '{name.text}'.")
        at += 1
        descending = False
        if at < len(tokens) and tokens[at].text.casefold() in ("asc", "desc"):
            descending = tokens[at].text.casefold() == "desc"
            at += 1
        order.append((name.text, descending))
        if at < len(tokens):
            if tokens[at].text != "," or at + 1 == len(tokens):
                raise JqlError(f"Error in the JQL Query: Expecting ',' but got '{tokens[at].text}'.")
            at += 1
    if len(order) > MAX_ORDER:
        raise JqlError(f"The maximum number of fields to sort by is {MAX_ORDER}.")
    return tuple(order)


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._tokens)

    def peek(self) -> str:
        return "end of query" if self.done else self._tokens[self._at].text

    def any_of(self) -> Node:
        parts = [self._all_of()]
        while self._take("or", "||"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def _all_of(self) -> Node:
        parts = [self._one()]
        while self._take("and", "&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _one(self) -> Node:
        if self._take("not", "!"):
            return Joined("not", (self._one(),))
        if self._mark("("):
            inner = self.any_of()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Clause:
        name = self._next("a field name")
        if name.mark:
            raise JqlError(f"Error in the JQL Query: Expecting a field name but got '{name.text}'.")
        if self._take("is"):
            negated = self._take("not")
            operand = self._operand()
            if not operand.empty:
                raise JqlError(f"Error in the JQL Query: Expecting 'EMPTY' or 'NULL' but got '{operand.text}'.")
            return Clause(name.text, "in", (operand,), negated)
        negated = self._take("not")
        if self._take("in"):
            return Clause(name.text, "in", self._list(), negated)
        operator = self._next("an operator")
        match operator.text if operator.mark and not negated else "":
            case "=":
                return Clause(name.text, "in", (self._operand(),))
            case "!=":
                return Clause(name.text, "in", (self._operand(),), negated=True)
            case ">" | ">=" | "<" | "<=" as comparison:
                return Clause(name.text, comparison, (self._operand(),))
            case "~" | "!~":
                raise JqlError(f"The operator '{operator.text}' is not supported by the '{name.text}' field.")
        raise JqlError(f"Error in the JQL Query: Expecting operator but got '{operator.text}'.")

    def _list(self) -> tuple[Operand, ...]:
        if not self._mark("("):
            return (self._operand(),)
        operands = [self._operand()]
        while self._mark(","):
            operands.append(self._operand())
        self._expect(")")
        return tuple(operands)

    def _operand(self) -> Operand:
        token = self._next("a value")
        if token.mark:
            raise JqlError(
                f"Error in the JQL Query: Expecting either a value, list or function but got '{token.text}'."
            )
        if not token.quoted and self._mark("("):
            self._expect(")")
            return Operand(token.text, function=True)
        return Operand(token.text, quoted=token.quoted)

    def _next(self, wanted: str) -> _Token:
        if self.done:
            raise JqlError(f"Error in the JQL Query: Expecting {wanted} before the end of the query.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, *words: str) -> bool:
        if not self.done and not self._tokens[self._at].quoted and self.peek().casefold() in words:
            self._at += 1
            return True
        return False

    def _mark(self, mark: str) -> bool:
        if not self.done and self._tokens[self._at].mark and self.peek() == mark:
            self._at += 1
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._mark(mark):
            raise JqlError(f"Error in the JQL Query: Expecting '{mark}' before '{self.peek()}'.")
