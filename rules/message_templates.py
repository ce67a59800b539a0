"""Parses, checks and fills in message templates, in any language.

A placeholder is `{name}`, or `{name:format}`, where the format is `g` (a number of any magnitude), `date`, `length` (a
duration: a number of days, or text such as "2 weeks"), or a unit such as `points` ("1 point", "3 points"). Attributes,
indexes and expressions are not supported. Values are never parsed, so text of an item cannot act as a template.

A fact is a value of a finding, such as a number of points. Some facts are codes, which are shown as texts. The messages
of the rules themselves are in English; `ENGLISH` formats their values.
"""

import re
import string
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from rules.model import Facts

BUILT_IN_FORMATS = ("g", "date", "length")
"""The formats that exist in all languages. Each language also has the units in `LocaleFormat.counts`."""

CodeTexts = Mapping[str, Mapping[str, str]]
"""The texts of codes, by the name of the fact and the code. They may contain placeholders too."""

_NAME = re.compile(r"[a-z][a-z_]*")
_FORMAT = re.compile(r"[a-z][a-z_-]*")
_DURATION = re.compile(r"(\d+) (day|week|month)s?")
_NO_VALUE = "–"
"""The text that is shown for a fact that is None."""


class LocaleFormat(Struct, frozen=True):
    """How a language formats values.

    Attributes:
        decimal: The decimal separator.
        date: A template with {year}, {month} and {day}.
        counts: Templates for a number with a unit, by the unit, and then by "one" (for 1) and "other". The number is
            {n}.
    """

    decimal: str
    date: str
    counts: Mapping[str, Mapping[str, str]]


ENGLISH = LocaleFormat(
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
    """A template cannot be parsed. The message says why."""


class Placeholder(NamedTuple):
    """A placeholder: the name of a fact, and its format.

    If the format is empty, it depends on the type of the value.
    """

    name: str
    format: str


@lru_cache(maxsize=2000)
def parse_template(text: str) -> tuple[str | Placeholder, ...]:
    """Parse a template into literal texts and placeholders.

    Raises:
        TemplateError: A brace is unmatched, or a placeholder is not a name with an optional format.
    """
    pieces: list[str | Placeholder] = []
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError:
        raise TemplateError("unmatched brace; write {{ or }} for a literal one") from None
    for literal, name, spec, conversion in parsed:
        if literal:
            pieces.append(literal)
        if name is None:
            continue
        source = f"{{{name}{'!' + conversion if conversion else ''}{':' + spec if spec else ''}}}"
        if conversion or not _NAME.fullmatch(name) or (spec and not _FORMAT.fullmatch(spec)):
            raise TemplateError(f"{source} is not a valid placeholder; write {{name}} or {{name:format}}")
        pieces.append(Placeholder(name, spec or ""))
    return tuple(pieces)


def find_placeholders(text: str) -> list[Placeholder]:
    """Return the placeholders of a template, in their order.

    Raises:
        TemplateError: The template cannot be parsed.
    """
    return [piece for piece in parse_template(text) if isinstance(piece, Placeholder)]


def fill_pieces(
    text: str, facts: Facts, locale: LocaleFormat = ENGLISH, code_texts: CodeTexts | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the parts of a template with the facts filled in, each with the name of its fact; empty for literal text.

    Raises:
        KeyError: A fact is missing.
        TemplateError: The template cannot be parsed.
    """
    for piece in parse_template(text):
        if isinstance(piece, str):
            yield piece, ""
        else:
            yield _format_value(facts[piece.name], piece, facts, locale, code_texts or {}), piece.name


def fill(text: str, facts: Facts, locale: LocaleFormat = ENGLISH, code_texts: CodeTexts | None = None) -> str:
    """Return the text of a template with the facts filled in; it raises the errors of `fill_pieces`."""
    return "".join([piece for piece, _ in fill_pieces(text, facts, locale, code_texts)])


def format_number(number: float, locale: LocaleFormat = ENGLISH) -> str:
    """Format a number with at most two decimals, without trailing zeros: "13", "0.5"."""
    return f"{number:.2f}".rstrip("0").rstrip(".").replace(".", locale.decimal)


def _format_amount(number: float, locale: LocaleFormat) -> str:
    """Format a number of any magnitude, with thousands separators: "0.001", "13", "1,234,567"."""
    if abs(number) < 1000:
        return f"{number:g}".replace(".", locale.decimal)
    integer, _, decimals = f"{number:,.2f}".partition(".")
    decimals = decimals.rstrip("0")
    thousands_separator = "." if locale.decimal == "," else ","
    return integer.replace(",", thousands_separator) + (locale.decimal + decimals if decimals else "")


def format_duration(days: float, locale: LocaleFormat = ENGLISH) -> str:
    """Format a number of days: "21 days", "2.5 days", "7 hours"."""
    return format_count(round(days * 24), "hours", locale) if days < 1 else format_count(days, "days", locale)


def format_count(number: float, unit: str, locale: LocaleFormat = ENGLISH) -> str:
    """Format a number with its unit: "1 point", "0.5 points"."""
    return fill(locale.counts[unit]["one" if number == 1 else "other"], {"n": number}, locale)


def format_day(iso: str, locale: LocaleFormat = ENGLISH) -> str:
    """Format a date, or the date of a time, in ISO 8601. Any other text is returned unchanged."""
    return _format_day(iso, locale.date)


@lru_cache(maxsize=2000)
def _format_day(iso: str, template: str) -> str:
    """Format a date in ISO 8601 by a template. Many findings contain the same days."""
    try:
        parsed = date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    return fill(template, {"year": f"{parsed.year:04}", "month": f"{parsed.month:02}", "day": f"{parsed.day:02}"})


def _format_value(
    value: str | float | bool | None,
    placeholder: Placeholder,
    facts: Facts,
    locale: LocaleFormat,
    code_texts: CodeTexts,
) -> str:
    """Format the value of a fact. If the format does not suit the type of the value, it is ignored."""
    text_by_code = code_texts.get(placeholder.name)
    if text_by_code is not None and not placeholder.format:
        text = text_by_code.get(str(value))
        return str(value) if text is None else fill(text, facts, locale)
    if value is None:
        return _NO_VALUE
    if isinstance(value, str):
        return _format_text_as(value, placeholder.format, locale)
    return _format_number_as(value, placeholder.format, locale)


def _format_number_as(value: float, format_name: str, locale: LocaleFormat) -> str:
    match format_name:
        case "g":
            return _format_amount(value, locale)
        case "length":
            return format_duration(value, locale)
        case unit if unit in locale.counts:
            return format_count(value, unit, locale)
        case _:
            return format_number(value, locale)


def _format_text_as(value: str, format_name: str, locale: LocaleFormat) -> str:
    if format_name == "date":
        return format_day(value, locale)
    if format_name == "length" and (duration := _DURATION.fullmatch(value)):
        return format_count(int(duration[1]), f"{duration[2]}s", locale)
    return value
