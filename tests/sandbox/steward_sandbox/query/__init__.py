"""Query languages: one grammar of conditions with two dialects, JQL and WIQL, and the syntax tree of both."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Compare = Callable[[Any, Any], bool]
COMPARE: dict[str, Compare] = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


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


@dataclass(frozen=True, slots=True)
class Query:
    """A query; each field of its order has whether it is sorted downwards, and only WIQL names columns."""

    where: Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()
    columns: tuple[str, ...] = ()
