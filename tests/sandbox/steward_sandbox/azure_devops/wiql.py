"""A stated subset of WIQL: what a backlog is searched with. Anything else is refused as Azure DevOps refuses it.

SELECT [field], … FROM WorkItems [WHERE conditions] [ORDER BY [field] [ASC|DESC], …] [ASOF 'date']
SELECT … FROM WorkItemLinks WHERE [Source].[field] … AND [System.Links.LinkType] … AND [Target].[field] …
    [ORDER BY …] [MODE (MustContain | MayContain | DoesNotContain | Recursive)]

conditions  [field] = <> > >= < <= value, [NOT] IN (value, …), [NOT] UNDER 'path', [NOT] CONTAINS 'words',
            [NOT] CONTAINS WORDS 'words', IS [NOT] EMPTY, joined by AND, OR, NOT and parentheses
values      'text' or "text" (a mark in it doubled), numbers, TRUE, FALSE, @project, @me, @today [+|- days],
            @currentIteration
fields      every field of the organisation, by reference name or display name
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

MAX_TEXT = 32_768
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")"
    r"|\[(?P<name>[^\]]+)\]"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<macro>@\w+)"
    r"|(?P<mark><>|!=|>=|<=|[=<>(),+\-.])"
    r"|(?P<word>[^\W\d][\w.]*))"
)
Side = Literal["", "source", "target"]
Mode = Literal["mustcontain", "maycontain", "doesnotcontain", "recursive"]
_COMPARED = ("=", "<>", "!=", ">", ">=", "<", "<=")
_MODES: dict[str, Mode] = {
    "mustcontain": "mustcontain",
    "maycontain": "maycontain",
    "doesnotcontain": "doesnotcontain",
    "recursive": "recursive",
    "matchingchildren": "recursive",
}


class WiqlError(ValueError):
    """A query that is refused; the message is in the words of the service."""

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(f"{message} The error is caused by «{cause}».")


@dataclass(frozen=True, slots=True)
class Operand:
    """A value in a query; a macro carries the days that are added to it."""

    kind: Literal["text", "number", "macro", "boolean"]
    text: str
    days: int = 0


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition; `cause` is how the query says it."""

    field: str
    side: Side
    operator: str
    operands: tuple[Operand, ...]
    cause: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by AND, OR, or a NOT around one of them."""

    how: Literal["and", "or", "not"]
    parts: tuple["Condition", ...]


Condition = Clause | Joined


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query.

    Attributes:
        order: Fields with whether they run downwards, and which end of a link they belong to.
        mode: How a query of links goes about it; None is a query of items.
    """

    columns: tuple[str, ...]
    where: Condition | None
    order: tuple[tuple[str, bool, Side], ...] = ()
    as_of: str | None = None
    mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    def says(self, *words: str) -> bool:
        """Whether it is one of these words or marks."""
        return self.kind in ("word", "mark") and self.text.casefold() in words


def parse(text: str) -> Query:
    """Reads a query.

    Raises:
        WiqlError: It is no WIQL, or goes beyond the subset.
    """
    return _Reader(text).query()


def clauses(condition: Condition | None) -> Iterator[Clause]:
    """All conditions in a tree of them."""
    if isinstance(condition, Clause):
        yield condition
    elif condition is not None:
        for part in condition.parts:
            yield from clauses(part)


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise WiqlError("Unexpected character in the query.", text[at:].strip()[:1])
        at = match.end()
        kind = str(match.lastgroup)
        said = match[kind]
        if kind == "text":
            said = said[1:-1].replace(said[0] * 2, said[0])
        yield _Token(kind, said, match.end() - len(match[0].lstrip()), match.end())


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0

    def query(self) -> Query:
        if not self._take("select"):
            raise WiqlError("Expecting SELECT keyword.", self._said())
        columns = [self._field()[0]]
        while self._take(","):
            columns.append(self._field()[0])
        if not self._take("from"):
            raise WiqlError("TF51006: The query statement is missing a FROM clause.", self._said())
        links = self._source()
        where = self._any_of() if self._take("where") else None
        order = self._order() if self._words("order", "by") else ()
        as_of = self._operand().text if self._take("asof") else None
        mode = self._mode() if links else None
        if not self._done:
            raise WiqlError("Expecting end of string.", self._said())
        return Query(tuple(columns), where, order, as_of, mode)

    def _source(self) -> bool:
        token = self._next("Expecting table name.")
        if token.says("workitems"):
            return False
        if token.says("workitemlinks", "links"):
            return True
        raise WiqlError("Expecting table name.", token.text)

    def _mode(self) -> Mode:
        if not self._take("mode"):
            return "mustcontain"
        self._expect("(")
        found = [_MODES.get(self._next("Expecting mode.").text.casefold())]
        while self._take(","):
            found.append(_MODES.get(self._next("Expecting mode.").text.casefold()))
        self._expect(")")
        mode = next((mode for mode in found if mode is not None), None)
        if mode is None:
            raise WiqlError("Invalid query mode.", self._said())
        return "recursive" if "recursive" in found else mode

    def _order(self) -> tuple[tuple[str, bool, Side], ...]:
        order: list[tuple[str, bool, Side]] = []
        while True:
            name, side = self._field()
            down = self._take("desc")
            if not down:
                self._take("asc")
            order.append((name, down, side))
            if not self._take(","):
                return tuple(order)

    def _any_of(self) -> Condition:
        parts = [self._all_of()]
        while self._take("or"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def _all_of(self) -> Condition:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _one(self) -> Condition:
        if self._take("not"):
            return Joined("not", (self._one(),))
        if self._take("("):
            inner = self._any_of()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Condition:
        start = self._tokens[self._at].start if not self._done else len(self._text)
        name, side = self._field()

        def clause(operator: str, *operands: Operand) -> Clause:
            cause = self._text[start : self._tokens[self._at - 1].end]
            return Clause(name, side, operator, operands, cause)

        if self._take("is"):
            negated = self._take("not")
            self._expect("empty")
            return _unless(clause("empty"), negated=negated)
        negated = self._take("not")
        if self._take("in"):
            return _unless(clause("in", *self._list()), negated=negated)
        if self._take("under"):
            return _unless(clause("under", self._operand()), negated=negated)
        if self._take("contains"):
            self._take("words")
            return _unless(clause("contains", self._operand()), negated=negated)
        return self._comparison(clause, negated=negated)

    def _comparison(self, clause: Callable[..., Clause], *, negated: bool) -> Clause:
        operator = self._next("Expecting comparison operator.")
        if operator.text not in _COMPARED or negated:
            raise WiqlError("Expecting comparison operator.", operator.text)
        operand = self._operand()
        return clause("<>" if operator.text == "!=" else operator.text, operand)

    def _list(self) -> list[Operand]:
        self._expect("(")
        operands = [self._operand()]
        while self._take(","):
            operands.append(self._operand())
        self._expect(")")
        return operands

    def _operand(self) -> Operand:
        sign = -1 if self._take("-") else 1
        token = self._next("Expecting constant value.")
        match token.kind:
            case "text":
                return Operand("text", token.text)
            case "number":
                return Operand("number", f"-{token.text}" if sign < 0 else token.text)
            case "macro":
                return Operand("macro", token.text.casefold(), self._days())
        if token.says("true", "false"):
            return Operand("boolean", token.text.casefold())
        raise WiqlError("Expecting constant value.", token.text)

    def _days(self) -> int:
        sign = 1 if self._take("+") else -1 if self._take("-") else 0
        return sign * int(float(self._next("Expecting number.").text)) if sign else 0

    def _field(self) -> tuple[str, Side]:
        token = self._next("Expecting field name.")
        if token.kind not in ("name", "word"):
            raise WiqlError("Expecting field name.", token.text)
        name, side = token.text, token.text.casefold().rstrip(".")
        if side in ("source", "target") and (token.text.endswith(".") or self._take(".")):
            return self._next("Expecting field name.").text, "source" if side == "source" else "target"
        if token.kind == "word" and name.casefold().startswith(("source.", "target.")):
            where, _, rest = name.partition(".")
            return rest, "source" if where.casefold() == "source" else "target"
        return name, ""

    @property
    def _done(self) -> bool:
        return self._at >= len(self._tokens)

    def _said(self) -> str:
        return "" if self._done else self._tokens[self._at].text

    def _next(self, wanted: str) -> _Token:
        if self._done:
            raise WiqlError(wanted, "")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, *words: str) -> bool:
        if not self._done and self._tokens[self._at].says(*words):
            self._at += 1
            return True
        return False

    def _words(self, first: str, second: str) -> bool:
        if not self._take(first):
            return False
        self._expect(second)
        return True

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            wanted = {"(": "left bracket", ")": "right bracket"}.get(mark, f"{mark.upper()} keyword")
            raise WiqlError(f"Expecting {wanted}.", self._said())


def _unless(clause: Clause, *, negated: bool) -> Condition:
    return Joined("not", (clause,)) if negated else clause
