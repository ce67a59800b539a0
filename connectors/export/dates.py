"""Parses the dates of one export file, whose format depends on the settings of the person who exported it.

03/04/2024 can be a day in March or in April. So all dates of a file are examined first: a date such as 25/04/2024,
which has only one meaning, decides for all of them. Names of months are recognised in many languages.
"""

import re
import unicodedata
from calendar import monthrange
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from msgspec import Struct

_LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "sk", "hu", "ro", "bg", "ru", "uk",
    "tr", "el", "sl", "hr", "sr", "lt", "lv", "et", "ca", "is", "id",
)  # fmt: skip
"""The languages in which names of months are recognised. English comes first because it is the most frequent."""
_JAVA_ABBREVIATIONS = {"de": {"mrz": 3}}
"""Month abbreviations of Java, which Jira writes, and which are not in the data of `babel` (Unicode CLDR)."""
_MAX_DISTINCT_DATES = 2000
"""The maximum number of month names with days, such as "Mar 1", that are counted, each with an example in memory."""
_MAX_EXAMPLE_CHARACTERS = 40
_MAX_DATE_CHARACTERS = 100
"""The number of characters of a cell that are examined."""
_YEARS = range(1900, 2200)
"""Dates in other years are rejected, because they are from another calendar, or placeholders for no date."""
_FIRST_TWO_DIGIT_YEAR = 1970
"""Two-digit years are in the hundred years that begin with this one."""
_MAX_DAY_BY_MONTH = {month: monthrange(2024, month)[1] for month in range(1, 13)}
"""The last day of each month, in a leap year."""
_DAY_PERIODS = {
    "오전": "am", "오후": "pm", "午前": "am", "午後": "pm", "上午": "am", "下午": "pm",
    "πμ": "am", "π.μ.": "am", "μμ": "pm", "μ.μ.": "pm",
}  # fmt: skip
"""The words for a.m. and p.m. in Korean, Japanese, Chinese and Greek."""

_WEEKDAY = r"(?:[^\W\d]{2,10}[,.]? )?"
_MONTH_NAME = r"(?P<month_name>[^\W\d]{3,})\.?"
_TIME = (
    r"(?:(?:,| |t|日|,? (?:at|um|klo|kl\.?|à|alle|om)) ?(?P<before>[ap]m)? ?(?P<hour>\d{1,2})(?:[:.h]| h )"
    r"(?P<minute>\d{2})(?:[:.](?P<seconds>\d{2})(?:[.,]\d+)?)? ?(?P<after>[ap]m)?(?: uhr)?)?"
)
_TIME_ZONE = r"(?: ?\(?(?P<zone>z|utc|gmt|[a-z]{3,4}|(?:utc|gmt)?[+-]\d{2}:?\d{2})\)?)?"
_DATE_PATTERNS = tuple(
    re.compile(_WEEKDAY + pattern + r",?" + _TIME + _TIME_ZONE)
    for pattern in (
        # 2024-03-01, 01.03.2024, 1/3/24
        r"(?P<first>\d{1,4})(?P<separator> ?[-./年] ?)(?P<second>\d{1,2}) ?[-./月] ?(?P<third>\d{1,4})\.?(?: г\.?)?",
        # 01/Mar/24, 1. März 2024, 1 de marzo de 2024
        r"(?P<day>\d{1,2})(?:\.|st|nd|rd|th)?[-/ .]*(?:de |d['’])?"
        + _MONTH_NAME
        + r"[-/ .,]*(?:de )?(?P<year>\d{4}|\d{2})(?: г\.?)?",
        # March 1st, 2024
        _MONTH_NAME + r" (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})",
        # 2024-Mar-01
        r"(?P<year>\d{4})[-/. ]+" + _MONTH_NAME + r"[-/. ]+(?P<day>\d{1,2})",
    )
)


class DayMonthOrder(StrEnum):
    """The order of day and month in dates without a month name."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"


class _DateParts(Struct, frozen=True):
    """The parts of a date.

    Attributes:
        first, second: With a month name, `first` is the day. If the year comes first, they are month and day. Otherwise
            they are day and month in the order that all dates of the file have.
        month_name: The name of the month, in lower case; empty if the month is a number.
        is_year_first: Whether the year comes before month and day.
        utc_offset: How far the time is ahead of UTC.
        usual_order: The usual order of day and month in dates of this format; None if both are usual.
    """

    year: int
    first: int
    second: int = 0
    month_name: str = ""
    is_year_first: bool = False
    time: timedelta = timedelta()
    utc_offset: timedelta = timedelta()
    usual_order: DayMonthOrder | None = None

    def to_date(self, order: DayMonthOrder, month_by_name: Mapping[str, int]) -> date | None:
        """Return the date if day and month have this order; None if there is no such date."""
        if self.month_name:
            month, day = month_by_name.get(self.month_name, 0), self.first
        elif order is DayMonthOrder.MONTH_FIRST or self.is_year_first:
            month, day = self.first, self.second
        else:
            month, day = self.second, self.first
        try:
            return date(self.year, month, day) if self.year in _YEARS else None
        except ValueError:
            return None


class DateParser:
    """Parses the dates of one file. They all have the same order of day and month, and the same language."""

    def __init__(self) -> None:
        self.order: DayMonthOrder | None = None
        self._month_by_name: Mapping[str, int] = {}
        # The number of dates of each kind, as in `_count`, and the first of them.
        self._counts: Counter[object] = Counter()
        self._examples: dict[object, str] = {}
        # The number of ambiguous dates, by the usual order for their format.
        self._counts_by_usual_order: Counter[DayMonthOrder | None] = Counter()
        # The number of rows in which this order would put a date before the first one, usually that of creation.
        self._contradictions: Counter[DayMonthOrder] = Counter()

    def add_row(self, texts: Sequence[str], location: str = "") -> None:
        """Examine the dates of one row, the date of creation first. Empty strings are ignored.

        `location` is the item and line of the row, for messages; empty to leave it out.
        """
        numeric_dates: list[_DateParts] = []
        for text in texts:
            if not text.strip() or _parse_iso(text) is not None:
                continue
            parts = _parse_parts(text)
            if parts is None:
                self._count("unknown format", text, location)
            elif parts.month_name:
                self._count((parts.month_name, parts.first), text, location)
            else:
                self._add_numeric_date(parts, text, location)
                numeric_dates.append(parts)
        for order in DayMonthOrder:
            days = [day for parts in numeric_dates if (day := parts.to_date(order, {}))]
            self._contradictions[order] += any(day < days[0] for day in days[1:])

    def choose_format(self) -> None:
        """Choose the order of day and month, and the language, after all rows have been added.

        The order is chosen by the number of dates that exist only in that order; if there are none, by the smaller
        number of rows in which a date would precede the date of creation; then by the usual order for the format of
        most dates. If these are equal too, no order is chosen, and ambiguous dates are not used.
        """
        counts_by_name: Counter[str] = Counter()
        for kind, count in self._counts.items():
            if isinstance(kind, tuple):
                counts_by_name[kind[0]] += count
        self._month_by_name = _match_month_names(counts_by_name)
        if any(order in self._counts for order in DayMonthOrder):
            self.order = _more_frequent(self._counts)
        else:
            self.order = _more_frequent(
                {order: -self._contradictions[order] for order in DayMonthOrder}
            ) or _more_frequent(self._counts_by_usual_order)

    def parse(self, text: str) -> datetime | None:
        """Parse a date, assuming UTC if it has no time zone; return None if it is empty or cannot be parsed."""
        if (parsed := _parse_iso(text)) is not None:
            return parsed
        parts = _parse_parts(text) if text.strip() else None
        if parts is None or (self.order is None and not parts.month_name and not parts.is_year_first):
            return None
        day = parts.to_date(self.order or DayMonthOrder.DAY_FIRST, self._month_by_name)
        if day is None:
            return None
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + parts.time - parts.utc_offset

    @property
    def notes(self) -> tuple[str, ...]:
        """Messages for the user about dates that cannot be parsed."""
        notes = []
        unparsable: list[object] = ["unknown format"]
        for kind in self._counts:
            if isinstance(kind, tuple):
                name, day = kind
                if not 1 <= day <= _MAX_DAY_BY_MONTH.get(self._month_by_name.get(name, 0), 0):
                    unparsable.append(kind)
        if self.order is not None:
            unparsable += (order for order in DayMonthOrder if order is not self.order)
        elif unused := self._describe_dates(["ambiguous", *DayMonthOrder], "not used"):
            notes.append(
                f"{unused}: nothing in the file shows whether the day or the month comes first. Export dates as "
                "2024-03-01."
            )
        if not_understood := self._describe_dates([*unparsable, "impossible"], "not understood"):
            notes.append(f"{not_understood}.")
        return tuple(notes)

    def _describe_dates(self, kinds: Sequence[object], problem: str) -> str:
        """The number of dates of these kinds, what is wrong with them, and an example; empty if there are none."""
        count = sum(self._counts[kind] for kind in kinds)
        example = next((self._examples[kind] for kind in kinds if kind in self._examples), "")
        return f"{'1 date was' if count == 1 else f'{count} dates were'} {problem}, such as {example}" if count else ""

    def _add_numeric_date(self, parts: _DateParts, text: str, location: str) -> None:
        """Count a date without a month name by the orders in which it exists."""
        possible_orders = [order for order in DayMonthOrder if parts.to_date(order, {})]
        if not possible_orders:
            self._count("impossible", text, location)
        elif parts.is_year_first:
            pass  # Its month always comes before its day, so it shows nothing about other dates.
        elif len(possible_orders) == 1:
            self._count(possible_orders[0], text, location)
        else:
            self._counts_by_usual_order[parts.usual_order] += 1
            self._count("ambiguous", text, location)

    def _count(self, kind: object, text: str, location: str) -> None:
        """Count a date, and keep the first one of each kind for messages.

        Args:
            kind: "unknown format", "ambiguous", "impossible", the only possible order of day and month, or the month
                name with the day.
        """
        if kind not in self._counts:
            if isinstance(kind, tuple) and len(self._counts) >= _MAX_DISTINCT_DATES:
                return
            example = " ".join(text.split())[:_MAX_EXAMPLE_CHARACTERS]
            self._examples[kind] = f'"{example}" ({location})' if location else f'"{example}"'
        self._counts[kind] += 1


def _more_frequent(counts: Mapping[Any, int]) -> DayMonthOrder | None:
    """The order with the larger count; None if the counts are equal."""
    first, second = counts[DayMonthOrder.DAY_FIRST], counts[DayMonthOrder.MONTH_FIRST]
    return None if first == second else DayMonthOrder.DAY_FIRST if first > second else DayMonthOrder.MONTH_FIRST


def _parse_iso(text: str) -> datetime | None:
    """Parse a date in ISO 8601, which is never ambiguous."""
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if parsed.year not in _YEARS:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _parse_parts(text: str) -> _DateParts | None:
    """Split a date into its parts; return None if its format is unknown."""
    normalized = _normalize(text[:_MAX_DATE_CHARACTERS])
    match = next((match for pattern in _DATE_PATTERNS if (match := pattern.fullmatch(normalized))), None)
    if match is None:
        return None
    values = match.groupdict()
    time, offset = _parse_time(values), _parse_utc_offset(values["zone"] or "")
    if time is None:
        return None
    if "month_name" in values:
        year, name = _parse_year(values["year"]), values["month_name"]
        return _DateParts(year, int(values["day"]), month_name=name, time=time, utc_offset=offset)
    first, second, third = values["first"], values["second"], values["third"]
    if len(first) >= 3:
        return _DateParts(_parse_year(first), int(second), int(third), is_year_first=True, time=time, utc_offset=offset)
    return _DateParts(
        _parse_year(third), int(first), int(second), time=time, utc_offset=offset, usual_order=_usual_order(values)
    )


def _normalize(text: str) -> str:
    """Convert to lower case, simplify characters and white space, and write a.m. and p.m. as "am" and "pm"."""
    normalized = unicodedata.normalize("NFKC", text).casefold()
    without_invisible_characters = "".join(char for char in normalized if unicodedata.category(char) != "Cf")
    normalized = " ".join(without_invisible_characters.split())
    for original, period in _DAY_PERIODS.items():
        normalized = normalized.replace(original, period)
    return re.sub(r"\b([ap])\.? ?m\b\.?", r"\1m", normalized)


def _usual_order(values: Mapping[str, str | None]) -> DayMonthOrder | None:
    """Return the usual order of day and month in dates with this separator and number of digits; None if both are.

    Americans write the month first, with slashes, and the time with a.m. or p.m. Others write the day first. One digit
    before two, as in 1/03/24, is also usually a day before a month.
    """
    if (values["separator"] or "").strip() in (".", "-") or (
        len(values["first"] or "") == 1 and len(values["second"] or "") == 2
    ):
        return DayMonthOrder.DAY_FIRST
    if values["hour"] is None:
        return None
    return DayMonthOrder.MONTH_FIRST if values["before"] or values["after"] else DayMonthOrder.DAY_FIRST


def _parse_year(text: str) -> int:
    year = int(text)
    return year if len(text) > 2 else _FIRST_TWO_DIGIT_YEAR + (year - _FIRST_TWO_DIGIT_YEAR) % 100


def _parse_time(values: Mapping[str, str | None]) -> timedelta | None:
    """The time of day; zero if the date has none, and None if there is no such time, as with 25:00."""
    hour, minute, second = (int(values[name] or 0) for name in ("hour", "minute", "seconds"))
    period = values["before"] or values["after"]
    if hour > 23 or minute > 59 or second > 59 or (period and not 1 <= hour <= 12):
        return None
    if period:
        hour = hour % 12 + (12 if period == "pm" else 0)
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _parse_utc_offset(text: str) -> timedelta:
    """How far a time zone such as "+02:00" is ahead of UTC. Names of time zones are ambiguous and count as UTC."""
    offset = re.search(r"([+-])(\d\d):?(\d\d)", text)
    if offset is None:
        return timedelta()
    length = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    return -length if offset[1] == "-" else length


def _match_month_names(counts_by_name: Mapping[str, int]) -> dict[str, int]:
    """Find the month of each name, in the language in which most dates can be read.

    Args:
        counts_by_name: How many dates have each month name.

    Returns:
        The numbers of the months. If several languages are equally good, a name that means different months in them is
        left out.
    """
    if not counts_by_name:
        return {}
    best_matches: list[dict[str, int]] = []
    for language in _LANGUAGES:
        months_by_name = {name: month for name in counts_by_name if (month := _find_month(language, name))}
        matched_count = sum(counts_by_name[name] for name in months_by_name)
        best_count = sum(counts_by_name[name] for name in best_matches[0]) if best_matches else 0
        if matched_count and matched_count > best_count:
            best_matches = [months_by_name]
        elif matched_count and matched_count == best_count:
            best_matches.append(months_by_name)
        if language == "en" and len(months_by_name) == len(counts_by_name):
            return months_by_name
    meanings: dict[str, set[int]] = {}
    for months_by_name in best_matches:
        for name, month in months_by_name.items():
            meanings.setdefault(name, set()).add(month)
    return {name: next(iter(months)) for name, months in meanings.items() if len(months) == 1}


def _find_month(language: str, name: str) -> int | None:
    """The month with a name or an abbreviation in a language; None if there is none or more than one."""
    names = _month_names(language)
    if name in names:
        return names[name]
    months = {month for full_name, month in names.items() if full_name.startswith(name)}
    return months.pop() if len(months) == 1 else None


@cache
def _month_names(language: str) -> Mapping[str, int]:
    """The numbers of the months by their names and usual abbreviations in a language."""
    from babel import Locale  # noqa: PLC0415 - few exports contain names of months

    names: dict[str, int] = dict(_JAVA_ABBREVIATIONS.get(language, {}))
    for context in Locale.parse(language).months.values():
        for width in ("wide", "abbreviated"):
            for month, name in context[width].items():
                normalized = re.sub(r"^(?:de |d['’])", "", _normalize(name)).replace(".", "").strip()
                names.setdefault(normalized, month)
    return names
