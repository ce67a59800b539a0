"""Reads the dates of one file. `03/04/2024` alone is ambiguous, so all dates are seen before any is interpreted."""

import re
import unicodedata
from calendar import monthrange
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache

from msgspec import Struct

_LANGUAGES = (
    "de fr es it pt nl sv da nb fi pl cs sk hu ro bg ru uk tr el sl hr sr lt lv et ca is id"  # English is tried first
)
_OTHER_NAMES = {"de": {"mrz": 3}}
"""Abbreviations that Java uses, which formats Jira's dates, and that the CLDR lacks."""
_MAX_WORDS = 2000
_LONGEST_MONTHS = {month: monthrange(2024, month)[1] for month in range(1, 13)}
_DAY_PERIODS = {
    "오전": "am", "오후": "pm", "午前": "am", "午後": "pm", "上午": "am", "下午": "pm",
    "πμ": "am", "π.μ.": "am", "μμ": "pm", "μ.μ.": "pm",
}  # fmt: skip

_WEEKDAY = r"(?:[^\W\d]{2,10}[,.]? )?"
_WORD = r"(?P<word>[^\W\d]{3,})\.?"
_TIME = (
    r"(?:(?:,| |t|日|,? (?:at|um|klo|kl\.?|à|alle|om)) ?(?P<before>[ap]m)? ?(?P<hour>\d{1,2})(?:[:.h]| h )"
    r"(?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)? ?(?P<after>[ap]m)?(?: uhr)?)?"
)
_ZONE = r"(?: ?\(?(?P<zone>z|utc|gmt|[a-z]{3,4}|(?:utc|gmt)?[+-]\d{2}:?\d{2})\)?)?"
_FORMS = tuple(
    re.compile(_WEEKDAY + form + r",?" + _TIME + _ZONE)
    for form in (
        r"(?P<a>\d{1,4})(?P<separator> ?[-./年] ?)(?P<b>\d{1,2}) ?[-./月] ?(?P<c>\d{1,4})\.?(?: г\.?)?",
        r"(?P<day>\d{1,2})(?:\.|st|nd|rd|th)?[-/ .]*(?:de |d['’])?"
        + _WORD
        + r"[-/ .,]*(?:de )?(?P<year>\d{4}|\d{2})(?: г\.?)?",
        _WORD + r" (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})",
        r"(?P<year>\d{4})[-/. ]+" + _WORD + r"[-/. ]+(?P<day>\d{1,2})",
    )
)


class Order(StrEnum):
    """The order of day and month."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"


class _Parts(Struct, frozen=True):
    """What a date consists of. Without a word, `first` and `second` are day and month in the order of the file."""

    year: int
    first: int
    second: int = 0
    word: str = ""
    year_first: bool = False
    time: timedelta = timedelta()
    zone: timedelta = timedelta()
    hint: Order | None = None

    def day(self, order: Order, months: Mapping[str, int]) -> date | None:
        """The date, if it exists."""
        if self.word:
            month, day = months.get(self.word, 0), self.first
        elif order is Order.MONTH_FIRST or self.year_first:
            month, day = self.first, self.second
        else:
            month, day = self.second, self.first
        try:
            return date(self.year, month, day)
        except ValueError:
            return None


class DateReader:
    """Reads the dates of one file, all in the same order of day and month and in the same language."""

    def __init__(self) -> None:
        self.order: Order | None = None
        self._months: Mapping[str, int] = {}
        self._orders: Counter[Order | None] = Counter()
        self._hints: Counter[Order | None] = Counter()
        self._contradictions: Counter[Order] = Counter()
        self._named_days: Counter[tuple[str, int]] = Counter()
        self._not_dates = 0
        self._examples: dict[object, str] = {}

    def learn(self, texts: Sequence[str], place: str = "") -> None:
        """Look at the dates of one row.

        Args:
            texts: Empty ones are ignored. The first is the earliest.
            place: Where the row is, for messages.
        """
        seen: list[_Parts] = []
        for text in texts:
            if not text.strip() or _iso(text) is not None:
                continue
            parts = _parse(text)
            if parts is None:
                self._not_dates += 1
                self._note(None, text, place)
            elif parts.word:
                named = parts.word, parts.first
                if named in self._named_days or len(self._named_days) < _MAX_WORDS:
                    self._named_days[named] += 1
                    self._note(named, text, place)
            else:
                self._learn_order(parts, text, place)
                seen.append(parts)
        for order in Order:
            days = [day for parts in seen if (day := parts.day(order, {}))]
            self._contradictions[order] += any(day < days[0] for day in days[1:])

    def decide(self) -> None:
        """Choose the order and the language, once all dates have been seen."""
        words: Counter[str] = Counter()
        for (word, _), count in self._named_days.items():
            words[word] += count
        self._months = _months_of(words)
        certain = {order: self._orders[order] for order in Order}
        if any(certain.values()):
            self.order = _larger(certain)
        else:
            self.order = _larger({order: -self._contradictions[order] for order in Order}) or _larger(
                {order: self._hints[order] for order in Order}
            )

    def read(self, text: str) -> datetime | None:
        """The date in UTC; None if it is empty or was not understood. A date without a time zone is UTC."""
        if (moment := _iso(text)) is not None:
            return moment
        parts = _parse(text) if text.strip() else None
        if parts is None or (self.order is None and not parts.word and not parts.year_first):
            return None
        day = parts.day(self.order or Order.DAY_FIRST, self._months)
        if day is None:
            return None
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + parts.time - parts.zone

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not understood, as sentences."""
        notes = []
        lost, example = self._not_dates, self._examples.get(None, "")
        for (word, day), count in self._named_days.items():
            if not 1 <= day <= _LONGEST_MONTHS.get(self._months.get(word, 0), 0):
                lost += count
                example = example or self._examples.get((word, day), "")
        if self.order is not None:
            other = next(order for order in Order if order is not self.order)
            lost += self._orders[other]
            example = example or self._examples.get(other, "")
        elif ambiguous := sum(self._hints.values()) + sum(self._orders[order] for order in Order):
            shown = next(self._examples[key] for key in ("ambiguous", *Order) if key in self._examples)
            notes.append(
                f"{_dates(ambiguous)} not used, such as {shown}: nothing in the file tells whether the day or the "
                "month comes first. Export dates as 2024-03-01."
            )
        lost += self._orders[None]
        example = example or self._examples.get("impossible", "")
        if lost:
            notes.append(f"{_dates(lost)} not understood, such as {example}.")
        return tuple(notes)

    def _learn_order(self, parts: _Parts, text: str, place: str) -> None:
        possible = [order for order in Order if parts.day(order, {})]
        if parts.year_first:
            if not possible:
                self._orders[None] += 1
                self._note("impossible", text, place)
        elif len(possible) == 1:
            self._orders[possible[0]] += 1
            self._note(possible[0], text, place)
        elif possible:
            self._hints[parts.hint] += 1
            self._note("ambiguous", text, place)
        else:
            self._orders[None] += 1
            self._note("impossible", text, place)

    def _note(self, kind: object, text: str, place: str) -> None:
        if kind not in self._examples and len(self._examples) < _MAX_WORDS:
            self._examples[kind] = f'"{" ".join(text.split())[:40]}"' + (f" ({place})" if place else "")


def _dates(count: int) -> str:
    return "1 date was" if count == 1 else f"{count} dates were"


def _larger(counts: Mapping[Order, int]) -> Order | None:
    """The order with the larger number; None if they are equal."""
    first, second = counts[Order.DAY_FIRST], counts[Order.MONTH_FIRST]
    return None if first == second else Order.DAY_FIRST if first > second else Order.MONTH_FIRST


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return None


def _parse(text: str) -> _Parts | None:
    plain = _normalized(text[:100])
    found = next((match for form in _FORMS if (match := form.fullmatch(plain))), None)
    if found is None:
        return None
    values = found.groupdict()
    time, zone = _time(values), _zone(values["zone"] or "")
    if time is None:
        return None
    if "word" in values:
        return _Parts(_year(values["year"]), int(values["day"]), word=values["word"], time=time, zone=zone)
    first, second, third = values["a"], values["b"], values["c"]
    if len(first) >= 3:
        return _Parts(_year(first), int(second), int(third), year_first=True, time=time, zone=zone)
    return _Parts(_year(third), int(first), int(second), time=time, zone=zone, hint=_hint(values))


def _normalized(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = " ".join("".join(char for char in plain if unicodedata.category(char) != "Cf").split())
    for written, period in _DAY_PERIODS.items():
        plain = plain.replace(written, period)
    return re.sub(r"\b([ap])\.? ?m\b\.?", r"\1m", plain)


def _hint(values: Mapping[str, str | None]) -> Order | None:
    """The usual order of dates that are written like this."""
    if (values["separator"] or "").strip() in (".", "-") or (
        len(values["a"] or "") == 1 and len(values["b"] or "") == 2
    ):
        return Order.DAY_FIRST
    if values["hour"] is None:
        return None
    return Order.MONTH_FIRST if values["before"] or values["after"] else Order.DAY_FIRST


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= 70 else 2000)


def _time(values: Mapping[str, str | None]) -> timedelta | None:
    hour, minute, second = (int(values[name] or 0) for name in ("hour", "minute", "second"))
    period = values["before"] or values["after"]
    if hour > 23 or minute > 59 or second > 59 or (period and not 1 <= hour <= 12):
        return None
    if period:
        hour = hour % 12 + (12 if period == "pm" else 0)
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _zone(text: str) -> timedelta:
    offset = re.search(r"([+-])(\d\d):?(\d\d)", text)
    if offset is None:
        return timedelta()
    length = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    return -length if offset[1] == "-" else length


def _months_of(words: Mapping[str, int]) -> dict[str, int]:
    """The month of each word, in the language that recognises most of them.

    Words on which several such languages differ are left out.
    """
    if not words:
        return {}
    best: list[dict[str, int]] = []
    for language in ("en", *_LANGUAGES.split()):
        known = {word: month for word in words if (month := _month(language, word))}
        weight = sum(words[word] for word in known)
        best_weight = sum(words[word] for word in best[0]) if best else 0
        if weight and weight > best_weight:
            best = [known]
        elif weight and weight == best_weight:
            best.append(known)
        if language == "en" and len(known) == len(words):
            return known
    meanings: dict[str, set[int]] = {}
    for known in best:
        for word, month in known.items():
            meanings.setdefault(word, set()).add(month)
    return {word: next(iter(months)) for word, months in meanings.items() if len(months) == 1}


def _month(language: str, word: str) -> int | None:
    names = _month_names(language)
    if word in names:
        return names[word]
    longer = {month for name, month in names.items() if name.startswith(word)}
    return next(iter(longer)) if len(longer) == 1 else None


@cache
def _month_names(language: str) -> Mapping[str, int]:
    from babel import Locale  # noqa: PLC0415 - most exports need no other language

    names: dict[str, int] = dict(_OTHER_NAMES.get(language, {}))
    for context in Locale.parse(language).months.values():
        for width in ("wide", "abbreviated"):
            for month, name in context[width].items():
                plain = re.sub(r"^(?:de |d['’])", "", _normalized(name)).replace(".", "").strip()
                names.setdefault(plain, month)
    return names
