"""The syntax tree of a query's conditions, the same for both dialects."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Operand:
    """A value in a query; `word` is unquoted text, which only JQL has, as it has functions and the empty value."""

    text: str
    kind: Literal["word", "text", "function", "empty"] = "text"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition; the operator is a comparison, or one of in, empty, under, contains."""

    field: str
    operator: str
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by AND or OR, or a NOT around one of them."""

    how: Literal["and", "or", "not"]
    parts: tuple["Condition", ...]


Condition = Clause | Joined
