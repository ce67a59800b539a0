"""The syntax tree of a query's conditions, the same for both dialects."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Side = Literal["", "source", "target"]


@dataclass(frozen=True, slots=True)
class Operand:
    """A value in a query.

    Attributes:
        kind: `word` is unquoted text; `number`, `macro` and `boolean` are WIQL's, `word` and `function` JQL's.
        days: Days added to a macro, as in `@today - 7`.
    """

    text: str
    kind: Literal["word", "text", "number", "macro", "boolean", "function", "empty"] = "text"
    days: int = 0


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition.

    Attributes:
        operator: A comparison, or one of in, empty, under, contains.
        side: The end of a link the field belongs to, in WIQL's queries of links.
        cause: The condition as the query spells it.
    """

    field: str
    operator: str
    operands: tuple[Operand, ...] = ()
    side: Side = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by AND or OR, or a NOT around one of them."""

    how: Literal["and", "or", "not"]
    parts: tuple["Condition", ...]


Condition = Clause | Joined


def clauses(condition: Condition | None) -> Iterator[Clause]:
    """All conditions in a tree of them."""
    if isinstance(condition, Clause):
        yield condition
    elif condition is not None:
        for part in condition.parts:
            yield from clauses(part)
