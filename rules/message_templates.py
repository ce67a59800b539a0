"""Sentences with places for facts: how they are read, checked and filled in, in any language.

A place is `{name}`, or `{name:form}` where a form says how a figure is put: `g` (a number), `date`, `length` (of time),
or a count such as `points` ("1 point", "3 points"). That is all there is: no attribute, no index, no expression. What
is filled in is never read again, so that words of an item stay words.

The rules' own sentences are English; `ENGLISH` is how figures look in them.
"""

import re
import string
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from rules.model import Facts

BUILT_IN = ("g", "date", "length")
"""Forms that every language has; its counts come on top."""

Words = Mapping[str, Mapping[str, str]]
"""What the codes of a fact are called: by the fact's name, then by its code."""

_NAME = re.compile(r"[a-z][a-z_]*")
_FORM = re.compile(r"[a-z][a-z_-]*")
_SPAN = re.compile(r"(\d+) (day|week|month)s?")
_NOTHING = "–"


class Form(Struct, frozen=True):
    """How figures look in a language.

    Attributes:
        decimal: What stands before the tenths.
        date: A sentence with {year}, {month} and {day}.
        counts: A number with its unit, by the unit and then by "one" and "other"; the number is {n}.
    """

    decimal: str
    date: str
    counts: Mapping[str, Mapping[str, str]]


ENGLISH = Form(
    decimal=".",
    date="{year}-{month}-{day}",
    counts={
        "points": {"one": "{n} point", "other": "{n} points"},
        "hours": {"one": "{n} hour", "other": "{n} hours"},
        "days": {"one": "{n} day", "other": "{n} days"},
        "weeks": {"one": "{n} week", "other": "{n} weeks"},
        "months": {"one": "{n} month", "other": "{n} months"},
    },
)


class TemplateError(ValueError):
    """A sentence is written in a way that cannot be filled in; the message says how."""


class Placeholder(NamedTuple):
    """A place for a fact."""

    name: str
    form: str


class MessageTemplate:
    """A sentence that can be filled in.

    Attributes:
        places: Where facts go, in order.

    Raises:
        SentenceError: A brace is left open, or a place holds more than a name and a form.
    """

    def __init__(self, text: str) -> None:
        self._pieces: list[str | Placeholder] = []
        try:
            parsed = list(string.Formatter().parse(text))
        except ValueError:
            raise TemplateError("a brace stands alone; write {{ or }} for one that is meant") from None
        for literal, name, form, conversion in parsed:
            if literal:
                self._pieces.append(literal)
            if name is None:
                continue
            shown = f"{{{name}{'!' + conversion if conversion else ''}{':' + form if form else ''}}}"
            if conversion or not _NAME.fullmatch(name) or (form and not _FORM.fullmatch(form)):
                raise TemplateError(f"{shown} is no placeholder; write {{name}} or {{name:form}}")
            self._pieces.append(Placeholder(name, form or ""))
        self.places = tuple(piece for piece in self._pieces if isinstance(piece, Placeholder))

    @property
    def names(self) -> frozenset[str]:
        """The facts it speaks of."""
        return frozenset(place.name for place in self.places)

    def pieces(self, facts: Facts, form: Form, words: Words | None = None) -> Iterator[tuple[str, str]]:
        """Its parts with the name of the fact each stands for; the name is empty for words of its own.

        Raises:
            KeyError: A fact that it speaks of is missing.
        """
        for piece in self._pieces:
            if isinstance(piece, str):
                yield piece, ""
            else:
                yield _shown(facts[piece.name], piece, facts, form, words or {}), piece.name

    def fill(self, facts: Facts, form: Form, words: Words | None = None) -> str:
        """The sentence with its facts.

        Raises:
            KeyError: A fact that it speaks of is missing.
        """
        return "".join(said for said, _ in self.pieces(facts, form, words))


def fill(text: str, facts: Facts, form: Form = ENGLISH, words: Words | None = None) -> str:
    """A sentence filled in; see `Sentence.fill`."""
    return read(text).fill(facts, form, words)


@lru_cache(maxsize=2000)
def read(text: str) -> MessageTemplate:
    """A sentence, read once however often it is filled in.

    Raises:
        SentenceError: It cannot be filled in.
    """
    return MessageTemplate(text)


def figure(number: float, form: Form = ENGLISH) -> str:
    """A number without needless digits: "13", "0.5"."""
    return f"{number:.2f}".rstrip("0").rstrip(".").replace(".", form.decimal)


def length(days: float, form: Form = ENGLISH) -> str:
    """A length of time as people say it: "21 days", "2.5 days", "7 hours"."""
    return counted(round(days * 24), "hours", form) if days < 1 else counted(days, "days", form)


def counted(number: float, unit: str, form: Form = ENGLISH) -> str:
    """A number with its unit: "1 point", "0.5 points"."""
    said = form.counts[unit]["one" if number == 1 else "other"]
    return read(said).fill({"n": number}, form)


def day(iso: str, form: Form = ENGLISH) -> str:
    """A day in the language's form, from ISO 8601; anything else as it is."""
    try:
        known = date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    return read(form.date).fill(
        {"year": f"{known.year:04}", "month": f"{known.month:02}", "day": f"{known.day:02}"}, form
    )


def _shown(value: str | float | bool | None, place: Placeholder, facts: Facts, form: Form, words: Words) -> str:
    """A fact in its place. What does not fit the form is shown as it is, rather than not at all."""
    codes = words.get(place.name)
    if codes is not None and not place.form:
        said = codes.get(str(value))
        return str(value) if said is None else read(said).fill(facts, form)
    if value is None:
        return _NOTHING
    return _text(value, place, form) if isinstance(value, str) else _figure(value, place, form)


def _figure(value: float, place: Placeholder, form: Form) -> str:
    match place.form:
        case "g":
            return f"{value:g}".replace(".", form.decimal)
        case "length":
            return length(value, form)
        case unit if unit in form.counts:
            return counted(value, unit, form)
        case _:
            return figure(value, form)


def _text(value: str, place: Placeholder, form: Form) -> str:
    if place.form == "date":
        return day(value, form)
    if place.form == "length" and (found := _SPAN.fullmatch(value)):
        return counted(int(found[1]), f"{found[2]}s", form)
    return value
