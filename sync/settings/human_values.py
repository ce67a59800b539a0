"""Durations, shares and times as people write them in YAML."""

import math
import re
from datetime import datetime, time, timedelta
from typing import Annotated, Any

from msgspec import Struct
from pydantic import BeforeValidator, WithJsonSchema

_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_WEEKDAYS = range(5)
_CRON_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST = timedelta(days=3660)


def duration(text: object) -> timedelta:
    """A duration such as "7 days", "90 minutes", "2 weeks" or "14d"."""
    if isinstance(text, timedelta):
        return text
    found = re.fullmatch(r"\s*(\d+)\s*(minutes?|hours?|days?|weeks?|[mhdw])\s*", str(text).casefold())
    if not found:
        raise ValueError(f'"{text}" is no duration; write a number of minutes, hours, days or weeks, such as "7 days"')
    unit = next(length for name, length in _UNITS.items() if name.startswith(found[2][0]))
    if int(found[1]) > _LONGEST / unit:
        raise ValueError(f'"{text}" is longer than ten years')
    return int(found[1]) * unit


def share(text: object) -> float:
    """A share such as "20%", which is 0.2."""
    if isinstance(text, float) and 0 <= text <= 1:
        return text
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", str(text))
    if not found or float(found[1]) > 100:
        raise ValueError(f'"{text}" is no share; write a percentage such as "20%"')
    return float(found[1]) / 100


def factor(text: object) -> float:
    """A multiple such as "3x", which is 3.0."""
    if isinstance(text, float) and 0 <= text < math.inf:
        return text
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*x\s*", str(text).casefold())
    if not found:
        raise ValueError(f'"{text}" is no factor; write a multiple such as "3x"')
    return float(found[1])


class Hours(Struct, frozen=True):
    """When something may happen: from one time of day to another, on some days of the week (Monday is 0)."""

    start: time
    end: time
    days: tuple[int, ...] = tuple(range(7))

    def include(self, moment: datetime) -> bool:
        """Whether a local moment lies within."""
        return moment.weekday() in self.days and self.start <= moment.time() < self.end


def hours(text: object) -> Hours:
    """Hours such as "weekdays 08:00-18:00" or "08:00-18:00"; "always" for any time."""
    if isinstance(text, Hours):
        return text
    if str(text).strip().casefold() == "always":
        return Hours(time.min, time.max)
    found = re.fullmatch(r"\s*(weekdays\s+)?(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})\s*", str(text).casefold())
    if not found:
        raise ValueError(f'"{text}" names no hours; write "weekdays 08:00-18:00", "08:00-18:00" or "always"')
    start, end = clock_time(found[2]), clock_time(found[3])
    if start >= end:
        raise ValueError(f'"{text}" ends before it begins')
    return Hours(start, end, tuple(_WEEKDAYS) if found[1] else tuple(range(7)))


def clock_time(text: str) -> time:
    """A time of day such as "08:30"."""
    hour, _, minute = text.partition(":")
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise ValueError(f'"{text}" is no time of day; write it as 08:30') from None


class When(Struct, frozen=True):
    """When a job runs: either every so often, or by a cron expression of five fields, in the team's time zone."""

    every: timedelta | None = None
    cron: str = ""


def when(text: object) -> When:
    """A schedule such as "every 10 minutes", "at 08:30", "weekdays at 08:30" or "cron: 30 8 * * mon-fri"."""
    if isinstance(text, When):
        return text
    said = str(text).strip()
    lower = said.casefold()
    if lower.startswith("cron:"):
        return When(cron=_valid_cron(said[len("cron:") :].strip()))
    if found := re.fullmatch(r"every\s+(\d+)\s+(minutes?|hours?)", lower):
        length = duration(f"{found[1]} {found[2]}")
        if not length:
            raise ValueError(f'"{text}" never rests; write at least "every 1 minutes"')
        return When(every=length)
    if found := re.fullmatch(r"(weekdays\s+)?at\s+(\d{1,2}:\d{2})", lower):
        at = clock_time(found[2])
        return When(cron=f"{at.minute} {at.hour} * * {'mon-fri' if found[1] else '*'}")
    raise ValueError(
        f'"{text}" is no schedule; write "every 10 minutes", "at 08:30", "weekdays at 08:30" '
        'or "cron: 30 8 * * mon-fri"'
    )


def _valid_cron(expression: str) -> str:
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 - needed by few configurations

    fields = expression.split()
    try:
        usual = " ".join([*fields[:4], *(_named_days(days) for days in fields[4:])])
        CronTrigger.from_crontab(usual)
    except ValueError as error:
        raise ValueError(f'"{expression}" is no cron expression of five fields: {error}') from None
    return usual


def _named_days(field: str) -> str:
    """A cron's days of the week, each by its name. Cron counts from Sunday, 0 or 7; APScheduler counts from Monday."""
    named: list[str] = []
    for part in field.casefold().split(","):
        found = re.fullmatch(r"(\*|([0-7]|[a-z]{3})(-([0-7]|[a-z]{3}))?)(/([1-7]))?", part)
        if not found or part == "*":
            named.append(part)
            continue
        first = 0 if found[1] == "*" else _day(found[2])
        last = 6 if found[1] == "*" or (found[6] and not found[4]) else _day(found[4] or found[2])
        chosen = range(first, last + (1 if first <= last else 8), int(found[6] or 1))
        named += [_CRON_DAYS[day % 7] for day in chosen]
    return ",".join(dict.fromkeys(named))


def _day(said: str) -> int:
    if said.isdecimal():
        return int(said)
    if said not in _CRON_DAYS:
        raise ValueError(f'"{said}" is no day of the week')
    return _CRON_DAYS.index(said)


def _phrase(parse: Any, example: str) -> Any:
    return BeforeValidator(parse), WithJsonSchema({"type": "string", "examples": [example]})


Duration = Annotated[timedelta, *_phrase(duration, "7 days")]
Share = Annotated[float, *_phrase(share, "20%")]
Factor = Annotated[float, *_phrase(factor, "3x")]
