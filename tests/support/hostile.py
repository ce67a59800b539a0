"""Hostile texts, made from the regular expressions that a module uses.

A backtracking search is slow on text that nearly matches, over and over. So each expression is turned into texts that
match it, and every beginning of such a text, repeated, is a hostile one.
"""

import re
import sys
from collections.abc import Iterator
from itertools import product
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

_TRIED = "a1 .A\n,:-_*[]{}()<>|!\"'\t=/#"
_MOST = 6
"""Texts for one expression, and alternatives within one of its groups."""


def patterns(module: ModuleType) -> Iterator[re.Pattern[str]]:
    """The compiled expressions among a module's globals, also within its dictionaries and tuples."""
    for value in vars(module).values():
        members = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        yield from (member for member in members if isinstance(member, re.Pattern))


def modules(package: str) -> list[ModuleType]:
    """The loaded modules of a package, by name."""
    return [module for name, module in sorted(sys.modules.items()) if name.startswith(f"{package}.")]


def units(pattern: re.Pattern[str]) -> set[str]:
    """Beginnings of texts that match, each to be repeated. Words are not cut."""
    texts = _texts(_parser.parse(pattern.pattern, pattern.flags))
    return {
        text[:end] for text in texts for end in range(1, len(text) + 1) if not text[end - 1 : end + 1].isalnum()
    } | {text for text in texts if text}


def _texts(parsed: Any) -> list[str]:
    parts = [_of(operation, argument) for operation, argument in parsed]
    return ["".join(choice) for choice, _ in zip(product(*parts), range(_MOST), strict=False)]


def _of(operation: Any, argument: Any) -> list[str]:  # noqa: PLR0911 - one line an operation
    match operation:
        case sre.LITERAL:
            return [chr(argument)]
        case sre.NOT_LITERAL:
            return ["a" if chr(argument) != "a" else "b"]
        case sre.ANY:
            return ["a"]
        case sre.IN:
            return [_member(argument)]
        case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
            return [text * max(argument[0], 1) for text in _texts(argument[2])]
        case sre.SUBPATTERN:
            return _texts(argument[3])
        case sre.ATOMIC_GROUP:
            return _texts(argument)
        case sre.BRANCH:
            return [text for branch in argument[1] for text in _texts(branch)[:2]][: 2 * _MOST]
        case sre.ASSERT:
            return _texts(argument[1])[:1]
        case _:
            return [""]


def _member(members: Any) -> str:
    return next((sign for sign in _TRIED if _holds(members, sign)), "~")


def _holds(members: Any, sign: str) -> bool:
    negated = members[0][0] is sre.NEGATE
    found = any(_is_in(kind, value, sign) for kind, value in members)
    return found is not negated


def _is_in(kind: Any, value: Any, sign: str) -> bool:
    match kind:
        case sre.LITERAL:
            return chr(value) == sign
        case sre.RANGE:
            return value[0] <= ord(sign) <= value[1]
        case sre.CATEGORY:
            name = str(value)
            inside = (
                sign.isdigit()
                if "DIGIT" in name
                else sign.isspace()
                if "SPACE" in name
                else sign.isalnum() or sign == "_"
            )
            return inside is not ("NOT" in name)
        case _:
            return False
